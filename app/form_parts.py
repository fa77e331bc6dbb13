"""Small pieces that the dialogs are laid out with."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def say(label: QLabel, text: str, kind: str = "text3") -> None:
    """Show a sentence, hide the label where there is none. Kinds: "text3", "warn", "error"."""
    label.setText(text)
    label.setVisible(bool(text))
    restyle(label, "kind", kind)


def in_a_row(*widgets: QWidget) -> QWidget:
    """Widgets beside each other, the first as wide as it can be."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    for index, widget in enumerate(widgets):
        row.addWidget(widget, 0 if index else 1)
    return holder
