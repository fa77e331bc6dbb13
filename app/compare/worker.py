"""Runs both models of a comparison, compares, and then answers for their values. No Qt here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ...tracers.compare.by_way import compare_by
from ...tracers.compare.comparing import CannotCompare
from ...tracers.compare.inputs import NoSuchInputs
from ...tracers.compare.levels import levels_of
from ...tracers.compare.result import Comparison, Pair
from ...tracers.compare.side import Side
from ...tracers.compare.ways import Against
from ...tracers.compare.wishes import NO_WISHES, Cancelled, Wishes
from ...tracers.ir import OUTSIDE, Ref
from ...tracers.protocol.refusal import Refusal
from ...widgets.compare.story import Half, Story
from ..headless.compare_opening import Opened, Opening, open_first, open_second
from ..headless.compare_ways import both_choices, check_fit
from ..headless.trace import CouldNotRun
from ..naming import window_words
from .choice import PairChoice
from .events import (
    RAISED,
    Compared,
    Event,
    Failed,
    Head,
    Idle,
    Lost,
    NotAligned,
    NoValues,
    Source,
    Stage,
    Written,
)
from .heads import head_of
from .report import write_report
from .starting import Heard, Starter, two_sides
from .values import NoElements, both_of

_PATIENCE = 60.0  # seconds for a file of source
_PROGRESS = ("progressStart", "progressUpdate")

Job = Callable[["Sides"], None]


@dataclass(frozen=True, slots=True)
class Sides:
    """Both runs, which are over, and the way that made B of A."""

    a: Opened
    b: Opened
    against: Against | None = None

    def of(self, name: str) -> Side:
        """By "A" or "B"."""
        return (self.a if name == "A" else self.b).side


class Worker:
    """`run` in a thread of its own; everything else from any thread.

    In that thread `tell` takes the events, `rest` is called often, between pieces of work, and
    `prepare` gathers what a comparison's view would take long to, before it is told of.
    """

    def __init__(
        self,
        choice: PairChoice,
        tell: Callable[[Event], None],
        rest: Callable[[], None],
        prepare: Callable[[Story], None] = lambda story: None,
    ) -> None:
        self._choice, self._tell, self._rest, self._prepare = choice, tell, rest, prepare
        self._starters = tuple(Starter(partial(self._listen, name)) for name in "AB")
        self._title = ""
        self._over = threading.Event()  # nothing of this is wanted any more
        self._halted = threading.Event()  # the alignment that goes on is not
        self._changed = threading.Condition()
        self._jobs: dict[str, Job] = {}

    # What is asked for

    def align(self, wishes: Wishes) -> None:
        """Compare once more; told by Compared or NotAligned."""
        self._halted.clear()
        self._want("align", partial(self._align, wishes))

    def halt(self) -> None:
        """Compare no further; what was compared before holds."""
        self._halted.set()

    def values(self, index: int, pair: Pair, tolerance: float) -> None:
        """The elements of a pair; told by Both or NoValues. A newer request replaces this one."""
        self._want("values", partial(self._values, index, pair, tolerance))

    def source(self, side: str, file: str) -> None:
        """The text of a file; told by Source, and by nothing where it cannot be had."""
        self._want(f"source {side} {file}", partial(self._source, side, file))

    def report(self, path: str, found: Comparison) -> None:
        """Write a page; told by Written."""
        self._want("report", partial(self._report, path, found))

    def give_up(self) -> None:
        """End both models, and the thread."""
        self._over.set()
        for starter in self._starters:
            starter.give_up()
        with self._changed:
            self._changed.notify_all()

    def _want(self, kind: str, job: Job) -> None:
        with self._changed:
            self._jobs.pop(kind, None)
            self._jobs[kind] = job
            self._changed.notify_all()

    # In the thread

    def run(self) -> None:
        """Everything, until `give_up`. Afterwards no process and no file is left."""
        try:
            choice = self._choice
            with (
                both_choices(choice.a, choice.b, choice.against) as (a, b, against),
                two_sides(*self._starters) as exchange,
            ):
                sides = self._opened(replace(choice, a=a, b=b, against=against), exchange)
                if sides is not None and self._compared(sides):
                    self._serve(sides)
        except CouldNotRun as error:
            self._fail(_not_run(error, "B", None))
        except (ConnectionError, Cancelled, OSError) as error:
            self._fail(Failed(f"The comparison could not be done: {error}."))

    def _opened(self, choice: PairChoice, exchange: str) -> Sides | None:
        a, b = self._starters
        one: Opened | None = None
        try:
            self._stage("Running A")
            one = open_first(Opening("A", choice.a, a.start, exchange, choice.budget))
            self._tell(head_of(one))
            check_fit(one, choice.against)
            self._stage("Running B")
            opening = Opening("B", choice.b, b.start, exchange, choice.budget)
            other = open_second(opening, one)
            self._tell(head_of(other))
        except CouldNotRun as error:
            self._fail(_not_run(error, "A" if one is None else "B", one))
            return None
        except NoSuchInputs as error:
            self._fail(Failed(str(error), good=("A", "B")))
            return None
        bad = [each for each in (one, other) if each.error]
        if bad:
            good = tuple(each.side.name for each in (one, other) if not each.error)
            sentence = " ".join(f"{each.side.name} failed: {each.error}." for each in bad)
            self._fail(Failed(sentence, RAISED, bad[0].side.name, good))
            return None
        return Sides(one, other, choice.against)

    def _compared(self, sides: Sides) -> bool:
        """The first comparison; whether there is one."""
        try:
            found = self._compare(sides, NO_WISHES)
        except (CannotCompare, Refusal) as error:
            self._fail(Failed(_worded(str(error)), good=("A", "B")))
            return False
        self._tell_compared(sides, found)
        return True

    def _tell_compared(self, sides: Sides, found: Comparison) -> None:
        story = story_of(self._choice, sides, found)
        self._prepare(story)
        self._tell(Compared(story, heads_of(sides)))

    def _compare(self, sides: Sides, wishes: Wishes) -> Comparison:
        return compare_by(
            sides.against, sides.a.side, sides.b.side, self._stage, wishes, self._unwanted
        )

    def _serve(self, sides: Sides) -> None:
        while (job := self._next()) is not None:
            try:
                job(sides)
            except ConnectionError:
                if not self._over.is_set():
                    self._tell(Lost("A model's process has ended, so its values are gone."))

    def _next(self) -> Job | None:
        with self._changed:
            if not self._jobs:
                self._tell(Idle())
            self._changed.wait_for(lambda: self._over.is_set() or self._jobs)
            if self._over.is_set():
                return None
            return self._jobs.pop(next(iter(self._jobs)))

    # The jobs

    def _align(self, wishes: Wishes, sides: Sides) -> None:
        try:
            found = self._compare(sides, wishes)
        except Cancelled:
            self._tell(NotAligned())
        except (CannotCompare, Refusal) as error:
            self._tell(NotAligned(_worded(str(error))))
        else:
            self._tell_compared(sides, found)

    def _values(self, index: int, pair: Pair, tolerance: float, sides: Sides) -> None:
        try:
            a, b = self._file(sides.a.side, pair.a), self._file(sides.b.side, pair.b)
            both = both_of(index, pair, a, b, tolerance, self._rest)
        except (Refusal, NoElements) as error:
            self._tell(NoValues(index, _worded(str(error))))
        except (OSError, ValueError) as error:
            if isinstance(error, ConnectionError):
                self._tell(NoValues(index, "The model's process has ended."))
                raise
            self._tell(NoValues(index, f"The values could not be read: {error}."))
        else:
            self._tell(both)

    def _file(self, side: Side, ref: Ref) -> str:
        """With a value; where it was let go, the model runs once more for it. Raises Refusal."""
        path = side.hand_out([ref]).get(ref, "")
        if not path and side.live and ref[0] != OUTSIDE:
            path = side.fetch(ref)
        if not path:
            gone = "was let go to stay within the memory for kept values"
            why = "has no elements that can be shown" if side.live else gone
            raise Refusal("no-data", f"{side.name}'s value {why}.")
        return path

    def _source(self, name: str, file: str, sides: Sides) -> None:
        arguments = {"source": {"path": file}, "sourceReference": 0}
        try:
            body = sides.of(name).client.request("source", arguments, _PATIENCE)
        except (Refusal, TimeoutError):
            return  # the place is named, and its text is not shown
        self._tell(Source(name, file, str(body["content"])))

    def _report(self, path: str, found: Comparison, sides: Sides) -> None:
        try:
            write_report(path, self._choice, sides.a, sides.b, found)
        except OSError as error:
            why = error.strerror or str(error)
            self._tell(Written(f"{path} could not be saved: {why}.", False))
        else:
            self._tell(Written(f"Saved to {path}.", True))

    # What is told

    def _listen(self, name: str) -> Heard:
        def heard(message: dict[str, Any]) -> None:
            self._rest()
            if message.get("event") in _PROGRESS and self._title == f"Running {name}":
                body: dict[str, Any] = message["body"]
                self._tell(Stage(self._title, str(body.get("message") or body.get("title") or "")))

        return heard

    def _stage(self, title: str) -> None:
        self._title = title
        self._tell(Stage(title))

    def _unwanted(self) -> bool:
        self._rest()
        return self._over.is_set() or self._halted.is_set()

    def _fail(self, failed: Failed) -> None:
        if not self._over.is_set():
            self._tell(failed)


def _not_run(error: CouldNotRun, side: str, one: Opened | None) -> Failed:
    """A side that could not be run, in the words of the window."""
    good = ("A",) if one is not None and not one.error else ()
    refusal = error.__cause__
    if isinstance(refusal, Refusal):
        return Failed(_worded(str(refusal)), refusal.code, side, good)
    return Failed(_worded(str(error).removeprefix(f"{side}: ")), "", side, good)


def _worded(sentence: str) -> str:
    """Without the command's options, which the dialog has fields for."""
    for option in (" with --python", " with --trust", " with --input"):
        sentence = sentence.replace(option, " in Change…")
    return window_words(sentence).replace(" --against ", " ")


def heads_of(sides: Sides) -> tuple[Head, Head]:
    """How both were run."""
    return head_of(sides.a), head_of(sides.b)


def story_of(choice: PairChoice, sides: Sides, found: Comparison) -> Story:
    """For the view."""
    a, b = (each.side for each in (sides.a, sides.b))
    dtypes = {side.facts.dtype for side in (a, b)}
    return Story(
        Half("A", a.run, a.facts, choice.a.spec),
        Half("B", b.run, b.facts, choice.b.spec),
        found,
        levels_of(dtypes).match,
    )
