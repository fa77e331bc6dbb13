"""Ends what a debuggee has started where the adapter is killed and cannot do so itself.

The debuggee itself then dies by its parent-death signal; programs that it has started know none.
"""

from __future__ import annotations

import contextlib
import os
import signal

_LET_GO = b"."
_MOST_DESCRIPTORS = 1 << 16


class Guard:
    """A process that does nothing but wait for the adapter's end. Make it on the only thread."""

    def __init__(self, group: int) -> None:
        """`group` is the process group to be ended. Raises OSError."""
        reading, self._writing = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            _wait(reading, group)
        os.close(reading)

    def let_go(self) -> None:
        """The group is gone; may be called again."""
        if self._writing < 0:
            return
        with contextlib.suppress(OSError):
            os.write(self._writing, _LET_GO)
        os.close(self._writing)
        self._writing = -1
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._process, 0)


def _wait(reading: int, group: int) -> None:
    """In the new process; never returns."""
    try:
        os.setsid()  # a terminal's Ctrl+C is not for it
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        os.closerange(0, reading)
        os.closerange(reading + 1, _MOST_DESCRIPTORS)
        if os.read(reading, 1) != _LET_GO:
            os.killpg(group, signal.SIGKILL)
    finally:
        os._exit(0)
