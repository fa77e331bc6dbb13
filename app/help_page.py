"""Every command with its key, drawn from the registry."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..widgets import theme
from ..widgets.run.query_filters import FILTERS
from .action_set import key_text
from .actions import MENUS, Action, all_actions

_ORDER = ("Run", "View", "Edit", "Compare", "File", "Help")
# Keys that panes bind themselves.
_PANES = (
    ("Walk along edges, or up and down a list", "Arrows"),
    ("Open or close the module", "Enter"),
    ("Graph: end the highlight, or go up to the module around", "Esc"),
    ("Graph: go up to the module around", "Backspace"),
    ("Graph: zoom about the pointer", "Ctrl Wheel"),
    ("Move the picked element of a tensor", "Arrows"),
)
_QUERY = "In Find Anything and in the filter"
QUERY_ROWS = (
    ("conv h.5", "Every word is in the type, note, path, shape, parameters or number of an op"),
    ("/attn\\.\\d$/", "A regular expression, whatever the case"),
    ("-dropout", "What must not hold; works before words, patterns and filters"),
    ('"two words"', "A text with blanks, or with a colon"),
    *(
        (row.example, f"{row.about[:1].upper()}{row.about[1:]}; {row.says}")
        for row in FILTERS.values()
    ),
)


class Keys(QWidget):
    """A shortcut as key caps."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys = text.split(" ") if text else []
        self.setAccessibleName(text)
        theme.hub().changed.connect(self.update)

    def _widths(self) -> list[int]:
        self.ensurePolished()
        metrics = self.fontMetrics()
        return [max(22, metrics.horizontalAdvance(key) + 12) for key in self._keys]

    def sizeHint(self) -> QSize:
        """All caps in a row."""
        return QSize(sum(self._widths()) + 4 * max(0, len(self._keys) - 1), 22)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the caps."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = 0.0
        for key, width in zip(self._keys, self._widths(), strict=True):
            box = QRectF(left + 0.5, (self.height() - 20) / 2, width - 1, 20)
            painter.setPen(QPen(theme.colour("line2"), 1))
            painter.setBrush(theme.colour("field"))
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(theme.colour("text2"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, key)
            left += width + 4


class HelpPage(QDialog):
    """Commands by menu, with a filter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard Shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 640)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter commands and keys")
        self.filter.setClearButtonEnabled(True)
        self.filter.addAction(
            theme.icon("list-filter", "text3"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.filter.textChanged.connect(self._show)
        self._rows: list[tuple[str, str, list[QWidget]]] = []  # menu, words, widgets
        self._heads: dict[str, QLabel] = {}
        page = QWidget()
        grid = QGridLayout(page)
        grid.setContentsMargins(24, 4, 24, 20)
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        self._fill(grid)
        grid.setRowStretch(grid.rowCount(), 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(page)
        page.setAutoFillBackground(False)
        area.viewport().setAutoFillBackground(False)
        top = QHBoxLayout()
        top.setContentsMargins(24, 20, 24, 8)
        title = QLabel("Keyboard shortcuts")
        title.setFont(theme.ui_font(14, 600))
        top.addWidget(title)
        top.addStretch(1)
        self.filter.setFixedWidth(260)
        top.addWidget(self.filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(area, 1)
        self.filter.setFocus()

    def _fill(self, grid: QGridLayout) -> None:
        assert set(_ORDER) == set(MENUS)
        for menu in _ORDER:
            self._head(grid, menu)
            for row in all_actions():
                if row.menu == menu:
                    self._row(grid, menu, *_words(row))
        self._head(grid, "In a pane")
        for text, key in _PANES:
            self._row(grid, "In a pane", text, "", key)
        self._head(grid, _QUERY)
        for text, about in QUERY_ROWS:
            self._row(grid, _QUERY, text, about, "")

    def _head(self, grid: QGridLayout, menu: str) -> None:
        label = QLabel(menu)
        label.setFont(theme.ui_font(13, 600))
        label.setContentsMargins(0, 14, 0, 4)
        self._heads[menu] = label
        grid.addWidget(label, grid.rowCount(), 0, 1, 3)

    def _row(self, grid: QGridLayout, menu: str, text: str, about: str, key: str) -> None:
        name, help_, keys = QLabel(text), QLabel(about), Keys(key)
        help_.setProperty("kind", "text3")
        help_.setWordWrap(True)
        number = grid.rowCount()
        for widget in (name, help_, keys):
            widget.setMinimumHeight(26)
        grid.addWidget(name, number, 0)
        grid.addWidget(help_, number, 1)
        grid.addWidget(keys, number, 2, Qt.AlignmentFlag.AlignRight)
        words = f"{menu} {text} {about} {key} {key.replace(' ', '+')}".lower()
        self._rows.append((menu, words, [name, help_, keys]))

    def _show(self, text: str) -> None:
        wanted = text.lower().split()
        open_menus: set[str] = set()
        for menu, words, widgets in self._rows:
            fits = all(word in words for word in wanted)
            if fits:
                open_menus.add(menu)
            for widget in widgets:
                widget.setVisible(fits)
        for menu, head in self._heads.items():
            head.setVisible(menu in open_menus)

    def shown(self) -> list[str]:
        """Names of the rows that fit the filter."""
        return [
            widgets[0].text()
            for _, _, widgets in self._rows
            if isinstance(widgets[0], QLabel) and not widgets[0].isHidden()
        ]


def _words(row: Action) -> tuple[str, str, str]:
    return row.title.rstrip("…"), row.help, key_text(row.key) if row.key else ""
