"""The rows about comparing two runs."""

from __future__ import annotations

from functools import partial

from .commands import Commands, When
from .registry import Action, register


def _do(what: str, to: Commands) -> None:
    to.compare(what)


register(
    Action(
        id="file.compare",
        text="Co&mpare Two Runs…",
        menu="File",
        key="Ctrl+D",
        icon="git-compare-arrows",
        run=lambda to: to.compare_runs(),
        help="Run two models on the same inputs and see where they first do something else.",
    )
)

for _what, _text, _key, _icon, _group, _when, _help in (
    (
        "first",
        "&First Divergence",
        "Ctrl+Shift+D",
        "crosshair",
        0,
        When.DIVERGED,
        "Go to where the two runs first do something else.",
    ),
    (
        "next",
        "&Next Divergence",
        "F8",
        "arrow-down",
        0,
        When.DIVERGED,
        "Go to the divergence after the place looked at.",
    ),
    (
        "previous",
        "&Previous Divergence",
        "Shift+F8",
        "arrow-up",
        0,
        When.DIVERGED,
        "Go to the divergence before the place looked at.",
    ),
    (
        "step",
        "&Step Both",
        "F10",
        "redo-dot",
        1,
        When.COMPARED,
        "Go to the next values that both runs have.",
    ),
    (
        "step back",
        "Step &Both Back",
        "Shift+F10",
        "undo-dot",
        1,
        When.COMPARED,
        "Go to the values before that both runs have.",
    ),
    (
        "link",
        "&Linked View",
        "",
        "link",
        1,
        When.COMPARED,
        "Let one graph follow where the other is moved to, or no longer.",
    ),
    (
        "pin",
        "P&in This Match",
        "",
        "pin",
        2,
        When.MATCHED,
        "These two values are the same, whatever their elements; align the runs by that.",
    ),
    (
        "forbid",
        "Forbi&d This Match",
        "",
        "ban",
        2,
        When.MATCHED,
        "These two values are not the same; align the runs without that.",
    ),
    (
        "forget",
        "F&orget Pinned and Forbidden",
        "",
        "pin-off",
        2,
        When.WISHED,
        "Align the runs by what their values tell alone.",
    ),
    (
        "align",
        "&Align Again",
        "",
        "refresh-cw",
        2,
        When.COMPARED,
        "Compare the same runs once more, with what is pinned and forbidden.",
    ),
    (
        "heads",
        "Ho&w Both Ran…",
        "",
        "info",
        3,
        When.COMPARED,
        "Framework, numbers, mode, dropout and inputs of both.",
    ),
    (
        "report",
        "&Report…",
        "Ctrl+S",
        "external-link",
        3,
        When.COMPARED,
        "Write the comparison as one page: both graphs where they part, source, and the cause.",
    ),
    (
        "change",
        "Chan&ge…",
        "",
        "sliders-horizontal",
        4,
        When.COMPARING,
        "Compare with other models, inputs or interpreters.",
    ),
    (
        "again",
        "R&un Both Again",
        "Ctrl+Shift+F5",
        "rotate-ccw",
        4,
        When.COMPARING,
        "Run both models anew, as after an edit of their source, and compare them.",
    ),
    (
        "open A",
        "Open A by I&tself",
        "",
        "log-out",
        4,
        When.COMPARING,
        "End the comparison and open its first model.",
    ),
    (
        "open B",
        "Op&en B by Itself",
        "",
        "log-out",
        4,
        When.COMPARING,
        "End the comparison and open its second model.",
    ),
    (
        "close",
        "&Close Comparison",
        "Ctrl+W",
        "x",
        4,
        When.COMPARING,
        "End both models and go back to what was there before.",
    ),
):
    register(
        Action(
            id=f"compare.{_what.lower().replace(' ', '_')}",
            text=_text,
            menu="Compare",
            group=_group,
            key=_key,
            icon=_icon,
            when=_when,
            run=partial(_do, _what),
            help=_help,
        )
    )
