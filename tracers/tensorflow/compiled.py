"""Several ops of a graph as one function that hands out every output of each of them."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sequence
from typing import Any

from . import kernels
from .lib import context, function_protos, tf
from .plan import Node

_numbers = itertools.count()


def _config() -> bytes:
    """Nothing of the function is fused, folded or left out: the ops run as they stand."""
    config = tf.compat.v1.ConfigProto()
    options = config.graph_options
    options.rewrite_options.disable_meta_optimizer = True
    options.optimizer_options.opt_level = tf.compat.v1.OptimizerOptions.L0
    return config.SerializeToString()


_ATTRIBUTES = ("executor_type", "", "config_proto", _config())


class Compiled:
    """Registered with TensorFlow as long as it lives.

    Called with the tensors in the slots that it reads, it gives those in the slots that the ops
    fill, op after op. Control edges are left out: none of the ops may have an effect.
    """

    def __init__(self, ops: Sequence[Node], reads: Sequence[int]) -> None:
        definition = _definition(f"opscope_stretch_{next(_numbers)}", ops, reads)
        self.name: str = definition.signature.name
        self._count = len(definition.signature.output_arg)
        context.context().add_function_def(definition)
        weakref.finalize(self, _remove, self.name).atexit = False

    def __call__(self, inputs: list[Any]) -> list[Any]:
        return kernels.run(self.name, self._count, inputs, _ATTRIBUTES)


def _remove(name: str) -> None:
    context.context().remove_function(name)


def _definition(name: str, ops: Sequence[Node], reads: Sequence[int]) -> Any:
    """The function's body in TensorFlow's own terms, where "n3:y:0" is an output of node "n3"."""
    found = function_protos.FunctionDef()
    signature = found.signature
    signature.name = name
    dtypes = {
        slot: tensor.dtype.as_datatype_enum
        for node in ops
        for slot, tensor in zip(node.inputs, node.op.inputs, strict=True)
    }
    names: dict[int, str] = {}
    for number, slot in enumerate(reads):
        names[slot] = f"a{number}"
        signature.input_arg.add(name=names[slot], type=dtypes[slot])
    for number, node in enumerate(ops):
        made = node.op.node_def
        row = found.node_def.add(name=f"n{number}", op=made.op)
        row.input.extend(names[slot] for slot in node.inputs)
        for key, value in made.attr.items():
            if not key.startswith("_"):
                row.attr[key].CopyFrom(value)
        labels = _labels(node.op.op_def, made)
        for slot, tensor, label in zip(node.outputs, node.op.outputs, labels, strict=True):
            names[slot] = f"n{number}:{label}"
            output = f"r{len(signature.output_arg)}"
            signature.output_arg.add(name=output, type=tensor.dtype.as_datatype_enum)
            found.ret[output] = names[slot]
    return found


def _labels(definition: Any, made: Any) -> list[str]:
    """What a function's body calls a node's outputs: "y:0", "y:1", "z:0"."""
    found: list[str] = []
    for argument in definition.output_arg:
        count = 1
        if argument.number_attr:
            count = made.attr[argument.number_attr].i
        elif argument.type_list_attr:
            count = len(made.attr[argument.type_list_attr].list.type)
        found += [f"{argument.name}:{number}" for number in range(count)]
    return found
