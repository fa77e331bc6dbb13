"""The query language of Ctrl+K and of the filter field: words, /patterns/ and filters.

Every part must hold. A part with "-" before it must not. The meaning of the filters is in
query_filters.py, what they are asked of in op_table.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from .query_filters import FILTERS, BadQuery, Test, pattern

_NAME = re.compile(r"([A-Za-z]+):(?!:)")
_MOST = 1000  # letters of a query


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a query, and where it stands in the text.

    Attributes:
        name: of the filter; "" for a word or a pattern.
        word: in lower case; "" where there is a test.
        test: what a filter or a pattern asks of what it looks at.
        negated: it must not hold.
    """

    start: int
    end: int
    name: str = ""
    word: str = ""
    test: Test | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What the user looks for."""

    parts: tuple[Part, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The plain words that must be found."""
        return tuple(part.word for part in self.parts if part.word and not part.negated)

    @property
    def plain(self) -> bool:
        """Words alone, which may as well name a command or a module."""
        return all(part.word and not part.negated for part in self.parts)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text between blanks that are not in quotes or a pattern."""

    start: int
    end: int
    negated: bool
    name: str  # as typed, "" where there is none
    value: str
    kind: str  # "word", "quoted" or "pattern": what the value is


def tokens(text: str) -> list[Token]:
    """The parts of a text, however wrong they may be."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = at
        negated = text[at] == "-" and at + 1 < len(text) and not text[at + 1].isspace()
        at += negated
        name = ""
        named = _NAME.match(text, at)
        if named is not None:
            name, at = named[1], named.end()
        kind, value, at = _value(text, at)
        found.append(Token(start, at, negated, name, value, kind))
    return found


def _value(text: str, at: int) -> tuple[str, str, int]:
    """(kind, value, end) of what begins here. What is not closed goes on to the text's end."""
    if text.startswith("/", at):
        end = at + 1
        while end < len(text):
            if text[end] == "\\":
                end += 1
            elif text[end] == "/" and (end + 1 == len(text) or text[end + 1].isspace()):
                return "pattern", text[at + 1 : end], end + 1
            end += 1
        return "pattern", text[at + 1 :], len(text)
    if text.startswith('"', at):
        end = text.find('"', at + 1)
        stop = len(text) if end < 0 else end
        return "quoted", text[at + 1 : stop], min(stop + 1, len(text))
    end = at
    while end < len(text) and not text[end].isspace():
        end += 1
    return "word", text[at:end], end


def parse(text: str) -> Query:
    """Read a query. Raises BadQuery with one sentence."""
    if len(text) > _MOST:
        raise BadQuery(f"The query is over {_MOST:,} letters long.")
    return Query(tuple(_part(token) for token in tokens(text) if token.name or token.value))


def _part(token: Token) -> Part:
    if not token.name:
        if token.kind == "pattern":
            test = pattern(token.value)
            return Part(token.start, token.end, test=test, negated=token.negated)
        word = token.value.lower()
        return Part(token.start, token.end, word=word, negated=token.negated)
    row = FILTERS.get(token.name.lower())
    if row is None:
        raise BadQuery(_unknown(token))
    if not token.value:
        raise BadQuery(f"{row.name}: wants {row.wants}, for example {row.example}.")
    test = row.test(token.value, token.kind == "pattern")
    return Part(token.start, token.end, row.name, test=test, negated=token.negated)


def _unknown(token: Token) -> str:
    near = get_close_matches(token.name.lower(), FILTERS, 1)
    if near:
        return f"There is no filter called {token.name}; did you mean {near[0]}:{token.value}?"
    names = ", ".join(FILTERS)
    return f"There is no filter called {token.name}; write text in quotes, or one of {names}."
