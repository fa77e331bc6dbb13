"""Puts a theme to use."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ..widgets import theme
from .stylesheet import apply


def chosen_theme(name: str) -> theme.Theme:
    """The theme for "dark", "light" or "system"."""
    if name == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return theme.LIGHT if scheme is Qt.ColorScheme.Light else theme.DARK
    return theme.LIGHT if name == "light" else theme.DARK


def apply_theme(name: str) -> None:
    """Use a theme in the whole program."""
    chosen = chosen_theme(name)
    app = QApplication.instance()
    if isinstance(app, QApplication):
        apply(app, chosen)
    theme.hub().use(chosen)
