"""TensorLists, which TensorArrays and gradients of loops are made of, as one tensor each."""

from __future__ import annotations

import re
from typing import Any

from .lib import tf

_ELEMENTS = re.compile(r"list elements (\w+)")
_NAMES = {"float": "float32", "double": "float64", "half": "float16"}


def is_list(tensor: Any) -> bool:
    """A variant that holds a TensorList."""
    return tensor.dtype == tf.variant and str(tensor._summarize_value()) == "<TensorList>"


def stacked(tensor: Any) -> Any | None:
    """The elements of a list in one tensor with a new first axis; those not set yet are zero.

    None where they do not fit into one: of several shapes, or lists themselves.
    """
    ops = tf.raw_ops
    count = int(ops.TensorListLength(input_handle=tensor))
    dtype = _dtype(tensor, count)
    if dtype is None:
        return None
    try:
        shape = ops.TensorListElementShape(input_handle=tensor, shape_type=tf.int32)
        if count and not _is_known(shape):
            element = ops.TensorListGetItem(  # one not set has the shape of those that are
                input_handle=tensor, index=0, element_shape=-1, element_dtype=dtype
            )
            shape = tf.shape(element)
        if not _is_known(shape):
            return tf.zeros((0,), dtype)
        return ops.TensorListStack(
            input_handle=tensor, element_shape=shape, element_dtype=dtype, num_elements=-1
        )
    except tf.errors.OpError:
        return None


def _is_known(shape: Any) -> bool:
    extents = shape.numpy()
    return extents.ndim == 1 and bool((extents >= 0).all())


def _dtype(tensor: Any, count: int) -> Any | None:
    """TensorFlow tells the dtype of a list's elements only by refusing another."""
    if not count:
        return tf.float32
    try:
        tf.raw_ops.TensorListGetItem(
            input_handle=tensor, index=0, element_shape=-1, element_dtype=tf.qint16
        )
    except tf.errors.OpError as error:
        found = _ELEMENTS.search(str(error))
        name = _NAMES.get(found.group(1), found.group(1)) if found else ""
        if name in ("", "variant", "resource", "string"):
            return None
        return tf.as_dtype(name)
    return tf.qint16
