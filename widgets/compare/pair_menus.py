"""What the user may say of matches: two that are not the same, two that are."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from ...tracers.ir import Ref
from .couples import Couple, Couples


class PairMenus(QObject):
    """Context menus of one view.

    Signals:
        forbid_wanted: int, a pair that is wrong.
        pin_wanted: a Ref of A and a Ref of B that are the same.
    """

    forbid_wanted = Signal(int)
    pin_wanted = Signal(object, object)

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view

    def of_pair(self, couple: Couple, at: QPoint) -> None:
        """Of a pair, wherever it was pointed at."""
        menu = self._menu()
        self._add_forbid(menu, couple)
        self._open(menu, at)

    def of_op(
        self, couples: Couples, side: str, op: int, chosen: Mapping[str, int], at: QPoint
    ) -> None:
        """Of an op in a graph: no longer with its counterpart; or with what is chosen opposite.

        `chosen` has, by side, the record that the user chose last.
        """
        menu = self._menu()
        rows = couples.of_op(side, op)
        if rows:
            self._add_forbid(menu, rows[-1])
        record = couples.half(side).run.last_execution(op)
        other = "B" if side == "A" else "A"
        opposite = chosen.get(other, -1)
        together = any(row.ref(other)[0] == opposite for row in rows)
        if record >= 0 and opposite >= 0 and not together:
            run = couples.half(other).run
            label = run.graph.op_label(run.records[opposite].op)
            refs: dict[str, Ref] = {side: (record, 0), other: (opposite, 0)}
            menu.addAction(f"Match with {other}'s {label}").triggered.connect(
                lambda: self.pin_wanted.emit(refs["A"], refs["B"])
            )
        self._open(menu, at)

    def _add_forbid(self, menu: QMenu, couple: Couple) -> None:
        pair = couple.pair
        if pair >= 0:
            menu.addAction("These are not the same").triggered.connect(
                lambda: self.forbid_wanted.emit(pair)
            )

    def _menu(self) -> QMenu:
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    @staticmethod
    def _open(menu: QMenu, at: QPoint) -> None:
        if menu.actions():
            menu.popup(at)
        else:
            menu.deleteLater()
