"""The user's edits as a run applies them: where each one falls, what it gives, what went wrong."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..ir import Edit, EditKind, Run
from ..ir.edit_terms import edit_problem
from ..protocol.refusal import Refusal
from .backend import Backend
from .replacements import Editable, read_array, replacement

# By slot, what stands there instead.
Replaced = dict[int, object]


@dataclass(slots=True)
class Happened:
    """What came of the edits at one record.

    Attributes:
        turn: of the model's runs, that in which it happened.
        applied: ids of those that did.
        problems: by id, why one did not.
        notes: by id, how one was done where that is not plain.
    """

    turn: int
    applied: set[int] = field(default_factory=set[int])
    problems: dict[int, str] = field(default_factory=dict[int, str])
    notes: dict[int, str] = field(default_factory=dict[int, str])


class Edits:
    """For one run. `replace` is called while it stands still, all else by the backend as it runs.

    A backend asks `at` before an op, then `inputs`, runs the op, and asks `outputs`.

    Attributes:
        rows: in the order in which they apply.
    """

    def __init__(self, run: Run, backend: Backend) -> None:
        self.rows: list[Edit] = []
        self._run = run
        self._backend = backend
        self._wrong: dict[int, str] = {}
        self._by_key: dict[str, list[Edit]] = {}
        self._happened: dict[int, Happened] = {}
        self._turn = 0

    def replace(self, rows: Sequence[Edit]) -> list[Edit]:
        """Take other edits; gives those that are new, gone, changed or toggled, old and new ones.

        Raises Refusal where this framework's values cannot be edited.
        """
        if rows:
            self._check()
        before = self._effective()
        self.rows = list(rows)
        self._wrong = {edit.id: text for edit in rows if (text := _problem(edit))}
        after = self._effective()
        self._by_key = {}
        for edit in after:
            self._by_key.setdefault(edit.where, []).append(edit)
        old, new = ([replace(edit, label="") for edit in side] for side in (before, after))
        return [edit for edit in old if edit not in new] + [edit for edit in new if edit not in old]

    def anew(self) -> None:
        """The model runs once more from its start."""
        self._turn += 1

    def at(self, op: int, record: int) -> list[Edit] | None:
        """Those of the execution of an op that becomes a record; None for none."""
        if not self._by_key and not self._happened:
            return None
        happened = self._happened.get(record)
        if happened is not None and happened.turn != self._turn:
            del self._happened[record]  # of what ran here before
        rows = self._by_key.get(self._run.graph.ops[op].key)
        if rows is None:
            return None
        turn = bisect_left(self._run.executions(op), record)
        return [edit for edit in rows if edit.turn == turn] or None

    def inputs(self, rows: Sequence[Edit], record: int, given: Sequence[object]) -> Replaced:
        """What an op is to read instead of some of the tensors given to it."""
        return self._replaced([edit for edit in rows if edit.is_input], record, given, given)

    def outputs(
        self,
        rows: Sequence[Edit],
        record: int,
        outputs: Sequence[object],
        inputs: Sequence[object],
    ) -> Replaced:
        """What stands for some outputs of an op; `inputs` are what it has read."""
        wanted = [edit for edit in rows if not edit.is_input]
        return self._replaced(wanted, record, outputs, inputs)

    def move(self, record: int, to: int) -> None:
        """What was thought to become one record has become another."""
        if record != to and record in self._happened:
            self._happened[to] = self._happened.pop(record)

    def note(self, rows: Sequence[Edit], record: int, slot: int, is_input: bool, text: str) -> None:
        """Say how the edits of a value were done."""
        for edit in rows:
            if (edit.slot, edit.is_input) == (slot, is_input):
                self._at(record).notes[edit.id] = text

    def failed(
        self, rows: Sequence[Edit], record: int, slot: int, is_input: bool, text: str
    ) -> None:
        """Say why the edits of a value could not be put in its place."""
        for edit in rows:
            if (edit.slot, edit.is_input) == (slot, is_input):
                happened = self._at(record)
                happened.applied.discard(edit.id)
                happened.problems[edit.id] = text

    def edited(self, record: int) -> bool:
        """Some edit applied at this record."""
        happened = self._happened.get(record)
        return happened is not None and bool(happened.applied)

    @property
    def idle(self) -> bool:
        """None is to apply, and none has applied to what has not run anew since."""
        return not self._by_key and not self._happened

    def any(self) -> bool:
        """Some edit may apply."""
        return bool(self._by_key)

    def first_edited(self) -> int:
        """The first record at which one applied, -1 for none."""
        return min((each for each, what in self._happened.items() if what.applied), default=-1)

    def forget_from(self, record: int) -> None:
        """The run goes on from this record anew."""
        for index in [index for index in self._happened if index >= record]:
            del self._happened[index]

    def problems(self, over: bool) -> dict[int, str]:
        """By id, why an edit does not apply; `over`: what has not run by now never will."""
        valid = {edit.id for edit in self._effective()}
        found = dict(self._wrong)
        for happened in self._happened.values():
            found.update({id_: text for id_, text in happened.problems.items() if id_ in valid})
        done = {each for happened in self._happened.values() for each in happened.applied}
        if over:
            for edit in self._effective():
                if edit.id not in done and edit.id not in found:
                    found[edit.id] = self._missed(edit)
        return found

    def notes(self) -> dict[int, str]:
        """By id, how an edit was done where that is not plain."""
        found: dict[int, str] = {}
        for happened in self._happened.values():
            found.update(happened.notes)
        return found

    def record_of(self, edit: Edit) -> int:
        """Where the execution that an edit means stands in the run, -1 where it has not come."""
        graph = self._run.graph
        op = next((index for index, op in enumerate(graph.ops) if op.key == edit.where), -1)
        executions = self._run.executions(op) if op >= 0 else []
        return executions[edit.turn] if 0 <= edit.turn < len(executions) else -1

    def _check(self) -> None:
        backend = self._backend
        words = f"Values of {backend.name} cannot be edited."
        if isinstance(backend, Editable):
            words = backend.no_edits
        if words:
            raise Refusal("no-edits", words)

    def _effective(self) -> list[Edit]:
        return [edit for edit in self.rows if edit.enabled and edit.id not in self._wrong]

    def _replaced(
        self,
        rows: Sequence[Edit],
        record: int,
        values: Sequence[object],
        inputs: Sequence[object],
    ) -> Replaced:
        """Each edit works on what the one before made of the same value."""
        made: Replaced = {}
        for edit in rows:
            happened = self._at(record)
            if not 0 <= edit.slot < len(values):
                happened.problems[edit.id] = _no_slot(edit, len(values))
                continue
            value = made.get(edit.slot, values[edit.slot])
            try:
                made[edit.slot] = replacement(edit, value, inputs, self._backend)
            except Refusal as error:
                happened.problems[edit.id] = str(error)
            except Exception as error:  # noqa: BLE001 - whatever a framework raises is the answer
                reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
                happened.problems[edit.id] = f"The new value cannot be made: {reason[:200]}."
            else:
                happened.applied.add(edit.id)
        return made

    def _at(self, record: int) -> Happened:
        return self._happened.setdefault(record, Happened(self._turn))

    def _missed(self, edit: Edit) -> str:
        graph = self._run.graph
        op = next((index for index, op in enumerate(graph.ops) if op.key == edit.where), -1)
        if op < 0:
            return f"The model has no op {edit.where}."
        count = len(self._run.executions(op))
        label = graph.op_label(op)
        if count == 0:
            return f"{label} did not run."
        times = "once" if count == 1 else f"{count} times"
        return f"{label} ran {times}, so its execution {edit.turn + 1} never came."


def _problem(edit: Edit) -> str:
    text = edit_problem(edit)
    if not text and edit.kind is EditKind.FILE:
        try:
            read_array(edit.text.strip())
        except Refusal as error:
            return str(error)
    return text


def _no_slot(edit: Edit, count: int) -> str:
    side, verb = ("input", "reads") if edit.is_input else ("output", "gives")
    if count == 0:
        return f"The op {verb} no value that could be replaced."
    return f"The op {verb} {count} value{'' if count == 1 else 's'}; it has no {side} {edit.slot}."
