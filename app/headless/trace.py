"""`opscope trace`: one run without a window."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from ...tracers.ir import OUTSIDE, Run, RunState, ValueKind
from ...tracers.protocol.client import Client
from ...tracers.protocol.json_ir import to_json
from ...tracers.protocol.messages import DEVIATION, SETTLE, VERIFY
from ...tracers.protocol.refusal import Refusal
from ..choice import LaunchChoice
from ..noise import Noise
from ..remote.words import adapter_words
from . import findings, report
from .backward import run_backward
from .edits import CannotEdit, changes_json, changes_table, run_edited
from .fx import write_fx
from .health import write_health
from .outcome import Outcome, Verified
from .save import Saved, save_from_host, save_run

FINE, WRONG, COULD_NOT = 0, 1, 2
REPEATS = 3

_FOREVER = 1e7  # seconds: a model may take as long as it likes
_LAST_WORDS = 5.0  # seconds


@dataclass(frozen=True, slots=True)
class TraceChoice:
    """What to run, and what to say of it.

    Attributes:
        json_to: a file, "-" for standard output, "" for a table for reading.
        level: "ops", or "aten" for the aten ops inside each op, too; "loops" for every pass of
            TensorFlow's loops.
        backward: the op from whose output a backward pass runs, "" for the last; None for none.
        seed: as in the request for it.
        edits: as `edits.read_edit` takes them; the run is then one with them.
        watches: as in ir/watchpoint.py.
        checks: the findings are what is wanted: where there can be none, CouldNotRun is raised, and
            nothing is compared with a plain run.
        fx_to: a file for the run as source of a torch.fx.GraphModule, "" for none.
        health_to: a CSV file for the statistics of every output, "" for none.
        save_to: a file for the recorded run, "" for none; `save_values` as in the request.
    """

    model: LaunchChoice
    verify: bool = False
    records: bool = False
    json_to: str = ""
    fx_to: str = ""
    level: str = "ops"
    backward: str | None = None
    seed: str = ""
    edits: tuple[str, ...] = ()
    watches: tuple[str, ...] = ()
    checks: bool = False
    health_to: str = ""
    save_to: str = ""
    save_values: str = "all"


class CouldNotRun(Exception):
    """Ends the command with a sentence; `code` is the command's."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def trace(choice: TraceChoice) -> int:
    """Run, report, and give the exit code: 0 fine, 1 failed or not equal, 2 not started."""
    for path in (choice.json_to, choice.fx_to, choice.save_to, choice.health_to):
        folder = os.path.dirname(os.path.abspath(path))
        if path not in ("", "-") and not os.path.isdir(folder):
            return _say(COULD_NOT, f"There is no folder {folder} to write into.")
    words = Words()
    try:
        with start_adapter(choice.model) as client:
            client.heard = words.heard
            outcome = run_model(client, choice, words)
    except CouldNotRun as error:
        return _say(error.code, str(error))
    except OSError as error:
        return _say(COULD_NOT, f"The debugger could not be started: {error}.")
    if outcome.error:
        if refused_input(outcome):
            code = _say(COULD_NOT, f"The model does not take these inputs: {cause(outcome)}.")
            return _explained(code, outcome)
    else:
        words.pass_on()
    try:
        _report(outcome, choice)
    except OSError as error:
        return _say(COULD_NOT, f"{choice.json_to} could not be written: {error.strerror}.")
    if outcome.error:
        return _explained(_say(WRONG, f"The model failed: {cause(outcome)}."), outcome)
    if outcome.verified is not None and not outcome.verified.equal:
        return _say(WRONG, "The traced run is not equal to a plain run.")
    if outcome.unwritten:
        return _say(COULD_NOT, outcome.unwritten)
    return FINE


class Words:
    """What the model prints: the text of its standard output at once, that of its errors later."""

    def __init__(self) -> None:
        self.repeating = False  # runs to compare with say again what was said
        self._later: list[str] = []

    def heard(self, message: dict[str, Any]) -> None:
        """The client's: every message."""
        category, text = _output(message)
        if self.repeating:
            return
        if category == "stdout":
            sys.stderr.write(text)
        elif category == "stderr":
            self._later.append(text)

    def pass_on(self) -> None:
        """The run went well: its warnings may be read; otherwise one sentence says it all."""
        sys.stderr.write(Noise().without("stderr", "".join(self._later)))


