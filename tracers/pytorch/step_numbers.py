"""Loss and gradient norm of training steps, read without waiting for a device."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import Any, cast

from ..engine.step_trainer import StepNumbers
from .lib import Unrecorded, is_tensor, torch
from .training_parts import TrainingParts, stepped

_SHARE = 0.02  # of a step's time, that gradient norms may take
_MOST_APART = 64  # steps between two of them
_MOST_WAITING = 16  # steps whose numbers are on their way


@dataclass(slots=True)
class _Waiting:
    step: int
    loss: Any
    norm: Any
    event: Any
    scale: Any = None
    overflow: Any = None


class GradientNorms:
    """Looks at gradients as an optimizer is given them; every few steps, by what that costs.

    A GradScaler that leaves a step out does not call its optimizer, or tells it so.

    Attributes:
        wanted: they are looked at in the step under way.
        seconds: that looking has taken in it.
        rate: the learning rate that an optimizer was last called with.
    """

    def __init__(self, parts: TrainingParts, always: bool) -> None:
        self.wanted = False
        self._parts = parts
        self._always = always
        self._apart = 1
        self._since = 0
        self._found: list[Any] = []
        self._scale: Any = None
        self._overflow: Any = None
        self.seconds = 0.0
        self.rate: float | None = None
        self._hooks = [each.register_step_pre_hook(self._hooked) for each in parts.optimizers]

    def close(self) -> None:
        """Nothing is looked at any more."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()

    def begin(self, surely: bool = False) -> None:
        """A step is about to run."""
        self._found, self.seconds = [], 0.0
        self._scale = self._overflow = None
        self._since += 1
        self.wanted = surely or self._always or self._since >= self._apart
        if self.wanted:
            self._since = 0

    def end(self) -> tuple[Any, Any, Any]:
        """The norm as a tensor (None where it was not looked at, or there were no gradients), what
        it was scaled by, and whether that overflowed."""
        if self.wanted and not self._hooks and not self._parts.scaler:
            self._look(self._parts.parameters)
        wanted, self.wanted = self.wanted, False
        if not wanted or not self._found:
            return None, None, None
        norm = self._found[0] if len(self._found) == 1 else torch.stack(self._found).norm()
        self._found = []
        return norm, self._scale, self._overflow

    def pace(self, step: float) -> None:
        """A step takes so long: look as often as costs little of it."""
        if step > 0:
            self._apart = min(_MOST_APART, int(self.seconds / (step * _SHARE)) + 1)

    def _hooked(self, optimizer: Any, *_: Any) -> None:
        if self.wanted:
            self._scale = getattr(optimizer, "grad_scale", None)
            self._overflow = getattr(optimizer, "found_inf", None)
            self.rate = _rate(optimizer)
            self._look(stepped(optimizer))

    def _look(self, parameters: list[Any]) -> None:
        start = time.perf_counter()
        self._note(parameters)
        self.seconds += time.perf_counter() - start

    def _note(self, parameters: list[Any]) -> None:
        with Unrecorded(), torch.no_grad():
            grads: dict[Any, list[Any]] = {}
            for each in parameters:
                grad = each.grad
                if grad is not None and grad.layout is torch.strided and grad.numel():
                    grads.setdefault((grad.device, grad.dtype), []).append(grad.detach())
            parts: list[Any] = []
            for (_, dtype), some in grads.items():
                wide = torch.float32 if dtype in (torch.float16, torch.bfloat16) else None
                norms = torch._foreach_norm(some, 2, dtype=wide)
                parts.append(torch.stack(norms).norm())
            if parts:
                first = parts[0].device
                norms = [part.to(first, torch.float32) for part in parts]
                self._found.append(norms[0] if len(norms) == 1 else torch.stack(norms).norm())


class Numbers:
    """The numbers of steps that have run, in order, as soon as they are there."""

    def __init__(self, norms: GradientNorms) -> None:
        self.norms = norms
        self._waiting: deque[_Waiting] = deque()

    def take(self, step: int, result: Any, seconds: float) -> None:
        """A step has run, for so long."""
        looked = self.norms.wanted
        norm, scale, overflow = self.norms.end()
        loss = loss_of(result)
        if is_tensor(loss):
            tensor: Any = loss
            with Unrecorded(), torch.no_grad():
                tensor = tensor.detach()
                loss = tensor.float().mean() if tensor.numel() != 1 else tensor
        event = _event([loss, norm])
        row = _Waiting(step, loss, norm, event, scale, overflow)
        if event is not None:
            with Unrecorded(), torch.no_grad():
                row.loss, row.norm, row.scale, row.overflow = map(
                    _on_its_way, (row.loss, row.norm, row.scale, row.overflow)
                )
            event.record()
        self._waiting.append(row)
        if looked:
            self.norms.pace(seconds)

    def ready(self, all: bool = False) -> list[StepNumbers]:
        """Those that are there now; with `all`, those that are on their way as well."""
        found: list[StepNumbers] = []
        while self._waiting:
            row = self._waiting[0]
            if row.event is not None and not row.event.query():
                if not all and len(self._waiting) < _MOST_WAITING:
                    break
                row.event.synchronize()
            self._waiting.popleft()
            found.append(_read(row))
        return found

    def forget(self) -> None:
        """What is on its way is of no interest."""
        self._waiting.clear()


def loss_of(result: Any) -> Any:
    """The loss among what a step returned: itself, the entry or attribute `loss`, or the first;
    None where there is none."""
    if isinstance(result, dict):
        rows = cast("dict[Any, Any]", result)
        result = rows.get("loss", next(iter(rows.values()), None))
    elif isinstance(result, (tuple, list)):
        result = next(iter(cast("list[Any]", result)), None)
    elif not is_tensor(result):
        result = getattr(result, "loss", result)
    if is_tensor(result):
        tensor: Any = result
        return tensor if tensor.numel() and not tensor.is_complex() else None
    try:
        return float(result) if result is not None else None
    except (TypeError, ValueError):
        return None


def not_finite(tensors: list[Any]) -> Any:
    """The first of these that is not finite; None where all are."""
    with Unrecorded(), torch.no_grad():
        groups: dict[tuple[Any, Any], list[Any]] = {}
        for each in tensors:
            if each.is_floating_point() and each.layout is torch.strided and each.numel():
                groups.setdefault((each.device, each.dtype), []).append(each)
        for some in groups.values():
            norms = torch.stack(torch._foreach_norm([each.detach() for each in some]))
            if bool(norms.sum().isfinite()):
                continue
            for each in some:
                if not bool(each.isfinite().all()):
                    return each
    return None


def _rate(optimizer: Any) -> float | None:
    rates = [group.get("lr") for group in optimizer.param_groups]
    known = [float(rate) for rate in rates if rate is not None]
    return max(known, default=None)


def _read(row: _Waiting) -> StepNumbers:
    with Unrecorded():
        loss, norm, scale, overflow = map(_number, (row.loss, row.norm, row.scale, row.overflow))
    if overflow:  # a fused optimizer leaves its parameters alone
        return StepNumbers(row.step, loss)
    if norm is not None and scale:
        norm /= scale
    return StepNumbers(row.step, loss, norm)


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _on_its_way(value: Any) -> Any:
    return value.to("cpu", non_blocking=True) if is_tensor(value) else value


def _event(values: list[Any]) -> Any:
    """Of the CUDA stream that computes them; None where they are at hand."""
    if any(is_tensor(value) and value.is_cuda for value in values):
        return torch.cuda.Event()
    return None
