"""One picker per axis: an index to step through, or a range that lies on Y or X."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from ...tracers.ir import AxisPick
from ..theme import colour, hub, theme, ui_font
from .axes import Slice, parse_pick, pick_text
from .controls import EDGE, IconButton, rule

_GAP = 8
_ROW = 60


class Slicer(QWidget):
    """Picks along one axis.

    Signals:
        picked: AxisPick, on the user's moves only.
        role_wanted: "y" or "x"; the user wants this axis there.
    """

    picked = Signal(object)
    role_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._extent = 1
        self._pick: AxisPick = 0
        self._role = ""
        self._under = False
        self._edit = QLineEdit(self)
        self._edit.setFrame(False)
        self._edit.setObjectName("slicerEdit")
        self._edit.setFont(ui_font(12))
        self._edit.installEventFilter(self)
        self._edit.editingFinished.connect(self._typed)
        self._less = IconButton("chevron-left", "Previous index", self, 16)
        self._more = IconButton("chevron-right", "Next index", self, 16)
        for button, step in ((self._less, -1), (self._more, 1)):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAutoRepeat(True)
            button.setAutoRepeatInterval(40)
            button.clicked.connect(lambda _checked=False, step=step: self.step(step))
        self.setMouseTracking(True)
        self.setFixedHeight(_ROW)
        hub().changed.connect(self._recolour)
        self._recolour()

    @property
    def edit(self) -> QLineEdit:
        """Where a pick is typed."""
        return self._edit

    @property
    def pick(self) -> AxisPick:
        """What is picked."""
        return self._pick

    def show_axis(self, name: str, extent: int, pick: AxisPick, role: str) -> None:
        """Follow the slice without echoing; `role` is "y", "x" or ""."""
        self._name, self._extent, self._pick, self._role = name, extent, pick, role
        spread = f" on {role.upper()}" if role else ""
        self._edit.setAccessibleName(f"{name}, {extent} elements{spread}")
        several = not role and extent > 1
        self._less.setVisible(several)
        self._more.setVisible(several)
        self._less.setEnabled(isinstance(pick, int) and pick > 0)
        self._more.setEnabled(isinstance(pick, int) and pick < extent - 1)
        self._show_text()
        self._place()
        self.update()

    def wanted_width(self) -> int:
        """A width in proportion to what is written in it."""
        metrics = QFontMetricsF(ui_font(12))
        body = metrics.horizontalAdvance(self._text()) + (30 if self._role else 44)
        if not self._role and self._extent <= 1:
            body -= 26
        elif self._role:
            body += 14
        name = QFontMetricsF(ui_font(11)).horizontalAdvance(self._name)
        return round(max(body + 12, name + 4, 56))

    def step(self, by: int) -> None:
        """Move the index, or the whole range, by its length."""
        if isinstance(self._pick, int):
            self._take(min(max(self._pick + by, 0), self._extent - 1))
            return
        start, stop, stride = self._pick
        length = stop - start
        moved = min(max(start + by * length, 0), self._extent - length)
        self._take((moved, moved + length, stride))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the text field that mean the axis."""
        if watched is self._edit:
            if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._key(event)
            if isinstance(event, QFocusEvent):
                self._show_text()
                if event.gotFocus():
                    self._edit.selectAll()
                self.update()
        return super().eventFilter(watched, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step with the wheel."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if turn:
            self.step(-1 if turn > 0 else 1)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on an offered X or Y assigns the axis, on its own letter swaps the two."""
        spot = event.position()
        for role, rect in self._letters():
            if QRectF(rect).adjusted(-3, -4, 3, 4).contains(spot):
                other = "x" if role == "y" else "y"
                self.role_wanted.emit(other if self._role else role)
                return
        if self._box().contains(spot.toPoint()):
            self._edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Offer Y and X."""
        self._under = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Put the offer away."""
        self._under = False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the parts in their places."""
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The name, the box, the letters."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = ui_font(11)
        painter.setFont(font)
        painter.setPen(colour("text3"))
        offered = self._under or self._edit.hasFocus()
        offers = offered and not self._role and self._extent > 1
        room = self.width() - (30 if offers else 0)
        name = QFontMetricsF(font).elidedText(self._name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(0, 6, self.width(), 16), Qt.AlignmentFlag.AlignVCenter, name)
        box = QRectF(self._box())
        painter.setBrush(colour("field"))
        if self._edit.hasFocus():
            painter.setPen(QPen(colour("accent"), 2))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)
        else:
            edge = colour("line2") if theme().name == "light" else colour("field")
            painter.setPen(QPen(edge, 1))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(ui_font(12, 600))
        painter.setPen(colour("accent"))
        if self._role or offers:
            for role, rect in self._letters():
                painter.drawText(QRectF(rect), Qt.AlignmentFlag.AlignCenter, role.upper())

    def _letters(self) -> tuple[tuple[str, QRect], ...]:
        if self._role:
            return ((self._role, QRect(self.width() - 21, 25, 14, 26)),)
        if self._extent <= 1:
            return ()
        right = self.width()
        return ("y", QRect(right - 28, 6, 12, 16)), ("x", QRect(right - 13, 6, 12, 16))

    def _box(self) -> QRect:
        return QRect(0, 24, self.width(), 26)

    def _place(self) -> None:
        closed = 38 if self._extent > 1 else 4
        right = 22 if self._role else closed
        self._edit.setGeometry(7, 26, max(self.width() - 7 - right, 10), 22)
        self._less.move(self.width() - 38, 29)
        self._more.move(self.width() - 20, 29)

    def _text(self) -> str:
        if isinstance(self._pick, int):
            return str(self._pick) if self._extent <= 1 else f"{self._pick} of {self._extent}"
        return pick_text(self._pick)

    def _show_text(self) -> None:
        with QSignalBlocker(self._edit):
            text = pick_text(self._pick) if self._edit.hasFocus() else self._text()
            if self._edit.text() != text:
                self._edit.setText(text)
                if not self._edit.hasFocus():
                    self._edit.setCursorPosition(0)

    def _typed(self) -> None:
        if not self._edit.isModified():
            return
        self._edit.setModified(False)
        pick = parse_pick(self._edit.text().partition("of")[0], self._extent)
        if pick is None:
            self._show_text()
        else:
            self._take(pick)

    def _take(self, pick: AxisPick) -> None:
        if pick == self._pick:
            self._show_text()
            return
        self._pick = pick
        self._show_text()
        self.picked.emit(pick)

    def _key(self, event: QKeyEvent) -> bool:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}
        key = Qt.Key(event.key())
        if key in steps:
            self.step(steps[key])
            return True
        if key in (Qt.Key.Key_X, Qt.Key.Key_Y) and self._extent > 1:
            self.role_wanted.emit("x" if key is Qt.Key.Key_X else "y")
            return True
        if key == Qt.Key.Key_Escape and self._edit.isModified():
            self._edit.setModified(False)
            self._show_text()
            self._edit.selectAll()
            return True
        return False

    def _recolour(self) -> None:
        palette = self._edit.palette()
        palette.setColor(QPalette.ColorRole.Base, colour("field"))
        palette.setColor(QPalette.ColorRole.Text, colour("text1"))
        palette.setColor(QPalette.ColorRole.Highlight, colour("accent"))
        palette.setColor(QPalette.ColorRole.HighlightedText, colour("on_accent"))
        self._edit.setPalette(palette)
        self._edit.setStyleSheet(
            "QLineEdit { border: none; padding: 0; margin: 0; min-height: 0;"
            f" background: transparent; color: {theme().text1}; }}"
        )
        self.update()