def start_adapter(model: LaunchChoice) -> Client:
    """Where the model is to run. Raises OSError, and CouldNotRun where a host is not reached."""
    if model.host is None:
        return Client.start()
    try:
        return Client.start(adapter_words(model.host, model.python))
    except Refusal as error:
        raise CouldNotRun(COULD_NOT, str(error)) from error
    except ConnectionError as error:
        sentence = f"The line to {model.host.name} ended before the model was opened."
        raise CouldNotRun(COULD_NOT, sentence) from error


def run_model(client: Client, choice: TraceChoice, words: Words) -> Outcome:
    """Run as chosen, to the end. Raises CouldNotRun."""
    model = choice.model
    arguments: dict[str, Any] = {
        "spec": model.spec,
        "inputs": list(model.inputs),
        "trusted": model.trusted,
        "exact": model.exact,
        "noDebug": True,
        "level": choice.level,
        "stopOnEntry": False,
    }
    if model.host is None:
        arguments["cwd"] = os.getcwd()
    if model.python:
        arguments["python"] = model.python
    if model.custom:
        arguments["customObjects"] = model.custom
    with dying(client, COULD_NOT):
        try:
            launched = client.send("launch", arguments)
            client.request("configurationDone")
            client.answer(launched, _FOREVER)
        except Refusal as error:
            raise CouldNotRun(COULD_NOT, refusal_text(error)) from error
    with dying(client, WRONG):
        run = _followed(client)
        client.wait_state("finished", "failed", timeout=_FOREVER)
        if choice.backward is not None and run.state is RunState.FINISHED:
            words.repeating = True  # the model says again what it has said
            wrong = run_backward(client, choice.backward, choice.seed, _FOREVER)
            if wrong:
                raise CouldNotRun(COULD_NOT, wrong)
        notes: list[str] = []
        if choice.edits:
            words.repeating = True
            try:
                notes = run_edited(client, choice.edits, _FOREVER)
            except CannotEdit as error:
                raise CouldNotRun(COULD_NOT, str(error)) from error
        client.request(SETTLE, timeout=_FOREVER)  # all that is still to be told comes before it
        state = client.mirror.state
        assert state is not None
        failed = state.state is RunState.FAILED
        error = (state.message or "it raised an error").rstrip(".") if failed else ""
        found = findings.of_the_end(run)
        try:
            told, noted = findings.of_numbers(client, choice.watches, _FOREVER)
        except Refusal as why:
            if choice.checks:
                sentence = f"The numbers could not be looked over: {why}"
                raise CouldNotRun(COULD_NOT, sentence) from why
            told, noted = [], [f"the numbers could not be looked over: {why}"]
        found, notes = [*told, *found], [*notes, *noted]
        unhealthy = ""
        if choice.health_to:
            unhealthy = write_health(client, run, choice.health_to, _FOREVER)
        saved = _saved(client, choice) if choice.save_to else None
        words.repeating = True
        verified = _verified(client) if choice.verify and not error else None
        compares = not (choice.checks or error or verified or model.exact or choice.edits)
        deviation = client.request(DEVIATION)["largest"] if compares else None
        unwritten = write_fx(client, choice.fx_to) if choice.fx_to and not error else ""
        return Outcome(
            spec=model.spec,
            run=run,
            map=client.mirror.map,
            facts=client.mirror.facts,
            seconds=state.seconds,
            kept_bytes=state.held,
            error=error,
            verified=verified,
            deviation=deviation,
            findings=found,
            unwritten=unwritten or unhealthy or (saved.wrong if saved is not None else ""),
            edited=bool(choice.edits),
            notes=[*notes, *(saved.told if saved is not None else ())],
        )


