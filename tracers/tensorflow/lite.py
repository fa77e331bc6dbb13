"""A .tflite file: what it holds, and how one run of it is read."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..engine.backend import Progress
from ..engine.lib import np
from ..protocol.refusal import Refusal
from .lib import tf

_FAILED = re.compile(r"Node number (\d+) \(")


@dataclass(frozen=True, slots=True)
class LiteTensor:
    """A tensor of the file: inputs and weights, and what ops give.

    Attributes:
        scale, zero: of a quantised one: value = scale × (integer − zero); () for any other.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: tuple[float, ...] = ()
    zero: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LiteOp:
    """An op of the file; `inputs` without those that were left out."""

    index: int
    type: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class LiteModel:
    """A file read by TensorFlow's interpreter.

    Attributes:
        name: of the file.
        tensors: by index.
        inputs, outputs: indices of tensors, with the names that a signature gives them.
    """

    def __init__(self, path: str) -> None:
        self.name = Path(path).name
        self._content = _content(path, self.name)
        # Without this every intermediate tensor's memory is used again for later ones.
        self._keeping = _interpreter(self._content, self.name, delegates=False, keep=True)
        self.inputs = _named(self._keeping.get_input_details(), self._keeping, "inputs")
        self.outputs = _named(self._keeping.get_output_details(), self._keeping, "outputs")
        self.tensors: dict[int, LiteTensor] = {}
        self.ops: list[LiteOp] = []
        self._read()

    def example_inputs(self) -> tuple[Any, ...]:
        """Made up by shape and dtype."""
        rng = np.random.default_rng(0)
        return tuple(_made(self.tensors[index], rng) for index in self.inputs)

    def plain(self, inputs: list[Any], exact: bool) -> list[Any]:
        """The outputs as any program would get them; without TFLite's delegates where `exact`."""
        interpreter = _interpreter(self._content, self.name, delegates=not exact, keep=False)
        self._feed(interpreter, inputs)
        interpreter.invoke()
        return [np.array(interpreter.get_tensor(index)) for index in self.outputs]

    def run(self, inputs: list[Any]) -> tuple[int, str]:
        """Run all ops. How many ran, and what the next one said where it failed."""
        self._feed(self._keeping, inputs)
        self._read()  # shapes may be others now
        try:
            self._keeping.invoke()
        except (RuntimeError, ValueError) as error:
            message = " ".join(str(error).split())
            found = _FAILED.search(message)
            return (int(found.group(1)) if found else 0), message
        return len(self.ops), ""

    def value(self, index: int) -> Any:
        """A tensor as the last run left it, as TensorFlow's own. Raises Refusal "no-data"."""
        try:
            return tf.constant(self._keeping.get_tensor(index))
        except (ValueError, TypeError, RuntimeError) as error:
            name = self.tensors[index].name
            raise Refusal("no-data", f"TFLite keeps no data for {name}.") from error

    def bind(self, args: tuple[object, ...], named: dict[str, object]) -> list[Any]:
        """Arrays for the inputs, in order. Raises Refusal "bad-input"."""
        names = list(self.inputs.values())
        unknown = [name for name in named if name not in names]
        if unknown:
            raise Refusal(
                "bad-input",
                f"{self.name} has no input {unknown[0]}; it takes {', '.join(names)}.",
            )
        given = dict(zip(names, args, strict=False)) | named
        missing = [name for name in names if name not in given]
        if missing or len(args) > len(names):
            wanted = f"{len(names)} inputs ({', '.join(names)})"
            raise Refusal("bad-input", f"{self.name} takes {wanted}, {len(given)} were given.")
        found: list[Any] = []
        for index, name in self.inputs.items():
            array, row = np.asarray(given[name]), self.tensors[index]
            if array.dtype.kind != "O" and array.dtype.name != row.dtype:
                raise Refusal(
                    "bad-input",
                    f"Input {name} of {self.name} is {row.dtype}, not {array.dtype.name}.",
                )
            found.append(array)
        return found

    def _feed(self, interpreter: Any, inputs: list[Any]) -> None:
        shapes = {row["index"]: tuple(row["shape"]) for row in interpreter.get_input_details()}
        for index, array in zip(self.inputs, inputs, strict=True):
            if shapes[index] != array.shape:
                try:
                    interpreter.resize_tensor_input(index, array.shape, strict=True)
                except (ValueError, RuntimeError) as error:
                    wanted = "×".join(map(str, shapes[index]))
                    raise Refusal(
                        "bad-input",
                        f"Input {self.inputs[index]} of {self.name} has the shape {wanted},"
                        f" not {'×'.join(map(str, array.shape))}.",
                    ) from error
        interpreter.allocate_tensors()
        for index, array in zip(self.inputs, inputs, strict=True):
            interpreter.set_tensor(index, array)

    def _read(self) -> None:
        for detail in self._keeping.get_tensor_details():
            row = _tensor(detail)
            self.tensors[row.index] = row
        self.ops = [
            LiteOp(
                int(op["index"]),
                str(op["op_name"]),
                tuple(int(n) for n in op["inputs"] if n >= 0),
                tuple(int(n) for n in op["outputs"] if n >= 0),
            )
            for op in self._keeping._get_ops_details()
            if op["op_name"] != "DELEGATE"
        ]


