"""Shows a run that was read from a file, as it stood when it was saved."""

from __future__ import annotations

from ..ir import RunState
from .backend import Recorded
from .loaded import Loaded
from .standing import Standing

_ENDS = frozenset({RunState.FINISHED, RunState.FAILED})


def show_recorded(loaded: Loaded, recorded: Recorded, standing: Standing) -> float:
    """Fill the run; gives the seconds that the model had been running. On the model's thread."""
    run, state = loaded.run, recorded.state
    recorded.show(run, loaded.watch.log, loaded.history)
    run.head = state.head
    run.state = state.state if state.state in _ENDS else RunState.FINISHED
    run.message, run.failure = state.message, state.failure
    run.unseen = dict(state.unseen)
    standing.why = recorded.read_only
    standing.error = state.failure.error if state.failure is not None else ""
    loaded.publisher.texts = recorded.texts
    return state.seconds
