"""One value of every kind that PyTorch has, each the output of an op of its own."""

import torch


class Kinds(torch.nn.Module):
    def forward(self, x):
        flat = x[0, 0]
        scales, zeros = torch.tensor([0.1, 0.2, 0.1, 0.2]), torch.zeros(4)
        made = [
            torch.sin(x),
            x.double(),
            x.half(),
            x.bfloat16(),
            x.to(torch.float8_e4m3fn),
            x.to(torch.float8_e5m2),
            x > 0,
            x.long(),
            x.to(torch.uint8),
            x.to(torch.uint16),
            torch.complex(x, -x),
            torch.complex(x, -x).conj(),
            torch.quantize_per_tensor(x, 0.1, 10, torch.quint8),
            torch.quantize_per_channel(flat, scales, zeros, 0, torch.qint8),
            x.to_sparse(),
            x.to_sparse(2),
            flat.to_sparse_csr(),
            flat.to_sparse_csc(),
            flat.to_sparse_bsr((2, 5)),
            torch.nested.as_nested_tensor([x[0], x[1, :1]]),
            torch.nested.as_nested_tensor([flat, flat[:2]], layout=torch.jagged),
            torch.empty_like(x, device="meta"),
            x.sum(),
            x[:0],
            x.flatten(),
            x.amax((1, 2, 3)),
            x.unsqueeze(0),
            torch.log(-x.abs() - 1),
            torch.reciprocal(torch.zeros_like(x)),
            torch.ones_like(x),
        ]
        return made[0].sum()


def build():
    return Kinds().eval(), (torch.linspace(-2, 3, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5),)
