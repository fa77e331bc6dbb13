"""Builds a Graph row by row; asks again for a key it has, and gets the same row."""

from __future__ import annotations

from dataclasses import replace

from ..ir import (
    Graph,
    Op,
    Presence,
    Scope,
    ScopeKind,
    SourceLine,
    Value,
    ValueKind,
    categorize,
)


class GraphBuilder:
    """Appends to a graph; what is asked for twice is made once.

    `mapping` says whether new ops are the map's (EXPECTED) or the run's own (ADDED).
    `bare` are ops of a map that does not know their arguments; `describe` tells them.
    `replaced` collects ops whose row changed after it was appended; the publisher empties it.
    """

    def __init__(self, graph: Graph | None = None, mapping: bool = True) -> None:
        self.graph = graph or Graph()
        self.mapping = mapping
        self.replaced: set[int] = set()
        self.bare: set[int] = set()
        self._index()

    def _index(self) -> None:
        self._scopes = {scope.key: index for index, scope in enumerate(self.graph.scopes)}
        self._calls: dict[tuple[int, str, int], int] = {}  # scopes found so before
        self._ops = {op.key: index for index, op in enumerate(self.graph.ops)}
        self._sources = {line: index for index, line in enumerate(self.graph.sources)}
        self._externals: dict[tuple[ValueKind, str], int] = {
            (value.kind, value.name): index
            for index, value in enumerate(self.graph.values)
            if value.op < 0
        }

    def adopt(self, graph: Graph) -> None:
        """Take over the rows of a graph built elsewhere; this one must still be empty."""
        mine = self.graph
        if mine.ops or mine.values or len(mine.scopes) > 1:
            raise ValueError("only an empty graph can adopt another's rows")
        mine.scopes[:] = graph.scopes
        mine.ops.extend(graph.ops)
        mine.values.extend(graph.values)
        mine.sources[:] = graph.sources
        unknown = {value.op for value in graph.values if value.shape is None}
        self.bare = {op for op in unknown if op >= 0}
        self._index()

    def source(self, line: SourceLine | None) -> int:
        """Index of a source line, -1 for None."""
        if line is None:
            return -1
        index = self._sources.get(line)
        if index is None:
            index = self._sources[line] = len(self.graph.sources)
            self.graph.sources.append(line)
        return index

    def scope(
        self, parent: int, path: str, kind: ScopeKind, type_: str, *, call: int = 1, op: int = -1
    ) -> int:
        """Index of the scope for the `call`-th call of `path` inside `parent`."""
        if op < 0 and (known := self._calls.get((parent, path, call))) is not None:
            return known
        index = self._scope(parent, path, kind, type_, call, op)
        if op < 0:
            self._calls[parent, path, call] = index
        return index

    def _scope(
        self, parent: int, path: str, kind: ScopeKind, type_: str, call: int, op: int
    ) -> int:
        above = self.graph.scopes[parent]
        inside = above.path != "" and path.startswith(above.path + ".")
        name = path[len(above.path) + 1 :] if inside else path
        key = f"{above.key}/{name}" if call == 1 else f"{above.key}/{name}#{call}"
        index = self._scopes.get(key)
        if index is None:
            index = self._scopes[key] = len(self.graph.scopes)
            self.graph.scopes.append(Scope(key, parent, name, path, type_, kind, call, op))
            if op >= 0:
                self.replace(op, replace(self.graph.ops[op], inner=index))
        return index

    def op(
        self,
        scope: int,
        type_: str,
        ident: str,
        *,
        note: str = "",
        attributes: tuple[tuple[str, str], ...] = (),
        inputs: tuple[int, ...] = (),
        source: int = -1,
        presence: Presence | None = None,
    ) -> int:
        """Append the op `ident` ("relu:0") to `scope`; its index. Look with `find` first."""
        key = f"{self.graph.scopes[scope].key}/{ident}"
        if presence is None:
            expected = self.mapping or "." in type_  # what is inside an op is in no map
            presence = Presence.EXPECTED if expected else Presence.ADDED
        index = self._ops[key] = len(self.graph.ops)
        category = categorize(type_)
        self.graph.ops.append(
            Op(key, type_, scope, category, note, attributes, inputs, (), source, presence)
        )
        return index

    def describe(self, op: int, note: str, attributes: tuple[tuple[str, str], ...]) -> None:
        """Tell the arguments of a bare op."""
        self.bare.discard(op)
        self.replace(op, replace(self.graph.ops[op], note=note, attributes=attributes))

    def outputs(self, op: int, shapes: list[tuple[tuple[int, ...] | None, str]]) -> None:
        """Give a new op its output values, as (shape, dtype) each."""
        values = self.graph.values
        first = len(values)
        for slot, (shape, dtype) in enumerate(shapes):
            values.append(Value(ValueKind.OUTPUT, op, slot, "", shape, dtype))
        indices = tuple(range(first, len(values)))
        self.replace(op, replace(self.graph.ops[op], outputs=indices))

    def external(
        self, kind: ValueKind, name: str, shape: tuple[int, ...] | None, dtype: str
    ) -> int:
        """Index of an input, parameter, buffer or constant."""
        index = self._externals.get((kind, name))
        if index is None:
            index = self._externals[kind, name] = len(self.graph.values)
            self.graph.values.append(Value(kind, -1, 0, name, shape, dtype))
        return index

    def find_external(self, kind: ValueKind, name: str) -> int:
        """Index of an input, parameter, buffer or constant, -1 if there is none yet."""
        return self._externals.get((kind, name), -1)

    def replace(self, op: int, row: Op) -> None:
        """Put a changed row in the place of an op's."""
        self.graph.ops[op] = row
        self.replaced.add(op)

    def find(self, scope: int, ident: str) -> int:
        """Index of the op `ident` in `scope`, -1 if there is none."""
        return self._ops.get(f"{self.graph.scopes[scope].key}/{ident}", -1)
