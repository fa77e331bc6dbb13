"""Layers of the Keras models, with the weights of the PyTorch ones, and with the bug that is meant
for them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from tests.compared.plan import (
    KERAS,
    SLOPE,
    Plan,
    changed_gates,
    changed_kernel,
    interleaved,
    keras_path,
    other_activation,
    transposed_gates,
)
from tests.compared.sizes import recurrent_weights


class Padded(layers.Layer):
    """A convolution or a pool behind zeros on every side."""

    def __init__(self, inner: layers.Layer, name: str) -> None:
        super().__init__(name=name)
        self.pad, self.inner = layers.ZeroPadding2D(1, name="pad"), inner

    def call(self, x: Any) -> Any:
        return self.inner(self.pad(x))


class Widened(layers.Layer):
    """A layer that computes with few digits, in a model that does not."""

    def __init__(self, inner: layers.Layer, name: str) -> None:
        super().__init__(name=name)
        self.inner = inner

    def call(self, x: Any) -> Any:
        return tf.cast(self.inner(x), "float32")


class Activation(layers.Layer):
    """One by its Keras name."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(name=name)
        self.kind = kind

    def call(self, x: Any) -> Any:
        if self.kind == "leaky_relu":
            return tf.nn.leaky_relu(x, SLOPE)
        if self.kind in ("gelu", "gelu tanh"):
            return tf.nn.gelu(x, approximate=self.kind == "gelu tanh")
        return keras.activations.get(self.kind)(x)


class Dropout(layers.Dropout):
    """On where it was left on."""

    on = False

    def call(self, inputs: Any, training: bool = False) -> Any:
        return super().call(inputs, training=self.on)


class BatchNorm(layers.BatchNormalization):
    """With the batch's own statistics where it was left in training mode."""

    on = False

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        return super().call(inputs, training=self.on, mask=mask)


