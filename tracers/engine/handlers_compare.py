"""Requests of a comparison with another run. Values are computed with where they are; what one
debuggee hands to the other goes through .npy files in a folder of the client's."""

from __future__ import annotations

import ast
import base64
import contextlib
from collections.abc import Sequence
from typing import Any, cast

from ..ir import OUTSIDE, Ref, ValueKind
from ..protocol.messages import (
    COMPARE_AGAINST,
    COMPARE_CONSTANTS,
    COMPARE_HAND_OUT,
    COMPARE_LOCKSTEP,
    COMPARE_NOISE,
    COMPARE_PRINTS,
    COMPARE_VARY,
)
from .apart import apart
from .axis_orders import AxisOrder, arranged, best_order, orders
from .compare_arguments import (
    number_in,
    reader_of,
    records_in,
    ref_in,
    refs_in,
    rows_in,
    written,
)
from .fingerprints import fingerprint, same_elements
from .lib import Array, np
from .live import Live
from .lockstep import Lockstep, read_array
from .patterns import patterns
from .server import Answer, Handlers
from .varied_run import VariedRun

Json = dict[str, Any]

_FEW = 8  # elements of a constant that is told


def _prints(live: Live, arguments: Json) -> Answer:
    """Fingerprints of values; those that a view or transpose leaves as they are share a class."""
    loaded = live.still()
    loaded.patched.clear()
    reader = reader_of(loaded, {})
    with loaded.program.backend.functions.quiet():
        return Answer(classified(reader, refs_in(loaded, arguments.get("values"))))


def classified(reader: Lockstep, refs: Sequence[Ref]) -> Json:
    """The answer to the request."""
    prints: dict[Ref, Array] = {}
    classes: dict[Ref, Ref] = {}
    for ref in refs:
        array = reader.array(ref)
        if array is None:
            continue
        mine = prints[ref] = fingerprint(array)
        classes[ref] = ref
        for source in reader.read_by(ref):
            if source not in prints or source == ref:
                continue
            if not np.allclose(mine, prints[source], rtol=1e-12, atol=1e-9):
                continue
            other = reader.array(source)
            if other is not None and _is_view(array, other):
                classes[ref] = classes[source]
                break
    held = list(prints)
    places = {ref: place for place, ref in enumerate(held)}
    rows = np.array([prints[ref] for ref in held], "<f8")
    return {
        "values": [list(ref) for ref in held],
        "classes": [places[classes[ref]] for ref in held],
        "numbers": base64.b64encode(rows.tobytes()).decode(),
    }


def _is_view(array: Array, of: Array) -> bool:
    """The same elements; where the extents are the same, too, their axes may stand in another
    order, but nothing is turned around or rolled on."""
    if not same_elements(array, of):
        return False
    if sorted(array.shape) != sorted(of.shape):
        return True
    return best_order(of, array, 0.0)[0] == 0.0


def _hand_out(live: Live, arguments: Json) -> Answer:
    """Writes values as .npy files; "" for one that is not held."""
    loaded = live.still()
    reader = reader_of(loaded, {})
    with loaded.program.backend.functions.quiet():
        paths = [
            written(reader.array(ref), arguments, ref)
            for ref in refs_in(loaded, arguments.get("values"))
        ]
    return Answer({"paths": paths})


def _against(live: Live, arguments: Json) -> Answer:
    """How far values of another run are from this one's, in the best order of their axes."""
    loaded = live.still()
    reader = reader_of(loaded, arguments)
    tolerance = number_in(arguments, "tolerance")
    rows: list[list[object]] = []
    seen: dict[AxisOrder, int] = {}
    with loaded.program.backend.functions.quiet():
        for path, record, slot in rows_in(arguments.get("pairs"), 3):
            mine = reader.array(ref_in(loaded, record, slot))
            if mine is None:
                rows.append([None, None, None, None])
                continue
            often = sorted(seen, key=lambda order: -seen[order])
            theirs = read_array(str(path))
            error, order = best_order(theirs, mine, tolerance, often)
            if order is None or error > tolerance:
                rows.append([error, None, None, None])
                continue
            seen[order] = seen.get(order, 0) + 1
            how_far = apart(arranged(theirs, mine.shape, order), mine)
            rows.append([error, order.encode(), how_far.largest, how_far.mean])
    return Answer({"rows": rows})


