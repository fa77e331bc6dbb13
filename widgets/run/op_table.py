"""What a query is asked of: a run's ops in columns, each made when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from ...tracers.ir import Graph, Op, OpRecord, Run, TensorSummary, ValueKind
from .track import Grown
from .wording import shape_text

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
_CHUNK = 256  # rows between two looks at the clock
_GATHERS = "AccumulateGrad"
_WEIGHTS = (ValueKind.PARAMETER, ValueKind.BUFFER)
Part = str | tuple[int, ...] | None
Entry = str | int | tuple[Part, ...]


class Coded:
    """One entry for each op, as codes of distinct ones: most queries look at those alone.

    Attributes:
        entries: the distinct ones, in the order they were met.
    """

    def __init__(
        self,
        run: Run,
        of_op: Callable[[Graph, Op], Entry],
        of_record: Callable[[OpRecord], Entry | None] | None = None,
    ) -> None:
        """`of_record` overrules `of_op` for what has run; None from it leaves the entry."""
        self._run = run
        self._of_op = of_op
        self._of_record = of_record
        self._codes = Grown(np.int32)
        self._known: dict[Entry, int] = {}
        self._records = 0
        self.entries: list[Entry] = []
        self._lower: list[str] = []

    def follow(self, ops: int, records: int) -> Iterator[None]:
        """Take in rows up to these counts, a few at a time."""
        graph = self._run.graph
        while self._codes.length < ops:
            first = self._codes.length
            rows = graph.ops[first : min(first + _CHUNK, ops)]
            self._codes.extend([self._code(self._of_op(graph, op)) for op in rows])
            yield
        if self._of_record is None:
            return
        while self._records < records:
            first = self._records
            self._records = min(first + _CHUNK, records)
            for record in self._run.records[first : self._records]:
                entry = self._of_record(record)
                if entry is not None:
                    self.codes[record.op] = self._code(entry)
            yield

    @property
    def codes(self) -> Ints:
        """For each op its place in `entries`."""
        return np.asarray(self._codes.array, np.int32)

    @property
    def lower(self) -> list[str]:
        """The entries as texts, for plain words."""
        for entry in self.entries[len(self._lower) :]:
            self._lower.append(_as_text(entry).lower())
        return self._lower

    def rewind(self) -> None:
        """The newest records were forgotten; ops that ran before keep what was told of them."""
        self._records = min(self._records, len(self._run.records))

    def _code(self, entry: Entry) -> int:
        code = self._known.get(entry)
        if code is None:
            code = self._known[entry] = len(self.entries)
            self.entries.append(entry)
        return code


class Measured:
    """One number for each executed op, NaN where there is none."""

    def __init__(self, run: Run, of_record: Callable[[OpRecord], float]) -> None:
        self._run = run
        self._of_record = of_record
        self._numbers = Grown(np.float64)

    def follow(self, records: int) -> Iterator[None]:
        """Take in records up to a count, a few at a time."""
        while self._numbers.length < records:
            first = self._numbers.length
            rows = self._run.records[first : min(first + _CHUNK, records)]
            self._numbers.extend([self._of_record(row) for row in rows])
            yield

    @property
    def numbers(self) -> Floats:
        """By record."""
        return np.asarray(self._numbers.array, np.float64)

    def rewind(self) -> None:
        """The newest records were forgotten."""
        self._numbers.length = min(self._numbers.length, len(self._run.records))

    def renew(self, records: Iterable[int]) -> None:
        """Statistics of these records have come."""
        for index in records:
            if index < self._numbers.length:
                self.numbers[index] = self._of_record(self._run.records[index])


class OpTable:
    """Follows a run: `follow` is called by whoever reads a column, and costs what is new."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._coded: dict[str, Coded] = {}
        self._measured: dict[str, Measured] = {}
        self._records = Grown(np.int32)

    def coded(self, name: str) -> Coded:
        """A column of texts, shapes or sources."""
        column = self._coded.get(name)
        if column is None:
            of_op, of_record = _COLUMNS[name]
            column = self._coded[name] = Coded(self.run, of_op, of_record)
        return column

    def measured(self, name: str) -> Measured:
        """A column of numbers."""
        column = self._measured.get(name)
        if column is None:
            column = self._measured[name] = Measured(self.run, _NUMBERS[name])
        return column

    def ops(self, records: int) -> Ints:
        """The op of each record, up to a count."""
        new = self.run.records[self._records.length : records]
        self._records.extend([record.op for record in new])
        return np.asarray(self._records.array, np.int32)[:records]

    def rewind(self) -> None:
        """The newest records were forgotten."""
        self._records.length = min(self._records.length, len(self.run.records))
        for column in (*self._coded.values(), *self._measured.values()):
            column.rewind()

    def renew(self, records: Iterable[int]) -> None:
        """Statistics of these records have come."""
        rows = list(records)
        for column in self._measured.values():
            column.renew(rows)


