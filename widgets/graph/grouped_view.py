"""The graph pane with groups that only names tell of: shown or not, and told to the other panes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QWidget

from ...tracers.ir import Selection
from .laid_view import LaidView
from .model import key_selection
from .stage import Stage


class GroupedView(LaidView):
    """Lets a name group be selected, of which the other panes know nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = Selection()  # the name group that is selected

    @property
    def by_name(self) -> bool:
        """Layers that belong together by their names alone are grouped."""
        return self._by_name

    def set_by_name(self, by_name: bool) -> None:
        """Group layers by their names, or let each stand for itself."""
        if self._by_name == by_name:
            return
        self._by_name = by_name
        stage, run = self._stage, self._run
        if stage is None:  # it is being made
            self.show_run(run)
        elif run is not None:
            self._jobs.stop()
            self._set_stage(run, stage.open_keys(), partial(self._exchange, self._middle_op()))

    def _exchange(self, op: int, stage: Stage) -> None:
        """Show the same run otherwise; an op keeps its place on the screen."""
        old = self._corner_of_op(op)
        selection, self._own = self._outward(self._selection), Selection()
        self._stage = stage
        stage.before_change = self._jobs.stop
        self._show_stage()
        new = self._corner_of_op(op)
        if old is not None and new is not None:
            self.canvas.look_at(self.canvas.origin + new - old)
        self.show_selection(selection)
        self._show_path()
        self._catch_up()

    def _choose(self, selection: Selection) -> None:
        """Select; of a name group the other panes are told its first op."""
        outward = self._outward(selection)
        own = Selection() if outward == selection else selection
        if own != self._own:
            self._own = own
            self.show_selection(outward)
        self.picked.emit(outward)

    def _outward(self, selection: Selection) -> Selection:
        return selection if self._stage is None else self._stage.outward(selection)

    def _inward(self, selection: Selection) -> Selection:
        """What a selection means here: the name group that the user chose, or what it says."""
        if self._own.empty or self._outward(self._own) != selection:
            self._own = Selection()
            return selection
        return self._own

    def _middle_op(self) -> int:
        """An op of the node nearest to the middle of what is seen; -1 for none."""
        key, stage = self._middle_key(), self._stage
        if key is None or stage is None:
            return -1
        first = key_selection(key)
        if first.scope >= 0:
            return next(iter(stage.model.ops_of(first.scope)), -1)
        return first.op

    def _corner_of_op(self, op: int) -> QPointF | None:
        """The corner of the node that shows an op."""
        if self._stage is None or op < 0:
            return None
        scene = self._stage.picture.scene
        index = scene.node_of_op(op, self._stage.model)
        return QPointF(scene.nodes[index].x, scene.nodes[index].y) if index >= 0 else None
