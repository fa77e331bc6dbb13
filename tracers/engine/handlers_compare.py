"""Requests of a comparison with another run. Values are computed with where they are; what one
debuggee hands to the other goes through .npy files in a folder of the client's."""

from __future__ import annotations

import ast
import base64
import contextlib
import os
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
from ..protocol.refusal import Refusal
from .axis_orders import AxisOrder, arranged, best_order, decode_order, orders
from .fingerprints import fingerprint, same_elements
from .lib import Array, np
from .live import Live
from .loaded import Loaded
from .lockstep import Anchor, Lockstep, read_array
from .patterns import patterns
from .server import Answer, Handlers
from .varied_run import VariedRun

Json = dict[str, Any]

_FEW = 8  # elements of a constant that is told


def _prints(live: Live, arguments: Json) -> Answer:
    """Fingerprints of values; those that a view or transpose leaves as they are share a class."""
    loaded = live.still()
    with loaded.program.backend.functions.quiet():
        return Answer(_classified(loaded, _refs(loaded, arguments.get("values"))))


def _classified(loaded: Loaded, refs: list[Ref]) -> Json:
    reader = Lockstep(loaded.run, loaded.values, loaded.program, {})
    prints: dict[Ref, Array] = {}
    classes: dict[Ref, Ref] = {}
    for ref in refs:
        array = reader.array(ref)
        if array is None:
            continue
        mine = prints[ref] = fingerprint(array)
        classes[ref] = ref
        for source in loaded.run.records[ref[0]].inputs if ref[0] >= 0 else ():
            if source not in prints or source == ref:
                continue
            if not np.allclose(mine, prints[source], rtol=1e-12, atol=1e-9):
                continue
            other = reader.array(source)
            if other is not None and same_elements(array, other):
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


def _hand_out(live: Live, arguments: Json) -> Answer:
    """Writes values as .npy files; "" for one that is not held."""
    loaded = live.still()
    reader = Lockstep(loaded.run, loaded.values, loaded.program, {})
    with loaded.program.backend.functions.quiet():
        paths = [
            _written(reader.array(ref), arguments, ref)
            for ref in _refs(loaded, arguments.get("values"))
        ]
    return Answer({"paths": paths})


def _against(live: Live, arguments: Json) -> Answer:
    """How far values of another run are from this one's, in the best order of their axes."""
    loaded = live.still()
    reader = Lockstep(loaded.run, loaded.values, loaded.program, {})
    tolerance = _number(arguments, "tolerance")
    rows: list[list[object]] = []
    seen: dict[AxisOrder, int] = {}
    with loaded.program.backend.functions.quiet():
        for row in _rows(arguments.get("pairs"), 3):
            ref = _refs(loaded, [row[1:]])[0]
            mine = reader.array(ref)
            if mine is None:
                rows.append([None, None])
                continue
            often = sorted(seen, key=lambda order: -seen[order])
            error, order = best_order(read_array(str(row[0])), mine, tolerance, often)
            if order is not None and error <= tolerance:
                seen[order] = seen.get(order, 0) + 1
            rows.append([error, None if order is None else order.encode()])
    return Answer({"rows": rows})


def _lockstep(live: Live, arguments: Json) -> Answer:
    """The local error at every anchor, and what this run makes of the wanted values."""
    loaded = live.still()
    anchors = _anchors(loaded, arguments)
    wanted = _refs(loaded, arguments.get("wanted") or [])
    walker = Lockstep(loaded.run, loaded.values, loaded.program, anchors)
    with loaded.program.backend.functions.quiet():
        walker.walk(frozenset(wanted))
        paths = [_written(walker.own.get(ref), arguments, ref) for ref in wanted]
    return Answer({"errors": [walker.errors.get(ref) for ref in anchors], "paths": paths})


def _noise(live: Live, arguments: Json) -> Answer:
    """How far rounding alone may move some values."""
    loaded = live.still()
    walker = Lockstep(loaded.run, loaded.values, loaded.program, _anchors(loaded, arguments))
    with loaded.program.backend.functions.quiet():
        found = [walker.noise(ref) for ref in _refs(loaded, arguments.get("values"))]
    return Answer({"noise": found})


