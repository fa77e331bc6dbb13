"""All that a debuggee answers to."""

from __future__ import annotations

from . import (
    handlers_backward,
    handlers_edits,
    handlers_evaluate,
    handlers_export,
    handlers_look,
    handlers_numerics,
    handlers_points,
    handlers_provenance,
    handlers_run,
    handlers_save,
    handlers_time,
    handlers_watchpoints,
)
from .live import Live
from .server import Server


def make_server(live: Live) -> Server:
    """Serves a Live."""
    handlers = {
        **handlers_run.HANDLERS,
        **handlers_time.HANDLERS,
        **handlers_edits.HANDLERS,
        **handlers_backward.HANDLERS,
        **handlers_save.HANDLERS,
        **handlers_points.HANDLERS,
        **handlers_watchpoints.HANDLERS,
        **handlers_evaluate.READER,
        **handlers_look.READER,
    }
    model = {
        **handlers_look.MODEL,
        **handlers_export.MODEL,
        **handlers_evaluate.MODEL,
        **handlers_numerics.MODEL,
        **handlers_provenance.MODEL,
    }
    return Server(live, handlers, model)
