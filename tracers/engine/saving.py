"""Writes a run that stands still into a file, with the values chosen."""

from __future__ import annotations

import re
import time
import tokenize
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import Enum
from typing import Any

from ..ir import OUTSIDE, OpRecord, Ref, TensorSummary
from ..protocol.columns import encode_graph, encode_records, encode_summary
from ..protocol.framing import plain
from ..protocol.json_ir import to_json
from ..protocol.messages import State
from ..protocol.refusal import Refusal
from .explain import explain
from .loaded import Loaded
from .run_file import RunFileWriter
from .saved_columns import columns_of
from .saved_values import refused_value, write_value

_MOST_TEXT = 8 << 20  # bytes of one source file
_ROWS = 400  # bytes that a record takes in the index, roughly

Json = dict[str, Any]
Tell = Callable[[int, int], None]  # bytes written, of how many; raises to break off


class Chosen(str, Enum):
    """Which values go into the file."""

    ALL = "all"  # every output that is kept, and what comes from outside
    PINNED = "pinned"  # pinned outputs, and the inputs
    NONE = "none"  # summaries alone


class Saving:
    """Of one run. On the model's thread, while it stands still."""

    def __init__(self, loaded: Loaded, state: State, extras: Json) -> None:
        """`extras`: what the client wants to find again in the file."""
        self._loaded = loaded
        self._state = state
        self._extras = extras

    def sizes(self) -> dict[str, int]:
        """Bytes that the file will have at most, roughly, by choice."""
        rows = _ROWS * (len(self._loaded.run.records) + len(self._loaded.run.graph.ops)) + 4096
        return {choice.value: rows + self._bytes(choice) for choice in Chosen}

    def write(self, path: str, choice: Chosen, launch: Json, tell: Tell) -> int:
        """The bytes of the file. Raises OSError, and what `tell` raises; then there is no file."""
        total = max(1, self._bytes(choice))
        writer = RunFileWriter(path)
        try:
            size = writer.finish(self._index(writer, choice, launch, lambda n: tell(n, total)))
        except BaseException:
            writer.abandon()
            raise
        return size

    def _index(
        self, writer: RunFileWriter, choice: Chosen, launch: Json, tell: Callable[[int], None]
    ) -> Json:
        loaded = self._loaded
        run, program = loaded.run, loaded.program
        written = 0
        values: dict[Ref, Json] = {}
        for ref in self._outputs(choice):
            tell(written)
            summary = loaded.values.get(ref)[1]
            values[ref] = self._value(writer, loaded.history.get(ref), summary)
            written += summary.nbytes
        outside: Json = {}
        for index in self._outside(choice):
            tell(written)
            try:
                value, summary = loaded.values.get((OUTSIDE, index))
            except Refusal:
                continue
            row = self._value(writer, value, summary)
            outside[str(index)] = {**row, "summary": encode_summary(summary)}
            written += summary.nbytes
        log = loaded.watch.log
        records = [self._record(index, row, values) for index, row in enumerate(run.records)]
        return {
            "saved": time.time(),
            "launch": plain(launch),
            "framework": program.backend.name,
            "facts": plain(to_json(program.facts)),
            "map": plain(to_json(loaded.map)),
            "state": plain(to_json(replace(self._state, cursor=None))),
            "graph": encode_graph(run.graph),
            "rows": encode_records(records, run.frames, 0, 0),
            "log": {
                "starts": log.starts[:],
                "ends": log.ends[:],
                "sources": log.sources[:],
                "leaves": [int(leaf) for leaf in log.leaves],
            },
            "values": columns_of(values),
            "outside": outside,
            "choice": choice.value,
            "pins": [list(ref) for ref in loaded.pins.refs()],
            "findings": plain(to_json(self._findings())),
            "texts": self._texts(writer),
            "extras": plain(self._extras),
        }

    def _value(self, writer: RunFileWriter, value: object, summary: TensorSummary) -> Json:
        backend = self._loaded.program.backend
        axes = len(backend.describe(value)[0] or ())
        try:
            array = backend.cut(value, (slice(None),) * axes)
        except Refusal as error:
            return refused_value(summary.dtype, str(error))
        return write_value(writer, array, summary.dtype)

    def _record(self, index: int, row: OpRecord, values: dict[Ref, Json]) -> OpRecord:
        """As it is known in the file: kept is what is in it."""
        outputs = tuple(
            replace(summary, kept=(index, slot) in values)
            for slot, summary in enumerate(row.outputs)
        )
        return replace(row, outputs=outputs)

    def _findings(self) -> list[Any]:
        loaded = self._loaded
        with loaded.program.backend.functions.quiet():
            return list(explain(loaded.run, loaded.values, loaded.program.backend))

    def _texts(self, writer: RunFileWriter) -> Json:
        """The source files that the run names, as far as they can be read."""
        found: Json = {}
        for path in sorted({row.file for row in self._loaded.run.graph.sources}):
            try:
                with tokenize.open(path) as lines:
                    text = lines.read(_MOST_TEXT)
            except (OSError, SyntaxError, UnicodeError):
                continue
            found[path] = list(writer.put(text.encode()))
        return found

    def _bytes(self, choice: Chosen) -> int:
        loaded = self._loaded
        total = sum(loaded.history.size(ref) for ref in self._outputs(choice))
        for index in self._outside(choice):
            value = loaded.run.graph.values[index]
            known = loaded.values.known((OUTSIDE, index))
            total += known.nbytes if known is not None else _at_most(value.shape, value.dtype)
        return total

    def _outputs(self, choice: Chosen) -> Iterable[Ref]:
        loaded = self._loaded
        if choice is Chosen.NONE:
            return []
        pinned = set(loaded.pins.refs())
        kept = sorted(ref for ref in loaded.history if ref[0] < len(loaded.run.records))
        return kept if choice is Chosen.ALL else [ref for ref in kept if ref in pinned]

    def _outside(self, choice: Chosen) -> Iterable[int]:
        values = self._loaded.run.graph.values
        if choice is Chosen.NONE:
            return []
        return [
            index
            for index, value in enumerate(values)
            if value.op < 0 and (choice is Chosen.ALL or value.kind.value == "input")
        ]


def _at_most(shape: tuple[int, ...] | None, dtype: str) -> int:
    """Bytes of a value that has not been looked at."""
    count = 1
    for extent in shape or ():
        count *= max(extent, 0)
    bits = re.search(r"\d+", dtype)
    return count * (max(1, int(bits[0]) // 8) if bits else 4)
