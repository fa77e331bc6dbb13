"""The look of Qt's own widgets: one palette and one style sheet from the theme's tokens."""

from __future__ import annotations

from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from string import Template

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from ..widgets import theme
from ..widgets.theme import LIGHT, Theme

# "kind" is a dynamic property: primary, quiet and link buttons; cards, chips and banners.
_SHEET = Template("""
QToolTip { background: $tip; color: $text1; border: 1px solid $line2; border-radius: 6px;
    padding: 4px 8px; }
QMainWindow, QDialog { background: $panel; }
QMainWindow::separator { background: $line; width: 1px; height: 1px; }
QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $line2; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }

QMenuBar { background: transparent; color: $text2; border: none; }
QMenuBar::item { background: transparent; padding: 5px 9px; border-radius: 5px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $hover; color: $text1; }
QMenu { background: $menu; color: $text1; border: 1px solid $line2; border-radius: 8px;
    padding: 5px; }
QMenu::item { padding: 5px 14px 5px 8px; border-radius: 5px; min-height: 18px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $not_run; background: transparent; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $line; margin: 5px 4px; }

QPushButton { background: $button; color: $text1; border: 1px solid $line2; border-radius: 6px;
    padding: 0 14px; min-height: 28px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $selection; }
QPushButton:focus { border: 1px solid $accent; }
QPushButton:disabled { color: $not_run; border-color: $line; background: transparent; }
QPushButton[kind="primary"] { background: $accent; color: $on_accent; border-color: $accent; }
QPushButton[kind="primary"]:hover { background: $accent_hover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text1; }
QPushButton[kind="primary"]:disabled { background: $hover; color: $not_run; border-color: $hover; }
QPushButton[kind="link"] { background: transparent; border: none; color: $text3; padding: 0 4px;
    min-height: 20px; }
QPushButton[kind="link"]:hover, QPushButton[kind="link"]:focus { color: $text1;
    text-decoration: underline; }
QToolButton { background: transparent; color: $text1; border: 1px solid transparent;
    border-radius: 6px; padding: 4px; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $raised; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $not_run; }
QToolButton::menu-indicator { image: none; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
    background: $field; color: $text1; border: 1px solid $field_line; border-radius: 6px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { padding: 0 9px; min-height: 28px; }
QSpinBox, QDoubleSpinBox { padding-right: 22px; }
QAbstractSpinBox QLineEdit, QComboBox QLineEdit { background: transparent; border: none;
    padding: 0; min-height: 0; }
QAbstractSpinBox QLineEdit { padding-left: 8px; }
QComboBox QLineEdit:focus { border: none; }
QLineEdit:hover, QComboBox:hover, QSpinBox:hover, QDoubleSpinBox:hover { border-color: $line2; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus,
    QComboBox:focus { border: 1px solid $accent; }
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled { color: $not_run; }
QLineEdit[wrong="true"] { border-color: $breakpoint; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$folder-chevron-down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $menu; color: $text1; border: 1px solid $line2;
    padding: 4px; outline: none; selection-background-color: $selection; selection-color: $text1; }
QComboBox QAbstractItemView::item { min-height: 26px; border-radius: 5px; }
QSpinBox::up-button, QDoubleSpinBox::up-button { border: none; width: 18px;
    subcontrol-origin: border; subcontrol-position: top right; }
QSpinBox::down-button, QDoubleSpinBox::down-button { border: none; width: 18px;
    subcontrol-origin: border; subcontrol-position: bottom right; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$folder-chevron-up.svg");
    width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("$folder-chevron-down.svg");
    width: 10px; height: 10px; }

QCheckBox, QRadioButton { color: $text1; spacing: 8px; }
QCheckBox:disabled, QRadioButton:disabled { color: $not_run; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $line2; border-radius: 4px;
    background: $field; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent;
    image: url("$folder-check.svg"); }
QCheckBox:focus { color: $accent; }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid $line2;
    border-radius: 8px; background: $field; }
QRadioButton::indicator:checked { border: 4px solid $accent; width: 8px; height: 8px;
    background: $on_accent; }

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; border: none; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: $text2; padding: 8px 2px; margin: 0 10px;
    border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text1; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $text1; }

QAbstractItemView { background: $panel; color: $text1; border: none; outline: none;
    alternate-background-color: $panel; gridline-color: $line;
    selection-background-color: $selection; selection-color: $text1; }
QAbstractItemView::item:hover { background: $hover; }
QAbstractItemView::item:selected { background: $selection; color: $text1; }
QHeaderView { background: $panel; border: none; }
QHeaderView::section { background: $panel; color: $text3; border: none;
    border-bottom: 1px solid $line; padding: 5px 8px; }
QTableCornerButton::section { background: $panel; border: none; }

QScrollArea { background: transparent; border: none; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $line2; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $not_run; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; border: none; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }

QProgressBar { background: $hover; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
QGroupBox { border: 1px solid $line; border-radius: 8px; margin-top: 18px; padding: 12px; }
QGroupBox::title { subcontrol-origin: margin; color: $text2; }
QLabel { background: transparent; }
QLabel[kind="text2"] { color: $text2; }
QLabel[kind="text3"] { color: $text3; }
QLabel[kind="error"] { color: $breakpoint; }
QLabel[kind="warn"] { color: $warn; }
QLabel[kind="chip"] { color: $text2; background: $hover; border-radius: 5px; padding: 1px 8px; }
QFrame[kind="card"] { background: $card; border: 1px solid $line; border-radius: 8px; }
""")

