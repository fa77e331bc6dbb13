"""The second model of a comparison, derived from the first by a way that the user names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from dataclasses import replace

from ...tracers.compare.ways import Against, derived, parse_way, unfit
from ..choice import LaunchChoice
from .compare_opening import Opened
from .trace import COULD_NOT, CouldNotRun

RECORDED = ".opscope"

Both = tuple[LaunchChoice, LaunchChoice, "Against | None"]


@contextlib.contextmanager
def both_choices(a: LaunchChoice, b: LaunchChoice, against: Against | None) -> Generator[Both]:
    """A and B as they are to be opened, and the way to compare them by: None where they are two
    models. Of `b` only the interpreter counts where a way is named. Raises CouldNotRun."""
    if against is None:
        yield a, b, None
        return
    _check_runs(a)
    if against.word == "git" and not a.trusted:
        raise CouldNotRun(
            COULD_NOT,
            f"{against.text} runs the code of another revision; add --trust if you trust it.",
        )
    mine, theirs = derived(against)
    one = replace(a, derive=mine or a.derive, seeded=True)
    yield one, replace(one, derive=theirs, python=b.python), against


def way_of(a: LaunchChoice, b: LaunchChoice) -> Against | None:
    """The way that made one model's B of its A; None where they are two models."""
    if a.spec != b.spec or not b.derive:
        return None
    return parse_way(b.derive[-1])


def check_fit(one: Opened, against: Against | None) -> None:
    """Raises CouldNotRun where A's framework does not know the way."""
    sentence = unfit(against, one.side.facts.framework) if against is not None else ""
    if sentence:
        raise CouldNotRun(COULD_NOT, sentence)


def _check_runs(a: LaunchChoice) -> None:
    if a.spec.lower().endswith(RECORDED):
        raise CouldNotRun(
            COULD_NOT,
            f"{os.path.basename(a.spec)} is a recorded run, which cannot be run in another way;"
            " name the model itself.",
        )
