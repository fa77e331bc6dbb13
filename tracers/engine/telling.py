"""What a client is told of a run where it stands."""

from __future__ import annotations

from typing import Any

from ..protocol.messages import THREAD, State, encode_state
from .frames import stack_of
from .loaded import Loaded
from .standing import Standing
from .user_frames import Level, levels_of


def state_of(loaded: Loaded, standing: Standing, seconds: float) -> State:
    """`seconds`: how long the model has been running."""
    run, history = loaded.run, loaded.history
    return State(
        run.state,
        run.head,
        run.cursor,
        run.message,
        standing.hits,
        history.held,
        history.budget,
        len(history),
        history.dropped,
        history.oldest,
        tuple(level.line for level in levels_at(loaded, standing)),
        seconds,
        standing.note(run.cursor),
        run.failure,
        tuple(run.unseen.copy().items()),  # other threads may add to it
    )


def levels_at(loaded: Loaded, standing: Standing) -> list[Level]:
    """The stack of the place looked at."""
    run, program = loaded.run, loaded.program
    if standing.stack and run.cursor is None:
        return [Level(line) for line in standing.stack]
    stack = stack_of(run, loaded.watch.log, run.place, program.facts.name)
    return levels_of(program, run, stack, standing.raised)


def stopped_body(reason: str, ids: list[int], text: str, state: State) -> dict[str, Any]:
    """Of the event `stopped`; `ids`: of the breakpoints that were hit."""
    body: dict[str, Any] = {"reason": reason, "threadId": THREAD, "allThreadsStopped": True}
    if ids:
        body["hitBreakpointIds"] = ids
    if text:
        words = "The model raised an error" if reason == "exception" else text
        body |= {"description": words, "text": text}
    body["opscope"] = encode_state(state)
    return body
