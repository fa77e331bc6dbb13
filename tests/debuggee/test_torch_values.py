"""Values of PyTorch: described, summarized, kept and cut, whatever kind of tensor they are."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch import backend as backend_module
from opscope.tracers.pytorch.backend import TorchBackend, snapshot


@pytest.fixture
def backend() -> TorchBackend:
    return TorchBackend()


def test_statistics_of_float32_agree_with_float64(backend):
    value = torch.randn(37, 53, generator=torch.Generator().manual_seed(1))
    summary = backend.summarize(value)
    wide = value.double()
    assert summary.shape == (37, 53)
    assert summary.dtype == "float32"
    assert summary.nbytes == 37 * 53 * 4
    assert summary.minimum == value.min().item()
    assert summary.maximum == value.max().item()
    assert summary.mean == pytest.approx(wide.mean().item(), abs=1e-6)
    assert summary.rms == pytest.approx(wide.square().mean().sqrt().item(), rel=1e-6)
    assert summary.std == pytest.approx(wide.std(unbiased=False).item(), rel=1e-5)
    assert summary.finite


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_a_million_narrow_ones_do_not_overflow(backend, dtype):
    summary = backend.summarize(torch.ones(1000, 1000, dtype=dtype))
    assert (summary.mean, summary.rms) == (1.0, 1.0)
    assert summary.finite


def test_float32_near_its_limits_is_accumulated_in_float64(backend):
    big = backend.summarize(torch.full((64,), 2e38))
    assert big.mean == pytest.approx(2e38, rel=1e-6)
    assert big.rms == pytest.approx(2e38, rel=1e-6)
    small = backend.summarize(torch.full((64,), 1e-30))
    assert small.rms == pytest.approx(1e-30, rel=1e-6)


def test_float64_near_its_limits_keeps_a_finite_rms(backend):
    summary = backend.summarize(torch.full((8,), 1e300, dtype=torch.float64))
    assert summary.rms == pytest.approx(1e300, rel=1e-12)


def test_integers_are_accumulated_in_float64(backend):
    summary = backend.summarize(torch.full((1000,), 2**31 - 1, dtype=torch.int32))
    assert summary.minimum == summary.maximum == 2**31 - 1
    assert summary.mean == 2**31 - 1
    assert summary.rms == pytest.approx(2**31 - 1, rel=1e-12)


def test_holes_are_counted_and_left_out_of_the_range(backend):
    value = torch.tensor([1.0, math.nan, math.inf, -math.inf, -3.0, math.nan])
    summary = backend.summarize(value)
    assert (summary.nan, summary.posinf, summary.neginf) == (2, 1, 1)
    assert (summary.minimum, summary.maximum) == (-3.0, 1.0)
    assert summary.mean is None
    assert summary.rms is None
    assert not summary.finite


def test_nothing_but_nan_has_no_range(backend):
    summary = backend.summarize(torch.full((3,), math.nan))
    assert summary.nan == 3
    assert summary.minimum is None


def test_views_share_statistics_and_writes_end_that(backend):
    base = torch.arange(24.0).reshape(4, 6)
    first = backend.summarize(base)
    turned = backend.summarize(base.t())
    assert turned.shape == (6, 4)
    assert (turned.mean, turned.maximum) == (first.mean, first.maximum)
    assert backend.summarize(base[1:3]).mean == base[1:3].mean().item()
    base.add_(1)
    assert backend.summarize(base.t()).mean == first.mean + 1
    assert backend.summarize(base.expand(3, 4, 6)).mean == first.mean + 1


def test_repeats_of_an_expanded_tensor_count(backend):
    value = torch.tensor([[math.nan], [2.0]]).expand(2, 5)
    summary = backend.summarize(value)
    assert summary.nan == 5
    assert summary.maximum == 2.0


CONJUGATE = torch.tensor([1 + 2j, 3 - 1j]).conj()

ODD: dict[str, Callable[[], torch.Tensor]] = {
    "bool": lambda: torch.tensor([True, False, True]),
    "uint8": lambda: torch.tensor([0, 255], dtype=torch.uint8),
    "uint16": lambda: torch.tensor([0, 65535]).to(torch.uint16),
    "uint64": lambda: torch.tensor([0, 7]).to(torch.uint64),
    "float8_e4m3fn": lambda: torch.eye(3).to(torch.float8_e4m3fn),
    "float8_e5m2": lambda: torch.eye(3).to(torch.float8_e5m2),
    "complex64": lambda: CONJUGATE,
    "negative": lambda: CONJUGATE.imag,
    "sparse": lambda: torch.eye(3).to_sparse(),
    "csr": lambda: torch.eye(3).to_sparse_csr(),
    "quantized": lambda: torch.quantize_per_tensor(torch.eye(3), 0.1, 10, torch.quint8),
    "per channel": lambda: per_channel(torch.tensor([0, 1, 0])),
    "per channel, floats": lambda: per_channel(torch.zeros(3)),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "meta": lambda: torch.empty(2, 2, device="meta"),
    "empty": lambda: torch.empty(0, 3),
    "scalar": lambda: torch.tensor(4.0),
    "parameter": lambda: torch.nn.Parameter(torch.eye(3)),
    "inference": lambda: make_inference(),
    "overlapping": lambda: torch.arange(4.0).as_strided((3, 2), (1, 1)),
    "fake": lambda: FakeTensorMode().from_tensor(torch.empty(2, 2)),
}


def per_channel(zeros: torch.Tensor) -> torch.Tensor:
    scales = torch.tensor([0.5, 0.25, 0.5])
    return torch.quantize_per_channel(torch.eye(3), scales, zeros, 0, torch.qint8)


def make_inference() -> torch.Tensor:
    with torch.inference_mode():
        return torch.ones(2, 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", sorted(ODD))
def test_no_kind_of_tensor_raises(backend, kind):
    value = ODD[kind]()
    shape, dtype = backend.describe(value)
    summary = backend.summarize(value)
    assert summary.dtype == dtype
    assert summary.shape == (shape or ())
    assert isinstance(backend.keep(value), torch.Tensor)


@pytest.mark.filterwarnings("ignore")
def test_statistics_of_odd_kinds(backend):
    odd = {name: make() for name, make in ODD.items()}
    assert backend.summarize(odd["bool"]).mean == pytest.approx(2 / 3)
    assert backend.summarize(odd["uint16"]).maximum == 65535
    assert backend.summarize(odd["float8_e4m3fn"]).mean == pytest.approx(1 / 3)
    sparse = backend.summarize(odd["sparse"])
    assert (sparse.minimum, sparse.maximum) == (0.0, 1.0)
    assert sparse.mean == pytest.approx(1 / 3)
    assert sparse.rms == pytest.approx(math.sqrt(1 / 3))
    complex_ = backend.summarize(odd["complex64"])
    assert complex_.minimum is None
    assert complex_.rms == pytest.approx(math.sqrt((5 + 10) / 2))
    assert backend.summarize(odd["negative"]).minimum == -2.0
    assert backend.summarize(torch.tensor([complex(math.nan, 1)])).nan == 1


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_a_nested_tensor_is_told_by_its_rows(backend, layout):
    rows = [torch.tensor([[1.0, -4.0]]), torch.tensor([[2.0, 0.0], [math.nan, 3.0]])]
    summary = backend.summarize(torch.nested.as_nested_tensor(rows, layout=layout))
    assert (summary.shape, summary.dtype) == ((), "float32")
    assert summary.text == "2 tensors: 1×2, 2×2"
    assert (summary.minimum, summary.maximum, summary.nan) == (-4.0, 3.0, 1)


def test_what_is_no_tensor_is_told_as_text(backend):
    summary = backend.summarize(2.5)
    assert (summary.dtype, summary.shape, summary.text) == ("float", (), "2.5")
    assert backend.describe([1, 2]) == ((), "list")
    assert len(backend.summarize(list(range(1000))).text) == 80


def test_a_kept_value_does_not_follow_later_writes(backend):
    value = torch.zeros(1000, 1000)
    kept = backend.keep(value)
    value.add_(1)
    assert kept.sum().item() == 0.0
    view = torch.zeros(8, 8)
    row = backend.keep(view[2])
    view[2].fill_(5)
    assert row.sum().item() == 0.0


def test_keeping_is_copy_on_write_and_drops_the_gradient_graph(backend):
    value = torch.ones(100, 100, requires_grad=True) * 2
    kept = backend.keep(value)
    assert torch._C._is_cow_tensor(value)
    assert kept.grad_fn is None
    assert not kept.requires_grad


def test_memory_shared_with_numpy_is_cloned(backend):
    array = np.zeros(50, dtype=np.float32)
    kept = backend.keep(torch.from_numpy(array))
    array[:] = 7
    assert kept.sum().item() == 0.0


def test_snapshots_work_without_the_private_function(monkeypatch):
    monkeypatch.setattr(backend_module, "_lazy_clone", None)
    value = torch.zeros(3)
    kept = snapshot(value)
    value.add_(1)
    assert kept.tolist() == [0.0, 0.0, 0.0]


def test_a_small_part_does_not_hold_a_large_storage(backend):
    large = torch.zeros(1000, 100)
    kept = backend.keep(large[3])
    assert kept.untyped_storage().nbytes() == 400


def test_cut_reads_the_part_alone(backend):
    value = torch.arange(24).reshape(2, 3, 4)
    part = backend.cut(value, (1, slice(0, 3, 2), slice(1, 4)))
    assert part.tolist() == [[13, 14, 15], [21, 22, 23]]
    assert part.dtype == np.int64
    assert backend.cut(torch.tensor(3.0), ()).item() == 3.0


def test_cut_widens_what_numpy_lacks(backend):
    for dtype in (torch.bfloat16, torch.float8_e4m3fn):
        part = backend.cut(torch.tensor([1.5, 2.0]).to(dtype), (slice(None),))
        assert part.dtype == np.float32
        assert part.tolist() == [1.5, 2.0]
    half = backend.cut(torch.tensor([1.5]).half(), (slice(None),))
    assert half.dtype == np.float16


@pytest.mark.filterwarnings("ignore")
def test_cut_of_odd_kinds(backend):
    odd = {name: make() for name, make in ODD.items()}
    everything = (slice(None),)
    assert backend.cut(odd["complex64"], everything).tolist() == [1 - 2j, 3 + 1j]
    assert backend.cut(odd["negative"], everything).tolist() == [-2.0, 1.0]
    assert backend.cut(odd["sparse"], (1,)).tolist() == [0.0, 1.0, 0.0]
    assert backend.cut(odd["csr"], (1,)).tolist() == [0.0, 1.0, 0.0]
    assert backend.cut(odd["bool"], everything).dtype == np.bool_
    assert backend.cut(odd["quantized"], (0,)).tolist() == [1.0, 0.0, 0.0]
    for name in ("per channel", "per channel, floats"):
        part = backend.cut(backend.keep(odd[name]), (slice(1, 3), slice(0, 2)))
        assert part.tolist() == [[0.0, 1.0], [0.0, 0.0]]
    assert backend.cut(odd["uint16"], everything).tolist() == [0, 65535]
    assert backend.cut(odd["parameter"], (0, 0)).item() == 1.0


@pytest.mark.filterwarnings("ignore")
def test_cut_of_a_vast_sparse_tensor_fills_in_the_part_alone(backend):
    vast = torch.sparse_coo_tensor([[5, 90_000], [7, 80_000]], [1.0, 2.0], (100_000, 100_000))
    assert backend.cut(vast, (slice(4, 7), slice(6, 8))).tolist() == [[0, 0], [0, 1.0], [0, 0]]
    assert backend.cut(vast, (90_000, slice(79_999, 80_001))).tolist() == [0.0, 2.0]
    with pytest.raises(Refusal, match="too many"):
        backend.cut(vast, (slice(None), slice(None)))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["meta", "fake", "nested"])
def test_cut_of_a_value_without_data_is_refused(backend, kind):
    with pytest.raises(Refusal) as refused:
        backend.cut(ODD[kind](), (slice(None),))
    assert refused.value.code == "no-data"


def test_cut_of_what_is_no_tensor(backend):
    assert backend.cut(2.5, ()).item() == 2.5
    assert backend.cut([[1, 2], [3, 4]], (1,)).tolist() == [3, 4]
    assert backend.cut("word", ()).item() == "word"


def test_statistics_see_what_a_kernel_writes_without_counting_versions():
    backend = TorchBackend()
    norm = torch.nn.BatchNorm1d(64).train()
    running = norm.running_mean
    assert running is not None
    version = running._version
    seen: list[float | None] = []
    for _ in range(3):
        norm(torch.rand(32, 64) + 1)
        assert running._version == version
        seen.append(backend.summarize(running).mean)
    assert len(set(seen)) == 3
    assert seen[-1] == pytest.approx(running.double().mean().item())
    snapshot = backend.keep(running)
    norm(torch.rand(32, 64) + 1)
    assert backend.summarize(running).mean != seen[-1], "kept or not"
    assert backend.summarize(snapshot).mean == seen[-1]
