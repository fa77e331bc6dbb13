"""Sample models, each a factory in a file of its own."""
