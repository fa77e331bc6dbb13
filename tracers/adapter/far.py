"""The adapter on a host, at the far end of a line that may break at any time; POSIX.

It ends by itself, with all that it has started, where its client has been silent for too long.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from typing import cast

from opscope import __version__

from ..protocol import pythons
from ..protocol.host_messages import ALIVE, FILE, FOLDER, PYTHON, PYTHONS, SCRATCH, SPEC
from ..protocol.refusal import Refusal
from . import far_files
from .link import ClientGone, Link, own_descriptors
from .replies import Json, success
from .supervisor import Supervisor

SILENCE = 300  # seconds; a client gives a sign of life much more often
_CHUNK = 1 << 16
_MOST_WORDS = 1 << 16  # bytes of what an interpreter answers


class FarLink(Link):
    """Takes note of signs of life. Every method may raise ClientGone once there are none.

    Attributes:
        silent: that is how it ended.
    """

    def __init__(self, reading: int, writing: int) -> None:
        super().__init__(reading, writing)
        self.silent = False
        signal.signal(signal.SIGALRM, self._give_up)  # a write to a dead line may not come back
        signal.alarm(SILENCE)

    def requests(self) -> list[Json]:
        """As Link's, without signs of life."""
        signal.alarm(SILENCE)
        return [each for each in super().requests() if each["command"] != ALIVE]

    def _give_up(self, _number: int, _frame: object) -> None:
        self.silent = True
        raise ClientGone


class FarSupervisor(Supervisor):
    """Also tells what there is on its machine."""

    def __init__(self, link: Link) -> None:
        super().__init__(link)
        self._asked: dict[int, subprocess.Popen[bytes]] = {}
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def run(self) -> None:
        """As Supervisor's; nothing stays, neither processes nor files."""
        try:
            super().run()
        finally:
            signal.alarm(0)
            for descriptor in list(self._asked):
                self._forget(descriptor)
            if self._scratch is not None:
                self._scratch.cleanup()

    def _handlers(self) -> dict[str, Callable[[Json, Json], None]]:
        plain: dict[str, Callable[[Json], Json]] = {
            FOLDER: far_files.folder,
            SPEC: far_files.spec,
            PYTHONS: far_files.pythons,
            SCRATCH: self._make_scratch,
        }
        found = super()._handlers()
        for name, answer in plain.items():
            found[name] = partial(self._say, answer)
        return found | {FILE: self._file, PYTHON: self._python}

    def _launch(self, request: Json, arguments: Json) -> None:
        super()._launch(request, _whole(arguments))

    def _restart(self, request: Json, arguments: Json) -> None:
        changed = arguments.get("arguments")
        if isinstance(changed, dict):
            arguments = {**arguments, "arguments": _whole(cast(Json, changed))}
        super()._restart(request, arguments)

    def _say(self, answer: Callable[[Json], Json], request: Json, arguments: Json) -> None:
        self._tell(success(request, answer(arguments)))

    def _file(self, request: Json, arguments: Json) -> None:
        body, data = far_files.file(arguments)
        self._tell(success(request, body), data)

    def _make_scratch(self, arguments: Json) -> Json:
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="opscope-")
        return {"folder": self._scratch.name}

    def _python(self, request: Json, arguments: Json) -> None:
        """Ask an interpreter what it has; the answer goes out when it has said so."""
        path = os.path.expanduser(str(arguments.get("path") or ""))
        try:
            process = subprocess.Popen(
                [path, "-c", pythons.QUESTION],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=tempfile.gettempdir(),
                start_new_session=True,
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise Refusal("bad-python", f"{path} cannot be started: {why}.") from error
        assert process.stdout is not None
        descriptor, heard = process.stdout.fileno(), bytearray()
        self._asked[descriptor] = process

        def take() -> None:
            data = os.read(descriptor, _CHUNK)
            heard.extend(data)
            if not data or len(heard) > _MOST_WORDS:
                self._forget(descriptor)
                self._tell(success(request, {"text": heard.decode(errors="replace")}))

        def late() -> None:
            if self._asked.get(descriptor) is process:
                _kill(process)

        self._loop.watch(descriptor, take)
        self._loop.after(pythons.PATIENCE, late)

    def _forget(self, descriptor: int) -> None:
        self._loop.leave(descriptor)
        process = self._asked.pop(descriptor)
        _kill(process)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _whole(launch: Json) -> Json:
    """With the folder that a model is to run in as it is called here."""
    folder = launch.get("cwd")
    if not isinstance(folder, str):
        return launch
    return {**launch, "cwd": os.path.abspath(os.path.expanduser(folder))}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def main(argv: list[str]) -> int:
    """Serve a client over stdin and stdout, past a mark that says that it is us.

    `argv`: the mark, and a folder to remove at the end, if there is one. Gives the exit code: 1
    where the client was silent for too long.
    """
    mark, *passing = argv
    reading, writing = own_descriptors()
    facts = json.dumps({"version": __version__})
    try:
        os.write(writing, f"\n{mark} {facts}\n".encode())
        link = FarLink(reading, writing)
        FarSupervisor(link).run()
    finally:
        for folder in passing:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if link.silent else 0
