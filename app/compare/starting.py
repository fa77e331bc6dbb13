"""Starts the two sides of a comparison and the folder between them; ends all three."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Callable, Generator
from typing import Any

from ...tracers.protocol.client import Client

Heard = Callable[[dict[str, Any]], None]

_CLIENT = {"supportsProgressReporting": True}


class Starter:
    """One side's adapter; the one before it ends.

    `listen` gives, for each adapter that is started, what hears its messages.
    """

    def __init__(self, listen: Callable[[], Heard]) -> None:
        self._listen = listen
        self._client: Client | None = None
        self._given_up = threading.Event()

    def start(self) -> Client:
        """A fresh one, that has launched nothing yet."""
        self.end()
        self._client = Client.start(client=_CLIENT, heard=self._listen())
        if self._given_up.is_set():
            self._client.interrupt()
        return self._client

    def give_up(self) -> None:
        """From any thread: whoever waits for the side waits no longer, as if it had ended."""
        self._given_up.set()
        client = self._client
        if client is not None:
            client.interrupt()

    def end(self) -> None:
        """Nothing is left running."""
        client, self._client = self._client, None
        if client is not None:
            client.close()


@contextlib.contextmanager
def two_sides(a: Starter, b: Starter) -> Generator[str]:
    """A private folder for what one debuggee hands to the other; after it nothing is left."""
    with contextlib.ExitStack() as stack:
        exchange = stack.enter_context(tempfile.TemporaryDirectory(prefix="opscope-compare-"))
        for starter in (a, b):
            stack.callback(starter.end)
        yield exchange
