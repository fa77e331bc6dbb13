"""Starts a user's script that waits for a window, and a client in the window's place."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from opscope.tracers.ir import Run
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import NEW_RUN

PATIENCE = 120.0


def take_interrupts() -> None:
    """In the new process: a shell that runs the tests in the background has them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Script:
    """A script under way, which waits for somebody to attach."""

    def __init__(
        self, text: str, folder: Path, words: Sequence[str] = (), name: str = "script.py"
    ) -> None:
        """`words`: what Python is given; the file alone, where there are none."""
        self.file = folder / name
        self.file.write_text(text)
        self.process = subprocess.Popen(
            [sys.executable, *(words or [str(self.file)])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder if words else None,
            env={**os.environ, "OPSCOPE_WINDOW": ""},
            preexec_fn=take_interrupts,
        )

    @property
    def socket(self) -> str:
        """Where it waits; blocks until it does."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "waiting for a window" in line:
                return line.split()[-1]
        raise AssertionError("the script has ended without waiting")

    def ended(self) -> tuple[int, str, str]:
        """Exit code and what it printed, once it has ended."""
        out, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, out, errors


@contextlib.contextmanager
def running(
    text: str, folder: Path, words: Sequence[str] = (), name: str = "script.py"
) -> Iterator[Script]:
    """A script that is not left running."""
    script = Script(text, folder, words, name)
    try:
        yield script
    finally:
        script.process.kill()
        script.process.communicate()


def attach(client: Client, script: Script, **arguments: object) -> None:
    """What a window does until the first run."""
    sent = client.send("attach", {"socket": script.socket, **arguments})
    client.answer(sent)
    client.request("configurationDone")


def next_run(client: Client) -> Run:
    """The program's next run, which stands before its first op."""
    client.wait_event(NEW_RUN, timeout=PATIENCE)
    client.mirror.forget()
    run = client.follow_graph()
    client.wait_state("paused", timeout=PATIENCE)
    return run
