"""Models over torch's kinds of tensors, transforms and compiled parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .row import Row, seeded


class Scripted(nn.Module):
    """A TorchScript module and a traced function inside eager code."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.ReLU()))
        self.traced = torch.jit.trace(lambda x: torch.sigmoid(x) * x, torch.ones(3, 4))

    def forward(self, x):
        return self.traced(self.inner(x) + 1)


class Compiled(nn.Module):
    """A compiled submodule and a compiled function, which step in eager mode."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = torch.compile(nn.Sequential(nn.Linear(4, 4), nn.GELU()), backend="eager")
        self.square = torch.compile(lambda x: x * x, backend="eager")

    def forward(self, x):
        return self.square(self.inner(x)).sum(-1)


class Mapped(nn.Module):
    """vmap over examples, with a random draw for each and a nested one."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 3)

    def forward(self, x):
        def one(row):
            return self.line(row).softmax(-1) * torch.vmap(torch.sum)(row.view(2, 2))[0]

        return torch.vmap(one)(x), torch.vmap(lambda r: r + torch.rand(()), randomness="same")(x)


class Differentiating(nn.Module):
    """Gradients, Jacobians and tangents inside the forward pass; functional parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(3, 2)

    def forward(self, x):
        weights = {name: weight.detach() for name, weight in self.line.named_parameters()}

        def loss(held, row):
            return torch.func.functional_call(self.line, held, (row,)).pow(2).sum()

        each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(weights, x)
        jacobian = torch.func.jacrev(torch.tanh)(x[0])
        _, tangent = torch.func.jvp(torch.sin, (x,), (torch.ones_like(x),))
        return each, jacobian, tangent, torch.func.hessian(lambda v: v.pow(3).sum())(x[0])


class Inner(nn.Module):
    """Takes gradients itself, as meta-learning and energy models do."""

    def __init__(self) -> None:
        super().__init__()
        self.energy = nn.Sequential(nn.Linear(3, 8), nn.Softplus(), nn.Linear(8, 1))

    def forward(self, x):
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            for _ in range(3):
                (slope,) = torch.autograd.grad(self.energy(x).sum(), x, create_graph=True)
                x = x - 0.1 * slope
        return x


class Eighth(nn.Module):
    """float8 and float16 on the way, as inference kernels store them."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", seeded(4, 4).to(torch.float8_e4m3fn))

    def forward(self, x):
        scale = x.abs().max() / 448
        small = (x / scale).to(torch.float8_e5m2)
        return (small.to(torch.float16) @ self.weight.to(torch.float16)).float() * scale


class Phases(nn.Module):
    """Complex weights, FFTs, conjugates and views as pairs."""

    def __init__(self) -> None:
        super().__init__()
        self.filter = nn.Parameter(torch.view_as_complex(seeded(3, 5, 2)))

    def forward(self, x):
        spectrum = torch.fft.fft2(x) * self.filter
        pairs = torch.view_as_real(spectrum.conj().resolve_conj())
        return (
            torch.fft.ifft2(spectrum).real,
            pairs.square().sum(-1).sqrt(),
            spectrum.mH,
            x.to(torch.complex64).angle(),
        )


class Quantised(nn.Module):
    """Quantised tensors, and a dynamically quantised layer's packed weights."""

    def __init__(self) -> None:
        super().__init__()
        engine = torch.backends.quantized
        engine.engine = next(e for e in engine.supported_engines if e != "none")
        self.body = torch.ao.quantization.quantize_dynamic(
            nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4)), {nn.Linear}, torch.qint8
        )

    def forward(self, x):
        small = torch.quantize_per_tensor(self.body(x), 0.1, 10, torch.quint8)
        each = torch.quantize_per_channel(
            x, torch.full((2,), 0.1), torch.zeros(2, dtype=torch.int64), 0, torch.qint8
        )
        return F.relu(small), small.dequantize(), each.int_repr()


class Sparse(nn.Module):
    """Sparse products in three layouts, and a sparse gradient's embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(9, 4, sparse=True)
        self.bag = nn.EmbeddingBag(9, 4, mode="sum")

    def forward(self, x, places):
        kept = torch.where(x.abs() > 0.7, x, 0)
        coo = kept.to_sparse()
        csr = kept.to_sparse_csr()
        rows = self.table(places) + self.bag(places[None])
        return torch.sparse.mm(coo, rows), csr @ rows, coo.coalesce(), torch.sparse.sum(coo, 0)


class Ragged(nn.Module):
    """Nested tensors, strided and jagged."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(4, 4)

    def forward(self, x):
        strided = torch.nested.nested_tensor([x[:2], x[:3]])
        jagged = torch.nested.nested_tensor([x[:2], x], layout=torch.jagged)
        wide = self.line(strided)
        return wide.to_padded_tensor(0.0), (self.line(jagged) * 2).values(), wide


class Scaled(torch.Tensor):
    """A subclass of Tensor that prints differently and computes the same."""


class Subclassed(nn.Module):
    def forward(self, x):
        y = x.as_subclass(Scaled) * 2
        return (y @ y.T).as_subclass(torch.Tensor), y


