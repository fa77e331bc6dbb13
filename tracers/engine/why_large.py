"""Where the largest element of a value has grown: the op with the largest gain on the way."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..ir import OUTSIDE, Phase, Ref, TensorSummary, ValueKind
from ..ir.finding import Index
from ..ir.reason import Question, Reason, ReasonStep
from .advice_why import advice_for
from .element import number_text
from .op_words import plain_name
from .why_look import Look, magnitude, place_text

_MOST = 20_000  # ops on the way
_SHOWN = 12  # of them
_TELLING = 1.1  # a gain that is worth a row
_WORTH = 1.5  # a gain that is worth a word
_MOST_OF_IT = 0.4  # share of the whole growth, in powers, that makes one op the cause
_PRODUCTS = frozenset(("linear", "matmul", "addmm", "bmm", "einsum", "mv", "dot", "baddbmm"))
_DIVISIONS = frozenset(("div", "reciprocal", "rsqrt", "divnonan", "xdivy"))
_CUTS = frozenset(("relu", "relu6", "gelu", "silu", "elu", "softplus", "leaky_relu", "exp"))
_LARGE = 100.0  # from which on something that came in is called large
_NORM = ("norm", "softmax", "sigmoid", "tanh")
_SUMS = frozenset(("sum", "cumsum", "nansum", "addn"))
_POWERS = frozenset(("pow", "square", "sinh", "cosh", "expm1"))
_FLOATS = ("float", "bfloat", "complex")


@dataclass(frozen=True, slots=True)
class _Stage:
    """An op on the way, with how large what it gave and what it read is."""

    ref: Ref
    given: int
    out: float
    read: float

    @property
    def gain(self) -> float:
        """How many times larger the output is; what comes from nothing counts as a start."""
        return self.out / self.read if self.read > 0 < self.out else 1.0


def why_large(look: Look, ref: Ref, index: Index | None) -> Reason | None:
    """The answer; None where the value has no numbers."""
    most = magnitude(look.summary(ref))
    if most is None:
        return None
    asked = look.number(ref, index) if index is not None else None
    stages, end = _way(look, ref)
    start = stages[-1].read if stages else most
    grown = most / start if start > 0 else 1.0
    rule, words, at = _cause(look, stages, end, grown)
    steps, cause = _steps(look, stages, end, start, at)
    place = place_text(index) if index is not None else ""
    number = number_text(abs(asked)) if asked is not None else number_text(most)
    of = f"{look.label(ref)}{place}"
    of = of[0].upper() + of[1:] if ref[0] < 0 else of
    head = f"{of} is {number} large" if asked is not None else f"{of} reaches {number}"
    message = f"{head}: {words}."
    if stages and end[0] == OUTSIDE and rule not in ("large-input", "large-parameter", "steady"):
        ops = f"{len(stages):,} op{'' if len(stages) == 1 else 's'}"
        message += f" It began with {number_text(start)} in {look.label(end)}, {ops} before it."
    return Reason(Question.LARGE, rule, message, advice_for(rule), steps, cause=cause)


def _way(look: Look, ref: Ref) -> tuple[list[_Stage], Ref]:
    """Back along the largest input of each op; what it starts from."""
    stages: list[_Stage] = []
    at, out = ref, magnitude(look.summary(ref))
    while at[0] >= 0 and len(stages) < _MOST:
        row = look.run.records[at[0]]
        reads = row.inputs[:1] if _name(look, at) in _DIVISIONS else row.inputs
        sizes = [(_weight(look, each), n) for n, each in enumerate(reads)]
        known = [(*weight, -n) for weight, n in sizes if weight is not None]
        if out is None or not known:
            break
        _, read, back = max(known)
        made = at
        at = row.inputs[-back]
        if _name(look, made) in _CUTS:  # what lies below 0 has no part in what it gives
            read = _above(look, at)
        stages.append(_Stage(made, -back, out, read))
        out = read
    return stages, at


def _above(look: Look, ref: Ref) -> float:
    summary = look.summary(ref)
    most = summary.maximum if summary is not None else None
    return max(float(most), 0.0) if most is not None else 0.0


def _weight(look: Look, ref: Ref) -> tuple[int, float] | None:
    """What is followed first: values of the run, then inputs, then parameters; the larger one."""
    if ref[0] < OUTSIDE or ref[1] < 0:
        return None
    summary = look.summary(ref)
    size = magnitude(summary)
    if size is None or summary is None or not summary.dtype.startswith(_FLOATS):
        return None
    if size == 0:
        return (0, size)
    kind = look.kind(ref)
    rank = {ValueKind.OUTPUT: 3, ValueKind.INPUT: 3}.get(kind, 1)
    return (rank, size)


def _cause(look: Look, stages: list[_Stage], end: Ref, grown: float) -> tuple[str, str, int]:
    """The rule, the words for it, and which stage it is, -1 for none."""
    if not stages:
        return _from_outside(look, end, "it is so before the run starts")
    if grown < _WORTH:
        start = number_text(stages[-1].read)
        if end[0] == OUTSIDE:
            why = f"it comes from {look.label(end)}, which reaches {start} already"
            return _from_outside(look, end, why)
        return "steady", f"no op on the way makes it larger than the {start} that it began with", -1
    gains = [max(math.log(stage.gain), 0.0) for stage in stages]
    best = max(range(len(stages)), key=lambda n: gains[n])
    whole = sum(gains)
    if gains[best] >= _MOST_OF_IT * whole or len(stages) < 3:
        rule, words = _op_words(look, stages, best)
        return rule, words, best
    return _gradual(look, stages, gains, best)


def _from_outside(look: Look, end: Ref, words: str) -> tuple[str, str, int]:
    if (magnitude(look.summary(end)) or 0.0) < _LARGE:
        return "steady", words, -1
    kind = look.kind(end)
    return ("large-parameter" if kind is ValueKind.PARAMETER else "large-input"), words, -1


def _gradual(
    look: Look, stages: list[_Stage], gains: list[float], best: int
) -> tuple[str, str, int]:
    """No single op makes it: sums of residuals, or products that nothing normalizes."""
    names = [_name(look, stage.ref) for stage in stages]
    whole = sum(gains)
    added = sum(g for g, name in zip(gains, names, strict=True) if name in ("add", "sub"))
    products = [n for n, name in enumerate(names) if _multiplies(name)]
    multiplied = sum(gains[n] for n in products)
    times = sum(name in ("add", "sub") and g > 0.05 for g, name in zip(gains, names, strict=True))
    if added >= 0.5 * whole and times > 2:
        factor = _times(math.exp(added))
        return "residuals", f"{times} sums on the way make it {factor} times larger", best
    normed = any(any(word in name for word in _NORM) for name in names)
    growing = sum(gains[n] > math.log(_WORTH) for n in products)
    if multiplied >= 0.5 * whole and growing > 1:
        factor = _times(math.exp(multiplied))
        between = "with no normalization between them" if not normed else "on the way"
        rule = "no-normalization" if not normed else "gradual"
        return rule, f"{growing} products {between} make it {factor} times larger", best
    rule, words = _op_words(look, stages, best)
    return (
        ("gradual", f"it grows over many ops, most in the {words}", best)
        if rule
        else ("", "", best)
    )


def _op_words(look: Look, stages: list[_Stage], at: int) -> tuple[str, str]:
    """What the op with the largest gain does."""
    stage = stages[at]
    row = look.run.records[stage.ref[0]]
    op = look.run.graph.ops[row.op]
    name = plain_name(op.type)
    label = look.label(stage.ref)
    what = f"{number_text(stage.out)} of {number_text(stage.read)}{look.line(stage.ref)}"
    others = [
        look.summary(each)
        for n, each in enumerate(row.inputs)
        if n != stage.given and each[0] >= OUTSIDE and each[1] >= 0
    ]
    if name in ("exp", "exp2"):
        return "exp", f"{label} makes {what}"
    if name in _DIVISIONS:
        least = _divisor(look, stage, others, dict(op.attributes).get("other", ""))
        by = f", dividing by {number_text(least)}" if least is not None else ""
        return "division", f"{label} makes {what}{by}"
    if name in _POWERS:
        return "power", f"{label} makes {what}"
    if name in _SUMS:
        return "sum", f"{label} adds up {_inner(look, stage):,} elements and makes {what}"
    if _multiplies(name):
        return _product_words(look, stages, at, label, what, others)
    if name == "mul":
        factor = max((magnitude(each) or 0.0 for each in others), default=0.0)
        text = dict(op.attributes).get("other", "")
        by = text if not others and text else number_text(factor)
        return "factor", f"{label} makes {what}, multiplying by up to {by}"
    if "norm" in name:
        return "norm-gain", f"{label} makes {what}"
    if row.phase is Phase.BACKWARD:
        return "gradient", f"{label} makes {what}"
    return "op", f"{label} makes {what}"


def _product_words(
    look: Look,
    stages: list[_Stage],
    at: int,
    label: str,
    what: str,
    others: list[TensorSummary | None],
) -> tuple[str, str]:
    """A dot product of two activations that nothing scales, or large weights."""
    stage = stages[at]
    row = look.run.records[stage.ref[0]]
    weights = (ValueKind.PARAMETER, ValueKind.CONSTANT, ValueKind.BUFFER)
    own = [each for each in row.inputs if each[1] >= 0 and look.kind(each) not in weights]
    inner = _inner(look, stage)
    scaled = any(_name(look, each.ref) in ("div", "mul") for each in stages[max(0, at - 2) : at])
    scaled = scaled or any(
        each[0] >= 0 and _name(look, each) in ("div", "mul") and _shrinks(look, each)
        for each in own
    )
    if len(own) > 1 and not scaled:
        words = f"{label} adds up {inner:,} products that nothing scales down, and makes {what}"
        return "unscaled-product", words
    weight = max((magnitude(each) or 0.0 for each in others), default=0.0)
    words = (
        f"{label} makes {what}, with weights up to {number_text(weight)} over {inner:,} products"
    )
    return "large-weight", words


def _shrinks(look: Look, ref: Ref) -> bool:
    row = look.run.records[ref[0]]
    sizes = [
        magnitude(look.summary(each)) or 0.0
        for each in row.inputs
        if each[0] >= OUTSIDE and each[1] >= 0
    ]
    out = magnitude(look.summary(ref)) or 0.0
    return bool(sizes) and out < max(sizes)


def _divisor(
    look: Look, stage: _Stage, others: list[TensorSummary | None], text: str
) -> float | None:
    """The number closest to 0 that was divided by, as far as the statistics tell."""
    for each in others:
        if each is not None and each.minimum is not None and each.maximum is not None:
            return _nearest(each)
    read = look.summary(look.run.records[stage.ref[0]].inputs[stage.given])
    least = _nearest(read) if read is not None else None
    try:
        scalar = float(text)
    except ValueError:
        return least  # 1/x and 1/√x
    if least and abs(scalar / least) > stage.out * 0.99:  # the number stood on the other side
        return least
    return scalar


def _nearest(summary: TensorSummary) -> float | None:
    if summary.minimum is None or summary.maximum is None:
        return None
    low, high = float(summary.minimum), float(summary.maximum)
    return low if abs(low) <= abs(high) else high


def _inner(look: Look, stage: _Stage) -> int:
    """How many elements go into one of the output's."""
    row = look.run.records[stage.ref[0]]
    read, out = look.summary(row.inputs[stage.given]), look.summary(stage.ref)
    name = _name(look, stage.ref)
    if read is None or out is None:
        return 1
    if name.startswith("conv") and len(row.inputs) > 1:
        weight = look.summary(row.inputs[1])
        if weight is not None and weight.shape:
            last = row.outputs[stage.ref[1]].shape[-1] == weight.shape[-1]
            return math.prod(weight.shape[:-1] if last else weight.shape[1:])
    if _multiplies(name):
        return read.shape[-1] if read.shape else 1
    return max(1, math.prod(read.shape) // max(1, math.prod(out.shape)))


def _times(gain: float) -> str:
    """A factor in three digits."""
    return number_text(float(f"{gain:.3g}"))


def _name(look: Look, ref: Ref) -> str:
    return plain_name(look.run.graph.ops[look.run.records[ref[0]].op].type)


def _multiplies(name: str) -> bool:
    return name in _PRODUCTS or name.startswith("conv")


def _steps(
    look: Look, stages: list[_Stage], end: Ref, start: float, cause: int
) -> tuple[tuple[ReasonStep, ...], int]:
    """The ops with the largest gains, in order, with the first, the cause and what it came from;
    and which of these is the cause."""
    ranked = sorted(range(len(stages)), key=lambda n: -abs(math.log(max(stages[n].gain, 1e-30))))
    telling = [n for n in ranked[:_SHOWN] if not 0.9 < stages[n].gain < _TELLING]
    kept: set[int] = {0, *telling} if stages else set()
    if cause >= 0:
        kept.add(cause)
    shown = sorted(kept)
    steps: list[ReasonStep] = []
    for n in shown:
        stage = stages[n]
        gain = f"{_times(stage.gain)} times what it read"
        number = f"max |x| {number_text(stage.out)}"
        steps.append(ReasonStep(stage.ref[0], stage.ref[1], (), number, gain))
    if end[0] >= OUTSIDE and end[1] >= 0:
        number = f"max |x| {number_text(start)}"
        steps.append(ReasonStep(end[0], end[1], (), number, "where it began"))
    return tuple(steps), shown.index(cause) if cause in shown else -1