def _saved(client: Client, choice: TraceChoice) -> Saved:
    if choice.model.host is not None:
        return save_from_host(client, choice.save_to, choice.save_values)
    return save_run(client, choice.save_to, choice.save_values)


def _followed(client: Client) -> Run:
    """The run, which has begun."""
    try:
        return client.follow_graph()
    except Refusal as error:  # it is over already, and its process gone
        raise CouldNotRun(WRONG, _epitaph(client)) from error


@contextlib.contextmanager
def dying(client: Client, code: int) -> Generator[None]:
    """The debuggee's death, or the adapter's, ends the command with what is known of it."""
    try:
        yield
    except ConnectionError as error:
        raise CouldNotRun(code, _epitaph(client)) from error


def _epitaph(client: Client) -> str:
    """How the model's process ended, in the adapter's words."""
    with contextlib.suppress(ConnectionError, TimeoutError, KeyError):
        told: dict[str, Any] = client.wait_event("exited", timeout=_LAST_WORDS)["opscope"]
        if told.get("sentence"):
            return str(told["sentence"])
    return "The model's process ended without a word."


def _output(message: dict[str, Any]) -> tuple[str, str]:
    """Category and text of an `output` event; ("", "") of anything else."""
    if message.get("event") != "output":
        return "", ""
    body: dict[str, Any] = message["body"]
    return str(body.get("category", "console")), str(body["output"])


def _verified(client: Client) -> Verified:
    try:
        body = client.request(VERIFY, {"repeats": REPEATS}, _FOREVER)
    except Refusal as error:
        raise CouldNotRun(WRONG, f"The model could not be verified: {error}") from error
    return Verified(
        equal=body["equal"],
        max_abs_diff=body["max_abs_diff"],
        plain_seconds=body["plain_seconds"],
        traced_seconds=body["traced_seconds"],
        exact=body["exact"],
        note=body["note"],
    )


def refusal_text(error: Refusal) -> str:
    """A launch's refusal, with the option that a window has a button for."""
    if error.code == "not-trusted":
        return str(error).replace("open it as trusted", "open it with --trust")
    return str(error)


def cause(outcome: Outcome) -> str:
    """The error that ended the run, and the line of the op that raised it."""
    record = findings.failure(outcome.run)
    return outcome.error + (findings.where(outcome.run, record) if record is not None else "")


def refused_input(outcome: Outcome) -> bool:
    """The model raised at an op that reads one of its inputs, or before its first op."""
    run = outcome.run
    if not run.records:
        return True
    last = findings.failure(run)
    if last is None:
        return False
    values = run.graph.values
    read = [values[slot] for record, slot in last.inputs if record == OUTSIDE and slot >= 0]
    return any(value.kind is ValueKind.INPUT for value in read)


def _report(outcome: Outcome, choice: TraceChoice) -> None:
    if choice.json_to:
        body = report.as_json(outcome, choice.records)
        if outcome.edited:
            body["edits"] = to_json(outcome.run.edits)
            body["changes"] = changes_json(outcome.run)
        text = json.dumps(body, indent=1, allow_nan=False)
        if choice.json_to == "-":
            print(text)
            return
        with open(choice.json_to, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    else:
        for line in report.table(outcome.run):
            print(line)
        if outcome.edited:
            print("\nWhat differs from the run without edits:")
            for line in changes_table(outcome.run):
                print(line)
    print(report.summary_line(outcome))
    for note in (*outcome.facts.notes, *outcome.notes):
        print(f"note: {note}")
    for finding in outcome.findings:
        print(f"found: {finding.message}")
    if outcome.error and findings.failure(outcome.run) is None:  # no op's, so no finding tells
        print(f"failed: {outcome.error}")
    if outcome.verified is not None:
        print(report.verify_line(outcome.verified))


def _explained(code: int, outcome: Outcome) -> int:
    """Which axes do not fit, below the sentence on the error."""
    failure = outcome.run.failure
    for sentence in failure.shapes if failure is not None else ():
        sys.stderr.write(f"  {sentence}\n")
    return code


def _say(code: int, sentence: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"opscope: {sentence}\n")
    return code
