"""Runs as real models make them, built row by row."""

from __future__ import annotations

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.ir import (
    OUTSIDE,
    Frame,
    Graph,
    OpRecord,
    Phase,
    Place,
    Run,
    RunState,
    ScopeKind,
    SourceLine,
    TensorSummary,
    ValueKind,
)

Shape = tuple[int, ...]


class Sketch:
    """Writes a graph down, op by op."""

    def __init__(self) -> None:
        self.builder = GraphBuilder()
        self.scope = 0
        self._made: dict[tuple[int, str], int] = {}
        self._line = 10

    @property
    def graph(self) -> Graph:
        """What has been written."""
        return self.builder.graph

    def enter(self, name: str, type_: str, kind: ScopeKind = ScopeKind.MODULE, op: int = -1) -> int:
        """Open a scope in the current one; the scope to come back to."""
        before = self.scope
        above = self.graph.scopes[before].path
        path = f"{above}.{name}" if above else name
        self.scope = self.builder.scope(before, path, kind, type_, op=op)
        return before

    def op(
        self,
        type_: str,
        inputs: list[int],
        shape: Shape,
        note: str = "",
        weights: list[tuple[str, Shape]] | None = None,
        outputs: int = 1,
        buffers: list[tuple[str, Shape]] | None = None,
    ) -> int:
        """Write an op; its first output's value."""
        number = self._made.get((self.scope, type_), 0)
        self._made[self.scope, type_] = number + 1
        path = self.graph.scopes[self.scope].path
        values = list(inputs)
        for kind, rows in ((ValueKind.PARAMETER, weights), (ValueKind.BUFFER, buffers)):
            for name, extent in rows or []:
                full = f"{path}.{name}" if path else name
                values.append(self.builder.external(kind, full, extent, "float32"))
        self._line += 1
        source = self.builder.source(SourceLine("/models/model.py", self._line % 400, "forward"))
        ident = f"{type_}:{number}"
        index = self.builder.op(
            self.scope, type_, ident, note=note, inputs=tuple(values), source=source
        )
        self.builder.outputs(index, [(shape, "float32")] * outputs)
        return self.graph.ops[index].outputs[0]

    def module(self, name: str, type_: str, op: str, x: int, shape: Shape, rows: Shape) -> int:
        """A module that is a single op with one weight."""
        back = self.enter(name, type_)
        weights = [("weight", rows), ("bias", rows[:1])]
        made = self.op(op, [x], shape, weights=weights)
        self.scope = back
        return made


def gpt(blocks: int = 12, tokens: int = 64, width: int = 768) -> Graph:
    """GPT-2-like: embeddings, blocks of attention and MLP, a final norm and head."""
    s = Sketch()
    ids = s.builder.external(ValueKind.INPUT, "ids", (1, tokens), "int64")
    s.enter("transformer", "GPT2Model")
    inner = s.scope
    pos = s.op("arange", [], (tokens,))
    pos = s.op("unsqueeze", [pos], (1, tokens), "dim=0")
    tok = s.module("wte", "Embedding", "embedding", ids, (tokens, width), (50257, width))
    emb = s.module("wpe", "Embedding", "embedding", pos, (tokens, width), (1024, width))
    x = s.op("add", [tok, emb], (tokens, width), "embeddings")
    for number in range(blocks):
        s.enter(f"h.{number}", "GPT2Block")
        x = _block(s, x, tokens, width)
        s.scope = inner
    x = s.module("ln_f", "LayerNorm", "layer_norm", x, (tokens, width), (width,))
    s.scope = 0
    s.op("matmul", [x], (tokens, 50257), "lm_head", weights=[("lm_head.weight", (50257, width))])
    return s.graph


