"""The request for what is wrong with a run's numbers. On the model's thread: it reads values."""

from __future__ import annotations

from typing import Any, cast

from ..protocol.json_ir import to_json
from ..protocol.messages import FINDINGS
from ..protocol.refusal import Refusal
from .backend import Recorded
from .explain import explain
from .live import Live
from .server import Answer, Handlers
from .watched import Watched

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


MODEL: Handlers = {FINDINGS: _findings}
