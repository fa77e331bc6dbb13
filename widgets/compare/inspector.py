"""The right pane: the pair that is looked at, its values, its attributes, its lines of source."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from ...tracers.compare.result import OpSide, WeightPair
from ...tracers.ir import Ref, Run
from ..run.scroll_bars import SlimBars
from ..tensor.axes import axis_names
from ..tensor.formatting import MINUS, shape_text
from ..theme import colour, hub
from .attributes import Attributes, CauseView, Row
from .couples import Couple, Couples, category_of, op_of, type_of
from .facts import Fact
from .measure import NAMES, Measure, amount, error_text
from .pair_head import PairHead, moved_text, pair_chips
from .pair_values import PairValues
from .source_lines import SourceLines, Spot
from .story import Both

NOTHING = "Select a pair to see its values side by side."
_BAR = 9  # px of a scroll bar
_STRONG = ("max", "over tol.")
Lone = tuple[str, int]  # a side and a record of it


class CompareInspector(QWidget):
    """Follows what is looked at.

    Signals:
        source_wanted: "A" or "B", and a file whose text is needed.
        menu_wanted: QPoint in screen coordinates.
        match_wanted: the two ops that are shown are to be matched.
    """

    source_wanted = Signal(str, str)
    menu_wanted = Signal(QPoint)
    match_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._measure = Measure()
        self._couples: Couples | None = None
        self._couple: Couple | None = None
        self.head = PairHead(self)
        self.values = PairValues(self)
        self.match = QPushButton("Match these two", self)
        self.attributes = Attributes(self)
        self.cause = CauseView(self)
        self.source = SourceLines(self)
        self.setAccessibleName("Pair")
        self._lay_out()
        self.head.menu_wanted.connect(self.menu_wanted)
        self.match.clicked.connect(self.match_wanted)
        hub().changed.connect(self._restyle)
        self._restyle()
        self.show_nothing()

    def _lay_out(self) -> None:
        body = QWidget()
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._below = QWidget(self)
        row = QVBoxLayout(self._below)
        row.setContentsMargins(14, 0, 14, 12)
        row.addWidget(self.match, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addWidget(self.values)
        inside.addWidget(self._below)
        for part in (self.attributes, self.cause, self.source):
            inside.addWidget(part)
        inside.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(body)
        self.area.viewport().setAutoFillBackground(False)
        body.setAutoFillBackground(False)
        SlimBars(self.area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.area, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The pictures are as large as they are beside a scroll bar."""
        super().resizeEvent(event)
        self.values.stage.set_room(self.width() - _BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground."""
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), colour("panel"))
        painter.end()

    # What is shown.

    def focus_target(self) -> QWidget:
        """Where the keyboard goes when the user visits the pane."""
        ways = {"maps": self.values.stage.maps[0], "lines": self.values.stage.lines}
        return ways.get(self.values.stage.way, self.head.more)

    def show_couples(self, couples: Couples | None, measure: Measure) -> None:
        """Another comparison."""
        self._couples, self._measure = couples, measure
        self.source.forget()
        if couples is not None:
            self.values.stage.show_frameworks(
                couples.story.a.facts.framework, couples.story.b.facts.framework
            )
        self.show_nothing()

    def show_measure(self, measure: Measure) -> None:
        """The same by another measure."""
        self._measure = measure
        if self._couple is not None and self._couples is not None:
            self._show_head(self._couples, self._couple)
            both = self.values.both
            self.values.stage.facts.show_facts(self._facts(both))
            self.values.stage.place()

    def show_nothing(self) -> None:
        """Nothing is looked at."""
        self._couple = None
        self.head.show_words("Nothing selected", "", None, (), False)
        self.values.say(NOTHING if self._couples is not None else "", [])
        self._show_rest((), {})

    def show_couple(self, couple: Couple) -> None:
        """Two values that stand for each other; their elements come later."""
        couples = self._couples
        if couples is None:
            return
        self._couple = couple
        self._show_head(couples, couple)
        run = couples.story.a.run
        op = op_of(run, couple.a)
        if couple.pair >= 0:
            self.values.await_values(_axes(run, couple.a, op), self._facts(None))
        else:
            self.values.say(
                "What the two ops make cannot be laid over each other.", self._facts(None)
            )
        found = couples.divergence_of(couple)
        rows: tuple[Row, ...] = ()
        spots = {side: _spot(couples.half(side).run, couple.ref(side)) for side in ("A", "B")}
        if found is not None:
            rows = found.attributes
            named = {side: _named(one) for side, one in (("A", found.a), ("B", found.b))}
            spots = {side: named[side] or spots[side] for side in spots}
        else:
            rows = _beside(*(_given(couples.half(side).run, couple.ref(side)) for side in "AB"))
        self._show_rest(rows, spots)
        self.cause.show_cause(found.cause if found is not None else None)

    def show_lone(self, lone: Lone, other: Lone | None) -> None:
        """An op that one run has alone; `other` may be matched with it by the user."""
        couples = self._couples
        if couples is None:
            return
        self._couple = None
        side, record = lone
        run = couples.half(side).run
        op = run.records[record].op
        chips = [(f"only in {side}", "warn")]
        outputs = run.records[record].outputs
        for output in outputs[:1]:
            chips += [(output.dtype, ""), (shape_text(output.shape), "")]
        path = run.graph.scopes[run.graph.ops[op].scope].path
        category = run.graph.ops[op].category
        self.head.show_words(run.graph.ops[op].type, path, category, tuple(chips), False)
        facts: list[Fact] = []
        for output in outputs[:1]:
            known = (("min", output.minimum), ("max", output.maximum), ("mean", output.mean))
            facts += [
                Fact(name, f"{value:.4g}".replace("-", MINUS))
                for name, value in known
                if value is not None
            ]
        merged = record in couples.alone[side][1]
        than = "B" if side == "A" else "A"
        self.values.say(
            f"{than} computes what this op is part of in another number of ops."
            if merged
            else f"{than} has no value like this one.",
            facts,
        )
        spot = _spot(run, (record, 0))
        rows = tuple((name, text, "", False) for name, text in _given(run, (record, 0)))
        self._show_rest(rows, {side: spot}, side)
        if other is not None:
            label = couples.half(other[0]).run.graph.op_label(
                couples.half(other[0]).run.records[other[1]].op
            )
            self.match.setText(f"Match with {other[0]}'s {label}")
        self._below.setVisible(other is not None)

    def show_weight(self, weight: WeightPair) -> None:
        """A parameter of both, or of one."""
        self._couple = None
        title = weight.a or weight.b
        place = f"and {weight.b}" if weight.a and weight.b != weight.a else ""
        chips: list[tuple[str, str]] = []
        if weight.a:
            chips.append((shape_text(weight.shape_a), ""))
        elif weight.b:
            chips.append((shape_text(weight.shape_b), ""))
        if weight.a and weight.b:
            chips.append((moved_text(weight.order, weight.shape_a, weight.shape_b), ""))
            if weight.shape_a != weight.shape_b and not weight.order:
                chips.append((f"B {shape_text(weight.shape_b)}", ""))
            if weight.error is not None:
                chips.append((f"error {error_text(weight.error)}", "warn" if weight.hint else ""))
        else:
            chips.append((f"only in {'A' if weight.a else 'B'}", "warn"))
        shown = tuple(chip for chip in chips if chip[0])
        self.head.show_words(title, place if weight.b else "", None, shown, False)
        same = "Both have the same elements." if weight.error is not None else ""
        self.values.say(weight.hint or same or "The names and shapes alone speak for the pair.", [])
        self._show_rest((), {})

    def show_values(self, both: Both) -> None:
        """The elements of the pair that is looked at have come."""
        if self._couple is not None and both.pair == self._couple.pair:
            self.values.show_values(both, self._facts(both))

    def show_no_values(self, pair: int, why: str) -> None:
        """They cannot be had."""
        if self._couple is not None and pair == self._couple.pair:
            self.values.say(why, self._facts(None))

    def show_source(self, side: str, file: str, text: str) -> None:
        """The text of a file has come."""
        self.source.show_text(side, file, text)

    def _show_rest(
        self, rows: tuple[Row, ...], spots: dict[str, Spot | None], one: str = ""
    ) -> None:
        self._below.hide()
        self.cause.show_cause(None)
        self.attributes.show_rows(rows, one)
        known = {side: spot for side, spot in spots.items() if spot is not None}
        for side, file in self.source.show_spots(known):
            self.source_wanted.emit(side, file)

    def _show_head(self, couples: Couples, couple: Couple) -> None:
        runs = couples.story.a.run, couples.story.b.run
        one, other = type_of(runs[0], couple.a), type_of(runs[1], couple.b)
        same = one.lower().replace("_", "") == other.lower().replace("_", "")
        title = one if same else f"{one} · {other}"
        places = (_path(run, ref) for run, ref in zip(runs, (couple.a, couple.b), strict=True))
        place = " and ".join(dict.fromkeys(path for path in places if path))
        pair = couples.pair_of(couple)
        chips = pair_chips(runs, (couple.a, couple.b), pair, self._measure)
        self.head.show_words(title, place, category_of(runs[0], couple.a), chips, couple.pair >= 0)

    def _facts(self, both: Both | None) -> list[Fact]:
        """What DESK computed of all elements; before that, what the comparison told."""
        couples, couple = self._couples, self._couple
        if couples is None or couple is None:
            return []
        pair = couples.pair_of(couple)
        over = self._measure.over(couples.headline(couple, self._measure))
        if both is not None and both.facts:
            return [Fact(name, text, over and name in _STRONG) for name, text in both.facts]
        if pair is None:
            error = couples.headline(couple, self._measure)
            return [Fact("error", error_text(error), over)] if error is not None else []
        strong = self._measure.metric
        return [
            Fact(name, error_text(amount(pair, metric)), over and metric == strong)
            for metric, name in NAMES.items()
        ]

    def _restyle(self) -> None:
        self.area.setStyleSheet("QScrollArea { background: transparent; border: none; }")
        self.update()


def _axes(run: Run, ref: Ref, op: int) -> tuple[str, ...]:
    """What A's axes are called."""
    if op < 0:
        rank = len(run.graph.values[ref[1]].shape or ())
        return axis_names("conv" if rank == 4 else "", (), rank)
    row, outputs = run.graph.ops[op], run.records[ref[0]].outputs
    rank = len(outputs[ref[1]].shape) if ref[1] < len(outputs) else 0
    return axis_names(row.type, row.attributes, rank, run.graph.scopes[row.scope].path)


def _path(run: Run, ref: Ref) -> str:
    op = op_of(run, ref)
    if op < 0:
        return run.graph.values[ref[1]].name
    return run.graph.scopes[run.graph.ops[op].scope].path


def _spot(run: Run, ref: Ref) -> Spot | None:
    op = op_of(run, ref)
    if op < 0:
        return None
    source = run.records[ref[0]].source
    source = source if source >= 0 else run.graph.ops[op].source
    if source < 0:
        return None
    line = run.graph.sources[source]
    return Spot(line.file, line.line)


def _named(side: OpSide) -> Spot | None:
    return Spot(side.file, side.line) if side.file and side.line else None


def _given(run: Run, ref: Ref) -> tuple[tuple[str, str], ...]:
    op = op_of(run, ref)
    rows = run.graph.ops[op].attributes if op >= 0 else ()
    return tuple(row for row in rows if row[0] != "name")


def _beside(
    one: tuple[tuple[str, str], ...], other: tuple[tuple[str, str], ...]
) -> tuple[Row, ...]:
    """Of ops that do not diverge: the same may be written differently, so none is marked."""
    mine, theirs = dict(one), dict(other)
    return tuple(
        (name, mine.get(name, ""), theirs.get(name, ""), False)
        for name in dict.fromkeys((*mine, *theirs))
    )
