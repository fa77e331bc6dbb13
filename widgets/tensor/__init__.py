"""The tensor inspector: heat map, image grid, table, histogram, axis pickers, statistics."""
