"""Asks where to stop, and for what else: a condition, a rule over hits, a message to log."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from ..tracers.ir import Breakpoint, BreakpointKind, Graph
from ..tracers.ir.conditions import AFTER, NAMES, parse_hits, problem_of, terms_of
from ..tracers.ir.expression import BadExpression
from ..widgets import theme
from .breakpoint_place import KINDS, Places
from .expression_field import ExpressionField
from .form_parts import restyle, say
from .points import Points

_NOW = {name: meaning for name, meaning in NAMES.items() if name not in AFTER}
_SIGNS = {
    "": "Only the {0} time.",
    "=": "Only the {0} time.",
    "==": "Only the {0} time.",
    ">=": "From the {0} time on.",
    ">": "Every time after the {0}.",
    "<=": "The first {1} times.",
    "<": "Before the {0} time.",
    "%": "Every {0} time.",
}


class BreakpointDialog(QDialog):
    """For a new breakpoint, or one that is there. What is typed is checked as it is typed."""

    def __init__(
        self,
        graph: Graph,
        parent: QWidget | None = None,
        point: Breakpoint | None = None,
        is_set: bool = False,
    ) -> None:
        """`point` fills the form; `is_set` says that it is a breakpoint already."""
        super().__init__(parent)
        self.setWindowTitle("Edit Breakpoint" if is_set else "Add Breakpoint")
        self.setMinimumWidth(520)
        self.point = point
        self._places = Places(graph)
        self.kind = QComboBox()
        self.kind.addItems([text for _, text, _, _ in KINDS])
        self.pattern = QLineEdit()
        self.condition = ExpressionField(NAMES)
        self.hits = QLineEdit()
        self.log = ExpressionField(NAMES, braces=True)
        self.told, self.on_condition, self.on_hits, self.on_log = (_hint() for _ in range(4))
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self._lay_out(is_set)
        self._connect()
        self._fill(point)
        (self.condition if is_set or point is not None else self.pattern).setFocus()

    def _lay_out(self, is_set: bool) -> None:
        title = QLabel("Edit breakpoint" if is_set else "Add breakpoint")
        title.setFont(theme.ui_font(14, 600))
        self.condition.setPlaceholderText("output.max() > 5")
        self.hits.setPlaceholderText("every time;  5   >= 5   % 10")
        self.hits.setFont(theme.mono_font(12))
        self.log.setPlaceholderText("max {output.max()} at {index}")
        self.condition.setAccessibleName("Condition")
        self.hits.setAccessibleName("Hits")
        self.log.setAccessibleName("Log message")
        self._of_pattern = QLabel("Pattern")
        form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(4)
        self.kind.setMinimumHeight(30)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        form.addRow(_label("Stop at"), self.kind)
        form.addItem(QSpacerItem(0, 6))
        for label, field, hint in (
            (_label(self._of_pattern), self.pattern, self.told),
            (_label("Only if"), self.condition, self.on_condition),
            (_label("Hits"), self.hits, self.on_hits),
            (_label("Log instead"), self.log, self.on_log),
        ):
            form.addRow(label, field)
            form.addRow("", hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(form)
        column.addWidget(self.buttons)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Save" if is_set else "Add")
        self.ok.setDefault(True)
        restyle(self.ok, "kind", "primary")

    def _connect(self) -> None:
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.kind.currentIndexChanged.connect(self._kind_changed)
        for field in (self.pattern, self.condition, self.hits, self.log):
            field.textChanged.connect(self._check)

    def _fill(self, point: Breakpoint | None) -> None:
        if point is not None:
            kinds = [kind for kind, _, _, _ in KINDS]
            self.kind.setCurrentIndex(kinds.index(point.kind))
        self._kind_changed()
        if point is not None:
            self.pattern.setText(self._places.text_of(point))
            self.condition.setText(point.condition)
            self.hits.setText(point.hits)
            self.log.setText(point.log)

    def breakpoint(self) -> Breakpoint:
        """What was asked for; whether it is enabled stays as it was."""
        made = self._places.point(self._kind, self.pattern.text())
        assert made is not None
        old = self.point
        if old is not None and (old.kind, old.where) == (made.kind, made.where):
            made = old
        return replace(
            made,
            enabled=old is None or old.enabled,
            condition=self.condition.text().strip(),
            hits=self.hits.text().strip(),
            log=self.log.text().strip(),
        )

    @property
    def _kind(self) -> BreakpointKind:
        return KINDS[self.kind.currentIndex()][0]

    def _kind_changed(self) -> None:
        kind, _, name, example = KINDS[self.kind.currentIndex()]
        self._of_pattern.setText(name)
        self.pattern.setPlaceholderText(example)
        self.pattern.setAccessibleName(name)
        completer = QCompleter(self._places.names(kind), self.pattern)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.pattern.setCompleter(completer)
        names = _NOW if kind is BreakpointKind.MODULE else NAMES
        self.condition.know(names)
        self.log.know(names)
        self._check()

    def _check(self) -> None:
        text, complaint = self._places.about(self._kind, self.pattern.text())
        fine = self._places.point(self._kind, self.pattern.text()) is not None
        _tell(self.pattern, self.told, text, complaint)
        for field, hint, (text, complaint) in (
            (self.condition, self.on_condition, self._about_condition()),
            (self.hits, self.on_hits, _about_hits(self.hits.text())),
            (self.log, self.on_log, self._about_log()),
        ):
            _tell(field, hint, text, complaint)
            fine = fine and not complaint
        self.ok.setEnabled(fine)

    def _about_condition(self) -> tuple[str, bool]:
        text = self.condition.text()
        asked = Breakpoint(self._kind, "", condition=text)
        if problem := problem_of(asked):
            return problem, True
        if not text.strip():
            names = _NOW if self._kind is BreakpointKind.MODULE else NAMES
            more = ", local variables" if self._kind is BreakpointKind.LINE else ""
            return f"Any of {', '.join(names)}{more}.", False
        if self._kind is BreakpointKind.MODULE:
            return "Asked as the module is entered.", False
        if terms_of(asked).names & AFTER:
            return "Asked after the op; the run then stops right behind it.", False
        return "Asked before the op.", False

    def _about_log(self) -> tuple[str, bool]:
        text = self.log.text()
        if problem := problem_of(Breakpoint(self._kind, "", log=text)):
            return problem, True
        if text.strip():
            return "Says this under Output, and goes on.", False
        return "Text with {expressions}. The run does not stop.", False


def ask_for_breakpoint(
    parent: QWidget | None, graph: Graph, points: Points, point: Breakpoint | None
) -> BreakpointDialog:
    """Open the dialog, for a breakpoint that is set, one that may be, or (None) a new one."""
    known = None if point is None else points.find(point)
    dialog = BreakpointDialog(graph, parent, known or point, known is not None)
    dialog.accepted.connect(lambda: points.put(dialog.breakpoint(), known))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()
    return dialog


def _about_hits(text: str) -> tuple[str, bool]:
    try:
        rule = parse_hits(text)
    except BadExpression as error:
        return str(error), True
    if rule is None:
        return "Counted where the condition holds.", False
    times = "The first time." if rule.sign == "<=" and rule.number == 1 else _SIGNS[rule.sign]
    return times.format(_nth(rule.number), f"{rule.number:,}"), False


def _nth(number: int) -> str:
    teens = 10 <= number % 100 <= 20
    return f"{number:,}{'th' if teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


def _tell(field: QLineEdit, hint: QLabel, text: str, complaint: bool) -> None:
    say(hint, text or " ", "error" if complaint else "text3")
    restyle(field, "wrong", complaint)


def _label(text: str | QLabel) -> QLabel:
    label = text if isinstance(text, QLabel) else QLabel(text)
    label.setFixedHeight(30)
    return label


def _hint() -> QLabel:
    label = QLabel(wordWrap=True)
    label.setFont(theme.ui_font(11))
    label.setMinimumHeight(22)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    label.setProperty("kind", "text3")
    return label
