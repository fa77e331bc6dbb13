"""Values by name, as a user writes them: `h.5.attn.softmax`, `fc.weight`, `relu#2`.

An op is named by the path of its module and its type; #2 is the second such op there. A further
number picks an output. A module that is a single op may be named alone. Whatever is no letter,
digit or dot in a name of the framework's becomes a dot.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .expression import ATTRIBUTES, FUNCTIONS, METHODS, BadExpression
from .run import NOTHING, OUTSIDE, Ref, Run

# Stand for . and # in the names of a text that Python shall parse; letters to Python, and the
# text keeps its length.
_DOT, _MARK = "·", "ǂ"
_NAME = re.compile(r"""(?<![\w.])[A-Za-z_]\w*(?:\.\w+)*(?:\#\d+(?:\.\d+)?)?(?=\s*(\(?))""")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ODD = re.compile(r"[^\w.]+")
# What may stand before a listed function: it is called all the same.
_HOMES = frozenset(
    f"{home}{part}" for home in ("torch.", "tf.", "np.", "") for part in ("", "linalg.", "math.")
) | {"F.", "torch.nn.functional.", "tf.nn.", "tf.keras.activations."}


class UnknownName(BadExpression):
    """Nothing has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no {name} here.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Named:
    """What a name stands for: the newest of some ops' outputs, or a value from outside."""

    ops: tuple[int, ...] = ()
    value: int = -1
    slot: int = 0


class ValueNames:
    """The names of a run's graph, which may grow meanwhile."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ops: dict[str, list[int]] = {}
        self._values: dict[str, int] = {}
        self._below: dict[str, dict[str, str]] = {"": {}}
        self._read = (0, 0)
        self._inside: dict[int, list[int]] = {}  # ops by scope, without the parts of ops
        self._scopes: dict[str, set[int]] = {}

    def find(self, name: str) -> Named | None:
        """None where nothing has this name."""
        self._follow()
        path, mark, rest = name.partition("#")
        if mark:
            number, _, slot = rest.partition(".")
            ops = self._ops.get(path, [])
            if not 1 <= int(number) <= len(ops):
                return None
            return Named((ops[int(number) - 1],), slot=int(slot or 0))
        if name in self._ops:
            return Named(tuple(self._ops[name]))
        if name in self._values:
            return Named(value=self._values[name])
        only = self._only_op(name)
        if only >= 0:
            return Named((only,))
        whole, _, slot = name.rpartition(".")
        if slot.isdigit() and whole in self._ops:
            return Named(tuple(self._ops[whole]), slot=int(slot))
        return None

    def newest(self, named: Named) -> Ref:
        """The value as the cursor shows it; NOTHING where none of the ops has run by then."""
        if named.value >= 0:
            return OUTSIDE, named.value
        run = self._run
        until = len(run.records) if run.failing >= 0 else run.place.record
        record = max(run.last_execution(op, until) for op in named.ops)
        return (record, named.slot) if record >= 0 else NOTHING

    def below(self, path: str) -> dict[str, str]:
        """What can stand behind a path and its dot, each with what it is; "" for the first."""
        self._follow()
        return self._below.get(path, {})

    def _only_op(self, path: str) -> int:
        """The op of a module that is nothing else, -1 where it is no such module."""
        scopes = self._scopes.get(path, ())
        ops = [op for scope in scopes for op in self._inside.get(scope, [])]
        if len(ops) != 1:
            return -1
        holds = any(other.startswith(f"{path}.") for other in self._scopes)
        return -1 if holds else ops[0]

    def _follow(self) -> None:
        """Take in what the graph has gained."""
        graph, (ops, values) = self._run.graph, self._read
        self._read = (len(graph.ops), len(graph.values))
        for index in range(ops, self._read[0]):
            op = graph.ops[index]
            scope = _plain(graph.scopes[op.scope].path)
            name = _plain(f"{scope}.{op.type}")
            self._ops.setdefault(name, []).append(index)
            if not any(graph.scopes[outer].op >= 0 for outer in graph.scope_chain(op.scope)):
                self._inside.setdefault(op.scope, []).append(index)
                self._scopes.setdefault(scope, set()).add(op.scope)
            self._put(name, "op")
        for index in range(values, self._read[1]):
            value = graph.values[index]
            name = _plain(value.name)
            if value.op < 0 and name:
                self._values.setdefault(name, index)
                self._put(name, value.kind.value)

    def _put(self, name: str, what: str) -> None:
        while name:
            above, _, last = name.rpartition(".")
            rows = self._below.setdefault(above, {})
            if last in rows and what == "module":
                return
            rows[last] = what
            name, what = above, "module"


def with_names(text: str, known: Callable[[str], bool]) -> str:
    """A text that Python can parse: the names in it that are `known` become single words.

    `name_of` gives them back. Raises BadExpression for a #2 that belongs to
    nothing, UnknownName for a dotted name that nothing has.
    """
    quoted = [match.span() for match in _QUOTED.finditer(text)]

    def put(match: re.Match[str]) -> str:
        found = match.group()
        if any(start <= match.start() < end for start, end in quoted):
            return found
        called = bool(match.group(1))
        home, _, last = found.rpartition(".")
        if called and last in FUNCTIONS and f"{home}." in _HOMES:
            return " " * (len(found) - len(last)) + last
        for name in _starts(found, called):
            if known(name):
                rest = found[len(name) :]
                then = rest[1:].partition(".")[0]
                if then and then not in ATTRIBUTES and then not in METHODS:
                    raise UnknownName(_bare(found, called))
                return name.replace(".", _DOT).replace("#", _MARK) + rest
        if "#" in found:
            raise BadExpression(f"There is no {found} here; # counts ops of one name, from 1.")
        bare = _bare(found, called)
        if "." in bare:
            raise UnknownName(bare)
        return found

    return _NAME.sub(put, text)


def name_of(word: str) -> str:
    """A name, or a sentence with names, as the user writes it."""
    return word.replace(_DOT, ".").replace(_MARK, "#")


def _starts(name: str, called: bool) -> Iterator[str]:
    """A dotted name and its beginnings, the longest first; what is called is no value's name."""
    if called:
        name = name.rpartition(".")[0]
    marked = "#" in name
    while name and ("#" in name) is marked:
        yield name
        name = name.rpartition(".")[0]


def _bare(name: str, called: bool) -> str:
    """Without what is done with the value of that name."""
    above, _, last = name.rpartition(".")
    return above if above and (called or last in ATTRIBUTES) else name


def _plain(name: str) -> str:
    return _ODD.sub(".", name).strip(".")
