"""Starts the window."""

from __future__ import annotations

import contextlib
import logging
import signal
import socket
import sys
import traceback
from types import FrameType, TracebackType

from PySide6.QtCore import QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from ..widgets import theme
from .appearance import apply_theme
from .choice import LaunchChoice
from .main_window import MainWindow
from .remote.hosts import BadHosts, keep_new_host
from .settings_store import SettingsStore

log = logging.getLogger(__name__)


def make_application(argv: list[str]) -> QApplication:
    """The one QApplication, with name and font."""
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["opscope", *argv])
    app.setApplicationName("opscope")
    app.setApplicationDisplayName("Opscope")
    app.setStyle("Fusion")
    app.setFont(theme.ui_font(12))
    return app


def make_window(store: SettingsStore | None = None, theme_name: str = "") -> MainWindow:
    """A window in the remembered theme, size and layout."""
    kept = SettingsStore() if store is None else store
    apply_theme(theme_name or kept.settings.theme)
    window = MainWindow(kept)
    window.restore_geometry()
    return window


def run_window(choice: LaunchChoice) -> int:
    """Show the window until it is closed. Returns the exit code."""
    app = make_application([])
    QGuiApplication.setDesktopFileName("opscope")
    window = make_window(theme_name=choice.theme)
    sys.excepthook = _Hook(window)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    window.show()
    if window.store.warning:
        window.start.show_notice(window.store.warning)
    if choice.socket:
        window.attach(choice.socket, choice.host)
    elif choice.join:
        window.joining.join(choice.join)
    elif choice.spec:
        if choice.host is not None:
            with contextlib.suppress(OSError, BadHosts):
                keep_new_host(choice.host)
        window.open_choice(choice)
    keep = _quit_on_signals(window)
    code = app.exec()
    keep.setEnabled(False)
    return code


class _Hook:
    """A bug of ours is shown with its traceback; the window stays."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._showing = False

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        log.error("%s", text)
        sys.stderr.write(text)
        if self._showing or not isinstance(error, Exception):
            return
        self._showing = True
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Critical)
        box.setWindowTitle("Opscope")
        box.setText("Something went wrong inside Opscope. The window goes on.")
        box.setInformativeText(f"{kind.__name__}: {error}")
        box.setDetailedText(text)
        box.exec()
        self._showing = False


def _wake(_number: int, _frame: FrameType | None) -> None:
    """The signal's byte in the socket does the work."""


def _quit_on_signals(window: MainWindow) -> QSocketNotifier:
    """SIGINT and SIGTERM close the window, so that no process is left behind."""
    ours, kernels = socket.socketpair()
    kernels.setblocking(False)
    signal.set_wakeup_fd(kernels.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _wake)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, window)
    notifier.setProperty("sockets", (ours, kernels))

    def close() -> None:
        ours.recv(64)
        window.close()

    notifier.activated.connect(close)
    return notifier
