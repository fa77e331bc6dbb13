"""Ties lines of source to the run: which ops ran on a line, and what to write after it."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass

from ...tracers.ir import Category, Run, RunState, Selection
from ..run.wording import bad_text, bad_token, number, shapes_text, worst

MOST = 64  # records of one visit of a line that are looked at


@dataclass(frozen=True, slots=True)
class Note:
    """A few words after the end of a line, in a colour token."""

    text: str
    token: str


class Lines:
    """The records of each line of each file. `follow` costs in proportion to what is new."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._of_source: list[tuple[str, int]] = []
        self._records: dict[tuple[str, int], list[int]] = {}
        self._ops: dict[tuple[str, int], list[int]] = {}
        self._direct: Counter[int] = Counter()
        self._seen = self._seen_ops = 0
        self.follow()

    def follow(self) -> None:
        """Take in new sources, ops and records."""
        run = self.run
        for line in run.graph.sources[len(self._of_source) :]:
            self._of_source.append((line.file, line.line))
        for index in range(self._seen_ops, len(run.graph.ops)):
            op = run.graph.ops[index]
            self._direct[op.scope] += 1
            source = op.source
            if source >= 0:
                self._ops.setdefault(self._of_source[source], []).append(index)
        self._seen_ops = len(run.graph.ops)
        for index in range(self._seen, len(run.records)):
            source = run.records[index].source
            if source >= 0:
                self._records.setdefault(self._of_source[source], []).append(index)
        self._seen = len(run.records)

    def newest(self, file: str, line: int) -> int:
        """The newest record of a line before the place looked at, -1 for none."""
        records = self._records.get((file, line), [])
        at = bisect_left(records, self.run.place.record)
        return records[at - 1] if at else -1

    def visit(self, file: str, line: int) -> list[int]:
        """The records of the newest visit of a line, newest first: those in a row before it, as far
        as MOST goes; a loop in the user's code makes another op in every pass."""
        records = self._records.get((file, line), [])
        at = bisect_left(records, self.run.place.record)
        found: list[int] = []
        ops: set[int] = set()
        while at and len(found) < MOST:
            at -= 1
            op = self.run.records[records[at]].op
            if op in ops:
                break
            ops.add(op)
            found.append(records[at])
        return found

    def ops(self, file: str, line: int) -> list[int]:
        """The ops of the map on a line."""
        return self._ops.get((file, line), [])

    def has_ops(self, file: str, line: int) -> bool:
        """A run can stop on the line, as far as is known."""
        return (file, line) in self._ops or (file, line) in self._records

    def note(self, file: str, line: int) -> Note | None:
        """What the newest visit of a line gave, where that is worth a word."""
        newest = self.newest(file, line)
        if newest < 0 or not self._is_current(newest):
            return None
        if self.run.records[newest].error:
            return Note(self.run.records[newest].error.partition("\n")[0], "breakpoint")
        for index in self.visit(file, line):
            bad = worst(self.run.records[index])
            if bad is not None:
                text = bad_text(bad, counted=True)
                return Note(text, bad_token(text))
        record = self.run.records[newest]
        if self.run.graph.ops[record.op].category is not Category.MATMUL or not record.outputs:
            return None
        if record.outputs[0].pending:
            return Note("max …", "text3")
        largest = record.outputs[0].maximum
        return None if largest is None else Note(f"max {number(largest)}", "text3")

    def _is_current(self, record: int) -> bool:
        """The record lies in the call that the place stands in, not in an earlier one."""
        run = self.run
        place = run.place
        over = run.state in (RunState.FINISHED, RunState.FAILED)
        if run.cursor is None and (over or run.failing == record):
            return True
        frame = place.frame
        if place.op >= 0 and self._direct[place.scope] == 1:
            frame = max(run.frames[frame].parent, 0)  # a module around one op: its caller's line
        return frame in run.frame_chain(run.records[record].frame)

    def selected(self, selection: Selection) -> tuple[int, int]:
        """(source, record) of the selected op; -1 where there is none."""
        run = self.run
        if not 0 <= selection.op < len(run.graph.ops):
            return -1, -1
        record = selection.record
        if record < 0:
            record = run.last_execution(selection.op, run.place.record)
        if 0 <= record < len(run.records):
            return run.records[record].source, record
        return run.graph.ops[selection.op].source, -1

    def shape_note(self, record: int) -> Note | None:
        """The shape that the selected op gave."""
        if record < 0:
            return None
        outputs = self.run.records[record].outputs
        return Note(shapes_text([output.shape for output in outputs]), "accent")
