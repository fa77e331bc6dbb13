"""Fetches the frames of a filmstrip: one at a time, and only those that can be seen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from ...tracers.ir import TensorPiece, ValueRef
from .axes import Slice
from .colours import Look
from .desk import Desk
from .feeds import Part
from .filmstrip import SIDE, Filmstrip
from .pass_book import Passes
from .pieces import Array, array_of, plane_request

_KIND = "film"


class FilmFeed(QObject):
    """The same part of a value in every pass.

    Signals:
        picked: int; the record of the pass that the user wants.
    """

    picked = Signal(int)

    def __init__(self, desk: Desk, strip: Filmstrip) -> None:
        super().__init__(strip)
        self._desk, self._strip = desk, strip
        self._part: Part | None = None
        self._passes = Passes()
        self._known: tuple[ValueRef | int | Slice, ...] = ()  # the first pass, and what of it
        strip.hide()
        strip.turned.connect(self._ask)
        strip.pass_picked.connect(self._pick)

    def follow(self, part: Part | None, passes: Passes, look: Look) -> None:
        """Show a part in its passes; None, or a value without others, hides the strip."""
        shown = part is not None and len(passes.refs) > 1 and part.shown.x >= 0
        self._part, self._passes = (part, passes) if shown else (None, Passes())
        if part is None or not shown:
            self._desk.drop(_KIND)
            self._strip.hide()
            return
        known = (*passes.refs[:1], passes.first, part.shown)
        if known != self._known:
            self._known = known
            self._strip.clear()
        self._strip.show_look(look)
        self._strip.show_count(len(passes.refs), passes.first)
        self._strip.show_current(passes.place(part.ref))
        self._strip.show()
        self._ask()

    def forget(self) -> None:
        """Another value comes; in another pass of the same loop the frames are the same."""
        self._part = None

    def reset(self) -> None:
        """The run's values may be others than they were."""
        self._known = ()
        self._strip.clear()

    def _ask(self) -> None:
        part, place = self._part, self._strip.missing()
        if part is None or place is None or not self._strip.isVisible():
            self._desk.drop(_KIND)
            return
        known = self._known
        request = plane_request(self._passes.refs[place], part.shown, (2 * SIDE, 2 * SIDE))

        def take(piece: TensorPiece) -> None:
            put(np.atleast_2d(array_of(piece)))

        def refused(_sentence: str) -> None:
            put(None)

        def put(values: Array | None) -> None:
            if known == self._known:
                self._strip.put_frame(place, values)
            self._ask()

        self._desk.ask(_KIND, request, take, refused)

    def _pick(self, place: int) -> None:
        if place < len(self._passes.refs):
            self.picked.emit(self._passes.refs[place].record)
