"""The Explain tab: why a value is as it is, with the ops that lead to the cause."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QVBoxLayout,
    QWidget,
)

from ...tracers.ir import Run, Selection
from ...tracers.ir.reason import Question, Reason
from ..focus_frame import FocusFrame
from ..graph.strip import StripButton
from ..pane import Pane
from ..run.scroll_bars import SlimBars
from ..run.wording import short_path
from ..theme import colour, hub, ui_font
from .reason_model import ReasonDelegate, ReasonModel

_INVITE = (
    "Pick an element in the inspector, or an op, and choose Explain This Value: this says why it is"
    " zero, constant, large or not finite."
)
_ASKING = "Following the value back…"
_WORDS = {
    Question.ZERO: "Why zero?",
    Question.CONSTANT: "Why constant?",
    Question.LARGE: "Why so large?",
    Question.NOT_FINITE: "Why not finite?",
}


class ReasonPane(Pane):
    """Shows one answer; a click on a step selects it.

    Signals:
        question_wanted: Question; another question about the same value.
        step_wanted: ReasonStep; show its element.
        share_wanted: Reason; to be written as a page.
    """

    question_wanted = Signal(object)
    step_wanted = Signal(object)
    share_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self.reason: Reason | None = None
        self.sentence = QLabel(_INVITE, wordWrap=True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.advice = QLabel("", wordWrap=True)
        self.questions = {question: self._button(question) for question in Question}
        self.share = StripButton("external-link", "Share…", "", self)
        self.share.clicked.connect(lambda: self.share_wanted.emit(self.reason))
        self._model = ReasonModel(self)
        self.steps = QListView()
        self.steps.setModel(self._model)
        self.steps.setItemDelegate(ReasonDelegate(self.steps))
        self.steps.setAccessibleName("From the value back to the cause")
        self.steps.setFrameShape(QListView.Shape.NoFrame)
        self.steps.setUniformItemSizes(True)
        self.steps.setMouseTracking(True)
        self.steps.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.steps.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        SlimBars(self.steps)
        FocusFrame(self.steps)
        self._lay_out()
        self.steps.clicked.connect(self._pick)
        self.steps.activated.connect(self._pick)
        hub().changed.connect(self._restyle)
        self._restyle()
        self._show(None)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 14, 0)
        row.setSpacing(6)
        for button in self.questions.values():
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.share)
        words = QVBoxLayout()
        words.setContentsMargins(16, 10, 16, 6)
        words.setSpacing(4)
        words.addWidget(self.sentence)
        words.addWidget(self.advice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(words)
        column.addLayout(row)
        column.addWidget(self.steps, 1)

    def focus_target(self) -> QWidget:
        return self.steps

    def show_run(self, run: Run | None) -> None:
        if run is not self._run:
            self._run = run
            self._show(None)

    def show_rewound(self) -> None:
        """A step of what is shown may be no more."""
        rows = 0 if self._run is None else len(self._run.records)
        if self.reason is not None and any(step.record >= rows for step in self.reason.steps):
            self._show(None)

    def show_asking(self) -> None:
        """The question is on its way."""
        self._show(None, _ASKING)

    def show_reason(self, reason: Reason) -> None:
        """The answer."""
        self._show(reason)

    def show_refusal(self, sentence: str) -> None:
        """There is no answer, and why."""
        self._show(None, sentence)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.end()

    def _show(self, reason: Reason | None, words: str = _INVITE) -> None:
        self.reason = reason
        self.sentence.setText(words if reason is None else self._shortened(reason))
        self.advice.setText("" if reason is None else reason.advice)
        self.advice.setVisible(bool(self.advice.text()))
        for question, button in self.questions.items():
            button.setVisible(reason is not None and question in reason.offers)
            button.setChecked(reason is not None and question is reason.question)
        self._model.show_reason(self._run, reason)
        self.share.setVisible(reason is not None)
        self.steps.setVisible(reason is not None)

    def _shortened(self, reason: Reason) -> str:
        """The sentence with its files as the panes name them."""
        sentence, run = reason.message, self._run
        for step in reason.steps if run is not None else ():
            source = run.records[step.record].source if run is not None and step.record >= 0 else -1
            if run is not None and source >= 0:
                file = run.graph.sources[source].file
                sentence = sentence.replace(f"({file}, ", f"({short_path(file)}, ")
        return sentence

    def _button(self, question: Question) -> StripButton:
        button = StripButton("circle-question-mark", _WORDS[question], "", self)
        button.setCheckable(True)
        button.clicked.connect(lambda: self._ask(question))
        return button

    def _ask(self, question: Question) -> None:
        reason = self.reason
        for each, button in self.questions.items():
            button.setChecked(reason is not None and each is reason.question)
        if reason is not None and question is not reason.question:
            self.question_wanted.emit(question)

    def _pick(self, index: QModelIndex) -> None:
        self.picked.emit(self._model.selection(index.row()))
        self.step_wanted.emit(self._model.steps[index.row()])

    def selection_of(self, row: int) -> Selection:
        """What a click on a step selects."""
        return self._model.selection(row)

    def _restyle(self) -> None:
        panel = colour("panel").name()
        self.sentence.setFont(ui_font(13, 600))
        self.sentence.setStyleSheet(f"color: {colour('text1').name()};")
        self.advice.setStyleSheet(f"color: {colour('text2').name()};")
        self.steps.setStyleSheet(
            f"QListView {{ background: {panel}; border: none; outline: none; }}"
        )
        self.update()
