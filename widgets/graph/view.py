"""The graph pane: strip, canvas and minimap, following the run."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import Run, RunState, Selection
from ..pane import Pane
from ..theme import hub
from .canvas import STEP, GraphCanvas
from .inks import Words
from .minimap import Minimap
from .model import GraphModel, is_op, key_scope, key_selection, scope_key
from .nested import Nest, uncollected
from .node_painter import Marks
from .opening import first_open, near
from .picture import Picture
from .progress import Progress
from .scene import Look
from .strip import Strip
from .walking import neighbour

LOW_WINDOW = 900  # px of window height below which the minimap goes
INSET = 15
TOP = 14.0


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
        self._model: GraphModel | None = None
        self._nest: Nest | None = None
        self._progress: Progress | None = None
        self._words = Words()
        self._selection = Selection()
        self._hover = Selection()
        self._stops: frozenset[int] = frozenset()
        self._name = ""
        self._arrived = False
        self.strip = Strip(STEP, self)
        self.canvas = GraphCanvas(self)
        self.minimap = Minimap(self.canvas, self)
        self._banner = QVBoxLayout()
        column = QVBoxLayout(self)
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
        strip.zoom_asked.connect(canvas.zoom_by)
        strip.reset_asked.connect(lambda: canvas.zoom_to(1.0))
        strip.fit_asked.connect(canvas.fit)
        self.minimap.pointed.connect(self._centre_at)
        hub().changed.connect(canvas.update)

    # Pane.

    def show_run(self, run: Run | None) -> None:
        """Another run, or a new graph of the same one; what was open stays open where it can."""
        before = self._open_keys()
        self._run = run
        self._selection = self._hover = Selection()
        if run is None or not run.graph.ops:
            self._model = self._nest = self._progress = None
            self._arrived = False
            self.canvas.show_picture(None, Marks())
            self._show_path()
            return
        with uncollected():
            self._model = GraphModel(run.graph)
        self._nest = Nest(self._model)
        self._nest.fold_shapes = self.strip.fold.isChecked()
        self._progress = Progress(run, self._model)
        keys = {scope.key: index for index, scope in enumerate(run.graph.scopes)}
        known = {keys[key] for key in before if key in keys} & self._model.groups.keys()
        if before and len(known) > 1:
            self._nest.open = known | {0}
            self._spread()
            self._lay_out()
        else:
            self._nest.open = first_open(self._model, run.head)
            self._spread()
            self._lay_out()
            self._arrive()

    def show_growth(self, first_record: int) -> None:
        """Records were added; ops may have been."""
        if self._run is None:
            return
        if self._model is None or self._nest is None or self._progress is None:
            self.show_run(self._run)
            return
        grew = self._model.grow()
        fresh = self._progress.grow(first_record)
        if grew:
            self._nest.grown()
            self._lay_out(self._place_key())
        elif fresh:
            self._repaint_ops(fresh)

    def show_place(self) -> None:
        """The head, the cursor or the state changed."""
        run, canvas = self._run, self.canvas
        if run is None or self._model is None:
            return
        follow = run.cursor is not None or run.state is not RunState.RUNNING
        if follow and self._open_path():
            self._lay_out(self._place_key())
        else:
            before = canvas.marks
            canvas.marks = self._marks()
            after = canvas.marks
            canvas.repaint_nodes(
                {before.live, before.cursor, after.live, after.cursor, *self._frames_at_place()}
            )
            self.minimap.update()
        index = canvas.marks.cursor if run.cursor is not None else canvas.marks.live
        if index >= 0:
            canvas.reveal(index)
        self._show_path()

    def show_selection(self, selection: Selection) -> None:
        """Another selection; scroll only if its node is hidden."""
        canvas = self.canvas
        before = canvas.marks
        self._selection = selection
        if self._model is None or canvas.picture is None:
            return
        canvas.marks = after = self._marks()
        wires: list[int] = []
        for op in {before.selected_op, after.selected_op} - {-1}:
            for value in self._model.graph.ops[op].outputs:
                wires += canvas.picture.scene.by_value.get(value, [])
        canvas.repaint_nodes({before.selected, after.selected}, wires)
        if after.selected >= 0:
            if after.selected != before.selected:
                canvas.reveal(after.selected)
            node = canvas.picture.scene.nodes[after.selected]
            canvas.setAccessibleDescription(canvas.picture.nodes.describe(node))
        else:
            canvas.setAccessibleDescription("Nothing is selected")
        self._show_path()

    def show_hover(self, selection: Selection) -> None:
        """Mark the counterpart of what another pane hovers."""
        self._hover = selection
        before = self.canvas.marks.hovered
        self.canvas.marks.hovered = self._node_of(selection)
        self.canvas.repaint_nodes({before, self.canvas.marks.hovered})

    # Public beyond Pane.

    def show_breakpoints(self, ops: set[int]) -> None:
        """Ops with a breakpoint on them."""
        changed = self._stops ^ ops
        self._stops = frozenset(ops)
        self.canvas.marks.stops = self._stops
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
        if self._nest is not None and self._nest.fold_shapes != fold:
            self._nest.fold_shapes = fold
            self._nest.all_changed()
            self._lay_out(self._middle_key())

    def go_to(self, selection: Selection) -> None:
        """Open the way to something, and scroll to it."""
        if self._model is None or self._nest is None:
            return
        scope = selection.scope
        if selection.op >= 0:
            scope = self._model.graph.ops[selection.op].scope
        if scope >= 0:
            path = self._model.path(self._model.group_of_scope(scope))
            steps = path if selection.op >= 0 else path[:-1]
            self._open(steps, path[-1])
            self._lay_out(self._middle_key())
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
        return self._nest is not None and scope in self._nest.open

    def set_open(self, scope: int, open_: bool) -> None:
        """Open or close a group; its header stays where it is."""
        if self._nest is not None:
            self._nest.set_open(scope, open_)
            self._lay_out(scope_key(scope))

    # What the user does.

    def _pick(self, index: int) -> None:
        self.picked.emit(self._selection_of(index))

    def _pick_scope(self, scope: int) -> None:
        self.picked.emit(Selection(scope=scope))

    def _selection_of(self, index: int) -> Selection:
        picture = self.canvas.picture
        if index < 0 or picture is None:
            return Selection()
        return key_selection(picture.scene.nodes[index].key)

    def _toggle_node(self, index: int) -> None:
        picture, nest = self.canvas.picture, self._nest
        if picture is None or nest is None or index < 0:
            return
        node = picture.scene.nodes[index]
        scope = key_scope(node.key)
        if scope < 0:
            return
        if node.look is Look.FOLD:
            nest.apart.update(key_scope(key) for key in node.members)
            nest.dirty([nest.model.groups[scope].parent])
            self._lay_out(scope_key(scope), node.key)
        else:
            self.set_open(scope, node.look is Look.GROUP)

    def _toggle_stop(self, index: int) -> None:
        picture = self.canvas.picture
        if picture is not None and is_op(picture.scene.nodes[index].key):
            self.breakpoint_toggled.emit(picture.scene.nodes[index].key)

    def _ask_menu(self, index: int, at: QPoint) -> None:
        self.menu_wanted.emit(self._selection_of(index), at)

    def _rest(self, index: int) -> None:
        self.hovered.emit(self._selection_of(index))

    def _walk(self, key: int) -> None:
        picture, model = self.canvas.picture, self._model
        if picture is None or model is None or not picture.scene.nodes:
            return
        index = self.canvas.marks.selected
        if key in (Qt.Key.Key_Return.value, Qt.Key.Key_Enter.value):
            self._toggle_node(index)
            return
        if index < 0:
            found = max(self.canvas.marks.live, 0)
        else:
            found = neighbour(picture.scene, model, index, Qt.Key(key))
        if found >= 0:
            self.picked.emit(self._selection_of(found))

    def _centre_at(self, at: QPointF) -> None:
        area = self.canvas.visible_area()
        self.canvas.look_at(QPointF(at.x() - area.width() / 2, at.y() - area.height() / 2))

    # Following.

    def _open_path(self) -> bool:
        """Open the groups around the place; whether that changed anything."""
        run, model = self._run, self._model
        if run is None or model is None:
            return False
        place = run.place
        if place.op < 0 and place.scope <= 0:
            return False
        path = model.path(model.group_of_scope(place.scope))
        return self._open(path if place.op >= 0 else path[:-1], path[-1])

    def _open(self, steps: tuple[int, ...], group: int) -> bool:
        nest, model = self._nest, self._model
        if nest is None or model is None:
            return False
        closed = [scope for scope in steps if scope not in nest.open]
        shut = near(model, group) - nest.apart
        hidden = {scope for scope in shut if self._folded_away(scope)}
        if not closed and not hidden:
            return False
        for scope in closed:
            nest.set_open(scope, True)
        nest.apart |= shut
        nest.dirty({model.groups[scope].parent for scope in shut | set(closed) if scope > 0})
        return True

    def _folded_away(self, scope: int) -> bool:
        nest = self._nest
        if nest is None or scope <= 0:
            return False
        parent = nest.model.groups[scope].parent
        return parent in nest.open and not any(
            item.key == scope_key(scope) for item in nest.items(parent)
        )

    def _spread(self) -> None:
        """Keep blocks near the place out of folds."""
        if self._run is not None and self._model is not None and self._nest is not None:
            group = self._model.group_of_scope(self._run.place.scope)
            self._nest.apart |= near(self._model, group, self._run.place.op)

    def _frames_at_place(self) -> list[int]:
        """Nodes of the groups around the last executed op: their counts changed."""
        run, model, picture = self._run, self._model, self.canvas.picture
        if run is None or model is None or picture is None or not run.records:
            return []
        path = model.path(model.group_of_op(run.records[-1].op))
        return [picture.scene.at[key] for key in map(scope_key, path) if key in picture.scene.at]

    def _repaint_ops(self, ops: list[int]) -> None:
        """Nodes, counts and wires of ops that have run now."""
        picture, model = self.canvas.picture, self._model
        if picture is None or model is None:
            return
        if len(ops) > 40:
            self.canvas.update()
            return
        nodes: set[int] = set()
        wires: list[int] = []
        for op in ops:
            nodes.add(picture.scene.node_of_op(op, model))
            for group in model.path(model.group_of_op(op)):
                nodes.add(picture.scene.at.get(scope_key(group), -1))
            for value in model.graph.ops[op].outputs:
                wires += picture.scene.by_value.get(value, [])
        self.canvas.repaint_nodes(nodes, wires)

    def _marks(self) -> Marks:
        run, progress = self._run, self._progress
        if run is None or progress is None:
            return Marks()
        op, scope = progress.stands_at(run.head)
        live = self._node_of(Selection(op=op, scope=scope))
        cursor = -1
        if run.cursor is not None:
            at, group = progress.stands_at(run.cursor)
            cursor = self._node_of(Selection(op=at, scope=group))
        return Marks(
            live=live,
            live_op=op,
            live_hollow=run.cursor is not None,
            cursor=cursor,
            selected=self._node_of(self._selection),
            selected_op=self._selection.op,
            hovered=self._node_of(self._hover),
            focused=self.canvas.hasFocus(),
            stops=self._stops,
        )

    def _node_of(self, selection: Selection) -> int:
        picture, model = self.canvas.picture, self._model
        if picture is None or model is None:
            return -1
        return picture.scene.node_of(selection, model)

    # Layout and camera.

    def _lay_out(self, anchor: int | None = None, was: int | None = None) -> None:
        """Lay out anew; the node `anchor` (before: `was`) keeps its place on the screen."""
        nest, progress, canvas = self._nest, self._progress, self.canvas
        if nest is None or progress is None:
            return
        old = self._corner(was if was is not None else anchor)
        picture = Picture(nest.scene(), nest, progress, self._words)
        canvas.picture = picture
        canvas.show_picture(picture, self._marks())
        new = self._corner(anchor)
        if old is not None and new is not None:
            canvas.look_at(canvas.origin + new - old)

    def _corner(self, key: int | None) -> QPointF | None:
        """A node's chevron, or the middle of an op, in layout coordinates."""
        picture = self.canvas.picture
        if picture is None or key is None or key not in picture.scene.at:
            return None
        node = picture.scene.nodes[picture.scene.at[key]]
        return QPointF(node.x + (node.width / 2 if is_op(key) else 0.0), node.y)

    def _place_key(self) -> int | None:
        """What to keep still while the place is followed: where the selection or the place was."""
        picture, marks = self.canvas.picture, self.canvas.marks
        if picture is None:
            return None
        for index in (marks.cursor, marks.live, marks.selected):
            if 0 <= index < len(picture.scene.nodes):
                return picture.scene.nodes[index].key
        return self._middle_key()

    def _middle_key(self) -> int | None:
        """The node nearest to the middle of what is seen."""
        picture = self.canvas.picture
        if picture is None or not picture.scene.nodes:
            return None
        middle = self.canvas.visible_area().center()
        rects = picture.scene.rects
        away = abs(rects[:, [0, 2]].mean(1) - middle.x()) + abs(rects[:, 1] - middle.y())
        return picture.scene.nodes[int(away.argmin())].key

    def _arrive(self) -> None:
        """The first look: full size, the place in sight, near the top."""
        canvas, picture = self.canvas, self.canvas.picture
        if picture is None or not picture.scene.nodes:
            return
        self._arrived = canvas.isVisible()
        scene = picture.scene
        index = max(canvas.marks.live, 0)
        node = scene.nodes[index]
        wide = scene.width + 2 * TOP > canvas.width()
        centre = node.x + node.width / 2 if wide else scene.width / 2
        if wide:  # leave no empty side
            half = canvas.width() / 2 - TOP
            centre = min(max(centre, half), scene.width - half)
        y = -TOP
        if node.y + 80 > canvas.height():
            y = node.y - canvas.height() * 0.42
        canvas.look_at(QPointF(centre - canvas.width() / 2, y), 1.0)

    def _open_keys(self) -> set[str]:
        if self._nest is None or self._model is None:
            return set()
        scopes = self._model.graph.scopes
        return {scopes[scope].key for scope in self._nest.open}

    def _show_path(self) -> None:
        run, model = self._run, self._model
        if run is None or model is None:
            self.strip.crumbs.show_path([(self._name, 0)] if self._name else [])
            return
        scope = self._selection.scope
        if self._selection.op >= 0:
            scope = model.graph.ops[self._selection.op].scope
        elif scope < 0:
            scope = run.place.scope
        path = model.trail(scope)
        names = [(self._name or model.title(0), 0)]
        names += [(model.title(group), group) for group in path[1:]]
        self.strip.crumbs.show_path(names)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The minimap stays in its corner, or goes where there is little room."""
        super().resizeEvent(event)
        size = self.minimap.size()
        corner = self.rect().bottomRight() - QPoint(INSET, INSET)
        self.minimap.move(corner.x() - size.width(), corner.y() - size.height())
        window = self.window()
        self.minimap.setVisible(window is self or window.height() >= LOW_WINDOW)
        if not self._arrived and self._run is not None:
            self._arrive()
