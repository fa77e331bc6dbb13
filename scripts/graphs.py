"""Pictures of real models' graphs for docs/graphs.md.

At opening; half open, as a step into the middle of the run leaves it; and fully open, from nearby
and as a whole.
"""

from __future__ import annotations

from pathlib import Path

from opscope.tracers.ir import Graph, Presence

from .driver import Driver

PICTURES = Path("docs/graphs")
MODELS = {
    "resnet50": "tests/benchmarks/resnet50.py:build",
    "gpt2": "scripts/models/gpt2_blocks.py:build",
    "unet": "scripts/models/unet.py:build",
    "moe": "scripts/models/moe.py:build",
    "lstm": "scripts/models/keras_lstm.py:build",
    "efficientnet": "scripts/models/efficientnet.py:build",
}
PLACE = 0.4  # share of the ops before the place at which the later pictures are taken


def take(driver: Driver, name: str) -> None:
    """All pictures of one model."""
    pane = driver.window.workbench.graph
    driver.open(MODELS[name])
    _laid_out(driver)
    driver.grab(PICTURES / f"{name}-opening.png", pane)
    run = driver.session.run
    assert run is not None
    op = _middle(run.graph)
    driver.session.run_to(op=op)
    driver.wait(lambda: driver.paused and run.head.op == op, 60, f"{name} to reach op {op}")
    _laid_out(driver)
    driver.grab(PICTURES / f"{name}-half.png", pane)
    driver.window.actions_["view.open_all"].trigger()
    _laid_out(driver)
    pane.canvas.follow(pane.canvas.marks.live, anew=True)
    _laid_out(driver)
    driver.grab(PICTURES / f"{name}-open.png", pane)
    driver.window.actions_["view.fit"].trigger()
    _laid_out(driver)
    driver.grab(PICTURES / f"{name}-whole.png", pane)


def _middle(graph: Graph) -> int:
    """The op nearest to the place's share that is not in a loop or a function."""
    inside = [bool(row.op >= 0) for row in graph.scopes]
    for scope, row in enumerate(graph.scopes):
        inside[scope] = inside[scope] or (row.parent >= 0 and inside[row.parent])
    plain = [
        index
        for index, op in enumerate(graph.ops)
        if not inside[op.scope] and op.presence is Presence.EXPECTED
    ]
    return plain[int(len(plain) * PLACE)]


def _laid_out(driver: Driver) -> None:
    graph = driver.window.workbench.graph
    driver.wait(lambda: not graph.busy, 60, "the graph")
    driver.wait(lambda: not graph.canvas.gliding, 5, "the graph to stand still")
    driver.settle()
