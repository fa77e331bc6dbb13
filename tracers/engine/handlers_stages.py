"""The requests for what the stages of a compiler made of a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from ..ir.stages import Compilation, Suspect
from ..protocol.json_ir import to_json
from ..protocol.messages import COMPARE_CAPTURED, COMPARE_STAGES
from ..protocol.refusal import Refusal
from .live import Live
from .server import Answer, Handlers


@runtime_checkable
class Staged(Protocol):
    """A program that runs a model as compiled graphs."""

    def compiled(self) -> Compilation:
        """In the last run. Raises Refusal where there is none."""
        ...

    def captured(self, record: int) -> Sequence[Suspect]:
        """The ops of the graph that a record is a call of, with what they give without compiling.
        Raises Refusal."""
        ...


def _stages(live: Live, arguments: dict[str, Any]) -> Answer:
    return Answer(to_json(_program(live).compiled()))


def _captured(live: Live, arguments: dict[str, Any]) -> Answer:
    record = arguments.get("record")
    if not isinstance(record, int):
        raise Refusal("bad-arguments", "The request needs a record.")
    return Answer({"ops": to_json(list(_program(live).captured(record)))})


def _program(live: Live) -> Staged:
    program = live.still().program
    if not isinstance(program, Staged):
        raise Refusal("not-here", "This model was not compiled.")
    return program


MODEL: Handlers = {COMPARE_STAGES: _stages, COMPARE_CAPTURED: _captured}
