"""Lays the source file of a recorded run out."""

from __future__ import annotations

import base64
import textwrap
import zlib
from typing import TYPE_CHECKING, Any

from .constants import Constants
from .fxcalls import CallTracer, Written
from .lib import torch
from .statistics import dtype_name, shape_of

if TYPE_CHECKING:
    from .program import TorchProgram

_WIDTH = 98
_BUILD = '''
def build(model{default}):
    """The run as a torch.fx.GraphModule{sharing}."""
    graph = torch.fx.Graph()
    held = graph.get_attr

    def call(function, /, *args, **named):
        return graph.call_function(function, args, named)

    def method(name, /, *args, **named):
        return graph.call_method(name, args, named)
'''
_RESTORED = '''
def restored(dtype, shape, text):
    """A tensor from its packed bytes."""
    data = bytearray(zlib.decompress(base64.b64decode(text)))
    return torch.frombuffer(data, dtype=dtype).reshape(shape)
'''


class Random:
    """torch's generator as a run finds it, and how to put it there again."""

    def __init__(self) -> None:
        self._state: Any = torch.get_rng_state()

    def was_used(self) -> bool:
        """Numbers have been drawn since."""
        return not torch.equal(self._state, torch.get_rng_state())

    def source(self) -> str:
        """The function that puts it there."""
        number = int(torch.initial_seed())
        fresh: Any = torch.Generator().manual_seed(number).get_state()
        if torch.equal(fresh, self._state):
            body = [f"torch.manual_seed({number})"]
        else:
            data = zlib.compress(bytes(self._state.numpy()), 9)
            text = textwrap.wrap(base64.b64encode(data).decode("ascii"), 80)
            rows = [f'        "{part}"' for part in text]
            shape = tuple(self._state.shape)
            body = ["state = (", *(row[4:] for row in rows), ")"]
            body.append(f"torch.set_rng_state(restored(torch.uint8, {shape}, state))")
        lines = ['"""Put torch\'s random numbers where the run found them."""', *body]
        return "\ndef seed():\n" + "\n".join(f"    {line}" for line in lines) + "\n"


def source_file(
    program: TorchProgram,
    given: dict[str, Any],
    tracer: CallTracer,
    output: str,
    random: Random | None,
) -> str:
    """The whole file. `random` is None where nothing was drawn."""
    written, constants = tracer.written, tracer.constants
    seed = random.source() if random is not None else ""
    packed = bool(constants.packed) or "restored(" in seed
    parts = [_docstring(program, given, written, random is not None)]
    parts.append("\n\n" + "".join(f"import {name}\n" for name in _modules(written, packed)))
    if _uses_functional(written):
        parts.append("import torch.nn.functional as F\n")
    sections = [seed, _builder(written, constants, output)]
    if packed:
        sections.append(_RESTORED)
    if constants.packed:
        sections.append("\n" + constants.text())
    parts += [f"\n{section}" for section in sections if section]
    return "".join(parts)


def _modules(written: Written, packed: bool) -> list[str]:
    """What to import, the standard library's first, an empty line before torch."""
    standard = ["base64"] if packed else []
    if written.held or any("operator." in line.source() for line in written.lines):
        standard.append("operator")
    standard += ["zlib"] if packed else []
    if standard:
        standard[-1] += "\n"
    return [*standard, "torch"]


def _uses_functional(written: Written) -> bool:
    return any(line.words[0].startswith("F.") for line in written.lines if line.kind == "call")


def _builder(written: Written, constants: Constants, output: str) -> str:
    held = bool(written.held)
    text = _BUILD.format(
        default="" if held else "=None",
        sharing=", which shares the model's parameters and buffers" if held else "",
    )
    body = "\n".join(line.source() for line in written.lines)
    rows = [text, body, "\n\n    graph.output(", output, ")\n"]
    if held:
        names = "\n".join(f'        "{path}",' for path in written.held)
        rows.append(f"    paths = [\n{names}\n    ]\n")
        rows.append("    root = {path: operator.attrgetter(path)(model) for path in paths}\n")
    if constants.packed:
        rows.append(
            "    root = {**root, **CONSTANTS}\n" if held else "    root = dict(CONSTANTS)\n"
        )
    elif not held:
        rows.append("    root = {}\n")
    rows.append('    return torch.fx.GraphModule(root, graph, "Recorded")\n')
    return "".join(rows)


def _docstring(program: TorchProgram, given: dict[str, Any], written: Written, drawn: bool) -> str:
    name = program.options.name or "a model"
    roots = [prefix for prefix, _ in program.names.roots if prefix]
    model = "model"
    if roots and written.held:
        model = f"types.SimpleNamespace({', '.join(f'{root}={root}' for root in roots)})"
    call = f"replay({', '.join(f'input_{n + 1}' for n in range(len(given)))})"
    inputs = [
        f"    input_{number}  {key}: {dtype_name(tensor.dtype)} {_shape(tensor)}"
        for number, (key, tensor) in enumerate(given.items(), 1)
    ]
    paragraphs = [
        f"A run of {name}, written out by Opscope: {written.ops:,} ops, PyTorch"
        f" {torch.__version__}.",
        "    replay = build("
        + (model if written.held else "")
        + ")\n"
        + ("    seed()\n" if drawn else "")
        + f"    output = {call}",
        "\n".join(["`replay` is a torch.fx.GraphModule. Its inputs:", "", *inputs])
        if inputs
        else "`replay` is a torch.fx.GraphModule without inputs.",
        "It was replayed when this was written, and its outputs were equal bit for bit. Gradients"
        " of custom autograd functions are those of the ops inside them.",
    ]
    if written.read:
        times = f"{written.read:,} times" if written.read > 1 else "once"
        paragraphs.append(
            f"Python read a value from a tensor {times} (each is a comment below). What followed"
            " stands as this run took it, whatever other inputs would lead to."
        )
    if drawn:
        paragraphs.append(
            "The run drew random numbers: seed() puts torch's generator where the run found it."
        )
    filled = [
        text if text.startswith("    ") or "\n" in text else textwrap.fill(text, _WIDTH)
        for text in paragraphs
    ]
    text = "\n\n".join(filled).replace("\\", "\\\\").replace('"""', "'''")
    return f'"""{text}\n"""'


def _shape(tensor: Any) -> str:
    shape = shape_of(tensor)
    if shape is None:
        return "nested"
    return "×".join(str(extent) for extent in shape) or "scalar"
