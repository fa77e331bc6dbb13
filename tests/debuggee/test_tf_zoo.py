"""Every function and model of the zoo runs op by op, bit-equal to TensorFlow's own run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import pytest

from opscope.tracers.engine.backend import LoadOptions
from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.tensorflow.loader import LOADER

from .tf_gates import Entering
from .tf_zoo import ZOO, floats

pytestmark = [
    pytest.mark.xdist_group("tensorflow"),
    # Keras 3 copies variables in a way that NumPy 2 warns of.
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy"),
]


# One of each family of keras.applications, at the smallest size that it takes.
FAMILIES = {
    "ConvNeXtTiny": 64,
    "DenseNet121": 64,
    "EfficientNetB0": 64,
    "EfficientNetV2B0": 64,
    "InceptionResNetV2": 75,
    "InceptionV3": 75,
    "MobileNet": 64,
    "MobileNetV2": 64,
    "MobileNetV3Small": 64,
    "NASNetMobile": 64,
    "ResNet50": 64,
    "ResNet50V2": 64,
    "VGG16": 64,
    "Xception": 71,
}


@pytest.mark.parametrize("name", ZOO)
def test_equal_to_tensorflow_with_loops_entered_and_not(
    name: str, record_property: Callable[[str, object], None]
):
    target, args = ZOO[name]()
    record_property("TensorFlow op types", check(target, args, both_ways=True))


QUICK = ("ConvNeXtTiny", "EfficientNetB0", "MobileNetV2", "ResNet50")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.long) for name in FAMILIES],
)
def test_every_family_of_keras_applications(
    name: str, record_property: Callable[[str, object], None]
):
    keras.utils.set_random_seed(0)
    side = FAMILIES[name]
    model: Any = getattr(keras.applications, name)(
        weights=None, input_shape=(side, side, 3), classes=10
    )
    record_property("TensorFlow op types", check(model, (floats(1, side, side, 3),)))
    keras.backend.clear_session()


def check(target: object, args: tuple[Any, ...], both_ways: bool = False) -> list[str]:
    """Map, run and compare bit for bit; the op types that ran."""
    program: Any = LOADER.open(target, (args, {}), LoadOptions(exact=True), lambda _: None)
    builder = GraphBuilder()
    program.draw_map(Recorder(program.backend, builder), lambda _: None)
    builder.mapping = False
    graph = builder.graph
    mapped = len(graph.ops), len(graph.scopes)
    recorder = Recorder(program.backend, builder, Entering())
    program.execute(recorder)
    recorder.finish()
    assert recorder.run.records
    assert (len(graph.ops), len(graph.scopes)) == mapped
    for gate in (Entering(), None) if both_ways else (None,):
        result = program.verify(lambda gate=gate: Recorder(program.backend, builder, gate))
        assert result.equal, (result.max_abs_diff, result.note)
    return sorted({graph.ops[record.op].type for record in recorder.run.records})
