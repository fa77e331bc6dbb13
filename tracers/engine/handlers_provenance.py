"""The request for where an element of a value came from. Worked out beside the model's thread, so
that a long one can be broken off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast
from weakref import WeakKeyDictionary

from ..ir import NOTHING, OUTSIDE, Ref, RunState, ValueRef
from ..ir.finding import Index
from ..protocol.json_ir import to_json
from ..protocol.messages import PROVENANCE
from ..protocol.refusal import Refusal
from .evaluating import Evaluations, Task
from .live import Live
from .loaded import Loaded
from .operands import Functions
from .provenance import MOST, MOST_STEPS, Sources
from .server import Answer, Handlers, Later, Reply, whole_number

Json = dict[str, Any]

_MOST_TOLD = 4096
_WHAT = "Where the element came from"
_running: WeakKeyDictionary[Live, Evaluations] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Search:
    """What is asked for, as a task computes it."""

    loaded: Loaded
    ref: Ref
    index: Index
    steps: int
    most: int

    def evaluate(
        self, names: Mapping[str, object], functions: Functions, check: Callable[[], None]
    ) -> object:
        loaded = self.loaded
        sources = Sources(loaded.run, loaded.values, loaded.program, check)
        return to_json(sources.follow(self.ref, self.index, self.steps, self.most))


def _provenance(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    named = ValueRef(
        whole_number(arguments, "record"),
        whole_number(arguments, "slot", 0),
        arguments.get("isInput") is True,
    )
    ref = loaded.values.ref(named)
    if ref == NOTHING or ref[0] < OUTSIDE:
        raise Refusal("no-such-value", "Nothing of the run made this value.")
    search = _Search(
        loaded,
        ref,
        _index(arguments),
        min(max(whole_number(arguments, "steps", 1), 1), MOST_STEPS),
        min(max(whole_number(arguments, "most", MOST), 1), _MOST_TOLD),
    )

    def problem() -> Refusal | None:
        if loaded.run.state is RunState.RUNNING:
            return Refusal("not-stopped", "The model went on before this was known.")
        return None

    def begin(reply: Reply) -> None:
        def found(path: object) -> None:
            live.do(lambda: reply(Answer({"path": path})))

        functions = loaded.program.backend.functions
        task = Task(search, {}, functions, found, reply, problem, _WHAT)
        later.cancel = partial(task.cancel, Refusal("cancelled", "The search was cancelled."))
        _running.setdefault(live, Evaluations()).begin(task)

    later = Later(begin)
    raise later


def _index(arguments: Json) -> Index:
    given: Any = arguments.get("index", [])
    places = cast("list[object]", given if isinstance(given, list) else [None])
    if not all(isinstance(place, int) and not isinstance(place, bool) for place in places):
        raise Refusal("bad-arguments", "The request needs a list of whole numbers as index.")
    return tuple(cast("list[int]", places))


MODEL: Handlers = {PROVENANCE: _provenance}
