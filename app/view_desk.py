"""How the graph is seen: the bookmarked views of a model, what is lit, whether it follows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtWidgets import QMenu

from ..widgets import theme
from ..widgets.graph.accessible import say
from ..widgets.graph.bookmarks import SLOTS, Bookmark
from ..widgets.graph.light import Reach
from .action_set import key_text
from .actions import find
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

_FOLLOW = "view.follow"


class ViewDesk(QObject):
    """Of one window and its workbench.

    Attributes:
        marks: the open model's bookmarked views, by number.
    """

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench = window, bench
        self._graph = bench.graph
        self.marks: dict[int, Bookmark] = {}
        follow = window.actions_[_FOLLOW]
        follow.setCheckable(True)
        follow.setChecked(True)
        self._graph.strip.follow_toggled.connect(follow.setChecked)
        self._graph.strip.follow.setToolTip(f"Follow the run  {key_text(find(_FOLLOW).key)}")
        self._graph.strip.bookmarks_asked.connect(self._open_menu)

    def show_model(self) -> None:
        """Another model is open: its own views."""
        kept = self._window.store.settings.views(self._window.choice.key)
        self.marks = {mark.slot: mark for mark in kept}

    def follow(self) -> None:
        """Keep the place of the run in sight, or no longer."""
        self._graph.set_following(not self._graph.following)
        follows = "follows the run" if self._graph.following else "stays where you put it"
        self._tell(f"The graph {follows}.")

    def light(self, reach: str) -> None:
        """Light what stands before or after the selection."""
        if self._bench.selection.empty:
            self._tell("Select an op or a module, then highlight around it.", False)
        else:
            self._graph.light(Reach(reach))

    def show(self, slot: int) -> None:
        """Go to a bookmarked view."""
        mark = self.marks.get(slot)
        if mark is None:
            key = key_text(find(f"view.keep_{slot}").key)
            self._tell(f"View {slot} is free. {key} bookmarks what you see.", False)
        else:
            self._graph.show_bookmark(mark)
            self._tell(f"View {slot}: {mark.title}")

    def take_up(self, marks: Iterable[Bookmark]) -> None:
        """Bookmarks that came with a recorded run."""
        self.marks = {mark.slot: mark for mark in marks}
        self._remember()

    def keep(self, slot: int) -> None:
        """Bookmark what is seen now."""
        mark = self._graph.bookmark(slot)
        if mark is not None:
            self.marks[slot] = mark
            self._remember()
            self._tell(f"View {slot} is bookmarked: {mark.title}")

    def forget(self, slot: int) -> None:
        """Make a number free."""
        self.marks.pop(slot, None)
        self._remember()

    def _tell(self, words: str, done: bool = True) -> None:
        """In the status line, and to a screen reader."""
        self._bench.status.show_message(words, done)
        say(self._graph.canvas, words)

    def _remember(self) -> None:
        spec = self._window.choice.key
        if spec:
            rows = [self.marks[slot] for slot in sorted(self.marks)]
            self._window.store.settings.remember_views(spec, rows)

    def menu(self) -> QMenu:
        """The bookmarked views, and what can be done with them."""
        menu = QMenu(self._window)
        menu.setAccessibleName("Bookmarked views")
        for slot in sorted(self.marks):
            self._row(menu, slot, self.marks[slot].title, "view.bookmark").triggered.connect(
                partial(self.show, slot)
            )
        if not self.marks:
            menu.addAction("No view is bookmarked yet").setEnabled(False)
        menu.addSeparator()
        keep = menu.addMenu(theme.icon("bookmark", "text2"), "Bookmark This View as")
        for slot in SLOTS:
            title = self.marks[slot].title if slot in self.marks else "free"
            self._row(keep, slot, title, "view.keep").triggered.connect(partial(self.keep, slot))
        if self.marks:
            forget = menu.addMenu("Forget")
            for slot in sorted(self.marks):
                action = forget.addAction(f"{slot}   {self.marks[slot].title}")
                action.setObjectName(f"forget.{slot}")
                action.triggered.connect(partial(self.forget, slot))
        return menu

    def _row(self, menu: QMenu, slot: int, title: str, command: str):
        """The key is written, not bound: the command itself has it."""
        key = key_text(find(f"{command}_{slot}").key)
        action = menu.addAction(f"&{slot}   {title.replace('&', '&&')}\t{key}")
        action.setObjectName(f"{command}_{slot}")
        return action

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)
