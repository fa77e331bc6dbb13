"""Requests of a comparison behind the place where the runs part: values that are far apart, and
what becomes of a run where it is given the other's."""

from __future__ import annotations

from typing import Any

from ..protocol.messages import COMPARE_APART, COMPARE_PATCH, COMPARE_TRY
from ..protocol.refusal import Refusal
from . import handlers_weights
from .apart import apart, usual_order
from .axis_orders import arranged, orders
from .compare_arguments import (
    number_in,
    order_in,
    orders_in,
    reader_of,
    ref_in,
    refs_in,
    rows_in,
)
from .handlers_compare import classified
from .live import Live
from .lockstep import read_array
from .patched_run import Trial, Try, run_on
from .server import Answer, Handlers

Json = dict[str, Any]


def _apart(live: Live, arguments: Json) -> Answer:
    """How far values of another run are from this one's, as it ran, however far that is."""
    loaded = live.still()
    reader = reader_of(loaded, {})
    often = orders_in(arguments.get("often"))
    rows: list[list[object] | None] = []
    with loaded.program.backend.functions.quiet():
        for path, record, slot, given in rows_in(arguments.get("pairs"), 4):
            mine = reader.array(ref_in(loaded, record, slot))
            theirs = read_array(str(path))
            if mine is None or not orders(theirs.shape, mine.shape):
                rows.append(None)
                continue
            order = usual_order(theirs, mine, often) if given is None else order_in(given)
            if order is None:
                rows.append(None)
                continue
            how_far = apart(arranged(theirs, mine.shape, order), mine)
            rows.append([how_far.error, order.encode(), how_far.largest, how_far.mean])
    return Answer({"rows": rows})


def _try(live: Live, arguments: Json) -> Answer:
    """Which of some patches is right."""
    loaded = live.still()
    walker = reader_of(loaded, {**arguments, "patched": True})
    known = [(int(number), str(path)) for number, path in rows_in(arguments.get("known"), 2)]
    tries = [
        Try(str(path), ref_in(loaded, record, slot), int(since), int(needed))
        for path, record, slot, since, needed in rows_in(arguments.get("tries"), 5)
    ]
    tolerance, window = number_in(arguments, "tolerance"), int(number_in(arguments, "window"))
    with loaded.program.backend.functions.quiet():
        trial = Trial(loaded.run, walker, known, tolerance, orders_in(arguments.get("often")))
        found = trial.first_right(tries, window)
    if found is None:
        return Answer({"right": None, "order": None})
    return Answer({"right": found[0], "order": found[1].encode()})


def _patch(live: Live, arguments: Json) -> Answer:
    """Runs what follows from some anchors once more, and keeps what comes of it."""
    loaded = live.still()
    walker = reader_of(loaded, {**arguments, "patched": True})
    at = refs_in(loaded, arguments.get("at"))
    if not all(walker.anchored(ref) for ref in at):
        raise Refusal("bad-arguments", "A run can be patched at its anchors alone.")
    folder, budget = str(arguments.get("folder") or ""), loaded.history.budget // 2
    with loaded.program.backend.functions.quiet():
        start = {ref: walker.other(ref) for ref in at}
        fresh, stuck = run_on(loaded.run, walker, start)
        for ref, array in (*start.items(), *fresh.items()):
            loaded.patched.keep(ref, array, budget, folder)
        told = classified(reader_of(loaded, {"patched": True}), sorted({*start, *fresh}))
    return Answer({**told, "stuck": stuck})


MODEL: Handlers = {
    COMPARE_APART: _apart,
    COMPARE_TRY: _try,
    COMPARE_PATCH: _patch,
    **handlers_weights.MODEL,
}
