"""Models of keras.applications: their layers' names and types, and which takes from which.

`keras_layers.json` was written from the models themselves (Keras 3.15): a row for each layer, in
the model's order.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from opscope.tracers.ir import Graph, ValueKind
from tests.unit.widgets.graph_samples import Sketch


class Layer(NamedTuple):
    """One layer.

    Attributes:
        sources: positions of the layers that it takes from.
    """

    name: str
    type: str
    sources: list[int]


@cache
def _all() -> dict[str, list[Layer]]:
    text = Path(__file__).with_suffix(".json").read_text()
    return {name: [Layer(*row) for row in rows] for name, rows in json.loads(text).items()}


def layers(model: str) -> list[Layer]:
    """The layers of a model."""
    return _all()[model]


def graph_of(rows: list[Layer]) -> Graph:
    """A graph with a scope for each layer, and one op in each; an input layer is an input."""
    s = Sketch()
    made: list[int] = []
    for row in rows:
        if not row.sources:
            made.append(s.builder.external(ValueKind.INPUT, row.name, (1, 8), "float32"))
            continue
        back = s.enter(row.name, row.type)
        made.append(s.op(row.type, [made[source] for source in row.sources], (1, 8)))
        s.scope = back
    return s.graph


def chain(names: list[str], type_: str = "Dense") -> list[Layer]:
    """Layers one after another, behind an input."""
    rows = [Layer("input", "InputLayer", [])]
    return rows + [Layer(name, type_, [at]) for at, name in enumerate(names)]
