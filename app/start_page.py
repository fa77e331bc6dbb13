"""What the window shows before a model is open: ways to begin, recent models, samples."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from opscope import __version__

from ..resources.samples.catalogue import Sample, samples
from ..widgets import theme
from .action_set import key_text
from .relative_time import when_text
from .settings import Recent
from .start_tiles import ActionTile, DropZone, RecentRow, SampleTile, Tile

_WIDTH = 1120
_SHOWN = 6  # recent models
_ROW = 57
_SLANT = 3  # moving sideways: how much more a step off the line counts than one along it


class _Logo(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(34, 34)
        theme.hub().changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme.paint_icon(painter, "logo", self.rect().toRectF(), theme.colour("accent"))


class _Card(QWidget):
    """A panel with a thin outline, around the recent models."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("panel"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class StartPage(QScrollArea):
    """Signals:
    open_wanted: show the open dialog.
    file_wanted: str; show the open dialog with this path (it was dropped here).
    spec_wanted: str; open this recent model as it was opened last.
    sample_wanted: str; open this sample.
    pair_wanted: str, str; compare these two.
    clear_wanted: forget the recent models.
    shortcuts_wanted: show the keys.
    about_wanted: show version and licences.
    """

    open_wanted = Signal()
    file_wanted = Signal(str)
    spec_wanted = Signal(str)
    sample_wanted = Signal(str)
    pair_wanted = Signal(str, str)
    clear_wanted = Signal()
    shortcuts_wanted = Signal()
    about_wanted = Signal()

    def __init__(self, version: str = __version__, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Start")
        self._samples: list[SampleTile] = []
        self._rows: list[RecentRow] = []
        self._recents: list[Recent] = []
        self._columns = 0
        self._clock = QTimer(self)
        self._clock.setInterval(60_000)
        self._clock.timeout.connect(self._tell_time)
        self.notice = QLabel()
        self.notice.setProperty("kind", "warn")
        self.notice.setWordWrap(True)
        self.notice.hide()
        self.open = ActionTile(
            "folder-open",
            "Open model…",
            "Python file, .pt2, SavedModel or .keras",
            key_text("Ctrl+O"),
        )
        self.open.clicked.connect(self.open_wanted)
        self.open.arrow.connect(self._move)
        self.drop = DropZone()
        self.clear = self._link("Clear", self.clear_wanted.emit)
        self._page = QWidget()
        self._body = QWidget()
        self._body.setMaximumWidth(_WIDTH)
        self._down = QVBoxLayout(self._body)
        self._build(version)
        self.show_samples(samples())

    def _build(self, version: str) -> None:
        page = self._page
        page.setObjectName("startPage")
        across = QHBoxLayout(page)
        across.setContentsMargins(24, 0, 24, 0)
        across.addStretch(1)
        across.addWidget(self._body, 1000)
        across.addStretch(1)
        down = self._down
        down.setSpacing(0)
        down.addLayout(self._header())
        down.addSpacing(12)
        down.addWidget(self.notice)
        down.addSpacing(28)
        down.addLayout(self._middle())
        down.addSpacing(22)
        down.addLayout(self._sample_head())
        down.addSpacing(12)
        self._grid = QGridLayout()
        self._grid.setSpacing(16)
        down.addLayout(self._grid)
        down.addSpacing(28)
        down.addLayout(self._footer(version))
        down.addStretch(1)
        self.setWidget(page)
        self._ground()
        theme.hub().changed.connect(self._ground)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(_Logo())
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(_label("Opscope", 24, 600))
        column.addWidget(_label("Step through a model, one op at a time.", 13, 400, "text2"))
        row.addLayout(column)
        row.addStretch(1)
        return row

    def _middle(self) -> QHBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(_head("Start"))
        left.addSpacing(10)
        left.addWidget(self.open)
        left.addSpacing(12)
        left.addWidget(self.drop, 1)
        right = QVBoxLayout()
        right.setSpacing(0)
        head = QHBoxLayout()
        head.addWidget(_head("Recent"))
        head.addStretch(1)
        head.addWidget(self.clear)
        right.addLayout(head)
        right.addSpacing(10)
        self._card = _Card()
        self._list = QVBoxLayout(self._card)
        self._list.setContentsMargins(4, 4, 4, 4)
        self._list.setSpacing(0)
        self._none = _label("Models you open are listed here.", 12, 400, "text3")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        right.addWidget(self._card)
        row = QHBoxLayout()
        row.setSpacing(48)
        row.addLayout(left, 340)
        row.addLayout(right, 732)
        return row

    def _sample_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addWidget(_head("Samples"))
        row.addWidget(_label("Ready to run, no download", 12, 400, "text3"))
        row.addStretch(1)
        return row

    def _footer(self, version: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addStretch(1)
        row.addWidget(self._link(f"Opscope {version}".strip(), self.about_wanted.emit))
        row.addWidget(_label("·", 12, 400, "text3"))
        row.addWidget(self._link("Keyboard shortcuts", self.shortcuts_wanted.emit))
        row.addStretch(1)
        return row

    def _link(self, text: str, run: object) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("kind", "link")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(run)
        return button

    def _ground(self) -> None:
        self._page.setStyleSheet(f"#startPage {{ background: {theme.theme().canvas}; }}")

    def show_notice(self, sentence: str) -> None:
        """A word above everything, "" for none."""
        self.notice.setText(sentence)
        self.notice.setVisible(bool(sentence))

    def show_recents(self, recents: Sequence[Recent], now: float | None = None) -> None:
        """List what was opened, newest first."""
        self._recents = list(recents)[:_SHOWN]
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if isinstance(widget, RecentRow):
                widget.hide()
                widget.deleteLater()
        self._rows = []
        self.clear.setVisible(bool(self._recents))
        self._none.setVisible(not self._recents)
        self._card.setFixedHeight(max(3, len(self._recents)) * _ROW + 8)
        if not self._recents:
            self._list.addWidget(self._none)
            return
        moment = time.time() if now is None else now
        for index, recent in enumerate(self._recents):
            last = index == len(self._recents) - 1
            row = RecentRow(recent, when_text(recent.when, moment), last)
            row.clicked.connect(lambda _=False, spec=recent.spec: self.spec_wanted.emit(spec))
            row.arrow.connect(self._move)
            self._list.addWidget(row)
            self._rows.append(row)
        self._list.addStretch(1)

    def show_samples(self, shown: Sequence[Sample]) -> None:
        """Show the bundled models as cards."""
        for tile in self._samples:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._samples = []
        for sample in shown:
            tile = SampleTile(sample)
            tile.clicked.connect(lambda _=False, sample=sample: self._want(sample))
            tile.arrow.connect(self._move)
            self._samples.append(tile)
        self._columns = 0
        self._flow()

    def _want(self, sample: Sample) -> None:
        if sample.against:
            self.pair_wanted.emit(sample.spec, sample.other)
        else:
            self.sample_wanted.emit(sample.name)

    def tiles(self) -> list[Tile]:
        """Everything that the arrow keys visit."""
        return [self.open, *self._rows, *self._samples]

    def _tell_time(self) -> None:
        focused = self.focusWidget()
        index = self._rows.index(focused) if isinstance(focused, RecentRow) else -1
        self.show_recents(self._recents)
        if index >= 0:
            self._rows[index].setFocus()

    def _move(self, key: int) -> None:
        """Focus the nearest tile in the arrow's direction."""
        here = self.focusWidget()
        if not isinstance(here, Tile):
            return
        start = here.mapTo(self._page, here.rect().center())
        best: tuple[float, Tile] | None = None
        for tile in self.tiles():
            if tile is here:
                continue
            spot = tile.mapTo(self._page, tile.rect().center())
            cost = _distance(key, spot - start)
            if cost is not None and (best is None or cost < best[0]):
                best = (cost, tile)
        if best is not None:
            best[1].setFocus(Qt.FocusReason.TabFocusReason)
            self.ensureWidgetVisible(best[1])

    def _flow(self) -> None:
        """As many cards in a row as fit, all rows but the last full."""
        width = min(_WIDTH, self.viewport().width() - 48)
        most = max(1, (width + 16) // 276)
        columns = 3 if most == 4 and len(self._samples) <= 6 else most
        if columns == self._columns or not self._samples:
            return
        for column in range(max(columns, self._columns)):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._columns = columns
        for index, tile in enumerate(self._samples):
            self._grid.addWidget(tile, index // columns, index % columns)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Flow the cards anew; begin higher in a low window."""
        super().resizeEvent(event)
        self._down.setContentsMargins(0, 60 if self.height() >= 900 else 28, 0, 24)
        self._flow()

    def showEvent(self, event: QShowEvent) -> None:
        """Keep the times true while shown; begin at the newest model."""
        super().showEvent(event)
        self._clock.start()
        if not isinstance(self.focusWidget(), Tile):
            (self._rows[0] if self._rows else self.open).setFocus()

    def hideEvent(self, event: object) -> None:
        """Stop the clock."""
        self._clock.stop()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the ground changes nothing."""
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take one local file or folder."""
        if _dropped(event):
            event.acceptProposedAction()
            self.drop.show_hot(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Not here after all."""
        self.drop.show_hot(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask how to open it."""
        self.drop.show_hot(False)
        path = _dropped(event)
        if path:
            event.acceptProposedAction()
            self.file_wanted.emit(path)


def _dropped(event: QDropEvent) -> str:
    urls = event.mimeData().urls()
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""


def _distance(key: int, way: QPoint) -> float | None:
    """How far a tile is in an arrow's direction, None if it lies elsewhere."""
    along, off = {
        Qt.Key.Key_Left: (-way.x(), way.y()),
        Qt.Key.Key_Right: (way.x(), way.y()),
        Qt.Key.Key_Up: (-way.y(), way.x()),
        Qt.Key.Key_Down: (way.y(), way.x()),
    }[Qt.Key(key)]
    if along < 10:
        return None
    return (
        along + _SLANT * abs(off)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        else (along + abs(off))
    )


def _label(text: str, size: int, weight: int, token: str = "text1") -> QLabel:
    label = QLabel(text)
    label.setFont(theme.ui_font(size, weight))
    if token != "text1":
        label.setProperty("kind", token)
    return label


def _head(text: str) -> QLabel:
    label = _label(text, 13, 600)
    label.setFixedHeight(22)
    return label
