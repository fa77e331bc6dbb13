"""The debuggee's process: how it is started, spoken to and ended. POSIX."""

from __future__ import annotations

import codecs
import ctypes
import os
import platform
import resource
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable

STACK_BYTES = 256 << 20
_CHUNK = 1 << 16
_PR_SET_PDEATHSIG = 1
_NOTE_BYTES = 4096


def _before_exec() -> Callable[[], None]:
    """What the new process does to itself between fork and exec."""
    libc = ctypes.CDLL(None) if platform.system() == "Linux" else None
    adapter = os.getpid()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the adapter ignores it
        _, hard = resource.getrlimit(resource.RLIMIT_STACK)
        soft = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
        resource.setrlimit(resource.RLIMIT_STACK, (soft, hard))
        if libc is not None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != adapter:  # it died before the line above
                os._exit(1)

    return prepare


class Child:
    """A running debuggee. Start it on the main thread: the parent-death signal follows the thread.

    Its descriptors 0, 1 and 2 are /dev/null and two pipes; the protocol has two pipes of its own.
    A shared file carries the op that runs, to be read after any death. `both_ways`: the protocol
    has one socket, under two descriptors.

    Raises OSError where it cannot be started.
    """

    def __init__(
        self,
        command: list[str],
        environment: dict[str, str],
        folder: str | None,
        both_ways: bool = False,
    ) -> None:
        if both_ways:
            ours_in, theirs_in = (end.detach() for end in socket.socketpair())
            ours_out, theirs_out = os.dup(ours_in), os.dup(theirs_in)
        else:
            ours_in, theirs_out = os.pipe()
            theirs_in, ours_out = os.pipe()
        self._note = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the child
        self._note.truncate(_NOTE_BYTES)
        passed = (theirs_in, theirs_out, self._note.fileno())
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=passed,
                env={**environment, "OPSCOPE_FDS": ",".join(str(fd) for fd in passed)},
                cwd=folder,
                start_new_session=True,
                preexec_fn=_before_exec(),
                bufsize=0,
            )
        except OSError:
            self._note.close()
            os.close(ours_in)
            os.close(ours_out)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout is not None
        assert stderr is not None
        self.protocol = ours_in
        self.output = {stdout.fileno(): "stdout", stderr.fileno(): "stderr"}
        self.input = ours_out
        self.pid = self._process.pid
        decoder = codecs.getincrementaldecoder("utf-8")
        self._decoders = {fd: decoder("replace") for fd in self.output}
        self._waiting = bytearray()
        for fd in (ours_in, ours_out, *self.output):
            os.set_blocking(fd, False)

    @property
    def wants_write(self) -> bool:
        """Something sent still waits for room in the pipe."""
        return bool(self._waiting)

    def send(self, data: bytes) -> None:
        """Send without ever blocking: a debuggee that does not read must not stop the adapter."""
        self._waiting += data
        self.write()

    def write(self) -> None:
        """Push what waits."""
        while self._waiting:
            try:
                done = os.write(self.input, self._waiting[: 1 << 20])
            except BlockingIOError:
                return
            except OSError:  # it is dead or has closed its end; waitpid will tell
                self._waiting.clear()
                return
            del self._waiting[:done]

    def read(self) -> bytes | None:
        """Protocol bytes; b"" at the end, None where there are none now."""
        try:
            return os.read(self.protocol, _CHUNK)
        except BlockingIOError:
            return None

    def read_text(self, fd: int) -> str | None:
        """What was printed to stdout or stderr; None at the end, "" where there is nothing now."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return ""
        text = self._decoders[fd].decode(data, final=not data)
        return text if data or text else None

    def poll(self) -> int | None:
        """Exit status, negative for a signal; None while it lives."""
        return self._process.poll()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the model."""
        self._process.send_signal(signal.SIGINT)

    def dump_stacks(self) -> None:
        """All Python stacks on its stderr, even while native code holds the interpreter."""
        self._process.send_signal(signal.SIGUSR2)

    def last_op(self) -> str:
        """The op that it began last, "" before the first and after the run."""
        data = os.pread(self._note.fileno(), _NOTE_BYTES, 0)
        size = int.from_bytes(data[:2], "little")
        return data[2 : 2 + size].decode("utf-8", "replace")

    def kill(self) -> None:
        """End it and everything it started in its session."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # all gone (macOS says the latter of zombies)
            return

    def wait(self) -> int:
        """Its exit status, after `kill`."""
        return self._process.wait()

    def close(self) -> None:
        """Let go of the pipes."""
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        os.close(self.protocol)
        os.close(self.input)
        self._note.close()


def epitaph(code: int, name: str | None, last: str) -> str:
    """One sentence on a debuggee's death: exit status, signal's name, last op."""
    if name is not None:
        how = f"was killed by {name} ({signal.strsignal(-code) or 'unknown signal'})"
    else:
        how = f"ended with exit code {code}"
    if last:
        return f"The model's Python {how}; the last op it began was {last}."
    return f"The model's Python {how}."
