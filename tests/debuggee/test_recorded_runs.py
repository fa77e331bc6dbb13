"""Runs saved to a file and opened again, without the model and without its framework."""

from __future__ import annotations

import json
import random
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from opscope.tracers.engine.run_file import VERSION, RunFile, RunFileWriter
from opscope.tracers.ir import OUTSIDE, Form, Run, RunState, TensorRequest, ValueRef
from opscope.tracers.protocol.client import Client
from opscope.tracers.protocol.json_ir import encode_request
from opscope.tracers.protocol.messages import EXTRAS, FINDINGS, REWIND, SAVE, TENSOR
from opscope.tracers.protocol.refusal import Refusal

MODEL = """
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(6, 4)

    def forward(self, x):
        half = self.fc(x).to(torch.bfloat16)
        parts = half.softmax(-1)
        whole = torch.log(parts.float() - parts.float().max())
        return whole.sum(), x.to(torch.int64), x > 0


def build():
    torch.manual_seed(0)
    return Net(), (torch.linspace(-1, 1, 24).reshape(4, 6),)


class Fails(torch.nn.Module):
    def forward(self, x):
        return torch.relu(x) @ torch.ones(5)


def fails():
    return Fails(), (torch.ones(4, 6),)
"""
# An interpreter that can import neither framework.
BARE = """
import sys


class Away:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "tensorflow", "keras"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Away())
"""


Saved = tuple[Path, Run, dict[str, bytes]]


def planes(client: Client, run: Run) -> dict[str, bytes]:
    """Every output of the run, bit by bit."""
    found: dict[str, bytes] = {}
    for index, record in enumerate(run.records):
        for slot, summary in enumerate(record.outputs):
            request = TensorRequest(
                ValueRef(index, slot), Form.PLANE, axes=tuple(range(len(summary.shape)))[-2:]
            )
            piece = client.tensor(request)
            found[f"{index}:{slot}"] = piece.data
    return found


