"""What the hover card says of a node or a wire: what the window knows already, nothing else.

Statistics are of the execution that is looked at. Those that are still to come are said to be
pending; nobody is asked for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...tracers.ir import Category, OpRecord, RunState, ScopeKind, TensorSummary
from ..notes import Noted
from ..run.wording import count_text, line_text, seconds_text
from ..tensor.formatting import MINUS, count, number, shape_text, size_text
from .model import is_op, key_scope, key_value
from .name_groups import is_named
from .note_signs import note_lines, note_of
from .scene import Look, Node
from .stage import Stage

FEW = 3  # values named one by one
MOST_OPS = 5_000  # ops of a group whose times are added up
_KINDS = {
    ScopeKind.LOOP: "loop body",
    ScopeKind.FUNCTION: "function",
    ScopeKind.BRANCH: "branch",
    ScopeKind.BACKWARD: "backward pass",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what it is of, what it says, the token of its colour."""

    name: str
    text: str
    token: str = "text1"


@dataclass(frozen=True, slots=True)
class CardText:
    """A card's words.

    Attributes:
        note: in grey beside the title.
        category: of an op, for its colour.
        parts: rows, in parts with a line between.
    """

    title: str
    note: str = ""
    category: Category | None = None
    parts: tuple[tuple[Row, ...], ...] = ()

    @property
    def spoken(self) -> str:
        """In one go, for a screen reader."""
        rows = (f"{row.name} {row.text}" for part in self.parts for row in part)
        return ". ".join([f"{self.title} {self.note}".strip(), *rows])


