"""Groups of layers that a model tells apart by their names alone; the view's own, no scopes.

Keras names the blocks of its models in the names of their layers ("block1a_dwconv"). Where one
scope holds many such layers, those of a block stand in a group. The groups have numbers far above
those of scopes, and rows that read like a scope's.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...tracers.ir import Graph, Scope, ScopeKind
from .layer_names import MANY, Block, blocks, tell

_NAMED = 1 << 30


def is_named(group: int) -> bool:
    """Whether a group's number is that of a name group, not a scope's."""
    return group >= _NAMED


class NameGroups:
    """Of a graph, as it grows.

    Attributes:
        layers: the scopes of the layers in each group, those of inner groups included.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._rows: list[Scope] = []
        self._numbers: dict[str, int] = {}
        self._around: dict[int, int] = {}  # the group that a layer's scope, or a group, stands in
        self._inside: list[list[int]] = []  # scopes directly in each scope
        self._empty: set[int] = set()  # scopes without ops
        self.layers: dict[int, tuple[int, ...]] = {}

    def row(self, group: int) -> Scope:
        """A group's name and parent; its path is that of the scope that its layers stand in."""
        return self._rows[group - _NAMED]

    def around(self, scope: int) -> int:
        """The name group that a scope, or a name group, stands directly in; -1 for none."""
        return self._around.get(scope, -1)

    def by_key(self) -> dict[str, int]:
        """Every group that layers stand in, by the key of its row."""
        return {self.row(group).key: group for group in self.layers}

    def grow(self, counts: Sequence[int]) -> bool:
        """Look at what the graph has gained; whether layers known before stand elsewhere now.

        `counts`: ops in each scope and beneath it.
        """
        scopes = self._graph.scopes
        known = len(self._inside)
        for scope in range(known, len(scopes)):
            self._inside.append([])
            if scopes[scope].parent >= 0:
                self._inside[scopes[scope].parent].append(scope)
                self._empty.add(scope)
        filled = {scope for scope in self._empty if counts[scope]}
        self._empty -= filled
        fresh = {scopes[scope].parent for scope in filled}
        grouped = {self._home(group) for group in self.layers}
        wide = sorted(s for s in fresh if s in grouped or self._is_wide(s, counts))
        if not wide:
            return False
        before, groups = dict(self._around), set(self.layers)
        ops: list[list[int]] = [[] for _ in scopes]
        for index, op in enumerate(self._graph.ops):
            ops[op.scope].append(index)
        for scope in wide:
            self._look_into(scope, counts, ops)
        return any(
            self._around.get(scope, -1) != before.get(scope, -1)
            for scope in self._around.keys() | before.keys()
            if scope < known or scope in groups
        )

    def _is_wide(self, parent: int, counts: Sequence[int]) -> bool:
        """Many layers stand directly in a scope, and their names may tell more."""
        inside = self._inside[parent]
        return len(inside) > MANY and tell([self._name(s) for s in inside if counts[s]])

    def _name(self, scope: int) -> str:
        """The name of a layer, "" for any other scope."""
        row = self._graph.scopes[scope]
        return row.name if row.kind is ScopeKind.MODULE else ""

    def _look_into(self, parent: int, counts: Sequence[int], ops: list[list[int]]) -> None:
        """Find the groups of the layers that stand directly in a scope."""
        inner = [scope for scope in self._inside[parent] if counts[scope]]
        first = {scope: self._first(scope, ops) for scope in inner}
        # Scopes by their first op, and the ops that stand beside them.
        units = sorted(
            [(op, scope) for scope, op in first.items()] + [(o, -1) for o in ops[parent]]
        )
        names = [self._name(scope) if scope >= 0 else "" for _, scope in units]
        for scope in inner:
            self._around.pop(scope, None)
        found = blocks(names, lambda: self._sources(units, ops))
        positions = [scope for _, scope in units]
        for group in [one for one in self.layers if self._home(one) == parent]:
            del self.layers[group]
            self._around.pop(group, None)
        for block in found:
            self._take(block, parent, parent, positions)

    def _take(self, block: Block, home: int, around: int, scopes: Sequence[int]) -> int:
        """Enter a block that stands in a scope, or in a larger block there; its number."""
        key = f"{self._graph.scopes[home].key}|{block.title}|{block.call}"
        number = self._numbers.get(key)
        path = self._graph.scopes[home].path
        row = Scope(key, around, block.title, path, "", ScopeKind.GROUP, block.call)
        if number is None:
            number = self._numbers[key] = _NAMED + len(self._rows)
            self._rows.append(row)
        self._rows[number - _NAMED] = row
        for part in block.parts:
            if isinstance(part, Block):
                self._around[self._take(part, home, number, scopes)] = number
            elif scopes[part] >= 0:
                self._around[scopes[part]] = number
        self.layers[number] = tuple(s for s in map(scopes.__getitem__, block.layers()) if s >= 0)
        return number

    def _home(self, group: int) -> int:
        """The scope that a group's layers stand in."""
        parent = self.row(group).parent
        return self._home(parent) if is_named(parent) else parent

    def _first(self, scope: int, ops: list[list[int]]) -> int:
        """The first op of a scope and all beneath it."""
        found = [ops[one][0] for one in self._beneath(scope) if ops[one]]
        return min(found)

    def _beneath(self, scope: int) -> list[int]:
        found = [scope]
        for one in found:
            found += self._inside[one]
        return found

    def _sources(self, units: Sequence[tuple[int, int]], ops: list[list[int]]) -> list[list[int]]:
        """For each unit (first op, scope or -1) the units that it takes from."""
        graph = self._graph
        of_op: dict[int, int] = {}
        members: list[list[int]] = []
        for position, (op, scope) in enumerate(units):
            mine = [op] if scope < 0 else [o for one in self._beneath(scope) for o in ops[one]]
            members.append(mine)
            of_op.update(dict.fromkeys(mine, position))
        found: list[list[int]] = []
        for position, mine in enumerate(members):
            made = {graph.values[value].op for op in mine for value in graph.ops[op].inputs}
            sources = {of_op[op] for op in made if op in of_op}
            found.append(sorted(sources - {position}))
        return found
