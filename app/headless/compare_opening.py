"""Runs the two models of a comparison on one set of inputs: A's, handed to B."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...tracers.compare.inputs import Input, NoSuchInputs, paired, ways_to_lay_out, written
from ...tracers.compare.inputs import shape_text as shown
from ...tracers.compare.side import Side
from ...tracers.ir import RunState
from ...tracers.protocol.client import Client
from ...tracers.protocol.refusal import Refusal
from ..choice import LaunchChoice
from ..naming import launch_arguments
from .earlier_revision import at_revision, revision_of, without_revision
from .trace import COULD_NOT, WRONG, CouldNotRun, dying, refusal_text

_FOREVER = 1e7  # seconds: a model may take as long as it likes
_COARSE = {"bfloat16": 2.0**-8, "float16": 2.0**-10}
_WAITING = ("paused", "finished", "failed")


@dataclass(frozen=True, slots=True)
class Opening:
    """One side, before it has run.

    Attributes:
        start: ends the adapter that it started before.
        exchange: the folder that both sides see.
        budget: bytes for kept values, 0 where the debuggee chooses.
    """

    name: str
    model: LaunchChoice
    start: Callable[[], Client]
    exchange: str
    budget: int = 0

    @property
    def recorded(self) -> bool:
        """It has run already, and is read from a file."""
        return self.model.spec.lower().endswith(".opscope")


@dataclass(frozen=True, slots=True)
class Opened:
    """One side that has run.

    Attributes:
        error: the message where the model raised, else "".
        inputs: in the order of the call; `path` holds the array.
        told: on how the inputs came to it, as sentences.
    """

    spec: str
    side: Side
    error: str = ""
    inputs: tuple[Input, ...] = ()
    told: tuple[str, ...] = field(default=())


def open_first(opening: Opening) -> Opened:
    """A, on the inputs that were chosen. Raises CouldNotRun."""
    inputs = launch_arguments(opening.model)["inputs"]
    return _finished(opening, _launch(opening, inputs, stops=False))


def open_second(opening: Opening, one: Opened) -> Opened:
    """B, on A's inputs. Raises CouldNotRun and NoSuchInputs."""
    if opening.recorded:
        return _finished(opening, _launch(opening, [], stops=False))
    try:
        client = _launch(opening, launch_arguments(opening.model)["inputs"], stops=True)
    except Refusal as error:
        if error.code != "no-inputs" or not one.inputs:
            raise CouldNotRun(COULD_NOT, f"B: {refusal_text(error)}") from error
        return _on_inputs(opening, one, None, True)
    side = Side(opening.name, client, opening.exchange, False)
    if _has_them(side, one):
        return _continued(opening, client, ("B has the same inputs of its own",))
    other = side.facts.framework != one.side.facts.framework
    return _on_inputs(opening, one, _inputs_of(side), other)


def _on_inputs(opening: Opening, one: Opened, theirs: list[Input] | None, other: bool) -> Opened:
    """Started anew with A's arrays, laid out in every way that may fit until one runs."""
    mine = list(one.inputs) if theirs is None else paired(one.inputs, theirs)
    if any(not each.path for each in mine):
        raise NoSuchInputs("The inputs of A are not at hand, so B cannot be given the same ones.")
    wanted = [None] * len(mine) if theirs is None else [each.shape for each in theirs]
    ways = [
        ways_to_lay_out(each.shape, shape, other) for each, shape in zip(mine, wanted, strict=True)
    ]
    for each, shape, found in zip(mine, wanted, ways, strict=True):
        if not found:
            assert shape is not None
            raise NoSuchInputs(
                f"A's input {each.name} is {shown(each.shape)}, and B takes {shown(shape)}: no"
                " order of axes makes the one the other."
            )
    last: Opened | None = None
    for attempt in range(max((len(found) for found in ways), default=1)):
        orders = [found[min(attempt, len(found) - 1)] for found in ways]
        files = [
            written(each, order, opening.exchange, number)
            for number, (each, order) in enumerate(zip(mine, orders, strict=True))
        ]
        told = tuple(
            f"{each.name}: A's {shown(each.shape)} laid out as"
            f" {shown(tuple(each.shape[axis] for axis in order))} for B"
            for each, order in zip(mine, orders, strict=True)
            if order != tuple(range(len(order)))
        )
        try:
            client = _launch(opening, files, stops=False)
        except Refusal as error:
            if attempt + 1 < max(len(found) for found in ways):
                continue
            raise CouldNotRun(COULD_NOT, f"B: {refusal_text(error)}") from error
        last = _finished(opening, client, told)
        if not last.error:
            return last
    assert last is not None
    return last


