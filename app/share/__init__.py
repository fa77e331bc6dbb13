"""A finding, an explanation or an op as one page that stands for itself. No Qt."""
