"""A run without computing: the same tracer over fake tensors, which have shapes and no data."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import warnings
from collections.abc import Callable, Generator
from typing import Any, cast

from .fakes import Fakes
from .lib import nn, torch
from .modules import Names
from .nested import replace_tensors

_TORCHS = frozenset[str](vars(cast("object", nn.Module())))  # weights, children, hooks


@contextlib.contextmanager
def fake_world(
    names: Names, open_extents: bool = False
) -> Generator[Callable[[Any], Any], None, None]:
    """Inside, the modules' weights are fake and nothing computes. Gives a maker of fakes.

    `open_extents`: extents that follow from data (nonzero, item) are unknowns, not errors.
    """
    shape_env: Any = None
    if open_extents:
        shapes: Any = importlib.import_module("torch.fx.experimental.symbolic_shapes")
        shape_env = shapes.ShapeEnv(allow_scalar_outputs=True, allow_dynamic_output_shape_ops=True)
    fake = Fakes(shape_env)
    saved: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
    try:
        for module in names.all_modules:
            if isinstance(module, torch.jit.ScriptModule):
                continue
            for rows in (module._parameters, module._buffers):
                saved.append((rows, dict(rows)))
                for key, tensor in rows.items():
                    if tensor is not None:
                        rows[key] = fake(tensor)
            _fake_attributes(module, fake, saved)
        for optimizer in names.used.optimizers:
            _fake_optimizer(optimizer, fake, saved)
        names.read_tensors()
        with silence(), fake.mode:
            yield fake
    finally:
        fake.forget()
        for rows, before in saved:
            rows.clear()
            rows.update(before)
        names.read_tensors()


def _fake_optimizer(
    optimizer: Any, fake: Callable[[Any], Any], saved: list[tuple[dict[Any, Any], dict[Any, Any]]]
) -> None:
    """It holds the weights that it steps by itself."""
    saved.append((optimizer.state, dict(optimizer.state)))
    optimizer.state.clear()
    for group in optimizer.param_groups:
        saved.append((group, dict(group)))
        group["params"] = [fake(weight) for weight in group["params"]]


def _fake_attributes(
    module: Any, fake: Callable[[Any], Any], saved: list[tuple[dict[Any, Any], dict[Any, Any]]]
) -> None:
    """Plain tensor attributes are weights too, though torch does not list them."""
    rows: dict[str, Any] = module.__dict__
    saved.append((rows, dict(rows)))
    for key, value in list(rows.items()):
        if key in _TORCHS or isinstance(value, nn.Module):
            continue
        if isinstance(value, (torch.Tensor, list, tuple, dict)):
            rows[key] = replace_tensors(value, fake)


@contextlib.contextmanager
def silence() -> Generator[None, None, None]:
    """What the model prints, logs or warns of now, it will say again when it really runs."""
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with _muted():
            yield
    finally:
        logging.disable(level)


@contextlib.contextmanager
def _muted() -> Generator[None, None, None]:
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield
