"""The backend of runs that were read from a file: NumPy alone, no framework, no model."""
