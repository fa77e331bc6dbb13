"""The adapter: owns the debuggee, passes messages on, and outlives whatever happens to it.

One thread and one select loop. Nothing in it ever waits for the debuggee.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from typing import cast

from ..protocol.framing import Frame, Framer, Malformed, pack
from ..protocol.refusal import Refusal
from .child import Child
from .epitaph import CUT_OFF, Registrar, last_words
from .guest import Guest
from .hub import Hub
from .link import ClientGone, Link, own_descriptors
from .loop import Loop
from .printed import Printed
from .relay import join
from .replay import BREAKPOINT_COMMANDS, Replay, unverified
from .replies import CAPABILITIES, Json, event, output, refusal, success
from .source_text import SourceText
from .starting import script_of, start

START_SECONDS = 60.0  # a Python that has said nothing by then is none
GRACE_SECONDS = 0.5  # from `terminate` to SIGINT
SILENT_SECONDS = 1.0  # from the end of the protocol to that of a process that goes on without it
KILL_SECONDS = 1.3  # from SIGINT to SIGKILL
DEAF_SECONDS = 0.3  # the same, of one that has not answered
SOURCES = "opscope/sources"
PASSED_ON = frozenset(
    {"opscope/graph", "opscope/graphGrew", "opscope/records", "opscope/summaries", "opscope/tensor"}
)
TOLD = 64  # exit code of a start that has printed one sentence on why it cannot be

_MOST_ERRORS = 1 << 16  # characters that are remembered
_OWN_SEQ = 1 << 40  # requests of the adapter's own, apart from the client's


class Supervisor:
    """Serves clients until the last one goes away."""

    def __init__(self, link: Link) -> None:
        """`link`: of the client that has started it; others may join."""
        self._clients = Hub(link)
        self._tell = self._clients.tell
        self._loop = Loop()
        self._own_seq = itertools.count(_OWN_SEQ)
        self._replay = Replay()
        self._sources = SourceText()
        self._loads = 0
        # The debuggee, and what belongs to this one alone.
        self._child: Child | Guest | None = None
        self._child_framer = Framer(PASSED_ON)
        self._printed: Printed | None = None
        self._registrar = Registrar()
        self._pending: dict[int, Json] = {}
        self._launching: Json | None = None  # the client's request that waits for the model
        self._launch_seq = 0
        self._hello_seq = 0
        self._ending = False  # the user asked for its end
        self._end_seq = 0  # the adapter's request for that, until it is answered
        self._last_words = ""
        self._errors = ""  # the end of what it has written to its standard error

    def run(self) -> None:
        """Until the client disconnects or goes away; leaves no process behind."""
        self._clients.begin(self._loop, self._serve)
        try:
            while self._loop.going:
                self._clients.settle()
                self._turn()
        except ClientGone:
            pass
        finally:
            if self._child is not None:
                self._child.kill()
                self._child.wait()
            self._clients.end()

    def _turn(self) -> None:
        """Wait for something to happen, and deal with it."""
        child = self._child
        if child is not None:
            if child.wants_write:
                self._loop.watch(child.input, child.write, write=True)
            else:
                self._loop.leave(child.input)
        for descriptor, act in self._loop.wait():
            known = self._child is child or self._clients.owns(descriptor)
            if self._loop.going and known:
                act()
        if self._child is not None and (code := self._child.poll()) is not None:
            self._bury(self._child, code)
        self._loop.run_timers()

    # The client

    def _serve(self, request: Json) -> None:
        arguments = request.get("arguments")
        if arguments is None:
            arguments = {}
        if not isinstance(arguments, dict):
            self._tell(refusal(request, "bad-arguments", "The arguments must be an object."))
            return
        handler = self._handlers().get(request["command"], self._forward)
        try:
            handler(request, cast(Json, arguments))
        except Refusal as error:
            self._tell(refusal(request, error.code, str(error)))

    def _handlers(self) -> dict[str, Callable[[Json, Json], None]]:
        own: dict[str, Callable[[Json, Json], None]] = {
            "initialize": self._initialize,
            "launch": self._launch,
            "attach": self._attach,
            "configurationDone": self._configuration_done,
            "threads": self._threads,
            "source": self._source,
            "restart": self._restart,
            "terminate": self._terminate,
            "disconnect": self._disconnect,
            "opscope/stacks": self._stacks,
        }
        return own | dict.fromkeys(BREAKPOINT_COMMANDS, self._breakpoints)

    def _initialize(self, request: Json, arguments: Json) -> None:
        self._replay.client = arguments
        if self._child is not None:
            self._ask("initialize", {**arguments, **self._names()})
        self._tell(success(request, CAPABILITIES))
        self._tell(event("initialized"))

    def _launch(self, request: Json, arguments: Json) -> None:
        if self._child is not None:
            raise Refusal("launched", "A model is already loaded; use restart to run it anew.")
        self._replay.launch = arguments
        self._start(request)

    def _attach(self, request: Json, arguments: Json) -> None:
        if self._child is not None:
            raise Refusal("launched", "A model is already loaded; close it to attach to another.")
        path = arguments.get("socket")
        if not isinstance(path, str):
            raise Refusal("bad-arguments", 'To attach, name the "socket" of a program that waits.')
        self._meet(request, Guest(path))
        self._launch_seq = self._ask("attach", arguments)

    def _restart(self, request: Json, arguments: Json) -> None:
        changed = arguments.get("arguments")
        if isinstance(changed, dict):
            self._replay.launch = cast(Json, changed)
        if isinstance(self._child, Guest):
            raise Refusal(
                "not-ours", "This run is your program's own; run the program once more to see it."
            )
        if self._replay.launch is None:
            raise Refusal("not-launched", "Nothing was launched yet, so nothing can restart.")
        if self._child is not None:
            child = self._child
            self._ending = True
            child.kill()
            self._drain(child)
            self._part("The debuggee was restarted.")
            child.wait()
            child.close()
        self._start(request)

    def _terminate(self, request: Json, arguments: Json) -> None:
        self._tell(success(request))
        child = self._child
        if child is None:
            return
        if self._ending:  # asked for once more: whoever waits is not to wait longer
            child.kill()
            return
        self._ending = True
        self._end_seq = self._ask("terminate", {})
        self._after(GRACE_SECONDS, child, lambda: self._interrupt(child))

    def _disconnect(self, request: Json, arguments: Json) -> None:
        self._tell(success(request))
        self._loop.going = False

    def _configuration_done(self, request: Json, arguments: Json) -> None:
        self._replay.configured = True
        if self._child is not None:
            self._ask("configurationDone", {})
        self._tell(success(request))

    def _breakpoints(self, request: Json, arguments: Json) -> None:
        kept = self._replay.breakpoints(request["command"], arguments)
        if self._child is not None:
            self._forward({**request, "arguments": kept}, kept)
        elif request["command"] == "opscope/breakpoints":
            self._tell(success(request, {"lost": [], "problems": []}))
        elif request["command"] == "opscope/watchpoints":
            self._tell(success(request, {"problems": []}))
        else:
            self._tell(success(request, unverified(kept)))

    def _threads(self, request: Json, arguments: Json) -> None:
        self._tell(success(request, {"threads": [{"id": 1, "name": "model"}]}))

    def _source(self, request: Json, arguments: Json) -> None:
        text = self._sources.read(arguments)
        self._tell(success(request, {"content": text, "mimeType": "text/x-python"}))

    def _stacks(self, request: Json, arguments: Json) -> None:
        self._living().dump_stacks()
        self._tell(success(request))

    def _forward(self, request: Json, arguments: Json) -> None:
        child = self._living()
        self._pending[request["seq"]] = request
        child.send(pack(request))

    def _living(self) -> Child | Guest:
        if self._child is None:
            if self._last_words:
                raise Refusal("ended", f"{self._last_words} Restart to run again.")
            raise Refusal("not-launched", "No model is loaded; send launch first.")
        return self._child

    # The debuggee

    def _start(self, request: Json) -> None:
        launch = self._replay.launch
        assert launch is not None
        if isinstance(spec := launch.get("spec"), str):
            self._sources.allow_spec(spec, launch.get("cwd"))
        child = start(launch)
        self._meet(request, child)
        if script_of(launch) is None:
            self._launch_seq = self._ask("launch", launch)
        else:
            first = launch.get("stopOnEntry") is not False
            self._launch_seq = self._ask("attach", {"stopFirst": first})
        self._after(START_SECONDS, child, lambda: self._give_up(child))

    def _meet(self, request: Json, child: Child | Guest) -> None:
        """Tell a new debuggee all that it must hear before it is told what to run."""
        self._loads += 1
        self._child = child
        self._child_framer = Framer(PASSED_ON)
        self._launching = request
        self._ending = False
        self._end_seq = 0
        self._last_words = ""
        self._errors = ""
        self._loop.watch(child.protocol, self._read_child)
        self._printed = Printed(child, self._loop, self._print)
        self._registrar = Registrar()
        if self._replay.shows_progress:
            title = {"title": "Loading the model", "message": "Starting Python"}
            self._tell(event("progressStart", {"progressId": self._progress, **title}))
        self._hello_seq = self._ask("initialize", {**self._replay.client, **self._names()})
        for command, arguments in self._replay.requests():
            self._ask(command, arguments)

    @property
    def _progress(self) -> str:
        return f"load-{self._loads}"

    def _names(self) -> Json:
        return {"progressId": self._progress} if self._replay.shows_progress else {}

    def _ask(self, command: str, arguments: Json) -> int:
        """Send a request of the adapter's own; its answer does not reach the client."""
        assert self._child is not None
        seq = next(self._own_seq)
        message = {"seq": seq, "type": "request", "command": command, "arguments": arguments}
        self._child.send(pack(message))
        return seq

    def _read_child(self) -> bool:
        """Pass on what has come; False where nothing more can."""
        assert self._child is not None
        data = self._child.read()
        if not data:
            if data == b"":  # closed, not necessarily dead: only waitpid says that
                self._loop.leave(self._child.protocol)
                self._after(SILENT_SECONDS, self._child, self._cut_off)
            return False
        if self._printed is not None:  # what was printed goes before what was sent after it
            self._printed.catch_up()
        for item in self._child_framer.feed(data):
            if isinstance(item, Malformed):
                self._tell(output(f"From the debuggee: {item.why}.\n"))
            elif item.message.get("type") == "response":
                self._answer(item)
            elif item.message.get("event") == SOURCES:
                self._sources.tell(item.message["body"])
            else:
                self._tell(item.message, item.blob, item.body)
        return True

    def _answer(self, frame: Frame) -> None:
        reply = frame.message
        seq = reply["request_seq"]
        if seq == self._launch_seq:
            self._loaded(reply)
        elif seq == self._hello_seq:
            self._hello_seq = 0
        elif seq == self._end_seq:
            self._end_seq = 0
        elif self._pending.pop(seq, None) is not None:
            self._tell(reply, frame.blob, frame.body)

    def _loaded(self, reply: Json) -> None:
        """The model is there, or its one sentence why not."""
        request = self._launching
        assert request is not None
        self._launching = None
        self._end_progress()
        self._tell({**reply, "request_seq": request["seq"], "command": request["command"]})
        if not reply["success"] and self._child is not None:
            child = self._child
            child.kill()
            self._part("The model was not loaded.")
            child.wait()
            child.close()

    def _print(self, text: str, category: str) -> None:
        if category == "stderr":
            self._errors = (self._errors + text)[-_MOST_ERRORS:]
        self._tell(output(text, category))

    def _bury(self, child: Child | Guest, code: int) -> None:
        """The debuggee's process is gone."""
        child.kill()  # what it had started
        self._drain(child)
        found = self._registrar.epitaph(child, code)
        sentence = found.sentence
        launching = self._launching
        if launching is not None:
            words = last_words(self._errors)
            if words and code == TOLD:
                sentence = words
            elif words:
                sentence = f"{sentence.removesuffix('.')}: {words}"
        self._part(sentence)
        child.close()
        self._last_words = sentence
        if launching is not None:
            return
        if not self._ending and found.sudden:
            self._tell(output(sentence + "\n"))
        self._tell(event("exited", found.body))
        self._tell(event("terminated"))

    def _drain(self, child: Child | Guest) -> None:
        """Pass on its last words, all of them."""
        if self._printed is not None:
            self._printed.drain()
        while self._child is child and self._read_child():
            pass

    def _part(self, sentence: str) -> None:
        """Forget the debuggee, answering whatever still waits for it."""
        child = self._child
        assert child is not None
        for fd in (child.protocol, child.input):
            self._loop.leave(fd)
        if self._printed is not None:
            self._printed.end()
            self._printed = None
        self._child = None
        waiting = list(self._pending.values())
        self._pending.clear()
        if self._launching is not None:
            self._end_progress()
            waiting.append(self._launching)
            self._launching = None
        for request in waiting:
            self._tell(refusal(request, "ended", sentence))

    def _end_progress(self) -> None:
        if self._replay.shows_progress:
            self._tell(event("progressEnd", {"progressId": self._progress}))

    # Endings

    def _after(self, seconds: float, child: Child | Guest, act: Callable[[], None]) -> None:
        """Act later, if `child` is then still the debuggee."""

        def late() -> None:
            if self._child is child:
                act()

        self._loop.after(seconds, late)

    def _interrupt(self, child: Child | Guest) -> None:
        child.interrupt()
        # What does not even answer holds its interpreter, and will hear no signal.
        seconds = DEAF_SECONDS if self._end_seq else KILL_SECONDS
        self._after(seconds, child, child.kill)

    def _cut_off(self) -> None:
        """It lives, and nothing can be heard from it any more."""
        assert self._child is not None
        self._registrar.why = CUT_OFF
        self._child.kill()

    def _give_up(self, child: Child) -> None:
        if self._hello_seq:
            text = f"The interpreter did not start as Python within {START_SECONDS:.0f} s.\n"
            self._tell(output(text))
            child.kill()


def main(argv: list[str]) -> int:
    """Serve a client over stdin and stdout: `opscope adapter`. With `--join SOCKET` the client
    comes to what another one has opened."""
    if len(argv) == 2 and argv[0] == "--join":
        return join(argv[1])
    if argv:
        os.write(
            2, b"opscope adapter takes --join SOCKET alone; it speaks DAP over stdin/stdout.\n"
        )
        return 2
    Supervisor(Link(*own_descriptors())).run()
    return 0
