"""Goes back to a snapshot, repeats the steps since, and has the bad one of them recorded."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Any

from ..protocol.refusal import Refusal
from . import attaching
from .saying import say
from .step_judge import Kind, Trouble, said
from .step_options import StepOptions
from .step_show import BadStep, show
from .step_trainer import Past, StepNumbers, Trainer
from .user_code import said as said_error

_FEWEST = 3  # steps that a move is compared with
_TOO_FAR = 10.0  # times as far as in those


@dataclass(frozen=True, slots=True)
class _Ran:
    """A step that was repeated.

    Attributes:
        strange: the parameter that is not finite after it, "" for none.
        moves: of each parameter, how far it went, over how large it was.
        rate: the learning rate.
    """

    numbers: StepNumbers
    strange: str
    moves: list[float]
    rate: float | None

    @property
    def wrong(self) -> str:
        """What is not finite, in words; "" where all is in order."""
        for name, number in (("loss", self.numbers.loss), ("gradients' norm", self.numbers.norm)):
            if number is not None and not math.isfinite(number):
                return f"its {name} is {said(number)}"
        return f"after it, {self.strange} is not finite" if self.strange else ""


@dataclass(frozen=True, slots=True)
class _Culprit:
    """The step to be recorded, the state before it, and the parameter that it moves too far."""

    step: int
    before: Any
    words: str = ""
    moved: str = ""


def replay(
    trainer: Trainer,
    name: str,
    options: StepOptions,
    past: Past,
    bad: int,
    trouble: Trouble,
) -> None:
    """Find the step that made the trouble seen in step `bad`, and show it. All that training
    changes is as it was, when that is done."""
    now = trainer.state(since=past.state)
    try:
        with attaching.alone():
            found = _search(trainer, past, bad, trouble)
        if found is not None:
            _show(trainer, name, options, past, found, f"Step {bad:,}: {trouble.said}.", trouble)
    finally:
        trainer.forget()
        now.restore()


def _search(trainer: Trainer, past: Past, bad: int, trouble: Trouble) -> _Culprit | None:
    past.state.restore()
    ran: list[_Ran] = []
    before = earlier = None  # before the step that runs, and before the one before
    found = bad
    for step in range(past.first, bad + 1):
        spare, earlier = earlier, before
        before = trainer.state(since=past.state, reuse=spare)
        try:
            numbers = trainer.repeat(step, past.calls[step - past.first])
        except Exception as error:  # noqa: BLE001 - told
            kind = type(error).__name__
            say(
                f"The replay did not reproduce step {bad:,}: repeated, step {step:,} raised {kind}:"
                f" {said_error(error)}."
            )
            return None
        ran.append(_Ran(numbers, trainer.not_finite(), trainer.moves(before), trainer.rate))
        if trouble.kind is Kind.NOT_FINITE and ran[-1].wrong:
            found = step
            break
    doubt = _difference(ran, past.seen)
    if doubt:
        say(f"The replay did not reproduce step {bad:,}: {doubt} {trainer.cause(past)}")
        if not _shows(trouble, ran[-1], past.seen.get(bad)):
            return None
        say("It went wrong in the replay as well, so that is shown.")
    words = moved = ""
    if found != bad:
        words = f"It began in step {found:,}: {ran[-1].wrong}."
    elif trouble.kind is Kind.SPIKE and earlier is not None:
        moved, words = _moved(trainer.names(), ran, bad)
        found, before = (bad - 1, earlier) if moved else (found, before)
    if words:
        say(words)
    return _Culprit(found, before, words, moved)


def _show(
    trainer: Trainer,
    name: str,
    options: StepOptions,
    past: Past,
    found: _Culprit,
    why: str,
    trouble: Trouble,
) -> None:
    found.before.restore()
    try:
        call = past.calls[found.step - past.first]
        recording = trainer.recording(call, found.before, f"{name}, step {found.step:,}")
    except Refusal as error:
        say(f"Step {found.step:,} could not be recorded: {error}")
        return
    why = f"{why} {found.words}".strip()
    show(
        BadStep(recording, name, found.before.restore, found.step, why, trouble, found.moved),
        options,
    )


def _moved(names: list[str], ran: list[_Ran], bad: int) -> tuple[str, str]:
    """The parameter that the step before has moved too far, and a sentence on it."""
    rows = ran[:-1]  # without the bad one
    if len(rows) <= _FEWEST:
        return "", ""
    last, others = rows[-1], rows[:-1]
    place = max(range(len(last.moves)), key=last.moves.__getitem__, default=-1)
    if place < 0:
        return "", ""
    usual = statistics.median(row.moves[place] for row in others)
    if last.moves[place] <= _TOO_FAR * usual:
        return "", ""
    rate = ""
    if last.rate is not None and others[-1].rate is not None:
        rate = f", at a learning rate of {said(last.rate)} ({said(others[-1].rate)} before)"
    return names[place], (
        f"It began in step {bad - 1:,}: its update moves {names[place]} by"
        f" {said(last.moves[place])} times its size ({said(usual)} in the steps before){rate}."
    )


def _difference(ran: list[_Ran], seen: dict[int, StepNumbers]) -> str:
    """The first number that is not as it was, as a sentence; "" where all are."""
    for row in ran:
        new, old = row.numbers, seen.get(row.numbers.step)
        if old is None:
            continue
        pairs = (("loss", old.loss, new.loss), ("gradients' norm", old.norm, new.norm))
        for name, one, other in pairs:
            if one is None or other is None or one == other or (one != one and other != other):
                continue
            shown = (said(one), said(other))
            if shown[0] == shown[1]:
                shown = (repr(one), repr(other))
            return f"the {name} of step {new.step:,} was {shown[0]}, now it is {shown[1]}."
    return ""


def _shows(trouble: Trouble, ran: _Ran, seen: StepNumbers | None) -> bool:
    """The replay went wrong in the same way."""
    if trouble.kind is Kind.NOT_FINITE:
        return bool(ran.wrong)
    new = ran.numbers.loss
    if seen is None or seen.loss is None or new is None:
        return False
    return math.isclose(seen.loss, new, rel_tol=0.1)
