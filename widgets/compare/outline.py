"""Records in the tree of a run's modules, as a list shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ...tracers.ir import Run, ScopeKind, is_inlined, op_counts

MOST = 250  # rows beneath one another without a step between: views lay out every row there is


@dataclass(eq=False, slots=True)
class Branch:
    """A module, with what is in it.

    Attributes:
        scope: the module's, -1 for a part of a long list.
        parts: rows (their numbers) and branches, in order.
        rows: the numbers of all rows in it and beneath.
    """

    name: str
    scope: int
    parts: list[int | Branch] = field(default_factory=list["int | Branch"])
    rows: list[int] = field(default_factory=list[int])


class Outline:
    """The modules of one run."""

    def __init__(self, run: Run) -> None:
        graph = self._graph = run.graph
        counts = self._counts = op_counts(graph)
        self._last: dict[int, int] | None = None  # by scope; -1 where others are in it
        self._inlined = [is_inlined(graph, counts, scope) for scope in range(len(graph.scopes))]

    def tree(self, rows: Iterable[tuple[int, int]]) -> list[int | Branch]:
        """Rows, given as (number, op or -1), where their ops stand.

        A module around one op is that op; what only holds modules is written before their names.
        """
        graph = self._graph
        root = Branch("", 0)
        branches: dict[int, Branch] = {0: root}
        for number, op in rows:
            branch = self._branch(branches, graph.ops[op].scope if op >= 0 else 0)
            branch.parts.append(number)
            while True:
                branch.rows.append(number)
                if branch is root:
                    break
                branch = branches[graph.scopes[branch.scope].parent]
        parts = root.parts
        while len(parts) == 1 and isinstance(parts[0], Branch):
            parts = parts[0].parts
        return _split(_hoisted(parts))

    def name(self, op: int) -> str:
        """An op as its row is called: by the module that it alone is, else by its type."""
        row = self._graph.ops[op]
        scope = self._graph.scopes[row.scope]
        return scope.name if self._inlined[row.scope] and scope.name else row.type

    def kind(self, op: int) -> str:
        """The op's type; of the last op of a module without others in it, the module's."""
        if self._last is None:
            self._last = {}
            for index, row in enumerate(self._graph.ops):
                self._last[row.scope] = index
            above = (self._graph.scopes[scope].parent for scope in self._last)
            for scope in [one for one in above if one in self._last]:
                self._last[scope] = -1
        row = self._graph.ops[op]
        scope = self._graph.scopes[row.scope]
        several = self._counts[row.scope] > 1 and scope.kind is ScopeKind.MODULE
        if several and self._last[row.scope] == op and scope.type:
            return scope.type
        return row.type

    def _branch(self, branches: dict[int, Branch], scope: int) -> Branch:
        found = branches.get(scope)
        if found is None:
            row = self._graph.scopes[scope]
            above = self._branch(branches, row.parent)
            if self._inlined[scope]:
                found = above
            else:
                name = row.name or row.type
                found = Branch(f"{name} #{row.call}" if row.call > 1 else name, scope)
                above.parts.append(found)
            branches[scope] = found
        return found


def _hoisted(parts: Sequence[int | Branch]) -> list[int | Branch]:
    """Without those that hold nothing but branches."""
    found: list[int | Branch] = []
    for part in parts:
        if isinstance(part, int):
            found.append(part)
            continue
        inside = _hoisted(part.parts)
        if inside and all(isinstance(one, Branch) and one.scope >= 0 for one in inside):
            for one in inside:
                if isinstance(one, Branch):
                    one.name = f"{part.name}.{one.name}"
                    found.append(one)
        else:
            part.parts = inside
            found.append(part)
    return found


def _split(parts: list[int | Branch]) -> list[int | Branch]:
    """Long lists in pieces."""
    for part in parts:
        if isinstance(part, Branch):
            part.parts = _split(part.parts)
    if len(parts) <= MOST:
        return parts
    pieces: list[int | Branch] = []
    for first in range(0, len(parts), MOST):
        some = parts[first : first + MOST]
        piece = Branch(f"{first + 1:,} – {first + len(some):,}", -1, some)
        for one in some:
            piece.rows.extend([one] if isinstance(one, int) else one.rows)
        pieces.append(piece)
    return _split(pieces)
