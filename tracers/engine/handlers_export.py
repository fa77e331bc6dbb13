"""The request for a run as source. On the model's thread, since the model runs anew for it."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from ..ir import RunState
from ..protocol.messages import FX_SOURCE
from ..protocol.refusal import Refusal
from .live import Live
from .muted import Muted
from .server import Answer, Handlers

Json = dict[str, Any]


@runtime_checkable
class Exporting(Protocol):
    """A program whose runs can be written as source of a torch.fx.GraphModule."""

    def fx_source(self) -> str:
        """A new run as source, replayed and compared. Raises Refusal."""
        ...


def _fx_source(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    program = loaded.program
    if not isinstance(program, Exporting):
        raise Refusal("not-exportable", "Only runs of PyTorch models can be written as torch.fx.")
    if loaded.run.state is not RunState.FINISHED:
        raise Refusal("mid-run", "A run can be written as torch.fx source once it has finished.")
    if any(edit.enabled for edit in loaded.run.edits):
        raise Refusal(
            "edited", "This run has edits, which source cannot hold; switch them off to export it."
        )
    muted = Muted()
    muted.begin()
    try:
        source = program.fx_source()
    finally:
        muted.end()
    return Answer({"source": source})


MODEL: Handlers = {FX_SOURCE: _fx_source}
