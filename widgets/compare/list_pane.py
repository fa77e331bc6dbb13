"""The left pane: what both runs have, what one has alone, the weights, and how much is wrong."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from ..run.filter_field import FilterField
from ..run.node_model import Node
from ..run.painting import draw_text, face
from ..run.tab_strip import TabStrip
from ..theme import colour, hub
from .couples import Couple, Couples
from .measure import Measure
from .pair_model import BranchModel, LoneModel, PairModel, WeightModel
from .pair_rows import PairView

MATCHED, UNMATCHED, WEIGHTS = range(3)
_FILTER_MS = 120
_FEW = 400  # rows that a filter leaves which are all shown
_LINE = 24
_WIDE = 376  # px of three tabs with a name beside them


class Summary(QWidget):
    """How many pairs are within the tolerance, and how many are over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        hub().changed.connect(self.update)
        self.show_counts(0, 0, 0)

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Name, figure and colour token of each line."""
        return self._rows

    def show_counts(self, within: int, over: int, unknown: int) -> None:
        """Other figures."""
        rows = [("Within tolerance", within, "text1")]
        rows.append(("Over tolerance", over, "warn" if over else "text1"))
        if unknown:
            rows.append(("Error not known", unknown, "text2"))
        self._rows = [(name, f"{count:,}", token) for name, count, token in rows]
        self.setFixedHeight(45 + _LINE * len(rows))
        self.setAccessibleName(", ".join(f"{name} {count}" for name, count, _ in self._rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The heading and a line for each."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.fillRect(QRectF(0, 0, self.width(), 1), colour("line"))
        draw_text(painter, 14, 19, "Summary", face(13, 600), colour("text1"))
        for at, (name, count, token) in enumerate(self._rows):
            middle = 46 + at * _LINE
            draw_text(painter, 14, middle, name, face(), colour("text2"))
            strong = face(12, 600)
            x = self.width() - 14 - strong.width(count)
            draw_text(painter, x, middle, count, strong, colour(token))
        painter.end()


class ListPane(QWidget):
    """Tabs, a filter, the three lists, the summary.

    Signals:
        couple_picked: Couple; the user chose a row of what both have.
        branch_picked: int, a scope of A whose row the user chose.
        lone_picked: "A" or "B", and the record of a row that only one run has.
        weight_picked: int, index in `Comparison.weights`.
        menu_wanted: Couple, QPoint in screen coordinates.
    """

    couple_picked = Signal(object)
    branch_picked = Signal(int)
    lone_picked = Signal(str, int)
    weight_picked = Signal(int)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._couples: Couples | None = None
        self._measure = Measure()
        self._filters = ["", "", ""]
        self.tabs = TabStrip(["Matched", "Unmatched", "Weights"], self)
        self.tabs.setAccessibleName("What is listed")
        self.tabs.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.filter = FilterField("Filter ops", "Ctrl F", self)
        self.pairs = PairModel(self)
        self.lone = LoneModel(self)
        self.weights = WeightModel(self)
        self.models: list[BranchModel] = [self.pairs, self.lone, self.weights]
        self.views = [PairView(model, self) for model in self.models]
        names = ("Matched ops", "Ops that one run has alone", "Weights of both")
        for view, name in zip(self.views, names, strict=True):
            view.setAccessibleName(name)
        self.summary = Summary(self)
        self._filter_soon = QTimer(self, singleShot=True, interval=_FILTER_MS)
        self._filter_soon.timeout.connect(self._filter)
        self._lay_out()
        self.tabs.currentChanged.connect(self._turn)
        self.filter.textChanged.connect(lambda: self._filter_soon.start())
        self.filter.entered.connect(self._enter)
        self.filter.left.connect(self._filter)
        self.views[MATCHED].row_picked.connect(self._pick_pair)
        self.views[MATCHED].menu_wanted.connect(self._ask_menu)
        self.views[UNMATCHED].row_picked.connect(self._pick_lone)
        self.views[WEIGHTS].row_picked.connect(self._pick_weight)

    def _lay_out(self) -> None:
        self._stack = QStackedLayout()
        for view in self.views:
            self._stack.addWidget(view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        field = QVBoxLayout()
        field.setContentsMargins(10, 9, 10, 9)
        field.addWidget(self.filter)
        column.addLayout(field)
        column.addLayout(self._stack, 1)
        column.addWidget(self.summary)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more."""
        super().resizeEvent(event)
        self._show_tail()

    def show_couples(self, couples: Couples | None, measure: Measure) -> None:
        """Another comparison."""
        self._couples, self._measure = couples, measure
        self._filter_soon.stop()
        self._filters = ["", "", ""]
        with QSignalBlocker(self.filter):
            self.filter.clear()
        for view in self.views:
            view.forget()
        self.pairs.show_couples(couples, measure)
        self.lone.show_couples(couples)
        weights = couples.story.found.weights if couples is not None else ()
        self.weights.show_weights(weights, measure)
        self.tabs.setTabVisible(WEIGHTS, bool(weights))
        lone = self.lone.count
        self.tabs.setTabText(UNMATCHED, f"Unmatched {lone:,}" if lone else "Unmatched")
        self.tabs.setCurrentIndex(MATCHED)
        self._open_tops(UNMATCHED)
        self._open_tops(WEIGHTS)
        self.show_measure(measure)

    def show_measure(self, measure: Measure) -> None:
        """The same by another measure."""
        self._measure = measure
        self.pairs.show_measure(measure)
        self.views[MATCHED].viewport().update()
        self._show_tail()
        couples = self._couples
        errors = couples.errors(measure.metric) if couples is not None else []
        over = sum(measure.over(error) for error in errors)
        unknown = sum(error is None for error in errors)
        self.summary.show_counts(len(errors) - over - unknown, over, unknown)

    def show_couple(self, couple: Couple) -> None:
        """Mark the row of a couple, and scroll to it."""
        node = self.pairs.node_of(couple)
        if node is None and self._filters[MATCHED]:
            self._filters[MATCHED] = ""
            self.pairs.filter("")
            self._show_filter()
            node = self.pairs.node_of(couple)
        self._mark(MATCHED, node)

    def show_lone(self, side: str, record: int) -> None:
        """Mark the row of an op that one run has alone."""
        self._mark(UNMATCHED, self.lone.node_of(side, record))

    def show_weight(self, number: int) -> None:
        """Mark the row of a weight."""
        self._mark(WEIGHTS, self.weights.show_row(("weight", number)))

    def focus_filter(self) -> None:
        """Let the user type words."""
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _mark(self, tab: int, node: Node | None) -> None:
        for model, view in zip(self.models, self.views, strict=True):
            model.selected = None
            view.viewport().update()
        if node is not None:
            view = self.views[tab]
            self.models[tab].selected = node.key
            self.tabs.setCurrentIndex(tab)
            view.show_node(node)
            view.make_current(node)
            view.viewport().update()

    def _turn(self, tab: int) -> None:
        self._stack.setCurrentIndex(tab)
        self._show_filter()
        self._show_tail()
        self.summary.setVisible(tab == MATCHED)

    def _show_tail(self) -> None:
        """What the figures are, where three tabs leave room for it."""
        wide = self.width() >= _WIDE or not self.tabs.isTabVisible(WEIGHTS)
        shown = wide and self.tabs.currentIndex() == MATCHED
        self.tabs.show_tail(self._measure.name if shown else "")

    def _show_filter(self) -> None:
        with QSignalBlocker(self.filter):
            self.filter.setText(self._filters[self.tabs.currentIndex()])

    def _filter(self) -> None:
        self._filter_soon.stop()
        tab, text = self.tabs.currentIndex(), self.filter.text()
        if text == self._filters[tab]:
            return
        self._filters[tab] = text
        model = self.models[tab]
        assert isinstance(model, PairModel | LoneModel | WeightModel)
        count = model.filter(text)
        view = self.views[tab]
        if text and count <= _FEW:
            view.expandAll()
        elif tab != MATCHED:
            self._open_tops(tab)
        else:
            view.reopen(view.opened())

    def _open_tops(self, tab: int) -> None:
        model = self.models[tab]
        for node in model.children_of(model.root):
            self.views[tab].expand(model.index_of(node))

    def _enter(self) -> None:
        """From the filter into the list."""
        self._filter()
        tab = self.tabs.currentIndex()
        view = self.views[tab]
        view.setFocus(Qt.FocusReason.ShortcutFocusReason)
        first = self.models[tab].children_of(self.models[tab].root)
        if first and not view.currentIndex().isValid():
            view.make_current(first[0])

    def _pick_pair(self, node: Node) -> None:
        couple = self.pairs.couple_of(node)
        if couple is not None:
            self.couple_picked.emit(couple)
            return
        branch = self.pairs.branch_of(node)
        if branch is not None and branch.scope >= 0:
            self.branch_picked.emit(branch.scope)

    def _pick_lone(self, node: Node) -> None:
        found = self.lone.op_of(node)
        if found is not None:
            self.lone_picked.emit(*found)

    def _pick_weight(self, node: Node) -> None:
        number = self.weights.weight_of(node)
        if number >= 0:
            self.weight_picked.emit(number)

    def _ask_menu(self, node: Node, at: QPoint) -> None:
        couple = self.pairs.couple_of(node)
        if couple is not None:
            self.menu_wanted.emit(couple, at)
