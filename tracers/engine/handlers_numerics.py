"""The request for what is wrong with a run's numbers. On the model's thread: it reads values."""

from __future__ import annotations

from typing import Any

from ..protocol.json_ir import to_json
from ..protocol.messages import FINDINGS
from .explain import explain
from .live import Live
from .server import Answer, Handlers

Json = dict[str, Any]


def _findings(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    loaded.settle()
    backend = loaded.program.backend
    with backend.functions.quiet():
        found = explain(loaded.run, loaded.values, backend)
    return Answer({"findings": to_json(found), "problems": []})


MODEL: Handlers = {FINDINGS: _findings}
