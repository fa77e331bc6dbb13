"""Finds out what a name in the user's module stands for: a model, a class, a factory, a batch."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from ..protocol.refusal import Refusal
from .backend import Inputs
from .frameworks import framework_of, loaded
from .lib import as_items, as_mapping
from .user_code import FRAMEWORKS, guarded

_FUNCTIONS = (
    types.FunctionType,
    types.MethodType,
    types.BuiltinFunctionType,
    functools.partial,
)
_VERBS = ("build", "make", "create", "get", "load", "model", "sample", "factory", "net")
_TRACER_KINDS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Target:
    """What will run.

    Attributes:
        model: a module, layer, tf.function, concrete function or plain function.
        framework: "torch" or "tensorflow".
        inputs: what the factory gave with it, None where it gave none.
        module: names beside it in the user's module.
    """

    model: object
    framework: str
    inputs: Inputs | None
    name: str
    module: dict[str, object]


def find_target(module: types.ModuleType, name: str, given: bool) -> Target:
    """The target behind `name` ("" for the only candidate); `given`: the user named inputs.

    Raises Refusal "bad-spec" or "bad-model".
    """
    if not name:
        name = _only_candidate(module)
    value = look_up(module, name)
    where = f"{name} in {_file(module)}"
    return _resolve(value, name, where, vars(module), given)


def look_up(module: types.ModuleType, name: str) -> object:
    """The object behind a dotted name. Raises Refusal "bad-spec" with names that there are."""
    value: object = module
    for part in name.split("."):
        try:
            value = getattr(value, part)
        except AttributeError as error:
            found = _candidates(module)
            names = list(dict.fromkeys(known for kind in found for known in kind))
            known = f"; it has {', '.join(names)}" if names else ""
            raise Refusal("bad-spec", f"{_file(module)} has no name {name}{known}.") from error
    return value


def takes_nothing(call: Callable[..., object]) -> bool:
    """It can be called without arguments."""
    parameters = signature_of(call)
    if parameters is None:
        return False
    return not any(_required(parameter) for parameter in parameters.values())


def signature_of(call: object) -> Mapping[str, inspect.Parameter] | None:
    """Parameters of a callable, None where Python cannot tell."""
    try:
        return inspect.signature(cast(Callable[..., object], call)).parameters
    except (TypeError, ValueError):
        return None


def call_parameters(model: object) -> Mapping[str, inspect.Parameter] | None:
    """Parameters of what a model's call ends up in: forward, call, or the plain function."""
    if _is_function(model):
        return signature_of(model)
    for attribute in ("forward", "python_function", "call"):
        method = getattr(model, attribute, None)
        if callable(method):
            return signature_of(method)
    return signature_of(model)