class SlicerRow(QFrame):
    """The slicers of a value, at most five beside each other.

    Signals:
        picked: (axis, AxisPick).
        role_wanted: (axis, "y" or "x").
    """

    picked = Signal(int, object)
    role_wanted = Signal(int, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slicers: list[Slicer] = []
        self._shown = 0
        self.setAccessibleName("Axes")

    @property
    def slicers(self) -> list[Slicer]:
        """Those shown, by axis."""
        return self._slicers[: self._shown]

    def show_slice(self, shape: tuple[int, ...], names: tuple[str, ...], shown: Slice) -> None:
        """Follow the slice; slicers are made once and kept."""
        while len(self._slicers) < len(shape):
            self._add()
        self._shown = len(shape)
        for axis, slicer in enumerate(self._slicers):
            slicer.setVisible(axis < self._shown)
            if axis < self._shown:
                role = "y" if axis == shown.y else "x" if axis == shown.x else ""
                slicer.show_axis(names[axis], shape[axis], shown.picks[axis], role)
        self.setVisible(self._shown > 0)
        rows = self._rows()
        self.setFixedHeight(_ROW * len(rows))
        self._place(rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line below."""
        rule(QPainter(self), self.height() - 1, self.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width anew."""
        self._place(self._rows())

    def sizeHint(self) -> QSize:
        """One row as a rule."""
        return QSize(372, _ROW * max(len(self._rows()), 1))

    def _rows(self) -> list[list[Slicer]]:
        shown = self.slicers
        if len(shown) <= 5:
            return [shown] if shown else []
        half = -(-len(shown) // 2)
        return [shown[:half], shown[half:]]

    def _place(self, rows: list[list[Slicer]]) -> None:
        for number, row in enumerate(rows):
            room = self.width() - 2 * EDGE - _GAP * (len(row) - 1)
            wanted = [slicer.wanted_width() for slicer in row]
            spare = room - sum(wanted)
            if spare < 0:
                wanted = [room * width // sum(wanted) for width in wanted]
                spare = room - sum(wanted)
            left = EDGE
            for place, (slicer, width) in enumerate(zip(row, wanted, strict=True)):
                share = spare // (len(row) - place)
                spare -= share
                slicer.setGeometry(left, number * _ROW, width + share, _ROW)
                left += width + share + _GAP

    def _add(self) -> None:
        axis = len(self._slicers)
        slicer = Slicer(self)

        def pass_on(pick: object) -> None:
            self.picked.emit(axis, pick)

        def pass_on_role(role: str) -> None:
            self.role_wanted.emit(axis, role)

        slicer.picked.connect(pass_on)
        slicer.role_wanted.connect(pass_on_role)
        self._slicers.append(slicer)
