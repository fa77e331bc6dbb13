"""The debuggee's process: how it is started, spoken to and ended. POSIX."""

from __future__ import annotations

import codecs
import contextlib
import ctypes
import fcntl
import os
import platform
import resource
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable

from ..protocol import leavings
from ..protocol.refusal import Refusal
from .guard import Guard

STACK_BYTES = 256 << 20
_CHUNK = 1 << 16
_PIPE_BYTES = 1 << 20
_PR_SET_PDEATHSIG = 1


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


def _memory(size: int) -> int:
    """A file that lies in memory, where the system has such: a full disk must not end a run.

    Raises OSError.
    """
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("opscope")
    else:
        descriptor, path = tempfile.mkstemp()
        os.unlink(path)
    os.truncate(descriptor, size)
    return descriptor


def _handles(process: int, number: signal.Signals) -> bool:
    """It catches a signal, as far as the system tells."""
    with contextlib.suppress(OSError), open(f"/proc/{process}/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    return True


def _widen(pipe: int) -> None:
    """Let more wait in it than a system lets by itself: what prints much need not wait for us."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


class Child:
    """A running debuggee. Start it on the main thread: the parent-death signal follows the thread.

    Its descriptors 0, 1 and 2 are /dev/null and two pipes; the protocol has two pipes of its own.
    Shared memory carries what is to be read after any death. `both_ways`: the protocol
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
        self._shared = _memory(leavings.SIZE)
        passed = (theirs_in, theirs_out, self._shared)
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
            os.close(self._shared)
            os.close(ours_in)
            os.close(ours_out)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout is not None
        assert stderr is not None
        for stream in (stdout, stderr):
            _widen(stream.fileno())
        self.protocol = ours_in
        self.output = {stdout.fileno(): "stdout", stderr.fileno(): "stderr"}
        self.input = ours_out
        self.pid = self._process.pid
        self._guard = Guard(self.pid)
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

    def read_text(self, fd: int) -> tuple[str, int | None]:
        """What was printed to stdout or stderr, and of how many bytes; None at their end."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return "", 0
        return self._decoders[fd].decode(data, final=not data), len(data) or None

    def poll(self) -> int | None:
        """Exit status, negative for a signal; None while it lives."""
        return self._process.poll()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the model."""
        self._process.send_signal(signal.SIGINT)

    def dump_stacks(self) -> None:
        """All Python stacks on its stderr, even while native code holds the interpreter.

        Raises Refusal where the signal for that would end it.
        """
        if not _handles(self.pid, signal.SIGUSR2):
            raise Refusal("no-stacks", "The model has taken SIGUSR2 away, which shows its stacks.")
        self._process.send_signal(signal.SIGUSR2)

    def last_op(self) -> str:
        """The op that it began last, "" before the first and after the run."""
        return leavings.read_note(self._shared)

    def words(self) -> str:
        """Why it ended itself, "" where it did not."""
        return leavings.read_words(self._shared)

    def left(self) -> leavings.Left:
        """What it has recorded and not sent."""
        return leavings.read_left(self._shared)

    def kill(self) -> None:
        """End it and everything it started in its session."""
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # all gone (macOS says the latter of zombies)
            return

    def wait(self) -> int:
        """Its exit status, after `kill`."""
        code = self._process.wait()
        self._guard.let_go()
        return code

    def close(self) -> None:
        """Let go of the pipes."""
        self._guard.let_go()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        os.close(self.protocol)
        os.close(self.input)
        os.close(self._shared)
