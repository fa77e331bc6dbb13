"""Fake tensors with a memory of their own: what torch's own give, op for op, and asked once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import (
    DataDependentOutputException,
    DynamicOutputShapeException,
    FakeTensor,
    FakeTensorMode,
)

from opscope.resources.samples import gpt2, resnet18, train_step, unstable_loss
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Graph, MapFacts
from opscope.tracers.pytorch import fakes
from opscope.tracers.pytorch.backend import TorchBackend
from opscope.tracers.pytorch.dryrun import fake_world
from opscope.tracers.pytorch.fakes import Fakes
from opscope.tracers.pytorch.mapping import draw_map

from ..benchmarks import models
from ..zoo import flow_models, kind_models
from . import torch_zoo
from .torch_runs import open_model

ROWS = {**flow_models.ROWS, **kind_models.ROWS}
SAMPLES = {
    "gpt2": gpt2,
    "resnet18": resnet18,
    "train_step": train_step,
    "unstable_loss": unstable_loss,
}


class TorchsOwn:
    """Makes fake tensors as torch does, without a memory beside torch's."""

    def __init__(self, shape_env: Any = None) -> None:
        self.mode = FakeTensorMode(
            allow_non_fake_inputs=True, shape_env=shape_env, static_shapes=True
        )

    def __call__(self, tensor: Any) -> Any:
        return self.mode.from_tensor(tensor)

    def forget(self) -> None:
        FakeTensorMode.cache_clear()  # in which torch trips over packed weights


class Deep(nn.Module):
    """The same block many times."""

    def __init__(self, blocks: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(*(models.PreNormBlock(8, 2) for _ in range(blocks)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x)


def built(name: str) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
    if name in SAMPLES:
        model, args = SAMPLES[name].build()
        return model, args, {}
    if name == "deep":
        return Deep(3), (torch.ones(1, 4, 8),), {}
    return ROWS[name].build() if name in ROWS else torch_zoo.make(name)


NAMES = [*sorted(torch_zoo.ZOO), *sorted(ROWS), *sorted(SAMPLES), "deep"]


def drawn(name: str) -> tuple[MapFacts, Graph]:
    FakeTensorMode.cache_clear()
    model, args, kwargs = built(name)
    program = open_model(model, *args, **kwargs)
    builder = GraphBuilder()
    facts = program.draw_map(Recorder(program.backend, builder), lambda _: None)
    return facts, builder.graph


@pytest.mark.filterwarnings("ignore")  # torch warns of prototypes that are in here on purpose
@pytest.mark.parametrize("name", NAMES)
def test_the_map_is_the_one_that_torchs_own_fakes_give(name: str, monkeypatch: pytest.MonkeyPatch):
    facts, graph = drawn(name)
    monkeypatch.setattr("opscope.tracers.pytorch.dryrun.Fakes", TorchsOwn)
    expected_facts, expected = drawn(name)
    assert facts == expected_facts
    assert graph.ops == expected.ops
    assert graph.values == expected.values
    assert graph.scopes == expected.scopes
    assert graph.sources == expected.sources


def told(value: Any) -> Any:
    """Everything of a tensor but its elements."""
    if not isinstance(value, torch.Tensor):
        return repr(value)
    plain = value.layout is torch.strided and not value.is_nested
    return (
        type(value),
        isinstance(value, nn.Parameter),
        tuple(value.shape) if not value.is_nested else None,
        value.dtype,
        value.device,
        value.layout,
        (value.stride(), value.storage_offset()) if plain else None,
        value.untyped_storage().nbytes() if plain else None,
        (value.requires_grad, value.is_leaf, type(value.grad_fn).__name__),
        (value._is_view(), value.is_conj(), value.is_neg(), value.is_inference()),
        None if value.is_inference() else value._version,
        torch._C._dispatch_keys(value).raw_repr(),
    )


def dry_run(name: str) -> list[Any]:
    """Where the map comes from, and what every op of the dry runs reads and gives."""
    FakeTensorMode.cache_clear()
    model, args, kwargs = built(name)
    program = open_model(model, *args, **kwargs)
    seen: list[Any] = []
    real = Recorder.after

    def after(recorder: Recorder, step: Any, outputs: Any, *rest: Any, **named: Any) -> int:
        seen.append(([told(v) for v in step.given], [told(v) for v in outputs]))
        return real(recorder, step, outputs, *rest, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Recorder, "after", after)
        facts = draw_map(program, Recorder(program.backend, GraphBuilder()))
    program.restore()
    return [facts, *seen]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"nested tensors"}))
