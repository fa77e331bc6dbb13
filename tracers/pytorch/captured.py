"""A graph that torch.compile has captured: where its ops stand, and other graphs made of it."""

from __future__ import annotations

import copy
import re
from typing import Any

from ..ir.stages import GraphBreak
from .lib import is_tensor, torch

_FRAME = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
_STEP = re.compile(r"_modules\['([^']+)'\]")
_ROOT = re.compile(r"^L\['\w+'\]\.?|^G\['\w+'\]\.?")
_LONGEST = 200
_JUMP = "a branch of Python on a value of a tensor"


def calls(module: Any) -> list[Any]:
    """The nodes that compute, in order."""
    return [node for node in module.graph.nodes if node.op.startswith("call_")]


def line_of(node: Any) -> tuple[str, int]:
    """The user's line behind a node; ("", 0) where it is not known."""
    found = list(_FRAME.finditer(str(node.meta.get("stack_trace") or "")))
    return (found[-1]["file"], int(found[-1]["line"])) if found else ("", 0)


def module_of(node: Any) -> str:
    """The dotted path of the module that a node was called in."""
    stack: Any = node.meta.get("nn_module_stack") or {}
    rows: list[Any] = list(stack.values())
    if not rows:
        return ""
    return _ROOT.sub("", _STEP.sub(r"\1", str(rows[-1][0]))).strip(".")


def type_of(node: Any) -> str:
    """As the op is called elsewhere: "relu", "conv2d"."""
    target = node.target
    name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
    return str(name).rpartition(".")[2] if node.op == "call_module" else str(name)


def broken_by(module: Any) -> GraphBreak | None:
    """Why the graph ended before the code did, None where it did not."""
    reason = getattr(module, "compile_subgraph_reason", None)
    if reason is None or not getattr(reason, "graph_break", False):
        return None
    stack = list(getattr(reason, "user_stack", None) or ())
    file, line = (str(stack[-1].filename), int(stack[-1].lineno or 0)) if stack else ("", 0)
    return GraphBreak(reason_text(str(reason.reason)), file, line)


def reason_text(text: str) -> str:
    """torch's own words, as one line."""
    if text.startswith("generic_jump"):
        return _JUMP
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else text
    more = next((line for line in lines if line.startswith("Explanation:")), "")
    words = f"{first}: {more.removeprefix('Explanation:').strip()}" if more else first
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def handing_out_all(module: Any) -> tuple[Any, list[Any]]:
    """A copy that gives the value of every op, and the nodes of these values."""
    made = copy.deepcopy(module)
    nodes = [node for node in calls(made) if _is_real(node.meta.get("example_value"))]
    output = next(node for node in made.graph.nodes if node.op == "output")
    output.args = (tuple(nodes),)
    made.graph.lint()
    made.recompile()
    return made, nodes


def in_float64(module: Any) -> Any:
    """A copy that computes in float64, as far as its code lets it."""
    made = copy.deepcopy(module).double()
    for node in made.graph.nodes:
        node.args = torch.fx.node.map_aggregate(node.args, _wide)
        node.kwargs = torch.fx.node.map_aggregate(node.kwargs, _wide)
        if node.op == "call_method" and node.target in ("float", "half", "bfloat16"):
            node.target = "double"
    made.recompile()
    return made


def widened(value: Any) -> Any:
    """A floating tensor in float64; anything else as it is."""
    if is_tensor(value) and value.is_floating_point():
        return value.detach().double()
    return value


def _wide(value: Any) -> Any:
    return torch.float64 if isinstance(value, torch.dtype) and value.is_floating_point else value


def _is_real(value: Any) -> bool:
    return is_tensor(value) and value.is_floating_point() and value.numel() > 0
