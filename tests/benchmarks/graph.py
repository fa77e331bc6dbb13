"""The graph pane on a traced transformer and repeats of it: how soon it is there, how it moves.

In a window of 1600×1000 offscreen, in one process save for the memory. Times are those of the GUI
thread, painting included; the best of several tries, for other programs only ever add.

A frame of 50,000 ops is put together from tiles that a thread paints: `graph.frame_50k_ms` is one
whose tiles are there, `graph.overview_50k_ms` is from the first one until all are.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import graphs
from .rows import Row

if TYPE_CHECKING:
    from opscope.app.main_window import MainWindow
    from opscope.app.workbench import Workbench
    from opscope.tracers.ir import Graph, Run
    from opscope.widgets.graph.view import GraphView

TIMES = {"1k": 1, "10k": 10, "50k": 48}
FLAT = "flat_50k"
FIRST_GOALS_MS = {"1k": 60, "10k": 300, "50k": 2000, FLAT: 2000}
TRIES = {"1k": 9, "10k": 5, "50k": 3, FLAT: 3}
MEMORY_GOAL_MB = 150


def graph() -> list[Row]:
    """All rows."""
    body = graphs.traced()
    sizes = {name: graphs.repeated(body, times) for name, times in TIMES.items()}
    with _window() as window:
        rows = [_first_view(window, name, sizes[name]) for name in TIMES]
        rows.append(_first_view(window, FLAT, graphs.scopeless(sizes["50k"])))
        rows.append(_stall(window, sizes["50k"]))
        rows += _moving(window, sizes["10k"])
        rows += _overview(window, sizes["50k"])
    rows.append(_memory())
    return rows


@contextmanager
def _window() -> Iterator[MainWindow]:
    from opscope.app.window_main import make_application, make_window

    app = make_application([])
    window = make_window()
    window.resize(1600, 1000)
    window.pages.setCurrentWidget(window.workbench)
    window.show()
    app.processEvents()
    yield window
    window.close()
    app.processEvents()


def _paused(graph: Graph) -> Run:
    """A run that stands before its first op."""
    from opscope.tracers.ir import Frame, Place, Run, RunState

    run = Run(graph, state=RunState.PAUSED)
    if len(graph.scopes) > 1:
        run.frames.append(Frame(0, 1, -1))
    run.head = Place(0, 0, graph.ops[0].scope, 0, graph.ops[0].source)
    return run


def _shown(view: GraphView) -> None:
    """Let the event loop run until a layout is there and painted."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    while view.busy:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    view.canvas.repaint()


