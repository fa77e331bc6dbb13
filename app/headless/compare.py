"""`opscope compare`: two runs side by side, and where they first differ."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace

from ...tracers.compare.by_way import compare_by
from ...tracers.compare.comparing import CannotCompare
from ...tracers.compare.inputs import NoSuchInputs
from ...tracers.compare.result import Comparison
from ...tracers.compare.ways import Against
from ...tracers.protocol.refusal import Refusal
from ..choice import LaunchChoice
from ..compare.starting import Heard, Starter, two_sides
from ..share.command import compare_command
from . import compare_page
from .compare_opening import Opened, Opening, open_first, open_second
from .compare_report import as_json, head, report
from .compare_ways import both_choices, check_fit
from .compare_wishes import wishes_of
from .trace import CouldNotRun, Words

EQUAL, DIVERGED, COULD_NOT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class CompareChoice:
    """What to compare. The inputs are A's.

    Attributes:
        json_to: a file, "-" for standard output, "" for sentences alone.
        html_to, markdown_to: files for the result as a page, "" for none.
        against: the way that makes B of A, in which case `b` is not looked at.
        pins, forbidden: couples of ops, as `wishes_of` reads them.
        most: divergences that are looked for.
    """

    a: LaunchChoice
    b: LaunchChoice
    json_to: str = ""
    html_to: str = ""
    markdown_to: str = ""
    against: Against | None = None
    pins: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    most: int = 4


def compare_runs(choice: CompareChoice) -> int:
    """Run both, compare, and give the exit code: 0 equal, 1 diverged, 2 could not be done."""
    for path in (choice.json_to, choice.html_to, choice.markdown_to):
        folder = os.path.dirname(os.path.abspath(path))
        if path not in ("", "-") and not os.path.isdir(folder):
            return _say(f"There is no folder {folder} to write into.")
    try:
        a, b = _Side(), _Side()
        with (
            both_choices(choice.a, choice.b, choice.against) as (one, other, way),
            two_sides(a.starter, b.starter) as exchange,
        ):
            return _compared(replace(choice, a=one, b=other, against=way), a, b, exchange)
    except (CouldNotRun, CannotCompare, NoSuchInputs, Refusal) as error:
        return _say(str(error))
    except BrokenPipeError:  # the reader of our output has gone
        raise
    except ConnectionError as error:
        return _say(f"A model's process ended while the runs were compared: {error}.")
    except OSError as error:
        return _say(f"The comparison could not be done: {error}.")


class _Side:
    """One side's adapter, and what its model says."""

    def __init__(self) -> None:
        self.words = Words()
        self.starter = Starter(self._listen)

    def _listen(self) -> Heard:
        self.words = Words()
        return self.words.heard


def _compared(choice: CompareChoice, a: _Side, b: _Side, exchange: str) -> int:
    one = open_first(Opening("A", choice.a, a.starter.start, exchange))
    check_fit(one, choice.against)
    other = open_second(Opening("B", choice.b, b.starter.start, exchange), one)
    quiet = choice.json_to == "-"
    if not quiet:
        for line in head(one, other):
            print(line)
    failed = [each for each in (one, other) if each.error]
    if failed:
        for each in (one, other):
            if not each.error and not quiet:
                print(f"{each.side.name} ran to its end: {len(each.side.rows)} ops")
        return _say(" ".join(f"{each.side.name} failed: {each.error}." for each in failed))
    for side in (a, b):
        side.words.pass_on()
    words = choice.pins, choice.forbidden, choice.most
    wishes = wishes_of(*words, one.side, other.side)
    found = compare_by(choice.against, one.side, other.side, wishes=wishes)
    if not quiet:
        for line in report(found):
            print(line)
    _write(choice, one, other, found)
    made = found.compilation
    if found.equal and made is not None and made.unreached:
        return _say(f"{made.unreached} The stages before it are equal.")
    return EQUAL if found.equal else DIVERGED


def _write(choice: CompareChoice, one: Opened, other: Opened, found: Comparison) -> None:
    again = compare_command(choice.a, choice.b)
    for path in (choice.html_to, choice.markdown_to):
        if path:
            compare_page.write(path, one, other, found, again)
    if not choice.json_to:
        return
    text = json.dumps(as_json(one, other, found), indent=1, allow_nan=False)
    if choice.json_to == "-":
        print(text)
        return
    with open(choice.json_to, "w", encoding="utf-8") as file:
        file.write(text + "\n")


def _say(sentence: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"opscope: {sentence}\n")
    return COULD_NOT
