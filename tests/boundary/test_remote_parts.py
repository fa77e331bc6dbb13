"""What is known of hosts, what is sent to them, and what is read from the line."""

from __future__ import annotations

import argparse
import ast
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from opscope.app.choice import LaunchChoice
from opscope.app.remote import landing
from opscope.app.remote.archive import pack
from opscope.app.remote.cutter import Cutter
from opscope.app.remote.host import Host, decode, encode, plain_host
from opscope.app.remote.hosts import (
    BadHosts,
    find_host,
    hosts_path,
    keep_host,
    keep_new_host,
    read_hosts,
)
from opscope.app.remote.ssh_words import why_not
from opscope.app.remote.words import adapter_words, add_host_options, host_of, host_words
from opscope.app.settings import Settings
from opscope.app.share.command import command_of
from opscope.tracers.protocol.framing import pack as message_of

ROOT = Path(__file__).resolve().parents[2]
GPU = Host(
    "gpu",
    "me@box",
    python="~/ml/bin/python",
    folder="~/my work",
    environment=(("A", "1"), ("B", "x=y 'z'")),
    activation="module load cuda && . ~/env",
    options=("-J", "gate", "-p", "2222"),
)


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the named hosts."""
    path = tmp_path / "settings" / "hosts.json"
    monkeypatch.setenv("OPSCOPE_HOSTS", str(path))
    return path


def test_hosts_survive_the_file(kept: Path):
    assert read_hosts() == ()
    keep_host(GPU)
    keep_host(plain_host("other"))
    keep_host(Host("gpu", "you@box"))
    assert read_hosts() == (plain_host("other"), Host("gpu", "you@box"))
    assert kept.stat().st_mode & 0o77 == 0
    assert find_host("gpu").address == "you@box"
    keep_new_host(Host("gpu", "they@box"))
    keep_new_host(plain_host("me@new"))
    assert read_hosts()[1:] == (Host("gpu", "you@box"), plain_host("me@new"))
    assert find_host("new@box") == plain_host("new@box")
    assert decode(json.loads(json.dumps(encode(GPU)))) == GPU
    kept.write_text("[{")
    with pytest.raises(BadHosts, match=r"hosts\.json cannot be read"):
        read_hosts()
    kept.write_text('[{"address": 3}, 5, {"address": "a", "options": "-p", "environment": []}]')
    assert read_hosts() == (plain_host("a"),)


def test_hosts_stand_beside_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("OPSCOPE_HOSTS")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert hosts_path() == tmp_path / "opscope" / "hosts.json"
    assert hosts_path().name == "hosts.json"


@pytest.mark.parametrize("address", ["", "-x", "a b", "me@x/", "a;b/c", "'a'", "a\n"])
def test_addresses_that_ssh_must_not_see(address: str):
    assert plain_host(address).problem()


@pytest.mark.parametrize("address", ["box", "me@box", "me@10.0.0.1", "me.too@box-1.example"])
def test_addresses_that_it_may(address: str):
    assert plain_host(address).problem() == ""
    assert Host("a:b", address).problem()
    assert Host("a", address, environment=(("A B", "1"),)).problem()


def parsed(*words: str) -> Host | None:
    parser = argparse.ArgumentParser()
    add_host_options(parser)
    parser.add_argument("--host-as", default="")
    parser.add_argument("--python", default="")
    return host_of(parser.parse_args(words))


def test_words_and_hosts_are_the_same():
    assert parsed() is None
    keep_host(GPU)
    assert parsed("--host", "gpu") == GPU
    assert parsed(*host_words(GPU)) == GPU
    free = Host("a@b", "a@b", "", "~/x", (("V", "1"),), "act", ("-p", "22"))
    assert parsed(*host_words(free)) == free
    for host in (GPU, free, plain_host("c")):
        words = adapter_words(host, "/py")
        assert words[1:4] == ["-m", "opscope", "adapter"]
        assert parsed(*words[4:]) == host
    with pytest.raises(BadHosts, match="go with --host"):
        parsed("--host-folder", "x")
    with pytest.raises(BadHosts, match="takes NAME=VALUE"):
        parsed("--host", "a", "--host-env", "x")
    with pytest.raises(BadHosts, match="cannot be read"):
        parsed("--host", "a", "--host-option", "'")
    with pytest.raises(BadHosts, match="no address"):
        parsed("--host=-oProxyCommand=x")
    changed = parsed("--host", "gpu", "--host-env", "A=2", "--host-option=-v")
    assert changed is not None
    assert dict(changed.environment)["A"] == "2"
    assert changed.options[0] == "-v"


def test_a_model_there_is_remembered_with_its_host():
    keep_host(GPU)
    settings = Settings()
    there = LaunchChoice(spec="net.py:build", host=GPU, trusted=True, inputs=("1x3",))
    settings.remember(there)
    settings.remember(LaunchChoice(spec="net.py:build", inputs=("2x3",)))
    assert there.key == "gpu:net.py:build"
    found = settings.choice(there.key)
    assert (found.host, found.spec, found.inputs) == (GPU, "net.py:build", ("1x3",))
    assert not found.trusted  # nobody can tell here whether the file is the same
    assert settings.choice("net.py:build").host is None
    assert command_of(there, "trace").startswith("opscope trace net.py:build --host gpu ")


def test_what_is_sent_is_python_alone_and_the_same_every_time():
    archive = pack()
    assert pack() == archive
    names = zipfile.ZipFile(io.BytesIO(archive.data)).namelist()
    assert {Path(name).suffix for name in names} == {".py"}
    assert "opscope/tracers/boot.py" in names
    assert "opscope/resources/samples/resnet18.py" in names
    assert not any(name.startswith(("opscope/app", "opscope/widgets")) for name in names)
    assert len(archive.data) < 2 << 20


def test_hosts_need_neither_a_window_nor_numpy():
    code = (
        "import sys\nsys.modules.update(dict.fromkeys(('PySide6', 'numpy', 'torch')))\n"
        "import opscope.app.remote.relay, opscope.app.remote.words, opscope.tracers.adapter.far"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_is_sent_parses_as_the_oldest_python():
    for folder in ("tracers", "resources", "opscope"):
        for path in (ROOT / folder).rglob("*.py"):
            ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=(3, 10))
    ast.parse(landing._TAKE, feature_version=(3, 10))


def test_whole_messages_are_cut_out_of_any_pieces():
    messages = [message_of({"seq": 1}), message_of({"seq": 2}, b"\r\n\r\nblob"), message_of({})]
    for size in (1, 3, 7, 1000):
        cutter, found, data = Cutter(), list[bytes](), b"".join(messages) + b"Content-Le"
        for start in range(0, len(data), size):
            found += cutter.feed(data[start : start + size])
        assert found == messages


def test_words_of_ssh_become_one_sentence():
    host = plain_host("me@box")
    cases = (
        (255, "me@box: Permission denied (publickey).", "refuses the login"),
        (255, "ssh: connect to host box port 22: Connection timed out", "does not answer"),
        (255, "kex_exchange_identification: read: reset", "ended before Python ran there"),
        (127, "bash: sh: command not found", "no shell that runs sh"),
        (None, "", "starts no Python in time"),
    )
    for code, errors, words in cases:
        sentence = why_not(host, code, errors, "noise\nThis account is closed.\n")
        assert words in sentence
        assert "\n" not in sentence
        assert "“" in sentence


def test_the_command_says_what_cannot_be(tmp_path: Path):
    def said(*words: str) -> str:
        command = [sys.executable, "-m", "opscope", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        return done.stderr

    assert "works on this computer alone" in said("compare", "a.py:x", "b.py:x", "--host", "h")
    assert "go with --host" in said("trace", "a.py:x", "--host-folder", "x")
    assert "is no address" in said("check", "a.py:x", "--host", "a/b")
