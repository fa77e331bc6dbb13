"""The line that the model reads, given by the user. On the reader's thread."""

from __future__ import annotations

from typing import Any

from ..protocol.messages import INPUT
from ..protocol.refusal import Refusal
from .live import Live
from .server import Answer, Handlers

Json = dict[str, Any]


def _input(live: Live, arguments: Json) -> Answer:
    text = arguments.get("text")
    if not live.lines.waiting:
        raise Refusal("not-asked", "The model reads nothing now.")
    if arguments.get("end") is True:
        text = None
    elif not isinstance(text, str):
        raise Refusal("bad-arguments", "The request needs the line as text, or its end.")
    live.lines.answer(text)
    return Answer()


HANDLERS: Handlers = {INPUT: _input}
