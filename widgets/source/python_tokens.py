"""Sorts the words of Python source by what they are, for colouring."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum


class Word(str, Enum):
    """What a stretch of a line is."""

    KEYWORD = "keyword"
    SELF = "self"
    CALL = "call"
    NUMBER = "number"
    STRING = "string"
    COMMENT = "comment"
    OPERATOR = "operator"
    DECORATOR = "decorator"


@dataclass(frozen=True, slots=True)
class Span:
    """Columns [start, start + length) of a line."""

    start: int
    length: int
    word: Word


_CONSTANTS = {"True", "False", "None"}
_NOT_CALLED = set(keyword.kwlist) | {"match", "case"}
_STRINGS = {tokenize.STRING} | {
    number for name, number in vars(tokenize).items() if name.startswith("FSTRING")
}


def spans(text: str) -> dict[int, list[Span]]:
    """Spans by line, from 0. Source that does not tokenize is coloured as far as it does."""
    found: defaultdict[int, list[Span]] = defaultdict(list)
    lines = text.splitlines()
    previous: tokenize.TokenInfo | None = None
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.OP and token.string == "(" and previous is not None:
                _mark_call(found, previous)
            word = _word(token, previous)
            if word is not None:
                _add(found, token, word, lines)
            if token.type not in (tokenize.NL, tokenize.COMMENT):
                previous = token
    except (tokenize.TokenError, SyntaxError):
        pass  # an unfinished edit: what came before is coloured
    return dict(found)


def _word(token: tokenize.TokenInfo, previous: tokenize.TokenInfo | None) -> Word | None:
    if token.type == tokenize.COMMENT:
        return Word.COMMENT
    if token.type in _STRINGS:
        return Word.STRING
    if token.type == tokenize.NUMBER:
        return Word.NUMBER
    if token.type == tokenize.OP:
        return Word.OPERATOR
    if token.type != tokenize.NAME:
        return None
    if previous is not None and previous.string == "@" and previous.start[1] == _indent(previous):
        return Word.DECORATOR
    if token.string in _CONSTANTS:
        return Word.NUMBER
    if keyword.iskeyword(token.string):
        return Word.KEYWORD
    if token.string in ("self", "cls"):
        return Word.SELF
    return None


def _indent(token: tokenize.TokenInfo) -> int:
    return len(token.line) - len(token.line.lstrip())


def _mark_call(found: defaultdict[int, list[Span]], name: tokenize.TokenInfo) -> None:
    if name.type == tokenize.NAME and name.string not in _NOT_CALLED:
        row, column = name.start
        line = found[row - 1]
        if not line or line[-1].start != column:
            line.append(Span(column, len(name.string), Word.CALL))


def _add(
    found: defaultdict[int, list[Span]], token: tokenize.TokenInfo, word: Word, lines: list[str]
) -> None:
    first, last = token.start[0] - 1, token.end[0] - 1
    for row in range(first, min(last, len(lines) - 1) + 1):
        start = token.start[1] if row == first else 0
        end = token.end[1] if row == last else len(lines[row])
        if end > start:
            found[row].append(Span(start, end - start, word))
