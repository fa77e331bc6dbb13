"""The rows about the value in the inspector: going to its elements, and knowing more of it."""

from __future__ import annotations

from functools import partial

from .commands import Commands, When
from .registry import Action, register


def _do(what: str, to: Commands) -> None:
    to.look_into_value(what)


for _what, _text, _key, _help in (
    (
        "index",
        "Type an &Index…",
        "Ctrl+I",
        "Show the part of the value that an index says, as NumPy writes it.",
    ),
    (
        "next",
        "Next &Element",
        "Ctrl+Shift+I",
        "Pick the next NaN, the next greatest element, or whatever the inspector looks for.",
    ),
    ("percentiles", "&Percentiles", "", "Show percentiles of the value below its statistics."),
    (
        "follow",
        "&Follow Element over Runs",
        "",
        "Keep what each run of this model gives for the picked element, or no longer.",
    ),
    (
        "origin",
        "&Where From",
        "Ctrl+Shift+O",
        "Show which elements of the op's inputs the picked one came from, and how much each gave.",
    ),
    ("all", "Show &All", "", "Show the whole of both axes again, and the first of the others."),
):
    register(
        Action(
            id=f"value.{_what}",
            text=_text,
            menu="View",
            group=6,
            key=_key,
            submenu="Shown Val&ue",
            when=When.SELECTED,
            run=partial(_do, _what),
            help=_help,
        )
    )
