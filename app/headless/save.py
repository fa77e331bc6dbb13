"""Writes the run that stands to a file."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass

from ...tracers.protocol.client import Client
from ...tracers.protocol.host_messages import FILE, SCRATCH
from ...tracers.protocol.messages import SAVE
from ...tracers.protocol.refusal import Refusal

_FOREVER = 1e7  # seconds: a disk may be slow
_PIECE = 4 << 20  # bytes


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of it.

    Attributes:
        told: where the file is, as notes.
        wrong: why there is none, as a sentence; "" where there is one.
    """

    told: tuple[str, ...] = ()
    wrong: str = ""


def save_run(client: Client, path: str, values: str) -> Saved:
    """Have the debuggee write it; `values` as in the request."""
    arguments = {"path": os.path.abspath(path), "values": values}
    try:
        body = client.request(SAVE, arguments, _FOREVER)
    except Refusal as error:
        return Saved(wrong=str(error))
    return Saved((f"the run was saved to {body['path']} ({body['bytes']:,} bytes)",))


def save_from_host(client: Client, path: str, values: str) -> Saved:
    """Have the debuggee write it on its machine, and bring it here piece by piece."""
    try:
        folder = str(client.request(SCRATCH, {}, _FOREVER)["folder"])
        there = posixpath.join(folder, "run.opscope")
        size = int(client.request(SAVE, {"path": there, "values": values}, _FOREVER)["bytes"])
        with open(path, "wb") as file:
            while file.tell() < size:
                asked = {"path": there, "first": file.tell(), "count": _PIECE}
                _, data = client.request_bytes(FILE, asked, _FOREVER)
                if not data:
                    return Saved(wrong=f"{path} could not be brought here: it ended too early.")
                file.write(data)
    except Refusal as error:
        return Saved(wrong=str(error))
    except OSError as error:
        return Saved(wrong=f"{path} could not be written: {error.strerror or error}.")
    return Saved((f"the run was saved to {os.path.abspath(path)} ({size:,} bytes)",))
