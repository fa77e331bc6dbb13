"""What a banner says of an error: which op, what the error is, which axes do not fit."""

from __future__ import annotations

from collections.abc import Callable

from ...tracers.ir import Failure, Run, RunState, Selection
from .banner_card import Message
from .wording import short_path

Show = Callable[[Selection], None]
Break = Callable[[int], None]
Share = Callable[[object], None]


def raised(run: Run, show: Show, break_at: Break, share: Share) -> Message:
    """The run stands at an error, or has ended with one."""
    failure, last = run.failure, len(run.records) - 1
    record = run.failing
    if failure is None and run.records and run.records[last].error:
        record = last
    title = run.message or (run.records[record].error if record >= 0 else "The model raised")
    title, _, more = title.partition("\n")
    lines = [more] if more else []
    if record >= 0:
        row = run.records[record]
        lines = [f"In op {record + 1}, {run.graph.op_label(row.op)}{_at(run, row.source)}"]
    elif run.state is RunState.PAUSED and run.head.source >= 0:
        lines = [f"Raised by the model itself{_at(run, run.head.source)}"]
    lines += _reasons(failure)
    if failure is not None and run.state is RunState.PAUSED:
        lines.append(_what_then(failure))
    text = "\n".join(lines)
    if record < 0:
        return Message("circle-alert", "breakpoint", title, text)
    chosen = Selection(op=run.records[record].op, record=record)
    buttons = (
        ("Show op", lambda: show(chosen)),
        ("Break here next run", lambda: break_at(chosen.op)),
    )
    if failure is not None:
        buttons = (*buttons, ("Share…", lambda: share(failure)))
    return Message("circle-alert", "breakpoint", title, text, buttons)


def foreseen(run: Run, failure: Failure, show: Show, break_at: Break) -> Message:
    """A run without computing came to an error; the model itself has not run yet."""
    title = f"A run without data stopped at {failure.where}"
    text = "\n".join([failure.error, *_reasons(failure)])
    if failure.record < 0:
        return Message("circle-alert", "breakpoint", title, text)
    chosen = Selection(op=failure.record)
    buttons = (
        ("Show op", lambda: show(chosen)),
        ("Break here", lambda: break_at(chosen.op)),
    )
    return Message("circle-alert", "breakpoint", title, text, buttons)


def _reasons(failure: Failure | None) -> list[str]:
    return list(failure.shapes) if failure is not None else []


def _what_then(failure: Failure) -> str:
    if failure.caught:
        return "The model catches this error itself: stepping on goes on after it."
    return "The model still stands here, with its values and variables. Going on raises the error."


def _at(run: Run, source: int) -> str:
    if source < 0:
        return ""
    line = run.graph.sources[source]
    return f", {short_path(line.file)} : {line.line}"
