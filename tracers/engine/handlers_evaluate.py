"""Expressions over values by name: DAP's evaluate and completions."""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from ..ir import NOTHING, Ref, RunState
from ..ir.run import RESULT
from ..ir.value_names import ValueNames, name_of
from ..protocol.refusal import Refusal
from .evaluating import Evaluations, Task
from .live import Live
from .loaded import Loaded
from .meanings import Meanings
from .operands import CODE, count, words
from .server import Answer, Handlers, Later, Reply, whole_number
from .variables import Shown, summary_text

Json = dict[str, Any]

_SHORT = 8  # elements that are written out
_known: WeakKeyDictionary[Live, tuple[ValueNames, Evaluations]] = WeakKeyDictionary()


def _evaluate(live: Live, arguments: Json) -> Answer:
    loaded = live.still()
    text = arguments.get("expression")
    if not isinstance(text, str):
        raise Refusal("bad-arguments", "The request needs an expression as text.")
    context = str(arguments.get("context", ""))
    expression, values, alone = _meanings(live, arguments).read(text)
    functions = loaded.program.backend.functions

    def problem() -> Refusal | None:
        if loaded.run.state is RunState.RUNNING:
            return Refusal("not-stopped", "The model went on before the value was known.")
        return None

    def begin(reply: Reply) -> None:
        def found(value: object) -> None:
            live.do(lambda: reply(_told(live, loaded, value, alone, context)))

        def fail(error: Refusal) -> None:
            reply(Refusal(error.code, name_of(str(error))))

        task = Task(expression, values, functions, found, fail, problem)
        later.cancel = partial(task.cancel, Refusal("cancelled", "The evaluation was cancelled."))
        _parts(live, loaded)[1].begin(task)

    later = Later(begin)
    raise later


def _told(live: Live, loaded: Loaded, value: object, alone: Ref, context: str) -> Answer | Refusal:
    """The answer, once the value is known; on the model's thread."""
    backend = loaded.program.backend
    functions = backend.functions
    try:
        if not functions.is_tensor(value):
            return Answer({**_plain(words(value, functions), value), "variablesReference": 0})
        if alone != NOTHING:
            kept, summary = loaded.values.get(alone)
            place = alone
        else:
            kept, summary = backend.keep(value), backend.summarize(value)
            place = (RESULT, loaded.values.results.put(kept, summary))
        short = not summary.text and len(summary.shape) < 2 and 0 < count(summary.shape) <= _SHORT
        text = words(value, functions) if short else summary_text(summary)
        row = Shown(live, loaded).result_row(kept, summary)
    except Refusal as error:
        return error
    except Exception as error:  # noqa: BLE001 - whatever a framework raises is the answer
        reason = " ".join(str(error).split())[:200].rstrip(".")
        return Refusal(CODE, f"The result cannot be shown: {reason or type(error).__name__}.")
    if context == "hover":
        row = {"variablesReference": 0}
    known = {"record": place[0], "slot": place[1], "shape": list(summary.shape)}
    known |= {"dtype": summary.dtype, "bad": summary.nan + summary.posinf + summary.neginf}
    return Answer({"result": text, "type": summary.dtype, **row, "opscope": known})


def _plain(text: str, value: object) -> Json:
    return {"result": text, "type": type(value).__name__}


def _completions(live: Live, arguments: Json) -> Answer:
    live.still()
    text, column = str(arguments.get("text", "")), whole_number(arguments, "column", 1)
    before = text[: max(column - 1, 0)]
    start, rows = _meanings(live, arguments).offers(before)
    length = len(before) - start
    targets = [
        {
            "label": name,
            "detail": what,
            "type": "function" if name.endswith("()") else "variable",
            "start": start,
            "length": length,
        }
        for name, what in rows
    ]
    return Answer({"targets": targets})


def _meanings(live: Live, arguments: Json) -> Meanings:
    """For the frame that is named. Raises Refusal where it is of an earlier stop."""
    loaded, frame = live.still(), None
    if arguments.get("frameId") is not None:
        level = live.references.level(whole_number(arguments, "frameId"))
        stack = live.levels()
        if level >= len(stack):
            raise Refusal("stale", "There is no such frame.")
        frame = stack[level].frame
    return Meanings(loaded, _parts(live, loaded)[0], frame)


def _parts(live: Live, loaded: Loaded) -> tuple[ValueNames, Evaluations]:
    """Made at the first use."""
    if live not in _known:
        _known[live] = ValueNames(loaded.run), Evaluations()
    return _known[live]


READER: Handlers = {"completions": _completions}
MODEL: Handlers = {"evaluate": _evaluate}
