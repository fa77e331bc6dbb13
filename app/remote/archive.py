"""What is sent to a host: the parts of Opscope that run beside a model, as one archive."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import opscope

from ... import resources, tracers

_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # so that the same files give the same bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """A zip file with the layout of an installed package.

    Attributes:
        digest: SHA-256 of `data`, in hexadecimal digits.
    """

    data: bytes
    digest: str


def pack() -> Archive:
    """Python files alone: the debuggee's side, its protocol, the adapter and the samples."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for name, path in _files():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, path.read_bytes())
    data = held.getvalue()
    return Archive(data, hashlib.sha256(data).hexdigest())


def _files() -> list[tuple[str, Path]]:
    """Name in the archive and place here, in order."""
    found = [("opscope/__init__.py", Path(opscope.__file__))]
    for name, package in (("tracers", tracers), ("resources", resources)):
        folder = Path(package.__path__[0])
        found += [
            (f"opscope/{name}/{path.relative_to(folder).as_posix()}", path)
            for path in folder.rglob("*.py")
        ]
    return sorted(found)
