"""The fields of one side of a comparison."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ...widgets import theme
from ..choice import LaunchChoice
from ..interpreter_picker import InterpreterPicker
from ..model_fields import ModelFields
from ..named_rows import NamedRows
from .way_picker import WayPicker

_FILTER = (
    "Models and recorded runs (*.py *.pt2 *.pt *.pth *.keras *.h5 *.hdf5 *.pb *.tflite config.json"
    " *.opscope);;All files (*)"
)
_RISK = "What is opened here can run code by itself."


class SideForm(QWidget):
    """Model, interpreter, trust, custom objects. What a choice holds beside these is kept.

    Signals:
        changed: what is chosen, or what is known of it.
    """

    changed = Signal()

    def __init__(
        self,
        name: str,
        title: str,
        choice: LaunchChoice,
        parent: QWidget,
        way: WayPicker | None = None,
    ) -> None:
        super().__init__(parent)
        self.name, self.way = name, way
        self.runs_other_code = False  # that is no file's of a risky kind, but must be trusted
        self._begun = choice
        self.model = ModelFields(choice.spec, choice.cwd, _FILTER, parent)
        self.model.where.setAccessibleName(f"Model {name}")
        self.model.entry.setAccessibleName(f"Name in the file of {name}")
        self.interpreter = InterpreterPicker(choice.python)
        self.trusted = QCheckBox("I trust where this file comes from")
        self.trusted.setChecked(choice.trusted)
        self.custom = QLineEdit(choice.custom)
        self.custom.setPlaceholderText("Python file with the classes that the model needs")
        self.custom.setAccessibleName(f"Custom objects of {name}")
        self.exact = QCheckBox("Exact: bit-equal to the framework's own run (TensorFlow)")
        self.exact.setChecked(choice.exact)
        self.head = QHBoxLayout()
        self._lay_out(title)
        self.interpreter.changed.connect(self.changed)
        self.trusted.toggled.connect(self.changed)
        self.model.listed.connect(lambda: self.interpreter.want(self.model.frameworks))
        self.model.chosen.connect(lambda: self.interpreter.look_near(self.model.near))
        self.model.changed.connect(self._refresh)
        self.model.look()
        self.interpreter.look_near(self.model.near)

    def _lay_out(self, title: str) -> None:
        chip = QLabel(self.name)
        chip.setProperty("kind", "chip")
        chip.setFont(theme.ui_font(12, 600))
        words = QLabel(title)
        words.setFont(theme.ui_font(13, 600))
        self.head.setSpacing(8)
        self.head.setContentsMargins(24, 0, 24, 4)
        self.head.addWidget(chip)
        self.head.addWidget(words)
        self.head.addStretch(1)
        risk = QLabel(_RISK)
        risk.setProperty("kind", "text3")
        risk.setFont(theme.ui_font(11))
        self.rows = NamedRows()
        if self.way is not None:
            self.rows.add("Run", self.way)
            self.way.changed.connect(self._refresh)
        self.rows.add("Model", self.model.row, self.model.about)
        self.rows.add("Name in the file", self.model.entry, self.model.entry_about)
        self.rows.add("Interpreter", self.interpreter)
        self.rows.add("Trust", self.trusted, risk)
        self.rows.add("Custom objects", self.custom)
        self.rows.add("Options", self.exact)
        self.rows.fill()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self.head)
        column.addWidget(self.rows, 1)

    def show_choice(self, choice: LaunchChoice) -> None:
        """Another model, as it was launched before."""
        self._begun = choice
        self.model.cwd = choice.cwd
        self.model.show_spec(choice.spec)
        if choice.python:
            self.interpreter.pick(choice.python)
        self.trusted.setChecked(choice.trusted)
        self.custom.setText(choice.custom)
        self.exact.setChecked(choice.exact)

    def choice(self) -> LaunchChoice:
        """What was chosen."""
        spec = self.model.text()
        kept = self._begun if spec == self._begun.spec else LaunchChoice(cwd=self._begun.cwd)
        return replace(
            kept,
            spec=spec,
            python=self.interpreter.python(),
            trusted=self.trusted.isChecked() and (self.model.risky or self.runs_other_code),
            custom=self.custom.text().strip() if self.model.is_keras else "",
            exact=self.exact.isChecked(),
        )

    def problem(self) -> str:
        """What is missing, in a sentence; "" for nothing."""
        problem = self._model_problem() or self.interpreter.problem()
        return f"{self.name}: {problem}" if problem else ""

    def _model_problem(self) -> str:
        if self._derived:
            return self.way.problem() if self.way is not None else ""
        return self.model.problem()

    @property
    def _derived(self) -> bool:
        """It is the other side's model in another way."""
        return self.way is not None and self.way.way is not None

    def show_other_code(self, runs: bool) -> None:
        """Code of the model's that stands elsewhere runs, too, and must be trusted."""
        if runs != self.runs_other_code:
            self.runs_other_code = runs
            self._refresh()

    def stop(self) -> None:
        """Leave nothing running."""
        self.interpreter.stop()
        self.model.stop()

    def _refresh(self) -> None:
        model, own = self.model, not self._derived
        code = model.spec is not None and model.takes_name
        self.rows.show_row("Model", own)
        self.rows.show_row("Name in the file", own and code)
        self.rows.show_row("Trust", own and (model.risky or self.runs_other_code))
        self.rows.show_row("Custom objects", own and model.is_keras)
        self.rows.show_row("Options", own)
        self.changed.emit()
