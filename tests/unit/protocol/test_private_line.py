from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from opscope.tracers.protocol import private_line
from opscope.tracers.protocol.private_line import Listener, connect
from opscope.tracers.protocol.refusal import Refusal


def test_two_come_and_speak_both_ways_and_nothing_is_left():
    listener = Listener()
    assert listener.accept() is None, "nobody waits yet"
    lines = [connect(listener.address) for _ in range(2)]
    ours = [listener.accept(), listener.accept()]
    for line, descriptor in zip(lines, ours, strict=True):
        assert descriptor is not None
        line.sendall(b"up")
        assert os.read(descriptor, 10) == b"up"
        os.write(descriptor, b"down")
        assert line.recv(10) == b"down"
        line.close()
        os.close(descriptor)
    listener.close()
    assert not Path(listener.address).parent.exists()


def test_nobody_else_can_come():
    listener = Listener()
    mode = os.stat(listener.address).st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(os.stat(os.path.dirname(listener.address)).st_mode) == 0o700
    listener.close()


def test_what_cannot_be_connected_to_is_told_in_a_sentence(tmp_path: Path):
    plain = tmp_path / "file"
    plain.touch()
    with pytest.raises(Refusal, match=r"is no socket of a waiting program\."):
        connect(str(plain))
    with pytest.raises(Refusal, match=r"No program waits at .*: No such file"):
        connect(str(tmp_path / "none"))
    listener = Listener()
    address = tmp_path / "left"
    os.rename(listener.address, address)
    listener.close()
    with pytest.raises(Refusal, match="Connection refused"):
        connect(str(address))


def test_a_system_without_such_lines_says_so(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    for act in (private_line.Listener, lambda: connect("x")):
        with pytest.raises(Refusal, match="needs a system with Unix sockets"):
            act()


def test_a_socket_of_another_user_is_refused(monkeypatch: pytest.MonkeyPatch):
    listener = Listener()
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(Refusal, match="belongs to another user"):
        connect(listener.address)
    listener.close()
