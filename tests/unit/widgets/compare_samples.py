"""Two runs of one ResNet, as two frameworks write it, and what comparing them comes to."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache

from opscope.tracers.compare.result import (
    Cause,
    Certainty,
    Comparison,
    Divergence,
    ModulePair,
    OpSide,
    Pair,
    Tally,
    WeightPair,
)
from opscope.tracers.ir import ModelFacts, Op, Run, SourceLine, ValueKind
from opscope.widgets.compare.story import Half, Story
from tests.unit.widgets.graph_samples import Shape, Sketch, flat, paused

STAGES = (2, 2, 3, 2)
DIVERGED = ("layer2.0.conv2", "conv3_block1.2_conv")
TYPES = {
    "conv2d": "Conv2D",
    "batch_norm": "FusedBatchNorm",
    "relu": "Relu",
    "add": "AddV2",
    "max_pool2d": "MaxPool",
    "mean": "Mean",
    "linear": "MatMul",
}
SOURCE_A = "class Bottleneck(nn.Module):\n    def __init__(self, w):\n" + "\n" * 80
SOURCE_B = "def block(x, w):\n" + "\n" * 67


@dataclass(slots=True)
class Twin:
    """Writes the same model the one way or the other."""

    sketch: Sketch
    keras: bool

    def op(self, module: str, kind: str, inputs: list[int], shape: Shape, note: str = "") -> int:
        """A module around one op, or a function where no module is named."""
        sketch = self.sketch
        back = sketch.scope
        if module:
            sketch.enter(module, kind)
        value = sketch.op(TYPES[kind] if self.keras else kind, inputs, self.turned(shape), note)
        sketch.scope = back
        return value

    def turned(self, shape: Shape) -> Shape:
        """Channels last, where the framework has them there."""
        return (shape[0], *shape[2:], shape[1]) if self.keras and len(shape) == 4 else shape

    def block(self, stage: int, number: int, x: int, shape: Shape, before: Shape) -> int:
        """A bottleneck."""
        sketch, keras = self.sketch, self.keras
        back = sketch.scope
        if not keras:
            sketch.enter(f"layer{stage + 1}", "Sequential")
            sketch.scope = back
            scopes = sketch.graph.scopes
            known = [at for at, row in enumerate(scopes) if row.path == f"layer{stage + 1}"]
            sketch.scope = known[0]
            sketch.enter(str(number), "Bottleneck")
        else:
            sketch.enter(f"conv{stage + 2}_block{number + 1}", "Block")
        names = ("1_conv", "1_bn", "2_conv", "2_bn", "3_conv", "3_bn") if keras else ()
        names = names or ("conv1", "bn1", "conv2", "bn2", "conv3", "bn3")
        stride = "3×3 /2" if before != shape else "3×3"
        y = self.op(names[0], "conv2d", [x], before, "1×1")
        y = self.op(names[1], "batch_norm", [y], before)
        y = self.op("", "relu", [y], before)
        y = self.op(names[2], "conv2d", [y], shape, stride)
        y = self.op(names[3], "batch_norm", [y], shape)
        y = self.op("", "relu", [y], shape)
        y = self.op(names[4], "conv2d", [y], shape, "1×1")
        y = self.op(names[5], "batch_norm", [y], shape)
        y = self.op("", "add", [y, x], shape, "shortcut")
        y = self.op("", "relu", [y], shape)
        sketch.scope = back
        return y


def twin(keras: bool, extra: bool = False) -> Run:
    """The run of a ResNet; B's has an op more at its end, where `extra`."""
    sketch = Sketch()
    both = Twin(sketch, keras)
    shape: Shape = (1, 16, 56, 56)
    x = sketch.builder.external(ValueKind.INPUT, "x", both.turned((1, 3, 112, 112)), "float32")
    x = both.op("stem_conv", "conv2d", [x], (1, 16, 112, 112), "7×7 /2")
    x = both.op("stem_bn", "batch_norm", [x], (1, 16, 112, 112))
    x = both.op("", "relu", [x], (1, 16, 112, 112))
    x = both.op("pool", "max_pool2d", [x], shape)
    for stage, count in enumerate(STAGES):
        for number in range(count):
            before = shape
            if number == 0 and stage:
                shape = (1, shape[1] * 2, shape[2] // 2, shape[3] // 2)
            x = both.block(stage, number, x, shape, before)
    x = both.op("avgpool", "mean", [x], (1, shape[1]))
    x = both.op("fc", "linear", [x], (1, 10))
    if extra:
        sketch.op("Softmax", [x], (1, 10))
    graph = sketch.graph
    file = "/models/keras_resnet.py" if keras else "/models/torch_resnet.py"
    graph.sources[:] = [replace(row, file=file) for row in graph.sources]
    if keras:
        graph.ops[:] = [_placed(graph.sources, op) for op in graph.ops]
    return paused(graph, len(graph.ops))


def _placed(_sources: list[SourceLine], op: Op) -> Op:
    return replace(op, attributes=(*op.attributes, ("data_format", "NHWC")))


@cache
def story(equal: bool = False, tolerance: float = 1e-4) -> Story:
    """A against B, with one wrong padding, or without."""
    a, b = twin(keras=False), twin(keras=True, extra=True)
    start = _at(a, DIVERGED[0])
    pairs = [Pair((-1, 0), (-1, 0), 0.0, None, (0, 3, 1, 2), 0.0, 0.0)]
    for record in range(len(a.records)):
        shape = a.records[record].outputs[0].shape
        order = (0, 3, 1, 2) if len(shape) == 4 else ()
        error = 1e-7 * (1.4 + math.sin(record)) * (1 + record / 20)
        after = 0
        if not equal and record >= start:
            error = 0.87 * (0.6 + 0.4 * math.cos((record - start) / 9))
            after = int(record > start)
        local = 1e-8 if record != start or equal else 0.87
        pairs.append(
            Pair((record, 0), (record, 0), error, local, order, error * 2.66, error / 3, after)
        )
    found = Comparison(
        tuple(pairs),
        Tally(len(a.records), 0, 0),
        Tally(len(b.records) - 1, 0, 1),
        modules(a, b),
        () if equal else (divergence(a, b),),
        max(pair.error for pair in pairs),
        (),
        weights(),
    )
    return Story(half("A", a, False), half("B", b, True), found, tolerance)


def half(name: str, run: Run, keras: bool) -> Half:
    """One side with its facts."""
    framework, version = ("TensorFlow", "2.20.0") if keras else ("PyTorch", "2.9.1")
    facts = ModelFacts("resnet50", framework, version, inputs=(("x", (1, 3, 112, 112), "float32"),))
    spec = "keras_resnet.py:model" if keras else "torch_resnet.py:model"
    return Half(name, run, facts, spec)


def modules(a: Run, b: Run) -> tuple[ModulePair, ...]:
    """The modules around ops that stand at the same place of both runs."""
    found: dict[tuple[str, str], int] = {}
    for one, other in zip(a.records, b.records, strict=False):
        paths = (_path(a, one.op), _path(b, other.op))
        found[paths] = found.get(paths, 0) + 1
    return tuple(ModulePair(*paths, ops, paths == DIVERGED) for paths, ops in found.items())


def divergence(a: Run, b: Run) -> Divergence:
    """The wrong padding."""
    one, other = _at(a, DIVERGED[0]), _at(b, DIVERGED[1])
    return Divergence(
        OpSide(one, "", "conv2d", DIVERGED[0], "Conv2d", "/models/torch_resnet.py", 88),
        OpSide(other, "", "Conv2D", DIVERGED[1], "Conv2D", "/models/keras_resnet.py", 71),
        (
            ("padding", "(1, 1)", "SAME = (0, 1)", True),
            ("stride", "2", "2", False),
            ("dilation", "1", "1", False),
            ("weight", "equal", "equal", False),
        ),
        Cause(
            Certainty.PROVED,
            "padding",
            "B pads by (0, 1), A by (1, 1): padded as in A, B gives A's values.",
        ),
        0.87,
        True,
    )


def weights() -> tuple[WeightPair, ...]:
    """Some that are the same, one that is suspicious, one that is alone."""
    return (
        WeightPair("conv1.weight", "conv1/kernel", (64, 3, 7, 7), (7, 7, 3, 64), (3, 2, 0, 1), 0.0),
        WeightPair("fc.weight", "fc/kernel", (10, 128), (128, 10), (1, 0), 0.0),
        WeightPair(
            "bn1.weight",
            "bn1/gamma",
            (64,),
            (64,),
            (0,),
            0.41,
            "bn1.weight and bn1/gamma have the same name, but other values.",
        ),
        WeightPair("", "head/bias", (), (10,), (), None, "A has nothing like head/bias."),
    )


def long_story(ops: int) -> Story:
    """Two chains of many ops without any scope."""
    a, b = paused(flat(ops), ops), paused(flat(ops), ops)
    pairs = tuple(Pair((at, 0), (at, 0), 1e-7 if at < ops // 2 else 0.3) for at in range(ops))
    found = Comparison(pairs, Tally(ops, 0, 0), Tally(ops, 0, 0), largest=0.3)
    return Story(half("A", a, False), half("B", b, True), found, 1e-4)


def sources() -> dict[str, str]:
    """The text of both files."""
    one = SOURCE_A.splitlines()
    one += [""] * (88 - len(one))
    one[87] = "        self.conv2 = Conv2d(w, w, 3, 2, 1)"
    other = SOURCE_B.splitlines()
    other += [""] * (71 - len(other))
    other[70] = '    x = Conv2D(w, 3, 2, "same")(x)'
    return {
        "/models/torch_resnet.py": "\n".join(one) + "\n",
        "/models/keras_resnet.py": "\n".join(other) + "\n",
    }


def _path(run: Run, op: int) -> str:
    return run.graph.scopes[run.graph.ops[op].scope].path


def _at(run: Run, path: str) -> int:
    return next(at for at, row in enumerate(run.records) if _path(run, row.op) == path)
