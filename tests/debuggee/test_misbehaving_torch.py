"""What a real PyTorch model does to its process: memory, workers, input, a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from opscope.tracers.ir import RunState, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.messages import INPUT, REWIND
from tests.faults.processes import all_gone, family

NETS = Path(__file__).with_name("misbehaving_nets.py")


@pytest.fixture
def client() -> Iterator[Client]:
    with Client.start(client={"supportsInput": True}) as made:
        yield made


def launch(client: Client, name: str) -> None:
    client.launch({"spec": f"{NETS}:{name}"})
    client.wait_event("stopped")
    client.request("continue", {"threadId": 1})


def ops(client: Client) -> list[str]:
    return [client.run.graph.ops[record.op].type for record in client.run.records]


@pytest.mark.slow
def test_workers_of_a_data_loader_run_beside_the_model(client: Client):
    launch(client, "loader")
    assert client.wait_state("finished", "failed").state is RunState.FINISHED
    everyone = family(client.process.pid)
    assert ops(client).count("sum") == 4
    last = TensorRequest(ValueRef(len(client.run.records) - 1, 0))
    assert client.tensor(last).shape == (2, 4)
    client.close()
    assert all_gone(everyone, 2.0)


@pytest.mark.long
def test_a_crash_keeps_the_ops_before_it(client: Client):
    launch(client, "segfault")
    sentence = client.wait_event("exited")["opscope"]["sentence"]
    assert "was killed by SIGSEGV (Segmentation fault); the last op it began was relu" in sentence
    assert ops(client) == ["linear", "relu"]
    assert client.run.records[1].inputs == ((0, 0),)
    assert client.run.records[1].outputs[0].shape == (2, 4)


@pytest.mark.long
def test_memory_that_runs_out_is_the_ops_error(client: Client):
    launch(client, "memory")
    client.wait_event("stopped", where={"reason": "exception"})
    assert client.run.message.startswith("ones raised RuntimeError")
    assert "can't allocate memory" in client.run.message
    assert ops(client) == ["linear", "relu", "ones"]
    assert client.tensor(TensorRequest(ValueRef(0, 0))).shape == (2, 4), "it can be looked at"


@pytest.mark.long
def test_input_is_asked_for_once_and_read_again(client: Client):
    launch(client, "asks")
    client.wait_event(INPUT, where={"wanted": True})
    assert client.mirror.map.failure is None
    client.request(INPUT, {"text": "3"})
    client.wait_state("finished")
    assert ops(client) == ["mul", "mul"]
    client.request(REWIND, {"record": 1})
    client.wait_event("stopped")
    client.step("continue")
    assert client.run.state is RunState.FINISHED
    asked = [event["body"] for event in client.events if event["event"] == INPUT]
    assert asked == [{"wanted": True}, {"wanted": False}]
    assert client.run.records[1].outputs[0].maximum == 6.0
