"""Names of a model's modules and tensors, and the scopes that module calls open."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..engine.recorder import Recorder
from ..ir import ScopeKind, SourceLine, ValueKind
from .closures import used_by
from .lib import nn, torch
from .lines import error_line


@dataclass(frozen=True, slots=True)
class Call:
    """What a module's call opens.

    Attributes:
        path: dotted name, "" for the model itself.
        transparent: no scope: the model itself, and torch.compile's wrappers.
        scripted: TorchScript, whose ops only a dispatch mode sees.
        quiet: torch's own and without children: all its ops stand on the line that calls it.
    """

    path: str
    type: str
    leaf: bool
    transparent: bool
    scripted: bool
    quiet: bool


def _call_of(module: Any, path: str) -> Call:
    scripted = isinstance(module, torch.jit.ScriptModule)
    leaf = scripted or not module._modules
    own = type(module).__module__.startswith("torch.nn.") and not scripted
    transparent = not path or hasattr(module, "_orig_mod")
    return Call(path, type_of(module), leaf, transparent, scripted, leaf and own)


class Names:
    """Dotted names of modules and of the tensors they hold; a shared one has its first name.

    Attributes:
        modules: how each is called, by its id.
        tensors: (kind, name, tensor) by the tensor's id, which holding it keeps its own.
        used: what the target uses besides.
    """

    def __init__(self, target: Any) -> None:
        self.modules: dict[int, Call] = {}
        self.tensors: dict[int, tuple[ValueKind, str, Any]] = {}
        self.used = used_by(target)
        self.roots: list[tuple[str, Any]] = self.used.modules
        self.all_modules: list[Any] = []
        for prefix, root in self.roots:
            for path, module in root.named_modules(prefix=prefix):
                if id(module) not in self.modules:
                    self.modules[id(module)] = _call_of(module, _plain(path))
                    self.all_modules.append(module)
        self.read_tensors()

    @property
    def is_module(self) -> bool:
        """The target is a module, or a method of one: names start inside it."""
        return len(self.roots) == 1 and not self.roots[0][0]

    def read_tensors(self) -> None:
        """Read the parameters and buffers anew: they may have been replaced."""
        self.tensors.clear()
        for name, value in self.parameters():
            self.tensors.setdefault(id(value), (ValueKind.PARAMETER, name, value))
        for name, value in self.buffers():
            self.tensors.setdefault(id(value), (ValueKind.BUFFER, name, value))
        for name, value in self.used.tensors.items():
            self.tensors.setdefault(id(value), (ValueKind.CONSTANT, name, value))

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

    def tensor(self, name: str) -> Any:
        """A parameter or buffer by its name, None where there is none."""
        for prefix, root in self.roots:
            if prefix and not name.startswith(f"{prefix}."):
                continue
            *path, last = (name[len(prefix) + 1 :] if prefix else name).split(".")
            found: Any = root
            for part in path:
                found = found._modules.get(part) if found is not None else None
            if found is not None:
                for tensors in (found._parameters, found._buffers):
                    if tensors.get(last) is not None:
                        return tensors[last]
        pairs = (*self.parameters(), *self.buffers())  # behind torch.compile's wrappers
        return next((tensor for known, tensor in pairs if known == name), None)


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
        lines: list[SourceLine | None],
        aten: Callable[[], contextlib.AbstractContextManager[Any]],
        coming: Callable[[], bool],
    ) -> None:
        """`coming` is asked before a scope is opened."""
        self._calls = names.modules
        self._recorder = recorder
        self._line = line
        self._lines = lines
        self._aten = aten
        self._coming = coming
        self._original: Any = None
        self._released = False

    def let_go(self) -> None:
        """Open no scope any more."""
        self._released = True

    def __enter__(self) -> None:
        original = self._original = nn.Module.__call__
        thread = threading.get_ident()

        def call(module: Any, *args: Any, **kwargs: Any) -> Any:
            if self._released or threading.get_ident() != thread:
                return original(module, *args, **kwargs)
            known = self._calls.get(id(module))
            if known is None:
                known = _call_of(module, self._strange(module))
            if known.transparent and not known.scripted:
                return original(module, *args, **kwargs)
            return self._scoped(known, module, args, kwargs)

        nn.Module.__call__ = call

    def _scoped(self, known: Call, module: Any, args: Any, kwargs: Any) -> Any:
        if known.transparent:
            with self._aten():
                return self._original(module, *args, **kwargs)
        if not self._coming():
            return self._original(module, *args, **kwargs)
        line = self._line()
        self._recorder.enter(
            known.path,
            ScopeKind.MODULE,
            known.type,
            leaf=known.leaf,
            source=line,
            given=(*args, *kwargs.values()) if kwargs else args,
        )
        try:
            if known.quiet and not (module._forward_pre_hooks or module._forward_hooks):
                self._lines.append(line)
                try:
                    return self._original(module, *args, **kwargs)
                finally:
                    self._lines.pop()
            if known.scripted:
                with self._aten():
                    return self._original(module, *args, **kwargs)
            return self._original(module, *args, **kwargs)
        except Exception as error:
            self._recorder.raised(error, error_line(error))
            raise
        finally:
            self._recorder.leave()

    def _strange(self, module: Any) -> str:
        """A path for a module that is no part of the model: made on the way, or a global."""
        outer = self._recorder.builder.graph.scopes[self._recorder.scope].path
        return f"{outer}.{type_of(module)}" if outer else type_of(module)

    def __exit__(self, *error: object) -> None:
        nn.Module.__call__ = self._original


def type_of(module: Any) -> str:
    """The class name; of a scripted module, the class it was made from."""
    return str(getattr(module, "original_name", "") or type(module).__name__)
