"""Keeps what a model prints to itself, while it does once more what it has done before."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

from . import standard_input

_OUTPUTS = (1, 2)


class Muted:
    """From `begin` to `end` what is written to standard output and error goes nowhere, from C too;
    what is read is what the run was given, and nobody is asked for more.

    Both may be called any number of times.
    """

    def __init__(self) -> None:
        self._saved: dict[int, int] = {}

    def begin(self) -> None:
        """Let go what has been printed so far, and nothing after it."""
        if self._saved:
            return
        if standard_input.current is not None:
            standard_input.current.leave_alone()
        _flush()
        nothing = os.open(os.devnull, os.O_WRONLY)
        for descriptor in _OUTPUTS:
            with contextlib.suppress(OSError):  # the model has closed its own
                self._saved[descriptor] = os.dup(descriptor)
                os.dup2(nothing, descriptor)
        os.close(nothing)

    def end(self) -> None:
        """Prints are told again."""
        if not self._saved:
            return
        if standard_input.current is not None:
            standard_input.current.ask_again()
        _flush()
        for descriptor, saved in self._saved.items():
            os.dup2(saved, descriptor)
            os.close(saved)
        self._saved.clear()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none at all
            stream.flush()
    with contextlib.suppress(OSError, TypeError, AttributeError):  # no C library by that way
        ctypes.CDLL(None).fflush(None)
