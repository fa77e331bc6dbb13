"""One number for every op, shown on the graph and in the lists: health, time, bytes, and others."""
