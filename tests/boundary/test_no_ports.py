"""Nothing listens on a port: neither the adapter nor a debuggee."""

from __future__ import annotations

import psutil

from opscope.tracers.protocol.client import Client


def listening(process: psutil.Process) -> list[object]:
    """Its sockets of the internet's kind that are more than a connection of its own."""
    return [each for each in process.net_connections(kind="inet") if each.status != "ESTABLISHED"]


def test_no_process_of_a_session_has_a_port() -> None:
    with Client.start() as client:
        client.launch({"spec": "sample:routing", "stopOnEntry": True})
        client.wait_state("paused", timeout=60)
        processes = psutil.Process().children(recursive=True)
        assert len(processes) >= 2, "the adapter and the debuggee"
        for process in processes:
            assert listening(process) == [], process.cmdline()
