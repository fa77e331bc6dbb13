"""A view from afar as square images, painted beside the GUI thread."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from PySide6.QtCore import QObject, QPointF, QRectF, QTimer, Signal
from PySide6.QtGui import QImage, QPainter

from .dress import Dress
from .far_painter import FarPainter, Watched
from .inks import Inks
from .light import Light
from .rows import Cancelled
from .scene import Area

SIDE = 512  # device pixels
MANY = 20_000  # visible nodes from which on a view is put together from tiles
MOST = 64  # tiles kept
POLL = 8  # ms


class Spot(NamedTuple):
    """A tile's place: device pixels per layout unit, column and row."""

    scale: float
    column: int
    row: int

    @property
    def area(self) -> Area:
        """In layout coordinates."""
        size = SIDE / self.scale
        left, top = self.column * size, self.row * size
        return left, top, left + size, top + size


class Content(NamedTuple):
    """What decides how tiles look, apart from how far the run is."""

    far: FarPainter
    ink: Inks
    dress: Dress | None
    light: Light | None


class View(NamedTuple):
    """Where tiles are shown: the camera's corner and zoom, and pixels per widget pixel."""

    origin: QPointF
    zoom: float
    ratio: float


class _Tile(NamedTuple):
    content: Content
    watched: Watched
    stamp: int
    image: QImage


class _Worker:
    """Paints tile after tile in a thread that ends when none is wanted any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: list[tuple[Spot, Content]] = []
        self._thread: threading.Thread | None = None
        self._current: tuple[Spot, Content] | None = None
        self._ended = False
        self.done: deque[tuple[Spot, _Tile]] = deque()

    @property
    def busy(self) -> bool:
        """There is more to paint, or to take in."""
        return self._thread is not None or bool(self.done)

    def want(self, rows: list[tuple[Spot, Content]]) -> None:
        """Paint these, and nothing else that was wanted before."""
        with self._lock:
            self._wanted = [row for row in rows if row != self._current]
            if self._wanted and self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._work, name="graph tiles")
                self._thread.start()

    def stop(self) -> None:
        """Paint nothing any more, and wait for the thread."""
        with self._lock:
            self._wanted, self._ended = [], True
            thread = self._thread
        if thread is not None:
            thread.join()

    def check(self) -> None:
        """Raises Cancelled where nothing is wanted any more."""
        if self._ended:
            raise Cancelled

    def _work(self) -> None:
        while True:
            with self._lock:
                self._current = None
                if not self._wanted:
                    self._thread = None
                    return
                spot, content = self._current = self._wanted.pop(0)
            try:
                self.done.append((spot, _paint(spot, content, self)))
            except Cancelled:
                continue


def _paint(spot: Spot, content: Content, worker: _Worker) -> _Tile:
    far, area = content.far, spot.area
    watched = far.watched([area])
    stamp = far.stamp(watched)  # before painting: what goes on meanwhile makes it out of date
    image = QImage(SIDE, SIDE, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    try:
        painter.scale(spot.scale, spot.scale)
        painter.translate(-area[0], -area[1])
        far.draw(painter, [area], content.ink, content.dress, content.light, worker.check)
    finally:
        painter.end()
    return _Tile(content, watched, stamp, image)


class Tiles(QObject):
    """The tiles of one canvas. What is not there yet is shown larger or smaller than it was.

    Signals:
        arrived: QRectF in layout coordinates, a part that can be painted better now.
    """

    arrived = Signal(QRectF)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._tiles: OrderedDict[Spot, _Tile] = OrderedDict()
        self._asked: list[tuple[Spot, Content]] = []
        self._far: FarPainter | None = None
        self._worker = _Worker()
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._take_in)
        self.destroyed.connect(self._worker.stop)

    @property
    def busy(self) -> bool:
        """Tiles are being painted."""
        return self._worker.busy

    def draw(
        self, painter: QPainter, rects: Iterable[QRectF], view: View, content: Content
    ) -> None:
        """Draw parts of a widget, the painter in its coordinates."""
        for rect in rects:
            painter.save()
            painter.setClipRect(rect)
            for spot in _spots(rect, view):
                tile = self._tiles.get(spot)
                if tile is None or tile.content.far is not content.far:
                    self._draw_like(painter, spot, view, content)
                else:
                    _put(painter, spot, view, tile.image)
                    self._tiles.move_to_end(spot)
            painter.restore()

    def want(self, whole: QRectF, view: View, content: Content) -> None:
        """Have all of a widget's tiles painted that are not there, or are out of date."""
        self._far = content.far
        spots = list(_spots(whole, view))
        x = sum(spot.column for spot in spots) / max(len(spots), 1)
        y = sum(spot.row for spot in spots) / max(len(spots), 1)
        spots.sort(key=lambda spot: abs(spot.column - x) + abs(spot.row - y))
        asked = [(spot, content) for spot in spots if not self._good(spot, content)]
        if asked != self._asked or not self._worker.busy:
            self._asked = asked
            self._worker.want(list(asked))
        if asked:
            self._timer.start()

    def clear(self) -> None:
        """Another picture is shown: forget the tiles of the one before."""
        self._tiles.clear()
        self._asked = []
        self._far = None
        self._worker.want([])

    def _good(self, spot: Spot, content: Content) -> bool:
        tile = self._tiles.get(spot)
        if tile is None or tile.content != content:
            return False
        return tile.stamp == content.far.stamp(tile.watched)

    def _draw_like(self, painter: QPainter, spot: Spot, view: View, content: Content) -> None:
        """Draw what there is at other zooms; the nearest zoom last, over the others."""
        left, top, right, bottom = spot.area
        rows = [
            (abs(math.log(other.scale / spot.scale)), other, tile)
            for other, tile in self._tiles.items()
            if other.scale != spot.scale and tile.content.far is content.far
        ]
        for _, other, tile in sorted(rows, key=lambda row: -row[0]):
            a, b, c, d = other.area
            if a < right and left < c and b < bottom and top < d:
                _put(painter, other, view, tile.image)

    def _take_in(self) -> None:
        """What the thread has painted since is shown."""
        done = self._worker.done
        while done:
            spot, tile = done.popleft()
            if tile.content.far is not self._far:
                continue
            self._tiles[spot] = tile
            self._tiles.move_to_end(spot)
            left, top, right, bottom = spot.area
            self.arrived.emit(QRectF(QPointF(left, top), QPointF(right, bottom)))
        while len(self._tiles) > MOST:
            self._tiles.popitem(last=False)
        if not self._worker.busy:
            self._timer.stop()


def _spots(rect: QRectF, view: View) -> Iterator[Spot]:
    scale = view.zoom * view.ratio
    left, top = view.origin.x() * scale, view.origin.y() * scale
    first = math.floor((left + rect.left() * view.ratio) / SIDE)
    last = math.ceil((left + rect.right() * view.ratio) / SIDE)
    for row in range(
        math.floor((top + rect.top() * view.ratio) / SIDE),
        math.ceil((top + rect.bottom() * view.ratio) / SIDE),
    ):
        for column in range(first, last):
            yield Spot(scale, column, row)


def _put(painter: QPainter, spot: Spot, view: View, image: QImage) -> None:
    left, top, right, bottom = spot.area
    corner = (QPointF(left, top) - view.origin) * view.zoom
    end = (QPointF(right, bottom) - view.origin) * view.zoom
    painter.drawImage(QRectF(corner, end), image)