def test_every_tensor_of_a_dry_run_is_as_torchs_own(name: str, monkeypatch: pytest.MonkeyPatch):
    found = dry_run(name)
    monkeypatch.setattr("opscope.tracers.pytorch.dryrun.Fakes", TorchsOwn)
    assert found == dry_run(name)


@pytest.mark.filterwarnings("ignore")
def test_what_torch_does_to_make_a_fake_is_no_op_of_the_model(monkeypatch: pytest.MonkeyPatch):
    found: list[str] = []
    real = Recorder.before

    def before(recorder: Recorder, type_: str, *rest: Any, **named: Any) -> Any:
        found.append(type_)
        return real(recorder, type_, *rest, **named)

    monkeypatch.setattr(Recorder, "before", before)
    drawn("nested tensors")
    assert set(found) == {"getitem"}


def asked(fake: Fakes, work: Callable[[], object]) -> list[str]:
    """The ops that torch itself is asked about meanwhile."""
    found: list[str] = []
    slow = fake.mode.slow

    def count(mode: Any, function: Any, *rest: Any) -> Any:
        found.append(str(function))
        return slow(mode, function, *rest)

    fake.mode.slow = count
    with fake.mode:
        work()
    del fake.mode.slow
    return found


def test_torch_is_asked_once_about_arguments_of_a_kind():
    fake = Fakes()
    line = nn.Linear(4, 3)
    x = fake(torch.ones(2, 4))
    weight, bias = fake(line.weight), fake(line.bias)

    def work() -> Any:
        return nn.functional.linear(x, weight, bias).relu().view(3, 2).softmax(0)

    first = asked(fake, work)
    assert "aten.addmm.default" in first
    assert asked(fake, work) == []
    assert asked(fake, x.double)[0] == "aten._to_copy.default"
    assert asked(fake, x.double) == []


def test_a_deeper_model_asks_torch_no_more(monkeypatch: pytest.MonkeyPatch):
    counts: list[int] = []
    slow: Any = fakes._Mode.slow

    def count(*given: Any) -> Any:
        counts[-1] += 1
        return slow(*given)

    monkeypatch.setattr(fakes._Mode, "slow", staticmethod(count))
    for blocks in (2, 2, 12):  # what torch remembers itself is there after the first
        counts.append(0)
        program = open_model(Deep(blocks), torch.ones(1, 4, 8))
        facts = draw_map(program, Recorder(TorchBackend(), GraphBuilder()))
        assert facts.ops == 23 * blocks
    assert counts[1] == counts[2] > 0


def test_views_that_are_remembered_show_their_bases_memory():
    fake = Fakes()
    with fake.mode:
        for _ in range(2):
            x = torch.zeros(2, 6)
            y = x.view(3, 4)[1:]
            version = x._version
            y.add_(1)
            assert y._base is x
            assert x._version == version + 1
            assert y.storage_offset() == 4
            assert y.untyped_storage()._cdata == x.untyped_storage()._cdata
        assert (x + 0).untyped_storage()._cdata != x.untyped_storage()._cdata


def test_what_writes_in_place_gives_the_tensor_back():
    fake = Fakes()
    with fake.mode:
        for _ in range(2):
            x = torch.ones(3)
            assert x.relu_() is x
            assert x._version == 1


def test_equal_numbers_of_other_types_are_others():
    fake = Fakes()
    whole = fake(torch.ones(3, dtype=torch.int64))
    with fake.mode:
        for _ in range(2):
            assert [(whole * n).dtype for n in (1, 1.0, True)] == [
                *(torch.int64, torch.float32, torch.int64),
            ]
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        try:
            assert (whole * 1.0).dtype is torch.float64
        finally:
            torch.set_default_dtype(before)


