"""The toolbar: which model is open, how to go on, and where to search."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QMenu, QSizePolicy, QWidget

from ..tracers.ir import RunState
from ..widgets import theme
from ..widgets.run.pass_switch import PassSwitch
from .action_set import ActionSet, key_text
from .bar_button import BarButton

HEIGHT = 46
LABELS_FROM = 1500  # narrower than this, icons stand alone
_STEPS = ("run.step_back", "run.step_over", "run.step_into", "run.step_out", "run.to_here")
_ICONS = {
    "run.step_back": "undo-dot",
    "run.step_over": "redo-dot",
    "run.step_into": "arrow-down-to-dot",
    "run.step_out": "arrow-up-from-dot",
    "run.to_here": "arrow-right-to-line",
}


class ModelBox(QAbstractButton):
    """The open model's name over one line about it; a click shows its menu.

    Signals:
        menu_wanted: QPoint, where on the screen.
    """

    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = ""
        self._line = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(38)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self._ask)
        theme.hub().changed.connect(self.update)

    def show_model(self, name: str, line: str) -> None:
        """Show a name and a second line; "" for no model."""
        self._name, self._line = name, line
        self.setAccessibleName(f"Model {name}, {line}" if name else "No model")
        self.setToolTip(f"{name}\n{line}" if name else "")
        self.setEnabled(bool(name))
        self.updateGeometry()
        self.update()

    def _ask(self) -> None:
        self.menu_wanted.emit(self.mapToGlobal(QPoint(0, self.height() + 2)))

    def sizeHint(self) -> QSize:
        """Wide as the left pane; the text is cut, not the toolbar."""
        return QSize(292, 38)

    def minimumSizeHint(self) -> QSize:
        """As narrow as the smallest left pane."""
        return QSize(200, 38)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cube, both lines, and the arrow of the menu."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isEnabled() and (self.underMouse() or self.hasFocus()):
            painter.setBrush(theme.colour("hover") if self.underMouse() else Qt.BrushStyle.NoBrush)
            ring = QPen(theme.colour("accent"), 2)
            painter.setPen(ring if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(5, 1, -5, -1), 6, 6)
        tint = theme.colour("text1" if self._name else "text3")
        theme.paint_icon(painter, "box", QRectF(12, 11, 16, 16), tint)
        name, line = (self._name, self._line) if self._name else ("No model", "Ctrl O opens one")
        bold, small = theme.ui_font(13, 600), theme.ui_font(11)
        room = self.width() - 36 - 34
        painter.setFont(bold)
        painter.setPen(tint)
        shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(36, 3, room + 2, 17), Qt.AlignmentFlag.AlignVCenter, shown)
        widest = painter.fontMetrics().horizontalAdvance(shown)
        painter.setFont(small)
        painter.setPen(theme.colour("text3"))
        shown = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(36, 19, room + 2, 16), Qt.AlignmentFlag.AlignVCenter, shown)
        widest = max(widest, painter.fontMetrics().horizontalAdvance(shown))
        if self._name:
            spot = QRectF(36 + widest + 10, 12, 14, 14)
            theme.paint_icon(painter, "chevron-down", spot, theme.colour("text3"))


class SearchButton(QAbstractButton):
    """Looks like a search field; opens the palette. An icon alone where there is little room."""

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._wide = True
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Search ops, modules and commands")
        self.setToolTip(f"Find anything  {key}")
        theme.hub().changed.connect(self.update)

    def set_wide(self, wide: bool) -> None:
        """Field or icon."""
        self._wide = wide
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As in the picture."""
        return QSize(250 if self._wide else 30, 30)

    def minimumSizeHint(self) -> QSize:
        """Never squeezed."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the field."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        light = theme.theme() is theme.LIGHT
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        line = theme.colour("line2" if light or self.underMouse() else "line")
        if self.hasFocus():
            painter.setPen(QPen(theme.colour("accent"), 2))
            box.adjust(0.5, 0.5, -0.5, -0.5)
        else:
            painter.setPen(QPen(line, 1) if self._wide else Qt.PenStyle.NoPen)
        if self._wide:
            painter.setBrush(theme.colour("field"))
        elif self.underMouse():
            painter.setBrush(theme.colour("hover"))
        painter.drawRoundedRect(box, 6, 6)
        tint = theme.colour("text3" if self._wide else "text1")
        left = 10 if self._wide else 7
        theme.paint_icon(painter, "search", QRectF(left, 7, 16, 16), tint)
        if self._wide:
            painter.setFont(theme.ui_font(12))
            painter.setPen(tint)
            text = QRectF(30, 0, self.width() - 40, self.height())
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(text, middle, "Op, module, tensor…")
            painter.setFont(theme.ui_font(11))
            painter.drawText(text, middle | Qt.AlignmentFlag.AlignRight, self._key)


class _Line(QWidget):
    """A thin upright line between groups of buttons."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(1, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        QPainter(self).fillRect(self.rect(), theme.colour("line"))


class Toolbar(QWidget):
    """Model, step actions, passes, search, theme, settings. Labels vanish below LABELS_FROM."""

    def __init__(self, actions: ActionSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Toolbar")
        self._actions = actions
        self.model = ModelBox(self)
        self.model.show_model("", "")
        self.model.menu_wanted.connect(self._model_menu)
        self.go_on = BarButton(actions["run.continue"], "play", self, primary=True, labelled=True)
        self.steps = [BarButton(actions[name], _ICONS[name], self) for name in _STEPS]
        self.restart = BarButton(actions["run.restart"], "rotate-ccw", self)
        self.stop = BarButton(actions["run.stop"], "square", self)
        self.passes = PassSwitch(self)
        self.search = SearchButton(key_text("Ctrl+K"), self)
        self.search.clicked.connect(actions["edit.find"].trigger)
        self.theme_button = BarButton(actions["view.theme"], "sun", self)
        self.settings = BarButton(actions["edit.settings"], "settings", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 12, 1)
        row.setSpacing(4)
        row.addWidget(self.model)
        row.addWidget(_Line(self))
        row.addSpacing(6)
        row.addWidget(self.go_on)
        row.addSpacing(4)
        for button in self.steps:
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(_Line(self))
        row.addSpacing(6)
        row.addWidget(self.restart)
        row.addWidget(self.stop)
        row.addSpacing(10)
        row.addWidget(self.passes)
        row.addStretch(1)
        row.addWidget(self.search)
        row.addSpacing(6)
        row.addWidget(self.theme_button)
        row.addWidget(self.settings)
        self._tint()
        theme.hub().changed.connect(self._tint)

    def show_state(self, state: RunState | None) -> None:
        """Continue becomes Pause while the model runs."""
        running = state is RunState.RUNNING
        name, icon = ("run.pause", "pause") if running else ("run.continue", "play")
        self.go_on.follow(self._actions[name], icon)

    def align_model(self, width: int) -> None:
        """Keep the model box as wide as the pane below it."""
        self.model.setFixedWidth(max(width, 200))

    def _model_menu(self, where: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name in ("file.change_launch", "run.restart", "file.close"):
            menu.addAction(self._actions[name])
        menu.popup(where)

    def _tint(self) -> None:
        self.theme_button.show_icon("sun" if theme.theme() is theme.DARK else "moon")
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Drop or show the labels."""
        super().resizeEvent(event)
        self.fit(self.width())

    def fit(self, width: int) -> None:
        """Show labels and search field if there is room for them."""
        wide = width >= LABELS_FROM
        for button in self.steps:
            button.labelled = wide
        self.search.set_wide(wide)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground and the line below."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour("panel"))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme.colour("line"))
