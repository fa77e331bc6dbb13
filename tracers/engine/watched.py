"""Asks watches of a recorded run, without running it again, for findings."""

from __future__ import annotations

from dataclasses import replace

from ..ir import OpRecord, Run
from ..ir.expression import BadExpression
from ..ir.finding import Finding, FindingKind
from ..ir.watchpoint import Watch, parse_watch
from ..protocol.refusal import Refusal
from .backend import Backend
from .judge import Judge
from .value_conditions import Execution, Hit, ValueConditions
from .values import Values

_MOST = 200  # findings of one watch


class Watched:
    """One run as it stands. On the model's thread."""

    def __init__(self, run: Run, values: Values, backend: Backend, judge: Judge) -> None:
        self._run = run
        self._conditions = ValueConditions(run, values, backend, judge)

    def ask(self, text: str) -> tuple[list[Finding], str]:
        """The ops at which a watch holds, one finding for each, and why it cannot be asked of
        some, "" where it can of all. Raises Refusal where the watch is none."""
        try:
            watch = parse_watch(text)
        except BadExpression as error:
            raise Refusal("bad-watch", f"{text}: {error}") from error
        fits: dict[int, bool] = {}
        found: dict[int, Finding] = {}
        problem = ""
        for record, row in enumerate(self._run.records):
            if row.op not in fits:
                fits[row.op] = watch.fits(self._run.graph, row.op)
            if not fits[row.op] or not watch.asks(row):
                continue
            try:
                hit = self._conditions.hit(watch, Execution(record, row))
            except Refusal as error:
                problem = problem or str(error)
                continue
            if hit is None:
                continue
            old = found.get(row.op)
            if old is None and len(found) < _MOST:
                found[row.op] = self._finding(watch, record, row, hit)
            elif old is not None:
                found[row.op] = replace(old, times=old.times + 1)
        if watch.where and not any(fits.values()):
            problem = f"No op that ran fits {watch.where}."
        return list(found.values()), problem

    def _finding(self, watch: Watch, record: int, row: OpRecord, hit: Hit) -> Finding:
        label = self._run.graph.op_label(row.op)
        line = ""
        if row.source >= 0:
            source = self._run.graph.sources[row.source]
            line = f" ({source.file}, line {source.line})"
        message = f"{label} fits the watch “{watch.text}”: {hit.what}{line}."
        kind = FindingKind.WATCH
        return Finding(
            kind, record, hit.slot, watch.text, message, index=hit.index, result=hit.result
        )
