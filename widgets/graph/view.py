"""The graph pane: strip, canvas and minimap, following the run."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import Run, RunState, Selection
from ..pane import Pane
from ..theme import hub
from .canvas import STEP, GraphCanvas
from .following import Follower
from .inks import Words
from .markers import Marks
from .minimap import Minimap
from .model import is_op, key_selection, scope_key
from .stage import Stage
from .strip import Strip
from .walking import neighbour

MANY = 40  # ops from which on everything is repainted


class GraphView(Pane):
    """Shows the graph of a run, follows its place, and lets the user walk and open it.

    Signals:
        breakpoint_toggled: int, the op whose gutter was clicked.
        menu_wanted: Selection, QPoint in screen coordinates.
    """

    breakpoint_toggled = Signal(int)
    menu_wanted = Signal(Selection, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._stage: Stage | None = None
        self._words = Words()
        self._selection = Selection()
        self._hover = Selection()
        self._name = ""
        self._laid_anew = False  # since the place was last followed
        self.strip = Strip(STEP, self)
        self.canvas = GraphCanvas(self)
        self.minimap = Minimap(self.canvas, self)
        self._follower = Follower(self, self.canvas, self.minimap, self._neighbours)
        self._banner = QVBoxLayout()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addLayout(self._banner)
        column.addWidget(self.canvas, 1)
        self.minimap.raise_()
        self.setFocusProxy(self.canvas)
        self._connect()

    def _connect(self) -> None:
        canvas, strip = self.canvas, self.strip
        canvas.clicked.connect(self._pick)
        canvas.opened.connect(self._toggle_node)
        canvas.gutter_clicked.connect(self._toggle_stop)
        canvas.menu_asked.connect(self._ask_menu)
        canvas.rested.connect(self._rest)
        canvas.walked.connect(self._walk)
        canvas.camera_moved.connect(lambda: strip.show_zoom(canvas.zoom))
        strip.scope_picked.connect(self._pick_scope)
        strip.fold_toggled.connect(self.set_fold_shape_ops)
        for asked in (strip.zoom_asked, strip.reset_asked, strip.fit_asked):
            asked.connect(canvas.handled)
        strip.zoom_asked.connect(canvas.zoom_by)
        strip.reset_asked.connect(lambda: canvas.zoom_to(1.0))
        strip.fit_asked.connect(canvas.fit)
        self.minimap.pointed.connect(canvas.handled)
        self.minimap.pointed.connect(self._centre_at)
        hub().changed.connect(canvas.update)

    # Pane.

    def show_run(self, run: Run | None) -> None:
        """Another run, or a new graph of the same one; what was open stays open where it can."""
        before = self._stage.open_keys() if self._stage is not None else set[str]()
        self._run = run
        self._selection = self._hover = Selection()
        if run is None or not run.graph.ops:
            self._stage = None
            self.canvas.show_picture(None, Marks())
            self._show_path()
            return
        self._stage = Stage(run, self._words, self.strip.fold.isChecked(), before)
        self._show_stage()
        if not self._stage.restored:
            self._follower.arrive()
        self._show_path()

    def show_growth(self, first_record: int) -> None:
        """Records were added; ops may have been."""
        stage = self._stage
        if stage is None:
            if self._run is not None and self._run.graph.ops:
                self.show_run(self._run)
            return
        grew = stage.model.grow()
        fresh = stage.progress.grow(first_record)
        if grew:
            anchor = self._place_key()
            stage.nest.grown()
            self._lay_out(anchor)
        elif len(fresh) > MANY:
            self.canvas.update()
        elif fresh:
            nodes = {stage.node_of(Selection(op=op)) for op in fresh}
            nodes.update(node for op in fresh for node in stage.frames_around(op))
            self.canvas.repaint_nodes(nodes, stage.wires_of(fresh))

    def show_place(self) -> None:
        """The head, the cursor or the state changed."""
        run, stage, canvas = self._run, self._stage, self.canvas
        if run is None or stage is None:
            return
        anchor = self._place_key()
        follow = run.cursor is not None or run.state is not RunState.RUNNING
        if follow and stage.open_way_to_place(run.place):
            self._lay_out(anchor)
        else:
            before, after = self._mark_anew(stage)
            changed = {before.live, before.cursor, after.live, after.cursor}
            if run.records:
                changed.update(stage.frames_around(run.records[-1].op))
            canvas.repaint_nodes(changed)
            self.minimap.update()
        self._follower.follow(self._laid_anew, moved=bool(run.records))
        self._laid_anew = False
        self._show_path()

    def show_selection(self, selection: Selection) -> None:
        """Another selection; scroll only if its node is hidden."""
        self._selection = selection
        stage, canvas = self._stage, self.canvas
        if stage is None:
            return
        before, after = self._mark_anew(stage)
        wires = stage.wires_of({before.selected_op, after.selected_op} - {-1})
        canvas.repaint_nodes({before.selected, after.selected}, wires)
        if after.selected >= 0:
            if after.selected != before.selected and not self._follows_step(selection):
                canvas.reveal(after.selected)
            node = stage.picture.scene.nodes[after.selected]
            canvas.setAccessibleDescription(stage.picture.nodes.describe(node))
        else:
            canvas.setAccessibleDescription("Nothing is selected")
        self._show_path()

    def _follows_step(self, selection: Selection) -> bool:
        """The selection is the op just run, and the place is in sight: it is to stay there."""
        run, marks = self._run, self.canvas.marks
        index = marks.cursor if marks.cursor >= 0 else marks.live
        if run is None or index < 0:
            return False
        last = run.place.record - 1
        just_run = 0 <= last < len(run.records) and run.records[last].op == selection.op
        return just_run and self.canvas.rect().contains(self.canvas.node_rect(index))

    def show_hover(self, selection: Selection) -> None:
        """Mark the counterpart of what another pane hovers."""
        self._hover = selection
        before = self.canvas.marks.hovered
        self.canvas.marks.hovered = self._node_of(selection)
        self.canvas.repaint_nodes({before, self.canvas.marks.hovered})

    # Public beyond Pane.

    def show_breakpoints(self, ops: set[int]) -> None:
        """Ops with a breakpoint on them."""
        marks = self.canvas.marks
        changed = marks.stops ^ ops
        marks.stops = frozenset(ops)
        self.canvas.repaint_nodes({self._node_of(Selection(op=op)) for op in changed})

    def show_model_name(self, name: str) -> None:
        """What the path starts with."""
        self._name = name
        self._show_path()

    def set_banner(self, banner: QWidget | None) -> None:
        """Put a widget between strip and canvas; None takes it away."""
        item = self._banner.takeAt(0)
        old = item.widget() if item is not None else None
        if old is not None and old is not banner:
            old.hide()
        if banner is not None:
            self._banner.addWidget(banner)
            banner.show()
        self.minimap.raise_()

    def set_fold_shape_ops(self, fold: bool) -> None:
        """Draw chains of shape ops as one node, or each op."""
        self.strip.fold.setChecked(fold)
        stage = self._stage
        if stage is not None and stage.nest.fold_shapes != fold:
            anchor = self._middle_key()
            stage.nest.fold_shapes = fold
            stage.nest.all_changed()
            self._lay_out(anchor)

    def go_to(self, selection: Selection) -> None:
        """Open the way to something, and scroll to it."""
        stage = self._stage
        if stage is None:
            return
        anchor = self._middle_key()
        if stage.open_way(selection.op, selection.scope):
            self._lay_out(anchor)
        index = self._node_of(selection)
        if index >= 0:
            self.canvas.reveal(index)

    def node_rect(self, selection: Selection) -> QRect | None:
        """Where a selection's node is, in this widget's coordinates; None where none shows it."""
        index = self._node_of(selection)
        if index < 0:
            return None
        return self.canvas.node_rect(index).translated(self.canvas.pos())

    def is_open(self, scope: int) -> bool:
        """Whether a group is drawn as a frame."""
        return self._stage is not None and scope in self._stage.nest.open

    def set_open(self, scope: int, open_: bool) -> None:
        """Open or close a group; its header stays where it is."""
        if self._stage is not None:
            self._stage.nest.set_open(scope, open_)
            self._lay_out(scope_key(scope))

    # What the user does.

    def _pick(self, index: int) -> None:
        self.picked.emit(self._selection_of(index))

    def _pick_scope(self, scope: int) -> None:
        self.picked.emit(Selection(scope=scope))

    def _selection_of(self, index: int) -> Selection:
        if index < 0 or self._stage is None:
            return Selection()
        return key_selection(self._stage.picture.scene.nodes[index].key)

    def _toggle_node(self, index: int) -> None:
        if self._stage is not None and index >= 0:
            keys = self._stage.toggle(index)
            if keys is not None:
                self._lay_out(keys[1], keys[0])

    def _toggle_stop(self, index: int) -> None:
        op = self._selection_of(index).op
        if op >= 0:
            self.breakpoint_toggled.emit(op)

    def _ask_menu(self, index: int, at: QPoint) -> None:
        self.menu_wanted.emit(self._selection_of(index), at)

    def _rest(self, index: int) -> None:
        self.hovered.emit(self._selection_of(index))

    def _walk(self, key: int) -> None:
        stage, marks = self._stage, self.canvas.marks
        if stage is None:
            return
        index = marks.selected
        if key in (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value):
            self._toggle_node(index)
            return
        if index < 0:
            index = max(marks.live, 0)
        else:
            index = neighbour(stage.picture.scene, stage.model, index, Qt.Key(key))
        if index >= 0:
            self._pick(index)

    def _centre_at(self, at: QPointF) -> None:
        area = self.canvas.visible_area()
        self.canvas.look_at(QPointF(at.x() - area.width() / 2, at.y() - area.height() / 2))

    # Layout, marks and camera.

    def _neighbours(self, index: int) -> list[int]:
        return self._stage.neighbours(index) if self._stage is not None else []

    def _node_of(self, selection: Selection) -> int:
        return self._stage.node_of(selection) if self._stage is not None else -1

    def _mark_anew(self, stage: Stage) -> tuple[Marks, Marks]:
        """The marks before and now."""
        before = self.canvas.marks
        self.canvas.marks = stage.mark(before, self._selection, self._hover)
        return before, self.canvas.marks

    def _lay_out(self, anchor: int | None, was: int | None = None) -> None:
        """Lay out anew; the node `anchor` (before: `was`) keeps its place on the screen."""
        stage = self._stage
        if stage is None:
            return
        old = self._corner(was if was is not None else anchor)
        stage.lay_out()
        new = self._corner(anchor)
        self._show_stage()
        self._laid_anew = True
        if old is not None and new is not None:
            self.canvas.look_at(self.canvas.origin + new - old)

    def _show_stage(self) -> None:
        if self._stage is not None:
            marks = self._stage.mark(self.canvas.marks, self._selection, self._hover)
            self.canvas.show_picture(self._stage.picture, marks)

    def _corner(self, key: int | None) -> QPointF | None:
        """A node's chevron, or the middle of an op, in layout coordinates."""
        if self._stage is None or key is None:
            return None
        scene = self._stage.picture.scene
        if key not in scene.at:
            return None
        node = scene.nodes[scene.at[key]]
        return QPointF(node.x + (node.width / 2 if is_op(key) else 0.0), node.y)

    def _place_key(self) -> int | None:
        """What to keep still while the place is followed: the node where it was."""
        marks = self.canvas.marks
        if self._stage is not None:
            for index in (marks.cursor, marks.live, marks.selected):
                if index >= 0:
                    return self._stage.picture.scene.nodes[index].key
        return self._middle_key()

    def _middle_key(self) -> int | None:
        """The node nearest to the middle of what is seen."""
        if self._stage is None or not self._stage.picture.scene.nodes:
            return None
        scene = self._stage.picture.scene
        middle = self.canvas.visible_area().center()
        away = abs(scene.rects[:, [0, 2]].mean(1) - middle.x())
        away += abs(scene.rects[:, 1] - middle.y())
        return scene.nodes[int(away.argmin())].key

    def _show_path(self) -> None:
        crumbs = self.strip.crumbs
        if self._run is None or self._stage is None:
            crumbs.show_path([(self._name, 0)] if self._name else [])
            return
        model = self._stage.model
        scope = self._selection.scope
        if self._selection.op >= 0:
            scope = model.graph.ops[self._selection.op].scope
        elif scope < 0:
            scope = self._run.place.scope
        parts = [(self._name or model.title(0), 0)]
        parts += [(model.title(group), group) for group in model.trail(scope)[1:]]
        crumbs.show_path(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The minimap stays in its corner, or goes where there is little room."""
        super().resizeEvent(event)
        self._column.activate()
        self._follower.place_minimap()
