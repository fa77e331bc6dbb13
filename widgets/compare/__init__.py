"""Two runs beside each other: which values they share, and where they part."""
