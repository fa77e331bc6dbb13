"""The page of the execution list that shows what was found, or why nothing is."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from ...tracers.ir import Run, Selection
from ..theme import colour, hub, ui_font
from .found import Found
from .marked import Marked
from .node_model import Node
from .outline import Outline
from .result_model import ResultModel
from .row_view import RowView


def count_words(found: Found, selection: Selection) -> str:
    """How many were found, and which of them is selected ("12 of 1,043")."""
    count = len(found.ops)
    at = found.place_of(selection.op) if selection.op >= 0 else -1
    return f"{at + 1:,} of {count:,}" if at >= 0 else f"{count:,} found"


class FoundPage(QWidget):
    """Rows of ops, or a sentence.

    Signals:
        picked, hovered: Selection.
        menu_wanted: Selection, QPoint in screen coordinates.
        gutter_pressed: int, an op.
    """

    picked = Signal(Selection)
    hovered = Signal(Selection)
    menu_wanted = Signal(Selection, QPoint)
    gutter_pressed = Signal(int)

    def __init__(self, marked: Marked, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._found: Found | None = None
        self.model = ResultModel(marked, self)
        self.rows = RowView(self.model, gutter=True)
        self.rows.setAccessibleName("Ops that match the filter")
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setFont(ui_font(12))
        self.sentence.setMargin(14)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.sentence)
        column.addWidget(self.rows, 1)
        self.rows.row_picked.connect(self._pick)
        self.rows.row_hovered.connect(self._hover)
        self.rows.gutter_pressed.connect(self._press_gutter)
        self.rows.menu_wanted.connect(self._ask_menu)
        hub().changed.connect(self._tint)
        self._tint()
        self.sentence.hide()

    def show_outline(self, run: Run | None, outline: Outline | None) -> None:
        """Another run, or none."""
        self._run, self._found = run, None
        self.model.show_outline(outline)

    def show_found(self, found: Found) -> None:
        """List what was found; where that is nothing, say so."""
        self._found = found
        self.model.show_ops(found.ops)
        text = found.problem or ("" if len(found.ops) else "No op fits.")
        self.sentence.setText(text)
        self.sentence.setVisible(bool(text))

    def reveal(self, op: int) -> None:
        """Bring an op's row in sight and make it the one that the arrow keys go on from."""
        node = self.model.reveal(op)
        if node is not None:
            self.rows.make_current(node)
            self.rows.scroll_to(node)

    def go_to_first(self) -> None:
        """Select the first op that was found, from the keyboard."""
        if self._found is not None and len(self._found.ops):
            first = int(self._found.ops[0])
            self.rows.setFocus(Qt.FocusReason.TabFocusReason)
            self.reveal(first)
            self.picked.emit(self._selection(first))

    def _selection(self, op: int) -> Selection:
        if self._found is None or self._run is None:
            return Selection(op=op)
        return self._found.selection_of(self._run, op)

    def _selection_of(self, node: Node | None) -> Selection:
        op = -1 if node is None else self.model.op_of(node)
        return self._selection(op) if op >= 0 else Selection()

    def _pick(self, node: Node) -> None:
        if self.model.op_of(node) >= 0:
            self.picked.emit(self._selection_of(node))
        else:
            shown = self.model.turn(node)
            if shown is not None:
                self.rows.make_current(shown)
                self.rows.scroll_to(shown)
                self.picked.emit(self._selection_of(shown))

    def _hover(self, node: Node | None) -> None:
        self.hovered.emit(self._selection_of(node))

    def _press_gutter(self, node: Node) -> None:
        if self.model.op_of(node) >= 0:
            self.gutter_pressed.emit(self.model.op_of(node))

    def _ask_menu(self, node: Node, at: QPoint) -> None:
        if self.model.op_of(node) >= 0:
            self.menu_wanted.emit(self._selection_of(node), at)

    def _tint(self) -> None:
        self.sentence.setStyleSheet(f"color: {colour('text2').name()};")
