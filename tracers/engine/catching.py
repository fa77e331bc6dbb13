"""Tells of an error on its way out whether the model's own code will catch it.

Read off the source of the frames around it: Python itself decides only as it unwinds, and then
the frames are gone.
"""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FrameType, ModuleType
from typing import cast

_OWN = __name__.rpartition(".")[0].rpartition(".")[0]  # the package that holds the tracers
_SWALLOWING = frozenset({"suppress", "raises"})  # contextlib's, and test helpers
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)

# Types as they are written after `except`; () where everything is caught.
_Types = tuple[ast.expr, ...]


def will_be_caught(error: BaseException, frame: FrameType | None) -> bool:
    """Does this frame, or one around it, catch the error and not raise again?

    A handler that ends in `raise` passes on. Where the source is missing nothing is caught.
    """
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name != "contextlib" and not name.startswith(_OWN + "."):  # that one passes all on
            for types in _handlers(frame.f_code, frame.f_lineno or 0):
                if not types or any(_matches(error, item, frame) for item in types):
                    return True
        frame = frame.f_back
    return False


@lru_cache(maxsize=1024)
def _handlers(code: CodeType, line: int) -> tuple[_Types, ...]:
    """What is caught around a line of a function, innermost first."""
    body = _function(code)
    return () if body is None else tuple(_around(body, line))[::-1]


def _around(node: ast.AST, line: int) -> Iterator[_Types]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _SCOPES):
            continue
        if isinstance(child, ast.Try) and _spans(child.body, line):
            yield from (types for types in map(_caught, child.handlers) if types is not None)
        elif isinstance(child, ast.With) and _spans(child.body, line):
            yield from (types for item in child.items if (types := _swallowed(item)) is not None)
        yield from _around(child, line)


def _spans(body: list[ast.stmt], line: int) -> bool:
    return body[0].lineno <= line <= (body[-1].end_lineno or line)


def _caught(handler: ast.ExceptHandler) -> _Types | None:
    """None for a handler that passes on."""
    if isinstance(handler.body[-1], ast.Raise):
        return None
    return () if handler.type is None else _listed(handler.type)


def _swallowed(item: ast.withitem) -> _Types | None:
    call = item.context_expr
    if not isinstance(call, ast.Call):
        return None
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if isinstance(call.func, ast.Name):
        name = call.func.id
    if name not in _SWALLOWING or not call.args:
        return None
    return tuple(part for argument in call.args for part in _listed(argument))


def _listed(types: ast.expr) -> _Types:
    return tuple(types.elts) if isinstance(types, ast.Tuple) else (types,)


def _matches(error: BaseException, written: ast.expr, frame: FrameType) -> bool:
    """The type is one of the error's; by its name where what stands there cannot be looked up."""
    found = _value(written, frame)
    types = cast("tuple[object, ...]", found) if isinstance(found, tuple) else (found,)
    if all(isinstance(item, type) for item in types):
        return any(isinstance(item, type) and issubclass(type(error), item) for item in types)
    name = written.attr if isinstance(written, ast.Attribute) else ""
    if isinstance(written, ast.Name):
        name = written.id
    return name in {kind.__name__ for kind in type(error).__mro__}


def _value(written: ast.expr, frame: FrameType) -> object:
    """What a dotted name stands for; no code of the user's runs for it."""
    if isinstance(written, ast.Name):
        for scope in (frame.f_locals, frame.f_globals, vars(builtins)):
            if written.id in scope:
                return scope[written.id]
    elif isinstance(written, ast.Attribute):
        owner = _value(written.value, frame)
        if isinstance(owner, (ModuleType, type)):
            return vars(owner).get(written.attr)
    return None


def _function(code: CodeType) -> ast.AST | None:
    tree = _parsed(code.co_filename)
    if tree is None or code.co_name == "<module>":
        return tree
    for node in ast.walk(tree):
        if isinstance(node, _SCOPES) and not isinstance(node, ast.Lambda):
            first = min([node.lineno, *(mark.lineno for mark in node.decorator_list)])
            if node.name == code.co_name and first == code.co_firstlineno:
                return node
    return None


@lru_cache(maxsize=32)
def _parsed(file: str) -> ast.Module | None:
    try:
        return ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return None
