"""The graph as a tree of groups: what stands in each, and which tensors pass between and through.

A group is a scope that stands for itself; a scope around a single op is shown as that op. An op
with an inside (a call, a loop) is shown as the group of its inner scope. Layers that belong to one
block by their names alone are a group, too: its number is no scope's, and the model has its row.

Everything drawn has a key, one int: an op's index, or a scope, value or fold through the functions
here. Keys of scopes are negative; the others stand far above any op's index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ...tracers.ir import (
    Category,
    Graph,
    Passes,
    Scope,
    ScopeKind,
    Selection,
    Value,
    ValueKind,
    is_inlined,
    op_counts,
)
from .flow import Flow
from .group import Group
from .name_groups import NameGroups, is_named
from .rows import unchecked
from .wrapping import wrapper_of

_VALUES = 1 << 32
_FOLDS = 1 << 40
_BOUNDARIES = (ScopeKind.FUNCTION, ScopeKind.LOOP, ScopeKind.BRANCH, ScopeKind.ROOT)
_WEIGHTS = (ValueKind.PARAMETER, ValueKind.BUFFER)
MOST_INPUTS = 32


def scope_key(scope: int) -> int:
    """Key of a group."""
    return -1 - scope


def value_key(value: int) -> int:
    """Key of a model input."""
    return _VALUES + value


def fold_key(first: int) -> int:
    """Key of a row of folded blocks, by the scope of its first."""
    return _FOLDS + first


def is_op(key: int) -> bool:
    """Whether a key is an op's index."""
    return 0 <= key < _VALUES


def is_fold(key: int) -> bool:
    """Whether a key is a fold's."""
    return key >= _FOLDS


def key_scope(key: int) -> int:
    """The scope of a group's or fold's key, -1 for other keys."""
    if key < 0:
        return -1 - key
    return key - _FOLDS if key >= _FOLDS else -1


def key_value(key: int) -> int:
    """The value of a model input's key, -1 for other keys."""
    return key - _VALUES if _VALUES <= key < _FOLDS else -1


def key_selection(key: int) -> Selection:
    """What a click on a key's node selects."""
    if is_op(key):
        return Selection(op=key)
    if key_scope(key) >= 0:
        return Selection(scope=key_scope(key))
    return Selection(value=key_value(key))


