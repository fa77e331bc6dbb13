"""Writes a finished run as source of a torch.fx.GraphModule."""

from __future__ import annotations

from pathlib import Path

from ...tracers.protocol.client import Client
from ...tracers.protocol.messages import FX_SOURCE
from ...tracers.protocol.refusal import Refusal

_FOREVER = 1e7  # seconds: the model runs twice for it


def write_fx(client: Client, path: str) -> str:
    """Ask for the source and save it; a sentence where that was not possible, else ""."""
    try:
        source = str(client.request(FX_SOURCE, {}, _FOREVER)["source"])
    except Refusal as error:
        return str(error)
    try:
        Path(path).write_text(source, encoding="utf-8")
    except OSError as error:
        return f"{path} could not be written: {error.strerror}."
    return ""
