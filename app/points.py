"""The user's breakpoints: set, toggled, removed; anchored by names that survive an edit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from ..tracers.ir import Breakpoint, BreakpointKind, Graph
from ..tracers.protocol.messages import UNCAUGHT


class Points(QObject):
    """Signals:
    changed: the list is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Breakpoint] = []
        self._errors: frozenset[str] = frozenset({UNCAUGHT})

    @property
    def rows(self) -> list[Breakpoint]:
        """In the order in which they were set."""
        return list(self._rows)

    @property
    def errors(self) -> frozenset[str]:
        """DAP's filters of the errors that stop the run."""
        return self._errors

    def catch(self, name: str, on: bool) -> None:
        """Have a filter of errors stop the run, or not."""
        self.load_errors(self._errors | {name} if on else self._errors - {name})

    def load_errors(self, names: Iterable[str]) -> None:
        """Replace the filters of errors."""
        self._errors = frozenset(names)
        self.changed.emit()

    def load(self, rows: list[Breakpoint]) -> None:
        """Replace all."""
        self._rows = list(rows)
        self.changed.emit()

    def add(self, point: Breakpoint) -> None:
        """Set a breakpoint; one that is there already is enabled."""
        for index, row in enumerate(self._rows):
            if _same(row, point):
                self._rows[index] = replace(row, enabled=True)
                break
        else:
            self._rows.append(point)
        self.changed.emit()

    def put(self, point: Breakpoint, instead_of: Breakpoint | None = None) -> None:
        """Set a breakpoint with all that it asks, in the place of another, or of one that is set
        on the same; there is one on each place."""
        old = point if instead_of is None else instead_of
        at = next((n for n, row in enumerate(self._rows) if _same(row, old)), len(self._rows))
        before = [row for row in self._rows[:at] if not _same(row, point)]
        after = [row for row in self._rows[at + 1 :] if not _same(row, point)]
        self._rows = [*before, point, *after]
        self.changed.emit()

    def find(self, point: Breakpoint) -> Breakpoint | None:
        """The breakpoint that is set on the same, whatever it asks."""
        return next((row for row in self._rows if _same(row, point)), None)

    def remove(self, point: Breakpoint) -> None:
        """Remove a breakpoint, whether it is enabled or not."""
        self._rows = [row for row in self._rows if not _same(row, point)]
        self.changed.emit()

    def enable(self, point: Breakpoint, enabled: bool) -> None:
        """Switch a breakpoint on or off."""
        self._rows = [
            replace(row, enabled=enabled) if _same(row, point) else row for row in self._rows
        ]
        self.changed.emit()

    def toggle(self, point: Breakpoint) -> None:
        """Remove it if it is set, else set it."""
        if self.find(point) is not None:
            self.remove(point)
        else:
            self.add(point)

    def on_ops(self, graph: Graph) -> set[int]:
        """Ops that an enabled breakpoint is set on by name."""
        keys = {r.where for r in self._rows if r.kind is BreakpointKind.OP and r.enabled}
        return {index for index, op in enumerate(graph.ops) if op.key in keys} if keys else set()

    def on_lines(self) -> dict[str, set[int]]:
        """Enabled line breakpoints: file to lines."""
        lines: dict[str, set[int]] = {}
        for row in self._rows:
            if row.kind is BreakpointKind.LINE and row.enabled:
                file, _, line = row.where.rpartition(":")
                lines.setdefault(file, set()).add(int(line))
        return lines


def _same(one: Breakpoint, other: Breakpoint) -> bool:
    return (one.kind, one.where) == (other.kind, other.where)


def point_on_op(graph: Graph, op: int) -> Breakpoint:
    """A breakpoint on one op."""
    row = graph.ops[op]
    path = graph.scopes[row.scope].path
    return Breakpoint(BreakpointKind.OP, row.key, f"{row.type} in {path}" if path else row.type)


def point_on_line(file: str, line: int) -> Breakpoint:
    """A breakpoint on a source line."""
    name = file.replace("\\", "/").rpartition("/")[2]
    return Breakpoint(BreakpointKind.LINE, f"{file}:{line}", f"{name} : {line}")


def point_on_module(path: str) -> Breakpoint:
    """A breakpoint on a module, as it is entered. `path` may be a glob."""
    return Breakpoint(BreakpointKind.MODULE, path, f"into {path}")


def point_on_type(pattern: str) -> Breakpoint:
    """A breakpoint on every op of a type. `pattern` may be a glob."""
    return Breakpoint(BreakpointKind.TYPE, pattern, f"any {pattern}")
