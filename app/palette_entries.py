"""What Ctrl+K lists besides ops: commands, modules, parameters and lines of source; and how ops
that were found are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..tracers.ir import Graph, Run, ScopeKind, ValueKind
from ..widgets.run.completing import Completion
from ..widgets.run.wording import shape_text, shapes_text
from .action_set import ActionSet, key_text
from .actions import all_actions
from .search import Entry

_DISABLED = 30.0
_MENUS = ("Run", "View", "Edit", "Compare", "File", "Help")  # the likeliest first
_SCOPE_ICONS = {
    ScopeKind.MODULE: "box",
    ScopeKind.FUNCTION: "square-function",
    ScopeKind.BRANCH: "split",
    ScopeKind.LOOP: "repeat",
    ScopeKind.GROUP: "layers",
    ScopeKind.BACKWARD: "undo-2",
}
_MODULE, _OP, _PARAMETER, _LINE = 0.5, 1.0, 8.0, 9.0  # weights
_WEIGHTS = (ValueKind.PARAMETER, ValueKind.BUFFER)
OP_WEIGHT = _OP


def entries_of(actions: ActionSet, run: Run | None) -> Iterator[Entry]:
    """Everything that can be found beside ops; made as it is asked for."""
    for row in sorted(all_actions(), key=lambda row: _MENUS.index(row.menu)):
        weight = 0.0 if actions[row.id].isEnabled() else _DISABLED
        text = row.title.rstrip("…")
        key = key_text(row.key) if row.key else ""
        yield Entry("action", row.id, text, row.menu, key, row.icon, weight)
    if run is not None:
        yield from _modules(run.graph)
        yield from _parameters(run.graph)
        yield from _lines(run.graph)


def _modules(graph: Graph) -> Iterator[Entry]:
    for index, scope in enumerate(graph.scopes):
        if index:
            call = f" call {scope.call}" if scope.call > 1 else ""
            mark = _SCOPE_ICONS.get(scope.kind, "box")
            name = scope.path or scope.name
            yield Entry("module", str(index), name, f"{scope.type}{call}", "", mark, _MODULE)


def _parameters(graph: Graph) -> Iterator[Entry]:
    for index, value in enumerate(graph.values):
        if value.kind in _WEIGHTS and value.name:
            note = f"{value.kind.value}  {shape_text(value.shape)}  {value.dtype}"
            yield Entry("value", str(index), value.name, note, "", "package", _PARAMETER)


def _lines(graph: Graph) -> Iterator[Entry]:
    counts = Counter(op.source for op in graph.ops if op.source >= 0)
    for index, count in sorted(counts.items()):
        line = graph.sources[index]
        file = line.file.replace("\\", "/").rpartition("/")[2]
        tail = "1 op" if count == 1 else f"{count:,} ops"
        text = f"{file}:{line.line}"
        yield Entry("line", str(index), text, line.function, tail, "file-code", _LINE)


def op_entry(graph: Graph, op: int) -> Entry:
    """An op: its type; its note, module and shape; its number."""
    row = graph.ops[op]
    shapes = shapes_text([graph.values[value].shape for value in row.outputs])
    words = (row.note, graph.scopes[row.scope].path, shapes)
    note = "  ".join(word for word in words if word)
    return Entry("op", str(op), row.type, note, str(op + 1), row.category.value, _OP)


def completion_entry(index: int, completion: Completion) -> Entry:
    """What the query may go on with."""
    return Entry("complete", str(index), completion.text, completion.about, "Tab", "list-filter")
