"""Has the model run anew from its start, to go back in time; tells how that ended."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from ..ir import Place
from ..protocol.messages import STATE, encode_state
from ..protocol.refusal import Refusal
from .backend import ReadOnly
from .failure import failure_of
from .frames import user_line
from .loaded import Loaded
from .recorder import Ended, Unwound
from .replay import Goal, Replay
from .rerun_way import Way
from .watch import Note

if TYPE_CHECKING:
    from .live import Live


class Reruns:
    """Of one session. All is the model thread's, but `depart`, which is the reader's."""

    def __init__(self, live: Live, note: Note) -> None:
        self._live = live
        self._note = note
        self._replay: Replay | None = None  # the newest, until it is told that it is over
        self._next: Goal | None = None  # for which the model is being left

    def depart(self, goal: Goal) -> None:
        """The model is to run anew, up to a goal: `Live.go` lets it, once the request is answered.

        Raises Refusal while it runs, and of a run that cannot run anew.
        """
        loaded, standing = self._live.still(), self._live.standing
        if isinstance(loaded.program, ReadOnly):
            raise Refusal("read-only", loaded.program.read_only)
        self._live.begin_anew(loaded)
        if not goal.back:
            loaded.run.cursor = None
            standing.hits = ()
            standing.why = "The model runs anew, in silence, to come there."

    def carry_out(self, loaded: Loaded, goal: Goal | None) -> None:
        """Run the model from its start; once more wherever it is left for another goal."""
        while True:
            if goal is not None and goal.prepare is not None and not self._prepared(goal.prepare):
                return
            replay = None
            if goal is not None:
                way = Way(self._live.wire, self._live.client, goal.record)
                replay = Replay(loaded, goal, self._note, lambda: self._arrived(loaded), way)
                loaded.publisher.running(True)
            self._replay = replay
            recorder = loaded.recorder() if replay is None else replay.recorder
            try:
                self._live.run_once(loaded, recorder, replay)
                return
            except Unwound:
                loaded.watch.leaving = False
                if replay is not None:
                    replay.way.end()
            except Ended:
                self._live.end()
                return
            goal, self._next = self._next, None
            if goal is None:  # given up on the way
                self._stands_again(loaded)
                return

    def _prepared(self, prepare: Callable[[], None]) -> bool:
        """What a goal needs first is done; False where the user ended it all meanwhile."""
        try:
            prepare()
        except Ended:
            self._live.end()
            return False
        return True

    def leave(self, loaded: Loaded, goal: Goal) -> NoReturn:
        """The run stands, in the midst of the model: unwind that, to run anew. Raises Unwound."""
        self._next = goal
        loaded.watch.leaving = True
        raise Unwound

    def interrupt(self, loaded: Loaded, frame: FrameType | None) -> bool:
        """A pause stops here, inside plain Python; False where no replay is under way."""
        replay = self._replay
        if replay is None or replay.live:
            return False
        replay.interrupt(Place(-1, source=loaded.builder.source(user_line(frame))))
        return True

    def is_as_before(self, loaded: Loaded, error: BaseException | None) -> bool:
        """A replay has come to the end that the run had come to: that is where it stands."""
        replay = self._replay
        if replay is None or replay.live:
            return False
        words = None
        if error is not None:
            before = self._live.standing.error
            words = before if failure_of(loaded, error).text == before else ""
        if not replay.over(words):
            return False
        self._stands_again(loaded)
        return True

    def tell_back(self, loaded: Loaded) -> None:
        """The run stands as it stood before a replay, with more values than before."""
        live, replay = self._live, self._replay
        if replay is not None:
            loaded.publisher.update(record for record, _ in replay.goal.wanted)
        if live.is_opscope:
            live.wire.event(STATE, encode_state(live.state()))
        if live.client.get("supportsInvalidatedEvent") is True:
            live.wire.event("invalidated", {"areas": ["stacks", "variables"]})
        self.tell_done(loaded)

    def tell_done(self, loaded: Loaded) -> None:
        """It is told where the run stands: let whoever wanted it there go on."""
        loaded.edited.tell()
        replay, self._replay = self._replay, None
        if replay is not None and replay.goal.done is not None:
            replay.goal.done(replay.sentence)

    def _stands_again(self, loaded: Loaded) -> None:
        """The run is over as it was before."""
        assert self._replay is not None
        self._replay.way.end()
        loaded.publisher.running(False)
        loaded.gate.drop_pause()
        self._note.write("")
        loaded.run.state = self._replay.goal.state
        self._live.settle(loaded)
        self.tell_back(loaded)

    def _arrived(self, loaded: Loaded) -> None:
        """A replay is over, and the run goes on or ends in its place."""
        live, standing, replay = self._live, self._live.standing, self._replay
        if replay is not None:
            replay.way.end()
        live.start_clock()
        if replay is not None and (replay.sentence or not replay.goal.back):
            loaded.run.cursor = None
            standing.hits, standing.why = (), replay.sentence
        loaded.run.message = standing.error = ""
        loaded.run.failure = standing.raised = None
        standing.stack, standing.exit_code = (), 0
