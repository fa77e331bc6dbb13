"""`make pictures`: the pictures of the README and docs, taken from the running program offscreen.

With words, only those of the models of `graphs` that are named; `tensors`: the inspector's views;
`compare`: two runs side by side.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .driver import Driver

PICTURES = Path("docs/pictures")


def main(names: list[str]) -> int:
    """Open models, step, and save what the window shows."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from opscope.app.settings_store import SettingsStore
    from opscope.app.window_main import make_application, make_window

    from . import compare_pictures, graphs, tensor_pictures
    from .driver import Driver

    app = make_application([])
    window = make_window(SettingsStore(Path("build/pictures-settings.json")), "dark")
    window.resize(1600, 1000)
    window.show()
    driver = Driver(window)
    if not names:
        _tour(driver)
    if not names or "tensors" in names:
        tensor_pictures.take(driver)
    if not names or "compare" in names:
        compare_pictures.take(driver)
    others = ("tensors", "compare")
    for name in [name for name in names if name not in others] if names else graphs.MODELS:
        graphs.take(driver, name)
    window.close()
    app.processEvents()
    folders = (PICTURES, graphs.PICTURES, tensor_pictures.PICTURES)
    for picture in sorted(picture for folder in folders for picture in folder.glob("*.png")):
        print(picture, picture.stat().st_size // 1024, "KiB")
    return 0


def _tour(driver: Driver) -> None:
    """The README's."""
    from PySide6.QtCore import Qt

    from opscope.widgets import theme

    window = driver.window
    driver.grab(PICTURES / "start.png")
    driver.open("sample:gpt2")
    driver.grab(PICTURES / "opened.png")
    driver.step_to("matmul", "h.2.attn", occurrence=1)
    driver.grab(PICTURES / "main-dark.png")
    window.use_theme(theme.LIGHT)
    driver.grab(PICTURES / "main-light.png")
    window.use_theme(theme.DARK)
    window.resize(1280, 800)
    driver.press(Qt.Key.Key_F10, Qt.KeyboardModifier.AltModifier)
    driver.press(Qt.Key.Key_F10, Qt.KeyboardModifier.AltModifier)
    driver.grab(PICTURES / "small.png")
    window.resize(1600, 1000)

    driver.open("sample:char_gru")
    driver.step_to("While", "")
    for _ in range(12):
        driver.press(Qt.Key.Key_F11)
    driver.grab(PICTURES / "loop.png")

    driver.open("sample:unstable_loss")
    driver.press(Qt.Key.Key_F5)
    driver.grab(PICTURES / "nan.png")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
