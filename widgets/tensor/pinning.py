"""The values that the user pinned, which tab is on, and what is subtracted from which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from .pins import MOST, PinBar, pin_name
from .subject import Subject

if TYPE_CHECKING:
    from .inspector import TensorInspector


class Pinning(QObject):
    """Of one inspector and its bar of tabs.

    Attributes:
        subjects: what is pinned.
        tab: which is shown, from 1; 0 for the selection's.
        first: what the shown value is subtracted from; None for nothing.
    """

    def __init__(self, inspector: TensorInspector, bar: PinBar) -> None:
        super().__init__(inspector)
        self._inspector, self._bar = inspector, bar
        self.subjects: list[Subject] = []
        self.tab = 0
        self.first: Subject | None = None
        inspector.header.pinned.connect(self._pin)
        bar.picked.connect(self.show_tab)
        bar.closed.connect(self._close)
        bar.difference_wanted.connect(self._subtract)

    def show_tab(self, tab: int) -> None:
        """Turn to a pinned value, or back to the selection's."""
        self.tab = tab
        self._inspector.turn_to(self.subjects[tab - 1] if tab else None)
        self._show()

    def hold(self, subjects: list[Subject]) -> None:
        """Keep these alone."""
        current = self._inspector.subject if self.tab else None
        self.subjects = subjects
        self.tab = subjects.index(current) + 1 if current in subjects else 0
        if self.first is not None and self.first not in subjects:
            self._subtract(-1)
        self._show()

    def replace_current(self, subject: Subject) -> None:
        """Another value of the pinned op is shown."""
        self.subjects[self.tab - 1] = subject
        self._show()

    def _pin(self, pinned: bool) -> None:
        subject = self._inspector.subject
        if not pinned:
            self._close(self.tab - 1)
        elif subject not in self.subjects and len(self.subjects) < MOST:
            self.subjects.append(subject)
        if pinned and subject in self.subjects:
            self.tab = self.subjects.index(subject) + 1
        elif pinned:
            self._inspector.noted.emit(f"{MOST} values can be pinned; unpin one first.")
        self._show()

    def _close(self, place: int) -> None:
        if 0 <= place < len(self.subjects):
            self.hold([pin for index, pin in enumerate(self.subjects) if index != place])
            self._inspector.follow_selection()

    def _subtract(self, place: int) -> None:
        """From now on show what is chosen subtracted from a pinned value; -1: as it is."""
        self.first = self.subjects[place] if 0 <= place < len(self.subjects) else None
        first = None if self.first is None else self.first.choice
        self._inspector.show_against(None if first is None else first.ref)
        self._show()

    def _show(self) -> None:
        first = self.subjects.index(self.first) if self.first in self.subjects else -1
        self._bar.show_pins([pin_name(pin) for pin in self.subjects], self.tab, first)
        self._inspector.header.show_pinned(self.tab > 0)
