"""An op's attributes as the user reads them."""

from __future__ import annotations

from typing import Any

from .lib import tf

_DULL = frozenset(
    {
        "T", "Tidx", "Tshape", "Tindices", "Tparams", "Taxis", "Tin", "Tout", "Tdim", "Tmultiples",
        "Tperm", "Tpaddings", "Tcond", "N", "Index", "TI", "U", "f", "cond", "body", "then_branch",
        "else_branch", "branches", "output_shapes", "config", "config_proto", "executor_type",
        "parallel_iterations", "explicit_paddings", "use_cudnn_on_gpu", "_XlaMustCompile",
        "element_shape", "shape_type", "element_dtype", "begin_mask", "end_mask", "ellipsis_mask",
        "new_axis_mask", "shrink_axis_mask", "Toutput_types", "dtype", "out_type", "grad_a",
        "grad_b", "validate_shape", "index_type", "output_type", "num_sp", "batch_dims",
        "incompatible_shape_error", "swap_memory", "DstT", "SrcT", "Truncate", "debug_name",
    }
)  # fmt: skip
_DEFAULTS: dict[str, object] = {
    "data_format": "NHWC",
    "transpose_a": False,
    "transpose_b": False,
    "adj_x": False,
    "adj_y": False,
    "keep_dims": False,
    "dilations": [1, 1, 1, 1],
    "is_training": False,
}


def text_attributes(op: Any) -> tuple[tuple[str, str], ...]:
    """Names and values, without what only TensorFlow's own machinery needs."""
    found: list[tuple[str, str]] = []
    for definition in op.op_def.attr:
        name = definition.name
        if name in _DULL and name not in ("dtype", "out_type"):
            continue
        try:
            value = op.get_attr(name)
        except ValueError:
            continue
        found.append((name, _text(definition.type, value)))
    return tuple(found)


def note(op: Any) -> str:
    """A few words that tell an op from others of its type."""
    if op.type == "Cast":
        return f"{op.inputs[0].dtype.name} → {op.outputs[0].dtype.name}"
    if op.type == "Einsum":
        return op.get_attr("equation").decode()
    words: list[str] = []
    for definition in op.op_def.attr:
        name = definition.name
        if name in _DULL or definition.type in ("type", "list(type)", "func", "tensor", "shape"):
            continue
        try:
            value = op.get_attr(name)
        except ValueError:
            continue
        text = _word(name, value)
        if text:
            words.append(text)
    return " ".join(words[:3])


def _word(name: str, value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if name in _DEFAULTS and value == _DEFAULTS[name]:
        return ""
    if name in ("strides", "ksize"):
        inner = value[1:3] if len(value) == 4 else value
        if all(item == 1 for item in inner):
            return ""
        return f"{'stride' if name == 'strides' else 'window'} {_times(inner)}"
    if name == "padding":
        return str(value).lower()
    if value is True:
        return name
    if name in ("keep_dims", "alpha", "data_format", "dilations", "axis"):
        return f"{name}={_plain(value)}"
    return ""


def _times(items: list[int]) -> str:
    return str(items[0]) if len(set(items)) == 1 else "×".join(str(item) for item in items)


def _text(kind: str, value: Any) -> str:
    if kind == "type":
        return tf.as_dtype(value).name
    if kind == "func":
        return value.name
    if kind == "shape":
        return "?" if value.unknown_rank else str([dim.size for dim in value.dim])
    if kind.startswith("list("):
        return "[" + ", ".join(_text(kind[5:-1], item) for item in value[:16]) + "]"
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, float):
        return f"{value:g}"
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else text[:59] + "…"
