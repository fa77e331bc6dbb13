"""How a side was run, in the rows that stand before a comparison."""

from __future__ import annotations

from ...tracers.compare.inputs import shape_text
from ..headless.compare_opening import Opened
from ..headless.compare_report import dropouts
from ..headless.report import counted
from .events import Head

_MODE = {True: "training", False: "evaluation", None: "none told"}


def head_of(opened: Opened) -> Head:
    """Of a side that has run."""
    side, facts = opened.side, opened.side.facts
    dropped = dropouts(side)
    inputs = ", ".join(f"{each.name} {shape_text(each.shape)}" for each in opened.inputs)
    framework = f"{facts.framework} {facts.version.partition('+')[0]}".strip()
    rows = (
        ("Model", facts.name),
        ("Framework", framework if side.live else f"{framework}, recorded: no op runs again"),
        ("Numbers", facts.dtype or "unknown"),
        ("Mode", _MODE[facts.training]),
        ("Dropout", f"on in {counted(dropped, 'op')}" if dropped else "off"),
        ("Parameters", f"{facts.parameters:,}"),
        ("Ops", f"{len(side.rows):,}"),
        ("Inputs", inputs or "none"),
    )
    return Head(side.name, opened.spec, rows, opened.told, opened.error)


def differing(a: Head, b: Head) -> frozenset[str]:
    """Names of the rows that the user should look at: what one model does and the other does not
    may be all that they differ in."""
    mine, theirs = dict(a.rows), dict(b.rows)
    return frozenset(
        name for name in ("Numbers", "Mode", "Dropout") if mine.get(name) != theirs.get(name)
    )
