"""The README's picture of a comparison: the sample that is one model in two frameworks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .driver import Driver

PICTURE = Path("docs/pictures/compare.png")
SAMPLE = "torch_resnet"


def take(driver: Driver) -> None:
    """Compare it as a click on the start page does, and save what the window shows."""
    from opscope.app.compare.events import Compared, Event, Failed
    from opscope.resources.samples.catalogue import samples
    from opscope.widgets.compare.story import Both

    window = driver.window
    told: list[Event] = []
    window.comparing.desk.told.connect(told.append)
    sample = next(sample for sample in samples() if sample.name == SAMPLE)
    window.compare_specs(sample.spec, sample.other)

    def came(*kinds: type) -> bool:
        return any(isinstance(event, kinds) for event in told)

    driver.wait(lambda: came(Compared, Failed), 600, "the comparison")
    for event in told:
        if isinstance(event, Failed):
            raise RuntimeError(event.sentence)
    driver.wait(lambda: came(Both), 60, "the values of the first divergence")
    view = window.comparing.page.view
    graphs = view.graphs.graphs.values()
    driver.wait(
        lambda: not any(graph.busy or graph.canvas.gliding for graph in graphs), 60, "the graphs"
    )
    driver.grab(PICTURE)
    window.comparing.close()
    driver.wait(lambda: not window.comparing.desk.leaving, 60, "both models to end")
