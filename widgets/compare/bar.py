"""The bar above a comparison: where to go, by which measure to read, and how much was matched."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from ...tracers.compare.result import WeightPair
from ..run.painting import draw_text, face
from ..theme import colour, hub, paint_icon, ui_font
from .bar_parts import Choice, Figure, Switch, WordButton
from .couples import Couples
from .measure import HINTS, METRICS, NAMES, Measure, read_tolerance, tolerance_text

HEIGHT = 46
EQUAL = "Equal: nothing differs that rounding does not explain"
_OFFERS = ("1e-6", "1e-5", "1e-4", "1e-3", "1e-2")
_TITLE = 290  # px of the title, beside the list
_WIDE, _MIDDLE = 1400, 1150  # px below which words go
_LEAST = 780
_SAME = 1e-6  # error up to which weights are called the same


class Title(QWidget):
    """What is compared."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._below = ""
        self.setFixedWidth(_TITLE)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        hub().changed.connect(self.update)

    @property
    def below(self) -> str:
        """The line below."""
        return self._below

    def show_below(self, text: str) -> None:
        """What both were given."""
        self._below = text
        self.setAccessibleName(f"Compare runs, {text}" if text else "Compare runs")
        self.setToolTip(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """An icon and two lines."""
        painter = QPainter(self)
        spot = QRectF(12, HEIGHT / 2 - 8, 16, 16)
        paint_icon(painter, "git-compare-arrows", spot, colour("text2"))
        room = self.width() - 40
        draw_text(painter, 38, 15, "Compare runs", face(13, 600), colour("text1"), room)
        draw_text(painter, 38, 32, self._below, face(11), colour("text3"), room)
        painter.end()


class Equal(QWidget):
    """Stands in the place of the first divergence where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(EQUAL)
        self.setToolTip(EQUAL)
        hub().changed.connect(self.update)
        self.show_words(True)

    def show_words(self, shown: bool) -> None:
        """In full, or its first word."""
        self._text = EQUAL if shown else EQUAL.partition(":")[0]
        self.setFixedSize(round(face(12, 600).width(self._text)) + 36, 30)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A check and the words."""
        painter = QPainter(self)
        paint_icon(painter, "circle-check", QRectF(4, 7, 16, 16), colour("ok"))
        draw_text(painter, 28, 15, self._text, face(12, 600), colour("ok"))
        painter.end()


class CompareBar(QWidget):
    """46 px high.

    Signals:
        first_wanted, previous_wanted, next_wanted: a divergence to look at.
        metric_picked: str, one of METRICS.
        tolerance_picked: float.
        link_toggled: bool.
    """

    first_wanted = Signal()
    previous_wanted = Signal()
    next_wanted = Signal()
    metric_picked = Signal(str)
    tolerance_picked = Signal(float)
    link_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._measure = Measure()
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Comparison")
        self.title = Title(self)
        self.first = WordButton(
            "crosshair", "First divergence", "Go to the first divergence", self, primary=True
        )
        self.equal = Equal(self)
        self.previous = WordButton("arrow-up", "Previous", "Previous divergence", self)
        self.next = WordButton("arrow-down", "Next", "Next divergence", self)
        rows = {metric: (NAMES[metric], HINTS[metric]) for metric in METRICS}
        self.choice = Choice("Metric", rows, self)
        self.tolerance = Figure("Tolerance", _OFFERS, "Errors beyond it are over tolerance", self)
        self.link = Switch("Linked view", "One graph follows the other", self)
        self.link.setChecked(True)
        self.matched = QLabel(self)
        self.matched.setFont(ui_font(12))
        self._names = [QLabel("Metric", self), QLabel("Tolerance", self)]
        self._lay_out()
        self.first.clicked.connect(self.first_wanted)
        self.previous.clicked.connect(self.previous_wanted)
        self.next.clicked.connect(self.next_wanted)
        self.choice.picked.connect(self.metric_picked)
        self.tolerance.typed.connect(self._take_tolerance)
        self.link.toggled.connect(self.link_toggled)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.show_couples(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 14, 1)
        row.setSpacing(0)
        row.addWidget(self.title)
        row.addSpacing(25)
        for part in (self.first, self.equal):
            row.addWidget(part)
        row.addSpacing(8)
        for part in (self.previous, self.next):
            row.addWidget(part)
            row.addSpacing(4)
        for name, part in zip(self._names, (self.choice, self.tolerance), strict=True):
            name.setFont(ui_font(12))
            row.addSpacing(12)
            row.addWidget(name)
            row.addSpacing(9)
            row.addWidget(part)
        row.addSpacing(20)
        row.addWidget(self.link)
        row.addStretch(1)
        row.addWidget(self.matched)
        self._row = row

    def add_at_end(self, widget: QWidget) -> None:
        """What the window adds, behind everything else."""
        self._row.addSpacing(12)
        self._row.addWidget(widget)

    def show_couples(self, couples: Couples | None) -> None:
        """Another comparison."""
        found = couples.story.found if couples is not None else None
        diverged = found is not None and bool(found.divergences)
        self.first.setVisible(diverged or found is None)
        self.first.setEnabled(diverged)
        self.equal.setVisible(found is not None and not diverged)
        for part in (self.previous, self.next):
            part.setVisible(diverged or found is None)
            part.setEnabled(False)
        if couples is None or found is None:
            self.title.show_below("")
            self.matched.setText("")
            return
        tally, other = found.tally_a, found.tally_b
        total = tally.matched + tally.merged + tally.unmatched
        self.matched.setText(f"{tally.matched:,} of {total:,} ops matched")
        whole = other.matched + other.merged + other.unmatched
        self.matched.setToolTip(
            f"A: {tally.matched:,} of {total:,} matched, {tally.merged:,} merged with others\n"
            f"B: {other.matched:,} of {whole:,} matched, {other.merged:,} merged with others"
        )
        self.title.show_below(_given(couples))
        known = (metric for metric in METRICS if any(e is not None for e in couples.errors(metric)))
        self.choice.allow(set(known))

    def show_ways(self, before: bool, after: bool) -> None:
        """Whether there are divergences before and after the place that is looked at."""
        self.previous.setEnabled(before)
        self.next.setEnabled(after)

    def show_measure(self, measure: Measure) -> None:
        """Follow without echoing."""
        self._measure = measure
        self.choice.show_key(measure.metric)
        self.tolerance.show_text(tolerance_text(measure.tolerance))

    def show_linked(self, linked: bool) -> None:
        """Follow without echoing."""
        before = self.link.blockSignals(True)
        self.link.setChecked(linked)
        self.link.blockSignals(before)
        self.link.update()

    def minimumSizeHint(self) -> QSize:
        """Words go before the bar keeps a window from being narrow."""
        return QSize(_LEAST, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words go where there is little room."""
        super().resizeEvent(event)
        wide, middle = self.width() >= _WIDE, self.width() >= _MIDDLE
        for part in (self.previous, self.next, self.link, self.equal):
            part.show_words(wide)
        self.first.show_words(middle)
        for name in self._names:
            name.setVisible(middle)
        self.title.setFixedWidth(_TITLE if wide else 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground, and a line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.fillRect(0, HEIGHT - 1, self.width(), 1, colour("line"))
        painter.fillRect(self.title.geometry().right() + 14, 14, 1, 18, colour("line"))
        painter.end()

    def _take_tolerance(self, text: str) -> None:
        value = read_tolerance(text)
        if value is None:
            self.tolerance.show_text(tolerance_text(self._measure.tolerance))
        else:
            self.tolerance_picked.emit(value)

    def _restyle(self) -> None:
        for label, token in ((self.matched, "text2"), *((name, "text3") for name in self._names)):
            label.setStyleSheet(f"QLabel {{ color: {colour(token).name()}; }}")
        self.update()


def _given(couples: Couples) -> str:
    """ "x 1×3×224×224, same weights"."""
    inputs = [
        f"{name} {'×'.join(map(str, shape))}".strip()
        for name, shape, _dtype in couples.story.a.facts.inputs
    ]
    told = inputs[:1] if len(inputs) == 1 else [f"{len(inputs)} inputs"] if inputs else []
    return ", ".join([*told, _weights(couples.story.found.weights)]).strip(", ")


def _weights(weights: tuple[WeightPair, ...]) -> str:
    """Whether both have the same ones."""
    if not weights:
        return ""
    off = sum(bool(weight.hint) or not (weight.error or 0.0) <= _SAME for weight in weights)
    if not off:
        return "same weights"
    return "1 weight differs" if off == 1 else f"{off:,} weights differ"