def _block(s: Sketch, x: int, n: int, width: int) -> int:
    normed = s.module("ln_1", "LayerNorm", "layer_norm", x, (n, width), (width,))
    back = s.enter("attn", "CausalSelfAttention")
    heads = (12, n, width // 12)
    qkv = s.op("addmm", [normed], (n, 3 * width), "c_attn", [("c_attn.weight", (width, 3 * width))])
    q = s.op("split", [qkv], (n, width), "dim=2", outputs=3)
    parts: list[int] = []
    for at, name in enumerate("qkv"):
        part = s.op("view", [q + at], (n, 12, width // 12), name)
        parts.append(s.op("transpose", [part], heads, name))
    key = s.op("transpose", [parts[1]], (12, width // 12, n), "k")
    scores = s.op("matmul", [parts[0], key], (12, n, n), "q · kᵀ")
    scores = s.op("div", [scores], (12, n, n), "8.0")
    scores = s.op("where", [scores], (12, n, n), "causal mask", buffers=[("bias", (n, n))])
    scores = s.op("softmax", [scores], (12, n, n), "dim=-1")
    y = s.op("matmul", [scores, parts[2]], heads, "attn · v")
    y = s.op("transpose", [y], (n, 12, width // 12))
    y = s.op("reshape", [y], (n, width), "merge heads")
    y = s.op("addmm", [y], (n, width), "c_proj")
    s.scope = back
    x = s.op("add", [x, y], (n, width), "residual")
    normed = s.module("ln_2", "LayerNorm", "layer_norm", x, (n, width), (width,))
    back = s.enter("mlp", "MLP")
    h = s.op("addmm", [normed], (n, 4 * width), "c_fc", [("c_fc.weight", (width, 4 * width))])
    cube = s.op("pow", [h], (n, 4 * width), "3.0")
    cube = s.op("mul", [cube], (n, 4 * width), "0.0447")
    cube = s.op("add", [h, cube], (n, 4 * width))
    cube = s.op("mul", [cube], (n, 4 * width), "0.798")
    cube = s.op("tanh", [cube], (n, 4 * width))
    cube = s.op("add", [cube], (n, 4 * width), "1.0")
    half = s.op("mul", [h], (n, 4 * width), "0.5")
    h = s.op("mul", [half, cube], (n, 4 * width))
    h = s.op("addmm", [h], (n, width), "c_proj", [("c_proj.weight", (4 * width, width))])
    s.scope = back
    return s.op("add", [x, h], (n, width), "residual")


def resnet(blocks: tuple[int, ...] = (3, 4, 6, 3)) -> Graph:
    """ResNet-like: a stem, layers of bottlenecks with skips, a head."""
    s = Sketch()
    x = s.builder.external(ValueKind.INPUT, "x", (1, 3, 224, 224), "float32")
    x = s.module("conv1", "Conv2d", "conv2d", x, (1, 64, 112, 112), (64, 3, 7, 7))
    x = s.module("bn1", "BatchNorm2d", "batch_norm", x, (1, 64, 112, 112), (64,))
    x = s.module("relu", "ReLU", "relu", x, (1, 64, 112, 112), ())
    x = s.module("maxpool", "MaxPool2d", "max_pool2d", x, (1, 64, 56, 56), ())
    for number, count in enumerate(blocks):
        wide, side = 256 << number, 56 >> number
        s.enter(f"layer{number + 1}", "Sequential")
        for block in range(count):
            back = s.enter(str(block), "Bottleneck")
            shape = (1, wide, side, side)
            y = x
            for part in (1, 2, 3):
                y = s.module(f"conv{part}", "Conv2d", "conv2d", y, shape, (wide, wide, 3, 3))
                y = s.module(f"bn{part}", "BatchNorm2d", "batch_norm", y, shape, (wide,))
                if part < 3:
                    y = s.op("relu", [y], shape)
            if block == 0:
                inside = s.enter("downsample", "Sequential")
                x = s.module("0", "Conv2d", "conv2d", x, shape, (wide, wide, 1, 1))
                x = s.module("1", "BatchNorm2d", "batch_norm", x, shape, (wide,))
                s.scope = inside
            x = s.op("add", [y, x], shape)
            x = s.op("relu", [x], shape)
            s.scope = back
        s.scope = 0
    x = s.module("avgpool", "AdaptiveAvgPool2d", "adaptive_avg_pool2d", x, (1, 2048, 1, 1), ())
    x = s.op("flatten", [x], (1, 2048), "1")
    s.module("fc", "Linear", "linear", x, (1, 1000), (1000, 2048))
    return s.graph


def loop() -> Graph:
    """A function with a while loop and a called function, as TensorFlow has them."""
    s = Sketch()
    x = s.builder.external(ValueKind.INPUT, "x", (8, 16), "float32")
    x = s.op("MatMul", [x], (8, 32), weights=[("kernel", (16, 32))])
    looped = s.op("While", [x], (8, 32), "8 passes")
    back = s.enter("while_body", "body", ScopeKind.LOOP, op=s.graph.values[looped].op)
    state = s.builder.external(ValueKind.INPUT, "state", (8, 32), "float32")
    a = s.op("Tanh", [state], (8, 32))
    b = s.op("Sigmoid", [state], (8, 32))
    s.op("Mul", [a, b], (8, 32))
    s.scope = back
    called = s.op("PartitionedCall", [looped], (8, 1), "readout")
    back = s.enter("readout", "readout", ScopeKind.FUNCTION, op=s.graph.values[called].op)
    arg = s.builder.external(ValueKind.INPUT, "args", (8, 32), "float32")
    y = s.op("Relu", [arg], (8, 32))
    s.op("Sum", [y], (8, 1), "axis=1")
    s.scope = back
    s.op("Mean", [called], ())
    return s.graph


def flat(ops: int) -> Graph:
    """No scopes at all: a chain with skips."""
    s = Sketch()
    made = [s.builder.external(ValueKind.INPUT, "x", (8,), "float32")]
    for number in range(ops):
        extra = [made[-1 - number % 11]] if number % 5 == 0 and number > 11 else []
        made.append(s.op("add" if extra else "relu", [made[-1], *extra], (8,)))
    return s.graph


def paused(graph: Graph, before: int) -> Run:
    """A run of `graph` in op order, stopped before op `before` (past the last: finished)."""
    run = Run(graph, state=RunState.PAUSED)
    advance(run, before)
    return run


def advance(run: Run, before: int) -> int:
    """Run on to `before`; index of the first new record."""
    graph = run.graph
    first = len(run.records)
    frame_of = {frame.scope: index for index, frame in enumerate(run.frames)}

    def frame(scope: int) -> int:
        if scope not in frame_of:
            parent = frame(graph.scopes[scope].parent)
            turn = 0 if graph.scopes[scope].kind is ScopeKind.LOOP else -1
            frame_of[scope] = len(run.frames)
            run.frames.append(Frame(parent, scope, turn))
        return frame_of[scope]

    records: list[OpRecord] = []
    for index in range(first, min(before, len(graph.ops))):
        op = graph.ops[index]
        outputs = tuple(
            TensorSummary(graph.values[v].shape or (), graph.values[v].dtype) for v in op.outputs
        )
        inputs = tuple(
            (graph.values[v].op, graph.values[v].slot) if graph.values[v].op >= 0 else (OUTSIDE, v)
            for v in op.inputs
        )
        records.append(OpRecord(index, frame(op.scope), Phase.FORWARD, 1e-4, inputs, outputs))
    run.add_records(records)
    if before < len(graph.ops):
        scope = graph.ops[before].scope
        run.head = Place(before, before, scope, frame(scope), graph.ops[before].source)
    else:
        run.head = Place(len(run.records))
        run.state = RunState.FINISHED
    return first
