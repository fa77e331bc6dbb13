"""Where rewinding leads to, and what it does, in words."""

from __future__ import annotations

from ..tracers.ir import Run, RunState, Selection

STILL = (RunState.PAUSED, RunState.FINISHED, RunState.FAILED)  # of a process that lives


def target(run: Run | None, selection: Selection) -> int:
    """The record that rewinding to a selection leads to before; -1 where there is none.

    Of a module that is the first op of its newest call. While the user looks back, what stands
    selected by that alone (the op before the cursor) means the cursor's own place.
    """
    if run is None or run.state not in STILL:
        return -1
    cursor = run.cursor
    if cursor is not None and cursor.record < len(run.records):
        just_run = run.records[cursor.record - 1].op if cursor.record else -1
        followed = selection.op == just_run and selection.record in (-1, cursor.record - 1)
        if selection.empty or followed:
            return cursor.record
    return record_of(run, selection)


def record_of(run: Run, selection: Selection) -> int:
    """The execution that a selection of an op or a module means, -1 where it has not run."""
    if 0 <= selection.record < len(run.records):
        return selection.record
    if selection.op >= 0:
        return run.last_execution(selection.op, _until(run))
    return _first_in(run, selection.scope) if selection.scope > 0 else -1


def _until(run: Run) -> int:
    failed = run.state is RunState.FAILED and run.cursor is None
    return len(run.records) if failed else run.place.record


def _first_in(run: Run, scope: int) -> int:
    """The first record inside the newest call of a scope before where the user looks."""
    inside: dict[int, bool] = {}
    for index, frame in enumerate(run.frames):
        inside[index] = frame.scope == scope or inside.get(frame.parent, False)
    first = -1
    for index in range(_until(run) - 1, -1, -1):
        if inside.get(run.records[index].frame, False):
            first = index
        elif first >= 0:
            break
    return first


def rewind_text(run: Run, record: int) -> str:
    """What rewinding does, for a menu ("Rewind to Before Op 12, softmax")."""
    return f"Re&wind to Before Op {record + 1:,}, {run.graph.ops[run.records[record].op].type}"


def rewind_hint(run: Run, record: int) -> str:
    """The same with what becomes of the rest."""
    behind = len(run.records) - record
    rest = "1 op is" if behind == 1 else f"{behind:,} ops are"
    return f"Runs the model again from its start and stands there live; {rest} forgotten."
