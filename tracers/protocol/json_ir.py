"""JSON of the pure data: dataclasses as objects, enums as their values, tuples as lists."""

from __future__ import annotations

import base64
import binascii
import types
import typing
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast

from ..ir import Form, TensorPiece, TensorRequest
from .columns import decode_summary, encode_summary

T = TypeVar("T")
Json = dict[str, Any]


def to_json(value: object) -> Any:
    """A dataclass, enum or tuple as JSON; anything plain as it is."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in cast("list[object]", value)]
    return value


def from_json(kind: type[T], data: object) -> T:
    """A dataclass back from `to_json`; keys it does not know are ignored.

    Raises ValueError where a field is missing or of another type.
    """
    return cast(T, _parse(kind, data, kind.__name__))


@cache
def _hints(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    hints = typing.get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _parse(hint: Any, data: Any, where: str) -> Any:
    if hint is float:
        number = isinstance(data, (int, float)) and not isinstance(data, bool)
        if number or data in ("NaN", "Infinity", "-Infinity"):  # as framing writes them
            return float(data)
    elif hint is int:
        if isinstance(data, int) and not isinstance(data, bool):
            return data
    elif hint in (str, bool):
        if isinstance(data, hint):
            return data
    elif isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    elif isinstance(hint, type) and is_dataclass(hint):
        if isinstance(data, dict):
            given = cast(Json, data)
            known = {
                name: _parse(inner, given[name], f"{where}.{name}")
                for name, inner in _hints(hint)
                if name in given
            }
            try:
                return hint(**known)
            except TypeError as error:
                raise ValueError(f"{where}: {error}") from error
    else:
        return _parse_compound(hint, data, where)
    raise ValueError(f"{where} cannot be {data!r:.80}")


def _parse_compound(hint: Any, data: Any, where: str) -> Any:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        if data is None and type(None) in parts:
            return None
        for part in parts:
            if part is not type(None):
                try:
                    return _parse(part, data, where)
                except ValueError:
                    continue
    elif origin is tuple and isinstance(data, (list, tuple)):
        items = cast("list[Any]", data)
        if parts[-1] is Ellipsis:
            return tuple(_parse(parts[0], item, where) for item in items)
        if len(items) == len(parts):
            return tuple(_parse(p, item, where) for p, item in zip(parts, items, strict=True))
    raise ValueError(f"{where} cannot be {data!r:.80}")


def encode_request(request: TensorRequest, binary: bool = False) -> Json:
    """Arguments of `opscope/tensor`; with `binary` the data comes as the message's trailer."""
    body: Json = {
        "record": request.ref.record,
        "slot": request.ref.slot,
        "isInput": request.ref.is_input,
        "form": request.form.value,
        "picks": to_json(request.picks),
        "axes": list(request.axes),
        "limit": list(request.limit),
        "bins": request.bins,
    }
    if request.minus is not None:
        body["minus"] = to_json(request.minus)
    if request.form is Form.FIND:
        body |= {
            "sought": request.sought.value,
            "bound": request.bound,
            "after": list(request.after),
        }
    if binary:
        body["binary"] = True
    return body


def decode_request(body: Json) -> TensorRequest:
    """Back from `encode_request`. Raises ValueError where something is missing or wrong."""
    ref = {"record": body.get("record")}
    ref |= {ours: body[theirs] for ours, theirs in _REF_KEYS if theirs in body}
    rest = {key: body[key] for key in _REST_KEYS if key in body}
    return from_json(TensorRequest, {"ref": ref, **rest})


_REF_KEYS = (("slot", "slot"), ("is_input", "isInput"))
_REST_KEYS = ("form", "picks", "axes", "limit", "bins", "minus", "sought", "bound", "after")


def encode_piece(piece: TensorPiece) -> Json:
    """Everything of a piece but its data, which goes as a trailer or by `with_data`."""
    return {
        "request": encode_request(piece.request),
        "whole": encode_summary(piece.whole),
        "shape": list(piece.shape),
        "steps": list(piece.steps),
        "code": piece.code,
        "low": piece.low,
        "high": piece.high,
        "picked": None if piece.picked is None else encode_summary(piece.picked),
        "zeros": piece.zeros,
        "distinct": piece.distinct,
        "sampled": piece.sampled,
    }


def with_data(body: Json, data: bytes) -> Json:
    """The piece with its data as base64, for clients that know no trailer."""
    return {**body, "data": base64.b64encode(data).decode("ascii")}


def decode_piece(body: Json, blob: bytes | None) -> TensorPiece:
    """Back from `encode_piece`, the data out of the trailer or the body.

    Raises ValueError or KeyError where it is broken.
    """
    try:
        data = base64.b64decode(body["data"], validate=True) if blob is None else blob
    except binascii.Error as error:
        raise ValueError(f"the piece's data is not base64: {error}") from error
    picked = body["picked"]
    return TensorPiece(
        request=decode_request(body["request"]),
        whole=decode_summary(body["whole"]),
        shape=tuple(body["shape"]),
        steps=tuple(body["steps"]),
        data=data,
        code=body["code"],
        low=float(body["low"]),
        high=float(body["high"]),
        picked=None if picked is None else decode_summary(picked),
        zeros=body["zeros"],
        distinct=body.get("distinct"),
        sampled=int(body.get("sampled", 1)),
    )
