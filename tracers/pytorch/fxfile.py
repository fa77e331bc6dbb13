"""Lays the source file of a recorded run out."""

from __future__ import annotations

import base64
import keyword
import textwrap
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .constants import Constants
from .fxcalls import CallTracer, Written
from .fxtext import literal, statement
from .lib import torch
from .modules import Names
from .statistics import dtype_name, shape_of

if TYPE_CHECKING:
    from .program import TorchProgram

_WIDTH = 98
_BUILD = '''
def build({parameter}):
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
    builder = _builder(program.names, written, constants, output)
    parts = [_docstring(program, given, written, random is not None)]
    parts.append("\n\n" + "".join(f"import {name}\n" for name in _modules(builder, packed)))
    if "(F." in builder or "        F." in builder:
        parts.append("import torch.nn.functional as F\n")
    sections = [seed, builder]
    if packed:
        sections.append(_RESTORED)
    if constants.packed:
        sections.append("\n" + constants.text())
    parts += [f"\n{section}" for section in sections if section]
    return "".join(parts)


def _modules(body: str, packed: bool) -> list[str]:
    """What to import, the standard library's first, an empty line before torch."""
    standard = ["base64"] if packed else []
    if "operator." in body:
        standard.append("operator")
    standard += ["zlib"] if packed else []
    if standard:
        standard[-1] += "\n"
    return [*standard, "torch"]


def parts_of(names: Names, held: Iterable[str]) -> dict[str, Any] | None:
    """What `build` takes where the model is no module: what it uses, by name, as far as held."""
    if names.is_module:
        return None
    known = {**dict(names.roots), **names.used.tensors}
    return {name: known[name] for name in {_split(known, path)[0]: None for path in held}}


def _split(known: dict[str, Any], path: str) -> tuple[str, str]:
    """The object whose part a path names, by its name, and the part's path in it."""
    name = max((k for k in known if path == k or path.startswith(f"{k}.")), key=len)
    return name, path[len(name) + 1 :]


def _builder(names: Names, written: Written, constants: Constants, output: str) -> str:
    parts = parts_of(names, written.held)
    parameter = "model" if parts is None else "parts"
    text = _BUILD.format(
        parameter=parameter if written.held else f"{parameter}=None",
        sharing=f", which shares tensors with `{parameter}`" if written.held else "",
    )
    body = "\n".join(line.source() for line in written.lines)
    rows = [text, "\n", body, "\n\n", statement("", "graph.output", [output]), "\n    root = {"]
    rows += [f"\n        {_quoted(path)}: {_fetch(parts, path)}," for path in written.held]
    rows += ["\n        **CONSTANTS,"] if constants.packed else []
    rows.append("\n    }\n" if written.held or constants.packed else "}\n")
    rows.append('    return torch.fx.GraphModule(root, graph, "Recorded")\n')
    return "".join(rows)


def _fetch(parts: dict[str, Any] | None, path: str) -> str:
    name, rest = ("", path) if parts is None else _split(parts, path)
    home = "model" if parts is None else f"parts[{_quoted(name)}]"
    if not rest:
        return home
    plain = all(part.isidentifier() and not keyword.iskeyword(part) for part in rest.split("."))
    return f"{home}.{rest}" if plain else f"operator.attrgetter({_quoted(rest)})({home})"


def _quoted(text: str) -> str:
    return literal(text, repr)


def _docstring(program: TorchProgram, given: dict[str, Any], written: Written, drawn: bool) -> str:
    name = program.options.name or "a model"
    parts = parts_of(program.names, written.held)
    model = "model"
    if parts is not None:
        model = "{" + ", ".join(f"{_quoted(key)}: {key}" for key in parts) + "}"
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
