"""The rows about what the graph shows: folds, and the passes of loops."""

from __future__ import annotations

from ..tracers.ir import BACK, CHOOSE, FORTH
from ..widgets.graph.levels import ALL, FEWER, MORE, NONE
from .commands import When
from .registry import Action, register

for _action in (
    Action(
        id="view.fold_shapes",
        text="Fold &Shape Ops",
        menu="View",
        group=-1,
        key="Ctrl+Shift+H",
        icon="layers",
        when=When.MAPPED,
        run=lambda to: to.fold_shape_ops(),
        help="Draw chains of ops that only rearrange a tensor as one node, or each op.",
    ),
    Action(
        id="view.fold_blocks",
        text="Fold Alike &Blocks",
        menu="View",
        group=-1,
        key="Ctrl+Shift+B",
        icon="boxes",
        when=When.MAPPED,
        run=lambda to: to.fold_blocks(),
        help="Draw neighbouring blocks of the same structure as one node again, as before they"
        " were opened.",
    ),
    Action(
        id="view.open_level",
        text="&Open One Level More",
        menu="View",
        submenu="Open an&d Close",
        group=-1,
        key="Ctrl+Shift+Down",
        icon="list-tree",
        when=When.MAPPED,
        run=lambda to: to.open_level(MORE),
        help="Open every closed group that is in sight in the graph.",
    ),
    Action(
        id="view.close_level",
        text="&Close One Level",
        menu="View",
        submenu="Open an&d Close",
        group=-1,
        key="Ctrl+Shift+Up",
        icon="box",
        when=When.MAPPED,
        run=lambda to: to.open_level(FEWER),
        help="Close the innermost open groups of the graph.",
    ),
    Action(
        id="view.open_all",
        text="Open &All Groups",
        menu="View",
        submenu="Open an&d Close",
        group=-1,
        icon="boxes",
        when=When.MAPPED,
        run=lambda to: to.open_level(ALL),
        help="Open every group of the graph. Much to lay out is laid out beside your work.",
    ),
    Action(
        id="view.close_all",
        text="Close All &Groups",
        menu="View",
        submenu="Open an&d Close",
        group=-1,
        icon="box",
        when=When.MAPPED,
        run=lambda to: to.open_level(NONE),
        help="Close every group of the graph but the outermost.",
    ),
    Action(
        id="run.pass_back",
        text="Pre&vious Loop Pass",
        menu="Run",
        group=2,
        key="Alt+PgUp",
        icon="chevron-left",
        when=When.LOOPED,
        run=lambda to: to.turn_pass(BACK),
        help="Look at the selected op in the pass before, of the loop around it. Nothing runs.",
    ),
    Action(
        id="run.pass_forth",
        text="Ne&xt Loop Pass",
        menu="Run",
        group=2,
        key="Alt+PgDown",
        icon="chevron-right",
        when=When.LOOPED,
        run=lambda to: to.turn_pass(FORTH),
        help="Look at the selected op in the pass after, of the loop around it. Nothing runs.",
    ),
    Action(
        id="run.pass_choose",
        text="Go &to Loop Pass…",
        menu="Run",
        group=2,
        icon="repeat",
        when=When.LOOPED,
        run=lambda to: to.turn_pass(CHOOSE),
        help="Look at the selected op in a pass that you name.",
    ),
):
    register(_action)
