"""Asks from which output a backward pass is to start, and with which gradient."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .backward_roots import Root
from .form_parts import in_a_row, restyle, say

ONES = "ones"
_WIDTH = 360


class BackwardDialog(QDialog):
    """Stays open until the debuggee takes what was chosen: call `accept` then, or `refuse`.

    Signals:
        wanted: (Root, str); the output, and the gradient to start with as the debuggee is told it.
    """

    wanted = Signal(object, str)

    def __init__(
        self, choices: list[Root], chosen: Root, follows: str, parent: QWidget | None = None
    ) -> None:
        """`choices`: at least `chosen`. `follows`: what will happen, in a sentence."""
        super().__init__(parent)
        self._choices = choices
        self._asked = False
        self._refusal = ""
        self.setWindowTitle("Run Backward")
        self.output = QComboBox()
        self.output.setFixedWidth(_WIDTH)
        self.output.setAccessibleName("Output")
        for root in choices:
            self.output.addItem(f"{root.label}   {root.form}")
        self.seed = QComboBox()
        self.seed.setAccessibleName("Gradient to start with")
        self.seed.addItems(["Ones", "Array from a file"])
        self.file = QLineEdit()
        self.file.setFont(theme.mono_font(12))
        self.file.setPlaceholderText("gradient.npy")
        self.file.setAccessibleName("File")
        self.browse = QPushButton("Choose…")
        self.told = QLabel(wordWrap=True)
        self.told.setFixedWidth(_WIDTH)
        self.told.setMinimumHeight(34)  # two lines: the dialog keeps its height
        self.told.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._follows = QLabel(follows, wordWrap=True)
        self._follows.setProperty("kind", "text3")
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self._lay_out()
        self.buttons.accepted.connect(self._ask)
        self.buttons.rejected.connect(self.reject)
        self.browse.clicked.connect(self._browse)
        self.output.currentIndexChanged.connect(self._changed)
        self.seed.currentIndexChanged.connect(self._changed)
        self.file.textChanged.connect(self._changed)
        self.output.setCurrentIndex(choices.index(chosen))
        self._changed()

    @property
    def root(self) -> Root:
        """The output that is chosen."""
        return self._choices[self.output.currentIndex()]

    def refuse(self, sentence: str) -> None:
        """The debuggee cannot start there."""
        self._asked = False
        self._refusal = sentence
        self._tell()

    def _lay_out(self) -> None:
        title = QLabel("Run backward")
        title.setFont(theme.ui_font(14, 600))
        self.form = QFormLayout()
        self.form.setHorizontalSpacing(20)
        self.form.setVerticalSpacing(10)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._line = in_a_row(self.file, self.browse)
        self.form.addRow(_name("From"), self.output)
        self.form.addRow(_name("Gradient"), self.seed)
        self.form.addRow(_name("File"), self._line)
        self.form.addRow("", self.told)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(title)
        column.addLayout(self.form)
        column.addWidget(self._follows)
        column.addWidget(self.buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Run Backward")
        restyle(self.ok, "kind", "primary")

    @property
    def _from_file(self) -> bool:
        return self.seed.currentIndex() == 1

    def _changed(self) -> None:
        """Something else is chosen: what was refused is not asked for any more."""
        self._refusal = ""
        self.form.setRowVisible(self._line, self._from_file)
        self._tell()

    def _tell(self) -> None:
        problem = self.root.problem or self._refusal
        named = bool(self.file.text().strip()) or not self._from_file
        say(self.told, problem or self._about() or " ", "error" if problem else "text3")
        self.ok.setEnabled(named and not problem and not self._asked)

    def _about(self) -> str:
        root = self.root
        if self._from_file:
            return f"A NumPy array of the output's shape, {root.form.rpartition(' ')[0]}."
        if not root.scalar:
            return "No scalar: with ones, it is the sum of its elements that is differentiated."
        if root.loss:
            return "A loss, by its op."
        return "A scalar that nothing reads." if root.unread else "A scalar."

    def _ask(self) -> None:
        if not self.ok.isEnabled():
            return
        self._asked = True
        self.ok.setEnabled(False)
        seed = self.file.text().strip() if self._from_file else "" if self.root.scalar else ONES
        self.wanted.emit(self.root, seed)

    def _browse(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Gradient to Start With", self.file.text(), "NumPy arrays (*.npy)"
        )
        if path:
            self.file.setText(path)


def _name(text: str) -> QLabel:
    label = QLabel(text)
    label.setFixedHeight(30)
    label.setMinimumWidth(72)
    return label