def _timed(do: Callable[[], Any]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    do()
    return (time.perf_counter() - started) * 1000


def _first_view(window: MainWindow, name: str, graph: Graph) -> Row:
    """From the graph's rows to the painted pane: model, folding, layout, first paint."""
    view = window.workbench.graph
    times: list[float] = []
    for _ in range(TRIES[name]):
        view.show_run(None)
        run = _paused(graph)
        gc.collect()

        def show(run: Run = run) -> None:
            view.show_run(run)
            _shown(view)

        times.append(_timed(show))
    view.show_run(None)
    return Row(f"graph.first_view_{name}_ms", min(times), "ms", FIRST_GOALS_MS[name])


def _stall(window: MainWindow, graph: Graph) -> Row:
    """The longest time between two turns of the event loop while every pane takes a graph in."""
    worst: list[float] = []
    for _ in range(5):
        window.workbench.show_run(None)
        gc.collect()
        worst.append(max(_gaps(window.workbench, _paused(graph))))
    window.workbench.show_run(None)
    return Row("graph.stall_50k_ms", statistics.median(worst), "ms", 50)


def _gaps(bench: Workbench, run: Run) -> list[float]:
    """Milliseconds between turns of the event loop, until half a second after all is there."""
    from PySide6.QtCore import QCoreApplication, QTimer

    gaps: list[float] = []
    last = time.perf_counter()

    def tick() -> None:
        nonlocal last
        now = time.perf_counter()
        gaps.append((now - last) * 1000)
        last = now

    def show() -> None:
        bench.show_run(run)
        bench.show_place()

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(0)
    QTimer.singleShot(0, show)
    busy = time.perf_counter()
    while time.perf_counter() - busy < 0.5:
        QCoreApplication.processEvents()
        if bench.arriving:
            busy = time.perf_counter()
    timer.stop()
    return gaps


def _moving(window: MainWindow, graph: Graph) -> list[Row]:
    """Opening, panning, stepping and seeing all of ten thousand ops."""
    from opscope.widgets.graph.levels import ALL, NONE
    from opscope.widgets.graph.scene import Look

    view = window.workbench.graph
    canvas = view.canvas
    run = _paused(graph)
    view.show_run(run)
    _shown(view)
    blocks = [scope for scope, row in enumerate(graph.scopes) if row.type == "PreNormBlock"]
    toggles: list[float] = []
    for scope in blocks[:3]:
        for open_ in (True, False) * 4:

            def toggle(scope: int = scope, open_: bool = open_) -> None:
                view.set_open(scope, open_)
                canvas.repaint()

            toggles.append(_timed(toggle))

    def expand() -> None:
        view.open_level(ALL)
        _shown(view)

    expands: list[float] = []
    for _ in range(5):
        view.open_level(NONE)
        _shown(view)
        gc.collect()
        expands.append(_timed(expand))
    assert canvas.picture is not None
    ops = sum(node.look is Look.OP for node in canvas.picture.scene.nodes)
    assert ops > 8_000, f"{ops} ops are drawn"
    canvas.zoom_to(0.75)
    canvas.follow(canvas.marks.live, anew=True)
    _still(view)
    reading = [_timed(canvas.repaint) for _ in range(15)]

    def pan() -> None:
        canvas.pan(0.0, -9.0)
        _process()

    pans = [_timed(pan) for _ in range(60)]
    steps = [_steps(view, _opened(view, graph)) for _ in range(5)]
    _see_all(view)
    frames = [_timed(canvas.repaint) for _ in range(9)]
    view.show_run(None)
    return [
        Row("graph.toggle_ms", statistics.median(toggles), "ms", 20),
        Row("graph.expand_10k_ms", min(expands), "ms", 500),
        Row("graph.pan_ms", statistics.median(pans), "ms", 5),
        Row("graph.frame_reading_ms", min(reading), "ms", 10),
        Row("graph.frame_10k_ms", min(frames), "ms", 25),
        Row("graph.marker_ms", statistics.median(map(min, zip(*steps, strict=True))), "ms", 2),
    ]


def _process() -> None:
    from PySide6.QtCore import QCoreApplication

    QCoreApplication.processEvents()


def _opened(view: GraphView, graph: Graph) -> Run:
    """A run at its beginning, all of its graph open, its place in sight at full size."""
    from opscope.widgets.graph.levels import ALL

    run = _paused(graph)
    view.show_run(run)
    _shown(view)
    view.open_level(ALL)
    _shown(view)
    view.canvas.zoom_to(1.0)
    view.canvas.follow(view.canvas.marks.live, anew=True)
    _still(view)
    return run


def _still(view: GraphView) -> None:
    """Let the camera come to rest, and all there is to see be painted."""
    canvas = view.canvas
    while canvas.gliding or canvas.tiles.busy:
        _process()
    canvas.repaint()


def _steps(view: GraphView, run: Run) -> list[float]:
    """Moves of the place from op to op, as a step makes them, in sight."""
    from opscope.tracers.ir import OpRecord, Phase, Place, TensorSummary

    graph = run.graph
    times: list[float] = []
    for op in range(14):
        outputs = tuple(
            TensorSummary(graph.values[v].shape or (), graph.values[v].dtype)
            for v in graph.ops[op].outputs
        )
        first = len(run.records)
        run.add_records([OpRecord(op, 0, Phase.FORWARD, 1e-4, (), outputs)])
        after = op + 1
        run.head = Place(after, after, graph.ops[after].scope, 0, graph.ops[after].source)

        def step(first: int = first) -> None:
            view.show_growth(first)
            view.show_place()
            _process()

        times.append(_timed(step))
    return times


def _see_all(view: GraphView) -> None:
    """The whole graph on the canvas, however small that makes it."""
    canvas = view.canvas
    assert canvas.picture is not None
    scene = canvas.picture.scene
    canvas.zoom = min(canvas.width() / scene.width, canvas.height() / scene.height)
    canvas.origin.setX(scene.width / 2 - canvas.width() / 2 / canvas.zoom)
    canvas.origin.setY(0.0)
    canvas.repaint()
    _still(view)


def _overview(window: MainWindow, graph: Graph) -> list[Row]:
    """All of fifty thousand ops in one frame."""
    from opscope.widgets.graph.levels import ALL

    view = window.workbench.graph
    view.show_run(_paused(graph))
    _shown(view)

    def expand() -> None:
        view.open_level(ALL)
        _shown(view)

    took = _timed(expand)
    started = time.perf_counter()
    _see_all(view)
    tiles = (time.perf_counter() - started) * 1000
    frames = [_timed(view.canvas.repaint) for _ in range(5)]
    view.show_run(None)
    return [
        Row("graph.frame_50k_ms", min(frames), "ms", 60),
        Row("graph.overview_50k_ms", tiles, "ms"),
        Row("graph.expand_50k_ms", took, "ms"),
    ]


def _memory() -> Row:
    """What a window holds more with 50,000 ops open in every pane than empty."""
    command = [sys.executable, "-m", "tests.benchmarks.graph"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Row("graph.memory_50k_mb", float(done.stdout.split()[-1]), "MB", MEMORY_GOAL_MB)


def _resident() -> int:
    """Bytes of this process in memory, what was freed not counted."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Print how many megabytes more."""
    body = json.loads(graphs.TRACED.read_text())
    with _window() as window:
        warm = graphs.repeated(body, 1)
        bench = window.workbench
        bench.show_run(_paused(warm))
        _shown(bench.graph)
        bench.show_run(None)
        _process()
        before = _resident()
        bench.show_run(_paused(graphs.repeated(body, TIMES["50k"])))
        _shown(bench.graph)
        _process()
        print((_resident() - before) / 1e6)
        bench.show_run(None)


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    main()
