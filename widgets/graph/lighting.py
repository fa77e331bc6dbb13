"""Lights some of a graph pane, dims the rest, and says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QTimer, Signal
from PySide6.QtWidgets import QWidget

from ...tracers.ir import Selection
from ..watching import watch
from .accessible import say
from .canvas import GraphCanvas
from .chip import Chip
from .jobs import Check, Jobs
from .light import Lamp, Light, Reach, lamp_for
from .scene import Scene
from .stage import Stage

MASSIVE = 8000  # ops, or nodes, from which on the light is worked out beside the GUI thread
INSET = 15
_NOTHING = {
    Reach.INPUTS: "takes what no other op makes",
    Reach.OUTPUTS: "feeds no other op",
    Reach.ANCESTORS: "depends on no other op",
    Reach.DESCENDANTS: "leads to no other op",
}


class Lighting(QObject):
    """Of one pane.

    Attributes:
        lamp: what is lit, None for no light.

    Signals:
        changed: another lamp is lit, or none.
    """

    changed = Signal()

    def __init__(
        self, pane: QWidget, canvas: GraphCanvas, found: Callable[[], Light | None]
    ) -> None:
        """`found` gives the light that is there where no lamp is lit."""
        super().__init__(pane)
        self._canvas, self._found_light = canvas, found
        self._jobs = Jobs(self)
        self._stage: Stage | None = None
        self.lamp: Lamp | None = None
        self.chip = Chip(pane)
        self.chip.clicked.connect(self.clear)
        self._placing = QTimer(self, singleShot=True, interval=0)
        self._placing.timeout.connect(self._place)
        watch(canvas, self._moved)

    @property
    def busy(self) -> bool:
        """The light is being worked out."""
        return self._jobs.busy

    def ask(self, stage: Stage, selection: Selection, reach: Reach) -> None:
        """Light what a selection takes, feeds, needs or moves; asked for again: no longer."""
        if self.lamp is not None and (self.lamp.about, self.lamp.reach) == (selection, reach):
            self.clear()
            return
        name = stage.words_of(selection)

        def work(check: Check) -> Callable[[], None]:
            lamp = lamp_for(stage.model, selection, reach, check)
            scene = stage.picture.scene
            light = None if lamp is None else lamp.light(scene, stage.model)
            return partial(self._found, stage, lamp, name, scene, light)

        self._run(stage, work)

    def show(self, stage: Stage, lamp: Lamp, words: str) -> None:
        """Light what was chosen otherwise, and say so."""

        def shine(scene: Scene, light: Light) -> None:
            self.lamp = lamp
            self._say(words)
            self._shine(stage, scene, light)
            self.changed.emit()

        def work(check: Check) -> Callable[[], None]:
            scene = stage.picture.scene
            return partial(shine, scene, lamp.light(scene, stage.model))

        self._run(stage, work)

    def clear(self) -> None:
        """Show everything again."""
        self._jobs.stop()
        if self.lamp is None:
            return
        self.lamp = None
        self._canvas.marks.light = self._found_light()
        self._say("")
        self._canvas.update()
        self.changed.emit()

    def renew(self, stage: Stage | None) -> None:
        """Another scene is shown."""
        if self.lamp is None:
            return
        marks, lamp = self._canvas.marks, self.lamp
        marks.light = None
        if stage is None or stage is not self._stage:
            self.clear()
        elif len(stage.picture.scene.nodes) < MASSIVE:
            marks.light = lamp.light(stage.picture.scene, stage.model)
        else:

            def work(check: Check) -> Callable[[], None]:
                scene = stage.picture.scene
                return partial(self._shine, stage, scene, lamp.light(scene, stage.model))

            self._jobs.start(work)

    def _run(self, stage: Stage, work: Callable[[Check], Callable[[], None]]) -> None:
        self._stage = stage
        if max(len(stage.run.graph.ops), len(stage.picture.scene.nodes)) < MASSIVE:
            self._jobs.stop()
            work(lambda: None)()
        else:
            self._jobs.start(work)

    def _found(
        self, stage: Stage, lamp: Lamp | None, name: str, scene: Scene, light: Light | None
    ) -> None:
        if lamp is None or lamp.reach is None:
            say(self._canvas, "Nothing is selected")
            return
        self.lamp = lamp
        count = len(lamp.ops)
        words = f"{lamp.reach.value} of {name} · {count:,} {'op' if count == 1 else 'ops'}"
        self._say(words if count else f"{name} {_NOTHING[lamp.reach]}")
        if light is not None:
            self._shine(stage, scene, light)
        self.changed.emit()

    def _shine(self, stage: Stage, scene: Scene, light: Light) -> None:
        if stage.picture.scene is scene:
            self._canvas.marks.light = light
            self._canvas.update()
        else:
            self.renew(stage)

    def _say(self, words: str) -> None:
        self.chip.say(words)
        self._place()
        if words:
            say(self._canvas, words)

    def _moved(self, event: QEvent) -> bool:
        if self.lamp is not None and event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._placing.start()
        return False

    def _place(self) -> None:
        """Low in the middle, where no other corner's widget stands."""
        area = self._canvas.geometry()
        size = self.chip.size()
        x = area.left() + (area.width() - size.width()) // 2
        self.chip.move(QPoint(max(x, area.left()), area.bottom() - INSET - size.height()))
        self.chip.raise_()
