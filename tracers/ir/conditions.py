"""What a breakpoint asks besides its place: a condition, a rule over hits, a message to log.

Only the grammar, so that the window can check what is typed; engine/judge.py decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from .breakpoint import Breakpoint, BreakpointKind
from .expression import BadExpression, Parsed, parse

# Names of a breakpoint's expressions, each with what it stands for.
NAMES = {
    "output": "the op's first output",
    "outputs": "all outputs of the op",
    "shape": "shape of the first output",
    "dtype": "its dtype, as text",
    "inputs": "tensors that it reads",
    "index": "number of the executed op, from 0",
    "hits": "how often the place was come by, from 1",
    "op": "type of the op",
    "module": "path of the module",
    "phase": '"forward" or "backward"',
}
# Known only once the op has run.
AFTER = frozenset({"output", "outputs", "shape", "dtype"})

_RULES: dict[str, Callable[[int, int], bool]] = {
    "=": lambda hits, number: hits == number,
    "": lambda hits, number: hits == number,
    "==": lambda hits, number: hits == number,
    ">=": lambda hits, number: hits >= number,
    ">": lambda hits, number: hits > number,
    "<=": lambda hits, number: hits <= number,
    "<": lambda hits, number: hits < number,
    "%": lambda hits, number: hits % number == 0,
}
_MOST_DIGITS = 9
_MOST_MESSAGE = 2000


@dataclass(frozen=True, slots=True)
class HitRule:
    """Which of the times that a place is come by count, from 1."""

    sign: str
    number: int

    def holds(self, hits: int) -> bool:
        """This time counts."""
        return _RULES[self.sign](hits, self.number)


def parse_hits(text: str) -> HitRule | None:
    """A rule such as "5", ">= 5" or "% 10"; None for every time. Raises BadExpression."""
    text = text.strip()
    if not text:
        return None
    sign = next((sign for sign in sorted(_RULES, reverse=True) if text.startswith(sign)), "")
    number = text[len(sign) :].strip()
    if not (number.isascii() and number.isdigit()) or len(number) > _MOST_DIGITS:
        raise BadExpression(
            f"{_short(text)} is no rule for hits; write 5 (the fifth), >= 5 or % 10 (every tenth)."
        )
    if int(number) == 0:
        raise BadExpression("Hits are counted from 1, so 0 is no rule for them.")
    return HitRule(sign, int(number))


def parse_message(text: str) -> tuple[str | Parsed, ...]:
    """Texts and {expressions} of a log message; {{ and }} are braces. Raises BadExpression."""
    if len(text) > _MOST_MESSAGE:
        raise BadExpression(f"The message is over {_MOST_MESSAGE:,} letters long.")
    found: list[str | Parsed] = []
    plain, at = "", 0
    while at < len(text):
        letter = text[at]
        if text.startswith(("{{", "}}"), at):
            plain, at = plain + letter, at + 2
        elif letter == "}":
            raise BadExpression("The message has a } without its {.")
        elif letter == "{":
            end = _closing(text, at)
            found += [part for part in (plain,) if part]
            found.append(parse(text[at + 1 : end]))
            plain, at = "", end + 1
        else:
            plain, at = plain + letter, at + 1
    return (*found, plain) if plain else tuple(found)


def _closing(text: str, start: int) -> int:
    """Where the } stands that ends an expression; text in quotes is passed by."""
    quote = ""
    for at in range(start + 1, len(text)):
        letter = text[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "}":
            return at
    raise BadExpression("The message has a { without its }.")


@dataclass(frozen=True, slots=True)
class Terms:
    """A breakpoint's condition, hits and message, parsed.

    Attributes:
        names: free names of condition and message.
    """

    condition: Parsed | None
    hits: HitRule | None
    message: tuple[str | Parsed, ...]

    @property
    def names(self) -> frozenset[str]:
        """Free names of condition and message."""
        parts = [part for part in (self.condition, *self.message) if isinstance(part, Parsed)]
        return frozenset(name for part in parts for name in part.names)

    @property
    def plain(self) -> bool:
        """It stops every time."""
        return self.condition is None and self.hits is None and not self.message


@lru_cache(maxsize=512)
def terms_of(point: Breakpoint) -> Terms:
    """What a breakpoint asks. Raises BadExpression with one sentence."""
    condition = parse(point.condition) if point.condition.strip() else None
    found = Terms(condition, parse_hits(point.hits), parse_message(point.log))
    if point.kind is BreakpointKind.LINE:
        return found  # local variables may have any name
    unknown = sorted(found.names - NAMES.keys())
    if unknown:
        raise BadExpression(f"There is no {unknown[0]} here; known are {', '.join(NAMES)}.")
    late = sorted(found.names & AFTER)
    if late and point.kind is BreakpointKind.MODULE:
        raise BadExpression(
            f"{late[0]} is not known as a module is entered; use inputs, or a breakpoint on an op."
        )
    return found


def problem_of(point: Breakpoint) -> str:
    """What is wrong with a breakpoint's terms, in one sentence; "" if nothing is."""
    try:
        terms_of(point)
    except BadExpression as error:
        return str(error)
    return ""


def terms_text(point: Breakpoint) -> str:
    """The terms as a row shows them: "if output.max() > 5, hits % 10, log “x is {x}”"."""
    condition, hits = " ".join(point.condition.split()), point.hits.strip()
    words: list[str] = []
    if condition:
        words.append(f"if {condition}")
    if hits:
        words.append(f"hit {hits}" if hits.isdigit() else f"hits {hits}")
    if point.log:
        words.append(f"log “{_short(point.log)}”")
    return ", ".join(words)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
