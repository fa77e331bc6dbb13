"""Watches training steps: keeps the way back, judges their numbers, and tells of the bad ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .saying import say
from .step_judge import Kind, StepJudge, Trouble
from .step_options import StepOptions, TrainingStopped
from .step_replay import replay
from .step_trainer import Kept, Past, StepNumbers, TooLarge, Trainer


class StepWatcher:
    """Of one training; steps are counted from 1.

    Attributes:
        asleep: nothing more is to be told of it.
        count: the step that runs, or has run last.
    """

    def __init__(
        self, trainer: Trainer, name: str, options: StepOptions, no_replay: str = ""
    ) -> None:
        """`no_replay`: why steps cannot be repeated, in words; "" where they can."""
        self.asleep = False
        self.count = 0
        self._trainer = trainer
        self._name = name
        self._options = options
        self._judge = StepJudge(options, trainer.functions)
        self._every = options.every
        self._state: Any = None
        self._first = 1  # step that the state stands before
        self._calls: list[Kept] = []
        self._held = 0  # bytes of those
        self._seen: dict[int, StepNumbers] = {}
        self._shrunk = False  # it was said that snapshots are taken more often
        self._no_replay = ""
        self._unkept: tuple[int, str] = (0, "")  # a step that cannot be repeated, and why
        if no_replay:
            self._not_replayed(no_replay)

    def before(self, keep: Callable[[], Kept], why_not: str = "") -> None:
        """A step is about to run; `keep` keeps what it is called with. Raises TrainingStopped.

        `why_not`: why this one cannot be repeated; then `keep` is not called.
        """
        if why_not:
            self.count += 1
            self._unkept = self.count, why_not
            return
        if not self._no_replay and (self._state is None or len(self._calls) >= self._every):
            self._snapshot()
        if not (self.asleep or self._no_replay):
            self._keep(keep())
        self.count += 1

    def after(self) -> None:
        """It has run. Raises TrainingStopped."""
        for numbers in self._trainer.ready():
            self._look_at(numbers)

    def settle(self) -> None:
        """As `after`, of all steps that have run."""
        for numbers in self._trainer.ready(all=True):
            self._look_at(numbers)

    def forget(self) -> None:
        """The steps so far cannot be gone back to."""
        self._trainer.forget()
        self._state = None
        self._calls, self._held, self._seen = [], 0, {}

    def sleep(self) -> None:
        """Watch no more."""
        self.asleep = True
        self._trainer.close()
        self.forget()

    def _keep(self, call: Kept) -> None:
        if self._calls and self._held + call.nbytes > self._room:
            self._every = len(self._calls)
            if not self._shrunk:
                self._shrunk = True
                say(
                    f"Batches take {_size(call.nbytes)} a step, so that a snapshot is taken every"
                    f" {self._every:,} steps to stay within {_size(self._options.budget)}."
                )
            self._snapshot()
        if self.asleep or self._no_replay:
            return
        if call.nbytes > self._room:
            self._too_large(self._options.budget - self._room + call.nbytes)
            return
        self._calls.append(call)
        self._held += call.nbytes

    @property
    def _room(self) -> int:
        """Bytes for batches."""
        return self._options.budget - (0 if self._state is None else self._state.nbytes)

    def _snapshot(self) -> None:
        """Of the training as it stands, in the place of the last one."""
        self.settle()
        strange = self._trainer.not_finite() if self._state is not None else ""
        if strange:
            trouble = Trouble(Kind.NOT_FINITE, f"{strange} is not finite after it", True)
            if self._judge.tells(trouble):
                self._tell(self.count, trouble)
        old, self._state = self._state, None
        self._calls, self._held, self._seen = [], 0, {}
        self._first = self.count + 1
        if self.asleep or self._no_replay:
            return
        try:
            self._state = self._trainer.state(reuse=old, room=self._options.budget)
        except TooLarge as error:
            self._too_large(error.nbytes)

    def _too_large(self, nbytes: int) -> None:
        self.forget()
        self._not_replayed(
            f"a snapshot takes {_size(nbytes)}, more than the budget of"
            f" {_size(self._options.budget)}"
        )

    def _not_replayed(self, why: str) -> None:
        self._no_replay = why
        say(f"{self._name} is watched, but not replayed: {why}.")

    def _look_at(self, numbers: StepNumbers) -> None:
        if self._state is not None:
            self._seen[numbers.step] = numbers
        trouble = self._judge.judge(numbers.step, numbers.loss, numbers.norm)
        if trouble is not None:
            self._tell(numbers.step, trouble)

    def _tell(self, step: int, trouble: Trouble) -> None:
        sentence = f"step {step:,} of {self._name}: {trouble.said}."
        say(sentence)
        if self._state is not None and self._first <= step < self._first + len(self._calls):
            past = Past(self._state, self._first, self._calls, self._seen)
            replay(self._trainer, self._name, self._options, past, step, trouble)
        elif self._no_replay:
            say(f"It is not replayed: {self._no_replay}.")
        elif step == self._unkept[0]:
            say(f"It is not replayed: {self._unkept[1]}.")
        if self._options.stop:
            self.sleep()
            raise TrainingStopped(step, sentence[0].upper() + sentence[1:])
        if self._judge.full:
            say(f"{self._name} is not watched any more: enough has been told.")
            self.sleep()


def _size(nbytes: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if nbytes < 1000:
            return f"{nbytes:,.3g} {unit}"
        nbytes /= 1000
    return f"{nbytes:,.3g} GB"
