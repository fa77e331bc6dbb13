"""What is known of a program that runs under the debugger: the models that it has called."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class CalledModel:
    """A model at a line of the program that calls it.

    Attributes:
        number: by which the debuggee knows it.
        name: its class.
        file: "" where no line of the user's calls it.
        running: a call of it has not come back.
        wanted: its next call is to be stopped at.
    """

    number: int
    name: str
    file: str = ""
    line: int = 0
    calls: int = 0
    running: bool = False
    wanted: bool = False

    @property
    def where(self) -> str:
        """File and line, for a list."""
        return f"{os.path.basename(self.file)}:{self.line}" if self.file else "from a library"


@dataclass(frozen=True, slots=True)
class Program:
    """Attributes:
    name: the script's file, or the module.
    first: the first call of all is to be stopped at.
    any: the next call is, whichever it is.
    run: a run is under way in the window.
    held: number of the model that it is of, -1 for none of the list.
    """

    name: str = ""
    first: bool = False
    any: bool = False
    run: bool = False
    held: int = -1
    models: tuple[CalledModel, ...] = ()

    @property
    def stops(self) -> bool:
        """Some call is to be stopped at."""
        return self.first or self.any or any(model.wanted for model in self.models)


def decode_program(body: dict[str, Any]) -> Program:
    """From the event's body."""
    rows = cast("list[dict[str, Any]]", body["models"])
    return Program(
        name=str(body["name"]),
        first=body["first"] is True,
        any=body["any"] is True,
        run=body["run"] is True,
        held=int(body["held"]),
        models=tuple(CalledModel(**row) for row in rows),
    )


def said_of(program: Program, over: bool) -> str:
    """One line about the program and where it will be stopped."""
    count = len(program.models)
    called = f"{count} model{'' if count == 1 else 's'} called" if count else "no model called yet"
    if over:
        return f"Ended; {called}."
    now = f"Running, {called}"
    if program.run:
        held = next((model.name for model in program.models if model.number == program.held), "")
        now = f"In the window stands a run{f' of {held}' if held else ''}; {called}"
    stop = _stop_of(program)
    return f"{now}; it will stop at {stop}." if stop else f"{now}."


def _stop_of(program: Program) -> str:
    """The calls that it will stop at; "" for none."""
    if program.first:
        return "the first call of a model"
    if program.any:
        return "the next call of any model"
    names = sorted({model.name for model in program.models if model.wanted})
    return f"the next call of {', '.join(names)}" if names else ""
