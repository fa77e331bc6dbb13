"""The requests for saving a run, and for what a saved run was saved with."""

from __future__ import annotations

import os
import time
from typing import Any, cast

from ..protocol.messages import EXTRAS, SAVE
from ..protocol.refusal import Refusal
from .backend import Recorded
from .live import Live
from .run_file import SUFFIX
from .server import Answer, Handlers, Later, Reply

Json = dict[str, Any]

_STEP = 0.2  # seconds between two words
_ID = "opscope-save"
_MOST_EXTRAS = 16 << 20  # letters, and 16 for each thing
_DEEPEST = 32


class _Telling:
    """Tells how far it has come; breaks off when it is asked to."""

    def __init__(self, live: Live) -> None:
        self.broken_off = False
        self._live = live
        self._wanted = live.client.get("supportsProgressReporting") is True
        self._begun = False
        self._next = time.monotonic() + _STEP

    def at(self, done: int, total: int) -> None:
        """So many bytes. Raises Refusal where it was broken off."""
        if self.broken_off:
            raise Refusal("cancelled", "Saving was cancelled; nothing was written.")
        now = time.monotonic()
        if not self._wanted or now < self._next:
            return
        self._next = now + _STEP
        body: Json = {"progressId": _ID, "percentage": round(100 * min(done / total, 1))}
        if not self._begun:
            self._begun = True
            body |= {"title": "Saving the run", "cancellable": True}
        self._live.wire.event("progressUpdate" if len(body) == 2 else "progressStart", body)

    def end(self) -> None:
        """It is done, or given up."""
        if self._begun:
            self._live.wire.event("progressEnd", {"progressId": _ID})


def _save(live: Live, arguments: Json) -> Answer:
    from .saving import Chosen, Saving  # late: with what explains findings it takes 20 ms

    loaded = live.still()
    path = str(arguments.get("path") or "")
    try:
        choice = Chosen(arguments.get("values", Chosen.ALL.value))
    except ValueError as error:
        raise Refusal("bad-arguments", 'Values are "all", "pinned" or "none".') from error
    extras: Any = arguments.get("extras")
    given = cast(Json, extras) if isinstance(extras, dict) else {}
    if path:
        path = _checked(path)
    telling = _Telling(live)

    def begin(reply: Reply) -> None:
        live.do(lambda: reply(serve()))

    def serve() -> Answer | Refusal:
        try:
            loaded.settle()
            saving = Saving(loaded, live.state(), given)
            if not path:
                return Answer({"sizes": saving.sizes()})
            size = saving.write(path, choice, live.launched, telling.at)
            return Answer({"path": path, "bytes": size})
        except Refusal as refusal:
            return refusal
        except OSError as error:
            return Refusal("not-written", f"{path} could not be written: {error.strerror}.")
        finally:
            telling.end()

    later = Later(begin)
    later.cancel = lambda: setattr(telling, "broken_off", True)
    raise later


def _checked(path: str) -> str:
    path = os.path.abspath(os.path.expanduser(path))
    if not path.endswith(SUFFIX):
        path += SUFFIX
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        raise Refusal("not-written", f"There is no folder {folder} to write into.")
    if os.path.isdir(path):
        raise Refusal("not-written", f"{path} is a folder.")
    return path


def _extras(live: Live, arguments: Json) -> Answer:
    program = live.loaded().program
    given = program.extras if isinstance(program, Recorded) else {}
    return Answer({"extras": given if harmless(given) else {}})


def harmless(extras: Json) -> bool:
    """They fit into a message, and are no deeper than any client reads."""
    left, room = [(cast(object, extras), 0)], _MOST_EXTRAS
    while left:
        value, depth = left.pop()
        inner: list[object] = []
        if isinstance(value, dict):
            rows = cast("dict[str, object]", value)
            inner = [*rows, *rows.values()]
        elif isinstance(value, list):
            inner = cast("list[object]", value)
        room -= len(value) if isinstance(value, str) else 16
        if room < 0 or depth > _DEEPEST:
            return False
        left += [(one, depth + 1) for one in inner]
    return True


HANDLERS: Handlers = {SAVE: _save, EXTRAS: _extras}
