"""The pictures of the inspector's views, for docs/tensors.md: real values of bundled models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from opscope.tracers.ir import Selection
from opscope.widgets.tensor.tabs import View

if TYPE_CHECKING:
    from .driver import Driver

PICTURES = Path("docs/tensors")
SETTLING = Path(__file__).parent / "models" / "settling.py"
WORDS = ("The", "model", "reads", "one", "word", "after", "another", "and", "guesses", "on", ".")
RATES = ("0.35", "0.50", "0.70", "0.90")


def take(driver: Driver) -> None:
    """Open models, run them, and save what the inspector shows of their values."""
    _attention(driver)
    _pictures(driver)
    _training(driver)
    _words(driver)
    _passes(driver)
    _runs(driver)


def _grab(driver: Driver, name: str) -> None:
    driver.grab(PICTURES / f"{name}.png", driver.window.workbench.inspector)


def _finish(driver: Driver) -> None:
    driver.press(Qt.Key.Key_F5)


def _look(driver: Driver, type_: str, path: str = "", nth: int = 0) -> None:
    """Select an executed op of a type in a module."""
    run = driver.session.run
    assert run is not None
    graph = run.graph
    ops = [
        index
        for index, op in enumerate(graph.ops)
        if op.type == type_ and (not path or graph.scopes[op.scope].path == path)
    ]
    driver.window.workbench.select(Selection(op=ops[nth]))
    driver.settle()


def _turn(driver: Driver, view: View) -> None:
    value = driver.window.workbench.inspector.value
    value.show_view(view)
    driver.settle()
    value.grab()  # a table asks for its pages while it is painted
    driver.settle()


def _attention(driver: Driver) -> None:
    """Heat map, range, index, table, histogram, percentiles, labels, and a difference."""
    driver.open("sample:gpt2")
    _finish(driver)
    inspector = driver.window.workbench.inspector
    value = inspector.value
    _look(driver, "softmax", "h.2.attn")
    value.go_to((0, 1, 9, 4))
    driver.settle()
    _grab(driver, "heat-map")
    value.tabs.go.setChecked(True)
    value.heat.clear_mark()
    value.goer.go_next()
    driver.settle()
    _grab(driver, "next-element")
    value.tabs.go.setChecked(False)
    value.label_axis(3, (WORDS * 6)[:64])
    _turn(driver, View.TABLE)
    _grab(driver, "table")
    _turn(driver, View.HISTOGRAM)
    value.more.want(True)
    driver.settle()
    _grab(driver, "histogram")
    value.more.want(False)
    _turn(driver, View.HEAT)
    inspector.header.pin.click()
    inspector.pins.tabs.setCurrentIndex(0)
    _look(driver, "softmax", "h.3.attn")
    inspector.pins.difference_wanted.emit(0)
    driver.settle()
    _grab(driver, "difference")
    inspector.pins.closed.emit(0)


def _pictures(driver: Driver) -> None:
    """A grid of pictures, a picture in colour, a line."""
    driver.open("sample:resnet18")
    _finish(driver)
    _look(driver, "relu")
    _turn(driver, View.IMAGES)
    _grab(driver, "images")
    _look(driver, "flatten")
    _turn(driver, View.HEAT)
    _grab(driver, "plot")


def _training(driver: Driver) -> None:
    """A value with its gradient beside it."""
    driver.open("sample:train_step")
    _finish(driver)
    run = driver.session.run
    assert run is not None
    tied = {value for row in run.records for value in row.gradient_of if value[0] >= 0}
    record, slot = max(tied, key=lambda value: len(run.records[value[0]].outputs[value[1]].shape))
    op = run.records[record].op
    driver.window.workbench.select(Selection(op=op, record=record, slot=slot))
    driver.settle()
    _grab(driver, "gradient")


def _words(driver: Driver) -> None:
    """What is no number: the passes of a TensorFlow loop, whose letters are integers."""
    driver.open("sample:char_gru")
    driver.step_to("While", "")
    driver.press(Qt.Key.Key_F11)
    for _ in range(9):
        driver.press(Qt.Key.Key_F10)
    _look(driver, "Sigmoid")
    _grab(driver, "filmstrip-tensorflow")


def _passes(driver: Driver) -> None:
    """The strip of passes, one of them opened by a click, and an element over them."""
    driver.open(f"{SETTLING}:build")
    _finish(driver)
    inspector = driver.window.workbench.inspector
    value = inspector.value
    _look(driver, "lerp", nth=8)
    strip = value.film
    driver.wait(lambda: strip.missing() is None, 30, "the frames")
    at: QPoint = strip.spot(strip.current - 3).center().toPoint()
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=at)
    driver.settle()
    _grab(driver, "filmstrip")
    value.go_to((20, 24))
    driver.settle()
    _turn(driver, View.PASSES)
    driver.wait(value.stage.passes.isVisible, 30, "the passes")
    _grab(driver, "passes")


def _runs(driver: Driver) -> None:
    """An element over runs: the model's source is changed, and the model restarted."""
    copy = Path("build/pictures/settling.py")
    copy.parent.mkdir(parents=True, exist_ok=True)
    source = SETTLING.read_text()
    copy.write_text(source)
    driver.open(f"{copy}:build")
    _finish(driver)
    inspector = driver.window.workbench.inspector
    _look(driver, "lerp", nth=23)
    inspector.value.go_to((20, 24))
    driver.settle()
    inspector.following.turn()
    (anchor,) = inspector.following.runs.anchors
    readings = inspector.following.runs.readings
    for many, rate in enumerate(RATES, 2):
        copy.write_text(source.replace("RATE = 0.20", f"RATE = {rate}"))
        before = driver.session.run
        driver.window.restart()
        driver.wait(lambda b=before: driver.session.run not in (None, b), 120, "a restart")
        driver.wait(lambda: driver.paused, 120, "the model")
        _finish(driver)
        driver.wait(lambda n=many: len(readings(anchor)) == n, 30, "the element")
    _look(driver, "lerp", nth=23)
    _turn(driver, View.RUNS)
    _grab(driver, "runs")
    inspector.following.runs.forget()