def _lockstep(live: Live, arguments: Json) -> Answer:
    """Local errors at anchors, and what this run makes of the wanted values."""
    loaded = live.still()
    walker = reader_of(loaded, arguments)
    wanted = refs_in(loaded, arguments.get("wanted") or [])
    given = arguments.get("judged")
    judged = walker.anchors if given is None else refs_in(loaded, given)
    with loaded.program.backend.functions.quiet():
        walker.walk(frozenset(wanted), frozenset(judged))
        paths = [written(walker.own.get(ref), arguments, ref) for ref in wanted]
    return Answer({"errors": [walker.errors.get(ref) for ref in judged], "paths": paths})


def _noise(live: Live, arguments: Json) -> Answer:
    """How far rounding alone may move some values."""
    loaded = live.still()
    walker = reader_of(loaded, arguments)
    least = float(arguments.get("least") or 0.0)
    with loaded.program.backend.functions.quiet():
        found = [walker.noise(ref, least) for ref in refs_in(loaded, arguments.get("values"))]
    return Answer({"noise": found})


def _vary(live: Live, arguments: Json) -> Answer:
    """Which variations of some ops give values of the other run; else what the values tell."""
    loaded = live.still()
    walker = reader_of(loaded, arguments)

    def source(ref: Ref) -> Array | None:
        return walker.other(ref) if walker.anchored(ref) else walker.array(ref)

    targets = [read_array(str(path)) for path in arguments.get("targets") or ()]
    names = [str(name) for name in arguments.get("names") or ("A", "B")]
    numbers = [float(number) for number in arguments.get("numbers") or ()]
    given = cast("dict[str, dict[str, str]]", arguments.get("arguments") or {})
    others: dict[int, dict[str, object]] = {
        int(record): {name: _plain(text) for name, text in rows.items()}
        for record, rows in given.items()
    }
    with loaded.program.backend.functions.quiet(), np.errstate(all="ignore"):
        varied = VariedRun(
            loaded.run,
            loaded.values,
            walker,
            records_in(loaded, arguments.get("region")),
            source,
            targets,
            number_in(arguments, "tolerance"),
        )
        records, kind = records_in(loaded, arguments.get("records")), arguments.get("kind")
        hits = varied.search(records, numbers, others, str(kind or ""))
        told: list[tuple[str, str]] = []
        for ref in refs_in(loaded, arguments.get("outputs") or []):
            array = varied.local(ref)
            told += [] if array is None else _compared(array, targets, (names[0], names[-1]))
    found = [[hit.record, hit.kind, hit.says, list(hit.at), hit.target, hit.error] for hit in hits]
    return Answer({"hits": found, "patterns": list(dict.fromkeys(told))})


def _constants(live: Live, arguments: Json) -> Answer:
    """Small constants that ops read: of each record, the name and elements of each."""
    loaded = live.still()
    reader = reader_of(loaded, {})
    rows: list[list[object]] = []
    with loaded.program.backend.functions.quiet():
        for record in records_in(loaded, arguments.get("records")):
            found: list[object] = []
            for ref in loaded.run.records[record].inputs:
                if ref[0] != OUTSIDE or ref[1] < 0:
                    continue
                value = loaded.run.graph.values[ref[1]]
                array = reader.array(ref) if value.kind is ValueKind.CONSTANT else None
                if array is not None and array.size <= _FEW and array.dtype.kind in "fiu":
                    elements = [float(element) for element in array.reshape(-1)]
                    found.append([value.name.rpartition("/")[2], elements])
            rows.append(found)
    return Answer({"rows": rows})


def _compared(array: Array, targets: list[Array], names: tuple[str, str]) -> list[tuple[str, str]]:
    """What an array has to do with the target that it is nearest to."""
    best: tuple[float, Array | None] = (np.inf, None)
    for target in targets:
        for order in orders(target.shape, array.shape)[:24]:
            turned = arranged(target, array.shape, order)
            error = float(np.sqrt(np.mean(np.square(turned.astype(np.float64) - array))))
            if error < best[0]:
                best = (error, turned)
    return [] if best[1] is None else patterns(array, best[1], names)


def _plain(text: str) -> object:
    """An argument's text as plain Python, itself where it is no literal."""
    with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
        return ast.literal_eval(text)
    return text


MODEL: Handlers = {
    COMPARE_PRINTS: _prints,
    COMPARE_HAND_OUT: _hand_out,
    COMPARE_AGAINST: _against,
    COMPARE_LOCKSTEP: _lockstep,
    COMPARE_NOISE: _noise,
    COMPARE_VARY: _vary,
    COMPARE_CONSTANTS: _constants,
}
