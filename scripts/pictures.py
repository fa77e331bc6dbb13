"""`make pictures`: the README's pictures, taken from the running program offscreen."""

from __future__ import annotations

import os
import sys
from pathlib import Path

PICTURES = Path("docs/pictures")


def main() -> int:
    """Open samples, step, and save what the window shows."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import Qt

    from opscope.app.settings_store import SettingsStore
    from opscope.app.window_main import make_application, make_window
    from opscope.widgets import theme

    from .driver import Driver

    app = make_application([])
    window = make_window(SettingsStore(Path("build/pictures-settings.json")), "dark")
    window.resize(1600, 1000)
    window.show()
    driver = Driver(window)
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
    window.close()
    app.processEvents()
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture, picture.stat().st_size // 1024, "KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
