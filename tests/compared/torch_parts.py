"""Layers of the PyTorch models, with their weights, and with the bug that is meant for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.compared.plan import (
    SLOPE,
    TORCH,
    Plan,
    changed_gates,
    changed_kernel,
    interleaved,
    other_activation,
    same_pads,
    transposed_gates,
)
from tests.compared.sizes import recurrent_weights


def given(layer: Any, **weights: Any) -> Any:
    """A layer with these weights."""
    with torch.no_grad():
        for name, array in weights.items():
            getattr(layer, name).copy_(torch.from_numpy(array.copy()))
    return layer


class Conv(nn.Conv2d):
    """Pads as TensorFlow does, where it is told to."""

    same = False

    def forward(self, input: Tensor) -> Tensor:
        if self.same:
            top, bottom = same_pads(input.shape[2], self.kernel_size[0], self.stride[0])
            left, right = same_pads(input.shape[3], self.kernel_size[1], self.stride[1])
            input = functional.pad(input, (left, right, top, bottom))
        if self.weight.dtype != input.dtype:
            return super().forward(input.to(self.weight.dtype)).float()
        return super().forward(input)


class Linear(nn.Linear):
    """In the dtype of its weights."""

    def forward(self, input: Tensor) -> Tensor:
        if self.weight.dtype != input.dtype:
            return super().forward(input.to(self.weight.dtype)).float()
        return super().forward(input)


class Activation(nn.Module):
    """One by its Keras name."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def forward(self, x: Tensor) -> Tensor:
        match self.name:
            case "leaky_relu":
                return functional.leaky_relu(x, SLOPE)
            case "hard_silu":
                return functional.hardswish(x)
            case "hard_sigmoid":
                return functional.hardsigmoid(x)
            case "gelu tanh":
                return functional.gelu(x, approximate="tanh")
            case "tanh":
                return torch.tanh(x)
            case "sigmoid":
                return torch.sigmoid(x)
            case _:
                return getattr(functional, self.name)(x)


class Dropout(nn.Module):
    """On where it was left on."""

    def __init__(self, rate: float, on: bool) -> None:
        super().__init__()
        self.rate, self.on = rate, on

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout(x, self.rate, training=self.on)


class BatchNorm(nn.BatchNorm2d):
    """In training mode where it was left in it."""

    on = False

    def train(self, mode: bool = True) -> BatchNorm:
        return super().train(mode or self.on)


class Parts:
    """Makes the layers of the module at a path."""

    def __init__(self, plan: Plan, path: str = "") -> None:
        self.plan = plan
        self._path = path

    def at(self, name: str) -> str:
        """A path below."""
        return ".".join(part for part in (self._path, name) if part)

    def bug(self, name: str = "") -> str:
        """Of this module, or of one below."""
        return self.plan.bug(self.at(name), TORCH)

    def conv(
        self,
        name: str,
        ins: int,
        outs: int,
        kernel: int = 3,
        stride: int = 1,
        groups: int = 1,
        bias: bool = False,
    ) -> Conv:
        path, bug = self.at(name), self.bug(name)
        same = (self.plan.padding == "same") != (bug == "padding") and stride > 1 and kernel > 1
        pads = 0 if same else kernel // 2
        bias_too = bias and bug != "bias"
        made = Conv(ins, outs, kernel, stride, pads, groups=groups, bias=bias_too)
        made.same = same
        weight = self.plan.weight(f"{path}.weight", outs, ins // groups, kernel, kernel)
        given(made, weight=changed_kernel(self.plan, path, weight) if bug == "reorder" else weight)
        if bias_too:
            given(made, bias=self.plan.vector(f"{path}.bias", outs))
        return made.bfloat16() if bug == "dtype" else made

    def linear(self, name: str, ins: int, outs: int, heads: int = 1) -> Linear:
        path, bug = self.at(name), self.bug(name)
        weight = self.plan.weight(f"{path}.weight", outs, ins)
        if bug == "transposed":
            weight = weight.T
        made = Linear(ins, outs, bias=bug != "bias")
        bias = self.plan.vector(f"{path}.bias", outs)
        if bug == "reorder":
            weight, bias = interleaved(weight, heads), interleaved(bias, heads)
        given(made, weight=weight, **({} if bug == "bias" else {"bias": bias}))
        return made.bfloat16() if bug == "dtype" else made

    def batch_norm(self, name: str, width: int) -> BatchNorm:
        path, bug, plan = self.at(name), self.bug(name), self.plan
        eps = plan.pick(f"{path}.eps", (1e-3, 1e-5))
        made = BatchNorm(width, {1e-3: 1e-5, 1e-5: 1e-3}[eps] if bug == "eps" else eps)
        made.on = bug == "mode"
        weight, bias = plan.vector(f"{path}.weight", width, 1), plan.vector(f"{path}.bias", width)
        mean, var = plan.vector(f"{path}.mean", width), plan.vector(f"{path}.var", width, 0.6)
        if bug == "reorder":
            weight, var = var, weight
        return given(made, weight=weight, bias=bias, running_mean=mean, running_var=var)

    def layer_norm(self, name: str, width: int) -> nn.LayerNorm:
        path, plan = self.at(name), self.plan
        eps = plan.pick(f"{path}.eps", (1e-3, 1e-5))
        made = nn.LayerNorm(
            width, {1e-3: 1e-5, 1e-5: 1e-3}[eps] if self.bug(name) == "eps" else eps
        )
        weight, bias = plan.vector(f"{path}.weight", width, 1), plan.vector(f"{path}.bias", width)
        return given(made, weight=weight, bias=bias)

    def activation(self, name: str, kind: str) -> Activation:
        bug = self.bug(name)
        if bug == "activation":
            kind = other_activation(self.plan, self.at(name), kind)
        return Activation("gelu tanh" if bug == "gelu" else kind)

    def dropout(self, name: str) -> Dropout:
        return Dropout(0.3, self.bug(name) == "dropout")

    def lstm(self, name: str, ins: int, outs: int) -> nn.LSTM:
        path, bug, plan = self.at(name), self.bug(name), self.plan
        made = nn.LSTM(ins, outs, batch_first=True)
        inner, outer = recurrent_weights(plan, path, ins, outs)
        biases = [plan.vector(f"{path}.bias{n}", 4 * outs) for n in "12"]
        if bug == "gates":
            inner, outer = (changed_gates(plan, path, rows) for rows in (inner, outer))
            biases = [changed_gates(plan, path, rows) for rows in biases]
        if bug == "transposed":
            outer = transposed_gates(outer)
        if bug == "bias":
            biases[1] = biases[1] * 0
        return given(
            made,
            weight_ih_l0=inner,
            weight_hh_l0=outer,
            bias_ih_l0=biases[0],
            bias_hh_l0=biases[1],
        )
