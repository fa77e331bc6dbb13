"""Edits of a run without a window: from words to edits, and what they changed."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Sequence
from typing import Any

from ...tracers.ir import Difference, Edit, EditKind, Run, RunState
from ...tracers.ir.edit_terms import edit_problem
from ...tracers.protocol.client import Client
from ...tracers.protocol.json_ir import to_json
from ...tracers.protocol.messages import CHANGES, EDITS
from ...tracers.protocol.refusal import Refusal
from .report import find_value, number

_INPUT = re.compile(r"(.*\S)\s+input\s+(\d+)$")
_MOVES = {
    Difference.EDITED: "edited",
    Difference.CHANGED: "changed",
    Difference.ADDED: "only with",
    Difference.REMOVED: "only without",
}


class CannotEdit(Exception):
    """One sentence that says why."""


def run_edited(client: Client, texts: Sequence[str], patience: float) -> list[str]:
    """After a run, run once more with edits; the mirror's run has them, and what they changed.

    Gives what did not go plainly, a sentence each. Raises CannotEdit where nothing was run.
    """
    run = client.mirror.run
    edits = [read_edit(run, text, number) for number, text in enumerate(texts, 1)]
    try:
        client.request(EDITS, {"edits": to_json(edits)}, patience)
    except Refusal as error:
        raise CannotEdit(str(error)) from error
    body = client.wait_event(CHANGES, patience)
    while run.state is RunState.PAUSED:
        client.step("continue", timeout=patience)
        body = client.wait_event(CHANGES, patience)
    labels = {edit.id: edit.label for edit in edits}
    problems = [
        f"The edit of {labels[id_]} did not apply: {text}" for id_, text in body["problems"]
    ]
    if problems:
        raise CannotEdit("\n".join(problems))
    return [f"{labels[id_]}: {text}" for id_, text in body["notes"]]


def read_edit(run: Run, text: str, ident: int) -> Edit:
    """An edit of something in a run: VALUE=EXPRESSION, VALUE=@FILE.npy, OP input N=… .

    Raises CannotEdit.
    """
    where, sign, what = text.partition("=")
    what = what.strip()
    if not sign or not where.strip() or not what:
        raise CannotEdit(f"{text} is no edit; write OP=EXPRESSION, such as /layer1/relu:0=x*2.")
    read = _INPUT.match(where.strip())
    name = read.group(1) if read else where.strip()
    record, slot = find_value(run, name)
    if record < 0:
        keys = sorted({run.graph.ops[row.op].key for row in run.records})
        near = difflib.get_close_matches(name, keys, 1, 0.4)
        hint = f" Near to it is {near[0]}." if near else ""
        raise CannotEdit(f"No op of the run is called {name}.{hint}")
    op = run.records[record].op
    kind, words = EditKind.EXPRESSION, what
    if what.startswith("@"):
        kind, words = EditKind.FILE, os.path.abspath(what[1:])
    edit = Edit(
        ident,
        run.graph.ops[op].key,
        kind,
        words,
        turn=run.executions(op).index(record),
        slot=int(read.group(2)) if read else slot,
        is_input=read is not None,
        label=where.strip(),
    )
    problem = edit_problem(edit)
    if problem:
        raise CannotEdit(f"The edit of {edit.label} does not apply: {problem}")
    return edit


def changes_json(run: Run) -> list[dict[str, Any]]:
    """What the edits changed, in the order in which it ran."""
    return [
        {
            "op": run.graph.ops[change.op].key,
            "how": change.how.value,
            "record": change.record if change.record >= 0 else None,
            "before": change.before if change.before >= 0 else None,
            "largest": change.largest,
            "text": change.text,
        }
        for change in run.changes
    ]


def changes_table(run: Run) -> Iterator[str]:
    """One line for each op that differs from the run without edits; columns are aligned."""
    rows = [("#", "op", "scope", "", "by up to", "")]
    for change in run.changes:
        op = run.graph.ops[change.op]
        place = str(change.record + 1) if change.record >= 0 else ""
        largest = "" if change.largest is None else number(change.largest)
        scope = run.graph.scopes[op.scope].path
        rows.append((place, op.type, scope, _MOVES[change.how], largest, change.text))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.rjust(width) if column in (0, 4) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
