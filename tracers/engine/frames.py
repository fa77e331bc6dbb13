"""What the user sees as the stack: the op, then the scopes around it, each with a line."""

from __future__ import annotations

import traceback
from types import FrameType

from ..ir import Place, Run, SourceLine
from ..protocol.messages import StackLine
from .gate import Stack
from .user_code import is_own, is_users
from .watch import FrameLog

_OWN = __name__.rpartition(".")[0].rpartition(".")[0]  # the package that holds the tracers


def stack_of(run: Run, log: FrameLog, place: Place, model: str) -> tuple[StackLine, ...]:
    """Innermost first; the root scope goes by the model's name."""
    graph = run.graph
    lines: list[StackLine] = []
    source = place.source
    if place.op >= 0:
        op = graph.ops[place.op]
        if source < 0:
            source = op.source
        lines.append(_line(run, op.type, source, op.scope))
    for frame in reversed(run.frame_chain(place.frame)):
        row = run.frames[frame]
        scope = graph.scopes[row.scope]
        name = scope.path or scope.name or model
        if scope.type:
            name = f"{name} ({scope.type})"
        if row.turn >= 0:
            name = f"{name}, pass {row.turn + 1}"
        lines.append(_line(run, name, source, row.scope))
        source = log.sources[frame]
    return tuple(lines)


def error_stack(error: BaseException) -> tuple[StackLine, ...]:
    """The user's frames that an error went through, innermost first."""
    found = [
        StackLine(row.name, row.filename, row.lineno or 0)
        for row in traceback.extract_tb(error.__traceback__)
        if is_users(row.filename)
    ]
    return tuple(reversed(found))


def error_text(error: BaseException) -> str:
    """The traceback as the user knows it, from his own first line on and without the tracers'."""
    rows = [row for row in traceback.extract_tb(error.__traceback__) if not is_own(row.filename)]
    first = next((n for n, row in enumerate(rows) if is_users(row.filename)), 0)
    shown = traceback.format_list(rows[first:])
    said = traceback.format_exception_only(type(error), error)
    return "".join(["Traceback (most recent call last):\n", *shown, *said])


def in_own_code(frame: FrameType | None) -> bool:
    """The innermost frame that is the user's or ours is ours: no place to stop in."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.startswith(_OWN + "."):
            return True
        if is_users(frame.f_code.co_filename):
            return False
        frame = frame.f_back
    return True


def user_line(frame: FrameType | None) -> SourceLine | None:
    """The innermost line of the user's."""
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            code = frame.f_code
            return SourceLine(code.co_filename, frame.f_lineno, code.co_name)
        frame = frame.f_back
    return None


def python_lines(frame: FrameType | None, files: frozenset[str]) -> Stack:
    """Lines of these files that are being executed, innermost first."""
    found: list[tuple[str, int, int]] = []
    while frame is not None:
        if frame.f_code.co_filename in files:
            found.append((frame.f_code.co_filename, frame.f_lineno, id(frame)))
        frame = frame.f_back
    return found


def _line(run: Run, name: str, source: int, scope: int) -> StackLine:
    if source < 0:
        return StackLine(name, scope=scope)
    row = run.graph.sources[source]
    return StackLine(name, row.file, row.line, scope)
