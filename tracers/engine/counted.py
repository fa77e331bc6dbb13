"""A method `__call__` of a framework's, seen whenever a program calls it from outside."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from threading import get_ident
from types import FrameType, MethodType
from typing import Any

from ..ir import SourceLine
from .backend import Inputs
from .calls import Calls
from .tracebacks import pass_on


@dataclass(frozen=True, slots=True)
class Sight:
    """An outermost call.

    Attributes:
        name: what is called.
        line: that calls it, None where it is not known.
        whole: the model that a function of the framework's belongs to, None where it is called
            itself.
    """

    name: str
    line: SourceLine | None
    whole: Any = None


# Of a model and its inputs; None where this is no call of the program's that computes something.
Seen = Callable[[Any, Inputs], Sight | None]


class Counted:
    """Stands in for the method, as an attribute of its class.

    It gives a model's own method for all but an outermost call, so that no frame of ours is in
    between, and the framework's compilers find what they know. Read off the class it gives itself,
    so that whoever replaces it for a while puts it back.
    """

    def __init__(self, calls: Calls, original: Any, seen: Seen, compiler: str = "") -> None:
        """`compiler`: a package of the framework's that is to find the method as it was."""
        functools.update_wrapper(self, original)
        self._calls = calls
        self._inside = calls.inside
        self._original = original
        self._seen = seen
        self._compiler = compiler

    def __get__(self, model: Any, owner: Any = None) -> Any:
        if model is not None and get_ident() in self._inside:
            return MethodType(self._original, model)
        here = inspect.currentframe()
        if self._compiler and here is not None and self._is_compiler(here.f_back):
            return self._original if model is None else MethodType(self._original, model)
        return self if model is None else functools.partial(self._outermost, model)

    def __call__(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            if get_ident() in self._inside:
                return self._original(model, *args, **kwargs)
            return self._outermost(model, *args, **kwargs)
        except BaseException as error:
            pass_on(error)
            raise

    def _outermost(self, model: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            seen = self._seen(model, (args, kwargs))
            if seen is None:
                return self._original(model, *args, **kwargs)
            call = functools.partial(self._original, model)
            if seen.whole is not None:
                return self._calls.enter(seen.name, seen.line, seen.whole, call, (args, kwargs))
            return self._calls.enter(seen.name, seen.line, model, call, (args, kwargs))
        except BaseException as error:
            pass_on(error)
            raise

    def _is_compiler(self, frame: FrameType | None) -> bool:
        if frame is None:
            return False
        return str(frame.f_globals.get("__name__", "")).startswith(self._compiler)
