"""Makes a model's inputs out of what the user wrote, its factory gave, or its signature says."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..protocol.input_forms import (
    Form,
    FromCode,
    FromFile,
    Literal,
    MadeUp,
    Words,
    parse_form,
    parse_input,
)
from ..protocol.refusal import Refusal
from .arrays import literal_array, made_up, read_array_file
from .backend import Inputs, Loader
from .batches import Spread, batch_from_code, converted, to_tensors
from .frameworks import cast_tensor
from .lib import as_items, as_mapping, np
from .pictures import read_picture
from .targets import Target, call_parameters
from .text import encode_text
from .user_code import guarded


@dataclass(frozen=True, slots=True)
class MadeInputs:
    """Inputs of the model's call. `synthetic`: made up from a shape or the model's signature."""

    inputs: Inputs
    synthetic: bool


def make_inputs(
    target: Target, loader: Loader, texts: list[str], where: str, image_options: dict[str, Any]
) -> MadeInputs:
    """Raises Refusal "bad-input", or "no-inputs" where none are known."""
    if texts:
        return _given(target, loader, texts, where, image_options)
    if target.inputs is not None:
        args, kwargs = target.inputs
        named = {key: converted(value, loader) for key, value in kwargs.items()}
        inputs = tuple(converted(value, loader) for value in args), named
        return MadeInputs(_checked(target, inputs), False)
    found = guarded(
        lambda: loader.example_inputs(target.model), "The model's signature could not be read"
    )
    if found is not None:
        return MadeInputs(found, True)
    if not call_needs_inputs(target.model):
        return MadeInputs(((), {}), False)
    raise Refusal(
        "no-inputs",
        f"The inputs of {_call(target)} are not known; give each one a shape, a file or a value, "
        f"like --input {_example(target)}.",
    )


def call_needs_inputs(model: object) -> bool:
    """Its call has parameters without a default, or Python cannot tell."""
    parameters = call_parameters(model)
    if parameters is None:
        return True
    return any(
        parameter.default is parameter.empty and parameter.kind is not inspect.Parameter.VAR_KEYWORD
        for parameter in parameters.values()
    )


def _given(
    target: Target, loader: Loader, texts: list[str], where: str, image_options: dict[str, Any]
) -> MadeInputs:
    args: list[object] = []
    kwargs: dict[str, object] = {}
    synthetic = False
    for number, text in enumerate(texts):
        name, form = parse_input(text)
        if isinstance(form, Words) and "text" in (call_parameters(target.model) or {}):
            form = parse_form(form.text, text)  # an input that happens to be called so
        value = _value(form, target, loader, where, image_options, seed=number)
        synthetic = synthetic or (isinstance(form, MadeUp) and form.fill in ("normal", "uniform"))
        if isinstance(value, Spread) and (not name or isinstance(form, Words)):
            args.extend(value.args)
            _merge(kwargs, value.kwargs, text)
        elif name:
            _merge(kwargs, {name: value.alone(name) if isinstance(value, Spread) else value}, text)
        else:
            args.append(value)
    return MadeInputs(_checked(target, _for_keras(target.model, (tuple(args), kwargs))), synthetic)


def _value(
    form: Form,
    target: Target,
    loader: Loader,
    where: str,
    image_options: dict[str, Any],
    seed: int,
) -> object:
    """The tensor, number or Spread that a form stands for."""
    if isinstance(form, MadeUp):
        array = made_up(form, seed)
        return _tensor(loader, array, form.dtype, target.framework)
    if isinstance(form, Literal):
        if not form.dtype and not isinstance(form.value, list):
            return form.value
        return _tensor(loader, literal_array(form), form.dtype, target.framework)
    if isinstance(form, FromCode):
        return batch_from_code(form, target, loader)
    if isinstance(form, Words):
        return encode_text(form.text, target, loader, where)
    return _from_file(form, target, loader, image_options)


def _from_file(
    form: FromFile, target: Target, loader: Loader, image_options: dict[str, Any]
) -> object:
    if not os.path.isfile(form.path):
        raise Refusal("bad-input", f"There is no file {form.path}.")
    if form.suffix in ("png", "jpg"):
        auto = "nchw" if target.framework == "torch" else "nhwc"
        array, dtype = read_picture(form, auto, image_options)
        return _tensor(loader, array, dtype, target.framework)
    found, dtype = read_array_file(form, target.framework)
    if dtype and isinstance(found, np.ndarray):
        return _tensor(loader, found, dtype, target.framework)
    named = as_mapping(found)
    if named is not None and form.suffix == "npz":
        _check_names(form.path, [str(name) for name in named], target)
    return to_tensors(found, target, loader, cut=False)


def _check_names(path: str, names: list[str], target: Target) -> None:
    """Arrays of an archive go to the arguments of their names; others need one to be picked."""
    takes = _takes(target)
    if takes is not None and not any(name in takes for name in names):
        raise Refusal(
            "bad-input",
            f"{path} holds {', '.join(names) or 'nothing'}; pick one as "
            f"{path}:{names[0] if names else 'name'}.",
        )


def _takes(target: Target) -> list[str] | None:
    """Names that a call's inputs can have, None where it takes any."""
    layers = as_items(getattr(target.model, "inputs", None))
    if layers is not None and hasattr(target.model, "output_shape"):  # Keras names them
        return [str(getattr(layer, "name", "")) for layer in layers]
    parameters = call_parameters(target.model)
    if parameters is None or any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return None
    return [p.name for p in parameters.values() if p.kind is not p.VAR_POSITIONAL]


