"""Watches in words: for lists, dialogs and the sentence that a run stops with."""

from __future__ import annotations

from .expression import BadExpression
from .graph import Graph
from .run import Phase
from .watchpoint import Since, Watch, WatchKind, parse_watch

WATCHPOINT = "Watchpoint: "  # before the condition, in the sentence that a run stops with
_ARISES = " comes up at "
_SINCE = {Since.PASS: "since last pass", Since.RUN: "since last run"}


def condition_words(watch: Watch) -> str:
    """What is watched for ("|x| > 100", "zeros > 90%")."""
    number = f"{watch.number:g}"
    share = f"{watch.number * 100:g}%"
    if watch.kind is WatchKind.EXPRESSION:
        assert watch.expression is not None
        return " ".join(watch.expression.text.split())
    if watch.kind is WatchKind.CHANGES:
        return f"changes > {share if watch.relative else number} {_SINCE[watch.since]}"
    return {
        WatchKind.NAN: "NaN",
        WatchKind.INF: "Inf",
        WatchKind.ABSMAX: f"|x| > {number}",
        WatchKind.RANGE: f"outside {number} … {watch.high:g}",
        WatchKind.ZERO: "all zero",
        WatchKind.DEAD: f"zeros > {share}",
        WatchKind.SATURATED: f"saturated > {share}",
        WatchKind.CONSTANT: "constant",
        WatchKind.VANISHING: f"gradient rms < {number}",
        WatchKind.EXPLODING: f"gradient |x| > {number}",
    }[watch.kind]


def place_words(watch: Watch, graph: Graph | None = None) -> str:
    """Where it is watched for ("all ops", "h.*", "softmax in h.5.attn", "all ops, backward")."""
    place = watch.where or "all ops"
    if graph is not None and watch.where.startswith("/"):
        found = (n for n, op in enumerate(graph.ops) if op.key == watch.where)
        op = next(found, -1)
        place = graph.op_label(op) if op >= 0 else place
    return place if watch.phase is None else f"{place}, {watch.phase.value}"


def watch_words(text: str, graph: Graph | None = None) -> tuple[str, str]:
    """Condition and place of a watch; what cannot be parsed as it is typed."""
    try:
        watch = parse_watch(text)
    except BadExpression:
        condition, _, where = text.rpartition(" @ ")
        return (condition, where) if condition else (text, "")
    return condition_words(watch), place_words(watch, graph)


def watch_text(condition: str, where: str = "", phase: Phase | None = None) -> str:
    """A watch of these parts, as `parse_watch` takes it."""
    words = condition.strip()
    if phase is not None:
        words = f"{words} in {phase.value}"
    return f"{words} @ {where.strip()}" if where.strip() else words


def stop_words(text: str, graph: Graph, op: int) -> str:
    """Why a run stops: "Watchpoint: |x| > 100 at h.3.attn.softmax"."""
    row = graph.ops[op]
    path = graph.scopes[row.scope].path
    place = f"{path}.{row.type}" if path else row.type
    return f"{WATCHPOINT}{watch_words(text)[0]} at {place}"


def arising_words(watch: Watch, graph: Graph, op: int, what: str) -> str:
    """Why a run stops where NaN or Inf comes up: "NaN comes up at h.3.attn.div: 2 elements …"."""
    row = graph.ops[op]
    path = graph.scopes[row.scope].path
    place = f"{path}.{row.type}" if path else row.type
    return f"{condition_words(watch)}{_ARISES}{place}: {what}"


def arising_of(sentence: str) -> str:
    """What came up, of a sentence by `arising_words`; "" of any other."""
    word, found, _ = sentence.partition(_ARISES)
    return word if found and word in ("NaN", "Inf") else ""
