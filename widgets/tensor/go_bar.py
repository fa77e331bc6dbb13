"""The line in which an index is typed, and from which elements are gone to."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget

from ...tracers.ir import Sought
from ..theme import colour, hub, mono_font, theme, ui_font
from .controls import EDGE, IconButton, WordButton, rule

HEIGHT = 38
WORDS = {
    Sought.NAN: "NaN",
    Sought.INF: "±Inf",
    Sought.GREATEST: "greatest",
    Sought.LEAST: "least",
    Sought.ABOVE: "x >",
    Sought.BELOW: "x <",
    Sought.BEYOND: "|x| >",
}
BOUNDED = (Sought.ABOVE, Sought.BELOW, Sought.BEYOND)


class GoBar(QWidget):
    """An index as text, and what the next element is to be.

    Signals:
        typed: str; an index.
        next_wanted: the next element is to be picked; see `sought` and `bound`.
        sought_picked: the user chose what is looked for.
    """

    typed = Signal(str)
    next_wanted = Signal()
    sought_picked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sought = Sought.GREATEST
        self._shown = ""
        self.index = QLineEdit(self)
        self.index.setFont(mono_font(11))
        self.index.setAccessibleName("Index, as NumPy writes it")
        self.index.setToolTip("An index as NumPy writes it: [0, 3, :, ::2]")
        self.kind = WordButton("What the next element is", 11, self)
        self.limit = QLineEdit("0", self)
        self.limit.setFont(ui_font(11))
        self.limit.setAccessibleName("Threshold")
        self.limit.setFixedWidth(64)
        self.next = IconButton("arrow-right-to-line", "Go to the next one  N", self)
        self._menu = QMenu(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(EDGE, 5, EDGE - 4, 6)
        row.setSpacing(6)
        row.addWidget(self.index, 1)
        row.addWidget(self.kind)
        row.addWidget(self.limit)
        row.addWidget(self.next)
        self.setFixedHeight(HEIGHT)
        self.index.returnPressed.connect(lambda: self.typed.emit(self.index.text()))
        self.index.textEdited.connect(lambda: self._mark(False))
        self.limit.returnPressed.connect(self.next_wanted)
        self.next.clicked.connect(self.next_wanted)
        self.kind.clicked.connect(self._open)
        hub().changed.connect(self._recolour)
        self._bad = False
        self.show_sought(self._sought)
        self._recolour()

    @property
    def sought(self) -> Sought:
        """What is looked for."""
        return self._sought

    @property
    def bound(self) -> float | None:
        """The threshold; None where it is no number."""
        try:
            return float(self.limit.text().replace("\u2212", "-"))
        except ValueError:
            return None

    def show_index(self, text: str) -> None:
        """Follow the picks, unless the user is typing."""
        self._shown = f"[{text}]"
        if not (self.index.hasFocus() and self.index.isModified()):
            with QSignalBlocker(self.index):
                self.index.setText(self._shown)
            self.index.setCursorPosition(0)
            self._mark(False)

    def accept(self) -> None:
        """What was typed is shown."""
        self.index.setModified(False)
        self._mark(False)

    def refuse(self, sentence: str) -> None:
        """What was typed is no index of the value."""
        self._mark(True)
        self.index.setToolTip(sentence)
        self.index.setAccessibleDescription(sentence)

    def show_sought(self, sought: Sought) -> None:
        """Look for something else, without echoing."""
        self._sought = sought
        self.kind.show_text(WORDS[sought])
        self.limit.setVisible(sought in BOUNDED)

    def allow_next(self, allowed: bool) -> None:
        """The value has, or has not, numbers to look through."""
        for part in (self.kind, self.limit, self.next):
            part.setEnabled(allowed)

    def fill_menu(self, menu: QMenu) -> None:
        """Everything that can be looked for as an action."""
        menu.clear()
        group = QActionGroup(menu)
        for sought, word in WORDS.items():
            action = QAction(f"{word} …" if sought in BOUNDED else word, menu)
            action.setCheckable(True)
            action.setChecked(sought is self._sought)
            action.triggered.connect(lambda _checked=False, sought=sought: self._choose(sought))
            group.addAction(action)
            menu.addAction(action)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(372, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line below."""
        rule(QPainter(self), self.height() - 1, self.width())

    def _choose(self, sought: Sought) -> None:
        self.show_sought(sought)
        self.sought_picked.emit()
        if sought in BOUNDED:
            self.limit.setFocus(Qt.FocusReason.OtherFocusReason)
            self.limit.selectAll()
        else:
            self.next_wanted.emit()

    def _open(self) -> None:
        self.fill_menu(self._menu)
        self._menu.popup(self.kind.mapToGlobal(self.kind.rect().bottomLeft()))

    def _mark(self, bad: bool) -> None:
        if bad != self._bad:
            self._bad = bad
            if not bad:
                self.index.setToolTip("An index as NumPy writes it: [0, 3, :, ::2]")
                self.index.setAccessibleDescription("")
            self._recolour()

    def _recolour(self) -> None:
        look = theme()
        edge = colour("breakpoint").name() if self._bad else look.line2
        for field, line in ((self.index, edge), (self.limit, look.line2)):
            field.setStyleSheet(
                f"QLineEdit {{ background: {look.field}; color: {look.text1};"
                f" border: 1px solid {line}; border-radius: 6px; padding: 2px 6px;"
                " min-height: 18px; }"
                f"QLineEdit:focus {{ border: 1px solid {edge if self._bad else look.accent}; }}"
            )
        self.update()
