"""Lets one graph follow the other: its camera, and what is open."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import partial

from PySide6.QtCore import QObject, QPointF, QTimer

from ...tracers.ir import Selection
from ..graph.camera import READING
from .counterparts import Counterparts
from .couples import Couples
from .links import Links
from .side_graph import SideGraph

SMALLEST, READABLE, LARGEST = 0.6, 0.9, 1.0  # zoom on arrival
ROOM = 260  # px of a canvas in which a node has room at a zoom that can be read
AIR = 20  # px beside the graph
MANY = 400  # groups whose counterparts are looked for at once


class Linking(QObject):
    """Of two graphs.

    Attributes:
        linked: one follows the other.
        quiet: both are being moved.
    """

    def __init__(
        self, a: SideGraph, b: SideGraph, links: Callable[[], Links | None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self.linked = True
        self._graphs = {"A": a, "B": b}
        self._links = links
        self._couples: Couples | None = None
        self._counterparts: dict[str, Counterparts] = {}
        self._open: dict[str, tuple[frozenset[int], frozenset[int]]] = {}
        self._at: dict[str, float] = {"A": 0.0, "B": 0.0}  # x of the middle of what is seen
        self.quiet = False
        self._begun = False
        self._waits: tuple[Selection, Selection] | None = None
        self._held: tuple[Selection, Selection] | None = None  # until the user moves on
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self._hold)
        for side, graph in self._graphs.items():
            graph.laid.connect(partial(self._follow_open, side))
            graph.canvas.camera_moved.connect(partial(self._follow_camera, side))
            graph.canvas.handled.connect(self._let_go)
            graph.canvas.resized.connect(self._again.start)

    def show_couples(self, couples: Couples | None) -> None:
        """Another comparison."""
        self._couples = couples
        self._counterparts.clear()
        self._open.clear()
        self._begun = False
        self._waits = self._held = None

    def counterpart(self, side: str, group: int) -> int:
        """The other graph's group for one of `side`; -1 for none."""
        found = self._counterparts.get(side)
        if found is None:
            here, there = self._graphs[side].model, self._graphs[_other(side)].model
            if here is None or there is None or self._couples is None:
                return -1
            found = self._counterparts[side] = Counterparts(self._couples, side, here, there)
        return found.of(group)

    def set_linked(self, linked: bool) -> None:
        """Let one follow the other, or not."""
        self.linked = linked
        if linked:
            self._follow_open("A")
            self._follow_camera("A")

    def show_pair(self, a: Selection, b: Selection) -> None:
        """Open the way to both, bring them in sight, at one height."""
        self._waits = self._held = a, b
        with self._silence():
            for graph, selection in zip(self._graphs.values(), (a, b), strict=True):
                graph.go_to(selection)
                graph.show_selection(selection)
            if self.linked and self._begun:
                for side in self._graphs:
                    self._graphs[_other(side)].rearrange((), (), self._single(side))
        self._note_open()
        self._settle()

    def show_one(self, side: str, selection: Selection) -> None:
        """Show something that one side has alone; the other follows as far as it can."""
        self._waits = self._held = None
        graph = self._graphs[side]
        graph.go_to(selection)
        graph.show_selection(selection)

    def show_group(self, group: int, side: str = "A") -> None:
        """Mark a group and its counterpart, and bring both in sight."""
        other = self.counterpart(side, group)
        self._waits = self._held = None
        for name, scope in ((side, group), (_other(side), other)):
            graph = self._graphs[name]
            if scope > 0 and graph.model is not None:
                with self._silence():
                    graph.go_to(Selection(scope=scope))
                    graph.show_selection(Selection(scope=scope))
        self._note_open()
        self._follow_camera(side)

    @contextmanager
    def _silence(self) -> Generator[None]:
        before, self.quiet = self.quiet, True
        try:
            yield
        finally:
            self.quiet = before

    def _let_go(self) -> None:
        """The user took hold of a camera: what is looked at is where the user wants it."""
        if not self.quiet:
            self._held = None

    def _hold(self) -> None:
        """There is another room for the graphs: what is looked at stays in sight."""
        if self._held is not None and self._begun and self._waits is None:
            self._waits = self._held
            self._settle(anew=True)

    def _settle(self, anew: bool = False) -> None:
        """Bring what was asked for to one height, once both layouts are there.

        `anew`: also to where it stands best across.
        """
        graphs = self._graphs
        if self._waits is None or not self._ready() or any(one.busy for one in graphs.values()):
            return
        nodes = [
            graph.node_of_op(selection.op)
            if selection.op >= 0
            else graph.node_of_value(selection.value)
            for graph, selection in zip(graphs.values(), self._waits, strict=True)
        ]
        self._waits = None
        if min(nodes) < 0:
            return
        a, b = graphs["A"], graphs["B"]
        with self._silence():
            if anew:
                zoom = min(_fitting(a), _fitting(b))
                for graph, node in zip((a, b), nodes, strict=True):
                    graph.canvas.zoom_to(zoom)
                    graph.canvas.follow(node, anew=True, glide=False)
                top = a.middle_of(nodes[0]) - READING * a.canvas.height() / zoom
                here = a.canvas.filled(QPointF(a.canvas.origin.x(), top), across=False)
                a.canvas.look_at(here)
            elif self.linked:
                a.canvas.follow(nodes[0], anew=False)
            y = a.canvas.to_widget(0, a.middle_of(nodes[0])).y()
            zoom = a.canvas.zoom
            if self.linked or not b.canvas.node_rect(nodes[1]).intersects(b.canvas.rect()):
                top = b.middle_of(nodes[1]) - y / zoom
                x = b.canvas.visible_area().center().x() - b.canvas.width() / 2 / zoom
                b.canvas.look_at(QPointF(x, top), zoom, glide=a.canvas.gliding)
        self._note_cameras()

    def _follow_camera(self, side: str) -> None:
        """The one was moved: the other shows what faces it."""
        here, there = self._graphs[side].canvas, self._graphs[_other(side)].canvas
        middle = here.visible_area().center()
        moved, self._at[side] = middle.x() - self._at[side], middle.x()
        quiet = self.quiet or not self.linked or not self._begun
        if quiet or there.picture is None or here.picture is None:
            return
        if here.height() != there.height():
            return  # the other is about to have the same room
        links = self._links()
        if links is None:
            return
        heights = links.heights if side == "A" else links.heights.turned()
        if heights.a:
            y = heights.across(middle.y())
        else:
            y = middle.y() * there.picture.scene.height / max(here.picture.scene.height, 1.0)
        centre = there.visible_area().center().x() + moved
        corner = QPointF(centre - there.width() / 2 / here.zoom, y - there.height() / 2 / here.zoom)
        with self._silence():
            there.look_at(corner, here.zoom, glide=here.gliding)

    def _follow_open(self, side: str) -> None:
        """The one has another layout: open there what was opened here."""
        graphs = self._graphs
        if self.quiet or not self._ready():
            return
        if not self._begun:
            self._begin()
            return
        graph, other = graphs[side], _other(side)
        before, apart = self._open.get(side, (graph.opened_groups, graph.apart))
        opened, closed = graph.opened_groups - before, before - graph.opened_groups
        beside = graph.apart - apart
        self._note_open()
        if self.linked and (opened or closed or beside):
            parts = self._all(side, opened), self._all(side, closed)
            with self._silence():
                graphs[other].rearrange(*parts, self._single(side))
            self._note_open()
            self._follow_camera(side)
        self._settle()

    def _begin(self) -> None:
        """Both graphs are there for the first time: what is open in B is what is open in A."""
        self._begun = True
        a, b = self._graphs["A"], self._graphs["B"]
        closed = [
            group
            for group in b.opened_groups
            if group > 0 and 0 < self.counterpart("B", group) not in a.opened_groups
        ]
        with self._silence():
            b.rearrange(self._all("A", a.opened_groups), closed, self._single("A"))
            a.rearrange((), (), self._single("B"))
            zoom = min(_fitting(a), _fitting(b))
            for graph in (a, b):
                graph.canvas.handled.emit()  # from now on it is moved from here alone
                graph.canvas.zoom_to(zoom)
        self._note_open()
        self._note_cameras()
        if self._waits is not None:
            self.show_pair(*self._waits)
        else:
            self._follow_camera("A")

    def _ready(self) -> bool:
        """Both graphs are those of the comparison."""
        couples = self._couples
        if couples is None:
            return False
        return all(graph.shows(couples.half(side).run) for side, graph in self._graphs.items())

    def _all(self, side: str, groups: Iterable[int]) -> list[int]:
        """The counterparts of some groups, as far as they have any."""
        found = (self.counterpart(side, group) for group in sorted(groups))
        return [group for group in found if group > 0]

    def _single(self, side: str) -> list[int]:
        """The counterparts of what is seen by itself: they are not to be folded with others."""
        return self._all(side, self._graphs[side].single_groups[:MANY])

    def _note_open(self) -> None:
        for side, graph in self._graphs.items():
            self._open[side] = graph.opened_groups, graph.apart

    def _note_cameras(self) -> None:
        for side, graph in self._graphs.items():
            self._at[side] = graph.canvas.visible_area().center().x()


def _fitting(graph: SideGraph) -> float:
    """The zoom at which a graph's column is seen as a whole, as long as it can be read."""
    canvas, scene = graph.canvas, graph.scene
    if scene is None:
        return LARGEST
    least = READABLE if canvas.width() >= ROOM else SMALLEST
    left, right = scene.span(canvas.height() / least)
    return min(max((canvas.width() - AIR) / max(right - left, 1.0), least), LARGEST)


def _other(side: str) -> str:
    return "B" if side == "A" else "A"
