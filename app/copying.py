"""Copies what is selected as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from ..tracers.ir import OUTSIDE, Graph, Run, Selection

if TYPE_CHECKING:
    from .main_window import MainWindow
    from .workbench import Workbench


class Copying(QObject):
    """Of one window."""

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window, self._bench = window, bench

    def copy(self, what: str) -> None:
        """Copy "name", "path" or "shape"; the status line tells what was copied."""
        run = self._window.session.run
        if run is None:
            return
        text = text_of(run, self._bench.selection, what)
        status = self._bench.status
        if text:
            QGuiApplication.clipboard().setText(text)
            status.show_message(f"Copied {text}", True)
        else:
            status.show_message(f"What is selected has no {what} to copy.")


def text_of(run: Run, selection: Selection, what: str) -> str:
    """What is copied of a selection; "" where it has no such thing."""
    if what == "name":
        return _name(run.graph, selection)
    if what == "path":
        return _path(run.graph, selection)
    return _shape(run, selection)


def _name(graph: Graph, selection: Selection) -> str:
    if selection.op >= 0:
        return graph.ops[selection.op].key
    if selection.value >= 0:
        return graph.values[selection.value].name
    return graph.scopes[selection.scope].name if selection.scope >= 0 else ""


def _path(graph: Graph, selection: Selection) -> str:
    if selection.op >= 0:
        return graph.scopes[graph.ops[selection.op].scope].path
    if selection.value >= 0:
        return graph.values[selection.value].name.rpartition(".")[0]
    return graph.scopes[selection.scope].path if selection.scope >= 0 else ""


def _shape(run: Run, selection: Selection) -> str:
    """As Python writes it; of an op that ran what it made then."""
    graph = run.graph
    if selection.value >= 0:
        return _tuple(graph.values[selection.value].shape)
    if selection.op < 0:
        return ""
    record = selection.record if selection.record >= 0 else run.last_execution(selection.op)
    if OUTSIDE < record < len(run.records):
        shapes = [_tuple(output.shape) for output in run.records[record].outputs]
    else:
        shapes = [_tuple(graph.values[value].shape) for value in graph.ops[selection.op].outputs]
    return shapes[selection.slot] if 0 <= selection.slot < len(shapes) else ""


def _tuple(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return ""
    inner = ", ".join("?" if extent < 0 else str(extent) for extent in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
