"""The model's static graph by torch.fx, as steps that the live tracer can take."""

from __future__ import annotations

import contextlib
import dis
import functools
import importlib
import operator
from collections.abc import Callable, Generator
from types import CodeType, SimpleNamespace
from typing import Any, cast

from ..engine.backend import Inputs
from .dryrun import silence
from .entry import BASE, call_target
from .lib import is_tensor, nn, torch
from .lines import user_line
from .modules import Names, type_of
from .names import PROPERTIES, kind_of
from .nested import replace_tensors
from .steps import Enter, Leave, Node, Step

_proxy: Any = importlib.import_module("torch.fx.proxy")
_IN_PLACE = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and", "or", "xor")


class FxRefused(Exception):
    """What torch.fx would get wrong without saying so."""


class FxGraph:
    """A traced model: its steps, and where the tensors and modules that they name are."""

    def __init__(self, target: Any, inputs: Inputs, names: Names) -> None:
        self.steps: list[Step] = []
        self.count = 0  # tensors among the inputs
        self._names = names
        self._inputs = inputs
        self._target = target
        self._modules: dict[str, Any] = {}
        self._fx: Any = torch.fx.Tracer()
        self._fx.proxy_buffer_attributes = True
        self._create_node = self._fx.create_node
        self._fx.create_node = self._note_node
        self._fx.call_module = self._call_module
        self._root: Any = _Root()
        self._root.run = self._forward
        for place, (_, module) in enumerate(names.roots):
            self._root.add_module(f"root_{place}", module)

    def trace(self) -> None:
        """Trace; raises what torch.fx or the model raises, and FxRefused."""
        with silence(), _proxies_that_write(), _code_read_once(), _factories(self._fx):
            self._fx.trace(self._root)

    def fetch(self, path: str) -> Any:
        """The module or tensor that a node names."""
        found = self._modules.get(path)
        if found is None:
            found = self._root
            for part in path.split("."):
                found = getattr(found, part)
        return found

    def _forward(self) -> None:
        """What is traced: the model's call, its tensors as placeholders."""
        made: dict[int, Any] = {}

        def placeholder(tensor: Any) -> Any:
            if id(tensor) not in made:
                made[id(tensor)] = self._fx.create_proxy(
                    "placeholder", f"input_{len(made)}", (), {}
                )
            return made[id(tensor)]

        args, kwargs = replace_tensors(self._inputs, placeholder)
        self.count = len(made)
        call_target(self._target, args, kwargs)
        return  # what it returns may be of a kind that torch.fx cannot write down

    def _note_node(self, kind: str, target: Any, *rest: Any, **named: Any) -> Any:
        if torch._C._is_any_autocast_enabled():
            raise FxRefused("it drops autocast regions")
        node = self._create_node(kind, target, *rest, **named)
        self.steps.append(Node(node, user_line(None, BASE)))
        return node

    def _call_module(self, module: Any, forward: Any, args: Any, kwargs: Any) -> Any:
        known = self._names.modules.get(id(module))
        path = "" if known is None else known.path
        if self._fx.is_leaf_module(module, path):
            key = path or f"module_{len(self._modules)}"
            self._modules[key] = module
            return self._fx.create_proxy("call_module", key, args, kwargs)
        if not path:
            if module is not self._target:
                raise FxRefused(f"it meets a {type_of(module)} that is no part of the model")
            return forward(*args, **kwargs)
        leaf = not module._modules
        self.steps.append(Enter(path, type_of(module), user_line(None, BASE), leaf))
        try:
            return forward(*args, **kwargs)
        finally:
            self.steps.append(Leave())


def _forward_root(root: Any) -> Any:
    return root.run()


_Root: Any = type("Root", (nn.Module,), {"forward": _forward_root})


@contextlib.contextmanager
def _proxies_that_write() -> Generator[None, None, None]:
    """torch.fx's proxies turn `x += y` into an add and refuse `x[0] = y`; here both are nodes."""
    kind = _proxy.Proxy
    before: dict[str, Any] = dict(kind.__dict__)
    plain_getattr = kind.__getattr__

    def look_up(proxy: Any, name: str) -> Any:
        found = plain_getattr(proxy, name)
        if name in PROPERTIES:
            _ = found.node  # made where it is read, not where it is first used
        return found

    added = {f"__i{name}__": _writer(getattr(operator, f"i{name}")) for name in _IN_PLACE}
    added["__setitem__"] = _writer(operator.setitem)
    added["__getattr__"] = look_up
    try:
        for name, method in added.items():
            setattr(kind, name, method)
        yield
    finally:
        for name in added:
            if name in before:
                setattr(kind, name, before[name])
            else:
                delattr(kind, name)


@contextlib.contextmanager
def _code_read_once() -> Generator[None, None, None]:
    """torch.fx reads a function's code anew wherever that unpacks a value; here, once."""
    before = _proxy.dis

    @functools.cache
    def read(code: CodeType) -> tuple[dis.Instruction, ...]:
        return tuple(dis.get_instructions(code))

    _proxy.dis = SimpleNamespace(get_instructions=read)
    try:
        yield
    finally:
        _proxy.dis = before


def _writer(function: Callable[..., Any]) -> Callable[..., Any]:
    def write(proxy: Any, *rest: Any) -> Any:
        return proxy.tracer.create_proxy("call_function", function, (proxy, *rest), {})

    return write


def _node_of_factory(
    mode: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None
) -> Any:
    named: dict[str, Any] = {} if kwargs is None else kwargs
    if _has_proxy((args, named)) or not kind_of(function).name:
        return function(*args, **named)
    return mode.tracer.create_proxy("call_function", function, tuple(args), dict(named))


_FactoryMode: Any = type(
    "FactoryMode", (torch.overrides.TorchFunctionMode,), {"__torch_function__": _node_of_factory}
)


def _factories(tracer: Any) -> Any:
    """torch.arange and the like, which torch.fx would run and keep as constants, become nodes."""
    mode = _FactoryMode()
    mode.tracer = tracer
    return mode


def _has_proxy(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_proxy(part) for part in cast("dict[Any, Any]", value).values())
    if isinstance(value, (tuple, list)):
        return any(_has_proxy(part) for part in cast("list[Any]", value))
    if isinstance(value, slice):
        whole = cast(Any, value)
        return _has_proxy((whole.start, whole.stop, whole.step))
    return not is_tensor(value) and isinstance(value, _proxy.Proxy)
