"""What is told of a debuggee's end."""

from __future__ import annotations

import contextlib
import re
import signal
from dataclasses import asdict, dataclass

from .child import Child
from .guest import GONE, Guest
from .replies import Json

CUT_OFF = "had closed the debugger's own descriptors, so that it had to end"
_KILLS = "/proc/vmstat"
_ACCOUNT = re.compile(
    r"^(?:Fatal Python error: |Extension modules: |\*\*\* Check failure stack| *@ +0x)",
    re.MULTILINE,
)
_MEMORY = " Memory had probably run out: the system has just killed a process for that."


@dataclass(frozen=True, slots=True)
class Epitaph:
    """Of one debuggee.

    Attributes:
        sentence: how it ended, and in which op.
        sudden: nobody let it end there.
        body: of the `exited` event.
    """

    sentence: str
    sudden: bool
    body: Json


class Registrar:
    """Made when a debuggee starts; asked when it is dead.

    Attributes:
        why: it was ended for this, after "The model's Python"; "" where the user wanted it.
    """

    def __init__(self) -> None:
        self.why = ""
        self._kills = _memory_kills()

    def epitaph(self, child: Child | Guest, code: int) -> Epitaph:
        """`code` as `Child.poll` has it."""
        name = signal.Signals(-code).name if code < 0 else None
        last, words = child.last_op(), child.words() or self.why
        sentence = GONE if isinstance(child, Guest) else sentence_of(code, name, last, words)
        if name == "SIGKILL" and not words and _memory_kills() > self._kills:
            sentence += _MEMORY
        body: Json = {"exitCode": code if code >= 0 else 128 - code}
        left = asdict(child.left())
        body["opscope"] = {"signal": name, "lastOp": last, "sentence": sentence, "left": left}
        return Epitaph(sentence, bool(code or last), body)


def sentence_of(code: int, name: str | None, last: str, words: str = "") -> str:
    """How it ended: exit status, signal's name, last op; or its own words for why."""
    if words:
        how = words
    elif name is not None:
        how = f"was killed by {name} ({signal.strsignal(-code) or 'unknown signal'})"
    else:
        how = f"ended with exit code {code}"
    if last:
        return f"The model's Python {how}; the last op it began was {last}."
    return f"The model's Python {how}."


def last_words(errors: str) -> str:
    """The last line that was written to the standard error, "" for none; not of the accounts that
    Python and libraries give of a fatal signal, which the sentence names already."""
    said = _ACCOUNT.split(errors)[0].split("\n")
    return next((line.strip() for line in reversed(said) if line.strip()), "")


def _memory_kills() -> int:
    """How many processes Linux has killed so far because memory ran out."""
    with contextlib.suppress(OSError, ValueError), open(_KILLS, encoding="ascii") as lines:
        for line in lines:
            name, _, count = line.partition(" ")
            if name == "oom_kill":
                return int(count)
    return 0
