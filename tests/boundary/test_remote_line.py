"""An adapter on another machine, through a stand-in for ssh with a shell of its own home."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from opscope.app.remote.host import Host, plain_host
from opscope.app.remote.words import adapter_words
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.host_messages import FILE, FOLDER, PYTHON, PYTHONS, SCRATCH, SPEC
from opscope.tracers.protocol.refusal import Refusal
from tests import ssh_stand_in
from tests.boundary.dap_schema import Checker
from tests.fake_debuggee import interpreter
from tests.faults.processes import all_gone, family

HOST = plain_host("me@stand.in")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder at the far end, with a python3 that has NumPy."""
    made = tmp_path / "far home"
    monkeypatch.setenv("OPSCOPE_SSH", ssh_stand_in.command(made))
    monkeypatch.setenv("OPSCOPE_HOSTS", str(tmp_path / "hosts.json"))
    (made / "bin").mkdir()
    there = made / "bin" / "python3"
    there.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    there.chmod(0o755)
    return made


@pytest.fixture
def python(home: Path) -> str:
    """Stands in the place of the user's interpreter there."""
    return interpreter(home)


def start(host: Host = HOST, **given: object) -> Client:
    return Client.start(adapter_words(host), **given)


def far_end(home: Path) -> set[int]:
    return family(int((home / "far-pid").read_text()))


def test_a_run_there_is_a_run_like_any_other(home: Path, python: str):
    told: list[str] = []

    def heard(message: dict[str, object]) -> None:
        if message.get("event") == "progressUpdate":
            told.append(str(message["body"]["message"]))

    with start(heard=heard) as client:
        run = client.launch({"spec": "", "python": python})
        client.wait_event("stopped")
        client.step("continue")
        assert [run.graph.ops[record.op].type for record in run.records]
        assert run.state.value == "finished"
        there = far_end(home)
    assert len(there) >= 2  # the adapter, in the shell's place, and the debuggee
    assert all_gone(there)
    assert any(word.startswith("Sending Opscope to me@stand.in") for word in told)
    told.clear()
    with start(heard=heard) as client:
        client.request("threads")
    assert not any(word.startswith("Sending") for word in told)
    kept = list((home / ".cache" / "opscope" / "remote").iterdir())
    assert [path.stat().st_mode & 0o77 for path in (home / ".cache" / "opscope").iterdir()] == [0]
    assert len(kept) == 1
    assert not list(kept[0].rglob("*.ttf"))


def test_ssh_is_told_the_users_options_first(home: Path):
    host = Host("gpu", "me@stand.in", options=("-J", "gate way", "-o", "BatchMode=no"))
    with start(host) as client:
        client.request("threads")
    words = (home / "ssh-words").read_text().splitlines()
    assert words[:2] == ["-J", "gate way"]
    assert words.index("BatchMode=no") < words.index("BatchMode=yes")
    assert words[-3:] == ["--", "me@stand.in", "sh"]
    assert not any(word.startswith(("-L", "-R", "-D")) for word in words)


