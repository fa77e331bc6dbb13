"""A graph of torch.fx as steps, and the runner that takes them under the live tracer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..engine.recorder import Recorder
from ..ir import ScopeKind, SourceLine
from .lib import torch
from .tracer import LiveTracer


@dataclass(frozen=True, slots=True)
class Enter:
    """A module is called. `leaf`: no module lies in it."""

    path: str
    type: str
    line: SourceLine | None
    leaf: bool = False


@dataclass(frozen=True, slots=True)
class Leave:
    """The module's call is over."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the graph, with the user's line behind it."""

    node: Any
    line: SourceLine | None


Step = Enter | Leave | Node


def run_steps(
    steps: list[Step],
    tracer: LiveTracer,
    recorder: Recorder,
    given: list[Any],
    fetch: Callable[[str], Any],
) -> Any:
    """Carry the graph out, scopes and all; what its output node names.

    `given` are the values of the placeholders, in order; `fetch` finds what get_attr and
    call_module nodes name. Values are let go after their last use.
    """
    values: dict[Any, Any] = {}
    last = _last_uses(steps)
    inputs = iter(given)
    result: Any = None
    tracer.lines.append(None)
    with tracer.recording():
        for step in steps:
            if isinstance(step, Enter):
                recorder.enter(
                    step.path, ScopeKind.MODULE, step.type, leaf=step.leaf, source=step.line
                )
                continue
            if isinstance(step, Leave):
                recorder.leave()
                continue
            node = step.node
            tracer.lines[-1] = step.line
            args = torch.fx.node.map_arg(node.args, values.__getitem__)
            kwargs = torch.fx.node.map_arg(node.kwargs, values.__getitem__)
            if node.op == "placeholder":
                values[node] = next(inputs)
            elif node.op == "get_attr":
                values[node] = fetch(node.target)
            elif node.op == "call_function":
                values[node] = node.target(*args, **kwargs)
            elif node.op == "call_method":
                values[node] = getattr(args[0], node.target)(*args[1:], **kwargs)
            elif node.op == "call_module":
                values[node] = fetch(node.target)(*args, **kwargs)
            else:
                result = args[0]
            del args, kwargs
            for done in last.get(node, ()):
                values.pop(done, None)
    tracer.lines.pop()
    return result


def _last_uses(steps: list[Step]) -> dict[Any, list[Any]]:
    """For each node, the values that no later node reads."""
    nodes = [step.node for step in steps if isinstance(step, Node)]
    seen: set[Any] = set()
    last: dict[Any, list[Any]] = {}
    for node in reversed(nodes):
        for used in (node, *node.all_input_nodes):
            if used not in seen:
                seen.add(used)
                last.setdefault(node, []).append(used)
    return last