class Parts:
    """Makes the layers of the module at a path, as PyTorch names it; `filled` gives them weights
    once the model has been called."""

    weights: list[tuple[layers.Layer, list[Any]]]

    def __init__(self, plan: Plan, path: str = "", above: Parts | None = None) -> None:
        self.plan = plan
        self._path = path
        self.weights = [] if above is None else above.weights

    def below(self, name: str) -> Parts:
        """For a module in this one."""
        return Parts(self.plan, self.at(name), self)

    @property
    def name(self) -> str:
        """Of the module itself."""
        return keras_path(self._path).rpartition(".")[2]

    def at(self, name: str) -> str:
        """A path below."""
        return ".".join(part for part in (self._path, name) if part)

    def bug(self, name: str = "") -> str:
        """Of this module, or of one below."""
        return self.plan.bug(self.at(name), KERAS)

    def filled(self) -> None:
        """Every layer is built by now."""
        for layer, arrays in self.weights:
            layer.set_weights(arrays)

    def conv(
        self,
        name: str,
        ins: int,
        outs: int,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> layers.Layer:
        path, bug = self.at(name), self.bug(name)
        same = (self.plan.padding == "same") != (bug == "padding") or stride == 1 or kernel == 1
        bias_too = bias and bug != "bias"
        weight = self.plan.weight(f"{path}.weight", outs, ins // groups, kernel, kernel)
        if bug == "reorder":
            weight = changed_kernel(self.plan, path, weight)
        named: dict[str, Any] = {
            "strides": stride,
            "padding": "same" if same else "valid",
            "use_bias": bias_too,
            "dtype": "bfloat16" if bug == "dtype" else "float32",
            "name": name if same and bug != "dtype" else "inner",
        }
        if groups > 1:
            made: layers.Layer = layers.DepthwiseConv2D(kernel, **named)
            arrays = [weight.transpose(2, 3, 0, 1)]
        else:
            made = layers.Conv2D(outs, kernel, **named)
            arrays = [weight.transpose(2, 3, 1, 0)]
        if bias_too:
            arrays.append(self.plan.vector(f"{path}.bias", outs))
        self.weights.append((made, arrays))
        if bug == "dtype":
            made = Widened(made, name if same else "inner")
        return made if same else Padded(made, name)

    def linear(self, name: str, ins: int, outs: int, heads: int = 1) -> layers.Layer:
        path, bug = self.at(name), self.bug(name)
        weight = self.plan.weight(f"{path}.weight", outs, ins)
        bias = self.plan.vector(f"{path}.bias", outs)
        if bug == "reorder":
            weight, bias = interleaved(weight, heads), interleaved(bias, heads)
        arrays = [weight if bug == "transposed" else weight.T, bias]
        few = bug == "dtype"
        made = layers.Dense(
            outs,
            use_bias=bug != "bias",
            dtype="bfloat16" if few else "float32",
            name="inner" if few else name,
        )
        self.weights.append((made, arrays[: 1 if bug == "bias" else 2]))
        return Widened(made, name) if few else made

    def batch_norm(self, name: str, width: int) -> layers.Layer:
        path, bug, plan = self.at(name), self.bug(name), self.plan
        eps = plan.pick(f"{path}.eps", (1e-3, 1e-5))
        eps = {1e-3: 1e-5, 1e-5: 1e-3}[eps] if bug == "eps" else eps
        made = BatchNorm(epsilon=eps, name=name)
        made.on = bug == "mode"
        weight, bias = plan.vector(f"{path}.weight", width, 1), plan.vector(f"{path}.bias", width)
        mean, var = plan.vector(f"{path}.mean", width), plan.vector(f"{path}.var", width, 0.6)
        if bug == "reorder":
            weight, var = var, weight
        self.weights.append((made, [weight, bias, mean, var]))
        return made

    def layer_norm(self, name: str, width: int) -> layers.Layer:
        path, plan = self.at(name), self.plan
        eps = plan.pick(f"{path}.eps", (1e-3, 1e-5))
        eps = {1e-3: 1e-5, 1e-5: 1e-3}[eps] if self.bug(name) == "eps" else eps
        made = layers.LayerNormalization(epsilon=eps, name=name)
        weight, bias = plan.vector(f"{path}.weight", width, 1), plan.vector(f"{path}.bias", width)
        self.weights.append((made, [weight, bias]))
        return made

    def activation(self, name: str, kind: str) -> layers.Layer:
        bug = self.bug(name)
        if bug == "activation":
            kind = other_activation(self.plan, self.at(name), kind)
        return Activation("gelu tanh" if bug == "gelu" else kind, name)

    def dropout(self, name: str) -> layers.Layer:
        made = Dropout(0.3, seed=self.plan.seed, name=name)
        made.on = self.bug(name) == "dropout"
        return made

    def max_pool(self, name: str, size: int) -> layers.Layer:
        padding = "same" if self.bug(name) == "ceil" else "valid"
        return layers.MaxPooling2D(size, 2, padding=padding, name=name)

    def average_pool(self, name: str) -> layers.Layer:
        """What lies outside counts for nothing."""
        if self.bug(name) == "count":
            return Padded(layers.AveragePooling2D(3, 1, name="inner"), name)
        return layers.AveragePooling2D(3, 1, padding="same", name=name)

    def lstm(self, name: str, ins: int, outs: int) -> layers.Layer:
        path, bug, plan = self.at(name), self.bug(name), self.plan
        made = layers.LSTM(
            outs,
            return_sequences=True,
            use_bias=bug != "bias",
            recurrent_activation="hard_sigmoid" if bug == "activation" else "sigmoid",
            unroll=plan.pick("unroll", (True, False)),
            name=name,
        )
        inner, outer = recurrent_weights(plan, path, ins, outs)
        bias = plan.vector(f"{path}.bias1", 4 * outs) + plan.vector(f"{path}.bias2", 4 * outs)
        if bug == "gates":
            inner, outer, bias = (changed_gates(plan, path, rows) for rows in (inner, outer, bias))
        if bug == "transposed":
            outer = transposed_gates(outer)
        arrays = [inner.T, outer.T, bias]
        self.weights.append((made, arrays[: 2 if bug == "bias" else 3]))
        return made


def constant(array: Any) -> Any:
    """As a tensor."""
    return tf.constant(np.ascontiguousarray(array))
