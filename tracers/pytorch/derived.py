"""Another run of the same model: in another dtype or mode, or with the weights of a file."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from ..engine.backend import Inputs, LoadOptions
from ..protocol.refusal import Refusal
from .exported import is_exported
from .lib import Unrecorded, is_tensor, nn, torch
from .modules import Names
from .nested import replace_tensors
from .safetensors import read_safetensors

_DTYPES = ("bfloat16", "float16", "float64")
_INSIDE = ("state_dict", "model_state_dict", "model", "module", "net", "weights")
_PREFIXES = ("module.", "_orig_mod.", "model.")
_MOST_NAMED = 3


def derive(target: Any, inputs: Inputs, way: str, options: LoadOptions) -> tuple[object, Inputs]:
    """The model changed in place as `way` says, with its inputs. Raises Refusal "bad-way"."""
    word, _, more = way.partition(":")
    if is_exported(target):
        raise Refusal(
            "bad-way",
            f"{options.name} is an exported program, whose dtypes, mode and weights are fixed; name"
            " the model that it was exported from.",
        )
    with Unrecorded():
        roots = [root for _, root in Names(target).roots]
        if word in _DTYPES:
            return target, _cast(roots, inputs, getattr(torch, word), options)
        if word in ("train", "eval"):
            _switch(roots, word == "train", options)
            return target, inputs
        if word == "weights":
            _load(roots, Path(more), options)
            return target, inputs
    raise Refusal("bad-way", f"A model of PyTorch cannot be run in the way {way}.")


def _cast(roots: list[Any], inputs: Inputs, dtype: Any, options: LoadOptions) -> Inputs:
    changed = False

    def cast_one(tensor: Any) -> Any:
        nonlocal changed
        if not tensor.is_floating_point() or tensor.dtype == dtype:
            return tensor
        changed = True
        return tensor.detach().to(dtype).requires_grad_(tensor.requires_grad)

    for root in roots:
        if isinstance(root, torch.jit.ScriptModule):
            root.to(dtype)
        else:
            root._apply(_to(dtype))
        changed = changed or any(one.is_floating_point() for one in root.parameters())
    found = replace_tensors(inputs, cast_one)
    if not changed:
        name = str(dtype).removeprefix("torch.")
        raise Refusal(
            "bad-way",
            f"{options.name} has no weights and no inputs that could be cast to {name}.",
        )
    return found


def _to(dtype: Any) -> Callable[[Any], Any]:
    def cast_one(tensor: Any) -> Any:
        return tensor.to(dtype) if tensor.is_floating_point() else tensor

    return cast_one


def _switch(roots: list[Any], training: bool, options: LoadOptions) -> None:
    if not roots:
        raise Refusal(
            "bad-way",
            f"{options.name} uses no module, so there is no mode that could be switched.",
        )
    for root in roots:
        root.train(training)


def _load(roots: list[Any], file: Path, options: LoadOptions) -> None:
    if len(roots) != 1:
        raise Refusal(
            "bad-way",
            f"{options.name} uses {len(roots) or 'no'} modules, so it is not known what the weights"
            f" of {file.name} are for; name the module itself.",
        )
    root: Any = roots[0]
    rows = _rows(_read(file, options.trusted), file)
    own: dict[str, Any] = root.state_dict()
    fitting = _without_prefix(rows, own)
    missing = [name for name in own if name not in fitting]
    if missing:
        raise Refusal(
            "bad-way",
            f"{file.name} lacks {len(missing)} of {options.name}'s {len(own)} weights:"
            f" {_named(missing)}.",
        )
    other = [name for name in own if tuple(own[name].shape) != tuple(fitting[name].shape)]
    if other:
        name = other[0]
        raise Refusal(
            "bad-way",
            f"{file.name} has {name} as {_shape(fitting[name])}, and {options.name} has it as"
            f" {_shape(own[name])}.",
        )
    root.load_state_dict({name: fitting[name] for name in own})


def _read(file: Path, trusted: bool) -> Any:
    if not file.is_file():
        raise Refusal("bad-way", f"There is no file {file}.")
    if file.suffix == ".safetensors":
        return read_safetensors(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(str(file), map_location="cpu", weights_only=not trusted)
    except Exception as error:  # a damaged file can break anything
        if isinstance(error, pickle.UnpicklingError) and zipfile.is_zipfile(file) and not trusted:
            raise Refusal(
                "not-trusted",
                f"{file.name} holds more than weights and can run code when it is opened; add"
                " --trust if you trust where it comes from.",
            ) from error
        raise Refusal("bad-way", f"{file.name} cannot be read as weights of PyTorch.") from error


def _rows(value: Any, file: Path) -> dict[str, Any]:
    """The weights in a checkpoint, by name."""
    if isinstance(value, nn.Module):
        return dict(value.state_dict())
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        for name in _INSIDE:
            inner: Any = given.get(name)
            if isinstance(inner, dict):
                return _rows(inner, file)
        found = {str(name): one for name, one in given.items() if is_tensor(one)}
        if found:
            return found
    raise Refusal("bad-way", f"{file.name} holds no weights by name.")


def _without_prefix(rows: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """With the names that the model has, where all of a file's begin with a word more."""
    best = rows
    for prefix in _PREFIXES:
        bare = {name.removeprefix(prefix): one for name, one in rows.items()}
        if len(own.keys() & bare.keys()) > len(own.keys() & best.keys()):
            best = bare
    return best


def _named(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    text = ", ".join(names[:_MOST_NAMED])
    return f"{text} and {more} more" if more > 0 else text


def _shape(tensor: Any) -> str:
    return "×".join(str(extent) for extent in tensor.shape) or "a scalar"
