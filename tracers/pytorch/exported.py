"""Exported programs (.pt2): carried out node by node, with the scopes and lines they remember."""

from __future__ import annotations

import importlib
import re
from typing import Any

from ..engine.recorder import Recorder
from ..ir import SourceLine
from .lib import torch
from .steps import Enter, Leave, Node, Step, run_steps
from .tracer import LiveTracer

_pytree: Any = importlib.import_module("torch.utils._pytree")
_PLACE = re.compile(r'File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>\S+)')
_NOT_THE_USERS = ("/site-packages/", "/dist-packages/", "/torch/")
_CHECKS = "_guards_fn"  # tests of the inputs' shapes, which the plain run makes


class Exported:
    """An ExportedProgram as something that can be called, and traced."""

    def __init__(self, program: Any) -> None:
        self.program = program
        self.module: Any = program.module()
        self._graph: Any = self.module.graph
        self.steps = _steps(self._graph)

    def run(self, tracer: LiveTracer, recorder: Recorder, args: Any, kwargs: Any) -> Any:
        """Node by node under the tracer."""
        result = run_steps(self.steps, tracer, recorder, self._flat(args, kwargs), self._fetch)
        codegen = self._graph._codegen
        return codegen.process_outputs(result) if hasattr(codegen, "process_outputs") else result

    def _flat(self, args: Any, kwargs: dict[str, Any]) -> list[Any]:
        """The placeholders' values: keywords in the order that the program was exported with."""
        spec = self.program.call_spec.in_spec
        if kwargs and spec is not None:
            order = spec.children_specs[1].context
            kwargs = {name: kwargs[name] for name in order}
        return list(_pytree.tree_flatten((tuple(args), kwargs))[0])

    def _fetch(self, path: str) -> Any:
        found = self.module
        for part in path.split("."):
            found = getattr(found, part)
        return found


def _steps(graph: Any) -> list[Step]:
    steps: list[Step] = []
    open_keys: list[str] = []
    for node in graph.nodes:
        if node.op == "call_module" and str(node.target).endswith(_CHECKS):
            continue
        line = _line(node.meta.get("stack_trace"))
        if node.op in ("call_function", "call_method", "call_module"):
            stack = _stack(node)
            shared = 0
            while (
                shared < min(len(stack), len(open_keys)) and stack[shared][0] == open_keys[shared]
            ):
                shared += 1
            while len(open_keys) > shared:
                open_keys.pop()
                steps.append(Leave())
            for key, path, kind in stack[shared:]:
                open_keys.append(key)
                steps.append(Enter(path, kind, line))
        steps.append(Node(node, line))
    steps[-1:-1] = [Leave() for _ in open_keys]
    return steps


def _stack(node: Any) -> list[tuple[str, str, str]]:
    """(key, path, class) of the modules around a node, outermost first, without the root."""
    found: list[tuple[str, str, str]] = []
    stack: dict[str, Any] = node.meta.get("nn_module_stack") or {}
    for key, entry in stack.items():
        path, kind = str(entry[0]), entry[1]
        plain = re.sub(r"^L\['self'\]\.?", "", path)
        if plain:
            found.append((key, plain, str(getattr(kind, "__name__", kind)).rpartition(".")[2]))
    return found


def _line(trace: str | None) -> SourceLine | None:
    """The innermost place of a remembered stack that lies in no installed package."""
    if not trace:
        return None
    places = list(_PLACE.finditer(trace))
    users = [p for p in places if not any(part in p["file"] for part in _NOT_THE_USERS)]
    if not (users or places):
        return None
    place = (users or places)[-1]
    return SourceLine(place["file"], int(place["line"]), place["function"])


def is_exported(target: Any) -> bool:
    """It is a torch.export.ExportedProgram."""
    return isinstance(target, torch.export.ExportedProgram)
