"""A model in plain NumPy with a backend of its own; its spec says how it misbehaves.

The spec is one of MISDEEDS, or the path of a file whose `act` is called in the model's middle.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from opscope.tracers.engine.backend import Program, Progress, Verification
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.engine.user_code import run_file
from opscope.tracers.ir import (
    OUTSIDE,
    MapFacts,
    ModelFacts,
    Ref,
    ScopeKind,
    SourceLine,
    TensorSummary,
    Value,
    ValueKind,
)
from opscope.tracers.protocol.refusal import Refusal
from tests.numpy_functions import NumpyFunctions


class NumpyBackend:
    """Values are NumPy arrays."""

    name = "NumPy"
    functions = NumpyFunctions()

    def describe(self, value: object) -> tuple[tuple[int, ...] | None, str]:
        if isinstance(value, np.ndarray):
            return value.shape, value.dtype.name
        return (), type(value).__name__

    def summarize(self, value: object) -> TensorSummary:
        if not isinstance(value, np.ndarray):
            return TensorSummary((), type(value).__name__, text=repr(value))
        if value.dtype.kind not in "fiu":
            return TensorSummary(value.shape, value.dtype.name, nbytes=value.nbytes)
        wide = value.astype(np.float64)
        finite = wide[np.isfinite(wide)]
        clean = finite.size == wide.size and finite.size > 0
        return TensorSummary(
            value.shape,
            value.dtype.name,
            nbytes=value.nbytes,
            minimum=float(finite.min()) if finite.size else None,
            maximum=float(finite.max()) if finite.size else None,
            mean=float(wide.mean()) if clean else None,
            rms=float(np.sqrt((wide * wide).mean())) if clean else None,
            nan=int(np.isnan(wide).sum()),
            posinf=int((wide == np.inf).sum()),
            neginf=int((wide == -np.inf).sum()),
        )

    def keep(self, value: object) -> object:
        return value.copy() if isinstance(value, np.ndarray) else value

    def cut(self, value: object, index: tuple[int | slice, ...]) -> Any:
        if not isinstance(value, np.ndarray):
            raise Refusal("no-data", "This value has no elements.")
        return value[index]


class NumpyModel:
    """Modules are methods, ops are calls of `op`; each stands on a line of this file."""

    def __init__(self, behave: str) -> None:
        self.backend = NumpyBackend()
        self.behave = behave
        self.weight = np.arange(12, dtype=np.float32).reshape(4, 3)
        self.input = np.linspace(-1, 1, 8, dtype=np.float32).reshape(2, 4)
        self.recorder: Recorder | None = None
        self.made: dict[Ref, np.ndarray] = {}

    @property
    def facts(self) -> ModelFacts:
        return ModelFacts("net", "NumPy", np.__version__, 12, 48, (("x", (2, 4), "float32"),))

    def draw_map(self, recorder: Recorder, progress: Progress) -> MapFacts:
        progress("Tracing")
        behave, self.behave = self.behave, ""
        self.execute(recorder)
        self.behave = behave
        graph = recorder.run.graph
        return MapFacts("dry-run", "", len(graph.ops), len(graph.scopes) - 1)

    def value(self, value: Value) -> object | None:
        return {"x": self.input, "block.weight": self.weight}.get(value.name)

    def verify(self, new_recorder: Callable[[], Recorder], repeats: int = 3) -> Verification:
        for _ in range(repeats):
            self.execute(new_recorder())
        return Verification(True, 0.0, 1.0, 1.5)

    def execute(self, recorder: Recorder) -> None:
        self.recorder = recorder
        builder = recorder.builder
        x: Ref = (OUTSIDE, builder.external(ValueKind.INPUT, "x", (2, 4), "float32"))
        weight: Ref = (
            OUTSIDE,
            builder.external(ValueKind.PARAMETER, "block.weight", (4, 3), "float32"),
        )
        hidden = self.op("scale", [x], [self.input * 2])
        with Module(recorder, "block", "Block"):
            product = self.op("matmul", [hidden, weight], [self.input * 2 @ self.weight])
            with Module(recorder, "block.act", "Relu", leaf=True):
                hidden = self.op("relu", [product], [np.maximum(self.input * 2 @ self.weight, 0)])
            self.misbehave()
            hidden = self.op("add", [hidden, product], [self.input * 2 @ self.weight + 1])
        for turn in range(self.turns()):
            with Module(recorder, "loop", "body", kind=ScopeKind.LOOP, turn=turn):
                hidden = self.op("sub", [hidden], [np.full((2, 3), turn, np.float32)])
                hidden = self.op("square", [hidden], [np.full((2, 3), turn * turn, np.float32)])
        self.op("softmax", [hidden], [np.full((2, 3), np.nan, np.float32)])

    def op(self, type_: str, inputs: Sequence[Ref], outputs: list[np.ndarray]) -> Ref:
        assert self.recorder is not None
        frame = sys._getframe(1)
        source = SourceLine(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        given = [self.made[ref] for ref in inputs if ref in self.made]
        step = self.recorder.before(type_, inputs, source=source, note="fake", given=given)
        if type_ == self.behave.removeprefix("raise in "):
            error = ValueError("the shapes do not\nfit")
            self.recorder.failed(step, error)
            raise error
        ref = self.recorder.after(step, outputs), 0
        self.made[ref] = outputs[0]
        return ref

    def turns(self) -> int:
        return int(self.behave.removeprefix("loop ")) if self.behave.startswith("loop ") else 2

    def misbehave(self) -> None:
        act = MISDEEDS.get(self.behave)
        if act is not None:
            act()
        elif self.behave.endswith(".py"):
            vars(run_file(self.behave))["act"]()


class Module:
    """A module call around ops."""

    def __init__(
        self,
        recorder: Recorder,
        path: str,
        type_: str,
        *,
        kind: ScopeKind = ScopeKind.MODULE,
        turn: int = -1,
        leaf: bool = False,
    ) -> None:
        self.recorder = recorder
        frame = sys._getframe(1)
        source = SourceLine(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        self.enter = lambda: recorder.enter(path, kind, type_, turn=turn, leaf=leaf, source=source)

    def __enter__(self) -> None:
        self.enter()

    def __exit__(self, *_: object) -> None:
        self.recorder.leave()


def segfault() -> None:
    import ctypes

    ctypes.string_at(0)


def spin() -> None:
    os.write(1, b"spinning\n")
    for n in itertools.count():
        if n < 0:
            break


def hold_the_interpreter() -> None:
    """A native call that never lets go of the interpreter."""
    import ctypes

    native, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(128)
    sys.setswitchinterval(60.0)  # nobody else gets the interpreter between these calls
    native.pthread_mutex_lock(mutex)
    native.write(1, b"holding\n", 8)
    native.pthread_mutex_lock(mutex)  # waits for itself, and no signal ends that


def fork_and_sleep() -> None:
    """A worker in the background, as a data loader starts them, then a loop."""
    if os.fork() == 0:
        os.write(1, b"worker started\n")
        time.sleep(600)
        os._exit(0)
    for n in itertools.count():
        if n < 0:
            break


def fork_and_wait() -> None:
    """A worker that prints and ends."""
    child = os.fork()
    if child == 0:
        os.write(1, b"from the worker\n")
        os._exit(0)
    os.waitpid(child, 0)


def say_a_lot_and_die() -> None:
    sys.stdout.write("line\n" * 5000)
    sys.stdout.flush()
    os.write(2, b"the very last")
    os.kill(os.getpid(), signal.SIGKILL)


def list_descriptors() -> None:
    """Those open in a program that the model starts."""
    code = (
        "import os; print('descriptors', *sorted(int(n) for n in os.listdir('/proc/self/fd'))[:-1])"
    )
    subprocess.run([sys.executable, "-c", code], close_fds=False, check=True)


def recurse_forever() -> int:
    return 1 + recurse_forever()


def recurse(depth: int = 5000) -> int:
    return 0 if depth == 0 else 1 + recurse(depth - 1)


MISDEEDS: dict[str, Callable[[], object]] = {
    "segfault": segfault,
    "abort": os.abort,
    "exit": lambda: os._exit(3),
    "exit 0": lambda: os._exit(0),
    "sys.exit": lambda: sys.exit(4),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "spin": spin,
    "hang": hold_the_interpreter,
    "fork": fork_and_sleep,
    "fork and wait": fork_and_wait,
    "input": input,
    "long line": lambda: sys.stdout.write("x" * 10_000_000),
    "garbage": lambda: os.write(1, b"Content-Length: 5\r\n\r\n\xff\xfe{}{\r\n\r\n"),
    "c print": lambda: os.system("echo from C, folder $PWD, oneDNN $TF_ENABLE_ONEDNN_OPTS"),
    "recurse": recurse,
    "recurse forever": recurse_forever,
    "last words": say_a_lot_and_die,
    "descriptors": list_descriptors,
    "raise": lambda: [][1],
}


def open_program(arguments: dict[str, Any], progress: Progress) -> Program:
    """In the place of tracers.engine.loading's."""
    spec = str(arguments["spec"])
    progress("Building the model")
    if spec == "refused":
        raise Refusal("bad-spec", "There is no model of that name.")
    if spec == "dies while loading":
        sys.stderr.write("out of luck\n")
        os._exit(7)
    sys.stdout.write("loading says hello\n")
    return NumpyModel(spec)
