"""What may come next in a query: names of filters, and the values that a run has for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ...tracers.ir import Run
from .query import Token, tokens
from .query_filters import FILTERS, Filter, Kind

MOST = 8
_LEAST = 2  # letters of a name that is offered
_COMPARED = (">0", "<0", "0..1")
_TIMES = (">1ms", ">100us", ">10ms")
_SIZES = (">1MB", ">100kB", ">1GB")


@dataclass(frozen=True, slots=True)
class Completion:
    """A piece of a query to put in the place of what is typed.

    Attributes:
        start, end: what it replaces.
        text: what it puts there.
        about: a few words on it.
        whole: nothing more belongs to it; a blank follows.
    """

    start: int
    end: int
    text: str
    about: str
    whole: bool = False

    def put_into(self, text: str) -> tuple[str, int]:
        """The text with it, and where the caret goes."""
        piece = self.text + (" " if self.whole else "")
        rest = text[self.end :]
        made = text[: self.start] + piece
        return made + (rest.lstrip() if self.whole else rest), len(made)


def completions(text: str, caret: int, run: Run | None) -> list[Completion]:
    """What the part of a query that ends at the caret may become, likeliest first."""
    token = next((one for one in tokens(text) if one.start < caret <= one.end), None)
    if token is None or token.end != caret or token.kind != "word":
        return []
    start = token.start + token.negated
    if not token.name:
        return _names(token.value.lower(), start, caret)
    row = FILTERS.get(token.name.lower())
    return [] if row is None else _values(row, token, caret, run)


def _names(typed: str, start: int, end: int) -> list[Completion]:
    if len(typed) < _LEAST:
        return []
    rows = [row for row in FILTERS.values() if row.name.startswith(typed)]
    return [Completion(start, end, f"{row.name}:", f"{row.about}, {row.example}") for row in rows]


def _values(row: Filter, token: Token, end: int, run: Run | None) -> list[Completion]:
    start = end - len(token.value)
    typed = token.value.lower()
    head, bar, last = typed.rpartition("|")
    found = _known(row, run)
    fits = [one for one in found if last in one[0].lower() and one[0].lower() != last]
    fits.sort(key=lambda one: not one[0].lower().startswith(last))
    return [
        Completion(start, end, f"{head}{bar}{value}", about, whole=True)
        for value, about in fits[:MOST]
    ]


def _known(row: Filter, run: Run | None) -> list[tuple[str, str]]:
    """Values of a filter with a few words on each, the most frequent first."""
    if row.values:
        return [(value, "") for value in row.values]
    if row.kind is Kind.NUMBER:
        return [(value, row.about) for value in _COMPARED]
    if row.kind in (Kind.SECONDS, Kind.BYTES):
        return [(value, row.about) for value in (_TIMES if row.name == "time" else _SIZES)]
    if run is None:
        return []
    graph = run.graph
    if row.name == "type":
        return _counted(op.type for op in graph.ops)
    if row.name == "dtype":
        return _counted(value.dtype for value in graph.values if value.op >= 0)
    if row.name == "module":
        return _counted((scope.type for scope in graph.scopes[1:]), "module")
    if row.name == "scope":
        return [(path, "") for path in dict.fromkeys(s.path for s in graph.scopes) if path]
    if row.name == "line":
        files = dict.fromkeys(
            line.file.replace("\\", "/").rpartition("/")[2] for line in graph.sources
        )
        return [(file, "") for file in files]
    return []


def _counted(values: Iterable[str], noun: str = "op") -> list[tuple[str, str]]:
    counts = Counter(value for value in values if value and " " not in value)
    return [
        (value, f"{count:,} {noun}" + ("" if count == 1 else "s"))
        for value, count in counts.most_common()
    ]