def _as_text(entry: Entry) -> str:
    if isinstance(entry, tuple):
        return " ".join(one if isinstance(one, str) else shape_text(one) for one in entry)
    return str(entry)


def _of_scopes(_: Graph, op: Op) -> Entry:
    return op.scope


def _shapes(graph: Graph, op: Op) -> Entry:
    return tuple(graph.values[value].shape for value in op.outputs)


def _dtypes(graph: Graph, op: Op) -> Entry:
    return tuple(graph.values[value].dtype for value in op.outputs)


def _params(graph: Graph, op: Op) -> Entry:
    values = (graph.values[value] for value in op.inputs)
    found = tuple(value.name for value in values if value.kind in _WEIGHTS and value.name)
    # An op that gathers the gradient of a parameter has the parameter's name for its note.
    return found if found or op.type != _GATHERS else (op.note,)


def _told(of: Callable[[TensorSummary], Part]) -> Callable[[OpRecord], Entry | None]:
    return lambda record: tuple(map(of, record.outputs)) if record.outputs else None


_OfRecord = Callable[[OpRecord], Entry | None]
_MAPPED: _OfRecord | None = None  # the map knows all there is to know
_COLUMNS: dict[str, tuple[Callable[[Graph, Op], Entry], _OfRecord | None]] = {
    "type": (lambda _, op: op.type, _MAPPED),
    "note": (lambda _, op: op.note, _MAPPED),
    "scope": (_of_scopes, _MAPPED),
    "attr": (lambda _, op: tuple(f"{name}={text}" for name, text in op.attributes), _MAPPED),
    "param": (_params, _MAPPED),
    "shape": (_shapes, _told(lambda summary: summary.shape)),
    "dtype": (_dtypes, _told(lambda summary: summary.dtype)),
    "device": (lambda _, op: (), _told(lambda summary: summary.device)),
    "line": (
        lambda _, op: op.source,
        lambda record: record.source if record.source >= 0 else None,
    ),
}


def _least(record: OpRecord) -> float:
    found = [row.minimum for row in record.outputs if row.minimum is not None]
    return float(min(found)) if found else float("nan")


def _greatest(record: OpRecord) -> float:
    found = [row.maximum for row in record.outputs if row.maximum is not None]
    return float(max(found)) if found else float("nan")


def _mean(record: OpRecord) -> float:
    mean = record.outputs[0].mean if record.outputs else None
    return float("nan") if mean is None else float(mean)


_NUMBERS: dict[str, Callable[[OpRecord], float]] = {
    "nan": lambda record: float(sum(row.nan for row in record.outputs)),
    "inf": lambda record: float(sum(row.posinf + row.neginf for row in record.outputs)),
    "min": _least,
    "max": _greatest,
    "mean": _mean,
    "time": lambda record: record.duration,
    "bytes": lambda record: float(sum(row.nbytes for row in record.outputs)),
}
