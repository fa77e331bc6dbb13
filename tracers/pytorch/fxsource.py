"""A run written as source of a torch.fx.GraphModule, which is replayed before it is given out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from ..engine.user_code import said
from ..protocol.refusal import Refusal
from .entry import BASE
from .facts import name_inputs
from .fxcalls import CallTracer, recorder_for
from .fxfile import Random, parts_of, source_file
from .fxtext import Unwritable, literal
from .lib import Unrecorded, is_tensor
from .nested import OBJECT_DEPTH, leaves
from .session import prepared
from .state import StartState
from .verify import compare_leaves

if TYPE_CHECKING:
    from .program import TorchProgram

_DEPTH = 12
_PLAIN = (bool, int, float, complex, str, bytes, type(None))

Leaves = list[tuple[str, Any]]


def fx_source(program: TorchProgram, state: StartState) -> str:
    """Run once more with every call written down, then replay what was written.

    Raises Refusal, naming the op, where a call has no source, and where a replay has other bits.
    """
    with prepared(state):
        args, kwargs = program.fresh_inputs()
        recorder = recorder_for(program.backend)
        tracer = CallTracer(program.names, recorder, BASE)
        given = name_inputs(program.target, (args, kwargs))
        for name, tensor in given.items():
            tracer.add_input(name, tensor)
        random = Random()
        try:
            result = program.run(cast(Any, tracer), recorder, args, kwargs)
        except Exception as error:
            if tracer.problem is not None:
                raise tracer.problem from error
            words = f"run again, the model raised {type(error).__name__}: {said(error)}"
            raise _refusal(words.rstrip(".")) from error
        if tracer.problem is not None:
            raise tracer.problem
        tracer.finish()
        drawn = random if random.was_used() else None
        with Unrecorded():
            output = _output(result, tracer)
            expected = _frozen(result)
    source = source_file(program, given, tracer, output, drawn)
    with prepared(state):
        got = _replayed(program, source, tracer.written.held, drawn is not None)
    _compare(expected, got)
    return source


def _replayed(program: TorchProgram, source: str, held: Iterable[str], seeded: bool) -> Leaves:
    space: dict[str, Any] = {"__name__": "recorded"}
    exec(compile(source, "<torch.fx source>", "exec"), space)
    args, kwargs = program.fresh_inputs()
    parts = parts_of(program.names, held)
    replay = space["build"](program.names.roots[0][1] if parts is None else parts)
    if seeded:
        space["seed"]()
    return _frozen(replay(*name_inputs(program.target, (args, kwargs)).values()))


def _compare(expected: Leaves, got: Leaves) -> None:
    why = "so something happens in the model that no call shows"
    if [name for name, _ in expected] != [name for name, _ in got]:
        raise _refusal(f"replayed, it gives other outputs, {why}")
    for (name, left), (_, right) in zip(expected, got, strict=True):
        with Unrecorded():
            same, _ = compare_leaves(left, right)
        if not same:
            which = f"its output {name}" if name else "its output"
            raise _refusal(f"replayed, {which} has other bits, {why}")


def _frozen(result: Any) -> Leaves:
    """What of an output can be written: tensors and plain values, safe from later writes."""
    return [
        (name, leaf.detach().clone() if is_tensor(leaf) else leaf)
        for name, leaf in leaves(result, objects=True)
        if is_tensor(leaf) or isinstance(leaf, _PLAIN)
    ]


def _output(value: Any, tracer: CallTracer, depth: int = 0) -> str:
    """The source of what the model returns; objects become dicts of their attributes."""
    rows = _rows(value, depth)
    if rows is None:
        try:
            return literal(value, tracer.show)
        except Unwritable as problem:
            if is_tensor(value):
                raise _refusal(f"an output cannot be written: {problem}") from problem
            return ""
    parts = {
        key: part
        for key, v in rows.items()
        if depth < _DEPTH and (part := _output(v, tracer, depth + 1))
    }
    if isinstance(value, list):
        return f"[{', '.join(parts.values())}]"
    if isinstance(value, tuple) and not hasattr(cast(object, value), "_fields"):
        return f"({', '.join(parts.values())}{',' if len(parts) == 1 else ''})"
    return (
        "{" + ", ".join(f"{literal(key, tracer.show)}: {part}" for key, part in parts.items()) + "}"
    )


def _rows(value: Any, depth: int) -> dict[Any, Any] | None:
    """The parts of a container or a plain object, None for what is neither."""
    if is_tensor(value) or isinstance(value, (*_PLAIN, type)):
        return None
    if isinstance(value, dict):
        return {str(key): part for key, part in cast("dict[Any, Any]", value).items()}
    if isinstance(value, (tuple, list)):
        items = cast("list[Any]", value)
        names: Any = getattr(cast(object, value), "_fields", range(len(items)))
        return dict(zip(names, items, strict=True))
    if dataclasses.is_dataclass(value):
        return {row.name: getattr(value, row.name) for row in dataclasses.fields(value)}
    if hasattr(value, "__dict__") and not callable(value) and depth <= OBJECT_DEPTH:
        return dict(value.__dict__)
    return None


def _refusal(why: str) -> Refusal:
    return Refusal("not-exportable", f"The run cannot be written as torch.fx source: {why}.")
