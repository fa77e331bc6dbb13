"""TensorFlow and Keras as this backend uses them, in one place."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from ..engine.lib import np

tf: Any = importlib.import_module("tensorflow")
keras: Any = importlib.import_module("keras")
h5py: Any = importlib.import_module("h5py")
context: Any = importlib.import_module("tensorflow.python.eager.context")
deprecation: Any = importlib.import_module("tensorflow.python.util.deprecation")
protobuf_messages: Any = importlib.import_module("google.protobuf.message")
eager: Any = importlib.import_module("tensorflow.python.eager.execute")
cancellation: Any = importlib.import_module("tensorflow.python.eager.cancellation")
op_callbacks: Any = importlib.import_module("tensorflow.python.framework.op_callbacks")
debug_info_protos: Any = importlib.import_module("tensorflow.core.framework.graph_debug_info_pb2")
function_protos: Any = importlib.import_module("tensorflow.core.framework.function_pb2")
saved_model_protos: Any = importlib.import_module("tensorflow.core.protobuf.saved_model_pb2")
text_protos: Any = importlib.import_module("google.protobuf.text_format")
function_graphs: Any = importlib.import_module("tensorflow.python.framework.function_def_to_graph")

FunctionCache: Any = importlib.import_module(
    "tensorflow.core.function.polymorphism.function_cache"
).FunctionCache
EagerTensor: Any = importlib.import_module("tensorflow.python.framework.ops").EagerTensor


def layer_types() -> tuple[type, ...]:
    """The base classes of Keras layers: Keras 3's, and that of tf_keras where it is loaded."""
    older: Any = sys.modules.get("tf_keras")
    if older is None or not hasattr(older, "layers"):
        return (keras.layers.Layer,)
    return keras.layers.Layer, older.layers.Layer


def is_layer(value: object) -> bool:
    """A Keras layer or model."""
    return isinstance(value, layer_types())


def is_module(value: object) -> bool:
    """A tf.Module; Keras layers are modules too."""
    return isinstance(value, tf.Module)


def array_of(tensor: Any) -> Any:
    """An eager tensor's elements as a NumPy array that shares its memory where it can."""
    try:
        return np.asarray(tensor)
    except ValueError:  # a bfloat16 or float8 scalar, which NumPy does not know as an array
        return np.asarray(tensor.numpy())
