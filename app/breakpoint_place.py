"""What a breakpoint can be set on in a graph: names to choose from, and what a text names."""

from __future__ import annotations

import fnmatch
import os

from ..tracers.ir import Breakpoint, BreakpointKind, Graph
from .points import point_on_line, point_on_module, point_on_op, point_on_type

KINDS = (
    (BreakpointKind.TYPE, "Every op of a type", "Pattern", "softmax, conv*, …"),
    (BreakpointKind.MODULE, "A module, as it is entered", "Pattern", "h.5.attn, layer?.0, …"),
    (BreakpointKind.LINE, "A line of source", "Line", "model.py:61"),
    (BreakpointKind.OP, "One op", "Op", "/h.5/attn/softmax:0"),
)
_GLOBS = "* and ? stand for any letters."


class Places:
    """The ops, modules and files of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._types = [op.type for op in graph.ops]
        self._paths = [scope.path for scope in graph.scopes if scope.path]
        self._files = sorted({line.file for line in graph.sources if line.file})
        self._ops = {op.key: index for index, op in enumerate(graph.ops)}

    def names(self, kind: BreakpointKind) -> list[str]:
        """What there is to choose from."""
        if kind is BreakpointKind.OP:
            return list(self._ops)
        if kind is BreakpointKind.LINE:
            lines = {(line.file, line.line) for line in self._graph.sources if line.file}
            return [f"{self._short(file)}:{line}" for file, line in sorted(lines)]
        return sorted(set(self._types if kind is BreakpointKind.TYPE else self._paths))

    def text_of(self, point: Breakpoint) -> str:
        """A breakpoint's place as it is typed."""
        if point.kind is not BreakpointKind.LINE:
            return point.where
        file, _, line = point.where.rpartition(":")
        return f"{self._short(file)}:{line}"

    def point(self, kind: BreakpointKind, text: str) -> Breakpoint | None:
        """A breakpoint on what a text names; None where it can name nothing."""
        text = text.strip()
        if not text:
            return None
        if kind is BreakpointKind.TYPE:
            return point_on_type(text)
        if kind is BreakpointKind.MODULE:
            return point_on_module(text)
        if kind is BreakpointKind.OP:
            index = self._ops.get(text, -1)
            return Breakpoint(kind, text, text) if index < 0 else point_on_op(self._graph, index)
        name, _, line = text.rpartition(":")
        files = self._files_of(name.strip())
        line = line.strip()
        if len(files) != 1 or not line.isdecimal() or not int(line):
            return None
        return point_on_line(files[0], int(line))

    def about(self, kind: BreakpointKind, text: str) -> tuple[str, bool]:
        """A sentence on what a text names, and whether it is a complaint."""
        text = text.strip()
        if kind is BreakpointKind.LINE:
            return self._about_line(text)
        if kind is BreakpointKind.OP:
            if text in self._ops:
                return f"Op {self._ops[text] + 1} of this graph.", False
            return "The op's key, as the list's tooltip shows it.", False
        if not text:
            return _GLOBS, False
        of_type = kind is BreakpointKind.TYPE
        names = self._types if of_type else self._paths
        found = sum(fnmatch.fnmatchcase(name, text) for name in names)
        noun, plural = "op" if of_type else "module call", "" if found == 1 else "s"
        return f"{found} {noun}{plural} in this graph.", False

    def _about_line(self, text: str) -> tuple[str, bool]:
        if not text:
            return "A file of the model's and a line: model.py:61.", False
        name, colon, line = text.rpartition(":")
        if not colon or not line.strip().isdecimal() or not int(line):
            return "Write the file, a colon and the line: model.py:61.", True
        files = self._files_of(name.strip())
        if not files:
            return f"No op of this graph comes from a file {name.strip()}.", True
        if len(files) > 1:
            return f"There are {len(files)} files of that name; write more of the path.", True
        return files[0], False

    def _files_of(self, name: str) -> list[str]:
        """Files whose path ends so; a file that no op comes from must exist."""
        slashed = name.replace("\\", "/")
        ends = [
            file
            for file in self._files
            if file == name or file.replace("\\", "/").endswith(f"/{slashed}")
        ]
        if not ends and os.path.isabs(name) and os.path.isfile(name):
            return [name]
        return ends if name else []

    def _short(self, file: str) -> str:
        """The end of a path that no other file of the model has."""
        parts = file.replace("\\", "/").split("/")
        for count in range(1, len(parts)):
            name = "/".join(parts[-count:])
            if self._files_of(name) == [file]:
                return name
        return file
