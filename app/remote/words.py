"""The words of a command line that name a host, and the command that is the adapter there."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from .host import Host, decode, encode
from .hosts import BadHosts, find_host, read_hosts

if TYPE_CHECKING:
    from ..choice import LaunchChoice

NOT_FOR_COMPARE = (
    "compare hands files from one model to the other and works on this computer alone; record the"
    " run there with `opscope trace --host … --save FILE`, and compare the file."
)


def add_host_options(parser: argparse.ArgumentParser) -> None:
    """`--host`, and what may be said of it."""
    parser.add_argument(
        "--host",
        default="",
        metavar="HOST",
        help="run the model on this machine through ssh: user@machine, or a host of the settings;"
        " SPEC and all files that the model reads are then there",
    )
    parser.add_argument(
        "--host-folder", default="", metavar="FOLDER", help="where relative paths begin there"
    )
    parser.add_argument(
        "--host-env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an environment variable there; repeatable",
    )
    parser.add_argument(
        "--host-activate",
        default="",
        metavar="COMMAND",
        help="run by the login shell there before Python starts (“module load cuda”)",
    )
    parser.add_argument(
        "--host-option",
        action="append",
        default=[],
        metavar="WORDS",
        help="for ssh itself, as in --host-option='-J gateway -p 2222'; repeatable",
    )


def host_of(given: argparse.Namespace) -> Host | None:
    """What was written; None for this computer. Raises BadHosts with a sentence."""
    if getattr(given, "host_as", ""):
        return decode(json.loads(given.host_as))
    if not given.host:
        if given.host_folder or given.host_env or given.host_activate or given.host_option:
            raise BadHosts("the options that begin with --host- go with --host HOST.")
        return None
    host = find_host(given.host)
    try:
        options = tuple(word for words in given.host_option for word in shlex.split(words))
    except ValueError as error:
        raise BadHosts(f"--host-option cannot be read: {error}.") from error
    variables = dict(host.environment)
    for text in given.host_env:
        name, sign, value = text.partition("=")
        if not sign:
            raise BadHosts(f"--host-env takes NAME=VALUE, not {text}.")
        variables[name] = value
    host = replace(
        host,
        folder=given.host_folder or host.folder,
        activation=given.host_activate or host.activation,
        environment=tuple(variables.items()),
        options=(*options, *host.options),
    )
    wrong = host.problem()
    if wrong:
        raise BadHosts(wrong)
    return host


def adapter_words(host: Host, python: str = "") -> list[str]:
    """The command that is an adapter on a host; `python` is the model's, which may serve both."""
    words = [sys.executable, "-m", "opscope", "adapter"]
    words += ["--host", host.name] if _is_kept(host) else ["--host-as", json.dumps(encode(host))]
    return [*words, "--python", python] if python else words


def host_words(host: Host) -> list[str]:
    """As one would write it."""
    if _is_kept(host):
        return ["--host", host.name]
    words = ["--host", host.address]
    words += ["--host-folder", host.folder] if host.folder else []
    for pair in host.environment:
        words += ["--host-env", "=".join(pair)]
    words += ["--host-activate", host.activation] if host.activation else []
    return [*words, f"--host-option={shlex.join(host.options)}"] if host.options else words


def _is_kept(host: Host) -> bool:
    """The settings know it under its name, as it is."""
    try:
        return host in read_hosts()
    except BadHosts:
        return False


def adapter_of(choice: LaunchChoice) -> list[str] | None:
    """Where a model is to run, None for this computer."""
    return None if choice.host is None else adapter_words(choice.host, choice.python)