def _tensor(loader: Loader, array: Any, dtype: str, framework: str) -> object:
    """An array as a tensor of the named dtype (its own where that is "")."""
    if dtype and dtype != "bfloat16":
        array = array.astype(dtype)
    tensor = guarded(
        lambda: loader.tensor(array), f"An input of dtype {array.dtype} cannot be used", "bad-input"
    )
    return cast_tensor(tensor, dtype, framework) if dtype == "bfloat16" else tensor


def _merge(into: dict[str, object], new: Mapping[str, object], text: str) -> None:
    for key, value in new.items():
        if key in into:
            raise Refusal("bad-input", f'"{text}" gives the input {key} a second time.')
        into[key] = value


def _for_keras(model: object, inputs: Inputs) -> Inputs:
    """A Keras functional model takes all its inputs as one list, or as one dictionary by name."""
    args, kwargs = inputs
    layers = as_items(getattr(model, "inputs", None))
    if layers is None or not hasattr(model, "output_shape"):
        return inputs
    names = [getattr(layer, "name", "") for layer in layers]
    named = {key: value for key, value in kwargs.items() if key in names}
    rest = {key: value for key, value in kwargs.items() if key not in names}
    if named and not args:
        return ((named if len(names) > 1 else next(iter(named.values())),), rest)
    if len(args) > 1 and len(args) == len(names):
        return ((list(args),), rest)
    return inputs


def _checked(target: Target, inputs: Inputs) -> Inputs:
    """The same inputs, after a look at whether the model's call takes them."""
    parameters = call_parameters(target.model)
    if parameters is None:
        return inputs
    signature = inspect.Signature(list(parameters.values()))
    takes = _takes(target)
    unknown = [name for name in inputs[1] if name not in parameters]
    if takes is not None and unknown:
        raise Refusal(
            "bad-input",
            f"{_call(target)} has no argument {unknown[0]}; it takes {', '.join(takes) or 'none'}.",
        )
    try:
        signature.bind(*inputs[0], **inputs[1])
    except TypeError as error:
        raise Refusal(
            "bad-input", f"{_call(target)} does not take these inputs: {error}."
        ) from None
    return inputs


def _call(target: Target) -> str:
    """The model's call, as in "Net(x, mask=None)"."""
    name = target.name or type(target.model).__name__
    parameters = call_parameters(target.model)
    if parameters is None:
        return name
    return f"{name}({', '.join(_parameter(p) for p in parameters.values())})"


def _parameter(parameter: inspect.Parameter) -> str:
    bare = parameter.replace(annotation=inspect.Parameter.empty)
    return str(bare).replace(" = ", "=")


def _example(target: Target) -> str:
    needed = [
        name
        for name, parameter in (call_parameters(target.model) or {}).items()
        if parameter.default is parameter.empty
        and parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    ]
    if len(needed) < 2:
        return "1x3x224x224"
    return f"{needed[0]}=1x16 --input {needed[1]}=1x16:int64:0..10"