def opened(client: Client, path: Path) -> Run:
    sent = client.send("launch", {"spec": str(path), "noDebug": True})
    client.request("configurationDone")
    client.answer(sent)
    run = client.follow_graph()
    client.wait_state("finished", "failed")
    return run


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Saved]:
    """A file with all values, the run it is of, and what its values were."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "net.py").write_text(MODEL)
    with Client.start() as client:
        run = opened(client, folder / "net.py:build")
        answer = client.request(
            SAVE, {"path": str(folder / "run"), "extras": {"notes": ["look here"]}}
        )
        path = Path(answer["path"])
        assert path.name == "run.opscope"
        assert path.stat().st_size == answer["bytes"]
        yield path, run, planes(client, run)


def test_a_run_opens_as_it_was_where_no_framework_is(
    saved: Saved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, run, values = saved
    (tmp_path / "sitecustomize.py").write_text(BARE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with Client.start() as client:
        again = opened(client, path)
        assert again.state is RunState.FINISHED
        assert again.graph.ops == run.graph.ops
        assert again.graph.values == run.graph.values
        assert again.records == run.records
        assert again.frames == run.frames
        assert planes(client, again) == values
        assert client.mirror.facts.framework == "PyTorch"
        assert client.request(EXTRAS)["extras"] == {"notes": ["look here"]}


def test_the_findings_the_source_and_the_parameters_come_along(saved: Saved, tmp_path: Path):
    path, run, _ = saved
    index = RunFile(str(path)).index
    moved = tmp_path / "elsewhere.opscope"
    moved.write_bytes(path.read_bytes())
    with Client.start() as client:
        opened(client, moved)
        findings = client.request(FINDINGS, {})["findings"]
        assert [row["rule"] for row in findings] == [row["rule"] for row in index["findings"]]
        assert findings
        file = run.graph.sources[0].file
        text = client.request("source", {"source": {"path": file}, "sourceReference": 0})
        assert text["content"] == MODEL
        with pytest.raises(Refusal, match="no file of this run"):
            client.request("source", {"source": {"path": "/etc/hostname"}, "sourceReference": 0})
        (weight,) = (n for n, row in enumerate(run.graph.values) if row.name == "fc.weight")
        request = TensorRequest(ValueRef(OUTSIDE, weight), Form.PLANE, axes=(0, 1))
        piece = client.tensor(request)
        assert piece.whole.shape == (4, 6)
        assert np.frombuffer(piece.data, "<f4").any()
        with pytest.raises(Refusal, match="can be looked at"):
            client.request(REWIND, {"record": 0})


def test_expressions_work_on_what_was_saved(saved: Saved):
    path, _, _ = saved
    with Client.start() as client:
        opened(client, path)
        found = client.request("evaluate", {"expression": "fc.linear.shape", "context": "watch"})
        assert found["result"] == "(4, 4)"


def test_summaries_alone_make_a_small_file(saved: Saved, tmp_path: Path):
    (tmp_path / "net.py").write_text(MODEL)
    with Client.start() as client:
        opened(client, tmp_path / "net.py:build")
        sizes = client.request(SAVE, {})["sizes"]
        assert sizes["none"] < sizes["pinned"] < sizes["all"]
        path = Path(client.request(SAVE, {"path": str(tmp_path / "s"), "values": "none"})["path"])
    with Client.start() as client:
        run = opened(client, path)
        assert run.records[0].outputs[0].minimum is not None
        assert not any(row.kept for record in run.records for row in record.outputs)
        request = TensorRequest(ValueRef(0, 0), Form.PLANE, axes=(0, 1))
        with pytest.raises(Refusal, match="was not saved with the run"):
            client.request(TENSOR, encode_request(request))


def test_a_run_that_failed_opens_at_its_error(tmp_path: Path):
    (tmp_path / "net.py").write_text(MODEL)
    with Client.start() as client:
        first = opened(client, tmp_path / "net.py:fails")
        client.request(SAVE, {"path": str(tmp_path / "failed.opscope")})
        assert first.failure is not None
    with Client.start() as client:
        run = opened(client, tmp_path / "failed.opscope")
        assert run.state is RunState.FAILED
        assert run.failure == first.failure
        assert run.message == first.message


def test_a_folder_that_is_not_there_is_told(saved: Saved):
    path, _, _ = saved
    with Client.start() as client:
        opened(client, path)
        with pytest.raises(Refusal, match="no folder"):
            client.request(SAVE, {"path": str(path.parent / "none" / "run.opscope")})
        assert sorted(item.name for item in path.parent.iterdir() if item.suffix == ".part") == []


def test_a_newer_file_is_refused_in_words(saved: Saved, tmp_path: Path):
    data = bytearray(saved[0].read_bytes())
    data[8:12] = struct.pack("<I", VERSION + 1)
    (tmp_path / "new.opscope").write_bytes(data)
    with Client.start() as client, pytest.raises(Refusal, match="newer Opscope"):
        opened(client, tmp_path / "new.opscope")


def test_a_file_with_a_row_for_every_value_is_still_read(saved: Saved, tmp_path: Path):
    """What format 1 had: its values by "record:slot", each whole."""
    path, run, values = saved
    whole = RunFile(str(path))
    columns = whole.index["values"]
    pieces = list(zip(columns["start"], columns["length"], columns["digest"], strict=True))
    old = tmp_path / "old.opscope"
    writer = RunFileWriter(str(old))
    moved = {piece: writer.put(bytes(whole.piece(piece))) for piece in sorted(pieces)}
    rows = {
        f"{record}:{slot}": {**columns["kinds"][kind], "piece": list(moved[pieces[piece]])}
        for record, slot, kind, piece in zip(
            *(columns[name] for name in ("record", "slot", "kind", "piece")), strict=True
        )
    }
    writer.finish({**whole.index, "values": rows, "outside": {}, "texts": {}})
    data = bytearray(old.read_bytes())
    data[8:12] = struct.pack("<I", 1)
    old.write_bytes(data)
    with Client.start() as client:
        again = opened(client, old)
        assert again.records == run.records
        assert planes(client, again) == values


def test_damaged_files_are_told_as_such(saved: Saved, tmp_path: Path):
    """Cut short, bytes changed, an index that lies: a sentence each time, or the run as it was."""
    from opscope.tracers.engine.backend import LoadOptions
    from opscope.tracers.recorded.loader import LOADER

    whole = saved[0].read_bytes()
    dice = random.Random(0)
    told = 0
    for _ in range(200):
        data = bytearray(whole)
        if dice.random() < 0.3:
            del data[dice.randrange(len(data)) :]
        else:
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path = tmp_path / "broken.opscope"
        path.write_bytes(data)
        try:
            program = LOADER.open(RunFile(str(path)), ((), {}), LoadOptions(), lambda _: None)
        except Refusal:
            told += 1
            continue
        read: Any = program
        for value in read._read.values.values():
            try:
                program.backend.cut(_held(value), (slice(None),) * len(value.shape))
            except Refusal:
                told += 1
    assert told > 150


def _held(value: Any) -> Any:
    from opscope.tracers.ir import TensorSummary
    from opscope.tracers.recorded.values import Held

    return Held(value, TensorSummary(value.shape, value.dtype))


def test_an_index_that_lies_is_refused(saved: Saved, tmp_path: Path):
    """Sound by its digests, but written by somebody who means harm."""
    from opscope.tracers.recorded.reading import read_run

    whole = RunFile(str(saved[0]))
    dice = random.Random(1)
    told = 0
    for _ in range(300):
        index = json.loads(json.dumps(whole.index))
        _lie(index, dice)
        path = tmp_path / "lies.opscope"
        writer = RunFileWriter(str(path))
        values = whole.index["values"]
        for piece in sorted(zip(values["start"], values["length"], values["digest"], strict=True)):
            writer.put(bytes(whole.piece(piece)))
        writer.finish(index)
        try:
            read_run(RunFile(str(path)))
        except Refusal:
            told += 1
    assert told > 100


def _lie(data: Any, dice: random.Random) -> None:
    """Change one thing somewhere inside."""
    lies: list[Any] = [None, -1, -7, 1 << 70, "x", [], {}, 1.5, [[]], True]
    inner = data
    while inner:
        data = inner
        key = dice.choice(_keys(data))
        inner = data[key] if _keys(data[key]) else None
        if inner is None or dice.random() < 0.05:
            data[key] = dice.choice(lies)
            return


def _keys(data: Any) -> list[Any]:
    """Of an object or a list; of anything else none."""
    if hasattr(data, "keys"):
        return [*data]
    return [*range(len(data))] if hasattr(data, "append") else []
