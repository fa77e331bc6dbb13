"""The line at the foot of the window: state, place, kept memory, health, device."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ...tracers.ir import Place, Run, RunState
from ..pane import Pane
from ..tensor.formatting import size_text
from ..theme import colour
from ..watching import watch
from .health import Health
from .painting import draw_dot, draw_text, face, text_width
from .wording import bad_text, bad_token, count_text, line_text, worst

HEIGHT = 26
_EDGE = 16
_GAP = 14


@dataclass(frozen=True, slots=True)
class Part:
    """A few words of the bar. Parts of the highest `rank` go first where room is scarce."""

    text: str
    token: str = "text3"
    weight: int = 400
    rank: int = 0
    hint: str = ""


class StatusBar(Pane):
    """26 px high, painted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._health: Health | None = None
        self._held = 0
        self._budget = 0
        self._kept = 0
        self._dropped = 0
        self._device = ""
        self._word = ""
        self._tint = "warn"  # of the word
        self._areas: list[tuple[QRectF, Part]] = []
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Status")
        watch(self, self._hint)

    def show_state(
        self, *, held: int, budget: int, kept: int, device: str, dropped: int = 0
    ) -> None:
        """Bytes held of how many, tensors kept and let go, and the device that the model is on."""
        self._held, self._budget = held, budget
        self._kept, self._dropped, self._device = kept, dropped, device
        self.update()

    def show_message(self, sentence: str, done: bool = False) -> None:
        """A word about what could not be done, or was; it goes with the next move of the run."""
        self._word = sentence
        self._tint = "text1" if done else "warn"
        self._say()

    def show_run(self, run: Run | None) -> None:
        self._run = run
        self._health = None if run is None else Health(run)
        self._say()

    def show_growth(self, first_record: int) -> None:
        if self._health is not None:
            self._health.follow()
        self.update()

    def show_rewound(self) -> None:
        if self._run is not None:
            self._health = Health(self._run)
        self._say()

    def show_place(self) -> None:
        self._word = ""
        self._say()

    def sizeHint(self) -> QSize:
        return QSize(600, HEIGHT)

    def lead(self) -> tuple[str, str]:
        """(colour token of the dot, what the run is doing)."""
        run = self._run
        if run is None:
            return "not_run", "No model open"
        if run.cursor is not None:
            return "accent", f"Viewing op {run.cursor.record + 1}{_before(run, run.cursor)}"
        number = len(run.records)
        if run.state is RunState.LOADING:
            return "not_run", run.message or "Loading"
        if run.state is RunState.RUNNING:
            return "accent", f"Running, {count_text(number)} so far"
        if run.state is RunState.PAUSED and run.failure is not None:
            at = run.failing
            where = f"op {at + 1}, {run.graph.ops[run.records[at].op].type}" if at >= 0 else ""
            return "breakpoint", f"Stopped at an error in {where or run.failure.where}"
        if run.state is RunState.FAILED:
            last = run.records[-1] if number and run.records[-1].error else None
            where = f" in op {number}, {run.graph.ops[last.op].type}" if last else ""
            return "breakpoint", f"Failed{where}"
        if run.state is RunState.DIED and run.stopped:
            return "not_run", f"Stopped after op {number}"
        if run.state is RunState.DIED:
            return "breakpoint", f"The process ended after op {number}"
        if run.state is RunState.FINISHED:
            bad = self._first_bad()
            token = bad_token(bad) if bad else "ok"
            return token, f"Finished, {count_text(number)}"
        return "current", f"Paused{_paused_before(run, run.head)}"

    def left_parts(self) -> list[Part]:
        """What stands at the left, after the dot."""
        if self._word:
            return [Part(self._word, self._tint, 600, hint=self._word)]
        parts = [Part(self.lead()[1], "text1", 600)]
        run = self._run
        if run is None:
            return parts
        if run.cursor is not None:
            live = run.head.record + 1
            ended = run.state in (RunState.FINISHED, RunState.FAILED, RunState.DIED)
            text = f"Live: {run.state.value}" if ended else f"Live: paused before op {live}"
            return [*parts, Part(text, rank=2)]
        place = run.place
        path = run.graph.scopes[place.scope].path if run.state is RunState.PAUSED else ""
        if path:
            parts.append(Part(path, rank=2))
        if place.source >= 0 and run.state is RunState.PAUSED:
            line = run.graph.sources[place.source]
            parts.append(Part(line_text(line), rank=3, hint=f"{line.file}:{line.line}"))
        return parts

    def right_parts(self) -> list[Part]:
        """What stands at the right, from left to right."""
        parts: list[Part] = []
        if self._run is None:
            return parts
        if self._kept:
            kept = f"{count_text(self._kept, 'tensor')} kept"
            gone = f", {self._dropped:,} let go" if self._dropped else ""
            size = f"{size_text(self._held)} of {size_text(self._budget)}"
            hint = f"{kept}{gone}. {size} for kept values."
            if gone:
                hint += "\nA value that was let go comes back by running the model again."
            long = bool(self._budget) and self.width() >= 1500
            parts.append(Part(f"{kept}{gone}, {size}" if long else kept, rank=4, hint=hint))
        if self._run.records:
            parts.append(self._health_part(self._run))
        if self._device:
            parts.append(Part(self._device, rank=5))
        return parts

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        middle = (HEIGHT + 1) / 2
        draw_dot(painter, _EDGE, middle, 4.2, colour(self.lead()[0]))
        left, right = self._fitting()
        self._areas = []
        x = float(_EDGE + 12)
        for number, part in enumerate(left):
            if number:
                x = self._rule(painter, x)
            width = self._draw(painter, part, x, middle, self.width() - x - _EDGE)
            x += width
        x = float(self.width() - _EDGE)
        for number, part in enumerate(reversed(right)):
            if number:
                x = self._rule(painter, x, leftwards=True)
            x -= text_width(part.text, face(12, part.weight))
            self._draw(painter, part, x, middle, 1e9)
        painter.end()

    def _hint(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            self._help(event.pos(), event.globalPos())
            return True
        return False

    def _help(self, at: QPoint, where: QPoint) -> None:
        for rect, part in self._areas:
            if rect.contains(at):
                QToolTip.showText(where, part.hint, self)
                return
        QToolTip.hideText()

    def _rule(self, painter: QPainter, x: float, leftwards: bool = False) -> float:
        step = -_GAP if leftwards else _GAP
        painter.setPen(colour("line"))
        painter.drawLine(round(x + step), 7, round(x + step), HEIGHT - 7)
        return x + 2 * step

    def _draw(self, painter: QPainter, part: Part, x: float, middle: float, room: float) -> float:
        faced = face(12, part.weight)
        width = draw_text(painter, x, middle, part.text, faced, colour(part.token), room)
        self._areas.append((QRectF(x, 0, width, HEIGHT), part))
        return width

    def _fitting(self) -> tuple[list[Part], list[Part]]:
        left, right = self.left_parts(), self.right_parts()
        while True:
            parts = [*left, *right]
            needed = (
                2 * _EDGE
                + 12
                + sum(text_width(part.text, face(12, part.weight)) + 2 * _GAP for part in parts)
            )
            least = max((part.rank for part in parts), default=0)
            if needed <= self.width() or least == 0:
                return left, right
            left = [part for part in left if part.rank != least]
            right = [part for part in right if part.rank != least]

    def _first_bad(self) -> str:
        if self._run is None or self._health is None or self._health.first < 0:
            return ""
        summary = worst(self._run.records[self._health.first])
        return "" if summary is None else bad_text(summary)

    def _health_part(self, run: Run) -> Part:
        assert self._health is not None
        bad = self._first_bad()
        if bad:
            first = self._health.first
            name = run.graph.ops[run.records[first].op].type
            hint = f"{count_text(self._health.bad)} with values that are not finite"
            return Part(f"{bad} from op {first + 1}, {name}", bad_token(bad), 400, 1, hint)
        if self._health.filled:
            hint = "Infinities stand only where a mask or a fill put them"
            return Part("No NaN", rank=1, hint=hint)
        return Part("All values finite", rank=1)

    def _say(self) -> None:
        self.setAccessibleDescription(self.lead()[1])
        self.update()


def _before(run: Run, place: Place) -> str:
    if place.op >= 0:
        return f", before {run.graph.ops[place.op].type}"
    if (last := run.between(place)) >= 0:
        return f", after {run.graph.ops[run.records[last].op].type}"
    return f", before {run.graph.scopes[place.scope].name}" if place.scope > 0 else ""


def _paused_before(run: Run, place: Place) -> str:
    if place.op >= 0:
        return f" before op {place.record + 1}, {run.graph.ops[place.op].type}"
    if (last := run.between(place)) >= 0:
        return f" after op {last + 1}, {run.graph.ops[run.records[last].op].type}"
    if place.scope > 0:
        return f" before {run.graph.scopes[place.scope].name}, op {place.record + 1}"
    return ""
