"""What goes out as JSON comes back the same; what is broken is refused."""

from __future__ import annotations

import json
import math

import pytest

from opscope.tracers.ir import (
    Breakpoint,
    BreakpointKind,
    Form,
    MapFacts,
    ModelFacts,
    Place,
    RunState,
    TensorPiece,
    TensorRequest,
    TensorSummary,
    ValueRef,
)
from opscope.tracers.protocol.json_ir import (
    decode_piece,
    decode_request,
    encode_piece,
    encode_request,
    from_json,
    to_json,
    with_data,
)
from opscope.tracers.protocol.messages import StackLine, State, decode_state, encode_state


@pytest.mark.parametrize(
    "value",
    [
        Place(3, 1, 2, 4, 5),
        Breakpoint(BreakpointKind.LINE, "/m.py:3", "line 3", False),
        MapFacts("torch.fx", "", 7, 3),
        ModelFacts("net", "PyTorch", "2.5", inputs=(("x", (1, 3), "float32"), ("y", (), "int64"))),
        ModelFacts("net", "PyTorch", "2.5", training=True, seconds=0.5, notes=("a", "b")),
        StackLine("relu", "/m.py", 3, 7),
    ],
)
def test_data_survives_json(value: object):
    assert from_json(type(value), json.loads(json.dumps(to_json(value)))) == value


def test_a_state_survives_json():
    state = State(
        RunState.PAUSED, Place(4), Place(1, 1), "", (2,), 10, 20, 3, 1, 1, (StackLine("op"),), 0.5
    )
    assert decode_state(json.loads(json.dumps(encode_state(state)))) == state


@pytest.mark.parametrize(
    "request_",
    [
        TensorRequest(ValueRef(3)),
        TensorRequest(ValueRef(-1, 7)),
        TensorRequest(
            ValueRef(3, 1, True), Form.HISTOGRAM, (1, (0, 5, 2), (0, 9, 1)), (2, 1), (8, 4), 32
        ),
    ],
)
def test_a_request_and_its_piece_survive_json(request_: TensorRequest):
    assert decode_request(json.loads(json.dumps(encode_request(request_)))) == request_
    summary = TensorSummary((2,), "float32", nbytes=8, minimum=-1.0, nan=1)
    piece = TensorPiece(
        request_, summary, (2,), (3,), b"\x00\xff" * 4, "<f4", -1.0, 2.0, summary, 4
    )
    body = encode_piece(piece)
    assert decode_piece(json.loads(json.dumps(body)), piece.data) == piece
    assert decode_piece(json.loads(json.dumps(with_data(body, piece.data))), None) == piece


def test_a_clients_request_may_leave_out_what_has_a_default():
    assert decode_request({"record": 2}) == TensorRequest(ValueRef(2))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"record": None},
        {"record": True},
        {"record": 1.5},
        {"record": 1, "form": "cube"},
        {"record": 1, "picks": [[0, 1]]},
        {"record": 1, "picks": "all"},
        {"record": 1, "bins": "many"},
    ],
)
def test_broken_requests_are_value_errors(body: dict[str, object]):
    with pytest.raises(ValueError, match=r"."):
        decode_request(body)


def test_broken_pieces_are_value_errors():
    piece = TensorPiece(TensorRequest(ValueRef(0)), TensorSummary((), "float32"))
    with pytest.raises(ValueError, match="not base64"):
        decode_piece({**encode_piece(piece), "data": "%%"}, None)


def test_whole_numbers_pass_as_floats_and_unknown_keys_are_ignored():
    facts = from_json(ModelFacts, {"name": "a", "framework": "b", "version": "c", "seconds": 2})
    assert facts.seconds is not None
    assert math.isclose(facts.seconds, 2.0)
    assert from_json(Place, {"record": 1, "newer": True}) == Place(1)
    with pytest.raises(ValueError, match="MapFacts"):
        from_json(MapFacts, {"ops": 3})
