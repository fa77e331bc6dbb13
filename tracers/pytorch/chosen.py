"""The backward pass that a user asks for, of a model that only runs forward."""

from __future__ import annotations

import contextlib
import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..engine.backend import Inputs
from ..engine.lib import np
from ..ir import Ref
from ..protocol.refusal import Refusal
from .lib import Unrecorded, is_tensor, torch
from .nested import leaves, replace_tensors

if TYPE_CHECKING:
    from .modules import Names
    from .tracer import LiveTracer

ONES = "ones"


@dataclass(slots=True)
class Caught:
    """A value on its way, with the place in autograd's graph that it had when it was made."""

    ref: Ref
    tensor: Any = None
    node: Any = None
    slot: int = 0

    def take(self, record: int, outputs: list[Any]) -> None:
        """An op gave these."""
        if record == self.ref[0] and self.ref[1] < len(outputs):
            self.tensor = outputs[self.ref[1]]
            self.node, self.slot = self.tensor.grad_fn, self.tensor.output_nr

    def root(self) -> Any:
        """Where a backward pass starts; the value as it was, if it was written over since."""
        if self.node is None or self.tensor.grad_fn is self.node:
            return self.tensor
        return torch.autograd.graph.GradientEdge(self.node, self.slot)


class Chosen:
    """A backward pass from one output of a run, made after each forward pass from now on.

    Attributes:
        ref: the output.
        began: the record that the pass began at, -1 before it has.
        leaf: which leaf of what the model returns is the output, -1 for none.
    """

    def __init__(self, ref: Ref, seed: str, inputs: bool) -> None:
        """`seed`: "" for a scalar, "ones", or a .npy file; `inputs`: they require gradients.

        Raises Refusal where the file cannot be read.
        """
        self.ref = ref
        self.began = -1
        self.leaf = -1
        self._inputs = inputs
        self._ones = seed == ONES
        self._array: Any = read_seed(seed) if seed not in ("", ONES) else None

    def grad(self) -> AbstractContextManager[Any]:
        """Inside, gradients are asked for, whatever the user has set."""
        return torch.enable_grad() if not torch.is_grad_enabled() else contextlib.nullcontext()

    def inputs(self, given: Inputs) -> Inputs:
        """The model's inputs, which require gradients where no parameter does."""

        def require(tensor: Any) -> Any:
            differs = tensor.is_floating_point() or tensor.is_complex()
            return tensor.requires_grad_() if differs and tensor.is_leaf else tensor

        return replace_tensors(given, require) if self._inputs else given

    def traced(self, tracer: LiveTracer, result: Any) -> None:
        """After the forward pass: the backward pass, recorded."""
        caught = tracer.caught
        assert caught is not None
        if caught.tensor is None:
            raise Refusal(
                "other-run", "The model ran otherwise this time: the chosen output was not made."
            )
        recorder = tracer.recorder
        self.began = len(recorder.run.records)
        found = [leaf for _, leaf in leaves(result) if is_tensor(leaf)]
        places = [n for n, leaf in enumerate(found) if leaf is caught.tensor]
        self.leaf = places[0] if places else -1
        mapping, recorder.builder.mapping = recorder.builder.mapping, True
        try:
            with tracer.recording():  # no map has these ops, so none of them is added to it
                torch.autograd.backward(caught.root(), self._seed(caught.tensor))
        finally:
            recorder.builder.mapping = mapping

    def plain(self, result: Any) -> None:
        """After a forward pass as the user would make it: the backward pass."""
        if self.leaf >= 0:
            root = [leaf for _, leaf in leaves(result) if is_tensor(leaf)][self.leaf]
            torch.autograd.backward(root, self._seed(root))

    def _seed(self, root: Any) -> Any:
        with Unrecorded(), torch.no_grad():
            if self._array is None:
                return torch.ones_like(root)
            made = torch.from_numpy(np.array(self._array)).to(root.device, root.dtype)
        if made.shape != root.shape:
            shape = "x".join(map(str, root.shape)) or "scalar"
            given = "x".join(map(str, made.shape)) or "scalar"
            raise Refusal("bad-seed", f"The seed is {given}, but the output is {shape}.")
        return made


def read_seed(path: str) -> Any:
    """The array of a .npy file. Raises Refusal."""
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError as error:
        raise Refusal("bad-seed", f"There is no file {path}.") from error
    except (OSError, ValueError, EOFError) as error:
        name = os.path.basename(path)
        raise Refusal("bad-seed", f"{name} could not be read as a .npy file: {error}.") from error
    if not isinstance(array, np.ndarray):
        raise Refusal("bad-seed", f"{os.path.basename(path)} holds several arrays; give a .npy.")
    return array


def needs_inputs(names: Names) -> bool:
    """No weight requires a gradient, so the inputs have to."""
    weights = [*(value for _, value in names.parameters()), *names.used.tensors.values()]
    return not any(weight.requires_grad for weight in weights)
