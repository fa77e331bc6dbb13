"""Evaluates conditions, watches, log messages and edits, without running any code of the user's.

The grammar is in ir/expression.py. A framework lends its functions through `Functions`; numbers,
text and tuples are worked on here.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any, cast

from ..ir.expression import BadExpression, parse
from ..protocol.refusal import Refusal
from .operands import (
    CODE,
    MATRIX,
    MOST_ITEMS,
    Function,
    Functions,
    admitted,
    check_broadcast,
    check_matrix,
    check_product,
    count,
    truth,
    words,
)
from .plain_functions import PLAIN, whole_power

_COMPARE: dict[type[ast.AST], Function] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_operators: Any = operator  # its stubs know no types of the operands
_BINARY: dict[type[ast.AST], Function] = {
    ast.Add: _operators.add,
    ast.Sub: _operators.sub,
    ast.Mult: _operators.mul,
    ast.Div: _operators.truediv,
    ast.FloorDiv: _operators.floordiv,
    ast.Mod: _operators.mod,
    ast.Pow: _operators.pow,
    ast.MatMult: _operators.matmul,
    ast.BitAnd: _operators.and_,
    ast.BitOr: _operators.or_,
}
_UNARY: dict[type[ast.AST], Function] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}


class Expression:
    """A checked expression, ready to be evaluated any number of times.

    Attributes:
        names: the free names that it reads.

    Raises:
        Refusal: "bad-expression", where the text is not in the grammar.
    """

    def __init__(self, text: str) -> None:
        try:
            parsed = parse(text)
        except BadExpression as error:
            raise Refusal(CODE, str(error)) from error
        self.text = parsed.text
        self.names = parsed.names
        self._tree = parsed.tree

    def evaluate(
        self,
        names: Mapping[str, object],
        functions: Functions,
        check: Callable[[], None] | None = None,
    ) -> object:
        """The value; a tensor may share memory with one in `names`. `check` is called again and
        again, and may break off with a BaseException.

        Raises Refusal "bad-expression" with one sentence where it has none.
        """
        with functions.quiet():
            return self._guarded(lambda: _Evaluation(names, functions, check).value(self._tree))

    def holds(self, names: Mapping[str, object], functions: Functions) -> bool:
        """The value as a condition. Raises Refusal as `evaluate`, and where it is no yes or no."""
        with functions.quiet():
            evaluation = _Evaluation(names, functions)
            return self._guarded(lambda: truth(evaluation.value(self._tree), functions))

    def say(self, names: Mapping[str, object], functions: Functions) -> str:
        """The value in a few words. Raises Refusal as `evaluate`."""
        with functions.quiet():
            evaluation = _Evaluation(names, functions)
            return self._guarded(lambda: words(evaluation.value(self._tree), functions))

    def _guarded(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except Refusal as error:
            raise Refusal(CODE, f"{_short(self.text)}: {error}") from error
        except Exception as error:  # whatever a framework raises is the answer
            reason = " ".join(str(error).split()).rstrip(".")
            reason = reason if len(reason) <= 200 else reason[:199] + "…"
            raise Refusal(
                CODE, f"{_short(self.text)}: {reason or type(error).__name__}."
            ) from error


class _Evaluation:
    def __init__(
        self,
        names: Mapping[str, object],
        functions: Functions,
        check: Callable[[], None] | None = None,
    ) -> None:
        self._names = names
        self._lent = functions
        self._check = check

    def value(self, node: ast.expr) -> Any:
        if self._check is not None:
            self._check()
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self.value(item) for item in node.elts)
        if isinstance(node, ast.IfExp):
            chosen = node.body if truth(self.value(node.test), self._lent) else node.orelse
            return self.value(chosen)
        if isinstance(node, ast.BoolOp):
            return self._connected(node)
        if isinstance(node, ast.Compare):
            return self._compared(node)
        if isinstance(node, ast.UnaryOp):
            inner = self.value(node.operand)
            return (
                not truth(inner, self._lent)
                if isinstance(node.op, ast.Not)
                else _UNARY[type(node.op)](inner)
            )
        if isinstance(node, ast.BinOp):
            return self._combined(node)
        if isinstance(node, ast.Subscript):
            return self._picked(self.value(node.value), self._key(node.slice))
        if isinstance(node, ast.Attribute):
            return self._attribute(self.value(node.value), node.attr)
        if isinstance(node, ast.Call):
            return self._called(node)
        raise Refusal(CODE, f"{type(node).__name__} cannot be evaluated.")

    def _name(self, name: str) -> Any:
        if name not in self._names:
            known = ", ".join(sorted(self._names))
            raise Refusal(CODE, f"there is no {name} here; known are {known}.")
        return admitted(self._names[name], name, self._lent)

    def _connected(self, node: ast.BoolOp) -> bool:
        wanted = isinstance(node.op, ast.Or)
        for item in node.values:
            if truth(self.value(item), self._lent) is wanted:
                return wanted
        return not wanted

    def _compared(self, node: ast.Compare) -> Any:
        left = self.value(node.left)
        found: Any = True
        for number, (kind, item) in enumerate(zip(node.ops, node.comparators, strict=True)):
            right = self.value(item)
            found = self._comparison(kind, left, right)
            if number + 1 < len(node.ops) and not truth(found, self._lent):
                return False
            left = right
        return found

    def _comparison(self, kind: ast.cmpop, left: Any, right: Any) -> Any:
        if isinstance(kind, (ast.Is, ast.IsNot)):
            if left is not None and right is not None:
                raise Refusal(CODE, "only None is compared by is; use ==.")
            return (left is right) is isinstance(kind, ast.Is)
        if isinstance(kind, (ast.In, ast.NotIn)):
            if self._lent.is_tensor(right) or not isinstance(right, (str, tuple, dict)):
                raise Refusal(CODE, "in looks into text and tuples; use any(x == …) for a tensor.")
            inside = cast("tuple[object, ...]", right)
            return (left in inside) is isinstance(kind, ast.In)
        check_broadcast(self._lent, left, right)
        return _COMPARE[type(kind)](left, right)

    def _combined(self, node: ast.BinOp) -> Any:
        left, right, kind = self.value(node.left), self.value(node.right), type(node.op)
        if self._lent.is_tensor(left) or self._lent.is_tensor(right):
            if kind is ast.MatMult:
                check_product(self._lent, left, right)
            else:
                check_broadcast(self._lent, left, right)
            return _BINARY[kind](left, right)
        kinds: list[Any] = [type(left), type(right)]
        if any(each in (str, tuple, dict) for each in kinds):
            if kind is not ast.Add or kinds not in ([str, str], [tuple, tuple]):
                words = " and a ".join(each.__name__ for each in kinds)
                raise Refusal(CODE, f"a {words} cannot be combined so.")
            if len(left) + len(right) > MOST_ITEMS:
                raise Refusal(CODE, "the result is too long.")
        elif kind is ast.Pow:
            return whole_power(left, right)
        return _BINARY[kind](left, right)

    def _picked(self, value: Any, key: Any) -> Any:
        if self._lent.is_tensor(value):
            items = cast("tuple[object, ...]", key) if isinstance(key, tuple) else (key,)
            if sum(item is None for item in items) > 8:
                raise Refusal(CODE, "the index makes too many axes.")
            return self._lent.index(value, key)
        if type(value) in (tuple, str, dict):
            wanted, items = self._number(key), cast("tuple[object, ...]", value)
            plain = type(wanted) is int and type(value) is not dict
            if plain and not -len(items) <= wanted < len(items):
                raise Refusal(CODE, f"there is no item {wanted}, only {len(items)}.")
            return items[wanted]
        raise Refusal(CODE, f"a {type(value).__name__} cannot be indexed.")

    def _key(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Tuple):
            return tuple(self._key(item) for item in node.elts)
        if isinstance(node, ast.Slice):
            ends = (node.lower, node.upper, node.step)
            return slice(*[None if end is None else self._number(self.value(end)) for end in ends])
        return self.value(node)

    def _number(self, value: Any) -> Any:
        """A one-element tensor as its number: indices are plain."""
        if self._lent.is_tensor(value) and not self._lent.shape(value):
            return self._lent.item(value)
        return value

    def _attribute(self, value: Any, name: str) -> Any:
        lent = self._lent
        if not lent.is_tensor(value):
            raise Refusal(CODE, f"a {type(value).__name__} has no .{name}; tensors have.")
        if name == "T":
            return lent.table["transpose"](value)
        return {
            "shape": lambda: lent.shape(value),
            "ndim": lambda: len(lent.shape(value)),
            "size": lambda: count(lent.shape(value)),
            "dtype": lambda: lent.dtype(value),
            "device": lambda: lent.device(value),
        }[name]()

    def _called(self, node: ast.Call) -> Any:
        given = [self.value(item) for item in node.args]
        named = {str(item.arg): self.value(item.value) for item in node.keywords}
        for one, other in (("axis", "dim"), ("keepdims", "keepdim")):
            if one in named:
                named[other] = named.pop(one)
        if isinstance(node.func, ast.Attribute):
            value = self.value(node.func.value)
            return self._function(node.func.attr, [value, *given], named)
        assert isinstance(node.func, ast.Name)
        name = node.func.id
        if name in ("int", "float", "bool") and len(given) == 1 and not named:
            given = [self._single_number(given[0])]
        if name in ("max", "min") and len(given) > 1:
            given = [self._single(item, name) for item in given]
        return self._function(name, given, named)

    def _single_number(self, value: Any) -> Any:
        """A one-element tensor as its number, anything else as it is."""
        if self._lent.is_tensor(value) and count(self._lent.shape(value)) == 1:
            return self._lent.item(value)
        return value

    def _single(self, value: Any, name: str) -> Any:
        if self._lent.is_tensor(value):
            if count(self._lent.shape(value)) != 1:
                raise Refusal(
                    CODE,
                    f"{name} of several values compares numbers; use {name}imum(a, b) for tensors, "
                    f"or {name}(x, dim=…).",
                )
            return self._lent.item(value)
        return value

    def _function(self, name: str, given: list[Any], named: dict[str, Any]) -> Any:
        lent = self._lent
        if not any(lent.is_tensor(value) for value in given):
            plain = PLAIN.get(name)
            if plain is None:
                raise Refusal(CODE, f"{name} needs a tensor.")
            first = given[0] if given else None
            if len(given) == 1 and isinstance(first, tuple):
                given = [tuple(self._number(item) for item in cast("tuple[object, ...]", first))]
            return plain(*given, **named)
        first = given[0]
        if name == "item":
            return lent.item(first)
        if name in ("size", "dim", "numel", "len"):
            return self._extent(name, first, given[1:])
        check_broadcast(self._lent, *given)
        if name in MATRIX:
            check_matrix(lent.shape(first), name)
        return lent.table[name](*given, **named)

    def _extent(self, name: str, value: Any, rest: list[Any]) -> Any:
        shape: Any = self._lent.shape(value)
        if name == "size":
            return shape[rest[0]] if rest else shape
        if name == "dim":
            return len(shape)
        if name == "numel":
            return count(shape)
        if not shape:
            raise Refusal(CODE, "a single number has no length.")
        return shape[0]


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
