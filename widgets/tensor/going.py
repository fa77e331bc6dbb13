"""Goes to elements: to what is typed, and to the next NaN, extreme or element over a threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ...tracers.ir import Form, Sought, TensorPiece, TensorRequest, TensorSummary
from .formatting import number
from .go_bar import BOUNDED, WORDS, GoBar
from .indexing import parse_index
from .pieces import array_of

if TYPE_CHECKING:
    from .value_view import ValueView


class Goer(QObject):
    """Between the bar and the view of a value.

    Signals:
        noted: str; a sentence on what was typed or looked for.
    """

    noted = Signal(str)

    def __init__(self, view: ValueView, bar: GoBar) -> None:
        super().__init__(view)
        self._view, self._bar = view, bar
        self._wanted = False
        self._chosen = False
        bar.typed.connect(self._type)
        bar.next_wanted.connect(self.go_next)
        bar.sought_picked.connect(self._choose)
        bar.hide()

    @property
    def wanted(self) -> bool:
        """The user has the bar open."""
        return self._wanted

    def open(self, on: bool) -> None:
        """Show the bar, or put it away."""
        self._wanted = on
        self.follow()
        if on and self._bar.isVisible():
            self._bar.index.setFocus()
            self._bar.index.selectAll()

    def follow(self) -> None:
        """The picks are others."""
        view = self._view
        self._bar.setVisible(self._wanted and bool(view.shape))
        self._bar.show_index(view.shown.text())
        self._bar.allow_next(view.is_array)

    def offer(self, summary: TensorSummary | None) -> None:
        """Of another value look first for what is bad, unless the user said otherwise."""
        if self._chosen or summary is None:
            return
        infinite = summary.posinf + summary.neginf
        bad = Sought.NAN if summary.nan else Sought.INF
        self._bar.show_sought(bad if summary.nan or infinite else Sought.GREATEST)

    def go_next(self) -> None:
        """Pick the next element that is looked for, in the whole value."""
        view, bar = self._view, self._bar
        ref = view.ref
        if ref is None or not view.shape or not view.is_array:
            return
        bound = bar.bound if bar.sought in BOUNDED else 0.0
        if bound is None:
            self.noted.emit(f"“{bar.limit.text()}” is no number to compare with.")
            return
        sought = bar.sought
        request = TensorRequest(
            ref, Form.FIND, sought=sought, bound=bound, after=view.element or ()
        )

        def take(piece: TensorPiece) -> None:
            found = tuple(int(index) for index in array_of(piece))
            if len(found) == len(view.shape):
                view.go_to(found)
            else:
                limit = f" {number(bound)}" if sought in BOUNDED else ""
                self.noted.emit(f"No element is {WORDS[sought]}{limit}.")

        view.desk.ask("find", request, take, self.noted.emit)

    def _type(self, text: str) -> None:
        view = self._view
        try:
            shown = parse_index(text, view.shape, view.shown)
        except ValueError as error:
            self._bar.refuse(str(error))
            self.noted.emit(str(error))
            return
        self._bar.accept()
        view.show_slice(shown)
        self.follow()

    def _choose(self) -> None:
        self._chosen = True
