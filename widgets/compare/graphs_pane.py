"""The two graphs beside each other, with what joins them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from ...tracers.ir import Selection
from ..theme import hub
from .couples import Couple, Couples, op_of
from .gutter import Gutter, Seen
from .joints import Joints
from .link_painting import Joint, paint_beside
from .linking import Linking
from .links import Links
from .measure import Measure, error_text
from .side_graph import SideGraph
from .side_head import SideHead

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
        self._joints: Joints | None = None
        self._couple: Couple | None = None
        self._errors: list[float | None] = []
        self.graphs = {side: SideGraph(side, self) for side in ("A", "B")}
        self.heads = {side: SideHead(side, self) for side in ("A", "B")}
        self.gutter = Gutter(self)
        self._between = QWidget(self)
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
        self.gutter.hint_of, self.gutter.seen = self._hint, self._seen
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
        self._couples, self._couple = couples, None
        self._links = self._joints = None
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
        self._joints = None
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
        story = self._couples.story if self._couples is not None else None
        if story is None or not (a.shows(story.a.run) and b.shows(story.b.run)):
            return None
        if self._links is None or not self._links.fits(a, b):
            assert self._couples is not None
            self._links = Links(self._couples, a, b)
            self._joints = None
        return self._links

    def joints(self) -> list[Joint]:
        """The links in sight, as they are painted."""
        links, couples = self.links(), self._couples
        if links is None or couples is None or not links.rows:
            return []
        if self._joints is None:
            self._joints = Joints(links, couples, self._measure)
        sides = zip(self.graphs.values(), (links.tops_a, links.tops_b), strict=True)
        a, b = ((tops - g.canvas.seen[0].y()) * g.canvas.seen[1] for g, tops in sides)
        chosen = self._couple.number if self._couple is not None else -1
        return self._joints.seen(a, b, self.gutter.height(), chosen)

    def _selection(self, side: str, couple: Couple) -> Selection:
        assert self._couples is not None
        record, slot = couple.ref(side)
        op = op_of(self._couples.half(side).run, (record, slot))
        if op < 0:
            return Selection(value=slot)
        return Selection(op=op, record=record, slot=slot)

    # Painting.

    def _renew(self) -> None:
        """Whatever joins the graphs is painted anew; what it is, is found out then."""
        for graph in self.graphs.values():
            graph.canvas.update()
        self.gutter.update()

    def _seen(self) -> Seen:
        origin, zoom = self.graphs["A"].canvas.seen
        return self.joints(), zoom, -origin.y() * zoom

    def _paint_beneath(self, side: str, painter: QPainter) -> None:
        joints, links = self.joints(), self._links
        self.gutter.update()  # while the graphs glide, too
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
