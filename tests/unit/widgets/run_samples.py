"""Runs to show: GPT-2-like, a loop with passes, many ops."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from opscope.tracers.ir import (
    ROOT,
    Frame,
    Graph,
    Op,
    OpRecord,
    Phase,
    Place,
    Presence,
    Run,
    RunState,
    Scope,
    ScopeKind,
    SourceLine,
    TensorSummary,
    Value,
    ValueKind,
    categorize,
)

FILE = "/home/ada/models/gpt2.py"
SOURCE = '''import math

import torch
from torch import nn


class CausalSelfAttention(nn.Module):
    """Every position looks at those before it."""

    def __init__(self, width: int = 768, heads: int = 12) -> None:
        super().__init__()
        self.c_attn = nn.Linear(width, 3 * width)
        self.c_proj = nn.Linear(width, width)
        self.n_head = heads
        self.head_dim = width // heads
        mask = torch.tril(torch.ones(1024, 1024)).bool()
        self.register_buffer("bias", mask[None, None])

    def heads(self, x):
        B, N, E = x.shape
        return x.view(B, N, self.n_head, -1).transpose(1, 2)

    def forward(self, x):
        B, N, E = x.shape
        q, k, v = self.c_attn(x).split(E, dim=2)
        q = self.heads(q)
        k = self.heads(k)
        v = self.heads(v)
        s = q @ k.transpose(-2, -1)
        s = s / math.sqrt(self.head_dim)
        s = torch.where(self.bias, s, -1e9)
        w = s.softmax(dim=-1)
        # weighted sum of the values
        self.last_weights = w
        y = w @ v
        y = y.transpose(1, 2).reshape(B, N, E)
        return self.c_proj(y)


class GPT2Block(nn.Module):
    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.mlp(self.ln_2(x))
'''


def line(number: int, function: str = "forward") -> SourceLine:
    """A line of the sample's file."""
    return SourceLine(FILE, number, function)


@dataclass
class Maker:
    """Builds a graph row by row, and runs it."""

    graph: Graph = field(default_factory=lambda: Graph(scopes=[ROOT]))
    lines: dict[SourceLine, int] = field(default_factory=dict)

    def scope(
        self,
        parent: int,
        name: str,
        type_: str,
        kind: ScopeKind = ScopeKind.MODULE,
        op: int = -1,
        call: int = 1,
    ) -> int:
        above = self.graph.scopes[parent]
        path = f"{above.path}.{name}" if above.path else name
        key = f"{above.key}/{name}" + (f"#{call}" if call > 1 else "")
        self.graph.scopes.append(Scope(key, parent, name, path, type_, kind, call, op))
        if op >= 0:
            row = self.graph.ops[op]
            self.graph.ops[op] = replace(row, inner=len(self.graph.scopes) - 1)
        return len(self.graph.scopes) - 1

    def op(
        self,
        scope: int,
        type_: str,
        shape: tuple[int, ...],
        note: str = "",
        at: int = 0,
        outputs: int = 1,
        presence: Presence = Presence.EXPECTED,
    ) -> int:
        index = len(self.graph.ops)
        first = len(self.graph.values)
        for slot in range(outputs):
            self.graph.values.append(Value(ValueKind.OUTPUT, index, slot, "", shape, "float32"))
        source = -1
        if at:
            source = self.lines.setdefault(line(at), len(self.lines))
            if source == len(self.graph.sources):
                self.graph.sources.append(line(at))
        same = sum(1 for op in self.graph.ops[-60:] if op.scope == scope and op.type == type_)
        key = f"{self.graph.scopes[scope].key}/{type_}:{same}"
        values = tuple(range(first, len(self.graph.values)))
        self.graph.ops.append(
            Op(key, type_, scope, categorize(type_), note, (), (), values, source, presence)
        )
        return index

    def parameter(self, name: str, shape: tuple[int, ...]) -> None:
        self.graph.values.append(Value(ValueKind.PARAMETER, -1, 0, name, shape, "float32"))


