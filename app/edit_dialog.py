"""Asks what a value is to become."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ..tracers.ir import Edit, EditKind, Run
from ..tracers.ir.edit_terms import EDIT_NAMES
from ..widgets import theme
from .edit_check import Editable, check, editables, kinds_of
from .edits import label_of, turn_of
from .expression_field import ExpressionField
from .form_parts import in_a_row, restyle, say

_KINDS = {
    EditKind.EXPRESSION: ("Expression", "x * 2"),
    EditKind.CONSTANT: ("Constant", "0.5"),
    EditKind.FILE: ("Array from a file", "value.npy"),
    EditKind.NOISE: ("Itself plus noise", "0.1"),
    EditKind.ZERO: ("Zeros", ""),
}
_TEXTS = {
    EditKind.EXPRESSION: "Expression",
    EditKind.CONSTANT: "Number",
    EditKind.FILE: "File",
    EditKind.NOISE: "Deviation",
    EditKind.ZERO: "",
}


class EditDialog(QDialog):
    """Which value of an op, and what becomes of it; `exec()`, then `edit()`.

    `record` is the execution that is edited, -1 for the next one. With `known`, an edit that is
    there already is changed; only the op is fixed then. `here`: the model runs on this computer.
    """

    def __init__(
        self,
        run: Run,
        op: int,
        record: int,
        chosen: tuple[int, bool] = (0, False),
        known: Edit | None = None,
        parent: QWidget | None = None,
        here: bool = True,
    ) -> None:
        super().__init__(parent)
        self._here = here
        self._run, self._op, self._record, self._known = run, op, record, known
        self._values = editables(run, op, record)
        self._texts: dict[EditKind, str] = {}  # what was typed for a kind, kept while others show
        self._kind = EditKind.EXPRESSION
        self.setWindowTitle("Change Edit" if known else "Edit Value")
        self.value = QComboBox()
        self.value.setFixedWidth(360)
        self.value.addItems([value.text for value in self._values])
        self.kind = QComboBox()
        self.expression = ExpressionField(EDIT_NAMES)
        self.expression.setAccessibleName("Expression")
        self.plain = QLineEdit()
        self.plain.setFont(theme.mono_font(12))
        self.browse = QPushButton("Choose…")
        self.browse.setEnabled(here)
        self.told = QLabel(wordWrap=True)
        self.told.setFixedWidth(360)
        self.told.setMinimumHeight(34)  # two lines: the dialog keeps its height while one types
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.follows = QLabel(wordWrap=True)
        self.follows.setProperty("kind", "text3")
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._lay_out()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.browse.clicked.connect(self._browse)
        self.value.currentIndexChanged.connect(self._show_kinds)
        self.kind.currentIndexChanged.connect(self._show_kind)
        for field in (self.expression, self.plain):
            field.textChanged.connect(self._tell)
        self._begin(chosen)

    @property
    def text(self) -> QLineEdit:
        """Where the chosen kind's text is typed."""
        return self.expression if self._kind is EditKind.EXPRESSION else self.plain

    def edit(self, new_id: int) -> Edit:
        """What was asked for; an edit that was there keeps its id."""
        value, known = self._value(), self._known
        turn = known.turn if known else turn_of(self._run, self._op, self._record)
        return Edit(
            known.id if known else new_id,
            self._run.graph.ops[self._op].key,
            self._kind,
            "" if self._kind is EditKind.ZERO else self.text.text().strip(),
            turn,
            value.slot,
            value.is_input,
            known.enabled if known else True,
            label_of(self._run, self._op, value.slot, value.is_input, turn),
        )

    def _lay_out(self) -> None:
        title = QLabel("Change edit" if self._known else "Edit value")
        title.setFont(theme.ui_font(14, 600))
        number = f"op {self._record + 1}, " if self._record >= 0 else ""
        place = QLabel(f"{number}{self._run.graph.op_label(self._op)}")
        place.setProperty("kind", "text2")
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(20)
        self.form.setVerticalSpacing(10)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.addRow(_name("Value"), self.value)
        self.form.addRow(_name("Becomes"), self.kind)
        self._what = _name("")
        self._fields = QStackedWidget()
        for field in (self.expression, self.plain):
            self._fields.addWidget(field)
        self._line = in_a_row(self._fields, self.browse)
        self.form.addRow(self._what, self._line)
        self.form.addRow("", self.told)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        head = QVBoxLayout()
        head.setSpacing(4)
        head.addWidget(title)
        head.addWidget(place)
        column.addLayout(head)
        column.addLayout(self.form)
        column.addWidget(self.follows)
        column.addWidget(self.buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Change" if self._known else "Edit")
        restyle(self.ok, "kind", "primary")

    def _begin(self, chosen: tuple[int, bool]) -> None:
        known = self._known
        if known is not None:
            chosen = (known.slot, known.is_input)
            self._kind = known.kind
            self._texts[known.kind] = known.text
        for index, value in enumerate(self._values):
            if (value.slot, value.is_input) == chosen:
                self.value.setCurrentIndex(index)
        self._show_kinds()
        self.text.setFocus()
        self.text.selectAll()

    def _value(self) -> Editable:
        return self._values[max(self.value.currentIndex(), 0)]

    def _show_kinds(self) -> None:
        """What the chosen value can become; the kind stays where it can."""
        kinds = kinds_of(self._value())
        if self._kind not in kinds:
            self._kind = kinds[0]
        self.kind.blockSignals(True)
        self.kind.clear()
        for kind in kinds:
            self.kind.addItem(_KINDS[kind][0], kind)
        self.kind.setCurrentIndex(kinds.index(self._kind))
        self.kind.blockSignals(False)
        self._show_text()

    def _show_kind(self, index: int) -> None:
        self._kind = kinds_of(self._value())[index]
        self._show_text()

    def _show_text(self) -> None:
        self._fields.setCurrentWidget(self.text)
        self.plain.setAccessibleName(_TEXTS[self._kind])
        self.text.setPlaceholderText(_KINDS[self._kind][1])
        self.text.setText(self._texts.get(self._kind, ""))
        self._what.setText(_TEXTS[self._kind])
        self.form.setRowVisible(self._line, self._kind is not EditKind.ZERO)
        self.browse.setVisible(self._kind is EditKind.FILE)
        self._tell()

    def _tell(self) -> None:
        text = self.text.text()
        self._texts[self._kind] = text
        verdict = check(self._kind, text, self._value(), self._here)
        wrong = bool(text.strip()) and not verdict.fine
        restyle(self.text, "wrong", wrong)
        say(self.told, verdict.sentence or " ", "error" if wrong else "text3")
        self.ok.setEnabled(verdict.fine)
        self.follows.setText(what_follows(self._run, self._op, self._record, self._value()))

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Array for the Value", self.text.text(), "NumPy arrays (*.npy)"
        )
        if path:
            self.text.setText(path)


def what_follows(run: Run, op: int, record: int, value: Editable) -> str:
    """What making an edit does to the run, in a sentence."""
    name = run.graph.ops[op].type
    if not 0 <= record < len(run.records):
        return f"It is made when {name} runs."
    behind = len(run.records) - record - (0 if value.is_input else 1)
    where = f"before op {record + 1}" if value.is_input else f"after op {record + 1}"
    forgotten = ""
    if behind:
        ops = "op behind it is" if behind == 1 else "ops behind it are"
        forgotten = f"; the {behind:,} {ops} run anew when you go on"
    return f"The model runs again from its start and stands {where}, {name}{forgotten}."


def _name(text: str) -> QLabel:
    label = QLabel(text)
    label.setFixedHeight(30)
    label.setMinimumWidth(72)
    return label
