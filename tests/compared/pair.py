"""Runs cases: two debuggees stay, and every comparison is the product's own, from their requests
and answers on."""

from __future__ import annotations

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, cast

from opscope.tracers.compare.comparing import compare
from opscope.tracers.compare.result import Comparison
from opscope.tracers.compare.side import Side
from opscope.tracers.protocol.client import Client
from tests.compared.cases import Case
from tests.compared.plan import KERAS, TORCH

_HERE = Path(__file__).resolve().parent
_PATIENCE = 300.0
# The models are small: more threads would only wait for each other.
_ALONE = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}


class _Line:
    """A socket in the place of an adapter's pipes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.stdin: IO[bytes] = connection.makefile("wb")
        self.stdout: IO[bytes] = connection.makefile("rb", 0)

    def wait(self, timeout: float | None = None) -> int:
        """The other end reads to the end, and closes."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        return 0

    def kill(self) -> None:
        """Nothing to end."""


class Debuggee:
    """One process that runs one model after another."""

    def __init__(self, folder: str, writing: str) -> None:
        self._path = os.path.join(folder, writing)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self._path)
        self._listener.listen(1)
        root = _HERE.parent.parent
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.compared.debuggee"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=root,
            env={**os.environ, **_ALONE},
            text=True,
        )

    @contextlib.contextmanager
    def run(self, spec: str) -> Iterator[Client]:
        """A model that has run to its end. Raises AssertionError where it has not."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{self._path}\n")
        self._process.stdin.flush()
        connection = self._accepted()
        with connection, Client(cast(Any, _Line(connection))) as client:
            client.request("initialize", {"opscope": True})
            arguments = {"spec": spec, "noDebug": True, "stopOnEntry": False, "level": "loops"}
            client.launch(arguments, _PATIENCE)
            state = client.wait_state("finished", "failed", timeout=_PATIENCE)
            assert state.state.value == "finished", f"{spec}: {state.message}"
            yield client

    def _accepted(self) -> socket.socket:
        self._listener.settimeout(1.0)
        while self._process.poll() is None:
            with contextlib.suppress(TimeoutError):
                return self._listener.accept()[0]
        raise ConnectionError(f"the debuggee ended with {self._process.returncode}")

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._listener.close()


class Compared:
    """A comparison with its two sides, by writing."""

    def __init__(self, case: Case, sides: dict[str, Side], found: Comparison, seconds: float):
        self.case, self.sides, self.found, self.seconds = case, sides, found, seconds


class Pair:
    """A debuggee for each framework, for as long as it is entered."""

    def __enter__(self) -> Pair:
        self._stack = contextlib.ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="opscope-table-"))
        self._folder = folder
        self._debuggees: dict[str, Debuggee] = {}
        for writing in (TORCH, KERAS):
            self._debuggees[writing] = Debuggee(folder, writing)
            self._stack.callback(self._debuggees[writing].close)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @contextlib.contextmanager
    def compared(self, case: Case, times: int = 1) -> Iterator[Compared]:
        """Run both models of a case, and compare them; the debuggees still answer. The seconds are
        the median of so many comparisons."""
        with (
            tempfile.TemporaryDirectory(dir=self._folder) as exchange,
            self._debuggees[TORCH].run(f"{_HERE}/torch_models.py:{case.name}") as torch,
            self._debuggees[KERAS].run(f"{_HERE}/keras_models.py:{case.name}") as keras,
        ):
            clients = {TORCH: torch, KERAS: keras}
            second = KERAS if case.first == TORCH else TORCH
            seconds: list[float] = []
            for _ in range(times):
                a = Side("A", clients[case.first], exchange, True)
                b = Side("B", clients[second], exchange, True)
                began = time.perf_counter()
                found = compare(a, b)
                seconds.append(time.perf_counter() - began)
            yield Compared(case, {case.first: a, second: b}, found, statistics.median(seconds))
