"""The line to a host: ssh's standard input and output, with Opscope's adapter at the far end."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shlex
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any

from opscope import __version__

from .archive import pack
from .cutter import Cutter
from .host import Host
from .landing import script
from .ssh_words import lost, why_not

PATIENCE = 60.0  # seconds until Python must have answered there
_MOST_NOISE = 1 << 20  # bytes before the first word
_CHUNK = 1 << 18
_KEPT = 4000  # characters of what was said
# Given behind the user's own, which count more.
_OPTIONS = (
    *("-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3"),
    *("-o", "ClearAllForwardings=yes", "-o", "LogLevel=ERROR", "-T"),
)

Stage = Callable[[str], None]


class CannotConnect(Exception):
    """Shown to the user as it is: one sentence, with ssh's own words."""


class Line:
    """One connection. Made by `open`, from one thread; `write`, `hang_up` and `errors` are for all.

    Attributes:
        sent: bytes of the archive that had to be sent, 0 where it was there.
    """

    def __init__(self, host: Host, hint: str = "") -> None:
        self.host = host
        self.sent = 0
        self._hint = hint
        self._mark = f"OPSCOPE-{secrets.token_hex(12)}"
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = ""
        self._listener: threading.Thread | None = None
        self._writing = threading.Lock()
        self._late = False
        self._given_up = False
        self._rest = b""

    def open(self, stage: Stage) -> None:
        """Log in and start the adapter there. Raises CannotConnect."""
        wrong = self.host.problem()
        if wrong:
            raise CannotConnect(wrong)
        stage(f"Connecting to {self.host.name}")
        process = self._start()
        watchdog = threading.Timer(PATIENCE, self._too_late)
        watchdog.daemon = True
        watchdog.start()
        try:
            archive = pack()
            self.write(script(self.host, self._hint, self._mark, archive.digest, len(archive.data)))
            answer = self._answer(process)
            if answer.get("send"):
                stage(f"Sending Opscope to {self.host.name} ({len(archive.data) >> 10} KiB)")
                self.write(archive.data)
                self.sent = len(archive.data)
                answer = self._answer(process)
        finally:
            watchdog.cancel()
        if answer.get("version") != __version__:
            self.hang_up()
            problem = answer.get("problem") or "it runs another version"
            raise CannotConnect(f"Opscope could not start on {self.host.name}: {problem}")
        stage("Starting Python")

    def frames(self) -> Iterator[bytes]:
        """Whole messages as they come, until the line ends."""
        assert self._process is not None
        assert self._process.stdout is not None
        cutter = Cutter()
        data, self._rest = self._rest, b""
        while True:
            yield from cutter.feed(data)
            data = os.read(self._process.stdout.fileno(), _CHUNK)
            if not data:
                return

    def write(self, data: bytes) -> None:
        """Send; a line that has ended is told by `frames`."""
        process, rest = self._process, memoryview(data)
        if process is None or process.stdin is None:
            return
        with self._writing, contextlib.suppress(OSError, ValueError):
            while rest:
                rest = rest[process.stdin.write(rest) :]

    def let_go(self, grace: float) -> None:
        """Close our side. ssh tells the far end, and ends when that has ended, or does not answer;
        for `grace` seconds that is waited for."""
        process = self._process
        if process is not None and process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)

    def hang_up(self) -> None:
        """End ssh, and so the line, at once; the far end notices that."""
        self._given_up = True
        if self._process is not None:
            self.let_go(0.0)
            self._process.kill()
            self._process.wait()

    def ended(self) -> str:
        """How the line has ended, as a sentence; "" where the adapter there came to its end."""
        assert self._process is not None
        code = self._process.wait()
        return "" if code == 0 else lost(self.host, self._last_errors())

    def _start(self) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        asks = bool(environment.get("SSH_ASKPASS"))
        if asks:  # there is no terminal to ask in
            environment.setdefault("SSH_ASKPASS_REQUIRE", "force")
        command = [
            *shlex.split(environment.get("OPSCOPE_SSH") or "ssh"),
            *self.host.options,
            *("-o", f"BatchMode={'no' if asks else 'yes'}"),
            *_OPTIONS,
            "--",
            self.host.address,
            "sh",
        ]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                bufsize=0,  # closing must not wait for a write that gets nowhere
                start_new_session=True,  # the terminal's Ctrl+C is not for it
            )
        except OSError as error:
            why = error.strerror or str(error)
            raise CannotConnect(f"{command[0]} cannot be started: {why}.") from error
        self._process = process
        self._listener = threading.Thread(target=self._listen, args=(process.stderr,), daemon=True)
        self._listener.start()
        if self._given_up:  # meanwhile
            self.hang_up()
        return process

    def _listen(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._errors = (self._errors + line.decode(errors="replace"))[-_KEPT:]

    def _answer(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        """The next line behind the mark, past whatever else is said. Raises CannotConnect."""
        assert process.stdout is not None
        mark = f"\n{self._mark} ".encode()
        heard = b"\n" + self._rest
        while True:
            start = heard.find(mark)
            end = heard.find(b"\n", start + len(mark)) if start >= 0 else -1
            if end >= 0:
                self._rest = heard[end + 1 :]
                return json.loads(heard[start + len(mark) : end])
            data = os.read(process.stdout.fileno(), _CHUNK)
            if not data or len(heard) > _MOST_NOISE:
                self.hang_up()
                code = None if self._late else process.wait()
                noise = heard.decode(errors="replace")
                raise CannotConnect(why_not(self.host, code, self._last_errors(), noise))
            heard += data

    def _too_late(self) -> None:
        self._late = True
        if self._process is not None:
            self._process.kill()

    def _last_errors(self) -> str:
        if self._listener is not None:
            self._listener.join(1.0)
        return self._errors
