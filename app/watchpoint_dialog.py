"""Asks what to watch the values of a run for, on which ops, and whether to stop there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ..tracers.ir import Graph, Phase
from ..tracers.ir.conditions import NAMES
from ..tracers.ir.expression import BadExpression
from ..tracers.ir.watch_words import condition_words, place_words, watch_text
from ..tracers.ir.watchpoint import WatchKind, Watchpoint, parse_watch, problem_of
from ..widgets import theme
from .expression_field import ExpressionField
from .form_parts import restyle, say
from .watchpoint_form import OFFERS, SINCE, Offer, about_place, condition_of, names_in, numbers_of
from .watchpoints import Watchpoints

_PASSES = ((None, "Both"), (Phase.FORWARD, "Forward"), (Phase.BACKWARD, "Backward"))
_NAMES = {name: meaning for name, meaning in NAMES.items() if name != "hits"}
_OF_GRADIENTS = (WatchKind.VANISHING, WatchKind.EXPLODING)


class WatchpointDialog(QDialog):
    """For a new watchpoint, or one that is there. What is typed is checked as it is typed."""

    def __init__(
        self,
        graph: Graph,
        parent: QWidget | None = None,
        point: Watchpoint | None = None,
        where: str = "",
    ) -> None:
        """`point` is changed; without one, `where` is the op that is asked about."""
        super().__init__(parent)
        self.setWindowTitle("Add Watchpoint" if point is None else "Edit Watchpoint")
        self.setMinimumWidth(520)
        self._graph = graph
        self._point = point
        self.kind = QComboBox()
        self.kind.addItems([offer.text for offer in OFFERS])
        self.numbers = [QLineEdit(), QLineEdit()]
        self.expression = ExpressionField(_NAMES)
        self.since = QComboBox()
        self.since.addItems([text for _, text in SINCE])
        self.place = QLineEdit()
        self.passes = QComboBox()
        self.passes.addItems([text for _, text in _PASSES])
        self.stop = QCheckBox("Stop the run behind the op")
        self.stop.setChecked(True)
        self.on_kind, self.on_place, self.summary = _hint(), _hint(), _hint()
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self._lay_out()
        self._fill(point, where)
        self._connect()
        self._kind_changed(keep=point is not None)
        self.kind.setFocus()

    def watchpoint(self) -> Watchpoint:
        """What was asked for; whether it is enabled stays as it was."""
        enabled = self._point is None or self._point.enabled
        return Watchpoint(self._text(), self.stop.isChecked(), enabled)

    def _lay_out(self) -> None:
        title = QLabel(self.windowTitle().capitalize())
        title.setFont(theme.ui_font(14, 600))
        names = ("Number", "Upper end")
        for field, name in zip(self.numbers, names, strict=True):
            field.setFont(theme.mono_font(12))
            field.setAccessibleName(name)
        self.expression.setPlaceholderText("output.std() > 10")
        self.expression.setAccessibleName("Expression")
        self.place.setPlaceholderText("all ops;  softmax   h.5.attn.*")
        self.place.setAccessibleName("Ops")
        completer = QCompleter(names_in(self._graph), self.place)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.place.setCompleter(completer)
        for combo, name in (
            (self.kind, "Condition"),
            (self.since, "Against"),
            (self.passes, "Pass"),
        ):
            combo.setMinimumHeight(30)
            combo.setAccessibleName(name)
        self._labels = [QLabel(), QLabel()]
        values = QWidget()
        row = QHBoxLayout(values)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for label, field in zip(self._labels, self.numbers, strict=True):
            row.addWidget(label)
            row.addWidget(field, 1)
        row.addWidget(self.expression, 1)
        self._values = values
        self._form = form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(4)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.addRow(_label("Watch for"), self.kind)
        form.addRow("", self._values)
        form.addRow(_label("Against"), self.since)
        form.addRow("", self.on_kind)
        form.addRow(_label("On"), self.place)
        form.addRow("", self.on_place)
        form.addRow(_label("In the pass"), self.passes)
        form.addRow("", self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(form)
        column.addWidget(self.summary)
        column.addWidget(self.buttons)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Add" if self._point is None else "Save")
        self.ok.setDefault(True)
        restyle(self.ok, "kind", "primary")

    def _connect(self) -> None:
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.kind.currentIndexChanged.connect(lambda: self._kind_changed())
        self.since.currentIndexChanged.connect(self._check)
        self.passes.currentIndexChanged.connect(self._check)
        for field in (*self.numbers, self.expression, self.place):
            field.textChanged.connect(self._check)

    def _fill(self, point: Watchpoint | None, where: str) -> None:
        self.place.setText(where)
        if point is None:
            return
        self.stop.setChecked(point.stop)
        try:
            watch = parse_watch(point.text)
        except BadExpression:
            self.kind.setCurrentIndex(len(OFFERS) - 1)
            self.expression.setText(point.text)
            return
        kinds = [offer.kind for offer in OFFERS]
        self.kind.setCurrentIndex(kinds.index(watch.kind))
        if watch.expression is not None:
            self.expression.setText(watch.expression.text)
        for field, text in zip(self.numbers, numbers_of(watch), strict=False):
            field.setText(text)
        self.since.setCurrentIndex([since for since, _ in SINCE].index(watch.since))
        self.passes.setCurrentIndex([phase for phase, _ in _PASSES].index(watch.phase))
        self.place.setText(watch.where)

    @property
    def _offer(self) -> Offer:
        return OFFERS[self.kind.currentIndex()]

    def _text(self) -> str:
        numbers = [field.text() for field in self.numbers]
        since = SINCE[self.since.currentIndex()][0]
        condition = condition_of(self._offer, numbers, since, self.expression.text())
        phase = _PASSES[self.passes.currentIndex()][0]
        return watch_text(condition, self.place.text(), phase)

    def _kind_changed(self, keep: bool = False) -> None:
        offer = self._offer
        for number, (label, field) in enumerate(zip(self._labels, self.numbers, strict=True)):
            shown = number < len(offer.numbers)
            label.setVisible(shown)
            field.setVisible(shown)
            if shown:
                label.setText(offer.numbers[number])
                if not keep:
                    field.setText(offer.standard[number])
        expression = offer.kind is WatchKind.EXPRESSION
        self.expression.setVisible(expression)
        self._form.setRowVisible(self._values, expression or bool(offer.numbers))
        self._form.setRowVisible(self.since, offer.kind is WatchKind.CHANGES)
        of_gradients = offer.kind in _OF_GRADIENTS
        if of_gradients:
            self.passes.setCurrentIndex(0)
        self.passes.setEnabled(not of_gradients)
        self._check()

    def _check(self) -> None:
        text = self._text()
        problem = problem_of(text)
        say(self.on_kind, problem or self._offer.hint, "error" if problem else "text3")
        say(self.on_place, about_place(self._graph, self.place.text()))
        for field in (*self.numbers, self.expression):
            restyle(field, "wrong", bool(problem) and field.isVisible())
        self.ok.setEnabled(not problem)
        words = " "
        if not problem:
            watch = parse_watch(text)
            words = f"{condition_words(watch)} on {place_words(watch, self._graph)}"
        say(self.summary, words, "text2")


def ask_for_watchpoint(
    parent: QWidget | None,
    graph: Graph,
    points: Watchpoints,
    point: Watchpoint | None = None,
    where: str = "",
) -> WatchpointDialog:
    """Open the dialog, for a watchpoint that is set or (None) a new one."""
    dialog = WatchpointDialog(graph, parent, point, where)
    dialog.accepted.connect(lambda: points.put(dialog.watchpoint(), point))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setFixedHeight(30)
    return label


def _hint() -> QLabel:
    label = QLabel(wordWrap=True)
    label.setFont(theme.ui_font(11))
    label.setMinimumHeight(22)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setProperty("kind", "text3")
    return label
