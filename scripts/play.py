"""`make run`: the start page where there is a screen; else two samples, played offscreen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from opscope.tracers.ir import TensorSummary

PICTURES = Path("build/pictures")
SAMPLES = (("gpt2", 8), ("keras_cnn", 8))


def has_screen() -> bool:
    """A window can be shown to somebody."""
    if sys.platform in ("darwin", "win32"):
        return True
    if os.environ.get("QT_QPA_PLATFORM", "") in ("offscreen", "minimal"):
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def describe(value: TensorSummary) -> str:
    """Shape, dtype and statistics in one line."""
    shape = "×".join(map(str, value.shape)) or "scalar"
    if value.mean is None:
        return f"{shape} {value.dtype}"
    low, high = value.minimum, value.maximum
    return f"{shape} {value.dtype}  min {low:.4g}  max {high:.4g}  mean {value.mean:.4g}"


def play() -> int:
    """Step through the samples offscreen; print each op with its tensor's statistics."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import Qt

    from opscope.app.window_main import make_application, make_window

    from .driver import Driver

    app = make_application([])
    window = make_window()
    window.resize(1600, 1000)
    window.show()
    driver = Driver(window)
    print("No screen here: playing two samples through the window, offscreen.")
    for name, steps in SAMPLES:
        driver.open(f"sample:{name}")
        run, facts = driver.session.run, driver.session.facts
        assert run is not None
        assert facts is not None
        print(f"\n{facts.name}: {facts.framework} {facts.version}, {len(run.graph.ops)} ops")
        driver.grab(PICTURES / f"{name}-opened.png")
        for _ in range(steps):
            driver.press(Qt.Key.Key_F11)
        for index, record in enumerate(run.records):
            op = run.graph.ops[record.op]
            value = record.outputs[0] if record.outputs else None
            figures = op.note if value is None else describe(value)
            print(f"  {index + 1:4}  {run.graph.op_label(record.op):44} {figures}")
        driver.grab(PICTURES / f"{name}-stepped.png")
        driver.press(Qt.Key.Key_F5)
        print(f"  … ran to the end: {len(run.records)} ops, {run.state.value}")
        driver.grab(PICTURES / f"{name}-finished.png")
    window.close()
    app.processEvents()
    print(f"\nPictures are in {PICTURES}.")
    return 0


def main() -> int:
    """Start page or play."""
    if has_screen():
        from opscope.app.cli import main as opscope

        return opscope([])
    return play()


if __name__ == "__main__":
    sys.exit(main())
