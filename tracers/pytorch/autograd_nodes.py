"""Autograd's graph: its nodes, what they are called, and how many gradients meet where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .lib import is_tensor, torch

# A node with the slot of it that a gradient goes to.
Edge = tuple[Any, int]

_PythonNode: Any = torch.autograd.function.BackwardCFunction


def edge_of(root: Any) -> Edge | None:
    """Where a gradient of a tensor goes to, or of a gradient edge; None for none."""
    if not is_tensor(root):
        return (root.node, root.output_nr)
    tensor: Any = root
    if tensor.grad_fn is not None:
        return (tensor.grad_fn, tensor.output_nr)
    if not tensor.requires_grad:
        return None
    edge = torch.autograd.graph.get_gradient_edge(tensor)
    return (edge.node, edge.output_nr)


def node_type(node: Any) -> str:
    """How a node is called as an op: "AddmmBackward0" is an AddmmBackward."""
    return str(node.name()).rpartition("::")[2].rstrip("0123456789")


def is_python(node: Any) -> bool:
    """It runs the `backward` of a function that somebody wrote in Python."""
    return isinstance(node, _PythonNode)


def is_gatherer(node: Any) -> bool:
    """It adds gradients to a leaf's `.grad`."""
    return node_type(node) == "AccumulateGrad"


class Reach:
    """The part of autograd's graph that one pass goes through.

    Attributes:
        nodes: each once.
        captured: edges whose gradients the caller is given.
    """

    def __init__(self, roots: Sequence[Any], targets: Sequence[Any], gathers: bool) -> None:
        """With `targets`, only what leads to them counts; they themselves where it `gathers`."""
        self._starts = {id(root): edge_of(root) for root in roots}
        starts = [edge for edge in self._starts.values() if edge is not None]
        ends = [edge_of(target) for target in targets]
        self.captured = [] if gathers else ends
        self.nodes = _below(node for node, _ in starts)
        if targets:
            needed = self._needed({edge[0] for edge in ends if edge is not None}, gathers)
            self.nodes = [node for node in self.nodes if node in needed]
        self._counts: dict[Edge, int] = {}
        for edge in starts:
            self._count(edge)
        for node in self.nodes:
            for edge in node.next_functions:
                self._count(edge)

    def meeting(self, node: Any, slot: int) -> int:
        """How many gradients come to a slot; they are added up."""
        return self._counts.get((node, slot), 0)

    def _count(self, edge: Edge) -> None:
        if edge[0] is not None:
            self._counts[edge] = self._counts.get(edge, 0) + 1

    def edge(self, root: Any) -> Edge | None:
        """Where the gradient of a root goes to."""
        return self._starts[id(root)]

    def _needed(self, ends: set[Any], gathers: bool) -> set[Any]:
        """The nodes that lead to one of these."""
        found = set(ends) if gathers else set[Any]()
        for node in reversed(self.nodes):
            after = (edge[0] for edge in node.next_functions)
            if any(follower in found or follower in ends for follower in after):
                found.add(node)
        return found


def _below(starts: Any) -> list[Any]:
    """Nodes that can be come to, each before all that follow it."""
    found: list[Any] = []
    seen: set[Any] = set()
    stack: list[tuple[Any, bool]] = [(node, False) for node in starts]
    while stack:
        node, done = stack.pop()
        if done:
            found.append(node)
            continue
        if node is None or node in seen:
            continue
        seen.add(node)
        stack.append((node, True))
        stack += [(edge[0], False) for edge in node.next_functions]
    found.reverse()
    return found
