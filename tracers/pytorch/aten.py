"""The inside of an op: the aten ops that PyTorch carries it out with."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ..engine.recorder import Recorder, Step
from ..ir import Ref, ScopeKind, SourceLine
from .calls import Calls
from .details import Details, details_of
from .dryrun import silence
from .edits import edits_of
from .lib import is_tensor, torch
from .names import kind_of
from .nested import collect, replace_tensors

_dispatch: Any = importlib.import_module("torch.utils._python_dispatch")
_fake: Any = importlib.import_module("torch._subclasses.fake_tensor")
_PLAIN = (int, float, str, bool, complex, type(None), torch.dtype, torch.device, slice)


def _hand_over(
    mode: Any,
    function: Any,
    types: Any,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    with torch._C.DisableTorchFunction():  # it would see this same op again
        if function is torch.ops.aten.detach.default:  # autograd's own, beside most ops
            return mode.passed(function, args)
        return mode.run(function, args, {} if kwargs is None else kwargs)


def _just_run(mode: Any, function: Any, args: Sequence[Any]) -> Any:
    return function(*args)


# Made at run time: torch is `Any` here, and a class cannot be checked against such a base.
AtenMode: Any = type(
    "AtenMode",
    (_dispatch.TorchDispatchMode,),
    {"__torch_dispatch__": _hand_over, "passed": _just_run},
)


def is_part(function: Any) -> bool:
    """It is an op that has no inside that PyTorch could show."""
    return isinstance(function, torch._ops.OpOverload)


class Owners(Protocol):
    """Which output of which record a tensor object now is."""

    def get(self, tensor: Any) -> Ref | None: ...

    def put(self, tensor: Any, ref: Ref) -> None: ...


class Inside:
    """Steps into ops: runs one with its aten ops recorded in a scope of its own.

    The ops that come here are those below autograd and autocast, so what they give is the same,
    bit for bit, as where the op runs as one.
    """

    def __init__(self, recorder: Recorder, owners: Owners, outside: Callable[[Any], Ref]) -> None:
        self._recorder = recorder
        self._owners = owners
        self._outside = outside
        self._line: SourceLine | None = None
        self.calls: Calls | None = None  # where it is noted how parts are called

    def goes_in(
        self, step: Step, function: Any, args: Sequence[Any], named: Mapping[str, Any]
    ) -> bool:
        """The op is to be entered, now that it is known what there is inside."""
        return self._recorder.goes_in(step, lambda: parts_of(function, args, named))

    def run(self, step: Step, call: Callable[[], Any], line: SourceLine | None) -> tuple[Step, Any]:
        """Carry the op out; the step counts the time that its parts took."""
        recorder, graph = self._recorder, self._recorder.builder.graph
        op = graph.ops[step.op]
        outer, ident = graph.scopes[op.scope].path, op.key.rpartition("/")[2]
        path = f"{outer}.{ident}" if outer else ident
        mode = self.mode(line)
        first = len(recorder.run.records)
        recorder.enter(path, ScopeKind.FUNCTION, op.type, op=step.op, leaf=True, source=line)
        try:
            with mode:
                result = call()
        finally:
            recorder.leave()
        took = sum(record.duration for record in recorder.run.records[first:])
        return replace(step, started=time.perf_counter() - took), result

    def mode(self, line: SourceLine | None) -> Any:
        """Entered, aten ops are recorded as parts of what stands on a line."""
        mode, self._line = AtenMode(), line
        mode.run, mode.passed = self._part, self._passed
        return mode

    def _part(self, function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        kind = kind_of(function)
        if not kind.name:
            return function(*args, **named)
        inputs: list[Any] = []
        collect(args, inputs)
        collect(named.values(), inputs)
        name = _type_of(function)
        step = self._recorder.before(
            name,
            [self._owners.get(tensor) or self._outside(tensor) for tensor in inputs],
            source=self._line,
            detail=_detail(kind.name, function, args, named),
            given=inputs,
        )
        edited = edits_of(self._recorder, step, kind.name, inputs, True)
        written = _written(function, args, named)
        try:
            if edited is not None:
                args, named = edited.arguments(args, named)
            result = function(*args, **named)
        except Exception as error:
            self._recorder.failed(step, error)
            raise
        if self.calls is not None:
            self.calls.note(step.record, function, args, named)
        if edited is not None:
            result = edited.result(result, _written(function, args, named))
        outputs: list[Any] = []
        collect((result,), outputs)
        for tensor in written:
            if all(tensor is not other for other in outputs):
                outputs.append(tensor)
        if not outputs and result is not None:
            outputs.append(result)
        if edited is not None:
            result, outputs = edited.outputs(step.record, result, outputs, written)
        if not any(is_tensor(value) for value in outputs):
            self._recorder.after(step, outputs)
            return result
        record = self._recorder.after(step, outputs)
        for slot, tensor in enumerate(outputs):
            self._owners.put(tensor, (record, slot))
        return result

    def _passed(self, function: Any, args: Sequence[Any]) -> Any:
        """A detached tensor is the value that it was made from."""
        result = function(*args)
        ref = self._owners.get(args[0])
        if ref is not None:
            self._owners.put(result, ref)
        return result


def parts_of(function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> list[str] | None:
    """Types of the ops that a call would be carried out with, found out without computing.

    None where that cannot be known: it calls the user's code, or depends on data.
    """
    if any(callable(value) for value in (*args, *named.values())):
        return None
    found: list[str] = []

    def see(part: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if kind_of(part).name:
            found.append(_type_of(part))
        return part(*args, **named)

    mode = AtenMode()
    mode.run = see
    try:
        with silence(), _fake.FakeTensorMode(allow_non_fake_inputs=True) as fakes:
            copies, words = replace_tensors((list(args), dict(named)), fakes.from_tensor)
            with mode, torch.random.fork_rng(devices=[]):
                function(*copies, **words)
    except Exception:  # noqa: BLE001 - whatever it is, it says that the inside cannot be foreseen
        return None
    return found


def _type_of(function: Any) -> str:
    """ "aten.addmm": apart from the user's own ops by its dot."""
    space = str(function._schema.name).partition("::")[0]
    return f"{space}.{kind_of(function).name}"


def _detail(
    name: str, function: Any, args: Sequence[Any], named: Mapping[str, Any]
) -> Callable[[], Details]:
    return lambda: details_of(name, function, args, named)


def _written(function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """Tensors that the op writes to, by its schema: below autograd no version is counted yet."""
    found: list[Any] = []
    for place, argument in enumerate(function._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[place] if place < len(args) else named.get(argument.name)
            collect((value,), found)
    return found
