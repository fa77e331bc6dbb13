"""What two values that should be equal have to do with each other, as sentences."""

from __future__ import annotations

from .axis_orders import unmasked
from .lib import Array, np

_NEAR = 1e-4  # of the standard deviation


def patterns(
    first: Array, second: Array, names: tuple[str, str] = ("A", "B")
) -> list[tuple[str, str]]:
    """Words for the kind of cause that they speak for, and a sentence. Shapes are equal."""
    a, b = names
    one, _ = unmasked(first)
    other, _ = unmasked(second)
    apart = np.abs(one - other)
    scale = float(one.std()) or 1.0
    if not one.size or float(apart.max()) <= _NEAR * scale:
        return []
    found: list[tuple[str, str]] = []
    typical = float(np.sqrt(np.square(apart).mean()))  # what a sentence must explain
    clear = np.abs(one) > 1e-3 * scale
    slope = float((one * other).sum() / np.square(one).sum())
    if float(np.sqrt(np.square(other - slope * one).mean())) < 1e-2 * typical:
        found.append(("scale", f"{b} is {slope:.6g} times {a}, everywhere"))
    sorted_apart = float(np.abs(np.sort(one, None) - np.sort(other, None)).max())
    if sorted_apart < 1e-2 * typical:
        found.append(("order", "both have the same elements, at other places"))
    for zero, whole, who in ((other, one, b), (one, other, a)):
        dropped = (zero == 0) & (np.abs(whole) > 1e-3 * scale)
        kept = whole[(zero != 0) & clear]
        rest = zero[(zero != 0) & clear]
        if 0.02 < float(dropped.mean()) < 0.98 and kept.size > 1 and not found:
            times = rest / np.where(kept == 0, 1, kept)
            if float(np.std(times)) < 1e-3 and float(np.mean(times)) > 1.001:
                share = 100 * float(dropped.mean())
                found.append(
                    (
                        "dropout",
                        f"{share:.0f}% of {who}'s elements are 0 and the others "
                        f"{float(np.mean(times)):.4g} times as large: dropout is on",
                    )
                )
    if one.ndim >= 3 and not found:
        inside = tuple(slice(1, -1) if extent > 4 else slice(None) for extent in one.shape)
        if any(part != slice(None) for part in inside):
            middle = float(apart[inside].max())
            if middle < _NEAR * scale:
                found.append(("padding", "only the border differs: the padding is another"))
    if not found:
        found += _by_channel(one, other, typical)
    share = float((apart > _NEAR * scale).mean())
    if not found and share < 0.6:
        found.append(("", f"{100 * share:.2g}% of the elements differ"))
    return found


def _by_channel(one: Array, other: Array, typical: float) -> list[tuple[str, str]]:
    """One scale and one shift for each place along an axis."""
    for axis in (1, one.ndim - 1) if one.ndim > 2 else range(one.ndim):
        rest = tuple(each for each in range(one.ndim) if each != axis)
        if not rest or one.size // one.shape[axis] < 4:
            continue
        mine, theirs = one.mean(rest, keepdims=True), other.mean(rest, keepdims=True)
        spread = np.square(one - mine).mean(rest, keepdims=True)
        slope = ((one - mine) * (other - theirs)).mean(rest, keepdims=True) / (spread + 1e-30)
        left = (other - theirs) - slope * (one - mine)
        if float(np.sqrt(np.square(left).mean())) < 1e-2 * typical:
            low, high = float(slope.min()), float(slope.max())
            return [
                (
                    "normalization",
                    f"each channel has a scale ({low:.4g} to {high:.4g}) and a shift of its own:"
                    " a normalization has other statistics, weights or eps",
                )
            ]
    return []