class Numbers(nn.Module):
    """Through NumPy and plain Python numbers and back."""

    def forward(self, x):
        array = x.detach().numpy()
        mean = torch.from_numpy(np.asarray(array.mean(0)))
        numbers = torch.tensor([round(v, 3) for v in x[0].tolist()])
        return mean + numbers, float(x.max()), complex(0, 1) * x.sum().item(), len(x)


class Random(nn.Module):
    """Random draws of every kind, from the global generator and one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.AlphaDropout(0.2)

    def forward(self, x):
        own = torch.Generator().manual_seed(3)
        y = x + torch.randn(x.shape, generator=own) + torch.rand_like(x)
        y = y[torch.randperm(len(y))] * torch.bernoulli(torch.full_like(y, 0.5))
        picked = torch.multinomial(x.softmax(-1), 2)
        shifted = torch.distributions.Normal(x, 1.0).rsample()
        return self.drop(y), picked, shifted, y.clone().uniform_(), F.rrelu(x, training=True)


class Vision(nn.Module):
    """Convolutions of every kind, pools with indices, resampling, grouped norms."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.GroupNorm(2, 8), nn.Hardswish())
        self.depth = nn.Conv2d(8, 8, 3, padding=1, groups=8, padding_mode="reflect")
        self.norm = nn.InstanceNorm2d(8, affine=True, track_running_stats=True)
        self.up = nn.ConvTranspose2d(8, 4, 2, 2)
        self.mix = nn.PixelShuffle(2)

    def forward(self, x):
        y = self.norm(self.depth(self.down(x)))
        small, places = F.max_pool2d(y, 2, return_indices=True)
        y = F.max_unpool2d(small, places, 2) + F.interpolate(small, scale_factor=2.0)
        grid = F.affine_grid(torch.eye(2, 3)[None], (1, 4, 8, 8), align_corners=False)
        return F.grid_sample(self.up(y), grid, align_corners=False), self.mix(self.up(y))


class Losses(nn.Module):
    def forward(self, x, target):
        logs = x.log_softmax(-1)
        ctc = F.ctc_loss(logs[:, None], target[None, :2], (5,), (2,), blank=0)
        return {
            "cross": F.cross_entropy(x, target, label_smoothing=0.1),
            "ctc": ctc,
            "huber": F.huber_loss(x, x.roll(1)),
            "triplet": F.triplet_margin_loss(x[0], x[1], x[2]),
            "einsum": torch.einsum("bi,bj->ij", x, x).logdet(),
            "kl": F.kl_div(logs, x.softmax(-1), reduction="batchmean"),
        }


@torch.library.custom_op("opscope_zoo::twice", mutates_args=())
def twice(x: torch.Tensor, by: float) -> torch.Tensor:
    """An operator of the user's own."""
    return x * by * 2


def _keep(ctx: Any, inputs: Any, output: Any) -> None:
    ctx.by = inputs[1]


twice.register_autograd(lambda ctx, gradient: (gradient * ctx.by * 2, None), setup_context=_keep)


def functional(x: torch.Tensor, *, by: float = 2.0) -> dict[str, Any]:
    """A plain function as the model."""
    q, r = torch.linalg.qr(x.T @ x)
    values, vectors = torch.linalg.eigh(x.T @ x)
    return {"q": q, "r": r, "values": values, "vectors": vectors, "own": twice(x, by)}


def _finished_lazily() -> nn.Module:
    return nn.Sequential(nn.LazyLinear(5), nn.LazyBatchNorm1d(), nn.PReLU())


ROWS: dict[str, Row] = {
    "scripted part": Row(
        Scripted, lambda: (seeded(3, 4),), ways=("addmm", "relu", "add", "sigmoid", "mul")
    ),
    "compiled part": Row(Compiled, lambda: (seeded(3, 4),), ways=("linear", "gelu", "mul", "sum")),
    "vmap": Row(Mapped, lambda: (seeded(3, 4),)),
    "transforms": Row(Differentiating, lambda: (seeded(2, 3),)),
    "inner gradients": Row(Inner, lambda: (seeded(2, 3),)),
    "float8": Row(Eighth, lambda: (seeded(3, 4),)),
    "complex": Row(Phases, lambda: (seeded(3, 5),)),
    "quantised": Row(Quantised, lambda: (seeded(2, 8),)),
    "sparse": Row(Sparse, lambda: (seeded(3, 3), torch.tensor([1, 4, 8]))),
    "nested tensors": Row(Ragged, lambda: (seeded(4, 4),)),
    "tensor subclass": Row(Subclassed, lambda: (seeded(3, 4),)),
    "numbers": Row(Numbers, lambda: (seeded(3, 4),)),
    "random draws": Row(Random, lambda: (seeded(3, 4),)),
    "vision": Row(Vision, lambda: (seeded(1, 3, 16, 16),)),
    "losses": Row(Losses, lambda: (seeded(5, 5), torch.tensor([1, 2, 3, 4, 0]))),
    "functional": Row(lambda: functional, lambda: (seeded(4, 3),), kwargs=lambda: {"by": 1.5}),
    "lazy layers": Row(_finished_lazily, lambda: (seeded(6, 4),)),
}
