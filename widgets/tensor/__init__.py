"""The tensor inspector: heat map, image grid, table, histogram, axis pickers, statistics."""

from .inspector import TensorInspector

__all__ = ["TensorInspector"]
