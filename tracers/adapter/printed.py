"""What a debuggee prints, told in pieces that a client can keep up with."""

from __future__ import annotations

from collections.abc import Callable

from .child import Child
from .guest import Guest
from .loop import Loop

REST = 0.02  # seconds in which a pipe that gave little is left to fill
_LITTLE = 1 << 15  # bytes
_ENOUGH = 1 << 20  # no less than a pipe holds


class Printed:
    """Reads the pipes that a debuggee prints into.

    A pipe is read as soon as something comes, and then rests: what prints line by line would else
    be told in as many messages as it has lines.
    """

    def __init__(self, child: Child | Guest, loop: Loop, tell: Callable[[str, str], None]) -> None:
        """`tell` is given a text and the name of its pipe."""
        self._child = child
        self._loop = loop
        self._tell = tell
        self._open = set(child.output)
        for descriptor in child.output:
            self._watch(descriptor)

    def catch_up(self) -> None:
        """Tell everything that has been printed by now, and little of what is printed meanwhile."""
        for descriptor in tuple(self._open):
            self._read(descriptor)

    def drain(self) -> None:
        """Tell everything; nobody prints any more."""
        for descriptor in tuple(self._open):
            while self._read(descriptor):
                pass

    def end(self) -> None:
        """Read no more."""
        self._open.clear()
        for descriptor in self._child.output:
            self._loop.leave(descriptor)

    def _watch(self, descriptor: int) -> None:
        if descriptor in self._open:
            self._loop.watch(descriptor, lambda: self._come(descriptor))

    def _come(self, descriptor: int) -> None:
        if 0 < self._read(descriptor) < _LITTLE:
            self._loop.leave(descriptor)
            self._loop.after(REST, lambda: self._watch(descriptor))

    def _read(self, descriptor: int) -> int:
        """Tell what there is, or a good piece of it; how many bytes."""
        parts: list[str] = []
        size = 0
        while size < _ENOUGH:
            text, taken = self._child.read_text(descriptor)
            if text:
                parts.append(text)
            if not taken:
                if taken is None:
                    self._open.discard(descriptor)
                    self._loop.leave(descriptor)
                break
            size += taken
        if parts:
            self._tell("".join(parts), self._child.output[descriptor])
        return size
