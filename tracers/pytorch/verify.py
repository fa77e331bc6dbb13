"""Holds a traced run against a plain one: the same bits, and at what cost."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..engine.backend import Verification
from ..engine.recorder import Recorder
from .backend import snapshot
from .lib import Unrecorded, has_data, is_tensor, torch
from .nested import leaves
from .session import prepared, wait_for_device
from .state import StartState

if TYPE_CHECKING:
    from .program import TorchProgram

_FUSED = ("TransformerEncoderLayer", "MultiheadAttention")
_FUSED_NOTE = (
    "The fused fast path of torch.nn's transformer layers was off in both runs: tracing turns it"
    " off, and it rounds differently."
)

_NOT_RETURNED = (
    "The model does not return the output that the backward pass starts from, so the plain runs"
    " made none, and gradients were not compared."
)


def verify(
    program: TorchProgram,
    state: StartState,
    new_recorder: Callable[[], Recorder],
    repeats: int,
) -> Verification:
    """Plain and traced runs by turns, each from the same state; outputs and gradients compared
    bit for bit."""
    plain_seconds: list[float] = []
    traced_seconds: list[float] = []
    equal, furthest = True, None

    alone = program.chosen is not None and program.chosen.leaf < 0

    def look(result: Any) -> list[tuple[str, Any]]:
        return _frozen({"result": result} if alone else {"result": result, "left": program.left()})

    note = _FUSED_NOTE if _has_fused(program) else ""
    with _fast_path_off(bool(note)):
        for turn in range(max(repeats, 3) + 1):  # the first one warms up
            with prepared(state):
                started = time.perf_counter()
                result = program.plain()
                wait_for_device()
                plain = time.perf_counter() - started
                expected = look(result)
            del result
            recorder = new_recorder()
            if not recorder.builder.graph.ops:
                recorder.builder.adopt(program.graph)
            got, traced = program.timed(recorder, look)
            same, distance = _compare(expected, got)
            equal = equal and same
            if distance is not None:
                furthest = max(furthest or 0.0, distance)
            if turn:
                plain_seconds.append(plain)
                traced_seconds.append(traced)
    if alone:
        note = f"{note} {_NOT_RETURNED}".strip()
    return Verification(
        equal,
        furthest,
        statistics.median(plain_seconds),
        statistics.median(traced_seconds),
        note=note,
    )


def _frozen(result: Any) -> list[tuple[str, Any]]:
    """What a model returned, safe from the state being put back."""
    with Unrecorded():
        return [
            (name, snapshot(leaf.detach()) if _is_dense(leaf) else leaf)
            for name, leaf in leaves(result, objects=True)
        ]


def _compare(
    expected: list[tuple[str, Any]], got: list[tuple[str, Any]]
) -> tuple[bool, float | None]:
    if [name for name, _ in expected] != [name for name, _ in got]:
        return False, None
    equal, furthest = True, None
    with Unrecorded():
        for (_, left), (_, right) in zip(expected, got, strict=True):
            same, distance = compare_leaves(left, right)
            equal = equal and same
            if distance is not None:
                furthest = max(furthest or 0.0, distance)
    return equal, furthest


def compare_leaves(left: Any, right: Any) -> tuple[bool, float | None]:
    if not is_tensor(left) or not is_tensor(right):
        return _same_plain(left, right), None
    one: Any = left
    other: Any = right
    if one.layout is not other.layout or one.is_nested or other.is_nested:
        return _same_odd(one, other), None
    if one.layout is not torch.strided:
        one, other = one.to_dense(), other.to_dense()
    if one.shape != other.shape or one.dtype != other.dtype:
        return False, None
    if not has_data(one) or not has_data(other):
        return True, None
    if one.is_quantized:
        one, other = one.int_repr(), other.int_repr()
    one, other = _resolved(one), _resolved(other)
    same = torch.equal(one.reshape(-1).view(torch.uint8), other.reshape(-1).view(torch.uint8))
    return same, _distance(one, other)


def _distance(one: Any, other: Any) -> float | None:
    """The largest difference; None where it is no number."""
    if not one.numel():
        return None
    wide = torch.complex128 if one.dtype.is_complex else torch.float64
    gap = (one.to(wide) - other.to(wide)).abs()
    gap = gap[torch.isfinite(gap)]
    return gap.max().item() if gap.numel() else None


def _resolved(tensor: Any) -> Any:
    return tensor.resolve_conj().resolve_neg().contiguous()


def _same_odd(one: Any, other: Any) -> bool:
    """Ragged tensors: by their rows."""
    if not (one.is_nested and other.is_nested):
        return False
    rows = list(zip(one.unbind(), other.unbind(), strict=False))
    return one.size(0) == other.size(0) and all(compare_leaves(a, b)[0] for a, b in rows)


def _same_plain(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return left == right or (left != left and right != right)
    if isinstance(left, (int, str, bytes, bool, complex, type(None))):
        return left == right
    return True  # objects of the model's own, which nothing here can compare


def _is_dense(leaf: Any) -> bool:
    return is_tensor(leaf) and leaf.layout is torch.strided and not leaf.is_nested


def _has_fused(program: TorchProgram) -> bool:
    return any(type(module).__name__ in _FUSED for module in program.names.all_modules)


class _fast_path_off:
    """Turns torch.nn's fused transformer kernels off, where there are any."""

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted and torch.backends.mha.get_fastpath_enabled()

    def __enter__(self) -> None:
        if self._wanted:
            torch.backends.mha.set_fastpath_enabled(False)

    def __exit__(self, *error: object) -> None:
        if self._wanted:
            torch.backends.mha.set_fastpath_enabled(True)
