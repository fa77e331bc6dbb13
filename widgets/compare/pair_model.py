"""The models of the lists: what both runs have, what one has alone, and the weights."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from ...tracers.compare.result import WeightPair
from ...tracers.ir import Ref
from ..run.node_model import Key, Node, NodeModel
from .couples import Couple, Couples, op_of, type_of
from .measure import Measure, error_text, share, worst
from .outline import Branch, Outline
from .pair_rows import PairRow

_PAIR, _BRANCH, _OP, _WEIGHT = "pair", "branch", "op", "weight"


class BranchModel(NodeModel):
    """Branches with rows in them; each kind of row has its own key."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._parts: list[tuple[str, Sequence[int | Branch]]] = []
        self._branches: dict[int, tuple[str, Branch]] = {}
        self._serials: dict[tuple[int, str, int], int] = {}
        self.selected: Key | None = None
        super().__init__(parent)

    def show_parts(self, parts: list[tuple[str, Sequence[int | Branch]]]) -> None:
        """Show other rows; each list with the kind of its rows."""
        self.beginResetModel()
        self.restart()
        self._parts = parts
        self._branches.clear()
        self.endResetModel()

    def branch_of(self, node: Node) -> Branch | None:
        """What a row with others beneath it stands for."""
        found = self._branches.get(node.key[1]) if node.key[0] == _BRANCH else None
        return found[1] if found is not None else None

    def expandable(self, node: Node) -> bool:
        return node.key[0] == _BRANCH

    def build(self, node: Node) -> list[Node]:
        if node is self.root:
            return [self._node(kind, part, 0) for kind, parts in self._parts for part in parts]
        kind, branch = self._branches[node.key[1]]
        return [self._node(kind, part, node.key[1]) for part in branch.parts]

    def show_row(self, key: Key) -> Node | None:
        """The node of a row, wherever it stands."""
        if self.found(key) is None:
            parts = [part for kind, some in self._parts if kind == key[0] for part in some]
            node = self.root
            while node is not None:
                above = node.key[1] if node is not self.root else 0
                self.children_of(node)
                around = (one for one in parts if isinstance(one, Branch) and key[1] in one.rows)
                part = next(around, None)
                node = self._node(key[0], part, above) if part is not None else None
                parts = list(part.parts) if part is not None else []
        return self.found(key)

    def _node(self, kind: str, part: int | Branch, above: int) -> Node:
        if isinstance(part, int):
            return self.make((kind, part))
        # A branch keeps its number while its list is filtered: it stays open.
        name = above, part.name, part.scope
        serial = self._serials.setdefault(name, len(self._serials) + 1)
        self._branches[serial] = kind, part
        return self.make((_BRANCH, serial))