class CardWords:
    """Of a stage."""

    def __init__(self, stage: Stage, noted: Noted | None = None) -> None:
        """`noted`: where the user's notes are."""
        self._stage = stage
        self._noted = noted or Noted()
        self._model = stage.model
        self._graph = stage.model.graph
        self._progress = stage.progress
        self._run = stage.run

    def node(self, index: int) -> CardText:
        """Of a node of the scene."""
        node = self._stage.picture.scene.nodes[index]
        if is_op(node.key):
            return self._with_note(self._op(node), node)
        if key_scope(node.key) >= 0:
            return self._with_note(self._group(node), node)
        return self._outside(key_value(node.key))

    def _with_note(self, text: CardText, node: Node) -> CardText:
        """What the user wrote stands first."""
        lines = note_lines(note_of(self._noted, node))
        rows = tuple(Row("" if at else "your note", line) for at, line in enumerate(lines))
        return replace(text, parts=(rows, *text.parts)) if rows else text

    def wire(self, index: int) -> CardText:
        """Of the tensor that a wire of the scene carries."""
        value = self._stage.picture.scene.wires[index].value
        row = self._graph.values[value]
        parts: list[Sequence[Row]] = [self._value_rows(value)]
        maker = self._op_name(row.op) if row.op >= 0 else f"{row.kind.value} {row.name}".strip()
        users = self._model.feeds(row.op) if row.op >= 0 else self._model.users(value)
        users = [op for op in users if value in self._graph.ops[op].inputs]
        ways = [Row("from", maker)]
        ways += [
            Row("to" if not at else "", self._op_name(op)) for at, op in enumerate(users[:FEW])
        ]
        if len(users) > FEW:
            ways.append(Row("", f"and {len(users) - FEW} more"))
        return CardText(self._value_name(value), "tensor", None, _filled([*parts, ways]))

    # Ops.

    def _op(self, node: Node) -> CardText:
        op = node.members[-1]
        row = self._graph.ops[op]
        scope = self._graph.scopes[row.scope]
        about = [Row("in", scope.path)] if scope.path else []
        if row.note:
            about.append(Row("note", row.note))
        if row.source >= 0:
            about.append(Row("line", line_text(self._graph.sources[row.source])))
        if len(node.members) > 1:
            types = (self._graph.ops[key].type for key in node.members)
            about.append(Row("folded", " → ".join(types)))
        first = self._graph.ops[next(iter(node.members))]
        record = self._record(op)
        takes = self._values("input", first.inputs)
        gives: list[Row] = []
        if record is None:
            gives += self._values("output", row.outputs)
        state: list[Row] = []
        error = next((e for key in node.members if (e := self._progress.errors.get(key))), "")
        if error:
            state.append(Row("failed", error, "breakpoint"))
        elif record is None:
            state.append(Row("state", "has not run", "text3"))
        else:
            gives += self._results(record)
            state += self._cost(op, record, node.members)
        return CardText(row.type, scope.type, row.category, _filled([about, takes, gives, state]))

    def _record(self, op: int) -> OpRecord | None:
        """An op's execution that is looked at; None where it has not run there."""
        run = self._run
        index = self._progress.looked.record_of(op)
        if run.cursor is not None and index >= run.cursor.record:
            index = run.last_execution(op, run.cursor.record)
        return run.records[index] if 0 <= index < len(run.records) else None

    def _results(self, record: OpRecord) -> list[Row]:
        rows: list[Row] = []
        outputs = record.outputs
        for slot, summary in enumerate(outputs[:FEW]):
            name = "output" if len(outputs) == 1 else f"output {slot}"
            rows.append(Row(name, _shape(summary.shape, summary.dtype)))
            rows += _statistics(summary)
        if len(outputs) > FEW:
            rows.append(Row("", f"and {len(outputs) - FEW} more"))
        return rows

    def _cost(self, op: int, record: OpRecord, members: Sequence[int]) -> list[Row]:
        records = [found for key in members if (found := self._record(key)) is not None]
        times = len(self._run.executions(op))
        took = seconds_text(sum(one.duration for one in records))
        rows = [Row("time", took if times == 1 else f"{took}, the last of {times} runs")]
        size = sum(summary.nbytes for summary in record.outputs)
        return [*rows, Row("bytes", size_text(size))] if size else rows

    # Groups.

    def _group(self, node: Node) -> CardText:
        scopes = [key_scope(key) for key in node.members]
        first = self._model.row(scopes[0])
        title = self._model.title(scopes[0])
        about: list[Row] = []
        if node.look is Look.FOLD:
            title = f"{title} – {self._model.title(scopes[-1])}"
            about.append(Row("folded", f"{len(scopes)} alike blocks in a row"))
        if is_named(scopes[0]):
            layers = sum(len(self._model.layers(scope)) for scope in scopes)
            about.append(Row("layers", f"{layers}, grouped by name"))
        elif first.path:
            about.append(Row("path", first.path))
        passes = self._progress.passes(scopes[0]) if len(scopes) == 1 else ""
        if passes:
            about.append(Row("passes", passes))
        groups = self._model.groups
        takes = self._values("input", list(groups[scopes[0]].entering))
        leaving = list(groups[scopes[-1]].leaving)
        gives: list[Row] = []
        for at, value in enumerate(leaving[:FEW]):
            summary = self._summary(value)
            rows = self._values("output" if len(leaving) == 1 else f"output {at}", [value])
            gives += rows if summary is None else [*rows, *_statistics(summary)]
        if len(leaving) > FEW:
            gives.append(Row("", f"and {len(leaving) - FEW} more"))
        kind = "" if is_named(scopes[0]) else _KINDS.get(first.kind, first.type)
        parts = _filled([about, takes, gives, self._how_far(scopes)])
        return CardText(title, kind, None, parts)

    def _how_far(self, scopes: Sequence[int]) -> list[Row]:
        counts = [self._progress.count(scope) for scope in scopes]
        ran, total = sum(one for one, _ in counts), sum(all_ for _, all_ in counts)
        if not ran:
            return [Row("state", f"none of {count_text(total)} has run", "text3")]
        rows = [Row("ran", count_text(total) if ran == total else f"{ran} of {count_text(total)}")]
        if total <= MOST_OPS and self._run.state is not RunState.RUNNING:
            ops = (op for scope in scopes for op in self._model.ops_of(scope))
            records = (record for op in ops if (record := self._record(op)) is not None)
            rows.append(Row("time", seconds_text(sum(record.duration for record in records))))
        return rows

    # Values.

    def _outside(self, value: int) -> CardText:
        row = self._graph.values[value]
        rows = [Row("shape", _shape(row.shape, row.dtype))]
        users = self._model.users(value)
        taken = [
            Row("to" if not at else "", self._op_name(op)) for at, op in enumerate(users[:FEW])
        ]
        if len(users) > FEW:
            taken.append(Row("", f"and {len(users) - FEW} more"))
        return CardText(row.name or row.kind.value, row.kind.value, None, _filled([rows, taken]))

    def _value_rows(self, value: int) -> list[Row]:
        row = self._graph.values[value]
        summary = self._summary(value)
        if summary is None:
            rows = [Row("shape", _shape(row.shape, row.dtype))]
            if row.op >= 0:
                rows.append(Row("state", "not there yet", "text3"))
            return rows
        rows = [Row("shape", _shape(summary.shape, summary.dtype)), *_statistics(summary)]
        return [*rows, Row("bytes", size_text(summary.nbytes))] if summary.nbytes else rows

    def _summary(self, value: int) -> TensorSummary | None:
        """What is known of a value where the user looks."""
        row = self._graph.values[value]
        record = self._record(row.op) if row.op >= 0 else None
        if record is not None:
            return record.outputs[row.slot] if row.slot < len(record.outputs) else None
        looks_back = self._run.cursor is not None
        return None if row.op < 0 or looks_back else self._progress.recorded(value)

    def _values(self, name: str, values: Sequence[int]) -> list[Row]:
        rows: list[Row] = []
        for at, value in enumerate(values[:FEW]):
            row, known = self._graph.values[value], self._summary(value)
            shape, dtype = (row.shape, row.dtype) if known is None else (known.shape, known.dtype)
            text = _shape(shape, dtype)
            if name == "input":
                text = f"{self._value_name(value)} · {text}"
            rows.append(Row(name if not at else "", text))
        if len(values) > FEW:
            rows.append(Row("", f"and {len(values) - FEW} more"))
        return rows

    def _value_name(self, value: int) -> str:
        """A value's own name, or that of the op that makes it."""
        row = self._graph.values[value]
        if row.op < 0:
            return row.name or row.kind.value
        outputs = len(self._graph.ops[row.op].outputs)
        made = self._graph.ops[row.op].type
        return row.name or (f"{made} output {row.slot}" if outputs > 1 else made)

    def _op_name(self, op: int) -> str:
        """An op, and the module that it stands in."""
        row = self._graph.ops[op]
        path = self._graph.scopes[row.scope].path
        return f"{row.type} in {path}" if path else row.type


