"""Where in the user's code the model stands: one line, or the whole stack."""

from __future__ import annotations

import inspect
import os
import sysconfig
from collections.abc import Iterator
from types import CodeType, FrameType

from ..engine import visits
from ..engine.script import FLOORS
from ..engine.typed import is_typed, path_of
from ..ir import SourceLine
from .lib import torch

_HIDDEN, _LIBRARY, _USER, _FLOOR = 0, 1, 2, 3
_TORCH = os.path.dirname(os.path.abspath(torch.__file__)) + os.sep
_TRACERS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STDLIB = tuple(
    {os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib")}
)
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_kinds: dict[CodeType, int] = dict.fromkeys(FLOORS, _FLOOR)
_lines: dict[tuple[CodeType, int], SourceLine] = {}


def _kind_of(code: CodeType) -> int:
    kind = _kinds.get(code)
    if kind is None:
        kind = _kinds[code] = _classify(code.co_filename)
    return kind


def is_user_code(code: CodeType) -> bool:
    """The user wrote it: neither torch nor the tracers nor an installed package did."""
    return _kind_of(code) == _USER


def is_library_code(code: CodeType) -> bool:
    """It is an installed package's, other than torch's."""
    return _kind_of(code) == _LIBRARY


def _classify(file: str) -> int:
    if file.startswith("<"):
        return _USER if is_typed(file) else _HIDDEN
    file = os.path.abspath(file)
    if file.startswith((_TORCH, _TRACERS)):
        return _HIDDEN
    if any(part in file for part in _INSTALLED):
        return _LIBRARY
    return _HIDDEN if file.startswith(_STDLIB) else _USER


def _line_of(code: CodeType, number: int) -> SourceLine:
    line = _lines.get((code, number))
    if line is None:
        name = code.co_name
        line = SourceLine(path_of(code.co_filename), number, name)
        _lines[code, number] = line
    return line


def user_line(frame: FrameType | None = None, base: CodeType | None = None) -> SourceLine | None:
    """The innermost line of the user's own code; of an installed package's, where there is none.

    torch's and the tracers' own frames never count. `base` is where the model was called from:
    nothing outside it is looked at.
    """
    library: FrameType | None = None
    if frame is None:
        frame = inspect.currentframe()
    while frame is not None:
        code = frame.f_code
        kind = _kinds.get(code)
        if kind is None:
            kind = _kind_of(code)
        if kind == _USER:
            return _line_of(code, frame.f_lineno or 1)
        if kind == _LIBRARY and library is None:
            library = frame
        elif code is base or kind == _FLOOR:
            break
        frame = frame.f_back
    if library is None:
        return None
    return _line_of(library.f_code, library.f_lineno or 1)


def user_frames(frame: FrameType | None, base: CodeType | None) -> Iterator[FrameType]:
    """Frames of the user's code, innermost first; of installed packages, where there are none."""
    inner: list[FrameType] = []
    library: list[FrameType] = []
    while frame is not None and frame.f_code is not base:
        kind = _kind_of(frame.f_code)
        if kind == _USER:
            inner.append(frame)
        elif kind == _LIBRARY:
            library.append(frame)
        elif kind == _FLOOR:
            break
        frame = frame.f_back
    yield from inner or library


def error_line(error: BaseException) -> SourceLine | None:
    """The innermost line of the user's that an error has left; of an installed package's, where
    there is none."""
    user = library = None
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if _kind_of(code) == _USER:
            user = _line_of(code, trace.tb_lineno)
        elif _kind_of(code) == _LIBRARY:
            library = _line_of(code, trace.tb_lineno)
        trace = trace.tb_next
    return user or library


def line_of(frame: FrameType) -> SourceLine:
    """Where a frame stands."""
    return _line_of(frame.f_code, frame.f_lineno or 1)


class Visits(visits.Visits):
    """Of the user's frames, or those of installed packages where there are none."""

    def __init__(self) -> None:
        super().__init__(user_frames, line_of)
