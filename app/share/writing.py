"""Writes a page to the disk: whole, or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from .html import as_html
from .markdown import as_markdown
from .page import Page

ENDINGS = (".html", ".htm", ".md", ".markdown")
_MARKDOWN = (".md", ".markdown")


def write_page(page: Page, path: Path) -> None:
    """HTML, or Markdown with its pictures beside it, by the ending of the name. Raises OSError."""
    if path.suffix.lower() not in _MARKDOWN:
        _write(path, as_html(page).encode("utf-8"))
        return
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in path.stem)
    text, files = as_markdown(page, stem or "page")
    for name, data in files.items():
        _write(path.with_name(name), data)
    _write(path, text.encode("utf-8"))


def _write(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
