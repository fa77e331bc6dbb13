"""Which visit of a line of source a frame is at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import CodeType, FrameType

from ..ir import SourceLine


class Visits:
    """Numbers the visits of lines: an id stays while a line is being carried out, and is new when
    the same line is come to again, in a loop or another call.
    """

    def __init__(
        self,
        frames: Callable[[FrameType | None, CodeType | None], Iterable[FrameType]],
        line_of: Callable[[FrameType], SourceLine],
    ) -> None:
        """`frames` gives those that count, innermost first, up to a caller; `line_of` where one
        stands."""
        self._frames = frames
        self._line_of = line_of
        self._count = 0
        self._line: SourceLine | None = None
        self._last: dict[int, tuple[FrameType, FrameType | None, int, int, int]] = {}

    def stack(
        self, frame: FrameType | None, base: CodeType | None
    ) -> list[tuple[str, str, int, int]]:
        """(function, file, line, visit) of the user's frames, innermost first."""
        inside: dict[int, FrameType | None] = {}
        callee: FrameType | None = None
        outer = frame
        while outer is not None and outer.f_code is not base:
            inside[id(outer)] = callee
            callee, outer = outer, outer.f_back
        found: list[tuple[str, str, int, int]] = []
        now: dict[int, tuple[FrameType, FrameType | None, int, int, int]] = {}
        for user in self._frames(frame, base):
            number = user.f_lineno or 1
            visit = self._visit(user, inside[id(user)], number)
            now[id(user)] = (user, inside[id(user)], number, user.f_lasti, visit)
            line = self._line_of(user)
            found.append((line.function, line.file, line.line, visit))
        self._last = now
        return found

    def alone(self, line: SourceLine | None) -> list[tuple[str, str, int, int]]:
        """A stack of one line, for programs that only remember where they come from."""
        if line is None:
            return []
        if line != self._line:
            self._line = line
            self._count += 1
        return [(line.function, line.file, line.line, self._count)]

    def forget(self) -> None:
        """Let go of the frames, and of what their variables hold."""
        self._last = {}

    def _visit(self, frame: FrameType, callee: FrameType | None, number: int) -> int:
        # The frames themselves are held, so their ids are not used again.
        last = self._last.get(id(frame))
        if last is not None and last[0] is frame and last[2] == number:
            _, called, _, instruction, visit = last
            if called is callee or frame.f_lasti > instruction:
                return visit
        self._count += 1
        return self._count
