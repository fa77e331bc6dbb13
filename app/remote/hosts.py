"""The named hosts of the settings: a file of their own, which the command reads without Qt."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from .host import Host, decode, encode, plain_host


class BadHosts(Exception):
    """Shown to the user as it is."""


def hosts_path() -> Path:
    """Beside the settings; OPSCOPE_HOSTS names another file."""
    given = os.environ.get("OPSCOPE_HOSTS")
    if given:
        return Path(given)
    home = Path.home()
    if platform.system() == "Windows":
        folder = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif platform.system() == "Darwin":
        folder = home / "Library" / "Preferences"
    else:
        folder = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "opscope" / "hosts.json"


def read_hosts() -> tuple[Host, ...]:
    """In the order of the file. Raises BadHosts where there is one that cannot be read."""
    path = hosts_path()
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:
        raise BadHosts(f"The hosts in {path} cannot be read: {error}.") from error
    if not isinstance(rows, list):
        raise BadHosts(f"The hosts in {path} cannot be read: a list is expected.")
    found = cast("list[object]", rows)
    hosts = [decode(cast("dict[str, Any]", row)) for row in found if isinstance(row, dict)]
    return tuple(host for host in hosts if host.address)


def write_hosts(hosts: Sequence[Host]) -> None:
    """Replace the file, which only the user may read. Raises OSError."""
    path = hosts_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".hosts-")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.write(json.dumps([encode(host) for host in hosts], ensure_ascii=False, indent=1))
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def keep_host(host: Host) -> None:
    """Put a host into the file, in the place of one of that name. Raises OSError, BadHosts."""
    write_hosts([*(other for other in read_hosts() if other.name != host.name), host])


def find_host(text: str) -> Host:
    """The host of that name, else the one at that address. Raises BadHosts."""
    for host in read_hosts():
        if host.name == text:
            return host
    return plain_host(text)


def keep_new_host(host: Host) -> None:
    """Keep a host that no other is called like, so that a model on it can be opened once more.

    Raises OSError, BadHosts.
    """
    if all(other.name != host.name for other in read_hosts()):
        keep_host(host)