_ROLES = (
    (QPalette.ColorRole.Window, "panel"),
    (QPalette.ColorRole.WindowText, "text1"),
    (QPalette.ColorRole.Base, "panel"),
    (QPalette.ColorRole.AlternateBase, "panel"),
    (QPalette.ColorRole.Text, "text1"),
    (QPalette.ColorRole.Button, "raised"),
    (QPalette.ColorRole.ButtonText, "text1"),
    (QPalette.ColorRole.BrightText, "breakpoint"),
    (QPalette.ColorRole.Highlight, "accent"),
    (QPalette.ColorRole.HighlightedText, "on_accent"),
    (QPalette.ColorRole.PlaceholderText, "text3"),
    (QPalette.ColorRole.ToolTipBase, "raised"),
    (QPalette.ColorRole.ToolTipText, "text1"),
    (QPalette.ColorRole.Link, "accent"),
    (QPalette.ColorRole.LinkVisited, "accent"),
    (QPalette.ColorRole.Mid, "line"),
    (QPalette.ColorRole.Dark, "line2"),
    (QPalette.ColorRole.Light, "hover"),
)
_DIM = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)


def palette(chosen: Theme) -> QPalette:
    """Colours for what a style sheet does not reach."""
    made = QPalette()
    for role, token in _ROLES:
        made.setColor(role, QColor(getattr(chosen, token)))
    if hasattr(QPalette.ColorRole, "Accent"):
        made.setColor(QPalette.ColorRole.Accent, QColor(chosen.accent))
    for role in _DIM:
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(chosen.not_run))
    return made


def style_sheet(chosen: Theme) -> str:
    """The sheet in a theme's colours."""
    light = chosen.name == LIGHT.name
    accent = QColor(chosen.accent)
    tokens = {key: str(value) for key, value in asdict(chosen).items()}
    folder = Path(str(files("opscope.resources"))) / "themes" / chosen.name
    tokens |= {
        "folder": folder.as_posix(),
        "field_line": chosen.line2 if light else chosen.line,
        "button": chosen.panel if light else chosen.raised,
        "menu": chosen.panel if light else chosen.raised,
        "tip": chosen.panel if light else chosen.raised,
        "card": chosen.panel,
        "accent_hover": (accent.darker(112) if light else accent.lighter(108)).name(),
    }
    return _SHEET.substitute(tokens)


def apply(app: QApplication, chosen: Theme) -> None:
    """Dress the program in a theme, and tell every view that paints."""
    app.setStyle("Fusion")
    app.setPalette(palette(chosen))
    app.setFont(theme.ui_font(12))
    app.setStyleSheet(style_sheet(chosen))
    theme.hub().use(chosen)
