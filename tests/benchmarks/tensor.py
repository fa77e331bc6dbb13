"""How quickly a large value is counted, and how quickly an axis can be dragged through."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from .rows import Row

_MODEL = '''
import torch


class Large(torch.nn.Module):
    """One op whose output has 100 MB; one with the heads of attention."""

    def forward(self, x):
        heads = torch.softmax(x[:96, :96] + torch.arange(24.0).reshape(24, 1, 1), -1)
        return heads.sum() + torch.tanh(x).sum()


def build():
    return Large().eval(), (torch.randn(5000, 5000),)
'''
_TIMES = 9


def tensor() -> list[Row]:
    """In the window on a real debuggee: from the request, or the key, to what is on screen."""
    from PySide6.QtCore import QCoreApplication, QEventLoop, Qt
    from PySide6.QtTest import QTest

    from opscope.app.window_main import make_application, make_window
    from opscope.tracers.ir import Form, Selection, TensorPiece, TensorRequest, ValueRef
    from scripts.driver import Driver

    waiting = QEventLoop.ProcessEventsFlag.WaitForMoreEvents
    app = make_application([])
    window = make_window()
    window.resize(1600, 1000)
    window.show()
    driver = Driver(window)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.py"
        path.write_text(_MODEL)
        driver.open(f"{path}:build")
        driver.press(Qt.Key.Key_F5)
    run = driver.session.run
    assert run is not None
    types = [run.graph.ops[record.op].type for record in run.records]
    came: list[TensorPiece] = []
    driver.session.piece.connect(came.append)
    answers: dict[Form, list[float]] = {Form.HISTOGRAM: [], Form.PERCENTILES: []}
    for form, times in answers.items():
        for bins in range(64, 64 + _TIMES):
            request = TensorRequest(ValueRef(types.index("tanh")), form, bins=bins)
            start = time.perf_counter()
            driver.session.ask_piece(request)
            while not any(piece.request == request for piece in came):
                QCoreApplication.processEvents(waiting)
            times.append(time.perf_counter() - start)
    driver.session.piece.disconnect(came.append)

    inspector = window.workbench.inspector
    inspector.show_selection(Selection(op=run.records[types.index("softmax")].op))
    drags: list[float] = []
    driver.wait(lambda: len(inspector.value.slicers.slicers) == 3, 20, "the slicers")
    driver.wait(lambda: not inspector.desk.busy, 20, "the value")
    edit = inspector.value.slicers.slicers[0].edit
    for index in range(1, 24):
        start = time.perf_counter()
        QTest.keyClick(edit, Qt.Key.Key_Up)
        assert inspector.value.shown.picks[0] == index
        while inspector.desk.busy:
            QCoreApplication.processEvents(waiting)
        QCoreApplication.processEvents()  # paints what has changed
        drags.append(time.perf_counter() - start)
    window.close()
    app.processEvents()
    return [
        Row("tensor.histogram_100mb_ms", _middle(answers[Form.HISTOGRAM]), "ms", 300),
        Row("tensor.percentiles_100mb_ms", _middle(answers[Form.PERCENTILES]), "ms", 300),
        Row("tensor.axis_drag_ms", _middle(drags), "ms", 30),
    ]


def _middle(times: list[float]) -> float:
    return statistics.median(times) * 1000
