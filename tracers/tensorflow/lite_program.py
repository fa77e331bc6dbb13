"""A TFLite model as a program: run as a whole, then gone through op by op."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.backend import Backend, Inputs, LoadOptions, Progress, Verification
from ..engine.lib import np
from ..engine.recorder import Recorder
from ..ir import (
    OUTSIDE,
    MapFacts,
    ModelFacts,
    Ref,
    ScopeKind,
    TensorSummary,
    Value,
    ValueKind,
)
from .lib import array_of, tf
from .lite import LiteModel, LiteOp, LiteTensor
from .values import TensorFlowBackend

_NOTE = (
    "TFLite runs a model as a whole: its ops have all run at the first one, and no value can be"
    " changed."
)


class _Drawn:
    """Stands for a tensor in the map, where nothing has run."""

    def __init__(self, row: LiteTensor) -> None:
        self.row = row


class _LiteBackend(TensorFlowBackend):
    no_edits = "TFLite's interpreter takes no values on its way, so none can be edited."

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        """Shape and dtype, also of what stands for a tensor."""
        if isinstance(value, _Drawn):
            return value.row.shape, value.row.dtype
        return super().describe(value)

    def summarize(self, value: object) -> TensorSummary:
        """Statistics; shape and dtype of what stands for a tensor."""
        if isinstance(value, _Drawn):
            return TensorSummary(value.row.shape, value.row.dtype, kept=False)
        return super().summarize(value)


class LiteProgram:
    """Runs a TFLite model once, and shows what every op gave."""

    def __init__(self, model: LiteModel, inputs: Inputs, options: LoadOptions) -> None:
        self._model = model
        self._inputs = model.bind(*inputs)
        self._exact = options.exact
        self._outputs: list[Any] = []
        self.backend: Backend = _LiteBackend()
        self.facts = self._facts(options)

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        """Every op of the file, in the order in which they run."""
        progress("Drawing the map")
        self._walk(recorder, lambda row: _Drawn(row), len(self._model.ops), "")
        graph = recorder.builder.graph
        return MapFacts("tflite", "", len(graph.ops), len(graph.scopes) - 1)

    def execute(self, recorder: Recorder) -> None:
        """Run all, then tell op by op. Raises RuntimeError where an op failed."""
        done, failure = self._model.run(self._inputs)
        self._walk(recorder, lambda row: self._model.value(row.index), done, failure)
        self._outputs = [array_of(self._model.value(index)) for index in self._model.outputs]

    def value(self, value: Value) -> object | None:
        """An input or a weight by its name."""
        names = self._names()
        found = next((n for n, known in names.items() if known == (value.kind, value.name)), None)
        return None if found is None else self._model.value(found)

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        """Plain and traced runs in turns."""
        plain_times: list[float] = []
        traced_times: list[float] = []
        equal, worst = True, None
        self.execute(new_recorder())
        for _ in range(max(3, repeats)):
            started = time.perf_counter()
            plain = self._model.plain(self._inputs, self._exact)
            plain_times.append(time.perf_counter() - started)
            recorder = new_recorder()
            started = time.perf_counter()
            self.execute(recorder)
            traced_times.append(time.perf_counter() - started)
            for one, other in zip(plain, self._outputs, strict=True):
                equal = equal and one.tobytes() == other.tobytes() and one.dtype == other.dtype
                if one.size and one.dtype.kind in "fiu" and one.shape == other.shape:
                    difference = np.abs(one.astype(np.float64) - other.astype(np.float64))
                    worst = max(worst or 0.0, float(np.nanmax(difference)))
        note = "" if equal else "TFLite's delegates fuse ops in a plain run; --exact goes without."
        return Verification(
            equal,
            worst,
            statistics.median(plain_times),
            statistics.median(traced_times),
            self._exact,
            "Compared without TFLite's delegates." if self._exact else note,
        )

    def _walk(
        self, recorder: Recorder, value: Callable[[LiteTensor], object], done: int, failure: str
    ) -> None:
        """Tell the recorder all ops up to `done`, and the one there that failed."""
        model = self._model
        refs: dict[int, Ref] = {}
        for index, (kind, name) in self._names().items():
            row = model.tensors[index]
            refs[index] = (OUTSIDE, recorder.builder.external(kind, name, row.shape, row.dtype))
        opened: list[str] = []
        for op in model.ops[: done + 1 if failure else done]:
            path = _scopes(model.tensors[op.outputs[0]].name) if op.outputs else opened
            _change(recorder, opened, path)
            opened = path
            given = [refs.get(index, (OUTSIDE, -1)) for index in op.inputs]
            step = recorder.before(op.type, given, attributes=self._attributes(op))
            if op.index >= done:
                error = RuntimeError(failure)
                recorder.failed(step, error)
                raise error
            outputs: Sequence[object] = [value(model.tensors[index]) for index in op.outputs]
            record = recorder.after(step, outputs)
            refs |= {index: (record, slot) for slot, index in enumerate(op.outputs)}
        _change(recorder, opened, [])
        if failure:
            raise RuntimeError(failure)

    def _names(self) -> dict[int, tuple[ValueKind, str]]:
        """Inputs and weights by tensor index; each name once."""
        model = self._model
        made = {index for op in model.ops for index in op.outputs}
        read = {index for op in model.ops for index in op.inputs}
        found = {index: (ValueKind.INPUT, name) for index, name in model.inputs.items()}
        taken: set[str] = set()
        for index in sorted(read - made - found.keys()):
            row = model.tensors[index]
            weight = len(row.shape) > 0 and row.dtype not in ("int64", "bool", "string")
            weight = weight and (row.dtype != "int32" or bool(row.scale))
            name = row.name if row.name not in taken else f"{row.name} {index}"
            taken.add(name)
            found[index] = (ValueKind.PARAMETER if weight else ValueKind.CONSTANT, name)
        return found

    def _attributes(self, op: LiteOp) -> tuple[tuple[str, str], ...]:
        rows = [self._model.tensors[index] for index in op.outputs]
        found = [("name", ", ".join(row.name for row in rows))]
        scaled = [row for row in rows if row.scale]
        if scaled:
            found.append(("scale", ", ".join(_series(row.scale) for row in scaled)))
            found.append(("zero point", ", ".join(_series(row.zero) for row in scaled)))
        return tuple(found)

    def _facts(self, options: LoadOptions) -> ModelFacts:
        model = self._model
        names = self._names()
        weights = [model.tensors[n] for n, (kind, _) in names.items() if kind.name == "PARAMETER"]
        counts = [(math.prod(row.shape), row.dtype) for row in weights]
        made = {index for op in model.ops for index in op.outputs}
        rows = [model.tensors[index] for index in made]
        return ModelFacts(
            model.name,
            "TensorFlow",
            tf.__version__,
            sum(count for count, _ in counts),
            sum(count * np.dtype(dtype).itemsize for count, dtype in counts),
            tuple(
                (name, array.shape, model.tensors[index].dtype)
                for (index, name), array in zip(model.inputs.items(), self._inputs, strict=True)
            ),
            options.synthetic,
            "cpu",
            max((dtype for _, dtype in counts), key=[d for _, d in counts].count, default=""),
            None,
            None,
            sum(
                math.prod(row.shape) * np.dtype(row.dtype).itemsize
                for row in rows
                if row.dtype != "string"
            ),
            (_NOTE,),
        )


def _scopes(name: str) -> list[str]:
    """Name scopes of an op, outermost first, by the first of the names that were fused in it."""
    parts = name.partition(";")[0].split("/")[:-1]
    return [".".join(parts[: k + 1]) for k in range(len(parts))]


def _change(recorder: Recorder, opened: list[str], path: list[str]) -> None:
    shared = 0
    while shared < min(len(opened), len(path)) and opened[shared] == path[shared]:
        shared += 1
    for _ in opened[shared:]:
        recorder.leave()
    for scope in path[shared:]:
        recorder.enter(scope, ScopeKind.GROUP, "")


def _series(numbers: Sequence[float]) -> str:
    shown = ", ".join(f"{number:.6g}" for number in numbers[:4])
    return f"[{shown}, …] ({len(numbers)})" if len(numbers) > 4 else shown
