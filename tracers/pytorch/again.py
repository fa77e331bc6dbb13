"""Runs one op of a run once more: on other tensors, and for the derivatives of one element."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

from ..engine.again import CannotRepeat, Slope
from ..engine.lib import np
from ..protocol.refusal import Refusal
from .backend import TorchBackend
from .calls import HOLE, Call, filled, foreign
from .details import named_arguments
from .lib import Unrecorded, has_data, is_tensor, is_wrapped, torch
from .names import kind_of
from .nested import collect

T = TypeVar("T")

_NOT_BY = re.compile(r"not differentiable with respect to argument '(\w+)'")
_RANDOM = ("rand", "bernoulli", "multinomial", "normal", "poisson", "exponential_", "uniform")
# Writes into what it is given, and is not named with a "_".
_WRITERS = frozenset({"setitem", "copyto", "set_data"})


class TorchAgain:
    """One executed op."""

    def __init__(
        self, call: Call, type_: str, inputs: Sequence[Any], backend: TorchBackend
    ) -> None:
        """Raises CannotRepeat."""
        self._function, self._args, self._named = call
        self._inputs = list(inputs)
        self._backend = backend
        self._kind = kind_of(self._function)
        odd = foreign(self._args) or foreign(self._named)
        holes = sum(1 for _ in _holes((self._args, self._named)))
        type_ = type_.removeprefix("aten.")
        if self._kind.name != type_ or holes != len(inputs):
            raise CannotRepeat("it was called otherwise when it ran last")
        if odd:
            raise CannotRepeat(f"it was given a {odd}, which is not kept")
        if any(is_tensor(each) and (is_wrapped(each) or not has_data(each)) for each in inputs):
            raise CannotRepeat("one of its inputs has no elements of its own")
        args, named = self._with(self._inputs)
        arguments, _ = named_arguments(type_, self._function, args, named)
        self.given: Mapping[str, object] = {}
        self.places: Mapping[str, int] = {}
        self._sort(arguments)
        if _draws(type_, self.given):
            raise CannotRepeat("it draws random numbers, so that it gives something else each time")
        self._writes = (
            type_.endswith("_")
            or type_ in _WRITERS
            or "batch_norm" in type_  # whose schemas do not say that they write statistics
            or "instance_norm" in type_
            or _writes_by_schema(self._function)
            or "out" in named
            or self.given.get("inplace") is True
            or self.given.get("max_norm") is not None
        )

    def run(self, inputs: Sequence[object], wide: bool) -> list[Any]:
        """The outputs as NumPy arrays."""
        return self._guarded(lambda: self._run(inputs, wide))

    def varied(self, given: Mapping[str, object]) -> TorchAgain:
        """The same op with other arguments that are no tensors."""
        args, named = list(self._args), dict(self._named)
        filled_args, filled_named = self._with(self._inputs)
        arguments, _ = named_arguments(self._kind.name, self._function, filled_args, filled_named)
        places = {name: place for place, (name, _) in enumerate(arguments[: len(args)])}
        for name, value in given.items():
            if name in places:
                args[places[name]] = value
            else:
                named[name] = value
        call = (self._function, tuple(args), named)
        return TorchAgain(call, self._kind.name, self._inputs, self._backend)

    def slope(
        self,
        inputs: Sequence[object],
        slot: int,
        index: tuple[int, ...],
        wide: bool,
        by: Collection[int],
    ) -> Slope:
        """Derivatives of one element by some inputs."""
        wanted = set(by)
        while True:
            try:
                return self._guarded(lambda: self._slope(inputs, slot, index, wide, wanted))
            except CannotRepeat as error:
                name = _NOT_BY.search(str(error))
                place = self.places.get(name.group(1), -1) if name is not None else -1
                if place not in wanted:
                    raise
                wanted.discard(place)

    def _run(self, inputs: Sequence[object], wide: bool) -> list[Any]:
        with _alone(), torch.no_grad():
            outputs = self._outputs(self._tensors(inputs, wide))
            return [self._array(value) for value in outputs]

    def _slope(
        self,
        inputs: Sequence[object],
        slot: int,
        index: tuple[int, ...],
        wide: bool,
        by: Collection[int],
    ) -> Slope:
        with _alone(), torch.enable_grad():
            tensors = self._tensors(inputs, wide)
            leaves = {
                place: tensors[place].detach().requires_grad_()
                for place in by
                if is_tensor(tensors[place]) and tensors[place].is_floating_point()
            }
            outputs = self._outputs([leaves.get(n, tensor) for n, tensor in enumerate(tensors)])
            output = outputs[slot] if slot < len(outputs) else None
            if not is_tensor(output):
                raise CannotRepeat("it does not give this output when it is run by itself")
            element = output[index]
            if element.is_complex():
                raise CannotRepeat("its output is complex")
            gradients: Sequence[Any] = [None] * len(leaves)
            if element.requires_grad and leaves:
                gradients = torch.autograd.grad(
                    element, list(leaves.values()), allow_unused=True, materialize_grads=False
                )
            known = dict(zip(leaves, gradients, strict=True))
            value = float(element.detach().double().item())
        return Slope(value, tuple(_wide_array(known.get(n)) for n in range(len(tensors))))

    def _guarded(self, work: Callable[[], T]) -> T:
        try:
            return work()
        except (CannotRepeat, Refusal) as error:
            raise CannotRepeat(str(error)) from error
        except Exception as error:
            reason = " ".join(str(error).split()).rstrip(".")[:160]
            raise CannotRepeat(reason or type(error).__name__) from error

    def _tensors(self, inputs: Sequence[object], wide: bool) -> list[Any]:
        """What to run on; what the op writes to is a copy."""
        found: list[Any] = []
        for given, known in zip(inputs, self._inputs, strict=True):
            tensor: Any = given
            if not is_tensor(tensor):
                tensor = torch.from_numpy(np.ascontiguousarray(given))
                dtype = known.dtype if is_tensor(known) else tensor.dtype
                device = known.device if is_tensor(known) else tensor.device
                kept = wide and tensor.is_floating_point()
                tensor = tensor.reshape(np.shape(given)).to(device, tensor.dtype if kept else dtype)
            tensor = tensor.detach()
            if wide and tensor.is_floating_point():
                tensor = tensor.double()
            found.append(tensor)
        return found

    def _outputs(self, tensors: list[Any]) -> list[Any]:
        """As the tracer collects them: what it returns, then what it has written to."""
        if self._writes:
            tensors = [tensor.clone() for tensor in tensors]
        before = [tensor._version for tensor in tensors]
        args, named = self._with(tensors)
        result = self._function(*args, **named)
        if self._kind.iterates:
            result = list(result)
        outputs: list[Any] = []
        collect((result,), outputs)
        for tensor, version in zip(tensors, before, strict=True):
            if tensor._version != version and all(tensor is not other for other in outputs):
                outputs.append(tensor)
        return outputs if outputs or result is None else [result]

    def _with(self, tensors: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        left = iter(tensors)
        args = tuple(filled(value, left) for value in self._args)
        return args, {key: filled(value, left) for key, value in self._named.items()}

    def _array(self, value: Any) -> Any:
        return self._backend.cut(value, ()) if is_tensor(value) else np.asarray(value)

    def _sort(self, arguments: Sequence[tuple[str, Any]]) -> None:
        """Apart: names of plain arguments, and names of tensors with their places."""
        given: dict[str, object] = {}
        places: dict[str, int] = {}
        count = 0
        for name, value in arguments:
            inside: list[Any] = []
            collect((value,), inside)
            if inside:
                places.setdefault(name, count)
                count += len(inside)
            if not is_tensor(value):
                given.setdefault(name, value)
        self.given, self.places = given, places


@contextlib.contextmanager
def _alone() -> Generator[None, None, None]:
    """Nothing is recorded, no mode of the user's reaches in, no random number is used up."""
    devices: list[int] = []
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        devices = list(range(torch.cuda.device_count()))
    with (
        torch.inference_mode(False),
        Unrecorded(),
        torch._C._DisableAutocast(),
        torch.random.fork_rng(devices),
    ):
        yield


