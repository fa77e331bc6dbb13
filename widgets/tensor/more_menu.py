"""What else can be done with the shown value, and with one of its elements."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from ...tracers.ir import TensorPiece
from .files import FILTERS
from .formatting import exact
from .labels import LabelDialog
from .numpy_code import MOST, numpy_code
from .pieces import array_of, plane_request
from .tabs import View

if TYPE_CHECKING:
    from .inspector import TensorInspector


class MoreMenu(QObject):
    """Fills the menus of an inspector.

    Signals:
        explain_wanted: say why the shown value, or its picked element, is as it is.
        origin_wanted: say which elements the picked one came from.
    """

    explain_wanted = Signal()
    origin_wanted = Signal()

    def __init__(self, inspector: TensorInspector) -> None:
        super().__init__(inspector)
        self._inspector, self._value = inspector, inspector.value
        inspector.header.more_wanted.connect(self.fill)
        inspector.value.tabs.origin.clicked.connect(self.origin_wanted)

    def fill(self, menu: QMenu) -> None:
        """With what can be done with the value."""
        value, following = self._value, self._inspector.following
        shown = bool(value.shape)
        copy: Any = menu.addAction("Copy slice as NumPy code", self.copy_code)
        copy.setEnabled(self._copyable())
        for text, do in (
            ("Copy slice as index", self._copy_index),
            ("Show all of the value", value.show_all),
            ("Label an axis…", self._ask_labels),
        ):
            menu.addAction(text, do).setEnabled(shown)
        menu.addAction("Explain this value", self.explain_wanted.emit).setEnabled(value.open)
        follow: Any = menu.addAction("Follow element over runs", following.turn)
        follow.setCheckable(True)
        follow.setChecked(following.on)
        follow.setEnabled(value.open and value.element is not None)
        more: Any = menu.addAction("Percentiles")
        more.setCheckable(True)
        more.setChecked(value.more.wanted)
        more.toggled.connect(value.more.want)
        menu.addSeparator()
        self._fill_keeping(menu)
        free = not self._inspector.saver.running
        for suffix, possible in ((".npy", value.is_array), (".csv", shown), (".png", shown)):
            action = menu.addAction(f"{FILTERS[suffix][0]}…")
            action.triggered.connect(partial(self._inspector.ask_where, suffix))
            action.setEnabled(possible and free)

    def do(self, what: str) -> None:
        """Type an "index", pick the "next" element, show "percentiles" or "all", "follow", or ask
        for the "origin"."""
        value = self._value
        if not value.shape and not (what in ("follow", "origin") and value.open):
            self._inspector.noted.emit("The inspector shows no value that has axes.")
        elif what == "index":
            value.tabs.go.setChecked(True)
            value.goer.open(True)
        elif what == "next":
            value.goer.go_next()
        elif what == "percentiles":
            value.more.want(not value.more.wanted)
        elif what == "origin":
            self.origin_wanted.emit()
        elif what == "follow":
            self._inspector.following.turn()
        else:
            value.show_all()

    def fill_element(self, menu: QMenu) -> None:
        """With what can be done with the picked element of the heat map."""
        value = self._value
        mark, element = value.heat.mark, value.element
        if mark is None or element is None:
            return
        number = exact(value.heat.value_at(mark))
        clipboard = QGuiApplication.clipboard()
        index = "[" + ", ".join(str(place) for place in element) + "]"
        menu.addAction("Explain this value", self.explain_wanted.emit)
        menu.addAction("Where from?", self.origin_wanted.emit)
        menu.addAction(f"Copy value {number}", lambda: clipboard.setText(number))
        menu.addAction(f"Copy index {index}", lambda: clipboard.setText(index))
        if value.passes.offered:
            menu.addAction("Plot over the passes", lambda: value.show_view(View.PASSES))
        following = self._inspector.following
        words = "Follow over runs no longer" if following.on else "Follow over runs"
        menu.addAction(words, following.turn)

    def open_element(self, at: QPoint) -> bool:
        """Show the element's menu on screen; False where no element is picked."""
        menu = QMenu(self._inspector)
        menu.setAccessibleName("Element")
        self.fill_element(menu)
        if menu.isEmpty():
            menu.deleteLater()
            return False
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
        return True

    def _fill_keeping(self, menu: QMenu) -> None:
        """With whether the value stays in memory."""
        inspector = self._inspector
        run, choice = inspector.run, inspector.subject.choice
        if run is None or choice is None or choice.ref.made_by(run)[0] < 0:
            return
        ref, kept = choice.ref, choice.ref.made_by(run) in inspector.kept
        keep = menu.addAction("Keep in memory")
        keep.setCheckable(True)
        keep.setChecked(kept)
        keep.triggered.connect(lambda: inspector.keep_wanted.emit(ref, not kept))

    def copy_code(self) -> None:
        """Put the shown slice on the clipboard as NumPy code."""
        inspector, shown = self._inspector, self._value.shown
        subject = inspector.subject
        choice = subject.choice
        if choice is None or not self._copyable():
            return
        remark = f"{subject.title} {subject.place}, {choice.label} [{shown.text()}]"

        def take(piece: TensorPiece) -> None:
            QGuiApplication.clipboard().setText(numpy_code(array_of(piece), remark))
            inspector.noted.emit("Copied the slice as NumPy code")

        everything = (2**31, 2**31)
        request = plane_request(choice.ref, shown, everything)
        inspector.desk.ask("copy", request, take, inspector.noted.emit)

    def _copyable(self) -> bool:
        value = self._value
        if not value.shape or not value.is_array:
            return value.is_array
        axes = range(len(value.shape))
        return math.prod(value.shown.extent(axis) for axis in axes) <= MOST

    def _copy_index(self) -> None:
        QGuiApplication.clipboard().setText(f"[{self._value.shown.text()}]")

    def _ask_labels(self) -> None:
        value = self._value
        dialog = LabelDialog(value.shape, value.names, value.labels, self._inspector)
        dialog.given.connect(value.label_axis)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
