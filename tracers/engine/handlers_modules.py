"""DAP's modules: those of the model, which are the frames of its stack."""

from __future__ import annotations

from typing import Any

from ..ir import ScopeKind
from .live import Live
from .loaded import Loaded
from .server import Answer, Handlers, whole_number

Json = dict[str, Any]

MODEL = "."  # id of the model itself, which has no path


def module_id(loaded: Loaded, scope: int) -> str:
    """Of the module that a scope stands in, "" for no scope."""
    if scope < 0:
        return ""
    scopes = loaded.run.graph.scopes
    for index in reversed(loaded.run.graph.scope_chain(scope)):
        if scopes[index].kind is ScopeKind.MODULE and scopes[index].path:
            return scopes[index].path
    return MODEL


def _modules(live: Live, arguments: Json) -> Answer:
    loaded = live.loaded()
    facts = loaded.program.facts
    rows: dict[str, Json] = {
        MODEL: {"id": MODEL, "name": facts.name, "version": f"{facts.framework} {facts.version}"}
    }
    for scope in loaded.run.graph.scopes[1:]:
        if scope.kind is ScopeKind.MODULE and scope.path:
            row = {"id": scope.path, "name": scope.path, "type": scope.type}
            rows.setdefault(scope.path, row)
    start = max(0, whole_number(arguments, "startModule", 0))
    count = whole_number(arguments, "moduleCount", 0) or len(rows)
    shown = list(rows.values())[start : start + count]
    return Answer({"modules": shown, "totalModules": len(rows)})


HANDLERS: Handlers = {"modules": _modules}
