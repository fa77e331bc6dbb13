"""Where TensorFlow runs single ops and calls functions: both can be stood in for.

An op is first tried on a way that is written in C++, and where that gives up, in Python, with its
inputs made tensors and its attributes spelled out. While ops are looked at, the first way is given
up at once. A function is called by its name, with the tensors of its arguments and captures; the
forward and the backward function of a tape are called so, too.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any

from .lib import context, eager

_runtime: Any = importlib.import_module("tensorflow.python.pywrap_tfe")
_GivenUp: Any = importlib.import_module("tensorflow.python.eager.core")._FallbackException
_Context: Any = context.Context
AtomicFunction: Any = importlib.import_module(
    "tensorflow.python.eager.polymorphic_function.atomic_function"
).AtomicFunction

Run = Callable[[], Any]
# Type, inputs, attributes in turns, and what runs the op.
SeeOp = Callable[[str, Sequence[Any], Sequence[Any], Run], Any]
# The function, its inputs, and what calls it.
SeeCall = Callable[[Any, Sequence[Any], Run], Any]


@contextmanager
def eager_ops(takes: Callable[[], bool], see: SeeOp) -> Generator[None, None, None]:
    """Inside, every op that runs by itself is given to `see`, where `takes` says so."""
    fast, execute = _runtime.TFE_Py_FastPathExecute, eager.execute

    def give_up(*args: Any) -> Any:
        if takes():
            raise _GivenUp("every op is looked at")
        return fast(*args)

    def run(
        op_name: Any, num_outputs: int, inputs: Any, attrs: Any, ctx: Any, name: Any = None
    ) -> Any:
        def plainly() -> Any:
            return execute(op_name, num_outputs, inputs, attrs, ctx, name)

        if not takes():
            return plainly()
        op_type = op_name.decode() if isinstance(op_name, bytes) else str(op_name)
        return see(op_type, inputs, attrs or (), plainly)

    _runtime.TFE_Py_FastPathExecute, eager.execute = give_up, run
    try:
        yield
    finally:
        _runtime.TFE_Py_FastPathExecute, eager.execute = fast, execute


@contextmanager
def function_calls(takes: Callable[[], bool], see: SeeCall) -> Generator[None, None, None]:
    """Inside, every call of a function's graph is given to `see`, where `takes` says so."""
    flat, by_name = AtomicFunction.call_flat, _Context.call_function
    thread = threading.get_ident()
    called: list[Any] = []  # those under way on this thread, outermost first

    def call_flat(function: Any, *args: Any) -> Any:
        if threading.get_ident() != thread:
            return flat(function, *args)
        called.append(function)
        try:
            return flat(function, *args)
        finally:
            called.pop()

    def call_function(ctx: Any, name: Any, tensor_inputs: Any, num_outputs: int) -> Any:
        def plainly() -> Any:
            return by_name(ctx, name, tensor_inputs, num_outputs)

        if not takes() or not called or called[-1].name != name:
            return plainly()
        return see(called[-1], tensor_inputs, plainly)

    AtomicFunction.call_flat, _Context.call_function = call_flat, call_function
    try:
        yield
    finally:
        AtomicFunction.call_flat, _Context.call_function = flat, by_name
