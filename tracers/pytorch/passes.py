"""One pass of autograd's engine, while it goes on."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from ..engine.recorder import Step
from ..ir import Ref
from .autograd_nodes import Edge, Reach


@dataclass(slots=True)
class Running:
    """A node between its two hooks.

    Attributes:
        nodes: the number of the first node that it may make, where its own gradient is asked for.
        scope: what is open for Python code inside it, "" for nothing.
        aten: records the aten ops inside it, where it is stepped into.
    """

    step: Step
    nodes: int
    scope: str = ""
    aten: AbstractContextManager[Any] | None = None


@dataclass(slots=True)
class Pass:
    """One call of autograd's engine.

    Attributes:
        frame: of its scope.
        opened: forward frames that the pass is in, outermost first: it opened scopes after them.
        pending: gradients on their way to a slot of a node.
        hooks: handles of the hooks that it set.
        running: nodes that have begun.
        insides: how many nodes were entered, by frame and name.
    """

    reach: Reach
    frame: int
    opened: list[int] = field(default_factory=list[int])
    pending: dict[Edge, list[Ref]] = field(default_factory=dict[Edge, list[Ref]])
    hooks: list[tuple[Any, Any]] = field(default_factory=list[tuple[Any, Any]])
    running: dict[Any, Running] = field(default_factory=dict[Any, "Running"])
    insides: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])