class PairModel(BranchModel):
    """The couples, by A's modules."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._couples: Couples | None = None
        self._measure = Measure()
        self._outline: Outline | None = None
        self._worst: dict[int, tuple[float | None, bool]] = {}
        self._texts: list[str] = []
        super().__init__(parent)

    def show_couples(self, couples: Couples | None, measure: Measure) -> None:
        """Another comparison."""
        self._couples, self._measure = couples, measure
        self._outline = couples.outline if couples is not None else None
        self._texts = []
        self._worst.clear()
        self.filter("")

    def show_measure(self, measure: Measure) -> None:
        """The same by another measure."""
        self._measure = measure
        self._worst.clear()
        if self._couples is not None:
            self.layoutChanged.emit()

    def filter(self, text: str) -> int:
        """Show the rows with all these words; how many there are."""
        couples, outline = self._couples, self._outline
        if couples is None or outline is None:
            self.show_parts([])
            return 0
        words = text.lower().split()
        self._worst.clear()
        if not words:
            self.show_parts([(_PAIR, couples.tree)])
            return len(couples.rows)
        if not self._texts:
            self._texts = [self._text(couples, outline, row) for row in couples.rows]
        found = enumerate(self._texts)
        rows = [number for number, text in found if all(word in text for word in words)]
        makers: list[int] = couples.makers["A"].tolist()
        tree = outline.tree((number, makers[number]) for number in rows)
        self.show_parts([(_PAIR, tree)])
        return len(rows)

    def couple_of(self, node: Node) -> Couple | None:
        """The couple of a row, None of a branch."""
        if self._couples is None or node.key[0] != _PAIR:
            return None
        return self._couples.rows[node.key[1]]

    def node_of(self, couple: Couple) -> Node | None:
        """The row of a couple; None where it is filtered away."""
        return self.show_row((_PAIR, couple.number))

    def row_of(self, node: Node, opened: bool) -> PairRow:
        couples = self._couples
        assert couples is not None
        assert self._outline is not None
        first = couples.starts[0].number if couples.starts else -1
        branch = self.branch_of(node)
        if branch is not None:
            return self._branch_row(node, branch, couples, first, opened)
        couple = couples.rows[node.key[1]]
        error = couples.headline(couple, self._measure)
        here = couple.number == first
        over = here or self._measure.over(error)
        sign = ("x", "warn") if over else ("check", "text3")
        return PairRow(
            node.depth,
            _name(couples, self._outline, couple),
            _note(couples, couple),
            selected=node.key == self.selected,
            error=error_text(error),
            length=share(error),
            over=over,
            first=here,
            sign=sign if error is not None or here else ("minus", "text3"),
        )

    def hint(self, node: Node) -> str:
        couples, couple = self._couples, self.couple_of(node)
        if couples is None or couple is None:
            return ""
        lines = [f"{one}: {_place(couples, one, couple.ref(one))}" for one in ("A", "B")]
        return "\n".join(lines)

    def _branch_row(
        self, node: Node, branch: Branch, couples: Couples, first: int, opened: bool
    ) -> PairRow:
        key = node.key[1]
        if key not in self._worst:
            errors = couples.errors(self._measure.metric)
            error = worst([errors[row] for row in branch.rows])
            self._worst[key] = error, first in branch.rows
        error, here = self._worst[key]
        return PairRow(
            node.depth,
            branch.name,
            _count(len(branch.rows)),
            group=True,
            opened=opened,
            error=error_text(error),
            length=share(error),
            over=here or self._measure.over(error),
            first=here,
        )

    def _text(self, couples: Couples, outline: Outline, couple: Couple) -> str:
        name = _name(couples, outline, couple)
        places = (_place(couples, side, couple.ref(side)) for side in ("A", "B"))
        return f"{name} {' '.join(places)}".lower()


class LoneModel(BranchModel):
    """What one run has alone, and what it computes in another number of ops."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._couples: Couples | None = None
        self._outlines: dict[str, Outline] = {}
        self._rows: list[tuple[str, int]] = []
        super().__init__(parent)

    @property
    def count(self) -> int:
        """How many ops have no counterpart."""
        if self._couples is None:
            return 0
        return sum(len(lone) for lone, _merged in self._couples.alone.values())

    def show_couples(self, couples: Couples | None) -> None:
        """Another comparison."""
        self._couples = couples
        self._outlines = {}
        if couples is not None:
            self._outlines = {side: Outline(couples.half(side).run) for side in ("A", "B")}
        self.filter("")

    def filter(self, text: str) -> int:
        """Show the rows with all these words; how many there are."""
        self._rows = []
        couples = self._couples
        if couples is None:
            self.show_parts([])
            return 0
        words = text.lower().split()
        tops: list[int | Branch] = []
        kinds = ((0, "Only in {}"), (1, "Merged with others in {}"))
        for kind, title in kinds:
            for side in ("A", "B"):
                run = couples.half(side).run
                found: list[tuple[int, int]] = []
                for record in couples.alone[side][kind]:
                    text_ = f"{type_of(run, (record, 0))} {_place(couples, side, (record, 0))}"
                    if all(word in text_.lower() for word in words):
                        found.append((len(self._rows), run.records[record].op))
                        self._rows.append((side, record))
                if found:
                    tree = self._outlines[side].tree(found)
                    top = Branch(title.format(side), -1, tree, [row for row, _op in found])
                    tops.append(top)
        self.show_parts([(_OP, tops)])
        return len(self._rows)

    def op_of(self, node: Node) -> tuple[str, int] | None:
        """Side and record of a row, None of a branch."""
        return self._rows[node.key[1]] if node.key[0] == _OP else None

    def node_of(self, side: str, record: int) -> Node | None:
        """The row of a record; None where there is none."""
        if (side, record) not in self._rows:
            return None
        return self.show_row((_OP, self._rows.index((side, record))))

    def row_of(self, node: Node, opened: bool) -> PairRow:
        branch = self.branch_of(node)
        if branch is not None:
            note = _count(len(branch.rows))
            return PairRow(node.depth, branch.name, note, group=True, opened=opened)
        assert self._couples is not None
        side, record = self._rows[node.key[1]]
        run = self._couples.half(side).run
        op = run.records[record].op
        name, kind = self._outlines[side].name(op), run.graph.ops[op].type
        return PairRow(
            node.depth,
            name,
            kind if kind != name else run.graph.ops[op].note,
            _shape(self._couples, side, (record, 0)),
            selected=node.key == self.selected,
        )

    def hint(self, node: Node) -> str:
        found = self.op_of(node)
        if found is None or self._couples is None:
            return ""
        return f"{found[0]}: {_place(self._couples, found[0], (found[1], 0))}"


