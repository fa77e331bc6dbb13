"""What a training step works with: models, optimizers, scalers, and what else it changes."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any, cast

from .closures import Used, used_by
from .generators import held
from .lib import is_tensor, nn, torch

_Optimizer: Any = torch.optim.Optimizer
_STORES = frozenset({"STORE_GLOBAL", "DELETE_GLOBAL"})


class TrainingParts:
    """Of one step function, with those that the user names.

    Attributes:
        target: what gives names to modules and tensors: the step, or an object given.
        modules: every module, each once; `roots` those that were found by themselves.
        optimizers: those whose gradients are looked at.
        keepers: objects with a state of their own (scalers, schedulers), besides the optimizers.
        holders: lists, dicts and objects of the user's own.
        tensors: those that no module holds.
        generators: of random numbers, besides those that all share.
        cells: of closures, that the step may put something else into.
        names: (globals, name) that it may put something else behind.
        draws: it draws from an iterator of its own, which cannot be gone back in.
        scaler: a GradScaler is among them.
    """

    def __init__(self, step: Callable[..., Any], given: list[Any]) -> None:
        """`given`: what the user names, and objects that the step is called with."""
        used = used_by(step)
        self.target: Any = step
        self._named: list[tuple[str, Any]] = used.modules[:]
        for value in given:
            if value is None:
                continue
            if isinstance(value, _Optimizer) or _is_torchs(value):
                own = Used(optimizers=[value]) if isinstance(value, _Optimizer) else Used()
                own.others.append(value)
            else:
                own = used_by(value)
            if not self._named and own.modules:
                self.target, self._named = value, own.modules
            _add(used, own)
        self.roots: list[Any] = _unique([module for _, module in used.modules])
        self.modules: list[Any] = _unique(
            [module for root in self.roots for module in root.modules()]
        )
        self.optimizers: list[Any] = _unique(used.optimizers)
        self.keepers: list[Any] = _unique([each for each in used.others if _has_state(each)])
        self.holders: list[Any] = _unique(used.holders)
        self.tensors: list[Any] = _unique([*used.tensors.values()])
        self.generators: list[Any] = [each for each in used.others if held(each) is not None]
        self.cells: list[Any] = [cell for each in used.functions for cell in each.__closure__ or ()]
        self.names: list[tuple[dict[str, Any], str]] = [
            (each.__globals__, name) for each in used.functions for name in _stored(each.__code__)
        ]
        self.draws = any(map(is_drawn_from, (*used.others, *used.holders)))
        self.scaler = any(hasattr(each, "get_scale") for each in self.keepers)

    @property
    def parameters(self) -> list[Any]:
        """What the optimizers change; without any, what the modules hold."""
        if not self.optimizers:
            return _unique([each for root in self.roots for each in root.parameters()])
        return _unique([each for optimizer in self.optimizers for each in stepped(optimizer)])

    def name(self, parameter: Any) -> str:
        """The dotted name of a parameter, as a run of the step has it; "" where it has none."""
        for prefix, root in self._named:
            for name, value in root.named_parameters(prefix=prefix):
                if value is parameter:
                    return str(name)
        return ""


def _is_torchs(value: object) -> bool:
    """Something of torch's own that is no module: a scaler, a scheduler."""
    return type(value).__module__.partition(".")[0] == "torch" and not isinstance(value, nn.Module)


def _add(used: Used, own: Used) -> None:
    used.modules += own.modules
    used.tensors.update(own.tensors)
    used.optimizers += own.optimizers
    used.functions += own.functions
    used.holders += own.holders
    used.others += own.others


def stepped(optimizer: Any) -> list[Any]:
    """The parameters of an optimizer."""
    return [each for group in optimizer.param_groups for each in group["params"]]


def is_drawn_from(value: object) -> bool:
    """What is read of it is gone."""
    return hasattr(value, "__next__") and not is_tensor(value)


def _has_state(value: Any) -> bool:
    if isinstance(value, (type, nn.Module, _Optimizer)) or is_tensor(value):
        return False
    return hasattr(value, "state_dict") and hasattr(value, "load_state_dict")


def _stored(code: CodeType) -> Iterator[str]:
    """Names of globals that code puts something else behind."""
    for row in dis.get_instructions(code):
        if row.opname in _STORES:
            yield str(row.argval)
    for inner in code.co_consts:
        if inspect.iscode(inner):
            yield from _stored(inner)


def _unique(values: list[Any]) -> list[Any]:
    return list({id(value): value for value in cast("list[object]", values)}.values())
