"""Values on accelerators: read in batches, given so much room, timed by the device's own events.

An accelerator works behind the model's thread. To ask it for one number waits for all that it was
given to do, so numbers are computed there and fetched many at a time.
"""

from __future__ import annotations

import math
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..ir import Ref
from .lib import Unrecorded, is_tensor, torch
from .statistics import Numbers

BATCH, PATIENCE = 64, 0.03  # values, seconds: when doubts are looked at that nobody asks for
_SHARE = 4  # kept values may take a quarter of what a device has free
_UNKNOWN_ROOM = 1 << 30  # bytes, where a device does not tell what is free
_FLOATS = frozenset((torch.float32, torch.float64, torch.float16, torch.bfloat16))
_WHOLE = frozenset((torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64))
_WITHOUT_DOUBLE = ("mps",)

# Free bytes of a device; None where it does not tell.
Free = Callable[[Any], int | None]


def can_wait(tensor: Any) -> bool:
    """Statistics of such a plain tensor on an accelerator can be put off."""
    return tensor.dtype in _FLOATS or tensor.dtype in _WHOLE


class Checks:
    """Sums that tell whether values are finite, still on their devices."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sums: list[tuple[Ref, Any]] = []
        self._since = 0.0

    def add(self, ref: Ref, kept: Any) -> None:
        """A value was kept; nothing is waited for."""
        if kept.dtype not in _FLOATS:
            return
        if not self._sums:
            self._since = self._clock()
        self._sums.append((ref, kept.sum(dtype=_wide(kept))))

    def not_finite(self, now: bool) -> list[Ref]:
        """Of a full batch, of an old one, or `now` of any: values whose sum is not finite."""
        if not self._sums:
            return []
        if not now and len(self._sums) < BATCH and self._clock() - self._since < PATIENCE:
            return []
        sums, self._sums = self._sums, []
        totals = fetched([total for _, total in sums])
        return [ref for (ref, _), total in zip(sums, totals, strict=True) if not isfinite(total)]


class Room:
    """How much of each device kept values may take; past that the oldest go to the host."""

    def __init__(self, free: Free | None = None) -> None:
        self._free = free
        self._budgets: dict[Any, int] = {}
        self._held: dict[Any, int] = {}
        self._rows: dict[Any, deque[tuple[Ref, weakref.ref[Any], int]]] = {}

    def held(self, device: Any) -> int:
        """Bytes there of the values that this counts."""
        return self._held.get(device, 0)

    def put(self, ref: Ref, kept: Any, nbytes: int) -> list[tuple[Ref, Any]]:
        """A value was kept on its device; those that are to leave theirs, as copies on the host."""
        device = kept.device
        if device not in self._budgets:
            known = free_bytes(device) if self._free is None else self._free(device)
            self._budgets[device] = _UNKNOWN_ROOM if known is None else known // _SHARE
            self._rows[device] = deque()
        rows = self._rows[device]
        rows.append((ref, weakref.ref(kept), nbytes))
        self._held[device] = self.held(device) + nbytes
        moved: list[tuple[Ref, Any]] = []
        while rows and self._held[device] > self._budgets[device]:
            old, link, size = rows.popleft()
            self._held[device] -= size
            value = link()  # None where it was let go
            if value is not None:
                moved.append((old, value.to("cpu")))
        return moved


class Clock:
    """Times of ops by events in the device's own queue."""

    def __init__(self, event: Callable[[Any], Any] | None = None) -> None:
        self._event = event or _new_event
        self._timed: list[tuple[int, Any, Any]] = []

    def start(self, given: Iterable[object]) -> Any:
        """An op is about to read these: marks its start on their device; None on the host."""
        for value in given:
            if is_tensor(value) and not value.is_cpu and not value.is_meta:
                return self._marked(value.device)
        return None

    def stop(self, start: Any, record: int) -> None:
        """The op has been given to the device, and is this record."""
        end = self._marked(start.device)
        if end is not None:
            self._timed.append((record, start, end))

    def durations(self) -> list[tuple[int, float]]:
        """Seconds of the ops timed since this was last asked; waits for the newest of them."""
        timed, self._timed = self._timed, []
        found: list[tuple[int, float]] = []
        for record, start, end in reversed(timed):  # the newest first: the others are over then
            try:
                end.synchronize()
                found.append((record, start.elapsed_time(end) / 1000))
            except (RuntimeError, NotImplementedError):  # a device whose events tell no time
                continue
        return found[::-1]

    def _marked(self, device: Any) -> Any:
        try:
            event = self._event(device)
            event.record()
        except (RuntimeError, NotImplementedError):  # a device without events
            return None
        return event


