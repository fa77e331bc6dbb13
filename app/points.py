"""The user's breakpoints: set, toggled, removed; anchored by names that survive an edit."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from ..tracers.ir import Breakpoint, BreakpointKind, Graph


class Points(QObject):
    """Signals:
    changed: the list is another one.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Breakpoint] = []

    @property
    def rows(self) -> list[Breakpoint]:
        """In the order in which they were set."""
        return list(self._rows)

    def load(self, rows: list[Breakpoint]) -> None:
        """Replace all."""
        self._rows = list(rows)
        self.changed.emit()

    def add(self, point: Breakpoint) -> None:
        """Set a breakpoint; one that is there already is enabled."""
        for index, row in enumerate(self._rows):
            if (row.kind, row.where) == (point.kind, point.where):
                self._rows[index] = replace(row, enabled=True)
                break
        else:
            self._rows.append(point)
        self.changed.emit()

    def remove(self, point: Breakpoint) -> None:
        """Remove a breakpoint, whether it is enabled or not."""
        same = (point.kind, point.where)
        self._rows = [row for row in self._rows if (row.kind, row.where) != same]
        self.changed.emit()

    def enable(self, point: Breakpoint, enabled: bool) -> None:
        """Switch a breakpoint on or off."""
        same = (point.kind, point.where)
        self._rows = [
            replace(row, enabled=enabled) if (row.kind, row.where) == same else row
            for row in self._rows
        ]
        self.changed.emit()

    def toggle(self, point: Breakpoint) -> None:
        """Remove it if it is set, else set it."""
        if any((row.kind, row.where) == (point.kind, point.where) for row in self._rows):
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


def point_on_op(graph: Graph, op: int) -> Breakpoint:
    """A breakpoint on one op."""
    row = graph.ops[op]
    path = graph.scopes[row.scope].path
    return Breakpoint(BreakpointKind.OP, row.key, f"{row.type} in {path}" if path else row.type)


def point_on_line(file: str, line: int) -> Breakpoint:
    """A breakpoint on a source line."""
    name = file.replace("\\", "/").rpartition("/")[2]
    return Breakpoint(BreakpointKind.LINE, f"{file}:{line}", f"{name} : {line}")
