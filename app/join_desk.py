"""Shares a session with an editor: the window joins its session, or lets editors join."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ..tracers.ir import Breakpoint, BreakpointKind, Graph
from ..tracers.protocol.framing import Message
from ..tracers.protocol.sharing_messages import SHARE
from .choice import LaunchChoice
from .join_dialog import JoinDialog
from .points import point_on_line, point_on_module, point_on_op, point_on_type

if TYPE_CHECKING:
    from .main_window import MainWindow

THERE = "Editors join on the machine that the model runs on, so that this session cannot be shared."


def join_command(socket: str) -> list[str]:
    """An adapter that passes everything on to the one that listens there."""
    return [sys.executable, "-m", "opscope", "adapter", "--join", socket]


class JoinDesk(QObject):
    """Of one window.

    Attributes:
        others: how many other clients there are now.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._dialog: JoinDialog | None = None
        self.others = 0
        self._session.shared.connect(self._take_points)
        self._session.clients.connect(self._count)

    def join(self, socket: str) -> None:
        """Show what an editor debugs, whose adapter listens at a socket."""
        window = self._window
        window.choice = LaunchChoice()
        for kept in (window.points, window.watchpoints, window.notes):
            kept.load([])
        window.toolbar.hide()
        window.program.forget()
        window.title.show_title("With an editor")
        window.setWindowTitle("With an editor — Opscope")
        window.loading.begin("what the editor debugs", socket)
        window.pages.setCurrentWidget(window.loading)
        self._session.open({"join": socket}, [], join_command(socket))
        window.refresh_actions()

    def connect_editor(self) -> None:
        """Say how an editor comes to this session."""
        if self._window.choice.host is not None:
            self._window.workbench.status.show_message(THERE)
            return

        def show(message: Message, _blob: object) -> None:
            dialog = self._dialog = JoinDialog(message["body"]["socket"], self._window)
            dialog.show_others(self.others)
            dialog.finished.connect(self._forget_dialog)
            dialog.open()

        self._session.request(SHARE, {}, show)

    def _forget_dialog(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _count(self, others: int) -> None:
        self.others = others
        if self._dialog is not None:
            self._dialog.show_others(others)

    def _take_points(self, rows: list[Breakpoint]) -> None:
        """Another client has set or removed some."""
        run = self._session.run
        graph = run.graph if run is not None else Graph()
        named = [row if row.label else replace(row, label=label_of(row, graph)) for row in rows]
        self._session.take_breakpoints(named)
        self._window.points.load(named)


def label_of(row: Breakpoint, graph: Graph) -> str:
    """How a breakpoint is listed that another client has set."""
    if row.kind is BreakpointKind.LINE:
        file, _, line = row.where.rpartition(":")
        return point_on_line(file, int(line)).label
    if row.kind is BreakpointKind.MODULE:
        return point_on_module(row.where).label
    if row.kind is BreakpointKind.TYPE:
        return point_on_type(row.where).label
    found = next((index for index, op in enumerate(graph.ops) if op.key == row.where), -1)
    return point_on_op(graph, found).label if found >= 0 else row.where
