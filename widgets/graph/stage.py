"""A run's graph as it stands in the view: what is open, what is laid out, what is marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...tracers.ir import OUTSIDE, Place, Run, RunState, Selection, ValueKind
from .collecting import uncollected
from .folding import repeats
from .inks import Words
from .levels import opened, standing_for
from .markers import Marks
from .model import GraphModel, fold_key, key_scope, scope_key
from .name_groups import is_named
from .nested import Nest
from .opening import ROOMY, first_open, near
from .pairs import Pairs
from .picture import Picture
from .progress import Progress
from .rows import unchecked
from .scene import Look
from .walking import after, before


class Stage:
    """Model, layout and progress of one run with a graph.

    Attributes:
        picture: the newest layout that is shown.
        before_change: called before what is open changes; ends a layout that is being made.
    """

    def __init__(
        self,
        run: Run,
        words: Words,
        fold_shapes: bool,
        before: set[str],
        check: Callable[[], None] = unchecked,
        by_name: bool = True,
        bare: bool = False,
    ) -> None:
        """`before`: scope keys of what was open in an earlier run; kept open if it is the same.

        `check` is called often, and may raise Cancelled. `by_name`: layers are grouped by names.
        `bare`: weights are not shown.
        """
        self.run = run
        self.before_change = unchecked
        self.words = words
        with uncollected():
            self.model = GraphModel(run.graph, check, by_name, bare)
        self.nest = Nest(self.model)
        self.pairs = Pairs(self.model, self.nest)
        self.nest.fold_shapes = fold_shapes
        self.progress = Progress(run, self.model)
        keys = self.model.by_key()
        known = {keys[key] for key in before if key in keys} & self.model.groups.keys()
        self.restored = len(known) > 1
        head, place = self.pairs.place(run.head), self.pairs.place(run.place)
        self.nest.open = known | {0} if self.restored else first_open(self.model, head)
        op = place.op if place.op >= 0 or place.scope > 0 or run.records else 0
        self.nest.apart |= near(self.model, self.model.group_of_scope(place.scope), op)
        self.show(self.lay_out(check))
        if not self.restored and self.picture.scene.width > ROOMY:
            fewer = first_open(self.model, head, small=0)
            if fewer < self.nest.open:
                for group in self.nest.open - fewer:
                    self.nest.set_open(group, False)
                self.show(self.lay_out(check))

    def lay_out(self, check: Callable[[], None] = unchecked) -> Picture:
        """Lay out what changed; `show` makes it the stage's picture."""
        return Picture(self.nest.scene(check), self.nest, self.progress, self.words)

    def opened(self, check: Callable[[], None] = unchecked) -> Picture:
        """Another layout, with every group open; what is shown stays as it is."""
        nest = Nest(self.model)
        nest.fold_shapes = self.nest.fold_shapes
        nest.open = set(self.model.groups)
        return Picture(nest.scene(check), nest, self.progress, self.words)

    def show(self, picture: Picture) -> None:
        """Take over a new layout."""
        self.picture = picture
        nest = self.nest
        self._shown = (set(nest.open), set(nest.apart), nest.fold_shapes)

    def undo(self) -> None:
        """Back to what the picture shows: what was opened since was given up."""
        nest = self.nest
        nest.open, nest.apart = set(self._shown[0]), set(self._shown[1])
        nest.fold_shapes = self._shown[2]
        nest.open &= self.model.groups.keys()
        nest.all_changed()

    def open_keys(self) -> set[str]:
        """Scope keys of what is open, for the next run of the same model."""
        return {self.model.row(scope).key for scope in self.nest.open}

    def node_of(self, selection: Selection) -> int:
        """The node that shows a selection, -1 for none."""
        if not self.model.knows(selection.op, selection.scope):
            return -1
        return self._node(self.pairs.seen(selection))

    def _node(self, selection: Selection) -> int:
        """As node_of, of what stands for itself; of a weight without a capsule, the op's."""
        found = self.picture.scene.node_of(selection, self.model)
        if found < 0 and selection.value >= 0:
            return self.picture.scene.node_of(self.pairs.user(selection.value), self.model)
        return found

    def words_of(self, selection: Selection) -> str:
        """A selection's name: an op's type, a module's name, a value's."""
        graph = self.model.graph
        if selection.op >= 0:
            op = graph.ops[selection.op]
            return f"{op.type} {self.model.label(selection.op)}".strip()
        if selection.scope >= 0:
            return self.model.title(selection.scope)
        return graph.values[selection.value].name if selection.value >= 0 else ""

    def outward(self, selection: Selection) -> Selection:
        """What the other panes are told of a selection: of a name group, its first op."""
        if not is_named(selection.scope):
            return selection
        known = selection.scope in self.model.groups
        return Selection(op=next(iter(self.model.ops_of(selection.scope)), -1) if known else -1)

    def op_of(self, selection: Selection) -> int:
        """The op to open the way to: of a weight, the one that takes it."""
        value = selection.value
        if value < 0 or self.model.graph.values[value].kind is ValueKind.INPUT:
            return selection.op
        return self.pairs.user(value).op

    def neighbours(self, index: int) -> list[int]:
        """Nodes that a node's wires lead to, or come from."""
        scene = self.picture.scene
        node = scene.nodes[index]
        ops = [*before(self.model, node), *after(self.model, node)]
        found = {scene.node_of_op(op, self.model) for op in ops}
        return sorted(found - {-1, index, node.parent})

    def mark(self, marks: Marks, selection: Selection, hover: Selection) -> Marks:
        """Where the run, the cursor, the selection and the hover are; the rest from `marks`."""
        run = self.run
        op, scope = self.progress.stands_at(run.head)
        cursor = -1
        if run.cursor is not None:
            at, group = self.progress.stands_at(run.cursor)
            cursor = self.node_of(Selection(op=at, scope=group))
        live = self.node_of(Selection(op=op, scope=scope))
        place, shown = run.place, live if run.cursor is None else cursor
        known = shown >= 0 and self.model.knows(place.op, place.scope)
        other = self.pairs.other(place) if known else Selection()
        pair = self._node(other)
        return Marks(
            live=live,
            live_op=self.pairs.seen(Selection(op=op)).op,
            pair=-1 if pair == shown else pair,
            backward=not other.empty,
            live_hollow=run.cursor is not None,
            cursor=cursor,
            selected=self.node_of(selection),
            selected_op=self.pairs.seen(selection).op,
            hovered=self.node_of(hover),
            focused=marks.focused,
            stops=marks.stops,
            changes=marks.changes,
            overlay=marks.overlay,
            light=marks.light,
            noted=marks.noted,
            apart=marks.apart,
        )

    # Opening.

    def toggle(self, index: int) -> tuple[int, int] | None:
        """Open or close a node's group, or unfold its blocks.

        The key to keep in place: before, and after; None where there is nothing to open.
        """
        node = self.picture.scene.nodes[index]
        scope = key_scope(node.key)
        if scope < 0:
            return None
        self.before_change()
        if node.look is Look.FOLD:
            self.nest.apart.update(key_scope(key) for key in node.members)
            self.nest.dirty([self.model.groups[scope].parent])
        else:
            self.nest.set_open(scope, node.look is Look.GROUP)
        return node.key, scope_key(scope)

    def open_level(self, step: int, key: int | None) -> tuple[int | None, int | None] | None:
        """Open or close groups as `levels.opened` does; None where that changes nothing.

        Else where to find what `key` shows: before, and after.
        """
        nest = self.nest
        wanted = opened(self.model, nest.open, step)
        if wanted == nest.open:
            return None
        self.before_change()
        nest.open = wanted
        nest.all_changed()
        return key, None if key is None else standing_for(self.model, wanted, key)

    def fold_blocks(self, selection: Selection) -> tuple[int, int] | None:
        """Fold the row of alike blocks again that a selection is in.

        The key to keep in place: before, and after; None where it is in no such row, or that is
        folded.
        """
        block, row = self.unfolded(selection)
        if not row:
            return None
        self.before_change()
        for one in row:
            self.nest.set_open(one, False)
        self.nest.apart -= set(row)
        self.nest.dirty([self.model.groups[block].parent])
        return scope_key(block), fold_key(row[0])

    def unfolded(self, selection: Selection) -> tuple[int, tuple[int, ...]]:
        """The block around a selection that stands in a row of alike ones, not all folded; the row.

        The innermost; (-1, ()) for none.
        """
        model, nest = self.model, self.nest
        scope = selection.scope
        if not model.knows(selection.op, scope):
            return -1, ()
        if selection.op >= 0:
            scope = model.graph.ops[selection.op].scope
        if scope <= 0:
            return -1, ()
        for block in reversed(model.path(model.group_of_scope(scope))[1:]):
            group = model.groups[model.groups[block].parent]
            rows = repeats(model, group, nest.structures, ())
            row = next((row for row in rows if block in row), ())
            if row and not (nest.apart | nest.open).isdisjoint(row):
                return block, row
        return -1, ()

    def open_way(self, op: int, scope: int) -> bool:
        """Open the groups around an op, or a scope; whether that changed anything.

        To what a closed backward pass holds, the way leads to what stands for it.
        """
        if (op < 0 and scope <= 0) or not self.model.knows(op, scope):
            return False
        seen = self.pairs.seen(Selection(op=op, scope=scope))
        if seen.value >= 0:
            seen = self.pairs.user(seen.value)
        op, scope = seen.op, seen.scope
        if op < 0 and scope <= 0:
            return False
        if op >= 0:
            scope = self.model.graph.ops[op].scope
        group = self.model.group_of_scope(scope)
        path = self.model.path(group)
        nest = self.nest
        steps = path if op >= 0 else path[:-1]
        closed = [step for step in steps if step not in nest.open]
        beside = near(self.model, group) - nest.apart
        if not closed and not any(self._folded_away(one) for one in beside):
            return False
        self.before_change()
        for step in closed:
            nest.set_open(step, True)
        nest.apart |= beside
        nest.dirty({self.model.groups[one].parent for one in {*beside, *closed} if one > 0})
        return True

    def open_way_to_place(self, place: Place) -> bool:
        """As open_way, for where a run stands."""
        last = self.run.between(place) if self.run.state is RunState.PAUSED else -1
        if last >= 0:
            return self.open_way(self.run.records[last].op, -1)
        return self.open_way(place.op, place.scope)

    def _folded_away(self, scope: int) -> bool:
        if scope <= 0:
            return False
        parent = self.model.groups[scope].parent
        items = self.nest.items(parent)
        return parent in self.nest.open and all(item.key != scope_key(scope) for item in items)

    # What a step changes.

    def frames_around(self, op: int) -> list[int]:
        """Nodes of the groups around an op: their counts go with it."""
        at = self.picture.scene.at
        path = self.model.path(self.model.group_of_op(op))
        return [at[key] for key in map(scope_key, path) if key in at]

    def loops(self) -> set[int]:
        """Nodes of the loops that were entered: their pass pickers come and go with the state."""
        entered = self.progress.looked.turns.loops
        return {self.node_of(Selection(scope=loop)) for loop in entered}

    def lit_weights(self, first_record: int) -> list[int]:
        """Nodes of the weights whose gradients came in with the records from one on."""
        rows = self.run.records[first_record:]
        values = {ref[1] for row in rows for ref in row.gradient_of if ref[0] == OUTSIDE}
        return [self.node_of(Selection(value=value)) for value in values]

    def wires_of(self, ops: Iterable[int]) -> list[int]:
        """Wires of what some ops make."""
        found: list[int] = []
        for op in ops:
            for value in self.model.graph.ops[op].outputs:
                found += self.picture.scene.by_value.get(value, [])
        return found

    def renew_texts(self, ops: Iterable[int]) -> bool:
        """Let the wires that some ops make or read tell their shapes; whether any changed."""
        rows = self.model.graph.ops
        by_value = self.picture.scene.by_value
        touched = {value for op in ops for value in (*rows[op].inputs, *rows[op].outputs)}
        wires = [wire for value in touched for wire in by_value.get(value, [])]
        return bool(self.picture.wires.forget_texts(wires))
