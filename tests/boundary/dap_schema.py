"""Holds a message against the Debug Adapter Protocol's own JSON schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

SCHEMA = json.loads((Path(__file__).parent / "dap" / "debugProtocol.json").read_text("utf-8"))

# A restart's arguments are "one of" launch's and attach's, and whatever fits one fits the other.
_arguments = SCHEMA["definitions"]["RestartArguments"]["properties"]["arguments"]
_arguments["anyOf"] = _arguments.pop("oneOf")


class Checker:
    """Collects what is wrong with the messages of a session, and which kinds there were."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.faults: list[str] = []
        self._seqs: set[int] = set()

    def check(self, message: dict[str, Any]) -> None:
        """One message, either way."""
        name = definition_of(message)
        self.seen.add(name)
        for error in _validator(name).iter_errors(message):
            path = "/".join(str(part) for part in error.absolute_path)
            self.faults.append(f"{name} at {path}: {error.message:.200}")
        json.dumps(message, allow_nan=False)
        if message["type"] != "request":
            if message["seq"] in self._seqs:
                self.faults.append(f"seq {message['seq']} came twice")
            self._seqs.add(message["seq"])


def definition_of(message: dict[str, Any]) -> str:
    """The schema's name of a message's kind; the general one for Opscope's own messages."""
    kind = message["type"].capitalize()
    if kind == "Response" and not message["success"]:
        return "ErrorResponse"
    name = message["event"] if kind == "Event" else message["command"]
    special = f"{name[0].upper()}{name[1:]}{kind}"
    return special if special in SCHEMA["definitions"] else kind


@cache
def _validator(name: str) -> Draft4Validator:
    return Draft4Validator({**SCHEMA, "$ref": f"#/definitions/{name}"})
