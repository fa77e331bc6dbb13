"""All that a debuggee answers to."""

from __future__ import annotations

from . import (
    handlers_anew,
    handlers_backward,
    handlers_data,
    handlers_edits,
    handlers_evaluate,
    handlers_export,
    handlers_goto,
    handlers_input,
    handlers_look,
    handlers_modules,
    handlers_points,
    handlers_run,
    handlers_save,
    handlers_set,
    handlers_time,
    handlers_watchpoints,
)
from .live import Live
from .server import Handlers, Server


def make_server(live: Live, own: Handlers | None = None) -> Server:
    """Serves a Live. `own`: of the reader's thread, in the place of others."""
    handlers = {
        **handlers_run.HANDLERS,
        **handlers_time.HANDLERS,
        **handlers_anew.HANDLERS,
        **handlers_edits.HANDLERS,
        **handlers_backward.HANDLERS,
        **handlers_save.HANDLERS,
        **handlers_points.HANDLERS,
        **handlers_watchpoints.HANDLERS,
        **handlers_data.READER,
        **handlers_goto.HANDLERS,
        **handlers_input.HANDLERS,
        **handlers_modules.HANDLERS,
        **handlers_set.HANDLERS,
        **handlers_evaluate.READER,
        **handlers_look.READER,
        **(own or {}),
    }
    model = {
        **handlers_look.MODEL,
        **handlers_export.MODEL,
        **handlers_evaluate.MODEL,
        **handlers_data.MODEL,
    }
    return Server(live, handlers, model, _rare)


def _rare() -> Handlers:
    """Of the model's thread, too. Read when first asked for: every start is 50 ms quicker."""
    from . import (
        handlers_compare,
        handlers_numerics,
        handlers_patch,
        handlers_provenance,
        handlers_stages,
    )

    return {
        **handlers_numerics.MODEL,
        **handlers_stages.MODEL,
        **handlers_provenance.MODEL,
        **handlers_compare.MODEL,
        **handlers_patch.MODEL,
    }
