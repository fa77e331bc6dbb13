"""Arrays made up, written out, or read from .npy, .npz and .pt files."""

from __future__ import annotations

import math
import sys
from typing import Any

from ..protocol.input_forms import FromFile, Literal, MadeUp, dtype_name
from ..protocol.refusal import Refusal
from .lib import Array, as_mapping, np

_SEED = 20_240_501


def made_up(form: MadeUp, seed: int) -> Array:
    """Elements of a made-up input; the same ones each time. bfloat16 comes as float32."""
    dtype = np.dtype("float32" if form.dtype == "bfloat16" else form.dtype)
    if math.prod(max(1, extent) for extent in form.shape) * dtype.itemsize > 16 << 30:
        shown = "x".join(str(extent) for extent in form.shape)
        raise Refusal("bad-input", f"An input of {shown} {form.dtype} is over 16 GiB.")
    generator = np.random.default_rng(_SEED + seed)
    if form.fill == "zeros":
        return np.zeros(form.shape, dtype)
    if form.fill == "ones":
        return np.ones(form.shape, dtype)
    if form.fill == "range":
        return np.arange(math.prod(form.shape)).reshape(form.shape).astype(dtype)
    if form.fill == "uniform" and dtype.kind in "biu":
        whole = generator.integers(math.ceil(form.low), math.ceil(form.high), form.shape)
        return np.asarray(whole).astype(dtype)
    if form.fill == "uniform":
        return np.asarray(generator.uniform(form.low, form.high, form.shape)).astype(dtype)
    real = np.asarray(generator.standard_normal(form.shape))
    if dtype.kind == "c":
        return (real + 1j * np.asarray(generator.standard_normal(form.shape))).astype(dtype)
    return real.astype(dtype)


def literal_array(form: Literal) -> Array:
    """Numbers written out; whole ones become int64, others float32, where no dtype is given."""
    try:
        array = np.asarray(form.value)
    except ValueError as error:
        raise Refusal("bad-input", f"The list {form.value} is ragged.") from error
    if array.dtype.kind not in "biuf":
        raise Refusal("bad-input", f"{form.value} is no list of numbers of equal lengths.")
    if not form.dtype and array.dtype.kind == "f":
        return array.astype(np.float32)
    return array


def read_array_file(form: FromFile, framework: str) -> tuple[object, str]:
    """What a file holds (an array, or arrays by name; torch: anything), and the dtype asked for.

    Raises Refusal "bad-input"; nothing in the file is run.
    """
    dtype, key = _words(form)
    if form.suffix == "pt":
        found: object = _read_torch(form.path, framework)
    else:
        found = _read_numpy(form)
    named = as_mapping(found)
    if key:
        if named is None or key not in named:
            names = ", ".join(str(name) for name in named or ()) or "none"
            raise Refusal("bad-input", f"{form.path} has no {key}; names in it: {names}.")
        found = named[key]
    elif named is not None and form.suffix == "npz" and len(named) == 1:
        found = next(iter(named.values()))
    if isinstance(found, np.ndarray):
        _usable(found, form.path)
    return found, dtype


def _words(form: FromFile) -> tuple[str, str]:
    """(dtype, key) out of a file's options."""
    options = dict(form.options)
    dtype = dtype_name(options.pop("dtype", ""))
    key = options.pop("key", "")
    for word in form.words:
        if dtype_name(word):
            dtype = dtype_name(word)
        else:
            key = word
    if options:
        raise Refusal(
            "bad-input", f"{form.path} takes no option {next(iter(options))}; it is no picture."
        )
    return dtype, key


def _read_numpy(form: FromFile) -> object:
    try:
        with open(form.path, "rb") as file:  # NumPy leaves its own open where it fails
            found = np.load(file, allow_pickle=False)
            if form.suffix == "npz":
                return {name: _usable(found[name], f"{form.path}:{name}") for name in found.files}
    except ValueError as error:
        if "allow_pickle" in str(error) or "Object arrays" in str(error):
            raise Refusal(
                "bad-input",
                f"{form.path} holds pickled Python objects, which are not opened; save plain "
                "numbers instead.",
            ) from error
        raise Refusal("bad-input", f"{form.path} is no NumPy file: {error}.") from error
    except OSError as error:
        raise Refusal("bad-input", f"{form.path} could not be read: {error}.") from error
    except Refusal:
        raise
    except MemoryError as error:
        raise Refusal("bad-input", f"{form.path} does not fit into memory.") from error
    except Exception as error:  # NumPy reads headers as Python and archives by zipfile and zlib
        raise Refusal("bad-input", f"{form.path} is damaged, or no NumPy file.") from error
    return found


def _usable(array: Array, where: str) -> Array:
    if array.dtype.kind not in "biufcSU":
        raise Refusal(
            "bad-input", f"{where} holds {array.dtype} elements, which no framework takes."
        )
    return array


def _read_torch(path: str, framework: str) -> object:
    if framework != "torch":
        raise Refusal("bad-input", f"{path} holds PyTorch tensors, but the model is TensorFlow's.")
    torch: Any = sys.modules["torch"]
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        if "nsupported global" in str(error):  # a class or function that is no tensor's
            raise Refusal(
                "bad-input",
                f"{path} holds pickled Python objects, which are not opened; save plain tensors "
                "instead.",
            ) from error
        raise Refusal("bad-input", f"{path} could not be read as saved tensors.") from error
