"""Code with the current line."""