class GraphModel:
    """Follows a Graph as it grows.

    Attributes:
        passes: which ops are in backward passes. What such an op reads of the forward pass is not
            linked, save the value that a pass starts from.
        flow: which ops feed which.
        counts: ops in each scope and beneath it.
        changed: groups whose contents changed since the set was last emptied.
        names: the groups of layers that belong together by their names.
    """

    def __init__(
        self,
        graph: Graph,
        check: Callable[[], None] = unchecked,
        by_name: bool = True,
        bare: bool = False,
    ) -> None:
        """`check` is called while the model is built, and may raise Cancelled.

        `bare`: no weights are shown.
        """
        self.graph = graph
        self.passes = Passes(graph)
        self.names = NameGroups(graph)
        self._by_name = by_name
        self._bare = bare
        self._check = check
        self.changed: set[int] = set()
        self._reset()
        self.grow()
        self._check = unchecked

    def _reset(self) -> None:
        self.flow = Flow(self.graph)
        self.groups: dict[int, Group] = {0: Group(0, -1, 0)}
        self.counts: list[int] = []
        self._group_of_scope: dict[int, int] = {0: 0}
        self._consumers: dict[int, list[int]] = {}
        self._input_home: dict[int, int] = {}
        self._inner_of: dict[int, int] = {}
        self._wrapper = -1
        self._begun: set[int] = set()  # backward passes that are linked to what they start from
        self._seen = 0
        self._seen_scopes = 0
        self.changed.add(0)

    def grow(self) -> bool:
        """Take in rows the graph has gained; whether there were any."""
        graph = self.graph
        if len(graph.ops) == self._seen and len(graph.scopes) == self._seen_scopes:
            return False
        counts = op_counts(graph)
        known = self._seen_scopes
        turned = any(
            is_inlined(graph, counts, scope) != is_inlined(graph, self.counts, scope)
            for scope in range(1, known)
            if counts[scope] != self.counts[scope] and counts[scope] <= 2
        )
        # An old op that gained an inside changes from a node to a group.
        opened = any(
            0 <= graph.scopes[scope].op < self._seen for scope in range(known, len(graph.scopes))
        )
        wrapper = wrapper_of(graph, counts)
        renamed = self._by_name and self.names.grow(counts)
        if turned or opened or renamed or wrapper != self._wrapper:
            self._reset()
        self._wrapper = wrapper
        self.counts = counts
        first = self._seen
        for index in range(first, len(graph.ops)):
            inner = graph.ops[index].inner
            if inner >= 0 and counts[inner]:
                self._inner_of[index] = inner
        for index in range(first, len(graph.ops)):
            self._check()
            self._add_op(index)
        self._seen = len(graph.ops)
        self._seen_scopes = len(graph.scopes)
        self._link(range(first, self._seen))
        return True

    def knows(self, op: int, scope: int) -> bool:
        """Whether the model has taken in an op, or a scope."""
        return op < self._seen and (scope < self._seen_scopes or scope in self.groups)

    # The tree.

    def group_of_scope(self, scope: int) -> int:
        """The group that shows a scope: itself, or the nearest around it that is not inlined."""
        found = self._group_of_scope.get(scope)
        if found is None:
            row = self.row(scope)
            above = self.group_of_scope(max(self.names.around(scope), row.parent))
            named = is_named(scope)
            inlined = not named and is_inlined(self.graph, self.counts, scope)
            found = above if inlined or scope == self._wrapper else scope
            if found == scope and not named and not self.counts[scope]:
                return above  # nothing in it yet; asked again when there is
            if found == scope:
                group = self.groups[above]
                self.groups[scope] = Group(scope, above, group.depth + 1)
                group.items.append(scope_key(scope))
                self.changed.add(above)
            self._group_of_scope[scope] = found
        return found

    def row(self, group: int) -> Scope:
        """A group's scope, or what stands for one of a name group."""
        return self.names.row(group) if is_named(group) else self.graph.scopes[group]

    def layers(self, group: int) -> tuple[int, ...]:
        """The scopes that a group stands for: itself, or a name group's layers."""
        return self.names.layers[group] if is_named(group) else (group,)

    def by_key(self) -> dict[str, int]:
        """Scopes and name groups by their stable keys."""
        return {row.key: at for at, row in enumerate(self.graph.scopes)} | self.names.by_key()

    def group_of_op(self, op: int) -> int:
        """The group an op's node stands in."""
        return self.group_of_scope(self.graph.ops[op].scope)

    def home(self, key: int) -> int:
        """The group that a key stands in."""
        if is_op(key):
            return self.group_of_op(key)
        value = key_value(key)
        return self._input_home[value] if value >= 0 else self.groups[key_scope(key)].parent

    def key_of_op(self, op: int) -> int:
        """Key of what shows an op when everything is open: itself, or the group of its inside."""
        inner = self._inner_of.get(op, -1)
        return op if inner < 0 else scope_key(inner)

    def path(self, group: int) -> tuple[int, ...]:
        """Groups from the root (included) down to `group` (included)."""
        found: list[int] = []
        while group >= 0:
            found.append(group)
            group = self.groups[group].parent
        return tuple(reversed(found))

    def trail(self, scope: int) -> tuple[int, ...]:
        """The way down to a scope as it is read out: groups, and the wrapper that has no frame."""
        group = self.group_of_scope(scope)
        found = self.path(group)
        inside = self.layers(group)[0] if group else scope
        if self._wrapper >= 0 and self._wrapper in self.graph.scope_chain(inside):
            return 0, self._wrapper, *found[1:]
        return found

    def title(self, group: int) -> str:
        """A group's name, with the names of inlined scopes it stands in and its call number."""
        scope = self.row(group)
        name = scope.name or scope.type or "model"
        parent = scope.parent
        above = self.groups[group].parent if group in self.groups else 0
        while is_named(above):  # its layers' scopes stand in the scope that it stands in
            above = self.groups[above].parent
        while parent not in (above, self._wrapper, -1) and not is_named(parent):
            name = f"{self.graph.scopes[parent].name}.{name}"
            parent = self.graph.scopes[parent].parent
        return f"{name} #{scope.call}" if scope.call > 1 else name

    def ops_of(self, group: int) -> Iterable[int]:
        """Every op in a group and beneath it."""
        stack = [group]
        while stack:
            for key in self.groups[stack.pop()].items:
                if is_op(key):
                    yield key
                elif key < 0:
                    scope = key_scope(key)
                    if self.row(scope).op >= 0:
                        yield self.row(scope).op
                    stack.append(scope)

    def ops_of_scope(self, scope: int) -> Iterable[int]:
        """Every op in a scope and beneath it, inlined or not."""
        group = self.group_of_scope(scope)
        for op in self.ops_of(group):
            if group == scope or scope in self.graph.scope_chain(self.graph.ops[op].scope):
                yield op

    # What an op shows.

    def label(self, op: int) -> str:
        """An op's grey words: its note, or the inlined module that it is."""
        row = self.graph.ops[op]
        scope = self.graph.scopes[row.scope]
        if row.note:
            return row.note
        if row.scope in (self.group_of_op(op), self._wrapper) or _same(scope.name, row.type):
            return ""
        return scope.name

    def weights(self, op: int) -> tuple[int, ...]:
        """Values shown as capsules: of two axes or more, named, one parameter and one buffer."""
        if self._bare:
            return ()
        found: dict[ValueKind, int] = {}
        values = self.graph.values
        for index in self.graph.ops[op].inputs:
            value = values[index]
            if (
                value.kind in _WEIGHTS
                and value.name
                and value.shape is not None
                and len(value.shape) > 1
            ):
                found.setdefault(value.kind, index)
        return tuple(found.values())

    def is_shape_op(self, op: int) -> bool:
        """Whether an op only rearranges one tensor, so that it may be folded away."""
        row = self.graph.ops[op]
        if row.category is not Category.SHAPE or op in self._inner_of:
            return False
        values = self.graph.values
        return all(values[index].kind not in _WEIGHTS for index in row.inputs)

    def users(self, value: int) -> list[int]:
        """Ops that take a value from outside."""
        return self.flow.users(value)

    def feeds(self, op: int) -> list[int]:
        """Ops that take what an op makes, nearest in execution first."""
        return list(self.flow.after(op))

    def fed_by(self, op: int) -> list[int]:
        """Ops that make what an op takes, in argument order."""
        values = self.graph.values
        made = (values[index].op for index in self.graph.ops[op].inputs)
        return [maker for maker in dict.fromkeys(made) if maker >= 0]

    # Building.

    def _add_op(self, op: int) -> None:
        group = self.groups[self.group_of_op(op)]
        inner = self._inner_of.get(op)
        if inner is None:
            group.items.append(op)
        else:
            self.group_of_scope(inner)
        self.changed.add(group.scope)

    def _link(self, ops: range) -> None:
        graph = self.graph
        flow = self.flow
        flow.grow(ops.stop)
        inputs: dict[int, None] = {}
        passes = self.passes.any_backward
        for op in ops:
            self._check()
            back = self.passes.root(graph.ops[op].scope) if passes else -1
            if back >= 0 and back not in self._begun:
                self._begin(back, op)
            for index in graph.ops[op].inputs:
                value = graph.values[index]
                if back >= 0 and not self._within(back, value):
                    continue
                if value.op >= 0:
                    flow.link(value.op, op)
                    self._lift(self.key_of_op(value.op), self.group_of_op(value.op), op, index)
                    continue
                flow.use(index, op)
                if value.kind is ValueKind.INPUT:
                    self._consumers.setdefault(index, []).append(op)
                    inputs[index] = None
        for index in list(inputs)[: max(0, MOST_INPUTS - len(self._input_home))]:
            self._place_input(index)

    def _within(self, back: int, value: Value) -> bool:
        """A value that an op of a backward pass reads is made in it, or is a weight or constant."""
        if value.op < 0:
            return value.kind is not ValueKind.INPUT
        return self.passes.root(self.graph.ops[value.op].scope) == back

    def _begin(self, back: int, op: int) -> None:
        """Link a backward pass, by its first op, to the output that it starts from."""
        self._begun.add(back)
        start = self.passes.forward(op)
        if start >= 0 and self.graph.ops[start].outputs:
            value = self.graph.ops[start].outputs[0]
            self._lift(self.key_of_op(start), self.group_of_op(start), op, value)

    def _place_input(self, index: int) -> None:
        """An input stands in the innermost body (function, loop, branch) with all its users."""
        users = self._consumers[index]
        home = self._input_home.get(index)
        if home is None:
            paths = [self.path(self.group_of_op(op)) for op in users]
            shared = [group for group in paths[0] if all(group in path for path in paths)]
            home = next(g for g in reversed(shared) if self.row(g).kind in _BOUNDARIES)
            self._input_home[index] = home
            self.groups[home].items.insert(0, value_key(index))
            self.changed.add(home)
        for op in users:
            self._lift(value_key(index), home, op, index)

    def _lift(self, key: int, group: int, user: int, value: int) -> None:
        """Enter one use of a value into every group that it leaves, crosses or enters."""
        groups = self.groups
        other, target = self.key_of_op(user), self.group_of_op(user)
        one, two = group, target
        while one != two:
            if groups[one].depth >= groups[two].depth:
                groups[one].leaving.setdefault(value, {})[key] = None
                self.changed.add(one)
                key, one = scope_key(one), groups[one].parent
            else:
                groups[two].entering.setdefault(value, {})[other] = None
                self.changed.add(two)
                other, two = scope_key(two), groups[two].parent
        if (key, other, value) not in groups[one].links:
            groups[one].links[key, other, value] = None
            self.changed.add(one)


def _same(name: str, type_: str) -> bool:
    """Whether a module's name says no more than its op's type ("maxpool", "max_pool2d")."""
    plain = type_.lower().replace("_", "")
    return name.lower().replace("_", "") in (plain, plain.rstrip("d").rstrip("123"))
