"""Two runs side by side: which values they share, and where they first differ."""
