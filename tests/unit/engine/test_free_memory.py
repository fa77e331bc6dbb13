"""How much memory a run may take: the least that any limit around the process leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from opscope.tracers.engine import free_memory as module
from opscope.tracers.engine.free_memory import free_memory

GROUP = "0::/user/session\n"
OLD = "5:cpu:/x\n4:cpuacct,memory:/docker/abc\n0::/\n"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(
        module.resource, "getrlimit", lambda _: (module.resource.RLIM_INFINITY,) * 2
    )
    write(tmp_path, "proc/meminfo", "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n")
    return tmp_path


def write(root: Path, path: str, text: object) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(f"{text}\n")


def test_the_machines(root: Path):
    assert free_memory(str(root)) == 8000 * 1024


def test_nothing_said_is_a_guess(tmp_path: Path, root: Path):
    assert free_memory(str(root / "nowhere")) == 4 << 30


def test_a_containers_limit(root: Path):
    write(root, "proc/self/cgroup", GROUP)
    write(root, "sys/fs/cgroup/user/memory.max", 5_000_000)
    write(root, "sys/fs/cgroup/user/memory.current", 4_000_000)
    write(root, "sys/fs/cgroup/user/memory.stat", "anon 7\ninactive_file 500000\n")
    write(root, "sys/fs/cgroup/user/session/memory.max", "max")
    write(root, "sys/fs/cgroup/user/session/memory.current", 1)
    assert free_memory(str(root)) == 1_500_000
    write(root, "sys/fs/cgroup/user/memory.current", 9_000_000)
    assert free_memory(str(root)) == 0


def test_the_older_kind_of_groups(root: Path):
    write(root, "proc/self/cgroup", OLD)
    folder = "sys/fs/cgroup/memory/docker/abc"
    write(root, f"{folder}/memory.limit_in_bytes", 3_000_000)
    write(root, f"{folder}/memory.usage_in_bytes", 1_000_000)
    write(root, f"{folder}/memory.stat", "total_inactive_file 1000")
    assert free_memory(str(root)) == 2_001_000


def test_the_address_space(root: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module.resource, "getrlimit", lambda _: (1 << 22, 1 << 22))
    write(root, "proc/self/statm", "100 50 0")
    assert free_memory(str(root)) == (1 << 22) - 100 * module.resource.getpagesize()
