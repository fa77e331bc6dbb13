"""Says what an op's, a scope's and a fold's row shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...tracers.ir import OpRecord, Presence, ScopeKind
from .amount_bar import with_op, with_scopes
from .changed import SIGNS, hint
from .folding import Fold, Progress
from .marked import Marked
from .outline import Item, Outline
from .row import Dot, Mark, Row
from .wording import (
    bad_text,
    bad_token,
    count_text,
    range_text,
    seconds_text,
    shape_text,
    shapes_text,
    worst,
)

_KIND_WORDS = {
    ScopeKind.FUNCTION: "function",
    ScopeKind.BRANCH: "branch",
    ScopeKind.GROUP: "",
    ScopeKind.LOOP: "loop",
}
_MARK_WORDS = {Mark.NEXT: "next", Mark.LIVE: "live"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Reads rows off an outline; nothing is kept."""

    outline: Outline
    marked: Marked
    open_scopes: set[int]

    def op(self, op: int, depth: int, opened: bool = False, group: bool = False) -> Row:
        """The row of an op."""
        outline = self.outline
        row = outline.graph.ops[op]
        record = outline.record_of(op)
        mark = self.marked.mark(op, opened)
        expected = record if record >= 0 else outline.forecast(op)
        ran = self._record(record)
        made = Row(
            depth,
            row.type,
            self._op_note(op),
            self._word(mark) or self._op_right(op, ran),
            str(expected + 1) if expected >= 0 else "",
            row.category,
            group,
            opened=opened,
            ran=ran is not None,
            mark=mark,
            dot=self.marked.dots.get(op, Dot.NONE),
            selected=self.marked.is_selected(op, opened),
            hovered=self.marked.is_hovered(op, opened),
            failed=ran.error != "" if ran is not None else self._is_foreseen(op),
            struck=row.presence in (Presence.SKIPPED, Presence.PRUNED) and ran is None,
            pill=_pill(ran),
            changed=self._change(op, record),
            held=record >= 0 and record in self.marked.held,
        )
        return with_op(made, self.marked.overlay, op)

    def _word(self, mark: Mark) -> str:
        """What the run does at a row."""
        if mark is Mark.NEXT and self.outline.run.failure is not None:
            return "raised"
        return _MARK_WORDS.get(mark, "")

    def _is_foreseen(self, op: int) -> bool:
        """A run without data failed here."""
        foreseen = self.outline.run.foreseen
        return foreseen is not None and foreseen.record == op

    def scope(self, scope: int, depth: int, opened: bool) -> Row:
        """The row of a scope."""
        outline, item = self.outline, ~scope
        row = outline.graph.scopes[scope]
        mark = self.marked.mark(item, opened)
        words = self._word(mark) if not opened and mark is not Mark.NONE else None
        name = f"{row.name} ({row.call})" if row.call > 1 else row.name
        made = Row(
            depth,
            name,
            self._scope_note(scope),
            words or self._scope_right(scope),
            group=True,
            opened=opened,
            ran=outline.ran[scope] > 0 or scope in self.open_scopes,
            mark=mark,
            dot=self.marked.dots.get(item, Dot.NONE),
            selected=self.marked.is_selected(item, opened),
            hovered=self.marked.is_hovered(item, opened),
            changed="Δ" if not opened and item in self.marked.around_changes else "",
        )
        return made if opened else with_scopes(made, self.marked.overlay, [scope])

    def fold(self, fold: Fold, depth: int, opened: bool) -> Row:
        """The row of equal blocks ("h.0 – h.4", "GPT2Block × 5")."""
        outline = self.outline
        rows = [outline.graph.scopes[scope] for scope in fold.scopes]
        count = sum(outline.progress(scope)[1] for scope in fold.scopes)
        made = Row(
            depth,
            f"{rows[0].name} – {rows[-1].name}",
            f"{rows[0].type} × {len(rows)}",
            count_text(count),
            group=True,
            opened=opened,
            ran=fold.progress is Progress.DONE,
            selected=not opened and _meet(self.marked.selected, fold),
            hovered=not opened and _meet(self.marked.hovered, fold),
            dot=self._fold_dot(fold),
            changed="Δ" if not opened and self._fold_changed(fold) else "",
        )
        return made if opened else with_scopes(made, self.marked.overlay, list(fold.scopes))

    def range(self, rows: list[Item], first: int, depth: int, opened: bool) -> Row:
        """The row of some of the many rows of a scope."""
        marked, run = self.marked, self.outline.run
        held = set(rows)

        def holds(path: list[Item]) -> bool:
            return not opened and not held.isdisjoint(path)

        mark = Mark.NONE
        if holds(marked.cursor):
            mark = Mark.CURSOR
        elif holds(marked.head):
            mark = Mark.LIVE if marked.cursor else Mark.NEXT
        item = rows[0]
        ran = run.executions(item) if item >= 0 else self.outline.ran[~item]
        return Row(
            depth,
            f"{first + 1} – {first + len(rows)}",
            right=self._word(mark) or count_text(len(rows), "row"),
            group=True,
            opened=opened,
            ran=bool(ran) or mark is not Mark.NONE,
            mark=mark,
            selected=holds(marked.selected),
            hovered=holds(marked.hovered),
        )

    def op_hint(self, op: int) -> str:
        """The tooltip of an op: where it is, what it gave, how long it took, how it failed."""
        outline = self.outline
        row = outline.graph.ops[op]
        lines = [outline.graph.op_label(op)]
        record = self._record(outline.record_of(op))
        if record is None:
            lines.append("Not run" if row.presence is Presence.EXPECTED else row.presence.value)
        else:
            for output in record.outputs:
                span = range_text(output)
                bad = bad_text(output, counted=True)
                words = [shape_text(output.shape), output.dtype, span, bad]
                lines.append("  ".join(word for word in words if word))
            lines.append(seconds_text(record.duration))
            if record.error:
                lines.append(record.error)
        change = self.marked.changed.of(op, outline.record_of(op))
        if change is not None:
            lines.append(hint(change))
        return "\n".join(lines)

    def scope_hint(self, scope: int) -> str:
        """The tooltip of a scope."""
        row = self.outline.graph.scopes[scope]
        return "\n".join(text for text in (row.path or row.name, row.type) if text)

    def _record(self, index: int) -> OpRecord | None:
        return self.outline.run.records[index] if index >= 0 else None

    def _op_note(self, op: int) -> str:
        note = self.outline.note(op)
        added = self.outline.graph.ops[op].presence is Presence.ADDED and self.outline.mapped
        return f"{note}  added".strip() if added else note

    def _op_right(self, op: int, record: OpRecord | None) -> str:
        graph = self.outline.graph
        row = graph.ops[op]
        if record is not None:
            if record.error:
                return "failed"
            return _shapes([output.shape for output in record.outputs])
        if row.presence is Presence.SKIPPED or row.presence is Presence.PRUNED:
            return row.presence.value
        return _shapes([graph.values[value].shape for value in row.outputs])

    def _scope_note(self, scope: int) -> str:
        row = self.outline.graph.scopes[scope]
        if row.kind is ScopeKind.LOOP:
            total = self.outline.passes(scope, current=False)[1]
            return (
                f"loop, {count_text(total, 'pass').replace('passs', 'passes')}" if total else "loop"
            )
        return _KIND_WORDS.get(row.kind, row.type) or row.type

    def _scope_right(self, scope: int) -> str:
        outline = self.outline
        done, total = outline.progress(scope)
        is_open = scope in self.open_scopes
        if outline.graph.scopes[scope].kind is ScopeKind.LOOP:
            turn, turns = outline.passes(scope, current=True)
            if turn:
                live = turn == turns and outline.run.cursor is None
                return f"pass {turn}" if live else f"pass {turn} of {turns}"
            return count_text(max(outline.ran[scope], total))
        if is_open and outline.ran[scope]:
            return f"{done} of {total}"
        return count_text(total)

    def _change(self, op: int, record: int) -> str:
        change = self.marked.changed.of(op, record)
        return "" if change is None else SIGNS[change.how]

    def _fold_changed(self, fold: Fold) -> bool:
        return any(~scope in self.marked.around_changes for scope in fold.scopes)

    def _fold_dot(self, fold: Fold) -> Dot:
        dots = self.marked.dots
        return next((dots[~scope] for scope in fold.scopes if ~scope in dots), Dot.NONE)


def _meet(path: list[Item], fold: Fold) -> bool:
    return any(~scope in path for scope in fold.scopes)


def _shapes(shapes: Sequence[tuple[int, ...] | None]) -> str:
    """Shapes without a leading batch of one, for a narrow column; the tooltip has the whole."""
    short = [s[1:] if s is not None and len(s) > 2 and s[0] == 1 else s for s in shapes]
    return shapes_text(short)


def _pill(record: OpRecord | None) -> tuple[str, str] | None:
    bad = worst(record) if record is not None else None
    if bad is None:
        return None
    text = bad_text(bad)
    return text, bad_token(text)
