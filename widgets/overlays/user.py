"""The user's own numbers, from a file: a line for each op or module.

A line is `key,value`, `path,value` or `path,type,value`: the key of an op, or the path of a module,
with or without the type of the ops that are meant in it. Commas, semicolons and tabs separate. A
first line whose last field is no number names the numbers.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...tracers.ir import Graph, Run
from .amounts import Amounts
from .overlay import Overlay

MOST_BYTES = 64 << 20
EVERY = 512  # lines between two looks at whether the user gave up
PART = 64  # lines that are looked for at once
SHOWN = 3  # wrong lines that are told of one by one


class UserFileError(ValueError):
    """A file holds nothing to show; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: what it names, the type of op that is meant ("" for any), and its number."""

    line: int
    name: str
    type: str
    value: float


@dataclass(frozen=True, slots=True)
class UserFile:
    """What a file says.

    Attributes:
        title: what the numbers are.
        wrong: lines that are left out, each with why.
    """

    title: str
    entries: tuple[Entry, ...]
    wrong: tuple[tuple[int, str], ...]


def read_file(path: Path, check: Callable[[], None]) -> UserFile:
    """Read a file. Raises UserFileError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UserFileError(f"{path.name} is larger than {MOST_BYTES >> 20} MiB.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserFileError(
            f"{path.name} is not text in UTF-8; save it as CSV in UTF-8."
        ) from error
    except OSError as error:
        raise UserFileError(f"{path.name} could not be read: {error.strerror or error}.") from error
    return parse(text, path.stem, check)


def parse(text: str, title: str, check: Callable[[], None]) -> UserFile:
    """Read a file's text; `title` holds where the file names none. Raises UserFileError."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    mark = max(",;\t", key=first.count)
    entries: list[Entry] = []
    wrong: list[tuple[int, str]] = []
    begun = False
    for number, fields in enumerate(csv.reader(lines, delimiter=mark), 1):
        if number % EVERY == 0:
            check()
        cells = [cell.strip() for cell in fields]
        if not any(cells) or cells[0].startswith("#"):
            continue
        value = _number(cells[-1])
        if not begun and value is None and len(cells) in (2, 3):
            title = cells[-1] or title
        elif len(cells) not in (2, 3):
            wrong.append((number, f"it has {len(cells)} fields, not 2 or 3"))
        elif value is None:
            wrong.append((number, f'"{cells[-1]}" is not a finite number'))
        else:
            kind = cells[1] if len(cells) == 3 else ""
            entries.append(Entry(number, cells[0], kind, value))
        begun = True
    if not entries and not wrong:
        raise UserFileError(
            f"{title} holds no numbers: a line is an op's key or a module's path, and a number."
        )
    return UserFile(title, tuple(entries), tuple(wrong))


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class Finder:
    """Finds the ops that a line names; follows the graph as it grows."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._keys: dict[str, int] = {}
        self._scopes: dict[str, list[int]] = {}
        self._in: dict[int, list[int]] = {}
        self._inner: dict[int, list[int]] = {}
        self._ops = self._seen_scopes = 0
        self.grow()

    def grow(self) -> None:
        """Take in rows that the graph has gained."""
        graph = self._graph
        for scope in range(self._seen_scopes, len(graph.scopes)):
            row = graph.scopes[scope]
            self._scopes.setdefault(row.path, []).append(scope)
            self._inner.setdefault(row.parent, []).append(scope)
        for op in range(self._ops, len(graph.ops)):
            row = graph.ops[op]
            self._keys[row.key] = op
            self._in.setdefault(row.scope, []).append(op)
        self._ops, self._seen_scopes = len(graph.ops), len(graph.scopes)

    def find(self, entry: Entry) -> Sequence[int]:
        """The ops; none where the graph has no such. A path means all calls of the module, and of
        the ops of a type those that stand in it itself, where there are such."""
        found = self._keys.get(entry.name)
        if found is not None and not entry.type:
            return (found,)
        scopes = self._scopes.get(entry.name, ())
        rows = self._graph.ops
        own = [op for scope in scopes for op in self._in.get(scope, ())]
        if entry.type:
            own = [op for op in own if rows[op].type == entry.type]
            if own:
                return own
        beneath = self._beneath(scopes)
        return own + [op for op in beneath if entry.type in ("", rows[op].type)]

    def _beneath(self, scopes: Sequence[int]) -> list[int]:
        """Ops in the scopes within these."""
        found: list[int] = []
        stack = [inner for scope in scopes for inner in self._inner.get(scope, ())]
        while stack:
            scope = stack.pop()
            found += self._in.get(scope, ())
            stack += self._inner.get(scope, ())
        return found


class UserOverlay(Overlay):
    """The numbers of a file. They are there before anything ran."""

    name = "user"
    help = "Your own number for each op; of a group the one furthest from zero."
    missing = "The file names no op of this model"

    def __init__(self, file: UserFile) -> None:
        self.file = file
        self.title = file.title
        values = [abs(entry.value) for entry in file.entries if entry.value]
        self.logarithmic = bool(values) and max(values) > 1e4 * min(values)
        self._left: list[Entry] = []  # not found yet: the graph may still gain their ops
        self._next = 0
        self._finder: Finder | None = None

    def begin(self, run: Run, amounts: Amounts) -> None:
        self._finder = Finder(run.graph)
        self._left = list(self.file.entries)
        self._next = 0

    def grow(self, run: Run, amounts: Amounts) -> None:
        if self._finder is not None and self._left:
            self._finder.grow()
            self._next = 0

    def ready(self, run: Run, amounts: Amounts) -> bool:
        """Look for a few lines' ops."""
        if self._finder is None or self._next >= len(self._left):
            return True
        part = self._left[self._next : self._next + PART]
        missed: list[Entry] = []
        for entry in part:
            ops = self._finder.find(entry)
            for op in ops:
                amounts.put(op, entry.value)
            if not ops:
                missed.append(entry)
        self._left[self._next : self._next + PART] = missed
        self._next += len(missed)
        return self._next >= len(self._left)

    def take(self, run: Run, index: int, amounts: Amounts) -> None:
        """Records say nothing here."""


def told(file: UserFile, graph: Graph, name: str) -> tuple[str, bool]:
    """One sentence on what a file came to, and whether any of it can be shown."""
    finder = Finder(graph)
    wrong = list(file.wrong)
    fine = 0
    for entry in file.entries:
        if finder.find(entry):
            fine += 1
        elif entry.type and finder.find(Entry(entry.line, entry.name, "", 0.0)):
            wrong.append((entry.line, f'there is no {entry.type} in "{entry.name}"'))
        else:
            wrong.append((entry.line, f'the model has no op or module "{entry.name}"'))
    total = fine + len(wrong)
    if not wrong:
        return f"{name}: {fine} of {total} lines are shown.", True
    reasons = "; ".join(f"line {line}: {why}" for line, why in _first(wrong))
    more = len(wrong) - SHOWN
    rest = f"; and {more} more" if more > 0 else ""
    if not fine:
        return f"{name} was not shown, as no line fits this model: {reasons}{rest}.", False
    return f"{name}: {len(wrong)} of {total} lines are left out: {reasons}{rest}.", True


def _first(wrong: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return sorted(wrong)[:SHOWN]
