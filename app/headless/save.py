"""Writes the run that stands to a file."""

from __future__ import annotations

import os
from dataclasses import dataclass

from ...tracers.protocol.client import Client
from ...tracers.protocol.messages import SAVE
from ...tracers.protocol.refusal import Refusal

_FOREVER = 1e7  # seconds: a disk may be slow


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