def a_kind(value: object) -> str:
    """What a value is, with its article: "a dict", "an int"."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeioAEIO' else 'a'} {name}"


def split_bundle(value: object) -> tuple[object, Inputs] | None:
    """(model, args) or (model, args, kwargs) taken apart, None where a value is no such thing."""
    parts = as_items(value)
    if parts is None or not isinstance(value, tuple) or not 2 <= len(parts) <= 3:
        return None
    model, args = parts[0], parts[1]
    if not callable(model) or not framework_of(model):
        return None
    kwargs = as_mapping(parts[2] if len(parts) == 3 else {})
    return None if kwargs is None else (model, _as_inputs(model, args, kwargs))


def _as_inputs(model: object, args: object, kwargs: Mapping[str, object]) -> Inputs:
    named = as_mapping(args)
    if named and not kwargs:
        parameters = call_parameters(model)
        if parameters is not None and set(named) <= set(parameters):
            return (), dict(named)
    parts = as_items(args)
    return (args,) if parts is None else parts, dict(kwargs)


def _resolve(value: object, name: str, where: str, near: dict[str, object], given: bool) -> Target:
    bundle = split_bundle(value)
    if bundle is not None:
        return _target(bundle[0], bundle[1], name, where, near)
    if inspect.isclass(value):
        made = _instance(value, where)
        bundle = split_bundle(made)
        model, inputs = bundle if bundle is not None else (made, None)
        return _target(model, inputs, name, where, near)
    if _is_function(value) and takes_nothing(value):
        return _from_factory(value, name, where, near, given)
    return _target(value, None, name, where, near)


def _from_factory(
    factory: Callable[..., object], name: str, where: str, near: dict[str, object], given: bool
) -> Target:
    """What a function without required parameters returns; itself, where that is no model."""
    parameters = signature_of(factory) or {}
    if given and parameters:
        # A model function whose inputs all have defaults looks the same: the result decides,
        # and an error in it is the model's own.
        try:
            result = factory()
        except Exception:  # noqa: BLE001 - it will be raised again, and shown, when it runs
            return _target(factory, None, name, where, near)
    else:
        result = guarded(factory, f"{where} could not be called")
    bundle = split_bundle(result)
    if bundle is not None:
        return _target(bundle[0], bundle[1], name, where, near)
    if inspect.isclass(result):
        result = _instance(result, where)
    if callable(result) and framework_of(result, near):
        return _target(result, None, name, where, near)
    no_inputs: Inputs = ((), {})
    return _target(factory, None if given else no_inputs, name, where, near)


def _instance(kind: type[Any], where: str) -> object:
    parameters = signature_of(kind) or {}
    needed = [key for key, parameter in parameters.items() if _required(parameter)]
    if needed:
        raise Refusal(
            "bad-model",
            f"{where} is a class that needs {', '.join(needed)}; name a function instead that "
            "returns the finished model.",
        )
    return guarded(kind, f"{where} could not be made")


def _target(
    model: object, inputs: Inputs | None, name: str, where: str, near: dict[str, object]
) -> Target:
    names = getattr(model, "__globals__", near)
    framework = framework_of(model, names) if callable(model) else ""
    if framework:
        return Target(model, framework, inputs, _name(model, name, near), near)
    if not callable(model):
        raise Refusal("bad-model", f"{where} is {a_kind(model)}, neither a model nor a function.")
    if not loaded():
        raise Refusal(
            "bad-model", f"{where} uses neither PyTorch nor TensorFlow: nothing imported them."
        )
    names = " or ".join(FRAMEWORKS[key] for key in loaded())
    raise Refusal("bad-model", f"{where} is {a_kind(model)}, which is no model of {names}.")


def _name(model: object, name: str, near: dict[str, object]) -> str:
    """The user's own class or function, where it is one; else the name asked for, or the module's
    where that says nothing ("build")."""
    kind = type(model)
    if kind.__module__ == near.get("__name__"):
        return kind.__name__
    function = getattr(model, "python_function", model)
    called = getattr(function, "__name__", "")
    own = getattr(function, "__module__", "") == near.get("__name__")
    if own and isinstance(called, str) and called.isidentifier():
        return called
    return str(near.get("__name__", name)) if name in _VERBS else name


def _only_candidate(module: types.ModuleType) -> str:
    names = next((names for names in _candidates(module) if names), list[str]())
    if len(names) == 1:
        return names[0]
    file = _file(module)
    if not names:
        raise Refusal(
            "bad-spec",
            f"{file} defines no model; name one after a colon, like {file}:model, or run it as a"
            f" script: opscope run {file}.",
        )
    raise Refusal(
        "bad-spec",
        f"{file} defines {len(names)} models; name one after a colon: {', '.join(names)}.",
    )


def _candidates(module: types.ModuleType) -> tuple[list[str], ...]:
    """Names that could be meant: finished models, then factories, then classes, then functions.

    Where none is named, the first of these kinds that the file has counts.
    """
    finished: list[str] = []
    factories: list[str] = []
    classes: list[str] = []
    functions: list[str] = []
    for name, value in list(vars(module).items()):
        if name.startswith("_") or isinstance(value, types.ModuleType):
            continue
        own = getattr(value, "__module__", "") == module.__name__
        if inspect.isclass(value):
            if own and _is_model_class(value) and takes_nothing(value):
                classes.append(name)
        elif _is_function(value):
            verb = own and any(verb in name.lower().split("_") for verb in _VERBS)
            if verb and takes_nothing(value):
                factories.append(name)
            elif own:
                functions.append(name)
        elif split_bundle(value) is not None or (callable(value) and framework_of(value)):
            finished.append(name)
    return finished, factories, classes, functions


def _is_model_class(kind: type[Any]) -> bool:
    return any(
        base.__module__.partition(".")[0] in ("torch", "tensorflow", "keras")
        for base in kind.__mro__[1:]
    )


def _is_function(value: object) -> TypeGuard[Callable[..., object]]:
    """Plain Python, as against a model that can be called."""
    return isinstance(value, _FUNCTIONS)


def _required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in _TRACER_KINDS


def _file(module: types.ModuleType) -> str:
    """How a sentence names a module: its file, or the dotted name of a package."""
    path = getattr(module, "__file__", None)
    name = path.replace("\\", "/").rpartition("/")[2] if path else ""
    return name if name and name != "__init__.py" else module.__name__
