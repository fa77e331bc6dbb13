"""Runs the real model, op by op, and reports to the recorder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Mapping, Sequence
from types import CodeType
from typing import Any

from ..engine.owners import Owners
from ..engine.recorder import Recorder, Step
from ..ir import OUTSIDE, Ref, SourceLine, ValueKind
from .aten import AtenMode, Inside, is_part
from .autograd_engine import backward_passes
from .backward import Backward, is_enough
from .calls import Calls
from .chosen import Caught
from .details import Details, details_of
from .edits import OpEdits, edits_of
from .lib import is_tensor, is_wrapped, torch
from .lines import error_line, user_line
from .modules import ModuleScopes, Names
from .names import Kind, kind_of
from .nested import collect
from .optimizers import optimizer_steps
from .scripts import scripted_calls
from .threads import OtherThreads
from .ties import Ties, sequence


def _hand_over(
    mode: Any,
    function: Any,
    types: Any,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
) -> Any:
    return mode.run(function, args, {} if kwargs is None else kwargs)


# Made at run time: torch is `Any` here, and a class cannot be checked against such a base.
_Mode: Any = type(
    "RecordingMode", (torch.overrides.TorchFunctionMode,), {"__torch_function__": _hand_over}
)


class LiveTracer:
    """Sees every user-level op through a function mode, with the model's real control flow."""

    def __init__(self, names: Names, recorder: Recorder, base: CodeType | None) -> None:
        self._names = names
        self._recorder = recorder
        self._base = base
        self._owners = Owners()
        self._in_script = False
        self._released = False
        self._inside = Inside(recorder, self._owners, self.ref)
        self.recorder = recorder
        self.caught: Caught | None = None  # a value that is wanted once it is made
        self._calls: Calls | None = None
        self.constants: dict[str, Any] = {}
        self.lines: list[SourceLine | None] = []  # the last one stands in for the real stack's
        self.ties = self._ties = Ties()
        self.backward = Backward(
            recorder,
            self._ties,
            self._owners,
            self.ref,
            self.line,
            self._inside.mode,
            self.constants,
        )
        recorder.run.unseen.clear()
        self._elsewhere = OtherThreads(recorder.run.unseen)
        self._mode = _Mode()
        self._mode.run = self._run
        self._scopes = ModuleScopes(
            names, recorder, self.line, self.lines, self.inside_script, self.backward.takes
        )

    def note_calls(self, calls: Calls) -> None:
        """Have it noted how ops are called, by record."""
        self._calls = self._inside.calls = calls

    @contextlib.contextmanager
    def recording(self) -> Generator[None, None, None]:
        """Inside, ops and module calls of this thread go to the recorder."""
        with (
            self._elsewhere.watched(),
            self._scopes,
            scripted_calls(self.inside_script),
            backward_passes(self._pass_backward),
            optimizer_steps(self._recorder, self.line, self.backward.takes),
            self._mode,
        ):
            try:
                yield
            except Exception as error:
                self._recorder.raised(error, error_line(error))
                raise

    def let_go(self) -> None:
        """Pass everything on from now on, as if nobody looked. Called from any thread."""
        self._released = True
        self._mode.run = _plainly
        self._scopes.let_go()

    def _pass_backward(self, engine: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Autograd's engine is called; hooks and the user's own functions run under the mode."""
        if self._released:
            return engine(*args, **options)
        if any(is_tensor(root) and is_wrapped(root) for root in args[0]):
            return self.backward.run_whole(engine, *args, **options)
        modes = torch.overrides._get_current_function_mode_stack()
        again = contextlib.nullcontext() if self._mode in modes else self._mode
        return self.backward.run(engine, again, *args, **options)

    def _aten_mode(self) -> contextlib.AbstractContextManager[Any]:
        mode = AtenMode()
        mode.run = self._run
        return mode

    @contextlib.contextmanager
    def inside_script(self) -> Generator[None, None, None]:
        """Inside, TorchScript's own ops are recorded: no function mode sees them."""
        if self._in_script:
            yield
            return
        self._in_script = True
        try:
            with torch.jit.optimized_execution(False), self._aten_mode():
                yield
        finally:
            self._in_script = False

    def line(self) -> SourceLine | None:
        """The user's line that now runs."""
        if self.lines:
            return self.lines[-1]
        return user_line(None, self._base)

    def ref_of(self, tensor: object) -> Ref | None:
        """Where a tensor was made; None for one that no recorded op made or read."""
        if not is_tensor(tensor):
            return None
        known = self._owners.get(tensor)
        if known is not None:
            return known
        kind, name, _ = self._names.tensors.get(id(tensor), (ValueKind.CONSTANT, "", None))
        value = self._recorder.builder.find_external(kind, name) if name else -1
        return (OUTSIDE, value) if value >= 0 else None

    def ref(self, tensor: Any) -> Ref:
        """Where a tensor was made; one that no recorded op made becomes a value from outside."""
        return self._owners.get(tensor) or self._outside(tensor)

    def add_input(self, name: str, tensor: Any) -> None:
        """Make an input of the model known by name."""
        shape, dtype = self._recorder.backend.describe(tensor)
        value = self._recorder.builder.external(ValueKind.INPUT, name, shape, dtype)
        self._owners.put(tensor, (OUTSIDE, value))

    def _run(self, function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        kind = kind_of(function)
        if not kind.name:
            return function(*args, **named)
        if self.backward.passes and not self.backward.takes():
            return function(*args, **named)
        inputs: list[Any] = []
        collect(args, inputs)
        if named:
            collect(named.values(), inputs)
        refs = [self._owners.get(tensor) or self._outside(tensor) for tensor in inputs]
        for tensor, ref in zip(inputs, refs, strict=True):
            if tensor.requires_grad:
                self._ties.tie_late(tensor, ref)
        step = self._recorder.before(
            kind.name,
            refs,
            source=self.line(),
            can_enter=not is_part(function),
            detail=self._detail(kind, function, args, named),
            given=inputs,
        )
        edited = edits_of(self._recorder, step, kind.name, inputs, is_part(function))
        versions = _versions(inputs)
        real = args, named
        nodes = sequence()
        try:
            if edited is not None:
                args, named = edited.arguments(args, named)
            if step.enter and self._inside.goes_in(step, function, args, named):
                step, result = self._inside.run(
                    step, lambda: _call(kind, function, args, named), self.line()
                )
            else:
                result = _call(kind, function, args, named)
        except Exception as error:
            if is_enough(error):
                self._recorder.after(step, ())
            else:
                self._recorder.failed(step, error)
            raise
        if edited is not None:
            result = edited.result(result, _running(kind.running, args, named))
        if self._calls is not None:
            self._calls.note(len(self._recorder.run.records), function, *real)
        written = [
            tensor
            for tensor, version in zip(inputs, versions, strict=True)
            if version >= 0 and tensor._version != version
        ]
        if kind.running:
            written += _running(kind.running, *real)
        result = self._finish(step, kind, result, written, edited, nodes)
        return iter(result) if kind.iterates else result

    def _detail(
        self, kind: Kind, function: Any, args: Sequence[Any], named: Mapping[str, Any]
    ) -> Callable[[], Details]:
        return lambda: details_of(kind.name, function, args, named)

    def _finish(
        self,
        step: Step,
        kind: Kind,
        result: Any,
        written: list[Any],
        edited: OpEdits | None,
        nodes: int,
    ) -> Any:
        """Record the outputs; gives the result, as edited. `nodes`: of autograd, made before."""
        outputs: list[Any] = []
        collect((result,), outputs)
        plain = not outputs and not written and result is not None
        for tensor in written:
            _add(tensor, outputs)
            if tensor._is_view() and self._owners.get(tensor._base) is not None:
                _add(tensor._base, outputs)
        if edited is not None:
            record = len(self._recorder.run.records)
            given = [result] if plain else outputs
            result, outputs = edited.outputs(record, result, given, written)
        if plain:
            self._recorder.after(step, [result])
            return result
        record = self._recorder.after(step, outputs)
        self._ties.add(nodes, record)
        if self.caught is not None:
            self.caught.take(record, outputs)
        for slot, tensor in enumerate(outputs):
            self._owners.put(tensor, (record, slot))
            if tensor.requires_grad:
                self._ties.tie(tensor, (record, slot))
        return result

    def _outside(self, tensor: Any) -> Ref:
        """The ref of a tensor that no recorded op made."""
        kind, name, _ = self._names.tensors.get(id(tensor), (ValueKind.CONSTANT, "", None))
        if not name:
            name = self._elsewhere.name_of(tensor) or f"constant {len(self.constants) + 1}"
            self.constants[name] = tensor
        value = self._recorder.builder.find_external(kind, name)
        if value < 0:
            shape, dtype = self._recorder.backend.describe(tensor)
            value = self._recorder.builder.external(kind, name, shape, dtype)
        ref = (OUTSIDE, value)
        self._owners.put(tensor, ref)
        return ref


def _plainly(function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
    return function(*args, **named)


def _call(kind: Kind, function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
    result = function(*args, **named)
    return list(result) if kind.iterates else result


def _versions(tensors: list[Any]) -> list[int]:
    try:
        return [tensor._version for tensor in tensors]
    except RuntimeError:  # inference tensors do not count their versions
        return [-1 if tensor.is_inference() else tensor._version for tensor in tensors]


def _running(first: int, args: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    """Running statistics that batch_norm and instance_norm write without counting versions."""
    if not first:
        return []
    training = named.get("training", named.get("use_input_stats", args[5] if len(args) > 5 else 0))
    if training is not True:
        return []
    found = [named.get("running_mean"), named.get("running_var"), *args[first : first + 2]]
    return [tensor for tensor in found if is_tensor(tensor)]


def _add(tensor: Any, outputs: list[Any]) -> None:
    if all(tensor is not other for other in outputs):
        outputs.append(tensor)
