"""Colours, fonts and icons. Widgets ask here when they paint: a theme change is a repaint."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ..tracers.ir import Category


@dataclass(frozen=True, slots=True)
class Theme:
    """Colour tokens, as "#RRGGBB"."""

    name: str
    canvas: str
    panel: str
    raised: str
    field: str
    hover: str
    selection: str
    line: str
    line2: str
    text1: str
    text2: str
    text3: str
    not_run: str
    accent: str
    on_accent: str
    current_text: str
    current_fill: str
    current: str
    breakpoint: str
    ok: str
    warn: str
    nan: str
    inf: str
    edge: str
    matmul: str
    norm: str
    reduce: str
    pointwise: str
    shape: str
    weight: str
    loss: str
    function: str
    loop: str

    def category(self, category: Category) -> QColor:
        """The colour of a category's bar or square."""
        name = _CATEGORY_TOKENS[category]
        return QColor(getattr(self, name))


_CATEGORY_TOKENS = {
    Category.MATMUL: "matmul",
    Category.NORM: "norm",
    Category.REDUCE: "reduce",
    Category.POINTWISE: "pointwise",
    Category.SHAPE: "shape",
    Category.LOSS: "loss",
    Category.CONTROL: "loop",
    Category.OTHER: "shape",
}

# Order: the fields of Theme after its name.
_DARK = (
    "0E1014 14171C 1B1F26 1B1F26 232831 1D2A45 22262E 353C48 E7EAF0 A9B1BF 7F8898 6A7382 7AA2FF"
    " 0E1014 F2C14E 2C2615 F2C14E F0605C 57B98A E79A4B FF6B98 BB96FF 5F6B7D 62A8D8 56B3A6 A592E8"
    " 8DB46F 7E8796 C69C6D D68FB3 9C86E0 B98AA8"
)
_LIGHT = (
    "F4F5F7 FFFFFF FFFFFF F3F4F7 EDEFF3 E4ECFF E4E7EC C6CCD6 181B21 4A5361 667080 8A93A1 2B5FD9"
    " FFFFFF 966200 FFF4D6 EBB02D D33A36 17744A A65100 C4205F 6D3FC8 7D899A 2878B0 17826F 6A50C7"
    " 56803A 77808F 98692F AE4C80 6B50C0 8F4F78"
)


def _theme(name: str, colours: str) -> Theme:
    hexes = ["#" + text for text in colours.split()]
    names = [field.name for field in fields(Theme)][1:]
    return Theme(name, **dict(zip(names, hexes, strict=True)))


DARK = _theme("dark", _DARK)
LIGHT = _theme("light", _LIGHT)


class ThemeHub(QObject):
    """Holds the theme in use.

    Signals:
        changed: another theme is in use; repaint.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._theme = DARK

    @property
    def theme(self) -> Theme:
        """The theme in use."""
        return self._theme

    def use(self, theme: Theme) -> None:
        """Switch; does nothing if it is in use already."""
        if theme is not self._theme:
            self._theme = theme
            self.changed.emit()


@cache
def hub() -> ThemeHub:
    """The one hub of the program."""
    return ThemeHub()


def theme() -> Theme:
    """The theme in use."""
    return hub().theme


def colour(token: str) -> QColor:
    """A token's colour in the theme in use: colour("accent")."""
    return QColor(getattr(theme(), token))


@cache
def _families() -> tuple[str, str]:
    """Load the shipped fonts once; the platform's own where they are missing."""
    found: dict[str, str] = {}
    for file in sorted(
        files("opscope.resources").joinpath("fonts").iterdir(), key=lambda f: f.name
    ):
        if file.name.endswith(".ttf"):
            number = QFontDatabase.addApplicationFontFromData(QByteArray(file.read_bytes()))
            for family in QFontDatabase.applicationFontFamilies(number):
                found.setdefault("mono" if "Mono" in family else "ui", family)
    return found.get("ui", "sans-serif"), found.get("mono", "monospace")


def ui_font(size: int = 12, weight: int = 400) -> QFont:
    """Inter at a pixel size, with tabular figures where Qt can set them."""
    return QFont(_ui_font(size, weight))


@cache
def _ui_font(size: int, weight: int) -> QFont:
    font = QFont(_families()[0])
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    if hasattr(font, "setFeature"):
        font.setFeature(QFont.Tag("tnum"), 1)
    return font


def mono_font(size: int = 12, weight: int = 400) -> QFont:
    """JetBrains Mono at a pixel size; Inter supplies what it lacks."""
    font = QFont([_families()[1], _families()[0]])
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    font.setStyleHint(QFont.StyleHint.Monospace)
    return font


@cache
def _svg(name: str) -> str:
    return (files("opscope.resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def paint_icon(painter: QPainter, name: str, rect: QRectF, tint: QColor) -> None:
    """Draw a Lucide icon in one colour."""
    pixmap = icon_pixmap(name, tint, round(rect.width()), painter.device().devicePixelRatioF())
    painter.drawPixmap(rect.topLeft(), pixmap)


def icon_pixmap(name: str, tint: QColor, size: int = 16, ratio: float = 1.0) -> QPixmap:
    """A Lucide icon as a pixmap of `size` logical pixels."""
    return _pixmap(name, tint.name(QColor.NameFormat.HexArgb), size, ratio)


@cache
def _pixmap(name: str, tint: str, size: int, ratio: float) -> QPixmap:
    colour_ = QColor(tint)
    svg = (
        _svg(name)
        .replace("currentColor", colour_.name())
        .replace('stroke-width="2"', 'stroke-width="1.75"')
    )
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setOpacity(colour_.alphaF())
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def icon(name: str, token: str = "text1", size: int = 16) -> QIcon:
    """A Lucide icon for a button or action; its disabled look is dimmed."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(icon_pixmap(name, colour(token), size, ratio))
        made.addPixmap(icon_pixmap(name, colour("not_run"), size, ratio), QIcon.Mode.Disabled)
    return made