def attention(make: Maker, block: int, path: str) -> None:
    """20 ops of self-attention."""
    attn = make.scope(block, "attn", "CausalSelfAttention")
    c_attn = make.scope(attn, "c_attn", "Conv1D")
    make.op(c_attn, "addmm", (64, 2304), at=25)
    make.op(attn, "view", (1, 64, 2304), at=25)
    make.op(attn, "split", (1, 64, 768), "dim=2", at=25, outputs=3)
    for name, at in (("q", 26), ("k", 27), ("v", 28)):
        make.op(attn, "view", (1, 64, 12, 64), name, at=at)
        make.op(attn, "transpose", (1, 12, 64, 64), name, at=at)
    make.op(attn, "transpose", (1, 12, 64, 64), "-2, -1", at=29)
    make.op(attn, "matmul", (1, 12, 64, 64), "q · kᵀ", at=29)
    make.op(attn, "div", (1, 12, 64, 64), "8.0", at=30)
    make.op(attn, "where", (1, 12, 64, 64), "causal mask", at=31)
    make.op(attn, "softmax", (1, 12, 64, 64), "dim=-1", at=32)
    make.op(attn, "matmul", (1, 12, 64, 64), "attn · v", at=35)
    make.op(attn, "transpose", (1, 64, 12, 64), at=36)
    make.op(attn, "reshape", (1, 64, 768), at=36)
    c_proj = make.scope(attn, "c_proj", "Conv1D")
    make.op(c_proj, "addmm", (64, 768), at=37)
    for _ in range(2):
        make.op(attn, "view", (1, 64, 768), at=37)
    make.parameter(f"{path}.attn.c_attn.weight", (768, 2304))
    make.parameter(f"{path}.attn.c_proj.weight", (768, 768))


def block(make: Maker, parent: int, name: str) -> None:
    """42 ops of a transformer block."""
    scope = make.scope(parent, name, "GPT2Block")
    make.op(make.scope(scope, "ln_1", "LayerNorm"), "layer_norm", (1, 64, 768), at=42)
    attention(make, scope, name)
    make.op(scope, "add", (1, 64, 768), "residual", at=42)
    make.op(make.scope(scope, "ln_2", "LayerNorm"), "layer_norm", (1, 64, 768), at=43)
    mlp = make.scope(scope, "mlp", "MLP")
    make.op(make.scope(mlp, "c_fc", "Conv1D"), "addmm", (64, 3072), at=43)
    for type_ in ("pow", "mul", "add", "mul", "tanh", "add", "mul"):
        make.op(mlp, type_, (1, 64, 3072), at=43)
    make.op(make.scope(mlp, "c_proj", "Conv1D"), "addmm", (64, 768), at=43)
    for _ in range(9):
        make.op(mlp, "view", (1, 64, 768), at=43)
    make.op(scope, "add", (1, 64, 768), "residual", at=43)
    make.parameter(f"{name}.mlp.c_fc.weight", (768, 3072))


def gpt2_graph(blocks: int = 12) -> Graph:
    """512 ops with 12 blocks."""
    make = Maker()
    first = make.scope(0, "embeddings", "wte + wpe")
    for type_ in ("arange", "embedding", "embedding", "add", "dropout"):
        make.op(first, type_, (1, 64, 768), at=42)
    for number in range(blocks):
        block(make, 0, f"h.{number}")
    make.op(make.scope(0, "ln_f", "LayerNorm"), "layer_norm", (1, 64, 768))
    make.op(make.scope(0, "lm_head", "Linear"), "matmul", (1, 64, 50257))
    make.op(0, "view", (1, 64, 50257))
    return make.graph


def summary(shape: tuple[int, ...], **more: float) -> TensorSummary:
    """A healthy tensor."""
    return TensorSummary(
        shape, "float32", nbytes=4, minimum=-2.0, maximum=94.06, mean=0.1, rms=1.2, **more
    )


def record_of(run: Run, op: int, frame: int) -> OpRecord:
    """One execution, with a duration after the op's type."""
    graph = run.graph
    row = graph.ops[op]
    slow = {"addmm": 180e-6, "matmul": 150e-6, "softmax": 90e-6, "layer_norm": 45e-6}
    wobble = 1 + 0.35 * ((op * 7919) % 17) / 17
    duration = slow.get(row.type, 9e-6 if row.category.value == "shape" else 32e-6) * wobble
    outputs = tuple(summary(graph.values[value].shape or ()) for value in row.outputs)
    return OpRecord(op, frame, Phase.FORWARD, duration, (), outputs, row.source)


