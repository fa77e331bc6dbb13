"""The settings' file: one JSON document, replaced whole, so that it is never half written."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from .settings import Settings, decode, encode


def default_path() -> Path:
    """Where this platform keeps a user's configuration."""
    place = QStandardPaths.StandardLocation.GenericConfigLocation
    return Path(QStandardPaths.writableLocation(place)) / "opscope" / "settings.json"


class SettingsStore:
    """Reads once, writes on request.

    Attributes:
        settings: what is remembered; change it, then save.
        warning: a sentence for the user where the file could not be read, "" otherwise.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = default_path() if path is None else path
        self.warning = ""
        self.settings = self._read()

    def _read(self) -> Settings:
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Settings()
        except (OSError, UnicodeDecodeError) as error:
            return self._set_aside(error)
        try:
            return decode(json.loads(text))
        except (ValueError, RecursionError) as error:
            return self._set_aside(error)

    def _set_aside(self, error: Exception) -> Settings:
        """Keep the unreadable file beside the new one, so that nothing is lost."""
        reason = error.strerror if isinstance(error, OSError) else "it is damaged"
        kept = self.path.with_name(self.path.name + ".unreadable")
        try:
            os.replace(self.path, kept)
        except OSError:
            self.warning = f"The settings in {self.path} could not be read ({reason})."
        else:
            self.warning = (
                f"The settings could not be read ({reason}). They were set aside as {kept}, "
                "and Opscope starts with its defaults."
            )
        return Settings()

    def save(self) -> str:
        """Write the file; a sentence if that failed, "" if it did not."""
        text = json.dumps(encode(self.settings), ensure_ascii=False, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(text)
        except OSError as error:
            reason = error.strerror or str(error)
            return f"The settings could not be saved to {self.path}: {reason}."
        return ""

    def _replace(self, text: str) -> None:
        number, name = tempfile.mkstemp(dir=self.path.parent, prefix=".settings-")
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
