"""The graph pane: follows the run, and does what the user wants."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from ...tracers.ir import RunState, Selection
from ..notes import Noted
from ..run.changed import Changed
from ..theme import hub
from .accessible import announce, install, say
from .bookmarks import Bookmark
from .grouped_view import GroupedView
from .light import Lamp, Reach
from .model import key_selection, scope_key
from .viewing import corner_of, open_as, take_down
from .walking import neighbour

MANY = 40  # ops from which on everything is repainted


class GraphView(GroupedView):
    """Shows the graph of a run, follows its place, and lets the user walk and open it.

    Signals:
        breakpoint_toggled: int, the op whose gutter was clicked.
        pass_wanted: int (a loop's scope), and BACK, FORTH or CHOOSE.
        note_wanted: a note on what is selected is to be written.
    """

    breakpoint_toggled = Signal(int)
    pass_wanted = Signal(int, int)
    note_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        install()
        self._connect()

    def _connect(self) -> None:
        canvas, strip = self.canvas, self.strip
        canvas.clicked.connect(self._pick)
        canvas.opened.connect(self._toggle_node)
        canvas.gutter_clicked.connect(self._toggle_stop)
        canvas.pass_asked.connect(self._ask_pass)
        canvas.menu_asked.connect(self._ask_menu)
        canvas.rested.connect(self._rest)
        canvas.walked.connect(self._walk)
        canvas.note_asked.connect(self.note_wanted)
        canvas.left.connect(self._leave)
        canvas.zoom_asked.connect(self.zoom_on_selection)
        canvas.camera_moved.connect(lambda: strip.show_zoom(canvas.zoom))
        strip.scope_picked.connect(self._pick_scope)
        strip.fold_toggled.connect(self.set_fold_shape_ops)
        strip.follow_toggled.connect(self.set_following)
        for asked in (strip.zoom_asked, strip.reset_asked, strip.fit_asked):
            asked.connect(canvas.handled)
        strip.zoom_asked.connect(canvas.zoom_by)
        strip.reset_asked.connect(lambda: canvas.zoom_to(1.0))
        strip.fit_asked.connect(canvas.fit)
        self.minimap.pointed.connect(canvas.handled)
        self.minimap.pointed.connect(self._centre_at)
        hub().changed.connect(canvas.update)

    # Pane.

    def show_growth(self, first_record: int) -> None:
        """Records were added; ops may have been."""
        stage = self._stage
        if self._jobs.busy:
            self._unseen = first_record if self._unseen < 0 else min(self._unseen, first_record)
            return
        if stage is None:
            if self._run is not None and self._run.graph.ops and not self.notice.isVisible():
                self.show_run(self._run)
            return
        grew = stage.model.grow()
        fresh = stage.progress.grow(first_record)
        if grew:
            anchor = self._place_key()
            stage.nest.grown()
            self._grew = True
            self._lay_out(anchor)
            return
        renewed = stage.renew_texts({row.op for row in stage.run.records[first_record:]})
        if renewed or len(fresh) > MANY:
            self.canvas.update()
        elif fresh:
            nodes = {stage.node_of(Selection(op=op)) for op in fresh}
            nodes.update(stage.lit_weights(first_record))
            nodes.update(node for op in fresh for node in stage.frames_around(op))
            self.canvas.repaint_nodes(nodes, stage.wires_of(fresh))
        self.cards.renew()

    def show_updated(self, records: set[int]) -> None:
        """Statistics that were pending have come: the card tells them."""
        self.cards.renew()

    def show_rewound(self) -> None:
        """Nodes that did not run after all are drawn so; what is open stays open."""
        stage = self._stage
        if self._jobs.busy or stage is None:
            self._rewind_waits = self._jobs.busy
            return
        self._rewind_waits = False
        stage.progress.rewind()  # looks at the place anew, too
        stage.renew_texts(range(len(stage.progress.ran)))
        self.canvas.update()
        self.cards.hide()
        self.minimap.show_progress()

    def show_place(self) -> None:
        """The head, the cursor or the state changed."""
        run, stage, canvas = self._run, self._stage, self.canvas
        if run is None or stage is None:
            return
        anchor = self._place_key()
        if run.place != self._placed:
            if self._placed is not None:
                self._pace.step()
            self._placed = run.place
        running = run.state is RunState.RUNNING  # the next place comes too soon
        still = not (running or self._pace.hurried)
        left = stage.progress.leave()
        if stage.progress.look():  # another pass of a loop: all in its body may stand otherwise
            stage.picture.wires.forget_untrue()
            canvas.update()
        follow = run.cursor is not None or run.state is not RunState.RUNNING
        follow = follow and self._follower.following
        if follow and stage.open_way_to_place(run.place):
            self._lay_out(anchor)
        else:
            before, after = self._mark_anew(stage)
            changed = {before.live, before.cursor, before.pair}
            changed |= {after.live, after.cursor, after.pair}
            if run.records:
                changed.update(stage.frames_around(run.records[-1].op))
            changed |= stage.loops()
            canvas.repaint_nodes(changed, stage.wires_of(left))
            if still:
                canvas.rings.move("current", before.live, after.live)
                canvas.rings.move("cursor", before.cursor, after.cursor)
            self.minimap.show_progress()
        self._place_waits = self._jobs.busy
        self._follower.follow(self._laid_anew, moved=bool(run.records), glide=still)
        self._laid_anew = False
        self.cards.renew()
        self._show_path()

    def show_selection(self, selection: Selection) -> None:
        """Another selection; scroll only if its node is hidden."""
        self._selection = selection = self._inward(selection)
        stage, canvas = self._stage, self.canvas
        if stage is None:
            return
        before, after = self._mark_anew(stage)
        if not self._pace.hurried:
            canvas.rings.move("accent", before.selected, after.selected)
        wires = stage.wires_of({before.selected_op, after.selected_op} - {-1})
        canvas.repaint_nodes({before.selected, after.selected}, wires)
        if after.selected >= 0:
            if after.selected != before.selected and not self._stays(selection):
                canvas.reveal(after.selected)
            node = stage.picture.scene.nodes[after.selected]
            canvas.setAccessibleDescription(stage.picture.nodes.describe(node, after))
            announce(canvas)
        else:
            canvas.setAccessibleDescription("Nothing is selected")
        self._show_path()

    def _stays(self, selection: Selection) -> bool:
        """The selection is the op just run, and the place is in sight, or is not followed."""
        run, marks = self._run, self.canvas.marks
        if run is None:
            return False
        last = run.place.record - 1
        just_run = 0 <= last < len(run.records) and run.records[last].op == selection.op
        if just_run and not self._follower.following:
            return True
        index = marks.cursor if marks.cursor >= 0 else marks.live
        if index < 0:
            return False
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

    def show_notes(self, noted: Noted) -> None:
        """Where the user's notes are."""
        self.canvas.marks.noted = noted
        self.canvas.update()
        self.cards.renew()

    def show_changes(self) -> None:
        """What the user's edits touched has a sign and an outline."""
        self.canvas.marks.changes = Changed(self._run).ops
        self.canvas.update()

    def set_fold_shape_ops(self, fold: bool) -> None:
        """Draw chains of shape ops as one node, or each op."""
        self.strip.fold.setChecked(fold)
        stage = self._stage
        if stage is not None and stage.nest.fold_shapes != fold:
            anchor = self._middle_key()
            self._jobs.stop()
            stage.nest.fold_shapes = fold
            stage.nest.all_changed()
            self._lay_out(anchor)

    def foldable(self, selection: Selection) -> bool:
        """Whether something is in a row of alike blocks that are not folded."""
        return self._stage is not None and bool(self._stage.unfolded(selection)[1])

    def fold_blocks(self) -> bool:
        """Fold the alike blocks again that the selection is in; whether there were any."""
        keys = self._stage.fold_blocks(self._selection) if self._stage is not None else None
        if keys is not None:
            self._lay_out(keys[1], keys[0])
        return keys is not None

    def open_level(self, step: int) -> None:
        """Open or close groups everywhere; `step` is one of `levels`'."""
        keys = None
        if self._stage is not None:
            keys = self._stage.open_level(step, self._middle_key())
        if keys is not None:
            self._lay_out(keys[1], keys[0])

    def go_to(self, selection: Selection) -> None:
        """Open the way to something, and scroll to it."""
        stage = self._stage
        if stage is None:
            return
        anchor = self._middle_key()
        if stage.open_way(stage.op_of(selection), selection.scope):
            self._lay_out(anchor, then=partial(self._reveal, selection))
        else:
            self._reveal(selection)

    def set_following(self, following: bool) -> None:
        """Keep the place of the run in sight, or leave the view where the user put it."""
        self._follower.following = following
        self.strip.follow.setChecked(following)
        if following:
            self.show_place()

    @property
    def following(self) -> bool:
        """The place of the run is kept in sight."""
        return self._follower.following

    def zoom_on_selection(self) -> None:
        """Let what is selected fill the view; a group that is open as a whole."""
        index = self.canvas.marks.selected
        if index >= 0:
            self.canvas.handled.emit()
            self.canvas.zoom_on(index)

    def light(self, reach: Reach) -> None:
        """Light what the selection takes, feeds, needs or moves, and dim the rest."""
        if self._stage is not None:
            self.lighting.ask(self._stage, self._selection, reach)

    def light_way(self, ops: frozenset[int], values: frozenset[int], words: str) -> None:
        """Light some ops and the wires of some values, and dim the rest."""
        if self._stage is not None:
            lamp = Lamp(Selection(), None, frozenset(), ops, values)
            self.lighting.show(self._stage, lamp, words)

    def bookmark(self, slot: int) -> Bookmark | None:
        """What is seen now."""
        if self._stage is None:
            return None
        return take_down(self._stage, slot, self.canvas.visible_area(), self.canvas.zoom)

    def show_bookmark(self, mark: Bookmark) -> None:
        """See that again, with what was open then."""
        stage = self._stage
        if stage is None:
            return
        self.canvas.handled.emit()
        if open_as(stage, mark):
            self.strip.fold.setChecked(mark.fold)
            self._lay_out(None, then=partial(self._stand, mark))
        else:
            self._stand(mark)

    def _stand(self, mark: Bookmark) -> None:
        if self._stage is not None:
            canvas = self.canvas
            width, height = canvas.width() / mark.zoom, canvas.height() / mark.zoom
            canvas.look_at(corner_of(self._stage, mark, width, height), mark.zoom, glide=True)

    def set_open(self, scope: int, open_: bool) -> None:
        """Open or close a group; its header stays where it is."""
        if self._stage is not None and scope in self._stage.model.groups:
            self._jobs.stop()
            self._stage.nest.set_open(scope, open_)
            self._lay_out(scope_key(scope))

    # What the user does.

    def _pick(self, index: int) -> None:
        self._choose(self._selection_of(index))

    def _pick_scope(self, scope: int) -> None:
        self._choose(Selection(scope=scope))
        if scope > 0:
            self._reveal(Selection(scope=scope))
        else:
            self.canvas.handled.emit()
            self.canvas.fit()

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

    def _ask_pass(self, index: int, wanted: int) -> None:
        self.pass_wanted.emit(self._selection_of(index).scope, wanted)

    def _ask_menu(self, index: int, at: QPoint) -> None:
        self.menu_wanted.emit(self._outward(self._selection_of(index)), at)

    def _rest(self, index: int) -> None:
        self.hovered.emit(self._outward(self._selection_of(index)))

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

    def _leave(self, escape: bool) -> None:
        """Escape shows everything again where some was lit; else both keys lead to the frame."""
        if escape and self.lighting.lamp is not None:
            self.lighting.clear()
            return
        stage, index = self._stage, self.canvas.marks.selected
        if stage is None or index < 0:
            return
        parent = stage.picture.scene.nodes[index].parent
        if parent >= 0:
            self._pick(parent)
        else:
            say(self.canvas, "This is the outermost level")

    def _centre_at(self, at: QPointF) -> None:
        area = self.canvas.visible_area()
        self.canvas.look_at(QPointF(at.x() - area.width() / 2, at.y() - area.height() / 2))