def test_constants_keep_their_numbers():
    fake = Fakes()
    with fake.mode:
        for number in (3, 4):
            constant = torch.tensor(number)
            assert (constant + 1).item() == number + 1


def test_what_depends_on_data_is_not_guessed():
    fake = Fakes()
    x = fake(torch.ones(3))
    with fake.mode:
        for _ in range(2):
            with pytest.raises(DataDependentOutputException, match="local_scalar_dense"):
                (x > 0).any().item()
            with pytest.raises(DynamicOutputShapeException, match="nonzero"):
                x.nonzero()


def test_a_remembered_fake_has_no_data_to_read():
    fake = Fakes()
    x = fake(torch.ones(3))
    with fake.mode:
        for _ in range(2):
            y = x * 2
        with pytest.raises(RuntimeError, match="data pointer"):
            y.data_ptr()


def test_the_graph_of_autograd_is_made_as_ever():
    fake = Fakes()
    weight = fake(nn.Parameter(torch.ones(3)))
    with fake.mode:
        for _ in range(2):
            loss = (weight * 2).sum()
            assert type(loss.grad_fn).__name__ == "SumBackward0"
            (slope,) = torch.autograd.grad(loss, [weight])
            assert slope.shape == (3,)
        with torch.no_grad():
            assert not (weight * 2).requires_grad
        with torch.inference_mode():
            assert (weight * 2).is_inference()
        assert (weight * 2).requires_grad


WEIGHTS = {
    "parameter": lambda: nn.Parameter(torch.ones(2, 3)),
    "frozen": lambda: nn.Parameter(torch.ones(2, 3), requires_grad=False),
    "leaf": lambda: torch.ones(2, requires_grad=True),
    "scalar": lambda: torch.tensor(1.5),
    "empty": lambda: torch.ones(0, 3),
    "whole numbers": lambda: torch.arange(3),
    "bfloat16": lambda: torch.ones(2, dtype=torch.bfloat16),
    "complex": lambda: torch.ones(2, dtype=torch.complex64),
    "conjugate": lambda: torch.ones(2, dtype=torch.complex64).conj(),
    "negative": lambda: torch.ones(2, dtype=torch.complex64).conj().imag,
    "view": lambda: torch.ones(4, 3)[1:],
    "transposed": lambda: torch.ones(4, 3).t(),
    "expanded": lambda: torch.ones(1).expand(5, 1),
    "part": lambda: torch.empty(0).set_(torch.ones(6).untyped_storage(), 2, (2, 2)),
    "start": lambda: torch.empty(0).set_(torch.ones(6).untyped_storage(), 0, (2, 2)),
    "computed": lambda: torch.ones(2, requires_grad=True) * 2,
    "sparse": lambda: torch.eye(3).to_sparse(),
    "inference": lambda: torch.inference_mode()(torch.ones)(2),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")
@pytest.mark.parametrize("name", sorted(WEIGHTS))
def test_the_fake_of_a_weight_is_as_torchs_own(name: str):
    tensor = WEIGHTS[name]()
    fake = Fakes()
    made, own = fake(tensor), TorchsOwn()(tensor)
    assert told(made) == told(own)
    assert made.__dict__.keys() == own.__dict__.keys()
    assert isinstance(made, FakeTensor)
    assert fake(tensor) is made
    assert fake.mode.from_tensor(tensor) is made


def test_weights_of_one_memory_have_fakes_of_one_memory():
    whole = torch.ones(4)
    other = nn.Parameter(torch.empty(0).set_(whole.untyped_storage(), 0, (2, 2)))
    fake = Fakes()
    first, second = fake(whole), fake(other)
    assert first.untyped_storage()._cdata == second.untyped_storage()._cdata
    assert told(second) == told(TorchsOwn()(other))


def test_nothing_is_remembered_after_a_dry_run():
    program = open_model(Deep(1), torch.ones(1, 4, 8))
    with fake_world(program.names) as fake:
        x = fake(torch.ones(2))
        y = x + 1
        assert fake.mode.known
    assert not fake.mode.known
    assert y.shape == (2,)