class WeightModel(BranchModel):
    """The parameters of both, those that are suspicious first."""

    def __init__(self, parent: QObject | None = None) -> None:
        self._weights: tuple[WeightPair, ...] = ()
        self._measure = Measure()
        super().__init__(parent)

    def show_weights(self, weights: tuple[WeightPair, ...], measure: Measure) -> None:
        """Another comparison."""
        self._weights, self._measure = weights, measure
        self.filter("")

    def filter(self, text: str) -> int:
        """Show the rows with all these words; how many there are."""
        words = text.lower().split()
        groups: dict[str, list[int]] = {"Suspicious": [], "The same": [], "Unpaired": []}
        for number, weight in enumerate(self._weights):
            whole = f"{weight.a} {weight.b} {weight.hint}".lower()
            if all(word in whole for word in words):
                groups[weight_group(weight)].append(number)
        tops: list[int | Branch] = []
        for name, rows in groups.items():
            if rows:
                tops.append(Branch(name, -1, list(rows), rows))
        self.show_parts([(_WEIGHT, tops)])
        return sum(len(rows) for rows in groups.values())

    def weight_of(self, node: Node) -> int:
        """The number of a row's weight, -1 of a branch."""
        return node.key[1] if node.key[0] == _WEIGHT else -1

    def row_of(self, node: Node, opened: bool) -> PairRow:
        branch = self.branch_of(node)
        if branch is not None:
            note = str(len(branch.rows))
            return PairRow(node.depth, branch.name, note, group=True, opened=opened)
        weight = self._weights[node.key[1]]
        name, other = weight.a or weight.b, weight.b if weight.a else ""
        return PairRow(
            node.depth,
            name,
            "" if other == name else other,
            selected=node.key == self.selected,
            error=error_text(weight.error) if weight.a and weight.b else "",
            sign=("triangle-alert", "warn") if weight.hint else ("", ""),
        )

    def hint(self, node: Node) -> str:
        number = self.weight_of(node)
        if number < 0:
            return ""
        weight = self._weights[number]
        parts = [f"A: {weight.a}" if weight.a else "", f"B: {weight.b}" if weight.b else ""]
        return "\n".join(part for part in (*parts, weight.hint) if part)


def weight_group(weight: WeightPair) -> str:
    """Under which heading a weight is listed."""
    if not weight.a or not weight.b:
        return "Unpaired"
    return "Suspicious" if weight.hint else "The same"


def _name(couples: Couples, outline: Outline, couple: Couple) -> str:
    run = couples.story.a.run
    op = op_of(run, couple.a)
    if op < 0:
        return run.graph.values[couple.a[1]].name or "input"
    name = outline.name(op)
    outputs = len(run.records[couple.a[0]].outputs)
    return f"{name} [{couple.a[1]}]" if outputs > 1 else name


def _note(couples: Couples, couple: Couple) -> str:
    """B's op, and the pass of a loop that it is in."""
    run = couples.story.a.run
    other = op_of(couples.story.b.run, couple.b)
    text = couples.outline_b.kind(other) if other >= 0 else type_of(couples.story.b.run, couple.b)
    if couple.a[0] >= 0:
        turns = run.turns(run.records[couple.a[0]].frame)
        if turns:
            text += f" · pass {' · '.join(str(turn + 1) for turn in turns)}"
    return text


def _place(couples: Couples, side: str, ref: Ref) -> str:
    """An op with its module and number, for a hint and for the filter."""
    run = couples.half(side).run
    op = op_of(run, ref)
    if op < 0:
        return run.graph.values[ref[1]].name
    return f"{run.graph.op_label(op)}, op {ref[0] + 1:,}"


def _shape(couples: Couples, side: str, ref: Ref) -> str:
    outputs = couples.half(side).run.records[ref[0]].outputs
    if ref[1] >= len(outputs):
        return ""
    shape = outputs[ref[1]].shape
    return "×".join(str(extent) for extent in shape)


def _count(rows: int) -> str:
    return "1 op" if rows == 1 else f"{rows:,} ops"