def open_lite(path: str, progress: Progress) -> LiteModel:
    """Raises Refusal "bad-artefact"."""
    progress("Reading the TFLite model")
    return LiteModel(path)


def _content(path: str, name: str) -> bytes:
    content = Path(path).read_bytes()
    if content[4:8] != b"TFL3":
        raise Refusal("bad-artefact", f"{name} is damaged, or is no TFLite model.")
    return content


def _interpreter(content: bytes, name: str, delegates: bool, keep: bool) -> Any:
    kinds = tf.lite.experimental.OpResolverType
    kind = kinds.AUTO if delegates else kinds.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="(?s).*tf.lite.Interpreter is deprecated")
            made: Any = tf.lite.Interpreter(
                model_content=content,
                experimental_op_resolver_type=kind,
                experimental_preserve_all_tensors=keep,
            )
        made.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        words = str(error).split("\n")[0].rstrip(".")
        raise Refusal("bad-artefact", f"{name} cannot be run by TFLite: {words}.") from error
    return made


def _tensor(detail: Any) -> LiteTensor:
    quantised = detail["quantization_parameters"]
    return LiteTensor(
        int(detail["index"]),
        str(detail["name"]),
        tuple(int(n) for n in detail["shape"]),
        _dtype(detail["dtype"]),
        tuple(float(n) for n in quantised["scales"]),
        tuple(int(n) for n in quantised["zero_points"]),
    )


def _dtype(kind: Any) -> str:
    name = np.dtype(kind).name
    return "string" if name.startswith(("bytes", "str", "object")) else name


def _named(details: Any, interpreter: Any, side: str) -> dict[int, str]:
    """Names of inputs or outputs by tensor index: a signature's own where there is one."""
    found = {int(row["index"]): str(row["name"]).partition(":")[0] for row in details}
    signatures = interpreter.get_signature_list()
    if len(signatures) == 1:
        (key,) = signatures
        runner: Any = interpreter.get_signature_runner(key)
        rows = runner.get_input_details() if side == "inputs" else runner.get_output_details()
        found |= {int(row["index"]): name for name, row in rows.items() if row["index"] in found}
    return found


def _made(row: LiteTensor, rng: Any) -> Any:
    dtype = np.dtype(row.dtype if row.dtype != "string" else object)
    if row.dtype == "string":
        return np.full(row.shape, b"text", dtype)
    if dtype.kind in "iu":
        top = 127 if row.scale else 10
        return rng.integers(0, top, row.shape).astype(dtype)
    if dtype.kind == "b":
        return np.ones(row.shape, dtype)
    return rng.standard_normal(row.shape).astype(dtype)
