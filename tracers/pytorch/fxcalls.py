"""Writes a run's calls down as statements that build a torch.fx.Graph, while the model runs."""

from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, cast

from ..engine.builder import GraphBuilder
from ..engine.recorder import Recorder
from ..ir import Scope, ScopeKind, SourceLine
from ..protocol.refusal import Refusal
from .aten import AtenMode
from .constants import Constants
from .fxtext import TELLING, Namer, Unwritable, call_source, raw_name, statement
from .lib import Unrecorded, has_data, is_tensor, is_wrapped, torch
from .lines import user_line
from .modules import ModuleScopes, Names
from .names import kind_of
from .scripts import scripted_calls
from .threads import OtherThreads

# No ops for the debugger, but what they do matters to what comes after them.
_EFFECTS = frozenset({"requires_grad_", "backward", "grad", "retain_grad"})
_Autocast = tuple[bool, Any, bool]


def _called(mode: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    return mode.run(function, args, kwargs or {})


_Mode: Any = type("CallMode", (torch.overrides.TorchFunctionMode,), {"__torch_function__": _called})


@dataclass(slots=True)
class Line:
    """A statement of the builder, or a comment where `kind` is "".

    Attributes:
        name: what it assigns to; left out where nothing reads it.
        words: arguments as source; of a comment its text.
    """

    name: str
    kind: str
    words: list[str]
    read: bool = False

    def source(self) -> str:
        """As text."""
        if not self.kind:
            return f"    # {self.words[0]}" if self.words else ""
        return statement(self.name if self.read else "", self.kind, self.words)


@dataclass(slots=True)
class _Known:
    """Where a tensor is: in a statement's result, below some keys."""

    tensor: weakref.ref[Any]
    line: Line
    keys: tuple[Any, ...] = ()


@dataclass(slots=True)
class Written:
    """What a run came to as statements.

    Attributes:
        ops: how many ops of the debugger's were written.
        read: how many times Python read a number from a tensor.
        held: paths of parameters, buffers and tensor attributes that the graph holds.
    """

    lines: list[Line] = field(default_factory=list[Line])
    ops: int = 0
    read: int = 0
    held: dict[str, Any] = field(default_factory=dict[str, Any])


class CallTracer:
    """Sees every user-level call, as the live tracer does, with its arguments.

    Raises Refusal out of the model at the first call that has no source.
    """

    def __init__(self, names: Names, recorder: Recorder, base: CodeType | None) -> None:
        self.written = Written()
        self.constants = Constants()
        self.problem: Refusal | None = None
        self.unseen: dict[str, int] = {}
        self._elsewhere = OtherThreads(self.unseen)
        self.lines: list[SourceLine | None] = []
        self._names = names
        self._recorder = recorder
        self._base = base
        self._namer = Namer()
        self._known: dict[int, _Known] = {}
        self._attributes = dict(_attributes(names))
        self._in_script = False
        self._label = ""  # the op whose arguments are being written
        self._place = (0, 0)  # scope, number of the last comment's
        self._grad = self._start_grad = torch.is_grad_enabled()
        self._cast = self._start_cast = _autocast()
        self._entered: Line | None = None
        self._scopes = ModuleScopes(
            names, recorder, self._line, self.lines, self.inside_script, lambda: True
        )

    @contextlib.contextmanager
    def recording(self) -> Generator[None, None, None]:
        """Inside, the calls of this thread are written down."""
        mode = _Mode()
        mode.run = self._run
        with self._elsewhere.watched(), self._scopes, scripted_calls(self.inside_script), mode:
            yield

    @contextlib.contextmanager
    def inside_script(self) -> Generator[None, None, None]:
        """Inside, TorchScript's own ops are written: no function mode sees them."""
        if self._in_script:
            yield
            return
        mode = AtenMode()
        mode.run = self._run
        self._in_script = True
        try:
            with torch.jit.optimized_execution(False), mode:
                yield
        finally:
            self._in_script = False

    def add_input(self, name: str, tensor: Any) -> None:
        """An input of the model becomes a placeholder."""
        variable = self._namer.name(name)
        line = self._add(variable, "graph.placeholder", [f'"{variable}"'])
        self._note(tensor, line, ())

    def show(self, tensor: Any) -> str:
        """A tensor as source; what is needed for that is written first."""
        known = self._known.get(id(tensor))
        if known is None:
            return self._outside(tensor)
        if known.keys:
            line = known.line
            for key in known.keys:
                line.read = True
                name = self._namer.name(f"{line.name}_{key}")
                line = self._add(name, "call", ["operator.getitem", line.name, repr(key)])
            known.line, known.keys = line, ()
        known.line.read = True
        return known.line.name

    def finish(self) -> None:
        """The model has returned: put the modes back as they stood at the start."""
        self._label = ""
        if self.unseen:
            names = ", ".join(self.unseen)
            raise Refusal(
                "not-exportable",
                "The run cannot be written as torch.fx source: it has ops on other threads"
                f" ({names}), whose order is not known.",
            )
        self._set_modes(self._start_grad, self._start_cast)

    def _line(self) -> SourceLine | None:
        return self.lines[-1] if self.lines else user_line(None, self._base)

    def _run(self, function: Any, args: Sequence[Any], named: Mapping[str, Any]) -> Any:
        kind = kind_of(function)
        name = kind.name or _telling(function)
        if not name:
            result: Any = function(*args, **named)
            if not self._is_new(result):
                return result
            return self._write(function, args, named, raw_name(function), lambda: result)
        return self._write(function, args, named, name, lambda: function(*args, **named))

    def _write(self, *call: Any) -> Any:
        try:
            return self._write_call(*call)
        except Refusal as problem:
            self.problem = self.problem or problem  # the model may catch it
            raise

    def _write_call(
        self,
        function: Any,
        args: Sequence[Any],
        named: Mapping[str, Any],
        name: str,
        call: Callable[[], Any],
    ) -> Any:
        kind = kind_of(function)
        label = self._recorder.run.graph.scopes[self._recorder.scope].path
        label = self._label = f"{name} in {label}" if label else name
        self._set_modes(torch.is_grad_enabled(), _autocast())
        self._comment()
        try:
            _refuse_wrapped(args, named)
            kind_, words = call_source(function, tuple(args), dict(named), self.show)
        except Unwritable as problem:
            if _holds_tensor((args, named)):
                raise _refusal(label, str(problem)) from problem
            result = call()
            self._freeze(result, label)
            return result
        result = call()
        if kind.iterates:
            result = list(cast("Iterator[Any]", result))
        self.written.ops += bool(kind.name)
        if result is not None and not _holds_tensor(result):
            if kind.name:
                self._tell(name, words, result)
            return result
        line = self._add(self._namer.name(name), kind_, words)
        self._note_all(result, line)
        return iter(cast("list[Any]", result)) if kind.iterates else result

    def _is_new(self, result: Any) -> bool:
        """A tensor that nothing in the source stands for, from a call that is no op."""
        if not is_tensor(result) or is_wrapped(result):
            return False
        known = id(result) in self._known or id(result) in self._attributes
        return not known and id(result) not in self._names.tensors

    def _tell(self, name: str, words: list[str], result: Any) -> None:
        """Python read a value: what follows was decided with it, so it stands as a comment."""
        self.written.read += 1
        text = " ".join(repr(result).split())
        text = text if len(text) <= 60 else f"{text[:59]}…"
        self.written.lines.append(Line("", "", [f"{name}({', '.join(words[1:])}) was {text} here"]))

    def _add(self, name: str, kind: str, words: list[str]) -> Line:
        line = Line(name, kind, words)
        self.written.lines.append(line)
        return line

    def _note_all(self, result: Any, line: Line, keys: tuple[Any, ...] = ()) -> None:
        if is_tensor(result):
            if id(result) not in self._known:  # an in-place op gives what it was given
                self._note(result, line, keys)
        elif isinstance(result, (tuple, list)):
            for index, part in enumerate(cast("list[Any]", result)):
                self._note_all(part, line, (*keys, index))
        elif isinstance(result, dict):
            for key, part in cast("dict[Any, Any]", result).items():
                self._note_all(part, line, (*keys, key))

    def _note(self, tensor: Any, line: Line, keys: tuple[Any, ...]) -> None:
        key = id(tensor)

        def forget(reference: weakref.ref[Any]) -> None:
            known = self._known.get(key)
            if known is not None and known.tensor is reference:
                del self._known[key]

        self._known[key] = _Known(weakref.ref(tensor, forget), line, keys)

    def _freeze(self, result: Any, label: str) -> None:
        """What a call that cannot be written made from no tensor stands as data."""
        if is_tensor(result):
            if self._shares(result):
                raise _refusal(
                    label, "what it is given came from a tensor by a way that no call shows"
                )
            self._note(result, self._constant(result, label), ())
        elif isinstance(result, (tuple, list)):
            for part in cast("list[Any]", result):
                self._freeze(part, label)

    def _outside(self, tensor: Any) -> str:
        """A tensor that no written call made."""
        _, path, _ = self._names.tensors.get(id(tensor), (None, "", None))
        path = path or self._attributes.get(id(tensor), "")
        if path:
            self.written.held[path] = tensor
            return f'held("{path}")'
        if self._elsewhere.name_of(tensor):
            raise Unwritable("it reads a tensor that was made on another thread")
        if tensor.grad_fn is not None or self._shares(tensor):
            raise Unwritable("it reads a tensor made where no call is seen")
        line = self._constant(tensor, self._label)
        self._note(tensor, line, ())
        line.read = True
        return line.name

    def _shares(self, tensor: Any) -> bool:
        """It shows elements of a tensor that the source has: no constant."""
        with Unrecorded():
            place = _storage(tensor)
            known = (known.tensor() for known in list(self._known.values()))
            return place != 0 and any(t is not None and _storage(t) == place for t in known)

    def _constant(self, tensor: Any, label: str) -> Line:
        name = self._namer.name("constant")
        kind, words = self.constants.source(name, tensor, label)
        return self._add(name, kind, words)

    def _set_modes(self, grad: bool, cast_: _Autocast) -> None:
        if cast_ != self._cast:
            home = "torch.amp.autocast_mode"
            if self._entered is not None:
                self._add("", "call", [f"{home}._exit_autocast", self._entered.name])
                self._entered.read, self._entered = True, None
            if cast_ != self._start_cast:
                enabled, dtype, cached = cast_
                words = [f"{home}._enter_autocast", '"cpu"', str(dtype), str(enabled), str(cached)]
                self._entered = self._add(self._namer.name("autocast"), "call", words)
            self._cast = cast_
        if grad != self._grad:
            self._add("", "call", ["torch._C._set_grad_enabled", str(grad)])
            self._grad = grad

    def _comment(self) -> None:
        """Name the module where it is another than the last statement's."""
        place = (self._recorder.scope, self._recorder.frame)
        if place == self._place:
            return
        self._place = place
        scope = self._recorder.run.graph.scopes[place[0]]
        self.written.lines.append(Line("", "", []))
        self.written.lines.append(Line("", "", [_heading(scope, self._line())]))


def recorder_for(backend: Any) -> Recorder:
    """Follows the scopes alone."""
    return Recorder(backend, GraphBuilder(), statistics=False)


def _heading(scope: Scope, line: SourceLine | None) -> str:
    name = scope.path or "the model itself"
    if scope.kind is ScopeKind.MODULE:
        name = f"{name}: {scope.type}" + (f", call {scope.call}" if scope.call > 1 else "")
    return name if line is None else f"{name} ({os.path.basename(line.file)}:{line.line})"


def _telling(function: Any) -> str:
    """The name of a call that is no op, but has to be repeated; "" of any other."""
    raw = raw_name(function)
    if getattr(function, "__name__", "") == "__set__":
        return f"set_{raw}" if raw in TELLING else ""
    return raw.strip("_") if raw in _EFFECTS else ""


def _attributes(names: Names) -> Generator[tuple[int, str], None, None]:
    """(id, path) of tensors that modules hold as plain attributes."""
    for module in names.all_modules:
        path = names.modules[id(module)].path
        for key, value in list(module.__dict__.items()):
            if is_tensor(value) and key.isidentifier():
                yield id(value), f"{path}.{key}" if path else key


def _autocast() -> _Autocast:
    dtype = torch.get_autocast_dtype("cpu")
    return torch.is_autocast_enabled("cpu"), dtype, torch.is_autocast_cache_enabled()


def _storage(tensor: Any) -> int:
    """Where the elements lie, 0 where that says nothing."""
    if not has_data(tensor) or tensor.layout is not torch.strided:
        return 0
    return int(tensor.untyped_storage().data_ptr())


def _holds_tensor(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(_holds_tensor(part) for part in cast("list[Any]", value))
    if isinstance(value, dict):
        return any(_holds_tensor(part) for part in cast("dict[Any, Any]", value).values())
    return is_tensor(value)


def _refuse_wrapped(args: Sequence[Any], named: Mapping[str, Any]) -> None:
    found: list[Any] = [*args, *named.values()]
    while found:
        value = found.pop()
        if isinstance(value, (tuple, list)):
            found += cast("list[Any]", value)
        elif is_tensor(value) and is_wrapped(value):
            raise Unwritable("it runs inside vmap or another transform")


def _refusal(label: str, why: str) -> Refusal:
    sentence = f"The run cannot be written as torch.fx source at {label}: {why}."
    return Refusal("not-exportable", sentence)
