"""Source lines that a SavedModel carries (`SaveOptions(save_debug_info=True)`)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..ir import SourceLine
from .lib import debug_info_protos
from .sources import is_users

_FILE = Path("debug", "saved_model_debug_info.pb")
_NUMBER = re.compile(r"^(?:__inference_|__forward_|__backward_)?(.*?)(?:_\d+)?$")


class DebugInfo:
    """The lines by op and function; functions are numbered anew as a model is loaded, so each is
    known by its name without the number and by the ops in it.
    """

    def __init__(self, folder: str) -> None:
        self._functions: dict[str, list[dict[str, tuple[SourceLine, ...]]]] = {}
        self._chosen: dict[int, tuple[Any, dict[str, tuple[SourceLine, ...]]]] = {}
        file = Path(folder) / _FILE
        if file.is_file():
            self._read(file)

    def frames(self, op: Any) -> tuple[SourceLine, ...]:
        """The user's frames of the call that made an op, innermost first; () where unknown."""
        if not self._functions:
            return ()
        graph = op.graph
        if id(graph) not in self._chosen:
            self._chosen[id(graph)] = (graph, self._choose(graph))
        return self._chosen[id(graph)][1].get(op.name, ())

    def _choose(self, graph: Any) -> dict[str, tuple[SourceLine, ...]]:
        names = {op.name for op in graph.get_operations()}
        candidates = self._functions.get(_base(getattr(graph, "name", "")), [])
        if not candidates:
            return {}
        return max(candidates, key=lambda ops: len(names & ops.keys()))

    def _read(self, file: Path) -> None:
        info = debug_info_protos.GraphDebugInfo()
        try:
            info.ParseFromString(file.read_bytes())
        except Exception:  # noqa: BLE001 - protobuf's own error; lines are no reason to refuse
            return
        frames: dict[int, SourceLine | None] = {}
        for number, frame in info.frames_by_id.items():
            name = info.files[frame.file_index] if frame.file_index < len(info.files) else ""
            line = SourceLine(name, frame.line, frame.func.removeprefix("tf__"))
            frames[number] = line if is_users(name) else None
        lines: dict[int, tuple[SourceLine, ...]] = {}
        for number, trace in info.traces_by_id.items():
            found = [frames.get(frame) for frame in trace.frame_id]
            lines[number] = tuple(line for line in reversed(found) if line is not None)
        functions: dict[str, dict[str, tuple[SourceLine, ...]]] = {}
        for name, number in info.name_to_trace_id.items():
            op, _, function = name.rpartition("@")
            functions.setdefault(function, {})[op] = lines.get(number, ())
        for function, ops in functions.items():
            self._functions.setdefault(_base(function), []).append(ops)


def _base(function: str) -> str:
    found = _NUMBER.match(function)
    return found.group(1) if found else function
