"""The grammar of conditions, watches, log messages and edits: an allow-list over Python's own.

Only the grammar: the window checks with it what is being typed, the debuggee evaluates
(engine/expressions.py).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

MOST_LETTERS = 1000
MOST_PARTS = 300
MOST_DEPTH = 40

# Called plainly, the first argument being the value: abs(x).
FUNCTIONS = frozenset(
    (
        *("abs", "all", "allclose", "any", "argmax", "argmin", "bool", "ceil", "clamp", "clip"),
        *("cos", "count_nonzero", "cumsum", "exp", "flatten", "flip", "float", "floor"),
        *("full_like", "int", "isclose", "isfinite", "isinf", "isnan", "len", "log", "log10"),
        *("log2", "log_softmax", "max", "maximum", "mean", "min", "minimum", "nan_to_num", "norm"),
        *("numel", "ones_like", "prod", "relu", "reshape", "round", "rsqrt", "sigmoid", "sign"),
        *("sin", "softmax", "sqrt", "square", "std", "sum", "tanh", "transpose", "var", "where"),
        *("zeros_like", "det", "diagonal", "eigvalsh", "inv", "matrix_rank", "median", "sort"),
        *("svdvals", "trace", "tril", "triu"),
    )
)
# Called on the value: x.abs().
METHODS = (FUNCTIONS - {"len", "where", "full_like", "zeros_like", "ones_like"}) | {
    "dim",
    "item",
    "size",
}
# Read from the value: x.shape.
ATTRIBUTES = frozenset({"shape", "dtype", "ndim", "size", "T", "device"})
# What a function may be told by name.
KEYWORDS = frozenset({"dim", "axis", "keepdim", "keepdims", "min", "max", "rtol", "atol"})

# Python warns of these, and a warning belongs to the user's program.
_GLUED = re.compile(
    r"\b(?:0[xX][0-9a-fA-F]+?|[0-9][0-9_.]*(?:[eE][+-]?[0-9]+)?[jJ]?)(?:if|else|and|or|in|is|not|for)\b"
)
_PLAIN = (
    ast.Name,
    ast.Load,
    ast.Tuple,
    ast.List,
    ast.IfExp,
    ast.Slice,
    ast.Subscript,
    ast.Compare,
    ast.BoolOp,
    ast.And,
    ast.Or,
    ast.UnaryOp,
    ast.Not,
    ast.USub,
    ast.UAdd,
    ast.Invert,
    ast.BinOp,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.FloorDiv,
    ast.Mod,
    ast.Pow,
    ast.MatMult,
    ast.BitAnd,
    ast.BitOr,
    ast.Eq,
    ast.NotEq,
    ast.Lt,
    ast.LtE,
    ast.Gt,
    ast.GtE,
    ast.In,
    ast.NotIn,
    ast.Is,
    ast.IsNot,
)
_CONSTANTS = (bool, int, float, str, type(None), type(...))
_WORDS: dict[type[ast.AST], str] = {
    ast.Lambda: "lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.Starred: "a star",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "an f-string",
    ast.FormattedValue: "an f-string",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.LShift: "a shift",
    ast.RShift: "a shift",
    ast.BitXor: "^",
}


class BadExpression(ValueError):
    """One sentence that says what is wrong."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression that keeps to the grammar.

    Attributes:
        names: the free names that it reads.
    """

    text: str
    tree: ast.expr
    names: frozenset[str]


def parse(text: str) -> Parsed:
    """Check an expression. Raises BadExpression."""
    text = text.strip()
    if not text:
        raise BadExpression("The expression is empty.")
    if len(text) > MOST_LETTERS:
        raise BadExpression(f"The expression is over {MOST_LETTERS:,} letters long.")
    tree = _tree(text)
    parts = list(_parts(tree))
    calls = {id(node.func) for node in parts if isinstance(node, ast.Call)}
    called = {id(node) for node in parts if isinstance(node, ast.Name) and id(node) in calls}
    for node in parts:
        _check(node, id(node) in calls)
    names = {node.id for node in parts if isinstance(node, ast.Name) and id(node) not in called}
    return Parsed(text, tree, frozenset(names))


def _tree(text: str) -> ast.expr:
    if "\\" in text:
        raise BadExpression("An expression cannot hold a backslash.")
    if _GLUED.search(text):
        raise BadExpression("Put a space between the number and the word behind it.")
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError as error:
        if _is_assignment(text):
            raise BadExpression(
                "An expression cannot assign; use == to compare two values."
            ) from error
        where = f" at letter {error.offset}" if error.offset and error.offset > 0 else ""
        reason = (error.msg or "it is no Python").rstrip(".")
        raise BadExpression(f"This is no expression{where}: {reason}.") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise BadExpression("This is no expression that can be read.") from error


def _is_assignment(text: str) -> bool:
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return bool(body) and isinstance(body[0], (ast.Assign, ast.AugAssign, ast.AnnAssign))


def _parts(tree: ast.expr) -> Iterator[ast.AST]:
    """Every node, with a bound on how many and how deep."""
    waiting: list[tuple[ast.AST, int]] = [(tree, 1)]
    count = 0
    while waiting:
        node, depth = waiting.pop()
        count += 1
        if count > MOST_PARTS or depth > MOST_DEPTH:
            raise BadExpression("The expression has too many parts.")
        yield node
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]


def _check(node: ast.AST, is_called: bool) -> None:
    if isinstance(node, ast.Name):
        if is_called and node.id not in FUNCTIONS:
            raise BadExpression(f"{node.id} is no function that an expression may call.")
        if node.id.startswith("__"):
            raise BadExpression(f"The name {node.id} cannot be used in an expression.")
    elif isinstance(node, ast.Attribute):
        known = METHODS if is_called else ATTRIBUTES
        if node.attr not in known:
            mark = "()" if is_called else ""
            hint = "; write it with ()" if not is_called and node.attr in METHODS else ""
            raise BadExpression(f".{node.attr}{mark} cannot be used in an expression{hint}.")
    elif isinstance(node, ast.Call):
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            raise BadExpression("Only listed functions can be called in an expression.")
    elif isinstance(node, ast.keyword):
        if node.arg not in KEYWORDS:
            raise BadExpression(f"A function takes no {node.arg or '**'} in an expression.")
    elif isinstance(node, ast.Constant):
        if not isinstance(node.value, _CONSTANTS):
            raise BadExpression(f"{node.value!r} cannot be used in an expression.")
    elif not isinstance(node, _PLAIN):
        word = _WORDS.get(type(node), type(node).__name__)
        raise BadExpression(f"An expression cannot hold {word}.")
