"""What the names of an expression mean where the run stands or is looked at."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import FrameType
from typing import Any

from ..ir import NOTHING, Ref
from ..ir.expression import ATTRIBUTES, FUNCTIONS, METHODS, BadExpression
from ..ir.value_names import UnknownName, ValueNames, name_of, with_names
from ..protocol.refusal import Refusal
from .expressions import Expression
from .loaded import Loaded
from .locals import attributes_of
from .operands import CODE, kind_of

SPECIAL = {
    "output": "of the op that ran last",
    "out": "the same",
    "outputs": "all of that op",
    "inputs": "of the op that is next",
}
_MOST_NEAR = 4000  # names that one that is not there is compared with
_MOST_OFFERED = 200
_ABSENT = object()


class Meanings:
    """Of names in one frame of the stack, None for none. Locals come first, as in Python."""

    def __init__(
        self,
        loaded: Loaded,
        names: ValueNames,
        frame: FrameType | None,
    ) -> None:
        self._loaded = loaded
        self._names = names
        self._locals: Mapping[str, Any] = dict(frame.f_locals) if frame is not None else {}

    def read(self, text: str) -> tuple[Expression, dict[str, object], Ref]:
        """The expression, the values of its names, and where the value is made if the expression
        is no more than its name. On the model's thread.

        Raises Refusal with one sentence.
        """
        try:
            plain = with_names(text, self._is_known)
        except UnknownName as error:
            raise Refusal(CODE, self._unknown(error.name)) from error
        except BadExpression as error:
            raise Refusal(CODE, str(error)) from error
        try:
            expression = Expression(plain)
        except Refusal as error:
            raise Refusal(error.code, name_of(str(error))) from error
        values = {name: self._value(name_of(name)) for name in expression.names}
        alone = NOTHING
        if expression.text in expression.names:
            alone = self._place(name_of(expression.text))
        return expression, values, alone

    def offers(self, before: str) -> tuple[int, list[tuple[str, str]]]:
        """What may stand at the end of a text: where the word begins that it completes, and
        names with what each is."""
        start = len(before)
        while start and (before[start - 1].isalnum() or before[start - 1] in "_.#"):
            start -= 1
        path, dot, word = before[start:].rpartition(".")
        if before[start:].startswith("."):  # behind a bracket
            path, dot = "", "."
            rows: dict[str, str] = {}
        elif path and not path[0].isalpha() and path[0] != "_":
            return len(before), []  # a number
        else:
            rows = dict(self._below(path))
        if dot and (not path or self._is_known(path) or not rows):
            rows |= dict.fromkeys(sorted(ATTRIBUTES), "of the value")
            rows |= {f"{name}()": "of the value" for name in sorted(METHODS)}
        elif not dot:
            rows |= {f"{name}()": "function" for name in sorted(FUNCTIONS)}
        low = word.lower()
        fitting = [(name, what) for name, what in rows.items() if name.lower().startswith(low)]
        return len(before) - len(word), fitting[:_MOST_OFFERED]

    def _below(self, path: str) -> Mapping[str, str]:
        if not path:
            own = dict.fromkeys(sorted(self._locals), "variable")
            own = {name: what for name, what in own.items() if not name.startswith((".", "__"))}
            return {**own, **SPECIAL, **self._names.below("")}
        found = self._reach(path)
        inside = {}
        if found is not _ABSENT and not self._is_tensor(found):
            inside = dict.fromkeys(_parts(found), "inside")
        return {**inside, **self._names.below(path)}

    def _is_known(self, name: str) -> bool:
        return (
            self._reach(name) is not _ABSENT
            or name in SPECIAL
            or self._names.find(name) is not None
        )

    def _value(self, name: str) -> object:
        """Raises Refusal where there is none."""
        found = self._reach(name)
        if found is not _ABSENT:
            return found
        values, run = self._loaded.values, self._loaded.run
        if name == "inputs":
            return tuple(values.get(ref)[0] for ref in self._inputs())
        if name in SPECIAL:
            index = run.failing if run.failing >= 0 else run.place.record - 1
            if index < 0:
                raise Refusal(CODE, f"No op has run yet, so there is no {name}.")
            slots = range(len(run.records[index].outputs))
            if name == "outputs":
                return tuple(values.get((index, slot))[0] for slot in slots)
            if not slots:
                raise Refusal(CODE, "The op that ran last has no output.")
            return values.get((index, 0))[0]
        ref = self._place(name)
        if ref == NOTHING:
            raise Refusal(CODE, self._unknown(name))
        return values.get(ref)[0]

    def _place(self, name: str) -> Ref:
        """Where a value of the run was made; NOTHING for a name of anything else.

        Raises Refusal where it has not run, or has no such output.
        """
        named = None if self._reach(name) is not _ABSENT else self._names.find(name)
        if named is None:
            return NOTHING
        run = self._loaded.run
        ref = self._names.newest(named)
        if ref == NOTHING:
            when = "at this point of the run" if run.cursor is not None else "yet"
            raise Refusal("not-run", f"{name} has not run {when}.")
        if named.ops and ref[1] >= len(run.records[ref[0]].outputs):
            raise Refusal(
                CODE, f"{name} is no output: there are {len(run.records[ref[0]].outputs)}."
            )
        return ref

    def _inputs(self) -> list[Ref]:
        run, place = self._loaded.run, self._loaded.run.place
        if run.failing >= 0:
            return list(run.records[run.failing].inputs)
        if place.record < len(run.records):
            return list(run.records[place.record].inputs)
        if place.op < 0:
            raise Refusal(CODE, "No op is next here, so there are no inputs.")
        op = run.graph.ops[place.op]
        found = self._loaded.values.inputs_of(op)
        if len(found) < len(op.inputs):
            raise Refusal(
                CODE, f"The inputs of {op.type} are not known before it runs; name the values."
            )
        return found

    def _reach(self, name: str) -> Any:
        """A local variable, or what is inside one (self.fc.weight), without the user's code."""
        first, *rest = name.split(".")
        if "#" in name or first not in self._locals:
            return _ABSENT
        found = self._locals[first]
        for part in rest:
            if self._is_tensor(found):
                return _ABSENT
            found = _parts(found).get(part, _ABSENT)
            if found is _ABSENT:
                return _ABSENT
        return found

    def _is_tensor(self, value: object) -> bool:
        return self._loaded.program.backend.functions.is_tensor(value)

    def _unknown(self, name: str) -> str:
        """Of a name that nothing here has, with one that looks alike."""
        near = [*self._locals, *SPECIAL]
        graph = self._loaded.run.graph
        near += [value.name for value in graph.values[:_MOST_NEAR] if value.name]
        for op in graph.ops[:_MOST_NEAR]:
            path = graph.scopes[op.scope].path
            near.append(f"{path}.{op.type}" if path else op.type)
        alike = difflib.get_close_matches(name, near, 1, 0.75)
        hint = f" Did you mean {alike[0]}?" if alike else ""
        return f"There is no {name} here.{hint}"


def _parts(value: Any) -> dict[str, Any]:
    kind = kind_of(value)
    if kind in (bool, int, float, complex, str, bytes, list, tuple, dict) or value is None:
        return {}
    return {
        name: item
        for name, item in attributes_of(value).items()
        if name.isidentifier() or name.isdigit()
    }