def _launch(opening: Opening, inputs: list[str], stops: bool) -> Client:
    """Load it, and run it unless it is to stop first. Raises CouldNotRun; for B, Refusal."""
    model, client = opening.model, opening.start()
    folder = model.cwd or os.getcwd()
    arguments: dict[str, Any] = {
        "spec": _spec(opening, folder),
        "inputs": inputs,
        "trusted": model.trusted,
        "exact": model.exact,
        "cwd": folder,
        "noDebug": not stops,
        "level": "loops",
        "stopOnEntry": stops,
    }
    if opening.budget:
        arguments["budget"] = opening.budget
    if model.python:
        arguments["python"] = model.python
    if model.custom:
        arguments["customObjects"] = model.custom
    if derive := without_revision(model.derive):
        arguments["derive"] = derive
    if model.seeded:
        arguments["seeded"] = True
    with dying(client, COULD_NOT):
        try:
            sent = client.send("launch", arguments)
            client.request("setExceptionBreakpoints", {"filters": []})  # an error ends the run
            client.request("configurationDone")
            client.answer(sent, _FOREVER)
            client.follow_graph()
        except Refusal as error:
            if opening.name == "B":
                raise
            raise CouldNotRun(COULD_NOT, f"A: {refusal_text(error)}") from error
    with dying(client, WRONG):
        client.wait_state(*_WAITING, timeout=_FOREVER)
    return client


def _spec(opening: Opening, folder: str) -> str:
    model = opening.model
    if opening.recorded:
        return os.path.join(folder, model.spec)
    revision = revision_of(model.derive)
    return at_revision(model.spec, revision, folder, opening.exchange) if revision else model.spec


def _continued(opening: Opening, client: Client, told: tuple[str, ...]) -> Opened:
    if client.run.state is RunState.PAUSED:
        client.step("continue", timeout=_FOREVER)
    return _finished(opening, client, told)


def _finished(opening: Opening, client: Client, told: tuple[str, ...] = ()) -> Opened:
    with dying(client, WRONG):
        state = client.wait_state("finished", "failed", timeout=_FOREVER)
    error = ""
    if state.state is RunState.FAILED:
        error = (state.message or "it raised an error").rstrip(".")
    side = Side(opening.name, client, opening.exchange, not opening.recorded)
    return Opened(opening.model.spec, side, error, tuple(_inputs_of(side)), told)


def _inputs_of(side: Side) -> list[Input]:
    """With their arrays, as far as those are at hand."""
    files = side.hand_out(side.inputs)
    values = side.run.graph.values
    return [Input(values[ref[1]].name, side.shape(ref), files.get(ref, "")) for ref in side.inputs]


def _has_them(side: Side, one: Opened) -> bool:
    """B's own inputs are A's, in whatever order of axes."""
    if len(side.inputs) != len(one.inputs) or not all(each.path for each in one.inputs):
        return not side.inputs and not one.inputs
    theirs = [Input(side.run.graph.values[ref[1]].name, side.shape(ref)) for ref in side.inputs]
    mine = paired(one.inputs, theirs)
    dtypes = {side.dtype(ref) for ref in side.inputs} | {
        one.side.dtype(ref) for ref in one.side.inputs
    }
    near = max((_COARSE.get(dtype, 0.0) for dtype in dtypes), default=0.0)
    pairs = [(each.path, ref) for each, ref in zip(mine, side.inputs, strict=True)]
    return all(answer is not None for answer in side.against(pairs, near))
