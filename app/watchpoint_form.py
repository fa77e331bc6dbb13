"""What the watchpoint dialog offers: conditions in words, and the text that each stands for."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass

from ..tracers.ir import Graph
from ..tracers.ir.watchpoint import Since, Watch, WatchKind, matches

SINCE = (
    (Since.PASS, "the op's last execution"),
    (Since.RUN, "the run before the restart"),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A condition to choose.

    Attributes:
        numbers: what each number is called; none where there is none to give.
        standard: the numbers to begin with, as they are typed.
        hint: one sentence on what holds.
    """

    kind: WatchKind
    text: str
    hint: str
    numbers: tuple[str, ...] = ()
    standard: tuple[str, ...] = ()


OFFERS = (
    Offer(WatchKind.NAN, "NaN", "An element is NaN."),
    Offer(WatchKind.INF, "Infinite", "An element is infinite."),
    Offer(
        WatchKind.ABSMAX,
        "|x| larger than",
        "A finite element is further from 0.",
        ("Larger than",),
        ("1e4",),
    ),
    Offer(
        WatchKind.RANGE,
        "Outside a range",
        "A finite element is below or above.",
        ("From", "To"),
        ("0", "1"),
    ),
    Offer(WatchKind.ZERO, "All zero", "Every element is 0."),
    Offer(
        WatchKind.DEAD,
        "Dead: share of zeros",
        "A larger share of the elements, from 0 to 1, is 0.",
        ("Share over",),
        ("0.9",),
    ),
    Offer(
        WatchKind.SATURATED,
        "Saturated: share at the extremes",
        "A larger share of the elements, from 0 to 1, is at the least or greatest of them.",
        ("Share over",),
        ("0.9",),
    ),
    Offer(WatchKind.CONSTANT, "Constant", "All elements, more than one, are equal."),
    Offer(
        WatchKind.VANISHING,
        "Vanishing gradient",
        "A gradient's rms is smaller.",
        ("rms below",),
        ("1e-8",),
    ),
    Offer(
        WatchKind.EXPLODING,
        "Exploding gradient",
        "An element of a gradient is further from 0, or not finite.",
        ("Larger than",),
        ("1e3",),
    ),
    Offer(
        WatchKind.CHANGES,
        "Changes by more than",
        "A number, or a share such as 10% of the largest |x| before.",
        ("More than",),
        ("10%",),
    ),
    Offer(WatchKind.EXPRESSION, "An expression", "Asked of each op after it has run."),
)


def condition_of(offer: Offer, numbers: list[str], since: Since, expression: str) -> str:
    """The condition as `parse_watch` takes it."""
    kind = offer.kind
    if kind is WatchKind.EXPRESSION:
        return expression.strip()
    if kind is WatchKind.RANGE:
        return f"range {numbers[0].strip()}..{numbers[1].strip()}"
    if kind is WatchKind.CHANGES:
        words = f"changes>{''.join(numbers[0].split())}"
        return words if since is Since.PASS else f"{words} since run"
    if not offer.numbers:
        return kind.value
    sign = "<" if kind is WatchKind.VANISHING else ">"
    return f"{kind.value}{sign}{numbers[0].strip()}"


def numbers_of(watch: Watch) -> list[str]:
    """A watch's numbers as they are typed."""
    if watch.kind is WatchKind.RANGE:
        return [f"{watch.number:g}", f"{watch.high:g}"]
    if watch.relative:
        return [f"{watch.number * 100:g}%"]
    return [f"{watch.number:g}"]


def names_in(graph: Graph) -> list[str]:
    """What ops can be watched by: types, modules with all in them, and keys."""
    types = sorted({op.type for op in graph.ops})
    paths = sorted({scope.path for scope in graph.scopes if scope.path})
    return [*types, *(f"{path}.*" for path in paths), *(op.key for op in graph.ops)]


def about_place(graph: Graph, text: str) -> str:
    """A sentence on which ops a text names."""
    text = text.strip()
    if not text:
        return (
            f"All {len(graph.ops):,} ops of this graph; or a type, a module or an op, with * and ?."
        )
    for index, op in enumerate(graph.ops):
        if op.key == text:
            return f"Op {index + 1:,} of this graph, {graph.op_label(index)}."
    found = sum(matches(text, graph, index) for index in range(len(graph.ops)))
    noun = "op" if found == 1 else "ops"
    if not found and any(fnmatch.fnmatchcase(scope.path, text) for scope in graph.scopes[1:]):
        return f"A module without ops of its own; {text}.* are those in it."
    return f"{found:,} {noun} in this graph."
