"""The rows about how the graph is seen: camera, following, what is lit, bookmarked views."""

from __future__ import annotations

from functools import partial

from ..widgets.graph.bookmarks import SLOTS
from .commands import Commands, When
from .registry import Action, register

_LIGHT = "Hi&ghlight"
_SHOW, _KEEP = "Boo&kmarked Views", "Bookmark &as"


def _light(reach: str, to: Commands) -> None:
    to.light(reach)


def _show(slot: int, to: Commands) -> None:
    to.show_view(slot)


def _keep(slot: int, to: Commands) -> None:
    to.keep_view(slot)


for _action in (
    Action(
        id="view.full_size",
        text="Full Si&ze",
        menu="View",
        key="Ctrl+0",
        when=When.MAPPED,
        run=lambda to: to.full_size(),
        help="Show the graph at 100 %.",
    ),
    Action(
        id="view.zoom_selection",
        text="Zoom to Se&lection",
        menu="View",
        key="Shift+Space",
        local=True,
        icon="expand",
        when=When.MAPPED,
        run=lambda to: to.zoom_selection(),
        help="Let the selected op or module fill the graph's pane. The key acts while the graph has"
        " the focus.",
    ),
    Action(
        id="view.card",
        text="Details Ca&rd",
        menu="View",
        key="Shift+F1",
        icon="info",
        when=When.SELECTED,
        run=lambda to: to.show_card(),
        help="Tell beside the selected node what is known of it, as where the pointer rests on one."
        " Escape or the same key takes the card away.",
    ),
    Action(
        id="view.follow",
        text="Follo&w the Run",
        menu="View",
        key="Ctrl+Shift+L",
        icon="locate-fixed",
        when=When.MAPPED,
        run=lambda to: to.follow_run(),
        help="Keep the place of the run in sight in the graph, or leave the view where it is.",
    ),
):
    register(_action)

for _reach, _text, _key, _help in (
    ("Inputs", "&Inputs", "Alt+Up", "Light the ops whose outputs the selected op takes."),
    ("Outputs", "&Outputs", "Alt+Down", "Light the ops that take what the selected op makes."),
    (
        "Ancestors",
        "&Ancestors",
        "Alt+Shift+Up",
        "Light everything that the selected op or module depends on.",
    ),
    (
        "Descendants",
        "&Descendants",
        "Alt+Shift+Down",
        "Light everything that depends on the selected op or module.",
    ),
):
    register(
        Action(
            id=f"view.light_{_reach.lower()}",
            text=_text,
            menu="View",
            submenu=_LIGHT,
            key=_key,
            icon="network",
            when=When.MAPPED,
            run=partial(_light, _reach),
            help=f"{_help} All else is dim; the same again ends it.",
        )
    )

register(
    Action(
        id="view.light_none",
        text="&Nothing",
        menu="View",
        submenu=_LIGHT,
        group=1,
        when=When.MAPPED,
        run=lambda to: to.end_light(),
        help="Show all of the graph alike again. In the graph, Escape does so.",
    )
)

for _slot in SLOTS:
    register(
        Action(
            id=f"view.bookmark_{_slot}",
            text=f"View &{_slot}",
            menu="View",
            submenu=_SHOW,
            key=f"Ctrl+{_slot}",
            icon="bookmark",
            when=When.MAPPED,
            run=partial(_show, _slot),
            help="Go to a part of the graph as it was seen when it was bookmarked."
            if _slot == 1
            else "",
        )
    )
for _slot in SLOTS:
    register(
        Action(
            id=f"view.keep_{_slot}",
            text=f"View &{_slot}",
            menu="View",
            submenu=_KEEP,
            key=f"Ctrl+Shift+{_slot}",
            icon="bookmark",
            when=When.MAPPED,
            run=partial(_keep, _slot),
            help="Bookmark what is seen of the graph now." if _slot == 1 else "",
        )
    )