class OnDevices:
    """All that is done in one run about values that are not on the host."""

    def __init__(self) -> None:
        self._checks = Checks()
        self._room = Room()
        self._clock = Clock()

    def took(self, ref: Ref, kept: object, nbytes: int) -> list[tuple[Ref, object]]:
        """A value was kept where it is; others that are to leave their device, on the host."""
        with Unrecorded():
            self._checks.add(ref, kept)
            return [*self._room.put(ref, kept, nbytes)]

    def not_finite(self, now: bool) -> list[Ref]:
        """Values that are found to be not finite; `now`: none may be in doubt afterwards."""
        with Unrecorded():
            return self._checks.not_finite(now)

    def start(self, given: Sequence[object]) -> object:
        """An op is about to read these; None where the host's clock tells its time."""
        return self._clock.start(given)

    def stop(self, start: object, record: int) -> None:
        """It has been given to its device, and is this record."""
        self._clock.stop(start, record)

    def durations(self) -> list[tuple[int, float]]:
        """Seconds that records took on their devices, as far as they were not told before."""
        return self._clock.durations()


def has_accelerator() -> bool:
    """This process can compute elsewhere than on the host."""
    known: Any = getattr(torch, "accelerator", None)
    return bool(known.is_available() if known is not None else torch.cuda.is_available())


def numbers_of_all(values: Sequence[Any]) -> list[Numbers | None]:
    """Statistics of plain tensors, fetched once for each device; None where it takes a closer look:
    an element is not finite, or a number may have been rounded."""
    rows = fetched([part for value in values for part in _parts(value)])
    found: list[Numbers | None] = []
    for value, at in zip(values, range(0, len(rows), 4), strict=True):
        low, high, total, norm = rows[at : at + 4]
        count = value.numel()
        numbers = None
        if all(map(isfinite, (low, high, total, norm))) and _is_exact(value, low, high):
            numbers = Numbers(low, high, total / count, norm / math.sqrt(count))
            if value.dtype in _WHOLE:
                numbers.minimum, numbers.maximum = int(low), int(high)
        found.append(numbers)
    return found


def fetched(cells: Sequence[Any]) -> list[float]:
    """Tensors of one element each, as numbers: each device is waited for once."""
    found = [0.0] * len(cells)
    groups: dict[tuple[Any, Any], list[int]] = {}
    for index, cell in enumerate(cells):
        groups.setdefault((cell.device, cell.dtype), []).append(index)
    for indices in groups.values():
        numbers = torch.stack([cells[index] for index in indices]).cpu().tolist()
        for index, number in zip(indices, numbers, strict=True):
            found[index] = number
    return found


def free_bytes(device: Any) -> int | None:
    """As the device tells."""
    module: Any = getattr(torch, device.type, None)
    ask: Any = getattr(module, "mem_get_info", None)
    if ask is None:
        return None
    try:
        return int(ask(device)[0])
    except (RuntimeError, NotImplementedError, TypeError):
        return None


isfinite = math.isfinite


def _parts(value: Any) -> tuple[Any, ...]:
    """Least, greatest, sum and root of the sum of squares, of one wide dtype, on the device."""
    wide = _wide(value)
    low, high = torch.aminmax(value)
    total = value.sum(dtype=wide)
    norm = torch.linalg.vector_norm(value.to(wide))
    return low.to(wide), high.to(wide), total, norm


def _wide(value: Any) -> Any:
    return torch.float32 if value.device.type in _WITHOUT_DOUBLE else torch.float64


def _is_exact(value: Any, low: float, high: float) -> bool:
    """Whole numbers came through the wide dtype unharmed."""
    digits = 24 if value.device.type in _WITHOUT_DOUBLE else 53
    return value.dtype not in _WHOLE or max(abs(low), abs(high)) < 2**digits


def _new_event(device: Any) -> Any:
    return torch.Event(device=device, enable_timing=True)
