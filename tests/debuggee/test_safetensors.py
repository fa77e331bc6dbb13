"""Weights in .safetensors files, read without the package of that name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from opscope.tracers.protocol.refusal import Refusal
from opscope.tracers.pytorch.safetensors import read_safetensors


def written(path: Path, rows: dict[str, torch.Tensor]) -> Path:
    names = {torch.float32: "F32", torch.bfloat16: "BF16", torch.int64: "I64"}
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    body = b""
    for name, row in rows.items():
        raw = row.contiguous().view(torch.uint8).numpy().tobytes() if row.numel() else b""
        header[name] = {
            "dtype": names[row.dtype],
            "shape": list(row.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + body)
    return path


def test_tensors_come_back_as_they_were(tmp_path: Path):
    rows = {
        "weight": torch.linspace(-1, 1, 12).reshape(3, 4),
        "half": torch.ones(5, dtype=torch.bfloat16) * 3,
        "steps": torch.tensor([7]),
        "none": torch.empty(0, 2),
    }
    found = read_safetensors(written(tmp_path / "w.safetensors", rows))
    assert found.keys() == rows.keys()
    for name, row in rows.items():
        assert found[name].dtype == row.dtype
        assert torch.equal(found[name], row)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff" * 64,
        b"\x02\0\0\0\0\0\0\0{}"[:9],
        b'\x40\0\0\0\0\0\0\0{"w":{"dtype":"F32","shape":[9999],"data_offsets":[0,4]}}'.ljust(72)
        + b"\0\0\0\0",
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, content: bytes):
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(Refusal, match=r"w\.safetensors is no file of weights"):
        read_safetensors(path)
