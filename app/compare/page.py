"""The page of a comparison: what is waited for, then both runs, and the line at the foot."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ...widgets.compare.compare_view import CompareView
from ...widgets.compare.story import Story
from ...widgets.run.banner_card import Message
from .events import Failed, Head, Stage
from .heads import differing
from .notices import Notices
from .status import CompareStatus
from .waiting import WaitingPage, title_of


class ComparePage(QWidget):
    """Knows nothing of how a comparison is made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("comparePage")
        self.setAccessibleName("Comparison")
        self.notices = Notices()
        self.waiting = WaitingPage()
        self.view = CompareView()
        self.status = CompareStatus()
        self.stack = QStackedWidget()
        self.stack.addWidget(self.waiting)
        self.stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notices)
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)

    @property
    def compared(self) -> bool:
        """A comparison is on show."""
        return self.stack.currentWidget() is self.view

    def begin(self, title: str) -> None:
        """Two runs are about to be compared."""
        self.notices.clear()
        self.view.show_story(None)
        self.status.show_story(None)
        self.status.show_stage("Starting Python")
        self.waiting.begin(title)
        self.stack.setCurrentWidget(self.waiting)

    def show_stage(self, stage: Stage) -> None:
        """What is being done."""
        if not self.compared:
            self.waiting.show_stage(stage.title, stage.text)
            self.status.show_stage(stage.title)

    def show_story(self, story: Story, heads: tuple[Head, Head], meant: bool = False) -> None:
        """Both runs; `meant`: the user has asked for what the heads do not have alike."""
        self.waiting.end()
        first = not self.compared
        self.show_aligning("", lambda: None)
        self.view.show_story(story)
        self.status.show_story(story)
        self.stack.setCurrentWidget(self.view)
        if first:
            self.notices.say("known", _known(story.found.notes, None if meant else heads))
            self.view.setFocus()

    def show_failed(self, failed: Failed) -> None:
        """There is none."""
        self.notices.clear()
        self.view.show_story(None)
        self.waiting.show_failed(failed)
        self.status.show_story(None)
        self.status.show_failed(title_of(failed))
        self.stack.setCurrentWidget(self.waiting)

    def show_aligning(self, stage: str, halt: Callable[[], None]) -> None:
        """The same runs are compared once more; "" when that is over."""
        message = Message(
            "loader-circle", "accent", f"{stage}…", buttons=(("Cancel", halt),), strip=True
        )
        self.notices.say("aligning", message if stage else None)

    def show_trouble(self, title: str, sentence: str) -> None:
        """Something could not be done, and nothing is lost."""
        self.notices.say("trouble", Message("triangle-alert", "warn", title, sentence))


def _known(notes: tuple[str, ...], heads: tuple[Head, Head] | None) -> Message | None:
    """What the reader must know: where it ends, and that what the runs were made with may be all
    that they differ in."""
    off = differing(*heads) if heads is not None else frozenset[str]()
    if heads is None or not off:
        about = "About this comparison"
        return Message("info", "accent", about, "\n".join(notes)) if notes else None
    a, b = (dict(head.rows) for head in heads)
    told = " ".join(f"{name}: {a[name]} in A, {b[name]} in B." for name in a if name in off)
    if "Mode" in off:
        title = f"{'A' if a['Mode'] == 'training' else 'B'} alone is in training mode"
    elif "Dropout" in off:
        title = f"{'B' if a['Dropout'] == 'off' else 'A'} takes elements away by dropout"
    else:
        title = f"A computes in {a['Numbers']}, B in {b['Numbers']}"
    return Message("triangle-alert", "warn", title, "\n".join((told, *notes)))
