"""Takes requests off the wire and hands each to its handler, on the thread it belongs to."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from ..protocol.refusal import Refusal
from .live import Live

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back. `then` is done once the answer is sent."""

    body: Json | None = None
    blob: bytes | None = None
    then: Callable[[], None] | None = None


Handler = Callable[[Live, Json], Answer]
Handlers = dict[str, Handler]


class Server:
    """Serves a Live.

    `reader` are handled at once on the thread that reads; `model` on the model's thread, since
    they touch the framework's values, and only while it stands still. `rare` gives more of these,
    once a request comes that is not known otherwise.
    """

    def __init__(
        self, live: Live, reader: Handlers, model: Handlers, rare: Callable[[], Handlers]
    ) -> None:
        self._live = live
        self._reader = reader
        self._model = model
        self._rare: Callable[[], Handlers] | None = rare
        self._cancelled: set[int] = set()
        self._later: dict[int, Later] = {}
        self._postponed: set[int] = set()

    def read(self) -> None:
        """Serve until the wire closes."""
        for message in self._live.wire.messages():
            if message.get("type") == "request" and isinstance(message.get("seq"), int):
                self._take(message)

    def _take(self, request: Json) -> None:
        command = str(request.get("command"))
        if command == "launch":
            self._live.do(lambda: self._launch(request))
        elif command == "cancel":
            self._serve(lambda _, arguments: self._cancel(arguments), request)
        elif self._live.lines.waiting and _is_typed(request):
            self._serve(_give_line, request)
        elif (handler := self._reader.get(command)) is not None:
            self._serve(handler, request)
        elif (handler := self._of_model(command)) is not None:
            known = handler
            self._serve(lambda live, _: self._postpone(live, known, request), request)
        else:
            sentence = f"This debugger does not know the request {command}."
            self._refuse(request, "unknown-request", sentence)

    def _of_model(self, command: str) -> Handler | None:
        if command not in self._model and self._rare is not None:
            self._model = {**self._model, **self._rare()}
            self._rare = None
        return self._model.get(command)

    def _postpone(self, live: Live, handler: Handler, request: Json) -> Answer:
        live.still()
        seq = request["seq"]
        self._postponed.add(seq)

        def serve() -> None:
            if seq in self._cancelled:
                self._refuse(request, "cancelled", "The request was cancelled.")
            else:
                self._serve(handler, request)
            self._postponed.discard(seq)
            self._cancelled.discard(seq)

        live.do(serve)
        raise Postponed

    def _cancel(self, arguments: Json) -> Answer:
        """Break a request off, if it can be; its own answer says whether it was."""
        seq = whole_number(arguments, "requestId", -1)
        if seq in self._postponed:
            self._cancelled.add(seq)
        later = self._later.get(seq)
        if later is not None and later.cancel is not None:
            later.cancel()
        return Answer()

    def _launch(self, request: Json) -> None:
        """On the model's thread, since what a model imports must be imported there."""

        def load(live: Live, arguments: Json) -> Answer:
            live.load(arguments)
            return Answer(then=live.begin_if_ready)

        self._serve(load, request)

    def _serve(self, handler: Handler, request: Json) -> None:
        arguments = cast(Json, request.get("arguments") or {})
        try:
            answer = handler(self._live, arguments)
        except Postponed:
            return
        except Later as later:
            self._later[request["seq"]] = later
            later.begin(lambda answer: self._reply(request, answer))
            if request["seq"] in self._cancelled and later.cancel is not None:
                later.cancel()  # the word came before there was anything to break off
            return
        except Refusal as error:
            self._refuse(request, error.code, str(error))
            return
        except Exception as error:  # noqa: BLE001 - a bug of ours must not take the run with it
            text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
            self._live.wire.print(text, "stderr")
            self._refuse(request, "bug", f"Opscope itself failed: {type(error).__name__}: {error}.")
            return
        self._reply(request, answer)

    def _reply(self, request: Json, answer: Answer | Refusal) -> None:
        self._later.pop(request["seq"], None)
        if isinstance(answer, Refusal):
            self._refuse(request, answer.code, str(answer))
            return
        reply: Json = {
            "type": "response",
            "request_seq": request["seq"],
            "command": request["command"],
            "success": True,
        }
        if answer.body is not None:
            reply["body"] = answer.body
        try:
            self._live.wire.send(reply, answer.blob)
        except ValueError as error:
            self._refuse(request, "too-large", f"The answer cannot be sent: {error}.")
        if answer.then is not None:
            answer.then()

    def _refuse(self, request: Json, code: str, sentence: str) -> None:
        variables = {"sentence": sentence, "code": code}
        error = {"id": 1, "format": "{sentence}", "showUser": True, "variables": variables}
        self._live.wire.send(
            {
                "type": "response",
                "request_seq": request["seq"],
                "command": str(request.get("command")),
                "success": False,
                "message": "cancelled" if code == "cancelled" else sentence,  # DAP's word
                "body": {"error": error},
            }
        )


def _is_typed(request: Json) -> bool:
    """What an editor's user types, which is the line that the model waits for."""
    arguments = cast(Json, request.get("arguments") or {})
    return request.get("command") == "evaluate" and arguments.get("context") == "repl"


def _give_line(live: Live, arguments: Json) -> Answer:
    live.lines.answer(str(arguments.get("expression", "")))
    return Answer({"result": "", "variablesReference": 0})


class Postponed(Exception):
    """The answer comes later, from the model's thread."""


Reply = Callable[[Answer | Refusal], None]


class Later(Exception):
    """The answer comes when something else has come to its end: `begin` is given what takes it.

    Attributes:
        cancel: has the answer come at once, a refusal; None where that cannot be. Set by `begin`.
    """

    def __init__(self, begin: Callable[[Reply], None]) -> None:
        super().__init__()
        self.begin = begin
        self.cancel: Callable[[], None] | None = None


def whole_number(arguments: Json, name: str, default: int | None = None) -> int:
    """An integer argument. Raises Refusal where it is missing, without a default, or no integer."""
    value = arguments.get(name)
    if value is None and default is not None:
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Refusal("bad-arguments", f"The request needs a whole number as {name}.")
