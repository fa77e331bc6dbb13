"""Finds, in a saved graph that was not run yet, ops that reach beyond it: into Python or files.

A graph is a program. Most ops only compute; those named here write files, send tensors somewhere or
call Python, and a graph that holds one is run only on the user's word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..protocol.refusal import Refusal
from .lib import protobuf_messages, saved_model_protos, text_protos

_PYTHON = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})
_FILES = frozenset(
    (
        *("WriteFile", "Save", "SaveSlices", "SaveV2", "MergeV2Checkpoints", "DatasetToTFRecord"),
        *("SaveDataset", "SaveDatasetV2", "SnapshotDataset", "SnapshotDatasetV2", "DumpTensor"),
        *("CreateSummaryFileWriter", "CreateSummaryDbWriter", "SnapshotChunkDataset"),
        *("DistributedSave", "DatasetToGraphFile", "CacheDataset", "CacheDatasetV2"),
    )
)
_SENDING = frozenset(
    {"DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "RpcCall", "RpcClient", "RpcServer"}
)
_CHECKPOINT = frozenset({"SaveV2", "MergeV2Checkpoints"})
_WHAT = (
    *((name, "calls Python") for name in _PYTHON),
    *((name, "writes files") for name in _FILES),
    *((name, "sends tensors away") for name in _SENDING),
)
WHAT = dict(_WHAT)


def check_saved_model(path: str) -> None:
    """Raises Refusal "not-trusted", or "bad-artefact" for what cannot be read."""
    name = Path(path).name
    try:
        graphs = _meta_graphs(Path(path))
    except (OSError, ValueError, protobuf_messages.DecodeError, text_protos.ParseError) as error:
        raise Refusal("bad-artefact", f"{name} cannot be read as a SavedModel.") from error
    for graph in graphs:
        saver = graph.saver_def.save_tensor_name.partition(":")[0]
        check_graph(graph.graph_def, name, saver)


def check_graph(definition: Any, name: str, saver: str = "") -> None:
    """As check_saved_model, for one GraphDef; `saver` is its node that writes checkpoints, which
    only saving runs. Raises Refusal "not-trusted"."""
    for op in _found(definition, saver):
        raise Refusal(
            "not-trusted",
            f"{name} {WHAT[op]} when it runs (its op {op}); open it as trusted if you know where"
            " it comes from.",
        )


def check_lite(data: bytes, name: str) -> None:
    """As check_saved_model, for a .tflite file, where TensorFlow's own ops bear a prefix."""
    for op in WHAT:
        if b"Flex" + op.encode() in data:
            raise Refusal(
                "not-trusted",
                f"{name} {WHAT[op]} when it runs (its op {op}); open it as trusted if you know"
                " where it comes from.",
            )


def _meta_graphs(path: Path) -> list[Any]:
    model = saved_model_protos.SavedModel()
    binary = path / "saved_model.pb"
    if binary.exists():
        model.ParseFromString(binary.read_bytes())
    else:
        text_protos.Parse((path / "saved_model.pbtxt").read_text(encoding="utf-8"), model)
    return list(model.meta_graphs)


def _found(definition: Any, saver: str) -> Iterator[str]:
    """Ops that reach beyond the graph; a checkpoint's that the saver alone calls are none."""
    bodies = {body.signature.name: body for body in definition.library.function}
    calls = {name: _called(body.node_def, bodies) for name, body in bodies.items()}
    savers = [node for node in definition.node if saver and node.name == saver]
    # The saver's node writes by itself, or calls the function that does.
    own = _closure(_called(savers, bodies), calls)
    others = [body.node_def for name, body in bodies.items() if name not in own]
    plain = _closure(
        {name for nodes in others for name in _called(nodes, bodies)}
        | _called([node for node in definition.node if node.name != saver], bodies),
        calls,
    )
    alone = own - plain
    for node in definition.node:
        writes = bool(saver) and node.op in _CHECKPOINT and _is_for_saver(node.name, saver)
        if node.op in WHAT and not writes:
            yield node.op
    for name, body in bodies.items():
        for node in body.node_def:
            if node.op in WHAT and not (name in alone and node.op in _CHECKPOINT):
                yield node.op


def _is_for_saver(name: str, saver: str) -> bool:
    """Savers of TensorFlow 1 keep all that they need in their own name scope."""
    return name == saver or name.split("/")[0] == saver.split("/")[0]


def _called(nodes: Iterable[Any], bodies: dict[str, Any]) -> set[str]:
    """Functions that nodes call or hand on."""
    found: set[str] = set()
    for node in nodes:
        if node.op in bodies:
            found.add(node.op)
        for value in node.attr.values():
            names = [value.func.name, *(each.name for each in value.list.func)]
            found.update(name for name in names if name in bodies)
    return found


def _closure(start: set[str], calls: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += calls[name]
    return found