def _writes_by_schema(function: Any) -> bool:
    schema = getattr(function, "_schema", None)
    arguments: Sequence[Any] = schema.arguments if schema is not None else ()
    return any(a.alias_info is not None and a.alias_info.is_write for a in arguments)


def _draws(type_: str, given: Mapping[str, object]) -> bool:
    name = type_.rstrip("_").removeprefix("aten.").partition(".")[0]
    if "dropout" in name:
        training = given.get("training", given.get("train", True))
        return training is not False and given.get("p") not in (0, 0.0)
    if name == "rrelu":
        return given.get("training") is True
    if given.get("dropout_p", given.get("dropout", 0.0)) not in (0, 0.0, None):
        return given.get("training", given.get("train", True)) is not False
    return name.startswith(_RANDOM)


def _holes(value: Any) -> Iterator[None]:
    if value is HOLE:
        yield None
    elif isinstance(value, dict):
        for part in cast("dict[Any, Any]", value).values():
            yield from _holes(part)
    elif isinstance(value, (tuple, list)):
        for part in cast("list[Any]", value):
            yield from _holes(part)


def _wide_array(gradient: Any) -> Any:
    if gradient is None:
        return None
    if gradient.layout is not torch.strided:
        gradient = gradient.to_dense()
    return gradient.detach().to("cpu", torch.float64).numpy()
