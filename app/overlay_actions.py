"""The rows about overlays: numbers for each op, shown on the graph and in the lists."""

from __future__ import annotations

from functools import partial

from .commands import Commands, When
from .registry import Action, register

_ROWS = (
    ("none", "&None", "Show no overlay."),
    ("health", "&Health", "Colour ops by NaN, infinities, values close to overflow and zeros."),
    ("time", "&Time", "Colour ops and modules by how long they took."),
    ("bytes", "&Bytes", "Colour ops, modules and edges by the size of what was made."),
    ("range", "Value &Range", "Colour ops and edges by the largest |x| of what was made."),
    ("gradient", "&Gradient Norm", "Colour ops and weights by the norm of their gradients."),
    ("watch", "&Watchpoint Hits", "Colour ops and modules by how often they hit a watchpoint."),
    ("user", "&Your Numbers…", "Colour ops by numbers of your own, from a CSV file."),
)


def _show(name: str, to: Commands) -> None:
    to.show_overlay(name)


for _name, _text, _help in _ROWS:
    register(
        Action(
            id=f"view.overlay_{_name}",
            text=_text,
            menu="View",
            submenu="O&verlay",
            group=3,
            when=When.MAPPED,
            run=partial(_show, _name),
            help=_help,
        )
    )

for _action in (
    Action(
        id="view.overlay_next",
        text="Ne&xt",
        menu="View",
        submenu="O&verlay",
        group=4,
        key="F7",
        when=When.MAPPED,
        run=lambda to: to.next_overlay(1),
        help="Show the next overlay; after the last comes none.",
    ),
    Action(
        id="view.overlay_previous",
        text="&Previous",
        menu="View",
        submenu="O&verlay",
        group=4,
        key="Shift+F7",
        when=When.MAPPED,
        run=lambda to: to.next_overlay(-1),
        help="Show the overlay before.",
    ),
    Action(
        id="view.overlay_scale",
        text="Linear or Logarithmic &Scale",
        menu="View",
        submenu="O&verlay",
        group=5,
        when=When.MAPPED,
        run=lambda to: to.switch_overlay_scale(),
        help="Change the scale of the overlay that is shown.",
    ),
    Action(
        id="view.overlay_load",
        text="&Load Your Numbers…",
        menu="View",
        submenu="O&verlay",
        group=5,
        icon="folder-open",
        when=When.MAPPED,
        run=lambda to: to.load_overlay(),
        help="Read a number for each op from a CSV file: key,value or path,value or"
        " path,type,value.",
    ),
):
    register(_action)
