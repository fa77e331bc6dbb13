"""What in the compiler can be changed so that its code gives the values of the model as written."""

from __future__ import annotations

import contextlib
import copy
import importlib
from collections.abc import Generator
from typing import Any

from .stage_trial import Run, Trial, copy_of, farthest, is_parted


def remedies_for(
    stage: str, module: Any, trial: Trial, plain: list[Any], noise: float
) -> tuple[tuple[str, str], ...]:
    """The first that helps, as (kind, sentence)."""
    for kind, sentence, settings in _REMEDIES if stage == "inductor" else ():
        with contextlib.suppress(Exception), settings():
            run = backend_of(stage)(copy.deepcopy(module), examples(trial))
            if not is_parted(farthest(plain, trial.other(run)), noise, plain):
                return ((kind, sentence),)
    return ()


def examples(trial: Trial) -> list[Any]:
    """Inputs to compile a graph for."""
    return [copy_of(value) for value in trial.before]


def backend_of(name: str) -> Run:
    """Raises what torch raises for one that it does not know."""
    registry: Any = importlib.import_module("torch._dynamo.backends.registry")
    return registry.lookup_backend(name)


@contextlib.contextmanager
def _own_dice() -> Generator[None]:
    config: Any = importlib.import_module("torch._inductor.config")
    with config.patch(fallback_random=True):
        yield


@contextlib.contextmanager
def _rounding_as_eager() -> Generator[None]:
    config: Any = importlib.import_module("torch._inductor.config")
    with config.patch(emulate_precision_casts=True):
        yield


@contextlib.contextmanager
def _own_decompositions_off() -> Generator[None]:
    """Those that are none of torch's."""
    config: Any = importlib.import_module("torch._inductor.config")
    table: Any = importlib.import_module("torch._inductor.decomposition").decompositions
    kept = dict(table)
    core: Any = importlib.import_module("torch._decomp").core_aten_decompositions()
    for op, function in kept.items():
        if not str(getattr(function, "__module__", "")).startswith("torch."):
            del table[op]
            if op in core:
                table[op] = core[op]
    try:
        with config.patch(fallback_random=True):  # else a table made before is used
            yield
    finally:
        table.clear()
        table.update(kept)


_REMEDIES = (
    (
        "random",
        "Inductor draws random numbers of its own; with torch._inductor.config.fallback_random ="
        " True it gives eager's values.",
        _own_dice,
    ),
    (
        "precision",
        "Inductor keeps more digits between fused ops; with"
        " torch._inductor.config.emulate_precision_casts = True it gives eager's values.",
        _rounding_as_eager,
    ),
    (
        "decomposition",
        "A decomposition that was registered with inductor computes something else; with torch's"
        " own ones alone it gives eager's values.",
        _own_decompositions_off,
    ),
)
