"""The small graphs on sample cards, and how they are painted."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen

from ..widgets import theme

# Marks of a picture's nodes and edges, by token of the theme; "" is the plain look.
Node = tuple[float, float, float, str, str]  # centre x, centre y, width, category token, outline
Edge = tuple[int, int, str]  # from node, to node, "" or "skip" or a token


@dataclass(frozen=True, slots=True)
class Picture:
    """A small graph, in a box of 120 × 140.

    Attributes:
        frame: left, top, width, height of a loop around some nodes, None for no loop.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    frame: tuple[float, float, float, float] | None = None


def _chain(*kinds: str, width: float = 46, x: float = 60) -> tuple[Node, ...]:
    gap = 104 / (len(kinds) - 1)
    return tuple((x, 18 + gap * i, width, kind, "") for i, kind in enumerate(kinds))


def _links(count: int) -> tuple[Edge, ...]:
    return tuple((i, i + 1, "") for i in range(count - 1))


_PLAIN = Picture(_chain("matmul", "norm", "pointwise", "matmul", "reduce"), _links(5))
_ATTENTION = Picture(
    (
        (60, 20, 44, "matmul", ""),
        (26, 50, 28, "shape", ""),
        (60, 50, 28, "shape", ""),
        (94, 50, 28, "shape", ""),
        (48, 78, 40, "reduce", ""),
        (60, 110, 44, "matmul", ""),
    ),
    ((0, 1, ""), (0, 2, ""), (0, 3, ""), (1, 4, ""), (2, 4, ""), (4, 5, ""), (3, 5, "")),
)
_RESIDUAL = Picture(
    _chain("matmul", "norm", "pointwise", "pointwise", "reduce"),
    (*_links(5), (0, 3, "skip")),
)
_LOOP = Picture(
    (
        (60, 18, 44, "shape", ""),
        (60, 52, 50, "matmul", ""),
        (60, 86, 50, "pointwise", ""),
        (60, 122, 44, "reduce", ""),
    ),
    _links(4),
    (18, 34, 84, 70),
)
_BRANCH = Picture(
    (
        (60, 18, 50, "matmul", ""),
        (60, 44, 40, "reduce", ""),
        (34, 76, 38, "matmul", ""),
        (86, 76, 38, "pointwise", ""),
        (60, 122, 50, "loss", ""),
    ),
    ((0, 1, ""), (1, 2, ""), (1, 3, ""), (2, 4, ""), (3, 4, "")),
)
_TWO = Picture(
    tuple(
        (x, 18 + 26 * row, 40, kind, "warn" if row == 2 else "")
        for x in (28, 92)
        for row, kind in enumerate(("matmul", "norm", "matmul", "norm", "pointwise"))
    ),
    tuple((5 * side + row, 5 * side + row + 1, "") for side in (0, 1) for row in range(4)),
)
_UNSTABLE = Picture(
    (
        (60, 18, 52, "matmul", ""),
        (60, 44, 52, "reduce", "warn"),
        (60, 70, 52, "pointwise", "inf"),
        (60, 96, 52, "reduce", "nan"),
        (60, 122, 52, "loss", "nan"),
    ),
    ((0, 1, ""), (1, 2, "inf"), (2, 3, "nan"), (3, 4, "nan")),
)
_WHILE = Picture(
    (
        (60, 18, 44, "shape", ""),
        (60, 50, 36, "reduce", ""),
        (38, 84, 32, "matmul", ""),
        (82, 84, 32, "pointwise", ""),
        (60, 124, 44, "reduce", ""),
    ),
    ((0, 1, ""), (1, 2, ""), (1, 3, ""), (2, 4, ""), (3, 4, "")),
    (14, 34, 92, 68),
)

# By a word in the sample's name; the first that fits.
_PICTURES = (
    (("torch_resnet",), _TWO),
    (("gpt", "attention", "transformer", "bert"), _ATTENTION),
    (("resnet", "residual", "cnn"), _RESIDUAL),
    (("unstable", "nan", "loss"), _UNSTABLE),
    (("gru", "lstm", "rnn", "char"), _LOOP),
    (("while", "loop", "collatz", "autograph", "newton"), _WHILE),
    (("rout", "branch", "control", "expert", "moe", "dynamic", "adaptive", "early"), _BRANCH),
)


def picture_of(name: str) -> Picture:
    """The picture for a sample's name; a plain chain where no word of it is known."""
    for words, picture in _PICTURES:
        if any(word in name for word in words):
            return picture
    return _PLAIN


SIZE = (120.0, 140.0)
_NODE_HEIGHT = 9.0


def paint_picture(painter: QPainter, room: QRectF, picture: Picture) -> None:
    """Draw the picture in the middle of `room`."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scale = min(1.0, room.width() / SIZE[0], room.height() / SIZE[1])
    painter.translate(room.center())
    painter.scale(scale, scale)
    painter.translate(-SIZE[0] / 2, -SIZE[1] / 2)
    if picture.frame is not None:
        _frame(painter, QRectF(*picture.frame))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for start, end, mark in picture.edges:
        token = mark if mark and mark != "skip" else "edge"
        painter.setPen(QPen(theme.colour(token), 1))
        painter.drawPath(_edge(_box(picture, start), _box(picture, end), mark == "skip"))
    for index, (_, _, _, category, outline) in enumerate(picture.nodes):
        _node(painter, _box(picture, index), category, outline)
    painter.restore()


def _box(picture: Picture, index: int) -> QRectF:
    x, y, width, _, _ = picture.nodes[index]
    return QRectF(x - width / 2, y - _NODE_HEIGHT / 2, width, _NODE_HEIGHT)


def _edge(start: QRectF, end: QRectF, skip: bool) -> QPainterPath:
    if skip:
        path = QPainterPath(QPointF(start.right() - 8, start.bottom()))
        right = start.right() + 26
        stop = QPointF(end.right(), end.center().y())
        path.cubicTo(QPointF(right, start.bottom() + 12), QPointF(right, stop.y() - 8), stop)
        return path
    first, last = QPointF(start.center().x(), start.bottom()), QPointF(end.center().x(), end.top())
    path = QPainterPath(first)
    middle = (first.y() + last.y()) / 2
    path.cubicTo(QPointF(first.x(), middle), QPointF(last.x(), middle), last)
    return path


def _frame(painter: QPainter, box: QRectF) -> None:
    painter.setPen(QPen(theme.colour("loop"), 1))
    painter.setBrush(theme.colour("panel"))
    painter.drawRoundedRect(box, 6, 6)
    spot = QRectF(box.right() - 15, box.top() + 4, 12, 12)
    theme.paint_icon(painter, "repeat", spot, theme.colour("loop"))


def _node(painter: QPainter, box: QRectF, category: str, outline: str) -> None:
    painter.setPen(QPen(theme.colour(outline or "line2"), 1))
    painter.setBrush(theme.colour("raised"))
    painter.drawRoundedRect(box, 2.5, 2.5)
    painter.fillRect(
        QRectF(box.left() + 3, box.top() + 2.5, 2, box.height() - 5), theme.colour(category)
    )
