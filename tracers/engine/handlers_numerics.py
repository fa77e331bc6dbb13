"""Requests about a run's numbers: what is wrong, why a value is as it is, how much is 0. On the
model's thread: they read values."""

from __future__ import annotations

from typing import Any, cast

from ..ir import Ref, ValueRef
from ..ir.reason import Question
from ..protocol.json_ir import to_json
from ..protocol.messages import FINDINGS, WHY, ZEROS
from ..protocol.refusal import Refusal
from .backend import Recorded
from .explain import explain
from .live import Live
from .server import Answer, Handlers, whole_number
from .watched import Watched
from .why import why
from .why_look import Look
from .zeros import count_zeros

Json = dict[str, Any]


def _findings(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    loaded.settle()
    backend = loaded.program.backend
    given: Any = arguments.get("watches") or []
    watches = cast("list[object]", given if isinstance(given, list) else [given])
    problems: list[tuple[str, str]] = []
    with backend.functions.quiet():
        if isinstance(loaded.program, Recorded):
            found = list(loaded.program.findings)  # the file may lack the values that they are of
        else:
            found = explain(loaded.run, loaded.values, backend)
        watched = Watched(loaded.run, loaded.values, backend, loaded.judge)
        for text in watches:
            if not isinstance(text, str):
                raise Refusal("bad-arguments", "The request needs a list of texts as watches.")
            hits, problem = watched.ask(text)
            found += hits
            if problem:
                problems.append((text, problem))
    return Answer({"findings": to_json(found), "problems": to_json(problems)})


def _why(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    named = ValueRef(
        whole_number(arguments, "record"),
        whole_number(arguments, "slot", 0),
        arguments.get("isInput") is True,
    )
    index, asked = arguments.get("index"), arguments.get("question")
    if index is not None and not _is_index(index):
        raise Refusal("bad-arguments", "The request needs whole numbers as index, or null.")
    known = {question.value: question for question in Question}
    if asked is not None and asked not in known:
        raise Refusal("bad-arguments", f"The question is one of {', '.join(known)}, or null.")
    look = Look(loaded.run, loaded.values, loaded.program.backend)
    with look.backend.functions.quiet():
        ref = loaded.values.ref(named)
        place = None if index is None else tuple(index)
        reason = why(look, ref, place, None if asked is None else known[asked])
    return Answer({"reason": to_json(reason)})


def _zeros(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    rows: Any = arguments.get("values")
    count = len(loaded.run.records)
    if not isinstance(rows, list):
        raise Refusal("bad-arguments", "The request needs a list of [record, slot] as values.")
    refs: list[Ref] = []
    for row in cast("list[Any]", rows):
        if not _is_index(row) or len(row) != 2:
            raise Refusal("bad-arguments", "A value is named by [record, slot].")
        record, slot = int(row[0]), int(row[1])
        outputs = loaded.run.records[record].outputs if 0 <= record < count else ()
        if not 0 <= slot < len(outputs):
            raise Refusal("no-such-value", f"Op {record + 1} has no output {slot} in this run.")
        refs.append((record, slot))
    backend = loaded.program.backend
    with backend.functions.quiet():
        found = count_zeros(loaded.values, backend, refs)
    return Answer({"zeros": found})


def _is_index(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, int) and not isinstance(item, bool) for item in cast("list[Any]", value)
    )


MODEL: Handlers = {FINDINGS: _findings, WHY: _why, ZEROS: _zeros}
