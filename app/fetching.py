"""Brings a file from the machine that a model runs on to this one, piece by piece."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from ..tracers.protocol.framing import Message
from ..tracers.protocol.host_messages import FILE
from .session import Session

_PIECE = 4 << 20  # bytes

Done = Callable[[str], None]  # a sentence on what went wrong, "" for nothing


class Fetch:
    """One file, which is there whole or not at all."""

    def __init__(self, session: Session, there: str, here: Path, size: int, done: Done) -> None:
        self._session, self._there, self._here = session, there, here
        self._size, self._done = size, done
        self._held: IO[bytes] | None = None

    def start(self) -> None:
        """Ask for the first piece; `done` is called at the end."""
        try:
            number, self._name = tempfile.mkstemp(dir=self._here.parent, prefix=".opscope-")
            self._held = os.fdopen(number, "wb")
        except OSError as error:
            self._done(f"{self._here} could not be written: {error.strerror or error}.")
            return
        self._ask()

    def _ask(self) -> None:
        assert self._held is not None
        asked = {"path": self._there, "first": self._held.tell(), "count": _PIECE}
        if self._session.request(FILE, asked, self._take, lambda why, _: self._fail(why)) < 0:
            self._fail("The connection is gone.")

    def _take(self, _message: Message, blob: object) -> None:
        assert self._held is not None
        if not isinstance(blob, bytes) or not blob:
            self._fail(f"{self._there} ended too early.")
            return
        try:
            self._held.write(blob)
            if self._held.tell() < self._size:
                self._ask()
                return
            self._held.close()
            os.replace(self._name, self._here)
        except OSError as error:
            self._fail(f"{self._here} could not be written: {error.strerror or error}.")
            return
        self._done("")

    def _fail(self, sentence: str) -> None:
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._held.close()
            Path(self._name).unlink(missing_ok=True)
        self._done(sentence)