def _vary(live: Live, arguments: Json) -> Answer:
    """Which variations of some ops give values of the other run; else what the values tell."""
    loaded = live.still()
    anchors = _anchors(loaded, arguments)
    walker = Lockstep(loaded.run, loaded.values, loaded.program, anchors)

    def source(ref: Ref) -> Array | None:
        anchor = anchors.get(ref)
        return walker.array(ref) if anchor is None else anchor.read(walker.shape(ref))

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
            _records(loaded, arguments.get("region")),
            source,
            targets,
            _number(arguments, "tolerance"),
        )
        hits = varied.search(_records(loaded, arguments.get("records")), numbers, others)
        told: list[tuple[str, str]] = []
        for ref in _refs(loaded, arguments.get("outputs") or []):
            array = varied.local(ref)
            told += [] if array is None else _compared(array, targets, (names[0], names[-1]))
    found = [[hit.record, hit.kind, hit.says, list(hit.at), hit.target, hit.error] for hit in hits]
    return Answer({"hits": found, "patterns": list(dict.fromkeys(told))})


def _constants(live: Live, arguments: Json) -> Answer:
    """Small constants that ops read: of each record, the name and elements of each."""
    loaded = live.still()
    reader = Lockstep(loaded.run, loaded.values, loaded.program, {})
    rows: list[list[object]] = []
    with loaded.program.backend.functions.quiet():
        for record in _records(loaded, arguments.get("records")):
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


def _written(array: Array | None, arguments: Json, ref: Ref) -> str:
    if array is None:
        return ""
    folder, prefix = str(arguments.get("folder") or ""), str(arguments.get("prefix") or "value")
    record = f"v{ref[1]}" if ref[0] < 0 else f"{ref[0]}.{ref[1]}"
    path = os.path.join(folder, f"{prefix}{record}.npy")
    try:
        np.save(path, array, allow_pickle=False)
    except OSError as error:
        raise Refusal("not-written", f"{path} could not be written: {error.strerror}.") from error
    return path


def _anchors(loaded: Loaded, arguments: Json) -> dict[Ref, Anchor]:
    found: dict[Ref, Anchor] = {}
    for row in _rows(arguments.get("anchors") or [], 4):
        ref = _refs(loaded, [row[:2]])[0]
        try:
            found[ref] = Anchor(str(row[2]), decode_order(row[3]))
        except ValueError as error:
            raise Refusal("bad-arguments", f"An anchor is broken: {error}.") from error
    return found


def _refs(loaded: Loaded, given: object) -> list[Ref]:
    found: list[Ref] = []
    run = loaded.run
    for row in _rows(given, 2):
        if not all(type(number) is int for number in row):
            raise Refusal("bad-arguments", "A value is named by [record, slot].")
        record, slot = row
        if record == OUTSIDE:
            known = 0 <= slot < len(run.graph.values)
        else:
            inside = 0 <= record < len(run.records)
            known = inside and 0 <= slot < len(run.records[int(record)].outputs)
        if not known:
            raise Refusal("no-such-value", f"This run has no value [{record}, {slot}].")
        found.append((record, slot))
    return found


def _records(loaded: Loaded, given: object) -> list[int]:
    rows = cast("list[object]", given) if isinstance(given, list) else []
    count = len(loaded.run.records)
    found = [row for row in rows if isinstance(row, int) and 0 <= row < count]
    if len(found) != len(rows):
        raise Refusal("no-such-value", "This run has no such record.")
    return found


def _rows(given: object, length: int) -> list[list[Any]]:
    rows: list[Any] = cast("list[Any]", given) if isinstance(given, list) else [None]
    if not all(isinstance(row, list) and len(cast("list[Any]", row)) == length for row in rows):
        raise Refusal("bad-arguments", f"The request needs a list of rows of {length}.")
    return rows


def _number(arguments: Json, name: str) -> float:
    value = arguments.get(name)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Refusal("bad-arguments", f"The request needs a number as {name}.")
    return float(value)


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
