"""What the worker of a comparison tells the window."""

from __future__ import annotations

from dataclasses import dataclass

from ...widgets.compare.story import Both, Story

RAISED = "raised"  # a model was run, and ended in an error


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done, as a heading; `text` tells more of it, "" for nothing."""

    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """How one side was run, told before anything is compared.

    Attributes:
        name: "A" or "B".
        rows: name and text; the same names for both sides.
        told: on how the inputs came to it, as sentences.
        error: the message where the model raised, else "".
    """

    name: str
    spec: str
    rows: tuple[tuple[str, str], ...]
    told: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison is there. `heads` are A's and B's."""

    story: Story
    heads: tuple[Head, Head]


@dataclass(frozen=True, slots=True)
class Failed:
    """There is no comparison, and both models have been ended.

    Attributes:
        code: a refusal's, RAISED, or "" for none.
        side: whose fault it is, "" for neither's.
        good: names of the sides that ran to their end.
    """

    sentence: str
    code: str = ""
    side: str = ""
    good: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAligned:
    """The comparison could not be made again, or the user ended that; the one before holds."""

    sentence: str = ""


@dataclass(frozen=True, slots=True)
class NoValues:
    """The elements of a pair cannot be had."""

    pair: int
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file of side "A" or "B"."""

    side: str
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A report was written, or why not."""

    sentence: str
    fine: bool


@dataclass(frozen=True, slots=True)
class Idle:
    """All that was asked for has been done."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A side's process ended; what was compared stays on show."""

    sentence: str


Event = (
    Stage | Head | Compared | Failed | NotAligned | Both | NoValues | Source | Written | Lost | Idle
)
