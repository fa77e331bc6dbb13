"""Serves the text of the files that a run has named, and of no others."""

from __future__ import annotations

import os
import tokenize
from typing import Any, cast

from ..protocol.refusal import Refusal

LIMIT = 8 << 20


class SourceText:
    """Files that may be read: those the debuggee named, and the one in the model's spec."""

    def __init__(self) -> None:
        self._allowed: set[str] = set()
        self._told: dict[str, str] = {}

    def tell(self, body: dict[str, Any]) -> None:
        """What the debuggee says of its files: where they are, or what stands in them."""
        paths, texts = body.get("paths"), body.get("texts")
        if isinstance(paths, list):
            self.allow([str(path) for path in cast("list[object]", paths)])
        if isinstance(texts, dict):
            rows = cast("dict[object, object]", texts)
            self._told.update((str(path), str(text)) for path, text in rows.items())

    def allow(self, paths: list[str]) -> None:
        """Add files."""
        self._allowed.update(os.path.abspath(path) for path in paths)

    def allow_spec(self, spec: str, folder: str | None) -> None:
        """Add the file of a spec "path/file.py:name", or of its inputs."""
        path = spec.rpartition(":")[0]
        if path.endswith(".py"):
            self.allow([os.path.join(folder or os.getcwd(), os.path.expanduser(path))])

    def read(self, arguments: dict[str, Any]) -> str:
        """The text for a `source` request. Raises Refusal."""
        source = arguments.get("source")
        path = cast("dict[str, Any]", source).get("path") if isinstance(source, dict) else None
        if not isinstance(path, str):
            raise Refusal("no-path", "A source request must name a path.")
        if path in self._told:
            return self._told[path]
        if os.path.abspath(path) not in self._allowed:
            raise Refusal("not-a-source", f"{path} is no file of this run.")
        try:
            if os.path.getsize(path) > LIMIT:
                raise Refusal("too-large", f"{path} is larger than {LIMIT >> 20} MB.")
            with tokenize.open(path) as lines:
                return lines.read()
        except (OSError, SyntaxError, UnicodeError) as error:
            raise Refusal("unreadable", f"{path} cannot be read: {error}.") from error