class Runner:
    """Executes a graph's ops in order, opening frames as scopes are entered."""

    def __init__(self, graph: Graph) -> None:
        self.run = Run(graph=graph, state=RunState.PAUSED)
        self._frames = {0: 0}
        self._next = 0

    def frame(self, scope: int) -> int:
        found = self._frames.get(scope)
        if found is None:
            outer = self.frame(self.run.graph.scopes[scope].parent)
            self.run.frames.append(Frame(outer, scope))
            found = self._frames[scope] = len(self.run.frames) - 1
        return found

    def step(self, count: int = 1) -> int:
        """Run some ops and stand before the next one; the first new record."""
        run = self.run
        first = len(run.records)
        ops = range(self._next, min(self._next + count, len(run.graph.ops)))
        records = [record_of(run, op, self.frame(run.graph.ops[op].scope)) for op in ops]
        run.add_records(records)
        self._next += len(records)
        if self._next < len(run.graph.ops):
            op = run.graph.ops[self._next]
            frame = self.frame(op.scope)
            run.head = Place(len(run.records), self._next, op.scope, frame, op.source)
        else:
            run.head = Place(len(run.records))
            run.state = RunState.FINISHED
        return first


def gpt2(ran: int = 231, blocks: int = 12) -> Runner:
    """GPT-2 paused before op `ran` + 1."""
    runner = Runner(gpt2_graph(blocks))
    runner.step(ran)
    return runner


def look_back(run: Run, record: int) -> None:
    """Put the cursor before a recorded op."""
    row = run.records[record]
    scope = run.graph.ops[row.op].scope
    run.cursor = Place(record, row.op, scope, row.frame, row.source)


def many(ops: int = 50_000) -> Graph:
    """Ops in blocks of 40, in groups of 25 blocks."""
    make = Maker()
    stage = body = 0
    for number in range(ops):
        if number % 1000 == 0:
            stage = make.scope(0, f"stage.{number // 1000}", f"Stage{number // 1000}")
        if number % 40 == 0:
            body = make.scope(stage, f"block.{number // 40 % 25}", "Block")
        make.op(body, ("conv2d", "batch_norm", "relu", "add")[number % 4], (1, 64, 56, 56))
    return make.graph


def looped(passes: int = 3, done: bool = False) -> Run:
    """encoder, then a While whose body of 3 ops ran `passes` passes, then a head of one op.

    Unless `done`, the run stands before the second op of the last pass.
    """
    make = Maker()
    encoder = make.scope(0, "encoder", "MLP")
    make.op(encoder, "matmul", (8, 16))
    make.op(encoder, "relu", (8, 16))
    loop_op = make.op(0, "While", (8, 16))
    body = make.scope(0, "refine", "refine_body", ScopeKind.LOOP, op=loop_op)
    inner = [make.op(body, type_, (8, 16)) for type_ in ("add", "mul", "tanh")]
    last = make.op(make.scope(0, "head", "Linear"), "addmm", (8, 4))
    run = Run(graph=make.graph, state=RunState.PAUSED)
    run.frames.append(Frame(0, encoder))
    run.add_records([record_of(run, 0, 1), record_of(run, 1, 1)])
    frame = 0
    for turn in range(passes):
        run.frames.append(Frame(0, body, turn))
        frame = len(run.frames) - 1
        ops = inner if done or turn < passes - 1 else inner[:1]
        run.add_records([record_of(run, op, frame) for op in ops])
    if done:
        run.add_records([record_of(run, last, 0)])
        run.head = Place(len(run.records))
        run.state = RunState.FINISHED
    else:
        run.head = Place(len(run.records), inner[1], body, frame)
    return run


def not_finite() -> Run:
    """softmax, log (−Inf), mul (NaN), sum (NaN); finished."""
    make = Maker()
    scope = make.scope(0, "entropy_bonus", "function", ScopeKind.FUNCTION)
    for type_, shape in (("softmax", (256, 64)), ("log", (256, 64)), ("mul", (256, 64))):
        make.op(scope, type_, shape, at=32)
    make.op(scope, "sum", (), "dim=-1", at=35)
    run = Run(graph=make.graph, state=RunState.FINISHED)
    run.frames.append(Frame(0, scope))
    bad = [{}, {"neginf": 613}, {"nan": 613}, {"nan": 1}]
    for op, more in enumerate(bad):
        row = record_of(run, op, 1)
        shape = row.outputs[0].shape
        inputs = ((op - 1, 0),) if op else ()
        run.add_records([replace(row, outputs=(summary(shape, **more),), inputs=inputs)])
    run.head = Place(4)
    return run


def failed() -> Run:
    """Two ops; the second raised."""
    make = Maker()
    make.op(0, "relu", (4, 8))
    make.op(0, "matmul", (4, 2), at=35)
    run = Run(graph=make.graph, state=RunState.FAILED)
    error = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x8 and 9x2)"
    run.add_records(
        [
            record_of(run, 0, 0),
            replace(record_of(run, 1, 0), outputs=(), error=error),
        ]
    )
    run.head = Place(2)
    run.message = error
    return run
