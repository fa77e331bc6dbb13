"""Asks the debuggee where an element came from, and leads back from element to element."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

from ..tracers.ir import OUTSIDE, Ref, Run, RunState, ValueRef, selection_of_value
from ..tracers.ir.finding import Index
from ..tracers.ir.provenance import Provenance, strongest
from ..tracers.protocol.framing import Message
from ..tracers.protocol.json_ir import from_json
from ..tracers.protocol.messages import PROVENANCE
from ..widgets.health.drawer import ORIGIN
from ..widgets.tensor.origin_marks import OriginMarks
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

GONE = "The model's process is gone; restart to ask about its values."
RUNNING = "The model is running; pause it to ask about its values."
NO_ELEMENT = "Pick an element of the value in the inspector first, with a click or the arrow keys."
NO_VALUE = "The inspector shows no value of the run: select an op that has run."
_SLOW_MS = 300  # after which it is said that an answer is to come
_MOST, _FEW = 256, 8  # elements of an input that are asked for; where many steps are


class OriginDesk(QObject):
    """Of one window and its workbench.

    Attributes:
        path: the way back so far, from the element that was asked about first.
    """

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench, self._session = window, bench, window.session
        self._pane = bench.drawer.origin
        self._marks = OriginMarks(bench.inspector.value)
        self.path: list[Provenance] = []
        self._request = -1  # what is under way
        self._fetching: list[Ref] = []
        self._goal: tuple[Ref, Index] | None = None  # an element to pick once its value is shown
        self._slow = QTimer(self, singleShot=True, interval=_SLOW_MS)
        self._slow.timeout.connect(self._pane.show_asking)
        self._connect()

    def _connect(self) -> None:
        pane, inspector = self._pane, self._bench.inspector
        inspector.menus.origin_wanted.connect(self.ask)
        inspector.value.turned.connect(self._reach)
        pane.follow_wanted.connect(self.follow)
        pane.step_wanted.connect(self.go_back)
        pane.strongest_wanted.connect(self.follow_strongest)
        pane.fetch_wanted.connect(self._fetch)
        pane.cancel_wanted.connect(self.give_up)
        self._window.time.fetching.connect(self._fetched)
        self._session.rewound.connect(self._forget_lost)
        self._window.model_shown.connect(lambda: self._show([]))

    def ask(self) -> None:
        """Of the element that is picked in the inspector."""
        run, inspector = self._session.run, self._bench.inspector
        choice = inspector.subject.choice
        ref = choice.ref.made_by(run) if run is not None and choice is not None else None
        if run is None or ref is None or ref[0] < OUTSIDE or not inspector.value.open:
            self._tell(NO_VALUE)
            return
        index = inspector.value.element if inspector.value.shape else ()
        if index is None:
            self._tell(NO_ELEMENT)
            return
        self._bench.open_drawer(ORIGIN)
        self._pane.rows.setFocus()
        self._send([], ref, tuple(index), 1)

    def follow(self, ref: Ref, index: Index) -> None:
        """Go on to an element of an input: show it everywhere, and ask about it."""
        self._send(self.path, ref, index, 1)

    def follow_strongest(self, steps: int) -> None:
        """Go on to the element that gave most, and on from there."""
        then = strongest(self.path[-1]) if self.path else None
        if then is not None:
            self._send(self.path, *then, steps)

    def go_back(self, step: int) -> None:
        """Show an earlier step of the way again."""
        if 0 <= step < len(self.path):
            to = self.path[step]
            self._show(self.path[: step + 1])
            self._select(to.ref, to.index)
            self._send(self.path[:step], to.ref, to.index, 1)  # with all of its elements

    def give_up(self) -> None:
        """Wait for no answer any longer."""
        self._slow.stop()
        if self._request >= 0:
            self._session.request("cancel", {"requestId": self._request})
            self._request = -1
            self._pane.show_path(self.path)

    def _send(self, before: Sequence[Provenance], ref: Ref, index: Index, steps: int) -> None:
        run, path = self._session.run, list(before)
        self.give_up()
        sentence = self._cannot_ask()
        if run is None or sentence:
            self._pane.show_refusal(sentence)
            return

        def arrived(message: Message, _: object) -> None:
            if self._session.run is run and self._request == seq:
                self._end()
                rows = [from_json(Provenance, row) for row in message["body"]["path"]]
                self._show([*path, *rows])
                self._select(rows[-1].ref, rows[-1].index)
                if len(rows) > 1 and rows[-1].feeds:
                    self._send(self.path[:-1], rows[-1].ref, rows[-1].index, 1)

        def failed(why: str, code: str) -> None:
            if self._request == seq:
                self._end()
                self._pane.show_refusal(RUNNING if code == "not-stopped" else why)

        body: dict[str, Any] = {"record": ref[0], "slot": ref[1], "index": list(index)}
        body |= {"steps": steps, "most": _MOST if steps == 1 else _FEW}
        seq = self._session.request(PROVENANCE, body, arrived, failed)
        self._request = seq
        self._slow.start()

    def _end(self) -> None:
        self._request = -1
        self._slow.stop()

    def _show(self, path: list[Provenance]) -> None:
        self.path = path
        self._pane.show_path(path)
        run = self._session.run
        self._marks.show_marks(run, marks_of(path[-2:]))
        if run is not None and len(path) > 1:
            self._light(run)
        else:
            self._bench.graph.lighting.clear()

    def _light(self, run: Run) -> None:
        graph = run.graph
        ops: set[int] = set()
        values: set[int] = set()
        for record, slot in (step.ref for step in self.path):
            if record < 0:
                values.add(slot)
                continue
            op = run.records[record].op
            ops.add(op)
            outputs = graph.ops[op].outputs
            values.update(outputs[slot : slot + 1])
        many = len(self.path)
        words = f"Where it came from · {many:,} steps"
        self._bench.graph.light_way(frozenset(ops), frozenset(values), words)

    def _select(self, ref: Ref, index: Index) -> None:
        """Show an element in every pane."""
        run, inspector = self._session.run, self._bench.inspector
        if run is None:
            return
        self._goal = (ref, index) if index else None
        self._bench.select(selection_of_value(run, ref))
        if inspector.value.open:
            self._reach()

    def _reach(self) -> None:
        """Pick the element that was gone to, once the inspector shows its value."""
        run, goal, value = self._session.run, self._goal, self._bench.inspector.value
        if run is None or goal is None or value.ref is None or not value.shape:
            return
        if value.ref.made_by(run) == goal[0] and len(value.shape) == len(goal[1]):
            self._goal = None
            value.go_to(goal[1])

    def _fetch(self) -> None:
        """Bring back what was let go, one after another; then ask again."""
        if self.path and self.path[-1].missing:
            self._fetching = list(dict.fromkeys(self.path[-1].missing))
            self._fetch_next()

    def _fetch_next(self) -> None:
        record, slot = self._fetching[0]
        self._pane.show_refusal("Running the model again to get what was let go…")
        self._window.time.fetch(ValueRef(record, slot))

    def _fetched(self, ref: ValueRef | None, text: str) -> None:
        if not self._fetching:
            return
        if ref is not None:
            self._pane.show_refusal(text)
            return
        self._fetching.pop(0)
        if self._fetching:
            self._fetch_next()
        elif self.path:
            last = self.path[-1]
            self._send(self.path[:-1], last.ref, last.index, 1)

    def _forget_lost(self) -> None:
        """The newest records were forgotten: no step may name one of them."""
        run = self._session.run
        rows = 0 if run is None else len(run.records)
        if any(step.ref[0] >= rows for step in self.path):
            self._show([])

    def _cannot_ask(self) -> str:
        """Why the debuggee cannot be asked now, "" where it can."""
        run = self._session.run
        if run is None or run.state is RunState.DIED or not self._session.active:
            return GONE
        return RUNNING if run.state in (RunState.RUNNING, RunState.LOADING) else ""

    def _tell(self, sentence: str) -> None:
        self._bench.status.show_message(sentence, False)


def marks_of(steps: Sequence[Provenance]) -> dict[Ref, list[tuple[Index, float]]]:
    """By value, the elements that gave something, with their share of the greatest."""
    found: dict[Ref, list[tuple[Index, float]]] = {}
    for feed in (feed for step in steps for feed in step.feeds):
        sizes = [(source.index, abs(source.contribution or 0.0)) for source in feed.elements]
        most = max((size for _, size in sizes), default=0.0)
        some = [(index, size) for index, size in sizes if size > 0 or most == 0]
        even = not 0 < most < math.inf
        found.setdefault(feed.ref, []).extend(
            (index, 1.0 if even else size / most) for index, size in some
        )
    return found
