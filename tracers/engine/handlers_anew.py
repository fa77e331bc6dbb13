"""The request that runs a loaded model anew from its very start, for a client that restarts."""

from __future__ import annotations

import os
from typing import Any

from ..protocol.messages import ANEW, STATE, encode_state
from ..protocol.refusal import Refusal
from .backend import ReadOnly
from .handlers_time import rewind_goal
from .live import Live
from .loaded import Loaded
from .replay import Goal
from .server import Answer, Handlers, Later, Reply

Json = dict[str, Any]


def _anew(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    if isinstance(loaded.program, ReadOnly):
        raise Refusal("read-only", loaded.program.read_only)
    changed = live.loaded_from.changed()
    if changed:
        name = os.path.basename(changed)
        raise Refusal("changed", f"{name} has changed since the model was loaded.")
    goal = rewind_goal(loaded, 0, 1 if _begins_with_scope(loaded) else -1)
    if goal is None:  # it stands there; who asks has forgotten that
        live.wire.event(STATE, encode_state(live.state()))
        return Answer()
    loaded.pins.clear()

    def begin(reply: Reply) -> None:
        def done(sentence: str) -> None:
            reply(Refusal("not-again", sentence) if sentence else Answer())

        known = Goal(goal.record, goal.op, goal.frame, state=goal.state, done=done)
        live.reruns.depart(known)
        live.go(known)

    raise Later(begin)


def _begins_with_scope(loaded: Loaded) -> bool:
    """A run stands before a scope at first, not before an op."""
    frames, log = loaded.run.frames, loaded.watch.log
    if len(frames) < 2 or log.starts[1] > 0:
        return False
    return not loaded.gate.skips(frames[1].scope, log.leaves[1])


HANDLERS: Handlers = {ANEW: _anew}
