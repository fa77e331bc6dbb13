"""The overview of a run's numbers, and why a value is as it is."""
