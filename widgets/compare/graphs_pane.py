"""The two graphs beside each other, with what joins them."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ...tracers.ir import Selection
from ..theme import hub
from .couples import Couple, Couples, op_of
from .gutter import Gutter
from .link_painting import Joint, paint_beside
from .linking import Linking
from .links import Floats, Links
from .measure import Measure, error_text, worst
from .side_graph import SideGraph
from .side_head import SideHead

_STRAIGHT = 1.6  # px of difference that whole pixels make
_NARROW, _WIDE = 76, 168  # px of the gutter


class GraphsPane(QWidget):
    """Heads, canvases and the gutter between.

    Signals:
        couple_picked: Couple; the user chose it.
        lone_picked: "A" or "B", and the newest record of an op without a counterpart.
        pair_menu_wanted: Couple, QPoint in screen coordinates.
        op_menu_wanted: "A" or "B", an op, QPoint in screen coordinates.
    """

    couple_picked = Signal(object)
    lone_picked = Signal(str, int)
    pair_menu_wanted = Signal(object, QPoint)
    op_menu_wanted = Signal(str, int, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._couples: Couples | None = None
        self._measure = Measure()
        self._links: Links | None = None
        self._couple: Couple | None = None
        self._errors: list[float | None] = []
        self.graphs = {side: SideGraph(side, self) for side in ("A", "B")}
        self.heads = {side: SideHead(side, self) for side in ("A", "B")}
        self.gutter = Gutter(self)
        self._between = QWidget(self)
        for graph in self.graphs.values():
            graph.laid.connect(self._forget_links)  # before anything is looked up in them
        self.linking = Linking(self.graphs["A"], self.graphs["B"], self.links, self)
        self._lay_out()
        for side, graph in self.graphs.items():
            graph.picked.connect(partial(self._pick, side))
            graph.menu_wanted.connect(partial(self._ask_menu, side))
            graph.laid.connect(self._renew)
            graph.canvas.camera_moved.connect(self._renew)
            graph.canvas.beneath = partial(self._paint_beneath, side)
        self.gutter.picked.connect(self._pick_joint)
        self.gutter.menu_wanted.connect(self._ask_joint_menu)
        self.gutter.wheeled.connect(self._wheel)
        self.gutter.hint_of = self._hint
        hub().changed.connect(self._renew)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        a, b = self.graphs["A"], self.graphs["B"]
        parts = (self.heads["A"], _Filler(self), self.heads["B"]), (a, self.gutter, b)
        for row, widgets in enumerate(parts):
            for column, widget in enumerate(widgets):
                grid.addWidget(widget, row, column)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(2, 1)
        grid.setRowStretch(1, 1)
        self.gutter.setFixedWidth(_WIDE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The gutter takes what the graphs can spare."""
        super().resizeEvent(event)
        self.gutter.setFixedWidth(min(max(round(self.width() * 0.19), _NARROW), _WIDE))

    # What is shown.

    def show_couples(self, couples: Couples | None, measure: Measure) -> None:
        """Another comparison."""
        self._couples, self._couple, self._links = couples, None, None
        self.linking.show_couples(couples)
        self._take_measure(measure)
        for side, graph in self.graphs.items():
            half = couples.half(side) if couples is not None else None
            head = self.heads[side]
            facts = half.facts if half is not None else None
            version = f"{facts.framework} {_short(facts.version)}" if facts is not None else ""
            head.show_model(facts.name if facts is not None else "", version.strip())
            graph.show_run(half.run if half is not None else None)
        self._renew()

    def show_measure(self, measure: Measure) -> None:
        """The same by another measure."""
        self._take_measure(measure)
        self._renew()

    def _take_measure(self, measure: Measure) -> None:
        self._measure, couples = measure, self._couples
        self._errors = couples.errors(measure.metric) if couples is not None else []

    def show_couple(self, couple: Couple) -> None:
        """Mark what stands for each other, open the way to it, and bring it in sight."""
        couples = self._couples
        if couples is None:
            return
        self._couple = couple
        selections = [self._selection(side, couple) for side in ("A", "B")]
        self.linking.show_pair(*selections)
        for (side, graph), selection in zip(self.graphs.items(), selections, strict=True):
            self.heads[side].show_trail(graph.trail(selection.op))
        self._renew()

    def show_lone(self, side: str, record: int) -> None:
        """Mark an op of one side alone; the other side keeps its mark."""
        if self._couples is None:
            return
        self._couple = None
        op = self._couples.half(side).run.records[record].op
        self.linking.show_one(side, Selection(op=op, record=record))
        self.heads[side].show_trail(self.graphs[side].trail(op))
        self._renew()

    def show_group(self, scope: int) -> None:
        """Mark a group of A, and its counterpart."""
        self.linking.show_group(scope)

    def links(self) -> Links | None:
        """Which nodes stand for each other in what is laid out now."""
        a, b = self.graphs["A"], self.graphs["B"]
        if self._couples is None or a.scene is None or b.scene is None:
            return None
        if self._links is None:
            self._links = Links(self._couples, a, b)
        return self._links

    def joints(self) -> list[Joint]:
        """The links in sight, as they are painted."""
        links, couples = self.links(), self._couples
        if links is None or couples is None or not links.rows:
            return []
        sides = zip(self.graphs.values(), (links.tops_a, links.tops_b), strict=True)
        at: list[Floats] = []
        for graph, tops in sides:
            origin, zoom = graph.canvas.seen
            at.append((tops - origin.y()) * zoom)
        height = self.gutter.height()
        high, low = np.minimum(*at), np.maximum(*at)
        near = (high > -height) & (low < 2 * height) & (low > -40) & (high < height + 40)
        chosen = self._couple.number if self._couple is not None else -1
        shown = links.row_of(chosen) if chosen >= 0 else -1
        later = {row.number: at for at, row in enumerate(couples.starts) if at}
        found: list[Joint] = []
        rows: list[int] = np.flatnonzero(near).tolist()
        for row in rows:
            link = links.rows[row]
            error = worst([self._errors[number] for number in link.couples])
            start = next((number for number in link.couples if number in later), -1)
            one, other = float(at[0][row]), float(at[1][row])
            found.append(
                Joint(
                    row,
                    one,
                    one if abs(one - other) < _STRAIGHT else other,
                    self._errors[couples.starts[0].number] if link.first else error,
                    link.first or self._measure.over(error),
                    link.first,
                    row == shown,
                    later[start] + 1 if start >= 0 else 0,
                )
            )
        return found

    def _selection(self, side: str, couple: Couple) -> Selection:
        assert self._couples is not None
        record, slot = couple.ref(side)
        op = op_of(self._couples.half(side).run, (record, slot))
        if op < 0:
            return Selection(value=slot)
        return Selection(op=op, record=record, slot=slot)

    # Painting.

    def _forget_links(self) -> None:
        self._links = None

    def _renew(self) -> None:
        if self.linking.quiet:
            return  # more is to come
        for graph in self.graphs.values():
            graph.canvas.update()
        self._show_joints(self.joints())

    def _show_joints(self, joints: list[Joint]) -> None:
        origin, zoom = self.graphs["A"].canvas.seen
        self.gutter.show_joints(joints, zoom, -origin.y() * zoom)

    def _paint_beneath(self, side: str, painter: QPainter) -> None:
        joints, links = self.joints(), self._links
        self._show_joints(joints)
        if links is None or not joints:
            return
        graph = self.graphs[side]
        rows = ((joint.row, links.rows[joint.row]) for joint in joints)
        nodes = {at: row.a if side == "A" else row.b for at, row in rows}
        origin, zoom = graph.canvas.seen
        paint_beside(painter, graph, joints, nodes, zoom, origin)

    def _hint(self, joint: Joint) -> str:
        links, couples = self._links, self._couples
        if links is None or couples is None:
            return ""
        numbers = links.rows[joint.row].couples
        if len(numbers) > 1:
            return f"{len(numbers):,} pairs; the worst: {self._measure.name} {joint.text}"
        pair = couples.pair_of(couples.rows[next(iter(numbers))])
        lines = [f"{self._measure.name} {error_text(joint.error)}"]
        if pair is not None and pair.local is not None:
            lines.append(f"this op alone {error_text(pair.local)}")
        return "\n".join(lines)

    # What the user does.

    def _pick(self, side: str, selection: Selection) -> None:
        couples = self._couples
        if couples is None:
            return
        found = None
        if selection.op >= 0:
            rows = couples.of_op(side, selection.op)
            found = next((row for row in rows if row.divergence >= 0), rows[-1] if rows else None)
            if found is None:
                record = couples.half(side).run.last_execution(selection.op)
                if record >= 0:
                    self.lone_picked.emit(side, record)
                return
        elif selection.value >= 0:
            found = couples.of_value(side, selection.value)
        elif selection.scope >= 0:
            self.linking.show_group(selection.scope, side)
            return
        if found is not None:
            self.couple_picked.emit(found)

    def _worst_of(self, joint: Joint) -> Couple | None:
        links, couples = self._links, self._couples
        if links is None or couples is None or joint.row >= len(links.rows):
            return None
        link = links.rows[joint.row]
        if link.first:
            return couples.starts[0]
        known = [number for number in link.couples if self._errors[number] is not None]
        if not known:
            return couples.rows[link.couples[0]]
        return couples.rows[max(known, key=lambda number: self._errors[number] or 0.0)]

    def _pick_joint(self, joint: Joint) -> None:
        couple = self._worst_of(joint)
        if couple is not None:
            self.couple_picked.emit(couple)

    def _ask_joint_menu(self, joint: Joint, at: QPoint) -> None:
        couple = self._worst_of(joint)
        if couple is not None:
            self.pair_menu_wanted.emit(couple, at)

    def _ask_menu(self, side: str, selection: Selection, at: QPoint) -> None:
        if selection.op >= 0:
            self.op_menu_wanted.emit(side, selection.op, at)

    def _wheel(self, event: QWheelEvent) -> None:
        """The gutter scrolls A, which B follows."""
        canvas = self.graphs["A"].canvas
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            canvas.zoom_by(1.25 ** (event.angleDelta().y() / 120))
            return
        canvas.handled.emit()
        delta = QPointF(event.pixelDelta())
        canvas.pan(0, delta.y() if not delta.isNull() else event.angleDelta().y() * 0.5)


class _Filler(SideHead):
    """The head's ground above the gutter."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent)


def _short(version: str) -> str:
    """ "2.9.1+cpu" as "2.9"."""
    return ".".join(version.partition("+")[0].split(".")[:2])
