"""What is told of a value's elements without their order: equal whatever its layout is."""

from __future__ import annotations

from .axis_orders import unmasked
from .lib import Array, np

LENGTH = 11
_FREQUENCIES = (1.0, 2.7)


def fingerprint(array: Array) -> Array:
    """Elements, masked ones, rms; then, over the rms, mean, mean size, minimum, maximum, and the
    mean of cosine and sine at two frequencies."""
    clean, masked = unmasked(array)
    flat = clean.reshape(-1)
    found = np.zeros(LENGTH)
    found[:2] = flat.size, masked
    if not flat.size:
        return found
    rms = float(np.sqrt(np.mean(np.square(flat))))
    scaled = flat / (rms or 1.0)
    waves: list[float] = []
    for frequency in _FREQUENCIES:
        waves += [
            float(np.cos(frequency * scaled).mean()),
            float(np.sin(frequency * scaled).mean()),
        ]
    found[2:] = [
        rms,
        float(scaled.mean()),
        float(np.abs(scaled).mean()),
        float(scaled.min()),
        float(scaled.max()),
        *waves,
    ]
    return found


def may_be_equal(first: Array, second: Array, tolerance: float) -> bool:
    """As far as two fingerprints tell."""
    if first[0] != second[0] or first[1] != second[1]:
        return False
    if abs(first[2] - second[2]) > tolerance * max(first[2], second[2]):
        return False
    return bool(np.abs(first[3:] - second[3:]).max() <= max(5 * tolerance, 1e-3))


def same_elements(first: Array, second: Array) -> bool:
    """One value is the other with its elements elsewhere."""
    if first.size != second.size:
        return False
    return bool(np.array_equal(np.sort(first, axis=None), np.sort(second, axis=None)))
