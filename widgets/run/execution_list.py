"""The left pane: what runs, in order, and the modules it runs in."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from ...tracers.ir import Breakpoint, Phase, Place, Run, RunState, Selection
from ..overlays.shown import Shown
from ..pane import Pane
from ..prepared import Prepared
from ..theme import colour
from .change_list import ChangeList
from .changed import change_count
from .execution_model import ExecutionModel, key_of
from .filter_field import FilterField
from .finding import Finding
from .found import Found
from .found_page import FoundPage, count_words
from .marked import Marked
from .modules_list import ModulesList
from .node_model import Node
from .outline import Item, Outline
from .query_completer import QueryCompleter
from .row_view import RowView
from .tab_strip import TabStrip
from .wording import count_text, is_step_result

_CHANGES = 2  # the tab
_FEW = 50  # ops whose rows are repainted one by one


class ExecutionList(Pane):
    """Tabs "Execution" and "Modules".

    Signals:
        breakpoint_toggled: int, an op whose gutter was clicked.
        pass_shown: Phase; the tree shows another pass: that of the place, or of the selection.
    """

    breakpoint_toggled = Signal(int)
    pass_shown = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._outline: Outline | None = None
        self._outlines = Prepared(_outline)
        self._marked = Marked()
        self._points: list[Breakpoint] = []
        self._records = 0
        self._changes = 0
        self._seen_place: tuple[Place, Place | None] | None = None
        self._was_marked: set[Item] = set()
        self.setMinimumWidth(248)

        self.tabs = TabStrip(["Execution", "Modules"])
        self.changes = ChangeList()
        self.tabs.setAccessibleName("What to list")
        self.filter = FilterField("Filter ops", "Ctrl F")
        self.finding = Finding(self)
        self.offers = QueryCompleter(self.filter, lambda: self._run)
        self._selection = Selection()
        self._model = ExecutionModel(self._marked, self)
        self._page = FoundPage(self._marked)
        self.tree = RowView(self._model, gutter=True)
        self.tree.setAccessibleName("Execution: scopes and ops in order")
        self.results = self._page.rows
        self.modules = ModulesList()
        self._lists = QStackedWidget()
        self._lists.addWidget(self.tree)
        self._lists.addWidget(self._page)
        execution = QWidget()
        column = QVBoxLayout(execution)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(0)
        field_row = QVBoxLayout()
        field_row.setContentsMargins(10, 0, 10, 8)
        field_row.addWidget(self.filter)
        column.addLayout(field_row)
        column.addWidget(self._lists, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(execution)
        self._pages.addWidget(self.modules)
        self._pages.addWidget(self.changes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self._pages, 1)

        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.filter.textChanged.connect(self.finding.find)
        self.finding.changed.connect(self._show_found)
        self.filter.entered.connect(self._go_to_list)
        self.filter.left.connect(self._leave_filter)
        self.tree.row_picked.connect(self._pick)
        self.tree.gutter_pressed.connect(self._press_gutter)
        self.tree.row_hovered.connect(self._hover)
        self._page.picked.connect(self.picked)
        self._page.gutter_pressed.connect(self.breakpoint_toggled)
        self._page.hovered.connect(self.hovered)
        self.tree.menu_wanted.connect(self._ask_menu)
        self._page.menu_wanted.connect(self.menu_wanted)
        self.modules.menu_wanted.connect(self.menu_wanted)
        self.modules.picked.connect(self.picked)
        self.modules.hovered.connect(self.hovered)
        self.changes.picked.connect(self.picked)
        self._model.modelReset.connect(lambda: self.tree.reopen(self.tree.opened()))

    def show_pass(self, phase: Phase) -> None:
        """Show the rows of the backward passes, or all that runs in order."""
        if (phase is Phase.BACKWARD) != self._model.backward:
            self._model.show_pass(phase is Phase.BACKWARD)
            self._open_only_child()
            self.pass_shown.emit(phase)

    def focus_filter(self) -> None:
        """Go to the filter field: Ctrl+F."""
        self.tabs.setCurrentIndex(0)
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def focus_target(self) -> QWidget:
        if self.tabs.currentIndex() == _CHANGES:
            return self.changes.rows
        if self.tabs.currentIndex():
            return self.modules.tree
        return self.results if self._lists.currentIndex() else self.tree

    def prepare(self, run: Run) -> None:
        self._outlines.prepare(run)

    def show_run(self, run: Run | None) -> None:
        same = run is not None and run is self._run
        opened = self.tree.opened() if same else set[tuple[str, int]]()
        if not same:
            self._marked.overlay = None
        self._run = run
        self._outline = None if run is None else self._outlines.take(run)
        self._records = len(run.records) if run is not None else 0
        self._seen_place = None
        self.tree.forget()
        self._marked.selected, self._marked.hovered = [], []
        self._marked.place(self._outline)
        self._set_dots()
        self._model.show_outline(self._outline)
        self.pass_shown.emit(Phase.FORWARD)
        self.tree.reopen(opened)
        self._page.show_outline(run, self._outline)
        self.modules.show_run(run)
        self.show_changes()
        self._open_only_child()
        self._follow_place()
        self.finding.show_run(run)

    def show_growth(self, first_record: int) -> None:
        run, outline = self._run, self._outline
        if run is None or outline is None:
            return
        ops = {record.op for record in run.records[min(first_record, self._records) :]}
        changes = outline.follow()
        self._records = len(run.records)
        if changes.scopes or changes.appended:
            self._model.follow(changes.scopes, changes.appended)
            self.modules.show_growth(first_record)
            self._set_dots()
            if 0 in changes.scopes:
                self._open_only_child()
        self._model.repaint(ops)
        self._model.refold()
        few = len(ops) < _FEW
        self._repaint({item for op in ops for item in outline.path(op)} if few else None)
        self._count()
        self.finding.follow()

    def show_changes(self) -> None:
        """What the edits touched is marked, and listed in a tab of its own."""
        self.changes.show_run(self._run)
        self._marked.show_changes(self._outline)
        there, wanted = self.tabs.count() > _CHANGES, self._run is not None and self._run.edits
        if wanted and not there:
            self.tabs.addTab("Changes")
        elif there and not wanted:
            self.tabs.removeTab(_CHANGES)
        count = change_count(self._run)
        if self.tabs.count() > _CHANGES and count != self._changes:
            self.tabs.show_new(_CHANGES, count > 0)
        self._changes = count
        self._repaint()

    def go_to_changes(self) -> None:
        """Show the tab of what the edits changed, if there is one."""
        if self.tabs.count() > _CHANGES:
            self.tabs.setCurrentIndex(_CHANGES)
            self.changes.rows.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_overlay(self, shown: Shown | None) -> None:
        """Amounts beside the ops and scopes, None for none."""
        self._marked.overlay = shown
        self._repaint()

    def show_held(self, records: set[int]) -> None:
        """Records with a value that is kept whatever comes."""
        self._marked.held = set(records)
        self._repaint()

    def show_rewound(self) -> None:
        run, outline = self._run, self._outline
        if run is None or outline is None:
            return
        outline.rewind()
        self.show_changes()
        self._records = len(run.records)
        self._seen_place = None
        self._model.refold()
        self._repaint()
        self._count()
        self.finding.rewind()

    def show_updated(self, records: set[int]) -> None:
        self.finding.renew(records)

    def show_place(self) -> None:
        if self._outline is not None:
            self._follow_place()

    def show_selection(self, selection: Selection) -> None:
        outline, run = self._outline, self._run
        self.modules.show_selection(selection)
        self._selection = selection
        if outline is None or run is None:
            return
        item = _item(selection)
        self._marked.selected = [] if item is None else outline.path(item)
        if item is not None and not is_step_result(run, selection):
            self.show_pass(_pass_of(outline, item))
            node = self._model.reveal(item)
            if node is not None:
                self.tree.show_node(node)
        node = None if item is None else self._node_shown(self._model.path(item))
        if node is not None:
            self.tree.make_current(node)
        if self.finding.shown is not None:
            self._page.reveal(selection.op)
            self._count()
        self._repaint(self._marked.items())

    def show_hover(self, selection: Selection) -> None:
        item = _item(selection)
        found = [] if item is None or self._outline is None else self._outline.path(item)
        if found != self._marked.hovered:
            self._marked.hovered = found
            self._repaint(self._marked.items())

    def show_breakpoints(self, points: list[Breakpoint]) -> None:
        """Dots in the gutter."""
        self._points = list(points)
        self._set_dots()
        self._repaint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.end()

    def _follow_place(self) -> None:
        run, outline = self._run, self._outline
        if run is None or outline is None:
            self.tabs.show_tail("")
            return
        self._marked.place(outline)
        self._model.refold()
        self._count()
        place = (run.head, run.cursor)
        if place != self._seen_place:
            self._seen_place = place
            self.show_pass(_pass_at(outline))
            path = self._marked.cursor or self._marked.head
            last = run.between(run.place)
            if path and last >= 0:  # what has just run is what there is to see
                path = outline.path(run.records[last].op)
            node = self._model.reveal(path[-1]) if path else None
            if node is not None:
                self.tree.show_node(node)
        self._repaint(self._marked.items())

    def _open_only_child(self) -> None:
        """A model that is one module shows what is in it."""
        top = self._model.children_of(self._model.root)
        if len(top) == 1 and self._model.expandable(top[0]):
            self.tree.expand(self._model.index_of(top[0]))

    def _count(self) -> None:
        run, found = self._run, self.finding.shown
        if run is None:
            return
        ran, ops = len(run.records), len(run.graph.ops)
        digits = len(str(max(ran, ops)))
        if digits != self.tree.rows.digits:
            self.tree.rows.digits = self.results.rows.digits = digits
            self._repaint()
        if found is not None:
            self.tabs.show_tail("" if found.problem else count_words(found, self._selection))
            return
        nested = any(scope.op >= 0 for scope in run.graph.scopes)
        if run.state in (RunState.FINISHED, RunState.LOADING):
            self.tabs.show_tail(count_text(ran if ran else ops))
        elif nested or run.head.record >= ops:
            self.tabs.show_tail(f"op {run.head.record + 1}")
        else:
            self.tabs.show_tail(f"{run.head.record + 1} of {ops}")

    def _set_dots(self) -> None:
        self._marked.set_dots(None if self._run is None else self._run.graph, self._points)

    def _repaint(self, changed: set[Item] | None = None) -> None:
        """Repaint these rows and those that were marked; all where it is not known which."""
        marked = self._marked.items()
        items = None if changed is None else changed | marked | self._was_marked
        self._was_marked = marked
        rows = None if items is None else [self._model.found(key_of(item)) for item in items]
        if rows is None or None in rows or self._lists.currentIndex():
            self.tree.viewport().update()
            self.results.viewport().update()
        else:
            self.tree.repaint_rows([row for row in rows if row is not None])

    def _node_shown(self, path: list[Item]) -> Node | None:
        """The innermost row of a path that is not hidden in a closed one."""
        shown: Node | None = None
        for item in path:
            node = self._model.found(("op", item) if item >= 0 else ("scope", ~item))
            if node is None or node.parent is None:
                break
            around = node.parent
            if around is not self._model.root and not self.tree.isExpanded(
                self._model.index_of(around)
            ):
                break
            shown = node
        return shown

    def _show_found(self, found: Found | None) -> None:
        if found is not None:
            self._page.show_found(found)
            self._page.reveal(self._selection.op)
        self._lists.setCurrentIndex(0 if found is None else 1)
        if self.filter.text().strip() != self.finding.text:
            with QSignalBlocker(self.filter):
                self.filter.setText(self.finding.text)
        self._count()

    def _go_to_list(self) -> None:
        self.finding.finish()
        if self.finding.shown is None:
            self.tree.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self._page.go_to_first()

    def _leave_filter(self) -> None:
        self.tree.setFocus(Qt.FocusReason.OtherFocusReason)

    def _pick(self, node: Node) -> None:
        self.picked.emit(self._model.pick(node))

    def _ask_menu(self, node: Node, at: QPoint) -> None:
        self.menu_wanted.emit(self._model.pick(node), at)

    def _press_gutter(self, node: Node) -> None:
        kind, index = node.key
        if kind == "op":
            self.breakpoint_toggled.emit(index)

    def _hover(self, node: Node | None) -> None:
        self.hovered.emit(Selection() if node is None else self._model.pick(node))


def _item(selection: Selection) -> Item | None:
    if selection.op >= 0:
        return selection.op
    return ~selection.scope if selection.scope > 0 else None


def _pass_of(outline: Outline, item: Item) -> Phase:
    """The pass that a row stands in."""
    scope = ~item if item < 0 else outline.graph.ops[item].scope
    return Phase.BACKWARD if outline.phases.root(scope) >= 0 else Phase.FORWARD


def _pass_at(outline: Outline) -> Phase:
    """The pass of the place looked at; at the end, that of the newest op."""
    run, place = outline.run, outline.run.place
    if place.op >= 0:
        return _pass_of(outline, place.op)
    if place.scope > 0 or place.record < len(run.records) or not run.records:
        return _pass_of(outline, ~place.scope)
    return _pass_of(outline, run.records[-1].op)


def _outline(run: Run) -> Outline:
    """With all that is looked up in it at first."""
    made = Outline(run)
    made.phases.root(0)
    return made
