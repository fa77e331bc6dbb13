"""Saves the run as Python source of a torch.fx.GraphModule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

from ..tracers.protocol.messages import FX_SOURCE
from .session import Session

_FILTER = "Python (*.py)"


def export_run(parent: QWidget, session: Session, tell: Callable[[str, bool], None]) -> None:
    """Ask for a file, then for the source; `tell` gets a sentence, and whether all is well."""
    name = QFileDialog.getSaveFileName(parent, "Export Run as torch.fx", "run.py", _FILTER)[0]
    if not name:
        return
    path = Path(name)

    def arrived(message: dict[str, Any], _blob: object) -> None:
        try:
            path.write_text(str(message["body"]["source"]), encoding="utf-8")
        except OSError as error:
            tell(f"The run could not be saved to {path}: {error.strerror or error}.", False)
        else:
            tell(f"The run was saved to {path}.", True)

    tell("Running the model again to write it…", True)
    session.request(FX_SOURCE, {}, arrived, lambda why, _code: tell(why, False))
