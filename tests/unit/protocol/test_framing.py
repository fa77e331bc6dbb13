from __future__ import annotations

import pytest

from opscope.tracers.protocol import framing
from opscope.tracers.protocol.framing import Frame, Framer, Malformed, pack


def test_messages_survive_any_cut_of_the_stream():
    stream = pack({"seq": 1, "text": "é"}) + pack({"seq": 2}, b"\r\n\r\n{") + pack({"seq": 3})
    for size in (1, 2, 7, len(stream)):
        framer = Framer()
        found: list[Frame | Malformed] = []
        for start in range(0, len(stream), size):
            found += framer.feed(stream[start : start + size])
        assert found == [
            Frame({"seq": 1, "text": "é"}),
            Frame({"seq": 2}, b"\r\n\r\n{"),
            Frame({"seq": 3}),
        ]


def test_non_finite_numbers_travel_as_words():
    (frame,) = Framer().feed(pack({"low": float("-inf"), "of": [float("nan")], "n": 1.5}))
    assert isinstance(frame, Frame)
    assert frame.message == {"low": "-Infinity", "of": ["NaN"], "n": 1.5}


@pytest.mark.parametrize(
    "rubbish",
    [
        b"Content-Length: x\r\n\r\n",
        b"Hello: world\r\n\r\n",
        b"Content-Length: 5\r\n\r\n[1,2]",
        b"Content-Length: 3\r\n\r\n{a}",
    ],
)
def test_rubbish_is_named_and_the_next_message_is_read(rubbish: bytes):
    first, second = Framer().feed(rubbish + pack({"seq": 1}))
    assert isinstance(first, Malformed)
    assert second == Frame({"seq": 1})


def test_an_oversized_message_is_dropped_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(framing, "MAX_MESSAGE", 100)
    framer = Framer()
    (bad,) = framer.feed(b"Content-Length: 200\r\n\r\n" + b"x" * 150)
    assert isinstance(bad, Malformed)
    assert framer.feed(b"x" * 50 + b"Content-Length: 2\r\n\r\n{}") == [Frame({})]


def test_a_message_past_the_limit_is_not_packed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(framing, "MAX_MESSAGE", 100)
    with pytest.raises(ValueError, match="over the limit"):
        pack({"text": "x" * 200})


def test_an_endless_header_does_not_fill_the_memory():
    (bad,) = Framer().feed(b"x" * 5000)
    assert isinstance(bad, Malformed)


def _sent(name: str, size: int) -> bytes:
    body = {"text": 'é"}{' * size, "n": [1, 2.5, None]}
    return pack({"seq": 7, "type": "event", "event": name, "body": body}, b"\x00blob")


def test_a_large_body_that_is_only_passed_on_stays_as_it_came():
    stream = _sent("opscope/records", 30_000)
    (frame,) = Framer(frozenset({"opscope/records"})).feed(stream)
    assert isinstance(frame, Frame)
    assert frame.message == {"seq": 7, "type": "event", "event": "opscope/records"}
    assert pack({**frame.message, "seq": 1}, frame.blob, frame.body) == stream.replace(
        b'"seq":7', b'"seq":1'
    )


@pytest.mark.parametrize(
    "stream",
    [
        _sent("stopped", 30_000),  # not one of those
        _sent("opscope/records", 1),  # small
        pack({"event": "opscope/records", "body": {}, "after": "x" * 70_000}),  # body not last
        pack({"event": "opscope/records", "text": "\\", "body": {"x": "y" * 70_000}}),
        pack({"event": "opscope/records", "deep": {"body": {"x": "y" * 70_000}}}),
    ],
)
def test_any_other_message_is_read(stream: bytes):
    assert Framer(frozenset({"opscope/records"})).feed(stream) == Framer().feed(stream)


@pytest.mark.parametrize("number", [b"01", b"1e5", b"-0", b"9" * 30])
def test_an_odd_head_is_no_trap(number: bytes):
    body = b'{"seq":%b,"event":"opscope/records","body":{"x":"%b"}}' % (number, b"y" * 70_000)
    stream = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    assert Framer(frozenset({"opscope/records"})).feed(stream) == Framer().feed(stream)


def test_a_message_with_a_wrong_size_takes_no_other_with_it():
    good = [pack({"seq": n, "type": "event", "event": "x"}) for n in range(3)]
    for bad in (
        b'Content-Length: 7\r\n\r\n{"a"]}',  # one byte more than there is
        b"Content-Length: 900\r\n\r\n{",
        b'Content-Length: 2\r\n\r\n{"a": 1}',
        b"printed in between",
        b"\r\n\r\n",
    ):
        stream = good[0] + bad + good[1] + good[2] + b" " * 900 + good[0]
        found = Framer().feed(stream)
        kept = [item.message["seq"] for item in found if isinstance(item, Frame)]
        assert kept == [0, 1, 2, 0], bad
        assert len([item for item in found if isinstance(item, Malformed)]) in (1, 2)
