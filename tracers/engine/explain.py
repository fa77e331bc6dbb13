"""Explains the first values of a run that are not finite: which rule was broken, with what."""

from __future__ import annotations

import math

from ..ir import OUTSIDE, OpRecord, Phase, Ref, Run, RunState, TensorSummary, ValueKind
from ..ir.finding import Finding, FindingKind
from ..protocol.refusal import Refusal
from .advice import advice_for
from .backend import Backend
from .element import Cause, Element, Given, first_bad, number_text
from .op_words import plain_name
from .origins import Origin, Origins
from .rules_backward import Forward, gradient
from .rules_pointwise import binary, overflow, unary
from .rules_slices import RULES
from .values import Values

_MOST = 50  # findings


def explain(run: Run, values: Values, backend: Backend) -> list[Finding]:
    """Every producer that is not benign, first to last. On the model's thread."""
    origins = _origins(run, values)
    explainer = _Explainer(run, values, backend, origins)
    return [explainer.finding(origin) for origin in origins.find()[:_MOST]]


def explain_one(run: Run, values: Values, backend: Backend, origin: Origin) -> Finding:
    """What there is to say of one producer, benign or not."""
    return _Explainer(run, values, backend, _origins(run, values)).finding(origin)


def _origins(run: Run, values: Values) -> Origins:
    def outside(index: int) -> TensorSummary | None:
        try:
            return values.get((OUTSIDE, index))[1] if index < len(run.graph.values) else None
        except Refusal:
            return None

    return Origins(run, outside)


class _Explainer:
    def __init__(self, run: Run, values: Values, backend: Backend, origins: Origins) -> None:
        self._run = run
        self._values = values
        self._backend = backend
        self._origins = origins

    def finding(self, origin: Origin) -> Finding:
        """What there is to say of an origin."""
        if origin.record == OUTSIDE:
            return self._came_in(origin)
        row = self._run.records[origin.record]
        op = self._run.graph.ops[row.op]
        element = Element(
            self._backend,
            op,
            row,
            origin.slot,
            self._value((origin.record, origin.slot)),
            [self._given(ref) for ref in row.inputs],
            origin.turned == origin.record and row.outputs[origin.slot].nan > 0,
        )
        forward = self._forward(row)
        cause = self._cause(element, forward)
        chosen_away = (
            forward is not None
            and forward.output is not None
            and forward.output.summary is not None
            and not forward.output.summary.finite
        )
        made = _kind(element)
        at = f" at [{', '.join(map(str, element.index))}]" if element.index else ""
        given = ", ".join(f"{name} = {text}" for name, text in cause.operands)
        label = self._run.graph.op_label(row.op)
        turns = self._run.turns(row.frame)
        label += f", pass {', '.join(str(turn + 1) for turn in turns)}," if turns else ""
        why = f"{cause.why}" + (f" ({given})" if given else "")
        message = f"{label} makes {made}{at}: {why}{self._line(row)}.{self._spread(origin)}"
        return Finding(
            FindingKind.PRODUCER,
            origin.record,
            origin.slot,
            cause.rule,
            message,
            advice_for(cause.rule, element.backward, chosen_away),
            element.index,
            cause.operands,
            made,
            origin.ops,
            origin.values,
            origin.times,
        )

    def _cause(self, element: Element, forward: Forward | None) -> Cause:
        found: Cause | None = None
        if forward is not None:
            found = gradient(element, forward)
        else:
            for rule in (unary, binary, *RULES, overflow):
                found = found or rule(element)
        if found is not None:
            return found
        if element.result is None:
            why = "its values were let go, so that only this is known"
            return Cause("not-kept", why)
        inputs = "inputs that are finite" if self._fed_finite(element) else "these inputs"
        texts = (
            (given.name, number_text(element.number(n))) for n, given in enumerate(element.given)
        )
        shown = tuple((name, text) for name, text in texts if text != "?")
        return Cause("unknown", f"from {inputs}, by a rule of its own", shown)

    def _fed_finite(self, element: Element) -> bool:
        return all(given.summary is None or given.summary.finite for given in element.given)

    def _forward(self, row: OpRecord) -> Forward | None:
        """The forward op of an autograd node; None of ops that compute gradients by themselves."""
        op = self._run.graph.ops[row.op]
        if row.phase is not Phase.BACKWARD or "Backward" not in op.type:
            return None
        if row.forward < 0:
            return Forward("", (), None, None)
        other = self._run.records[row.forward]
        made = self._run.graph.ops[other.op]
        return Forward(
            plain_name(made.type),
            [self._given(ref) for ref in other.inputs],
            self._given((row.forward, 0)) if other.outputs else None,
            _number(dict(made.attributes)),
        )

    def _given(self, ref: Ref) -> Given:
        name = self._values.name(ref) if ref[0] >= 0 or ref[1] >= 0 else "x"
        summary = self._origins.summary(ref) if ref[0] >= 0 or ref[1] >= 0 else None
        return Given(name, summary, self._value(ref) if summary is not None else None)

    def _value(self, ref: Ref) -> object | None:
        try:
            return self._values.get(ref)[0]
        except Refusal:
            return None

    def _came_in(self, origin: Origin) -> Finding:
        value = self._run.graph.values[origin.slot]
        ref = (OUTSIDE, origin.slot)
        summary = self._origins.summary(ref)
        held = self._value(ref)
        shape = summary.shape if summary is not None else ()
        found = first_bad(self._backend, held, shape, False) if held is not None else None
        index, number = found if found is not None else ((), math.nan)
        made = number_text(number)
        kinds = {
            ValueKind.INPUT: "input",
            ValueKind.PARAMETER: "parameter",
            ValueKind.BUFFER: "buffer",
        }
        kind = kinds.get(value.kind, "value")
        at = f" at [{', '.join(map(str, index))}]" if index else ""
        message = (
            f"The {kind} {value.name} is {made}{at} before the run starts.{self._spread(origin)}"
        )
        return Finding(
            FindingKind.OUTSIDE,
            -1,
            origin.slot,
            "not-finite-before",
            message,
            f"Look at where the {kind} comes from: nothing in this run has made it.",
            index,
            (),
            made,
            origin.ops,
            origin.values,
        )

    def _spread(self, origin: Origin) -> str:
        parts: list[str] = []
        if origin.times > 1:
            parts.append(f"So do {_counted(origin.times - 1, 'later execution')} of it.")
        if origin.turned > origin.record:
            row = self._run.records[origin.turned]
            label = self._run.graph.op_label(row.op)
            parts.append(f"It becomes NaN in {label}{self._line(row)}.")
        if origin.ops:
            spread = f"{_counted(origin.ops, 'op')} and {_counted(origin.values, 'value')}"
            parts.append(f"It spreads to {spread} after it{self._so_far}.")
        elif self._so_far and origin.record != OUTSIDE:
            parts.append("Nothing that has run so far reads it.")
        return "".join(f" {part}" for part in parts)

    @property
    def _so_far(self) -> str:
        return " so far" if self._run.state is RunState.PAUSED else ""

    def _line(self, row: OpRecord) -> str:
        if row.source < 0:
            return ""
        line = self._run.graph.sources[row.source]
        return f" ({line.file}, line {line.line})"


def _kind(element: Element) -> str:
    if element.result is not None:
        return number_text(element.result)
    summary = element.summary
    return "NaN" if summary.nan else "Inf" if summary.posinf else "−Inf"


def _number(attributes: dict[str, str]) -> float | None:
    for name in ("other", "exponent", "p", "self"):
        try:
            return float(attributes[name])
        except (KeyError, ValueError):
            continue
    return None


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
