"""A machine that models run on, as plain data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

_ADDRESS = re.compile(r"[^\s\-@:/'\"\\][^\s/'\"\\]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that is reached through ssh.

    Attributes:
        name: what the user calls it; its address where it has no other name.
        address: "machine" or "user@machine", as ssh takes it.
        python: the interpreter that Opscope runs with there, "" for the first that will do.
        folder: where relative paths begin, "" for the home folder.
        environment: variables that models are started with.
        activation: a command of the login shell there, run before Python starts, "" for none.
        options: further words for ssh ("-J", "gateway", "-p", "2222").
    """

    name: str
    address: str
    python: str = ""
    folder: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    activation: str = ""
    options: tuple[str, ...] = ()

    def problem(self) -> str:
        """A sentence on what cannot be, "" where nothing is wrong."""
        if not self.address:
            return "Write the machine's address, as user@machine."
        if not _ADDRESS.fullmatch(self.address):
            return f'"{self.address}" is no address; write machine or user@machine.'
        if not self.name.strip() or any(letter in self.name for letter in "/:\n"):
            return f'"{self.name}" cannot be a host\'s name; it must have no colon and no slash.'
        wrong = next((name for name, _ in self.environment if not _VARIABLE.fullmatch(name)), None)
        return "" if wrong is None else f'"{wrong}" cannot be the name of a variable.'


def plain_host(address: str) -> Host:
    """The host of an address alone."""
    return Host(address, address)


def encode(host: Host) -> dict[str, Any]:
    """As JSON's types, without what is not set."""
    row: dict[str, Any] = {"name": host.name, "address": host.address}
    for name in ("python", "folder", "activation"):
        if getattr(host, name):
            row[name] = getattr(host, name)
    if host.environment:
        row["environment"] = dict(host.environment)
    if host.options:
        row["options"] = list(host.options)
    return row


def decode(row: dict[str, Any]) -> Host:
    """From JSON's types; what is of the wrong kind counts as not set."""
    address = _text(row, "address")
    variables, options = row.get("environment"), row.get("options")
    pairs = cast("dict[object, object]", variables) if isinstance(variables, dict) else {}
    words = cast("list[object]", options) if isinstance(options, list) else []
    return Host(
        name=_text(row, "name") or address,
        address=address,
        python=_text(row, "python"),
        folder=_text(row, "folder"),
        environment=tuple((str(name), str(value)) for name, value in pairs.items()),
        activation=_text(row, "activation"),
        options=tuple(str(word) for word in words),
    )


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""
