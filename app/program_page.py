"""The page "Your program": what a script has called so far, and where it shall be stopped."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from .program import CalledModel, Program, said_of
from .program_table import CalledView

_WIDTH = 960
_NONE = "Models are listed here as the program calls them: each class, with the line that calls it."


class ProgramPage(QWidget):
    """Signals:
    stop_wanted: list of CalledModel; stop at the next call of these, or of any where it is empty.
    go_wanted: stop at no call after all.
    first_wanted: bool; whether programs shall stop at their first call.
    run_wanted: show the run that stands.
    close_wanted: the program has ended, and the page can go.
    """

    stop_wanted = Signal(object)
    go_wanted = Signal()
    first_wanted = Signal(bool)
    run_wanted = Signal()
    close_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("programPage")
        self._program = Program()
        self._over = False
        self.title = QLabel()
        self.title.setFont(theme.ui_font(24, 600))
        self.line = QLabel(wordWrap=True)
        self.line.setFont(theme.ui_font(13))
        self.line.setProperty("kind", "text2")
        self.models = CalledView()
        self.none = QLabel(_NONE, wordWrap=True)
        self.none.setProperty("kind", "text3")
        self.none.setFont(theme.ui_font(12))
        self.none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stop = QPushButton()
        self.stop.setProperty("kind", "primary")
        self.go = QPushButton("Do not stop")
        self.run = QPushButton("Show the run")
        self.close_ = QPushButton("Close")
        self.first = QCheckBox("Stop at first call")
        self.first.setToolTip("Of this program, if it has called no model yet, and of later ones")
        self._lay_out()
        self.stop.clicked.connect(lambda: self.stop_wanted.emit(self.models.chosen))
        self.models.doubleClicked.connect(lambda: self.stop_wanted.emit(self.models.chosen))
        self.go.clicked.connect(self.go_wanted)
        self.run.clicked.connect(self.run_wanted)
        self.close_.clicked.connect(self.close_wanted)
        self.first.toggled.connect(self.first_wanted)
        self.models.selectionModel().selectionChanged.connect(self._name_stop)
        self.show_program(self._program)

    def _lay_out(self) -> None:
        card = QFrame()
        card.setProperty("kind", "card")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.addWidget(self.models, 1)
        inside.addWidget(self.none, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.stop, self.go, self.run, self.close_):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.first)
        body = QWidget()
        body.setMaximumWidth(_WIDTH)
        down = QVBoxLayout(body)
        down.setContentsMargins(0, 48, 0, 32)
        down.setSpacing(0)
        down.addWidget(self.title)
        down.addSpacing(4)
        down.addWidget(self.line)
        down.addSpacing(20)
        down.addWidget(card, 1)
        down.addSpacing(16)
        down.addLayout(buttons)
        across = QHBoxLayout(self)
        across.setContentsMargins(24, 0, 24, 0)
        across.addStretch(1)
        across.addWidget(body, 1000)
        across.addStretch(1)

    def show_first(self, wanted: bool) -> None:
        """What is remembered."""
        with QSignalBlocker(self.first):
            self.first.setChecked(wanted)

    def show_program(self, program: Program, over: bool = False) -> None:
        """Follow the program; `over`: it has ended, or has let go of the window."""
        self._program, self._over = program, over
        self.title.setText(program.name or "Your program")
        self.line.setText(said_of(program, over))
        self.models.table.show_rows(program.models)
        self.models.setVisible(bool(program.models))
        self.none.setVisible(not program.models)
        self.stop.setEnabled(not over)
        self.go.setVisible(program.stops and not over)
        self.run.setVisible(program.run and not over)
        self.close_.setVisible(over)
        self._name_stop()

    def _name_stop(self) -> None:
        chosen: list[CalledModel] = self.models.chosen
        names = {model.name for model in chosen}
        of = f" of {chosen[0].name}" if len(names) == 1 else ""
        self.stop.setText(f"Stop at next call{of}")
