"""The Where From tab: the elements that an element came from, and the way that was gone back."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from ...tracers.ir import Ref, Run
from ...tracers.ir.provenance import Provenance, strongest
from ..focus_frame import FocusFrame
from ..graph.strip import StripButton
from ..pane import Pane
from ..run.scroll_bars import SlimBars
from ..theme import colour, hub, ui_font
from .formatting import number
from .origin_rows import WAYS, OriginDelegate, OriginModel, index_text

INVITE = (
    "Pick an element in the inspector and choose Where From: this shows which elements of the op's"
    " inputs it came from, and how much each gave."
)
ASKING = "Looking where it came from…"
_SHOWN = 5  # steps of the way that are named


class OriginList(QListView):
    """Enter follows the current row, Backspace goes a step back.

    Signals:
        back_wanted: Backspace was pressed.
    """

    back_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Beside what every list does."""
        if event.key() == Qt.Key.Key_Backspace:
            self.back_wanted.emit()
            return
        super().keyPressEvent(event)


class OriginPane(Pane):
    """Shows the newest step of a way back.

    Signals:
        follow_wanted: Ref and Index; an element of an input is to be asked about next.
        step_wanted: int; an earlier step of the way is to be shown again.
        strongest_wanted: int; go on to the element that gave most, so many times at most.
        fetch_wanted: what was let go is to be brought back.
        cancel_wanted: the user waits no longer.
    """

    follow_wanted = Signal(object, object)
    step_wanted = Signal(int)
    strongest_wanted = Signal(int)
    fetch_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self.path: list[Provenance] = []
        self.way = QLabel("")
        self.way.setAccessibleName("The way back so far")
        self.way.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse)
        self.sentence = QLabel(INVITE, wordWrap=True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.how = QLabel("", wordWrap=True)
        self.back = StripButton("arrow-left", "Back", "Back to the step before (Backspace)", self)
        tip = "Go on to the element that gave most"
        self.strongest = StripButton("arrow-up", "Follow strongest", tip, self)
        tip = "Follow the strongest again and again, as far back as that goes"
        self.to_end = StripButton("route", "To its end", tip, self)
        tip = "Run the model again up to the values that were let go"
        self.fetch = StripButton("rotate-ccw", "Fetch", tip, self)
        self.cancel = StripButton("x", "Give up", "Wait no longer", self)
        self.model = OriginModel(self)
        self.rows = OriginList()
        self.rows.setModel(self.model)
        self.rows.setItemDelegate(OriginDelegate(self.rows))
        self.rows.setAccessibleName("Elements that it came from")
        self.rows.setFrameShape(QListView.Shape.NoFrame)
        self.rows.setUniformItemSizes(True)
        self.rows.setMouseTracking(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        SlimBars(self.rows)
        FocusFrame(self.rows)
        self._lay_out()
        self.rows.activated.connect(self._follow)
        self.rows.back_wanted.connect(self._go_back)
        self.back.clicked.connect(self._go_back)
        self.way.linkActivated.connect(self._go_to)
        self.strongest.clicked.connect(lambda: self.strongest_wanted.emit(1))
        self.to_end.clicked.connect(lambda: self.strongest_wanted.emit(64))
        self.fetch.clicked.connect(self.fetch_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.show_path([])

    @property
    def found(self) -> Provenance | None:
        """The step that is shown."""
        return self.path[-1] if self.path else None

    def focus_target(self) -> QWidget:
        return self.rows

    def show_run(self, run: Run | None) -> None:
        if run is not self._run:
            self._run = run
            self.show_path([])

    def show_path(self, path: Sequence[Provenance], sentence: str = INVITE) -> None:
        """A way from the first element that was asked about; the last step's elements."""
        self.path = list(path)
        found, inside = self.found, self._has_focus()
        self.way.setText(self._way())
        self.way.setVisible(len(path) > 1)
        self.sentence.setText(sentence if found is None else self._title(found))
        self.how.setText("" if found is None else _how(found))
        self.how.setVisible(bool(self.how.text()))
        self.model.show_found(found)
        self.rows.setVisible(bool(self.model.rows))
        self.back.setVisible(len(path) > 1)
        goes_on = found is not None and strongest(found) is not None
        for button in (self.strongest, self.to_end):
            button.setVisible(goes_on)
        self.fetch.setVisible(found is not None and bool(found.missing))
        self.cancel.hide()
        first = self.model.first()
        if first >= 0:
            self.rows.setCurrentIndex(self.model.index(first))
            self.rows.scrollToTop()
        if inside:  # what had it may be hidden now
            (self.rows if self.model.rows else self.back).setFocus()

    def show_asking(self) -> None:
        """An answer is to come; what is shown stays until then."""
        if not self.path:
            self.sentence.setText(ASKING)
        self.cancel.show()

    def show_refusal(self, sentence: str) -> None:
        """There is no answer, and why."""
        self.cancel.hide()
        if self.path:
            self.how.setText(sentence)
            self.how.show()
        else:
            self.sentence.setText(sentence)

    def name(self, ref: Ref) -> str:
        """A value in few words."""
        run, (record, slot) = self._run, ref
        if run is None:
            return ""
        if record < 0:
            value = run.graph.values[slot]
            return value.name or value.kind.value
        row = run.records[record]
        label = run.graph.ops[row.op].type
        return f"{label} output {slot}" if len(row.outputs) > 1 else label

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.end()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 10, 0)
        head.setSpacing(6)
        head.addWidget(self.sentence, 1)
        buttons = (self.back, self.strongest, self.to_end, self.fetch, self.cancel)
        for button in buttons:
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setContentsMargins(16, 2, 16, 4)
        words.setSpacing(3)
        words.addWidget(self.how)
        words.addWidget(self.way)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(words)
        column.addWidget(self.rows, 1)
        column.addStretch(0)

    def _title(self, found: Provenance) -> str:
        run = self._run
        assert run is not None
        record, slot = found.ref
        value = "" if found.value is None else f" = {number(found.value, 6)}"
        if record < 0:
            where = f"{run.graph.values[slot].kind.value} {run.graph.values[slot].name}".strip()
            at = f"{index_text(found.index)} of the {where}" if found.index else f"The {where}"
            return f"{at}{value}"
        row = run.records[record]
        output = f", output {slot}" if len(row.outputs) > 1 else ""
        label = run.graph.op_label(row.op)
        at = f"{index_text(found.index)} of {label}" if found.index else label
        return f"{at}, op {record + 1:,}{output}{value}"

    def _has_focus(self) -> bool:
        parts = (self.rows, self.back, self.strongest, self.to_end, self.fetch, self.cancel)
        return any(part.hasFocus() for part in parts)

    def _way(self) -> str:
        """Every step, the newest last; earlier ones are links."""
        steps = list(enumerate(self.path))
        left = len(steps) - _SHOWN
        ink, quiet = colour("accent").name(), colour("text3").name()
        words: list[str] = []
        if left > 1:
            steps = [steps[0], *steps[-_SHOWN + 1 :]]
        for place, step in steps:
            at = index_text(step.index) if step.index else ""
            text = escape(f"{self.name(step.ref)} {at}".strip())
            if place == len(self.path) - 1:
                words.append(f"<b>{text}</b>")
            else:
                style = f"color:{ink};text-decoration:none"
                words.append(f'<a href="{place}" style="{style}">{text}</a>')
            if place == 0 and left > 1:
                words.append(f'<span style="color:{quiet}">{left} steps</span>')
        return f'<span style="color:{quiet}">&nbsp;‹&nbsp;</span>'.join(words)

    def _follow(self, index: QModelIndex) -> None:
        row = self.model.rows[index.row()]
        if row.source is not None:
            self.follow_wanted.emit(row.feed.ref, row.source.index)

    def _go_back(self) -> None:
        if len(self.path) > 1:
            self.step_wanted.emit(len(self.path) - 2)

    def _go_to(self, link: str) -> None:
        self.step_wanted.emit(int(link))

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.sentence.setFont(ui_font(13, 600))
        self.sentence.setStyleSheet(f"color: {colour('text1').name()};")
        for label in (self.how, self.way):
            label.setFont(ui_font(12))
            label.setStyleSheet(f"color: {colour('text2').name()};")
        self.way.setText(self._way())
        self.rows.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()


def _how(found: Provenance) -> str:
    if found.problem:
        return found.problem
    if found.outside:
        return "Nothing in this run has made it: here the way ends."
    way = WAYS[found.way] if found.feeds else ""
    return f"{way.capitalize()}: {found.how}" if way == "exact" else found.how
