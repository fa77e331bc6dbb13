"""The timeline: blocks, one bar per op, and playheads that can be dragged."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ...tracers.ir import Breakpoint, Place, Run, RunState, Selection
from ..icon_button import IconButton
from ..later import Later
from ..pane import Pane
from ..prepared import Prepared
from ..theme import colour, hub
from ..watching import watch
from .found import Found
from .marked import Marked
from .painting import draw_text, face
from .pass_offer import PassOffer
from .row import Dot
from .timeline_found import paint_ticks, tick_places
from .timeline_painting import (
    BLOCKS_END,
    BLOCKS_TOP,
    EDGE,
    Block,
    paint_bars,
    paint_blocks,
    paint_dots,
    paint_legend,
    paint_playheads,
)
from .timeline_watch import mark_places, paint_marks
from .timeline_words import pass_words, slot_words
from .track import Columns, Ints, Segment, Track, columns

HEIGHT = 98
_TITLE = 17
_PITCH = 3
_LEGEND_FROM = 1500  # width of the window
_SEEK_MS = 16
_OFFER_FROM = 560  # px of width to have room for a backward pass that there is none of
_BUTTONS = (
    ("skip-back", "First op"),
    ("chevron-left", "Back one op"),
    ("chevron-right", "Forward one op"),
    ("skip-forward", "Newest op"),
)


class Timeline(Pane):
    """98 px high, painted.

    Signals:
        seek_wanted: int, a record to view the run before; None: back to live. While the user
            drags, only the newest is sent.
        backward_wanted: the user wants to run a backward pass.
    """

    seek_wanted = Signal(object)
    backward_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._track: Track | None = None
        self._tracks = Prepared(Track)
        self._points: list[Breakpoint] = []
        self._ops: Ints | None = None
        self._columns: Columns | None = None
        self._segments: list[Segment] = []
        self._dots: dict[int, Dot] = {}
        self._picture: QPixmap | None = None
        self._laid_out_for: tuple[Place, RunState] | None = None
        self._by_key = False
        self._dragging = False
        self._wanted: int | None = None
        self._sent: int | None = None
        self._hovered = -1
        self._selection = Selection()
        self._found: Found | None = None
        self._hits: list[int] = []
        self.offer = PassOffer(self)
        self._offered = False
        self.offer.clicked.connect(self.backward_wanted)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Timeline")
        watch(self, self._hint)
        self.buttons = [IconButton(name, text, self) for name, text in _BUTTONS]
        moves = (self._first, self._back, self._forward, self._newest)
        for button, move in zip(self.buttons, moves, strict=True):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(move)
        self._later = Later(self)
        self._seek_timer = QTimer(self, singleShot=True, interval=_SEEK_MS)
        self._seek_timer.timeout.connect(self._seek)
        hub().changed.connect(self._restyle)
        self._restyle()

    def prepare(self, run: Run) -> None:
        self._tracks.prepare(run)

    def show_run(self, run: Run | None) -> None:
        self._run = run
        self._track = None if run is None else self._tracks.take(run)
        self._find_dots()
        self._stale()

    def show_growth(self, first_record: int) -> None:
        if self._track is not None:
            if self._track.follow():
                self._find_dots()
            self._stale()

    def show_rewound(self) -> None:
        if self._run is not None:
            self._track = Track(self._run)
            self._hovered = -1
            self._stale()

    def show_place(self) -> None:
        run = self._run
        if run is not None and (run.head, run.state) == self._laid_out_for:
            self._enable()
            self._later.wish()  # the cursor alone moved
        else:
            self._stale()

    def show_selection(self, selection: Selection) -> None:
        self._selection = selection
        self._later.wish()

    def show_found(self, found: Found | None) -> None:
        self._found = found
        self._picture = None
        self._later.wish()

    def show_hits(self, records: list[int]) -> None:
        """Marks over the bars of records that hit a watchpoint."""
        self._hits = records
        self._picture = None
        self._later.wish()

    def show_breakpoints(self, points: list[Breakpoint]) -> None:
        """Red dots under the bars."""
        self._points = list(points)
        self._find_dots()
        self._stale()

    def offer_backward(self, offered: bool, enabled: bool, hint: str) -> None:
        """Leave room for a backward pass that there is none of; a click may run one."""
        self.offer.show_offer(enabled, hint)
        if offered != self._offered:
            self._offered = offered
            self._place_offer()

    def sizeHint(self) -> QSize:
        return QSize(600, HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        x = self.width() - EDGE - 20
        for button in reversed(self.buttons):
            button.move(x, _TITLE - 12)
            x -= 26
        self._place_offer()

    def slot_at(self, x: float) -> int:
        """The slot under a point, -1 where there is none."""
        self._lay_out()
        if self._ops is None or not len(self._ops):
            return -1
        share = (x - EDGE) / max(self._span(), 1)
        return min(max(int(share * len(self._ops)), 0), len(self._ops) - 1)

    def x_of(self, slot: int) -> float:
        """Where a slot begins."""
        self._lay_out()
        count = 1 if self._ops is None else max(len(self._ops), 1)
        return EDGE + self._span() * min(slot, count) / count

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or self._run is None:
            return
        x, y = event.position().x(), event.position().y()
        segment = self._segment_at(x) if BLOCKS_TOP <= y <= BLOCKS_END else None
        if segment is not None and segment.scope:
            self.picked.emit(Selection(scope=segment.scope))
        elif y > BLOCKS_END:
            slot = self.slot_at(x)
            if slot >= len(self._run.records) and not self._near_playhead(x):
                assert self._ops is not None
                self.picked.emit(Selection(op=int(self._ops[slot])))
                return
            self._dragging = True
            self._drag_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x, y = event.position().x(), event.position().y()
        if self._dragging:
            self._drag_to(x)
            return
        over = self.slot_at(x) if y > BLOCKS_END else -1
        shape = Qt.CursorShape.ArrowCursor
        if over >= 0 and self._run is not None and over <= len(self._run.records):
            shape = Qt.CursorShape.PointingHandCursor
        self.setCursor(shape)
        if over != self._hovered:
            self._hovered = over
            self.hovered.emit(self._selection_at(over))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self._seek_timer.stop()
            self._seek()
            self._sent = None

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the bar under the pointer, or of the block above it."""
        x, y = event.pos().x(), event.pos().y()
        segment = self._segment_at(x) if BLOCKS_TOP <= y <= BLOCKS_END else None
        if segment is not None and segment.scope:
            self.menu_wanted.emit(Selection(scope=segment.scope), event.globalPos())
        elif y > BLOCKS_END:
            self.menu_wanted.emit(self._selection_at(self.slot_at(x)), event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:
        tabbed = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self._by_key = event.reason() in tabbed
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_Left: self._back,
            Qt.Key.Key_Right: self._forward,
            Qt.Key.Key_Home: self._first,
            Qt.Key.Key_End: self._newest,
        }
        move = keys.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            move()

    def leaveEvent(self, event: QEvent) -> None:
        if self._hovered >= 0:
            self._hovered = -1
            self.hovered.emit(Selection())

    def _hint(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            text = self.hint_at(event.pos().x(), event.pos().y())
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return False

    def hint_at(self, x: float, y: float) -> str:
        """The tooltip over a bar or a block."""
        if self._run is None:
            return ""
        if BLOCKS_TOP <= y <= BLOCKS_END:
            segment = self._segment_at(x)
            return "" if segment is None else segment.label
        slot = self.slot_at(x) if y > BLOCKS_END else -1
        if slot < 0 or self._ops is None:
            return ""
        return slot_words(self._run, int(self._ops[slot]), slot)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._lay_out()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.setPen(colour("line"))
        painter.drawLine(0, 0, self.width(), 0)
        self._paint_title(painter)
        if self._picture is None:
            self._picture = self._paint_picture()
        painter.drawPixmap(0, 0, self._picture)
        if self._run is not None and self._track is not None:
            paint_blocks(painter, self._blocks(self._run, self._track))
        if self._run is not None and self._ops is not None and len(self._ops):
            paint_playheads(painter, self._run, self.x_of)
        if self._by_key and self.hasFocus():
            painter.setPen(colour("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _span(self) -> float:
        return max(self._end() - 2 * EDGE, 1)

    def _end(self) -> float:
        """How wide it would be without the room for a backward pass."""
        return self.width() if self.offer.isHidden() else self.offer.x() - 8 + EDGE

    def _place_offer(self) -> None:
        self.offer.setVisible(self._offered and self.width() >= _OFFER_FROM)
        self.offer.move(self.width() - EDGE - self.offer.width(), round(BLOCKS_TOP))
        self._stale()

    def _stale(self) -> None:
        self._ops = None
        self._columns = None
        self._picture = None
        self._enable()
        self._later.wish()

    def _lay_out(self) -> None:
        if self._track is None or (self._ops is not None and self._columns is not None):
            return
        self._laid_out_for = (self._track.run.head, self._track.run.state)
        self._ops, colours, seconds = self._track.lay_out()
        self._segments = self._track.segments(self._ops)
        self._columns = columns(colours, seconds, int(self._span()) // _PITCH)

    def _paint_title(self, painter: QPainter) -> None:
        x = float(EDGE)
        x += draw_text(painter, x, _TITLE, "Timeline", face(13, 600), colour("text1")) + 16
        left = self.buttons[0].x() - 12.0
        if self._run is None or self._track is None:
            return
        window = self.window()
        if window is self or window.width() >= _LEGEND_FROM:
            left = paint_legend(painter, self._track.legend(), x, left, _TITLE)
        draw_text(painter, x, _TITLE, self.subtitle(), face(), colour("text3"), left - x)

    def subtitle(self) -> str:
        """What stands after the title ("Forward pass · 18.4 ms recorded")."""
        if self._run is None or self._track is None:
            return ""
        return pass_words(self._run, self._track.seconds, self._track.passes.any_backward)

    def _paint_picture(self) -> QPixmap:
        """Bars and dots; painted once for each state of the run."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(self.width() * ratio), round(HEIGHT * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        if self._run is None or self._columns is None or self._track is None or self._ops is None:
            return picture
        painter = QPainter(picture)
        backward = self._track.backward(self._ops[self._columns.first])
        paint_bars(painter, self._columns, len(self._run.records), self._end(), backward)
        paint_dots(painter, self._dots_below())
        ran, slots = len(self._run.records), len(self._ops)
        paint_marks(painter, mark_places(self._hits, ran, slots, self._span()))
        if self._found is not None:
            paint_ticks(painter, tick_places(self._found, self._ops, ran, self._span()))
        painter.end()
        return picture

    def _dots_below(self) -> Iterator[tuple[float, Dot]]:
        if not self._dots or self._ops is None:
            return
        half = self._span() / max(len(self._ops), 1) / 2
        for slot, op in enumerate(self._ops.tolist()):
            if op in self._dots:
                yield self.x_of(slot) + half, self._dots[op]

    def _blocks(self, run: Run, track: Track) -> Iterator[Block]:
        ended = run.state is RunState.FINISHED and run.cursor is None
        now = 0 if ended else track.block_at(run.place.scope)
        count = 1 if self._ops is None else max(len(self._ops), 1)
        each = self._span() / count
        for segment in self._segments:
            left, right = EDGE + each * segment.start, EDGE + each * segment.stop - 1.5
            current = segment.scope == now and now > 0
            here = current and segment.start <= run.place.record < segment.stop
            yield Block(segment.label, left, right, here, segment.start < len(run.records))

    def _selection_at(self, slot: int) -> Selection:
        if self._run is None or self._ops is None or not 0 <= slot < len(self._ops):
            return Selection()
        record = slot if slot < len(self._run.records) else -1
        return Selection(op=int(self._ops[slot]), record=record)

    def _segment_at(self, x: float) -> Segment | None:
        slot = self.slot_at(x)
        for segment in self._segments:
            if segment.start <= slot < segment.stop:
                return segment
        return None

    def _near_playhead(self, x: float) -> bool:
        return self._run is not None and abs(x - self.x_of(self._run.place.record)) <= 7

    def _drag_to(self, x: float) -> None:
        assert self._run is not None
        self._wanted = max(self.slot_at(x), 0)
        if not self._seek_timer.isActive():
            self._seek_timer.start()

    def _seek(self) -> None:
        run = self._run
        if run is None or self._wanted is None or self._wanted == self._sent:
            return
        self._sent = self._wanted
        self._go(self._wanted)

    def _go(self, record: int) -> None:
        assert self._run is not None
        newest = len(self._run.records)
        self.seek_wanted.emit(None if record >= newest else max(record, 0))

    def _first(self) -> None:
        if self._run is not None and self._run.records:
            self._go(0)

    def _back(self) -> None:
        if self._run is not None and self._run.place.record > 0:
            self._go(self._run.place.record - 1)

    def _forward(self) -> None:
        if self._run is not None and self._run.cursor is not None:
            self._go(self._run.place.record + 1)

    def _newest(self) -> None:
        if self._run is not None and self._run.cursor is not None:
            self.seek_wanted.emit(None)

    def _enable(self) -> None:
        run = self._run
        still = run is not None and run.state not in (RunState.RUNNING, RunState.LOADING)
        back = still and run is not None and run.place.record > 0 and bool(run.records)
        past = still and run is not None and run.cursor is not None
        for button, enabled in zip(self.buttons, (back, back, past, past), strict=True):
            button.setEnabled(enabled)

    def _find_dots(self) -> None:
        marked = Marked()
        marked.set_dots(None if self._run is None else self._run.graph, self._points)
        self._dots = marked.dots

    def _restyle(self) -> None:
        self._picture = None
        self.update()
