"""A stand-in for the debuggee: answers TensorRequests from NumPy arrays, as ir/tensor.py says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from opscope.tracers.engine.pair import PairBackend, paired
from opscope.tracers.engine.pieces import cut_piece
from opscope.tracers.ir import (
    Category,
    Form,
    Graph,
    Op,
    OpRecord,
    Phase,
    Place,
    Run,
    RunState,
    Scope,
    ScopeKind,
    TensorPiece,
    TensorRequest,
    TensorSummary,
    Value,
    ValueKind,
    ValueRef,
)
from opscope.tracers.protocol.refusal import Refusal
from opscope.widgets.tensor import TensorInspector
from tests.fake_program import NumpyBackend


def summarize(array: np.ndarray, kept: bool = True) -> TensorSummary:
    """The summary that a debuggee would send of an array."""
    kind = array.dtype.kind
    if kind in "OU":
        text = str(array.item()) if array.shape == () else str(array.reshape(-1)[:3].tolist())
        return TensorSummary(array.shape, "string", nbytes=8 * array.size, text=text, kept=kept)
    data = np.abs(array) if kind == "c" else array.astype(np.float64)
    finite = data[np.isfinite(data)]
    whole = finite.size == data.size
    return TensorSummary(
        shape=array.shape,
        dtype=array.dtype.name,
        nbytes=array.nbytes,
        minimum=float(finite.min()) if finite.size else None,
        maximum=float(finite.max()) if finite.size else None,
        mean=float(data.mean()) if whole and data.size else None,
        rms=float(np.sqrt((data**2).mean())) if whole and data.size else None,
        nan=int(np.isnan(data).sum()),
        posinf=int(np.isposinf(data).sum()),
        neginf=int(np.isneginf(data).sum()),
        kept=kept,
    )


def cut(array: np.ndarray, request: TensorRequest) -> tuple[np.ndarray, tuple[int, ...]]:
    """The picked elements, in the asked order, reduced by even strides; and the steps."""
    picks = request.picks or tuple((0, extent, 1) for extent in array.shape)
    ranged = [axis for axis, pick in enumerate(picks) if not isinstance(pick, int)]
    order = list(request.axes) or ranged
    assert sorted(order) == ranged, f"axes {order} of picks {picks}"
    index = tuple(p if isinstance(p, int) else slice(*p) for p in picks)
    part = np.asarray(array[index], dtype=array.dtype)
    part = part.transpose([ranged.index(axis) for axis in order])
    steps = []
    for place, axis in enumerate(order):
        most = request.limit[place] if request.limit else part.shape[place]
        stride = max(-(-part.shape[place] // most), 1)
        steps.append(stride * picks[axis][2])
        part = part[(slice(None),) * place + (slice(None, None, stride),)]
    return part, tuple(steps)


def answer(array: np.ndarray, request: TensorRequest) -> TensorPiece:
    """The piece that answers a request."""
    whole = summarize(array)
    if request.form in (Form.FIND, Form.PERCENTILES):
        return cut_piece(NumpyBackend(), array, whole, request)
    if request.form is Form.SUMMARY:
        picked = cut(array, request)[0]
        return TensorPiece(request, whole, picked=summarize(picked))
    if request.form is Form.HISTOGRAM:
        part = cut(array, request)[0]
        data = (np.abs(part) if part.dtype.kind == "c" else part).astype(np.float64)
        finite = data[np.isfinite(data)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        counts = np.zeros(request.bins, "<i8")
        if high - low > request.bins * np.spacing(max(abs(low), abs(high))):
            counts += np.histogram(finite, request.bins, (low, high))[0]
        else:
            counts[request.bins // 2] = finite.size
        return TensorPiece(
            request,
            whole,
            counts.shape,
            (1,),
            counts.tobytes(),
            "<i8",
            low,
            high,
            summarize(part),
            int((part == 0).sum()),
        )
    part, steps = cut(array, request)
    if part.dtype.kind in "OU":
        data, code = json.dumps(part.reshape(-1).tolist()).encode(), "json"
    else:
        little = np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("<"))
        data, code = little.tobytes(), little.dtype.str
        code = code if part.dtype.itemsize > 1 else f"|{part.dtype.kind}1"
    assert len(data) <= 4 * 1024 * 1024
    return TensorPiece(request, whole, part.shape, steps, data, code)


@dataclass
class TensorServer:
    """Answers an inspector, at once or when told."""

    inspector: TensorInspector
    arrays: dict[ValueRef, np.ndarray] = field(default_factory=dict)
    at_once: bool = True
    asked: list[TensorRequest] = field(default_factory=list)
    waiting: list[TensorRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A closure keeps the server as long as its inspector.
        self.inspector.piece_wanted.connect(lambda request: self._serve(request))

    def _serve(self, request: TensorRequest) -> None:
        self.asked.append(request)
        self.waiting.append(request)
        if self.at_once:
            self.flush()

    def flush(self) -> None:
        """Answer everything that waits, and what is asked for because of that."""
        while self.waiting:
            request = self.waiting.pop(0)
            array = self.arrays.get(request.ref)
            if array is not None and request.minus is not None:
                self._subtract(request, array, self.arrays[request.minus])
            elif array is None:
                self.inspector.show_refusal(request, "There is no such value.")
            else:
                self.inspector.show_piece(answer(array, request))

    def _subtract(self, request: TensorRequest, array: np.ndarray, other: np.ndarray) -> None:
        backend = NumpyBackend()
        values = [(one, summarize(one)) for one in (array, other)]
        try:
            pair, whole = paired(backend, values[0], values[1])
            piece = cut_piece(PairBackend(backend), pair, whole, request)
        except Refusal as refusal:
            self.inspector.show_refusal(request, str(refusal))
        else:
            self.inspector.show_piece(piece)

    def asked_for(self, form: Form) -> list[TensorRequest]:
        """The requests of one form so far."""
        return [request for request in self.asked if request.form is form]


def make_run(
    outputs: list[tuple[str, list[np.ndarray]]],
    weights: dict[str, np.ndarray] | None = None,
    executed: int | None = None,
    path: str = "h.5.attn",
    categories: dict[str, Category] | None = None,
) -> tuple[Run, dict[ValueRef, np.ndarray]]:
    """A run of a chain of ops, each reading the one before and the first weight; and its values."""
    graph = Graph()
    graph.scopes.append(Scope(path, 0, path.split(".")[-1], path, "Attention", ScopeKind.MODULE))
    arrays: dict[ValueRef, np.ndarray] = {}
    for name, array in (weights or {}).items():
        arrays[ValueRef(-1, len(graph.values))] = array
        graph.values.append(Value(ValueKind.PARAMETER, -1, 0, name, array.shape, array.dtype.name))
    run = Run(graph, state=RunState.PAUSED)
    records = []
    for number, (kind, results) in enumerate(outputs):
        first = len(graph.values)
        for slot, array in enumerate(results):
            graph.values.append(
                Value(ValueKind.OUTPUT, number, slot, "", array.shape, array.dtype.name)
            )
            arrays[ValueRef(number, slot)] = array
        inputs: list[tuple[int, int]] = []
        if number:
            inputs.append((number - 1, 0))
            arrays[ValueRef(number, 0, True)] = outputs[number - 1][1][0]
        if weights:
            arrays[ValueRef(number, len(inputs), True)] = next(iter(weights.values()))
            inputs.append((-1, 0))
        graph.ops.append(
            Op(
                f"{path}/{kind}:{number}",
                kind,
                1,
                (categories or {}).get(kind, Category.OTHER),
                "",
                (),
                (),
                tuple(range(first, len(graph.values))),
                -1,
            )
        )
        summaries = tuple(summarize(array) for array in results)
        records.append(OpRecord(number, 0, Phase.FORWARD, 1e-3, tuple(inputs), summaries))
    done = len(records) if executed is None else executed
    run.add_records(records[:done])
    run.head = Place(done, done if done < len(graph.ops) else -1)
    return run, arrays


def attention(heads: int = 12, size: int = 64, seed: int = 5) -> np.ndarray:
    """Causal softmax patterns, one a head, like a language model's."""
    random = np.random.default_rng(seed)
    row = np.arange(size)[:, None]
    column = np.arange(size)[None]
    scores = random.normal(0, 0.9, (heads, size, size))
    for head in range(heads):
        if head % 3 == 1:
            scores[head] -= 1.4 * np.abs(row - column - 1)
        else:
            scores[head] -= 0.04 * head * np.abs(row - column)
        for stripe in random.choice(size, 6, replace=False):
            scores[head, :, stripe] += random.uniform(0.8, 2.2)
        scores[head, :, 0] += 1.6
    scores = np.where(column <= row, scores, -np.inf)
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    return (powers / powers.sum(-1, keepdims=True)).astype(np.float32)[None]
