"""Names of a model's modules and tensors, and the scopes that module calls open."""

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Callable, Iterator
from typing import Any

from ..engine.recorder import Recorder
from ..ir import ScopeKind, SourceLine, ValueKind
from .lib import exact_type, nn, torch


class Names:
    """Dotted names of modules and of the tensors they hold; a shared one has its first name.

    Attributes:
        tensors: (kind, name, tensor) by the tensor's id, which holding it keeps its own.
    """

    def __init__(self, target: Any) -> None:
        self.modules: dict[int, str] = {}
        self.tensors: dict[int, tuple[ValueKind, str, Any]] = {}
        self.roots: list[tuple[str, Any]] = list(_roots(target))
        self.all_modules: list[Any] = []
        for prefix, root in self.roots:
            for path, module in root.named_modules(prefix=prefix):
                if id(module) not in self.modules:
                    self.modules[id(module)] = _plain(path)
                    self.all_modules.append(module)
        self.read_tensors()

    def read_tensors(self) -> None:
        """Read the parameters and buffers anew: they may have been replaced."""
        self.tensors.clear()
        for name, value in self.parameters():
            self.tensors.setdefault(id(value), (ValueKind.PARAMETER, name, value))
        for name, value in self.buffers():
            self.tensors.setdefault(id(value), (ValueKind.BUFFER, name, value))

    def parameters(self) -> Iterator[tuple[str, Any]]:
        """Every parameter once."""
        for prefix, root in self.roots:
            for name, value in root.named_parameters(prefix=prefix):
                yield _plain(name), value

    def buffers(self) -> Iterator[tuple[str, Any]]:
        """Every buffer once."""
        for prefix, root in self.roots:
            for name, value in root.named_buffers(prefix=prefix):
                yield _plain(name), value


def _plain(path: str) -> str:
    """A dotted path without the steps that torch.compile's wrappers put in."""
    return ".".join(part for part in path.split(".") if part != "_orig_mod")


class ModuleScopes:
    """While entered, every module call on this thread opens a scope in the recorder."""

    def __init__(
        self,
        names: Names,
        recorder: Recorder,
        line: Callable[[], SourceLine | None],
        aten: Callable[[], contextlib.AbstractContextManager[Any]],
    ) -> None:
        self._names = names
        self._recorder = recorder
        self._line = line
        self._aten = aten
        self._original: Any = None

    def __enter__(self) -> None:
        original = self._original = nn.Module.__call__
        names, recorder, line = self._names.modules, self._recorder, self._line
        aten = self._aten
        thread = threading.get_ident()

        def call(module: Any, *args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() != thread:
                return original(module, *args, **kwargs)
            path = names.get(id(module))
            if path is None:
                outer = recorder.builder.graph.scopes[recorder.scope].path
                path = f"{outer}.{type_of(module)}" if outer else type_of(module)
            scripted = isinstance(module, torch.jit.ScriptModule)
            if not path or hasattr(module, "_orig_mod"):
                if not scripted:
                    return original(module, *args, **kwargs)
                with aten():
                    return original(module, *args, **kwargs)
            leaf = not module._modules or scripted
            recorder.enter(path, ScopeKind.MODULE, type_of(module), leaf=leaf, source=line())
            try:
                if scripted:
                    with aten():
                        return original(module, *args, **kwargs)
                return original(module, *args, **kwargs)
            finally:
                recorder.leave()

        nn.Module.__call__ = call

    def __exit__(self, *error: object) -> None:
        nn.Module.__call__ = self._original


def type_of(module: Any) -> str:
    """The class name; of a scripted module, the class it was made from."""
    return str(getattr(module, "original_name", "") or type(module).__name__)


def _roots(target: Any) -> Iterator[tuple[str, Any]]:
    """Modules that a target is or uses, with the names it uses them by."""
    if isinstance(target, nn.Module):
        yield "", target
        return
    owner = getattr(target, "__self__", None)
    if isinstance(owner, nn.Module):  # a method such as model.generate
        yield "", owner
        return
    for inner in (getattr(target, "func", None), getattr(target, "__wrapped__", None)):
        if callable(inner):
            yield from _roots(inner)
            return
    if not inspect.isfunction(target):
        target = getattr(exact_type(target).__call__, "__func__", exact_type(target).__call__)
    if not inspect.isfunction(target):
        return
    used = inspect.getclosurevars(target)
    for scope in (used.nonlocals, used.globals):
        for name, value in scope.items():
            if isinstance(value, nn.Module):
                yield name, value
