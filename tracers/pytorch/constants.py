"""Tensors that stand in the source itself."""

from __future__ import annotations

import base64
import zlib
from typing import Any

from ..protocol.refusal import Refusal
from .lib import Unrecorded, has_data, torch

_SMALL = 16  # elements that are written out as numbers
_MOST = 8 << 20  # bytes of all that are not
_LINE = 80
_PLAIN = frozenset(
    {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
    | {torch.float16, torch.bfloat16, torch.float32, torch.float64}
)


class Constants:
    """Collects what is too long to be written out as numbers.

    Attributes:
        packed: name, dtype, shape and text (base64 of zlib) of each.
    """

    def __init__(self) -> None:
        self.packed: list[tuple[str, str, tuple[int, ...], str]] = []
        self._bytes = 0

    def source(self, name: str, tensor: Any, label: str) -> tuple[str, list[str]]:
        """The statement that makes a constant. `label`: the op that it is made or read by.

        Raises Refusal where its data cannot stand in a source file.
        """
        with Unrecorded():
            if not has_data(tensor) or tensor.layout is not torch.strided or tensor.is_quantized:
                raise _refusal(tensor, label, "only plain tensors with data can")
            bare = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous()
            place = () if tensor.device.type == "cpu" else (f'device="{tensor.device}"',)
            if bare.numel() == 0:
                words = ["torch.empty", str(tuple(bare.shape)), f"dtype={bare.dtype}", *place]
                return "call", words
            if _is_short(bare):
                return "call", ["torch.tensor", str(bare.tolist()), f"dtype={bare.dtype}", *place]
            self._bytes += bare.numel() * bare.element_size()
            if self._bytes > _MOST:
                raise _refusal(tensor, label, "it is too large; make it a buffer of the model")
            data = bytes(bare.reshape(-1).view(torch.uint8).numpy())
            text = base64.b64encode(zlib.compress(data, 9)).decode("ascii")
            self.packed.append((name, str(bare.dtype), tuple(bare.shape), text))
            words = ["torch.clone", f'held("{name}")']
            return "call", words if not place else ["torch.Tensor.to", words[1], str(tensor.device)]

    def text(self) -> str:
        """A table of the packed ones, for the end of the file."""
        rows: list[str] = []
        for name, dtype, shape, text in self.packed:
            parts = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
            lines = "\n".join(f'        "{part}"' for part in parts)
            rows.append(
                f'    "{name}": restored(\n        {dtype},\n        {shape},\n{lines},\n    ),'
            )
        return "CONSTANTS = {\n" + "\n".join(rows) + "\n}\n"


def _is_short(tensor: Any) -> bool:
    if tensor.numel() > _SMALL or tensor.dtype not in _PLAIN:
        return False
    return not tensor.dtype.is_floating_point or bool(torch.isfinite(tensor).all())


def _refusal(tensor: Any, label: str, why: str) -> Refusal:
    shape = "×".join(str(extent) for extent in tensor.shape) if not tensor.is_nested else "nested"
    kind = str(tensor.dtype).removeprefix("torch.")
    at = f" at {label}" if label else ""
    return Refusal(
        "not-exportable",
        f"The run cannot be written as torch.fx source{at}: a constant ({kind} {shape}) cannot"
        f" stand in a source file, {why}.",
    )
