"""Opscope: a debugger for the computation graphs of PyTorch and TensorFlow models."""

__version__ = "0.1.0"