def test_folder_environment_and_activation_are_the_hosts(home: Path, python: str):
    (home / "work it").mkdir()
    (home / "activate").write_text("echo noise\nread -r nothing\nexport MADE='by \"hand\"'\n")
    host = Host(
        "gpu",
        "me@stand.in",
        python="~/bin/python3",
        folder="~/work it",
        environment=(("TOLD", "it's $HOME"),),
        activation=". ~/activate",
    )
    code = "import os; print(os.environ['MADE'], '|', os.environ['TOLD'], '|', os.getcwd())"
    (home / "work it" / "show.py").write_text(code)
    with start(host) as client:
        sent = client.send("launch", {"program": "show.py", "noDebug": True})
        client.request("configurationDone")
        client.answer(sent)
        client.wait_event("terminated")
        assert client.request(FOLDER, {"path": "."})["path"] == str(home / "work it")
    assert client.output.strip() == f'by "hand" | it\'s $HOME | {home / "work it"}'


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (plain_host("nokey@stand.in"), ("refuses the login", "ssh-copy-id", "SSH_ASKPASS")),
        (plain_host("changed@stand.in"), ("another key than before", "ssh-keygen -R stand.in")),
        (plain_host("unknown@stand.in"), ("not known to ssh yet", "ssh unknown@stand.in")),
        (plain_host("nobody@stand.in"), ("not found", "Name or service not known")),
        (plain_host("closed@stand.in"), ("does not take connections", "Connection refused")),
        (plain_host("bare@stand.in"), ("has no Python 3.10 or newer", "--python")),
        (Host("h", "me@stand.in", python="/no/python"), ("/no/python does not run", "on h")),
        (Host("h", "me@stand.in", folder="/no/folder"), ("could not start on h", "/no/folder")),
        (
            Host("h", "me@stand.in", activation="load_it"),
            ("activation command failed on h", "load_it", "not found"),
        ),
        (plain_host("-oProxyCommand=x"), ("is no address",)),
    ],
    ids=lambda value: value.address if isinstance(value, Host) else "",
)
def test_what_goes_wrong_is_one_sentence(home: Path, host: Host, words: tuple[str, ...]):
    with pytest.raises(Refusal) as seen:
        start(host)
    assert all(word in str(seen.value) for word in words), str(seen.value)
    assert "\n" not in str(seen.value)


@pytest.mark.long
def test_an_old_python_is_named(home: Path):
    old = home / "bin" / "python3"
    old.unlink()
    old.write_text("#!/bin/sh\necho 3.8.10\nexit 1\n")
    old.chmod(0o755)
    with pytest.raises(Refusal) as seen:
        start(Host("h", "me@stand.in", python=str(old)))
    assert f"{old} is Python 3.8.10" in str(seen.value)


@pytest.mark.long
def test_an_interpreter_without_numpy_is_refused_by_the_launch(home: Path, tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True
    )
    bare = str(tmp_path / "bare" / "bin" / "python")
    (home / "model.py").write_text("import torch\n")
    with (
        start() as client,
        pytest.raises(Refusal, match=r"NumPy is not installed in .*/bare/bin/python"),
    ):
        client.launch({"spec": "model.py:build", "python": bare})


@pytest.mark.long
def test_another_version_there_is_not_spoken_to(home: Path):
    with start() as client:
        client.request("threads")
    kept = next((home / ".cache" / "opscope" / "remote").iterdir())
    (kept / "opscope" / "__init__.py").write_text("__version__ = '0.0.0'\n")
    with pytest.raises(Refusal, match="it runs another version"):
        start()


@contextmanager
def standing(python: str, **given: object):
    """A run that stands before its first op, there."""
    client = start(**given)
    try:
        client.launch({"spec": "", "python": python})
        client.wait_event("stopped")
        yield client
    finally:
        client.close()


