"""Models that a program calls by itself: counted, listed, and stopped at where the user asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import get_ident
from typing import Any

from ..ir import SourceLine
from ..protocol.messages import PROGRAM
from .backend import Inputs
from .tracebacks import pass_on
from .wire import Wire

INTERVAL = 0.2  # seconds between two looks at whether there is something to tell

# What runs inside is a run in the window.
Debugging = Callable[[Any, Inputs], AbstractContextManager[None]]


@dataclass(slots=True)
class Called:
    """A model at a line that calls it.

    Attributes:
        name: the model's class, or the function's name.
        running: how many of its calls have not come back.
        wanted: its next call is to be stopped at.
    """

    name: str
    line: SourceLine | None
    calls: int = 0
    running: int = 0
    wanted: bool = False


class Calls:
    """The outermost calls of models, from any thread.

    A backend asks `inside` whether the thread that it is on is in such a call already; if not, it
    goes through `enter`.

    Attributes:
        name: what the user calls the program.
        inside: threads that are in an outermost call.
        first: the first call of all is to be stopped at.
        any: the next call is, whichever it is.
    """

    def __init__(
        self,
        name: str,
        wire: Wire,
        debugging: Debugging,
        busy: Callable[[], bool],
        first: bool,
    ) -> None:
        """`busy`: a run is under way, which this call is part of."""
        self.name = name
        self.inside: set[int] = set()
        self.first = first
        self.any = False
        self._wire = wire
        self._debugging = debugging
        self._busy = busy
        self._rows: dict[tuple[str, SourceLine | None], Called] = {}
        self._held: Called | None = None
        self._version = 0
        self._told = -1
        self._lock = threading.Lock()
        self._closed = threading.Event()

    def begin(self) -> None:
        """Tell the window now, and of every change from here on."""
        self.tell()
        threading.Thread(target=self._loop, name="opscope-calls", daemon=True).start()

    def end(self) -> None:
        """The program ends, or nobody looks any more."""
        self._closed.set()
        self.tell()

    def forked(self) -> None:
        """This process is a fork, where nothing is stopped at."""
        self._lock = threading.Lock()
        self._closed.set()
        self.first = self.any = False
        for row in self._rows.values():
            row.wanted = False

    def enter(
        self,
        name: str,
        line: SourceLine | None,
        model: Any,
        call: Callable[..., Any],
        inputs: Inputs,
    ) -> Any:
        """An outermost call of a model, as `call` with these inputs makes it."""
        thread = get_ident()
        row = self._rows.get((name, line))
        if row is None:
            with self._lock:
                row = self._rows.setdefault((name, line), Called(name, line))
        row.calls += 1
        row.running += 1
        self._version += 1
        self.inside.add(thread)
        try:
            if (row.wanted or self.any or self.first) and not self._busy() and self._take(row):
                with self._debugging(model, inputs):
                    self._hold(row)
                    return call(*inputs[0], **inputs[1])
            return call(*inputs[0], **inputs[1])
        except BaseException as error:
            pass_on(error)
            raise
        finally:
            self.inside.discard(thread)
            if self._held is row:
                self._held = None
            row.running -= 1
            self._version += 1

    def _take(self, row: Called) -> bool:
        """This call is the one that was waited for."""
        with self._lock:
            taken = row.wanted or self.any or self.first
            row.wanted = self.any = self.first = False
        self.tell()
        return taken

    def _hold(self, row: Called) -> None:
        """The run that has begun is of this model."""
        self._held = row
        self.changed()

    def changed(self) -> None:
        """A run has begun, or is over: tell so."""
        self._version += 1
        self.tell()

    # The reader's thread

    def want(self, numbers: list[int], any_call: bool) -> None:
        """Stop at the next call of these rows and of no others, or at the next of all."""
        with self._lock:
            for number, row in enumerate(self._rows.values()):
                row.wanted = number in numbers
            self.any = any_call
            self._version += 1
        self.tell()

    def want_first(self, wanted: bool) -> None:
        """Stop at the first call, where there was none yet."""
        with self._lock:
            self.first = wanted and not self._rows
            self._version += 1
        self.tell()

    def tell(self) -> None:
        """Tell the window how it stands, if it does not know."""
        with self._lock:
            version = self._version
            if version == self._told:
                return
            self._told = version
            rows, held = list(self._rows.values()), self._held
        self._wire.event(
            PROGRAM,
            {
                "name": self.name,
                "first": self.first,
                "any": self.any,
                "run": self._busy(),
                "held": -1 if held is None else rows.index(held),
                "models": [_row(number, row) for number, row in enumerate(rows)],
            },
        )

    def _loop(self) -> None:
        while not self._closed.wait(INTERVAL):
            self.tell()


def _row(number: int, row: Called) -> dict[str, Any]:
    line = row.line
    return {
        "number": number,
        "name": row.name,
        "file": "" if line is None else line.file,
        "line": 0 if line is None else line.line,
        "calls": row.calls,
        "running": row.running > 0,
        "wanted": row.wanted,
    }
