"""Why a host cannot be worked on, in one sentence with ssh's own words."""

from __future__ import annotations

import re

from .host import Host
from .landing import BAD_ACTIVATION, NO_PYTHON

NO_COMMAND = 127  # of a shell that does not find what it shall run
_FAILED = 255  # of ssh itself
_LOGIN = (
    "Opscope asks for no passwords: set up a key (ssh-keygen, then ssh-copy-id {address}), or name"
    " a program that asks for the password in SSH_ASKPASS."
)
# What ssh says, and what that means; the first that fits.
_MEANINGS = (
    (
        "HOST IDENTIFICATION HAS CHANGED",
        "{name} shows another key than before, so that ssh does not trust it. If that is meant to"
        " be, forget the old one with ssh-keygen -R {machine}.",
    ),
    (
        "Host key verification failed",
        "{name} is not known to ssh yet; log in once with ssh {address} and accept its key.",
    ),
    ("Permission denied", f"{{name}} refuses the login. {_LOGIN}"),
    ("Too many authentication failures", f"{{name}} refuses the login. {_LOGIN}"),
    ("Could not resolve hostname", "{name} is not found: ssh knows no machine of that name."),
    ("Connection refused", "{name} does not take connections."),
    ("timed out", "{name} does not answer."),
    ("No route to host", "{name} cannot be reached."),
    ("Network is unreachable", "{name} cannot be reached."),
    ("not responding", "{name} does not answer any more."),
)


def why_not(host: Host, code: int | None, errors: str, noise: str) -> str:
    """Of a line that ended before Opscope ran there; `code` None where it gave no answer in time.

    Args:
        errors: what ssh, and programs on the host, have written to standard error.
        noise: what the host has said on standard output.
    """
    said = quoted(errors)
    if code is None:
        heard = quoted(errors or noise)
        return f"{host.name} lets ssh in, but starts no Python in time.{heard}"
    if code == BAD_ACTIVATION:
        return f"The activation command failed on {host.name}: {host.activation}.{said}"
    if code == NO_PYTHON:
        if host.python:
            sentence = f"{host.python} does not run as Python 3.10 or newer on {host.name}."
        else:
            sentence = (
                f"{host.name} has no Python 3.10 or newer where it is looked for; name one with"
                " --python, or as the host's interpreter."
            )
        return f"{sentence}{said}"
    for words, meaning in _MEANINGS if code == _FAILED else ():
        if words in errors:
            machine = host.address.rpartition("@")[2]
            sentence = meaning.format(name=host.name, address=host.address, machine=machine)
            return f"{sentence}{said}"
    if code == NO_COMMAND:
        return f"{host.name} has no shell that runs sh.{quoted(errors or noise)}"
    return f"The line to {host.name} ended before Python ran there.{quoted(errors or noise)}"


def lost(host: Host, errors: str) -> str:
    """Of a line that ended while it was in use."""
    return f"The connection to {host.name} was lost; restart to connect anew.{quoted(errors)}"


def quoted(text: str) -> str:
    """The last line with words in it, as a quotation behind a sentence; "" for none."""
    lines = [line.strip() for line in text.splitlines() if re.search(r"\w", line)]
    return f" It said: “{lines[-1][:300]}”" if lines else ""