def end_ssh(client: Client, number: signal.Signals) -> None:
    """The stand-in is the relay's only child."""
    (ssh,) = (
        int(child)
        for task in Path(f"/proc/{client.process.pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    )
    os.kill(ssh, number)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_a_lost_line_is_told_and_nothing_stays(
    home: Path, python: str, checker: Checker, number: signal.Signals
):
    with standing(python, heard=checker.check, client={"opscope": False}) as client:
        there = far_end(home)
        assert len(there) >= 2
        end_ssh(client, number)
        sentence = client.wait_event("exited")["opscope"]["sentence"]
        assert sentence.startswith("The connection to me@stand.in was lost; restart")
        client.wait_event("terminated")
        assert sentence in client.output
        with pytest.raises(ConnectionError):
            client.request("next", {"threadId": 1})
        assert all_gone(there)


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_killing_the_relay_leaves_nothing(home: Path, python: str, number: signal.Signals):
    with standing(python) as client:
        there = far_end(home)
        client.process.send_signal(number)
        client.process.wait(5)
        assert all_gone(there)


def test_a_client_that_is_silent_for_too_long_is_given_up(home: Path, python: str):
    with standing(python) as client:
        there = far_end(home)
        adapter = int((home / "far-pid").read_text())
        os.kill(adapter, signal.SIGALRM)  # as the system does once the time is over
        assert all_gone(there)
        client.wait_event("terminated")


@pytest.mark.long
def test_a_client_that_goes_while_it_connects_leaves_nothing(home: Path):
    (home / "activate").write_text("echo waits >&2\nsleep 5\n")
    host = Host("h", "me@stand.in", activation=". ~/activate")
    process = subprocess.Popen(
        adapter_words(host), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    until = home / "far-pid"
    while not until.exists() or not until.read_text():
        os.sched_yield()
    there = far_end(home) | family(process.pid)
    process.communicate(timeout=10)
    assert process.returncode == 0
    assert all_gone(there - still_activating(there), 10)


def still_activating(there: set[int]) -> set[int]:
    """A shell's `sleep` that nobody waits for any more ends by itself, as on any machine."""
    return {pid for pid in there if "sleep" in _command(pid)}


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_files_there_can_be_looked_at(home: Path, tmp_path: Path):
    (home / "nets" / "deep").mkdir(parents=True)
    (home / "nets" / "net.py").write_text("import torch\n")
    (home / "nets" / "gone").symlink_to(home / "nothing")
    with start() as client:
        found = client.request(FOLDER, {"path": "~/nets"})
        assert found["path"] == str(home / "nets")
        assert found["above"] == str(home)
        assert found["rows"] == [["deep", True, 0], ["gone", False, 0], ["net.py", False, 13]]
        body, data = client.request_bytes(FILE, {"path": "nets/net.py", "first": 7, "count": 5})
        assert (body, data) == ({"size": 13}, b"torch")
        spec = client.request(SPEC, {"spec": "net.py:build", "cwd": "~/nets"})
        assert (spec["kind"], spec["where"]) == ("file", str(home / "nets" / "net.py"))
        with pytest.raises(Refusal, match=r"There is no file or folder no\.py"):
            client.request(SPEC, {"spec": "no.py:x"})
        with pytest.raises(Refusal, match="/nowhere cannot be read: No such file"):
            client.request(FOLDER, {"path": "/nowhere"})
        scratch = Path(client.request(SCRATCH)["folder"])
        (scratch / "x").write_text("x")
    assert not scratch.exists()


def test_pythons_there_are_found_and_asked(home: Path):
    with start() as client:
        paths = client.request(PYTHONS, {"near": "~"})["paths"]
        assert str(home / "bin" / "python3") in paths
        text = client.request(PYTHON, {"path": "~/bin/python3"})["text"]
        assert '"numpy"' in text
        with pytest.raises(Refusal, match="cannot be started"):
            client.request(PYTHON, {"path": "/no/python"})
        hanging = home / "hanging"
        hanging.write_text("#!/bin/sh\nexec sleep 600\n")
        hanging.chmod(0o755)
        client.send(PYTHON, {"path": str(hanging)})
        client.request("threads")
        there = far_end(home)
        assert len(there) >= 2
    assert all_gone(there)


@pytest.mark.long
def test_a_trace_there_brings_its_files_here(home: Path, tmp_path: Path):
    (home / "net.py").write_text(
        "import torch\nclass Net(torch.nn.Module):\n"
        "    def forward(self, x):\n        return (x - x).log()\n"
        "def build():\n    return Net(), (torch.ones(3),)\n"
    )

    def opscope(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "opscope", *words],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=tmp_path,
        )

    there = ("net.py:build", "--host", "me@stand.in")
    done = opscope("trace", *there, "--save", "run.opscope", "--json", "run.json")
    assert done.returncode == 0, done.stderr
    assert f"saved to {tmp_path / 'run.opscope'}" in done.stdout
    assert (tmp_path / "run.json").exists()
    again = opscope("trace", "run.opscope")
    assert again.returncode == 0, again.stderr
    assert "log" in again.stdout
    checked = opscope("check", *there)
    assert checked.returncode == 1
    assert "log" in checked.stdout
    assert opscope("trace", "none.py:x", "--host", "me@stand.in").stderr == (
        "opscope: There is no file or folder none.py.\n"
    )
