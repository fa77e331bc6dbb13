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
