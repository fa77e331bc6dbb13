"""Every way of writing a model that the debugger must not disturb: the same bits, traced or not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from opscope.tracers.ir import Phase
from opscope.tracers.protocol.refusal import Refusal

from ..debuggee import torch_zoo
from ..debuggee.torch_runs import open_model, trace
from . import flow_models, kind_models
from .backward import training_step, with_gradients

ROWS = {**flow_models.ROWS, **kind_models.ROWS}
MORE = ("dropping", "recurrent", "encoder", "through views", "mixed")  # of those that run elsewhere
# Their outputs are numbers, tokens or stored bits, which no gradient leads to.
WITHOUT_GRADIENT = {"decoder", "numbers", "quantised"}


@pytest.mark.filterwarnings("ignore")  # torch warns of prototypes that are in here on purpose
@pytest.mark.parametrize("name", sorted(ROWS))
def test_a_traced_run_has_the_bits_of_a_plain_one(name):
    row = ROWS[name]
    model, args, kwargs = row.build()
    traced = trace(model, *args, **kwargs)
    assert traced.run.records
    found = iter(traced.types)
    assert all(way in found for way in row.ways), traced.types
    verification = traced.verify()
    assert verification.equal
    assert verification.max_abs_diff in (0.0, None)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [*sorted(ROWS), *sorted(MORE)])
def test_gradients_have_the_bits_of_plain_ones(name):
    model, args, kwargs = ROWS[name].build() if name in ROWS else torch_zoo.make(name)
    args = with_gradients(model, args)
    traced = trace(training_step(model), *args, mapped=False, **kwargs)
    backward = [row for row in traced.run.records if row.phase is Phase.BACKWARD]
    assert bool(backward) == (name not in WITHOUT_GRADIENT)
    left = traced.verify()
    assert left.equal
    assert left.max_abs_diff in (0.0, None)


def test_lazy_layers_that_get_no_weights_are_said():
    model = nn.Sequential(nn.Linear(5, 3), nn.LazyLinear(3))
    with pytest.raises(Refusal) as error:
        trace(model, torch.ones(2, 2))
    assert "lazy layers got no weights from its first call" in str(error.value)


def test_a_first_call_for_lazy_layers_leaves_everything_else_alone():
    model, args, _ = kind_models.ROWS["lazy layers"].build()
    before = torch.get_rng_state()
    program = open_model(model, *args)
    assert torch.equal(torch.get_rng_state(), before)
    assert program.facts.parameters == 5 * 4 + 5 + 10 + 1
    assert model[1].num_batches_tracked.item() == 0
