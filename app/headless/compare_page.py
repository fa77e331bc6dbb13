"""`opscope compare --html`: where two runs first differ, as one page that stands for itself."""

from __future__ import annotations

import os
from pathlib import Path

from ...tracers.compare.result import Comparison, Divergence, OpSide, Pair
from ...tracers.protocol.refusal import Refusal
from ..share.article import code_around, written_rows
from ..share.beside import beside
from ..share.page import Article, Block, Command, Facts, Page, Section, Table, Words
from ..share.text import shape_text
from ..share.writing import write_page
from .compare_opening import Opened
from .compare_report import head, report

_PATIENCE = 60.0  # seconds for one answer
_ROOT = "the model itself"
_ALL_WORDS = 99  # no column of the table holds numbers
_MOST_WEIGHTS = 200


def write(path: str, one: Opened, other: Opened, found: Comparison, command: str) -> None:
    """Write the page, while both debuggees live. Raises OSError."""
    said = report(found)
    divergence = found.divergence
    summary = tuple(said[: said.index("")] if "" in said else said)
    title = "Nothing differs that rounding does not explain"
    shared = Section("In common", tuple(Words(line) for line in summary))
    more = (shared, *_weights(found))
    articles: tuple[Article, ...] = (Article("Comparison", title, summary, "", more[1:]),)
    if divergence is not None:
        title = f"The runs first differ at {_name(divergence.a)} against {_name(divergence.b)}"
        pairs = found.pairs
        first = _article("Comparison", title, one, other, divergence, pairs, more)
        behind = (
            _article("Comparison", _title(number, each), one, other, each, pairs, ())
            for number, each in enumerate(found.divergences[1:], 2)
        )
        articles = (first, *behind)
    about = f"{one.side.facts.name} against {other.side.facts.name}"
    write_page(Page(title, about, articles, _made(one, other, command)), Path(path))


def _title(number: int, found: Divergence) -> str:
    return f"Divergence {number}: {_name(found.a)} against {_name(found.b)}"


def _article(
    kind: str,
    title: str,
    one: Opened,
    other: Opened,
    found: Divergence,
    pairs: tuple[Pair, ...],
    more: tuple[Section, ...],
) -> Article:
    cause = found.cause
    sentences = (f"Cause, {cause.certainty.value}: {cause.sentence}", _error(found))
    known = tuple(sentence for sentence in sentences if sentence)
    drawing = beside(one.side.run, other.side.run, found, pairs)
    graphs = (Section("Both graphs", (drawing,)),) if drawing is not None else ()
    wheres = _side(one, found.a), _side(other, found.b)
    sections = (_table(found), *graphs, *wheres, *more)
    return Article(kind, title, known, "", sections)


def _weights(found: Comparison) -> tuple[Section, ...]:
    """How they pair up; nothing where none is known."""
    if not found.weights:
        return ()
    cells = tuple(
        (
            row.a or "none",
            row.b or "none",
            shape_text(row.shape_a) if row.a else "",
            shape_text(row.shape_b) if row.b else "",
            "" if row.error is None else f"{row.error:.1e}",
            row.hint,
        )
        for row in sorted(found.weights, key=lambda row: not row.hint)[:_MOST_WEIGHTS]
    )
    head = ("A", "B", "Shape in A", "Shape in B", "Apart", "Suspicious")
    blocks: list[Block] = [Table(head, cells, numbers=_ALL_WORDS)]
    if len(found.weights) > _MOST_WEIGHTS:
        blocks.append(Words(f"{len(found.weights) - _MOST_WEIGHTS} more pairs are not shown."))
    return (Section("Weights", tuple(blocks)),)


def _table(found: Divergence) -> Section:
    a, b = found.a, found.b
    rows = [
        ("op", a.type, b.type, False),
        ("module", a.module or _ROOT, b.module or _ROOT, False),
        ("class", a.module_type, b.module_type, False),
        *found.attributes,
    ]
    cells = tuple((f"≠ {name}" if off else name, x, y) for name, x, y, off in rows)
    return Section("Side by side", (Table(("", "A", "B"), cells, numbers=_ALL_WORDS),))


def _side(opened: Opened, op: OpSide) -> Section:
    side = opened.side
    record = side.run.records[op.record]
    outputs = "; ".join(f"{shape_text(each.shape)} {each.dtype}" for each in record.outputs)
    rows = (("Execution", f"op {op.record + 1:,} of {len(side.rows):,}"), ("Key", op.key))
    blocks: list[Block] = [Facts((*rows, ("Outputs", outputs or "none")))]
    if op.line:
        blocks.append(Words(f"{op.file}, line {op.line}"))
        code = code_around(op.file, _source(opened, op.file), op.line)
        if code is not None:
            blocks.append(code)
    return Section(f"Where in {side.name}", tuple(blocks))


def _source(opened: Opened, file: str) -> str:
    arguments = {"source": {"path": file}, "sourceReference": 0}
    try:
        return str(opened.side.client.request("source", arguments, _PATIENCE)["content"])
    except (Refusal, TimeoutError, KeyError):
        return ""


def _made(one: Opened, other: Opened, command: str) -> tuple[Section, ...]:
    facts = tuple(Words(line) for line in head(one, other))
    made = Section("How the runs were made", (*facts, Facts(written_rows())))
    return made, Section("See it again", (Command(command), Words(f"In the folder {os.getcwd()}")))


def _name(op: OpSide) -> str:
    return f"{op.type} in {op.module}" if op.module else op.type


def _error(found: Divergence) -> str:
    if found.error is None:
        return ""
    where = "On the same inputs they are" if found.local else "They are"
    return f"{where} {found.error:.1e} apart."
