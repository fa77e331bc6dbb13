"""Looks at files on the adapter's side, for a client on another machine."""

from __future__ import annotations

import os
import sys
from typing import Any

from ..protocol.pythons import candidates
from ..protocol.refusal import Refusal
from ..protocol.spec import parse_spec

Json = dict[str, Any]

MOST_ROWS = 5000
MOST_BYTES = 4 << 20  # in one answer


def folder(arguments: Json) -> Json:
    """For FOLDER. Raises Refusal."""
    path = _path(arguments)
    rows: list[tuple[str, bool, int]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                rows.append(_row(entry))
                if len(rows) == MOST_ROWS:
                    break
    except OSError as error:
        raise _unreadable(path, error) from error
    rows.sort(key=lambda row: (not row[1], row[0].lower()))
    return {"path": path, "above": os.path.dirname(path), "rows": rows}


def file(arguments: Json) -> tuple[Json, bytes]:
    """For FILE. Raises Refusal."""
    path = _path(arguments)
    first, count = arguments.get("first", 0), arguments.get("count", MOST_BYTES)
    if not isinstance(first, int) or not isinstance(count, int) or first < 0 or count < 0:
        raise Refusal("bad-arguments", "A piece of a file is named by whole numbers.")
    try:
        with open(path, "rb") as opened:
            size = os.fstat(opened.fileno()).st_size
            opened.seek(first)
            return {"size": size}, opened.read(min(count, MOST_BYTES))
    except OSError as error:
        raise _unreadable(path, error) from error


def spec(arguments: Json) -> Json:
    """For SPEC. Raises Refusal."""
    given = os.path.expanduser(str(arguments.get("cwd") or ""))
    found = parse_spec(str(arguments.get("spec") or ""), os.path.abspath(given))
    return {
        "kind": found.kind.value,
        "where": found.where,
        "name": found.name,
        "framework": found.framework,
        "isFolder": os.path.isdir(found.where),
        "hasConfig": os.path.exists(os.path.join(found.where, "config.json")),
    }


def pythons(arguments: Json) -> Json:
    """For PYTHONS."""
    near = os.path.expanduser(str(arguments.get("near", "")))
    return {"own": sys.executable, "paths": candidates(os.path.abspath(near))}


def _path(arguments: Json) -> str:
    return os.path.abspath(os.path.expanduser(str(arguments.get("path") or ".")))


def _row(entry: os.DirEntry[str]) -> tuple[str, bool, int]:
    try:
        is_folder = entry.is_dir()
        return entry.name, is_folder, 0 if is_folder else entry.stat().st_size
    except OSError:  # it has gone, or is a link to nothing
        return entry.name, False, 0


def _unreadable(path: str, error: OSError) -> Refusal:
    return Refusal("unreadable", f"{path} cannot be read: {error.strerror or error}.")
