"""The bundled PyTorch models: each shows what it is there for."""

from __future__ import annotations

import importlib

import pytest
import torch

from opscope.resources.samples import gpt2, resnet18, routing, train_step, unstable_loss
from opscope.tracers.ir import Presence

from .torch_runs import trace

SAMPLES = {
    "gpt2": gpt2,
    "resnet18": resnet18,
    "routing": routing,
    "train_step": train_step,
    "unstable_loss": unstable_loss,
}
MAPS = {"routing": "recorded", "train_step": "dry-run"}


def run(name):
    model, args = SAMPLES[name].build()
    return trace(model, *args)


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_each_sample_is_labelled_and_equal(name):
    sample = importlib.import_module(f"opscope.resources.samples.{name}")
    assert sample.FRAMEWORK == "PyTorch"
    assert sample.TITLE
    assert sample.ABOUT
    traced = run(name)
    assert traced.presences() == {Presence.EXPECTED}
    assert traced.facts.source == MAPS.get(name, "torch.fx")
    assert traced.verify().equal
    lines = {traced.line(record).file for record in traced.run.records}
    assert lines == {sample.__file__}


def test_attention_of_the_gpt_is_causal_and_varied():
    traced = run("gpt2")
    weights = [traced.value(index)[0] for index, _ in traced.records("softmax")]
    assert len(weights) == 6
    for layer in weights:
        assert torch.equal(layer, layer.tril())
        assert torch.allclose(layer.sum(-1), torch.ones(6, 64))
    spread = torch.stack(weights).std(dim=(0, 2, 3))
    assert spread.min() > 0.01


def test_routing_leaves_early_and_skips_experts():
    traced = run("routing")
    scopes = [traced.graph.scopes[frame.scope].path for frame in traced.run.frames]
    layers = {path for path in scopes if path.count(".") == 1 and path.startswith("layers.")}
    assert len(layers) == 4  # of 8
    experts = {path for path in scopes if path.count(".") == 3 and ".experts." in path}
    assert len(experts) < 4 * 8
    assert traced.types.count("bool") == 4


def test_the_first_value_that_is_not_finite_is_the_log():
    traced = run("unstable_loss")
    bad = [
        traced.graph.ops[record.op].type
        for record in traced.run.records
        if not all(summary.finite for summary in record.outputs)
    ]
    assert bad[:3] == ["log", "mul", "sum"]
    assert traced.run.records[-1].outputs[0].nan == 1