def _statistics(summary: TensorSummary) -> list[Row]:
    """Range, mean and what is not finite; one row while they are pending."""
    if summary.pending:
        return [Row("range", "pending", "text3")]
    rows: list[Row] = []
    if summary.minimum is not None and summary.maximum is not None:
        rows.append(Row("range", f"{number(summary.minimum)} … {number(summary.maximum)}"))
        if summary.mean is not None:
            rows.append(Row("mean", number(summary.mean)))
    if not summary.finite:
        amounts = (
            ("NaN", summary.nan),
            ("+Inf", summary.posinf),
            (f"{MINUS}Inf", summary.neginf),
        )
        words = ", ".join(f"{name} × {count(amount)}" for name, amount in amounts if amount)
        rows.append(Row("not finite", words, "nan" if summary.nan else "inf"))
    elif rows:
        rows.append(Row("NaN, Inf", "none", "ok"))
    elif summary.text:
        rows.append(Row("value", summary.text.splitlines()[0][:60]))
    return rows


def _shape(shape: tuple[int, ...] | None, dtype: str) -> str:
    return f"{shape_text(shape)} {dtype}".strip()


def _filled(parts: Iterable[Sequence[Row]]) -> tuple[tuple[Row, ...], ...]:
    return tuple(tuple(part) for part in parts if part)
