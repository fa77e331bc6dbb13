"""What was found in an earlier, recorded run."""

from __future__ import annotations

import os

from ...tracers.ir import Run
from ...tracers.ir.finding import Finding as Told
from ...tracers.protocol.client import Client
from ...tracers.protocol.json_ir import from_json
from ...tracers.protocol.messages import FINDINGS
from ...tracers.protocol.refusal import Refusal
from .outcome import Finding
from .trace import COULD_NOT, CouldNotRun

# A finding, whichever run it is of: the rule, and the op or the value from outside.
Known = tuple[str, str]

_PATIENCE = 600.0  # seconds


def findings_of(path: str) -> frozenset[Known]:
    """Of the run in a file. Raises CouldNotRun where it cannot be read."""
    if not path.lower().endswith(".opscope"):
        raise CouldNotRun(COULD_NOT, f"{path} is no recorded run; write one with trace --save.")
    launch = {"spec": os.path.abspath(path), "noDebug": True, "stopOnEntry": False}
    try:
        with Client.start() as client:
            sent = client.send("launch", launch)
            client.request("configurationDone")
            client.answer(sent, _PATIENCE)
            run = client.follow_graph()
            client.wait_state("finished", "failed", timeout=_PATIENCE)
            rows = client.request(FINDINGS, {}, _PATIENCE)["findings"]
    except (Refusal, ConnectionError, OSError) as error:
        raise CouldNotRun(COULD_NOT, f"The baseline could not be read: {error}") from error
    return frozenset(_known(run, from_json(Told, row)) for row in rows)


def name_of(run: Run, finding: Finding) -> Known:
    """By which it is known in another run of the model."""
    if finding.told is None:
        return finding.kind, finding.message
    return _known(run, finding.told)


def _known(run: Run, told: Told) -> Known:
    if told.record < 0:
        return told.rule, run.graph.values[told.slot].name
    return told.rule, run.graph.ops[run.records[told.record].op].key
