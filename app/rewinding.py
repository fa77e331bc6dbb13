"""Where rewinding leads to, and what it does, in words."""

from __future__ import annotations

from dataclasses import dataclass

from ..tracers.ir import Run, RunState, Selection

STILL = (RunState.PAUSED, RunState.FINISHED, RunState.FAILED)  # of a process that lives


@dataclass(frozen=True, slots=True)
class Target:
    """Where a run is to stand live once more.

    Attributes:
        record: before this record; what follows is forgotten.
        frame: before this frame is opened, -1 where it is before the op itself.
    """

    record: int
    frame: int = -1

    def text(self, run: Run) -> str:
        """For a menu ("Rewind to Before Op 12, softmax")."""
        graph = run.graph
        if self.frame >= 0:
            return f"Re&wind to Before {graph.scopes[run.frames[self.frame].scope].path}"
        name = graph.ops[run.records[self.record].op].type
        return f"Re&wind to Before Op {self.record + 1:,}, {name}"

    def hint(self, run: Run) -> str:
        """What happens, with what becomes of the rest."""
        behind = len(run.records) - self.record
        rest = "1 op is" if behind == 1 else f"{behind:,} ops are"
        return f"Runs the model again from its start and stands there live; {rest} forgotten."


def target(run: Run | None, selection: Selection) -> Target | None:
    """Where rewinding to a selection leads to, None where it leads nowhere.

    Of a module that is its newest call. While the user looks back, what stands selected by that
    alone (the op before the cursor) means the cursor's own place.
    """
    if run is None or run.state not in STILL:
        return None
    cursor = run.cursor
    if cursor is not None and cursor.record < len(run.records):
        just_run = run.records[cursor.record - 1].op if cursor.record else -1
        followed = selection.op == just_run and selection.record in (-1, cursor.record - 1)
        if selection.empty or followed:
            return Target(cursor.record)
    return pointed(run, selection)


def pointed(run: Run | None, selection: Selection) -> Target | None:
    """As `target`, of what is selected alone."""
    if run is None or run.state not in STILL:
        return None
    if selection.op >= 0:
        record = record_of(run, selection)
        return Target(record) if record >= 0 else None
    return _call(run, selection.scope) if selection.scope > 0 else None


def record_of(run: Run, selection: Selection) -> int:
    """The execution that a selected op means where the user looks, -1 where it has not run."""
    if 0 <= selection.record < len(run.records):
        return selection.record
    return run.last_execution(selection.op, _until(run)) if selection.op >= 0 else -1


def _until(run: Run) -> int:
    return len(run.records) if run.failing >= 0 else run.place.record


def _call(run: Run, scope: int) -> Target | None:
    """Before the newest call of a module, as far as the user looks."""
    inside = [False] * len(run.frames)
    outer = [-1] * len(run.frames)
    for index, frame in enumerate(run.frames):
        if frame.scope == scope:
            outer[index] = index
        elif frame.parent >= 0:
            outer[index] = outer[frame.parent]
        inside[index] = outer[index] >= 0
    found: Target | None = None
    for record in range(_until(run) - 1, -1, -1):
        frame = run.records[record].frame
        if found is not None and outer[frame] != found.frame:
            break
        if inside[frame]:
            found = Target(record, outer[frame])
    return found
