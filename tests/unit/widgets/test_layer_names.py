"""Blocks among layers that only their names tell of."""

from __future__ import annotations

import random

import pytest

from opscope.widgets.graph.layer_names import Block, blocks, convex, prefixes
from tests.unit.widgets.keras_layers import Layer, chain, layers


def found(rows: list[Layer]) -> list[Block]:
    return blocks([row.name for row in rows], lambda: [row.sources for row in rows])


def titles(parts: tuple[int | Block, ...] | list[Block]) -> list[str]:
    return [part.title for part in parts if isinstance(part, Block)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("block1a_dwconv", ("block1", "block1a")),
        ("conv2_block1_1_conv", ("conv2", "conv2_block1")),
        ("conv2_block1_out", ("conv2", "conv2_block1")),
        ("block_1_expand_BN", ("block_1",)),
        ("expanded_conv_1/expand", ("expanded_conv_1",)),
        ("stage_0_block_2_conv_1", ("stage_0", "stage_0_block_2", "stage_0_block_2_conv_1")),
        ("stem_conv", ("stem",)),
        ("conv2d_3_bn", ("conv2d_3",)),
        ("conv1_1", ()),
        ("relu", ()),
        ("0", ()),
        ("h.11", ()),
    ],
)
def test_a_name_tells_where_a_layer_stands(name: str, told: tuple[str, ...]) -> None:
    assert prefixes(name) == told


def test_efficientnet_has_its_blocks_within_its_stages() -> None:
    made = found(layers("EfficientNetB0"))
    assert titles(made) == [
        "stem",
        "block1a",
        *(f"block{stage}" for stage in range(2, 7)),
        "block7a",
        "top",
    ]
    stages = {block.title: titles(block.parts) for block in made}
    assert stages["block4"] == ["block4a", "block4b", "block4c"]
    assert stages["block6"] == ["block6a", "block6b", "block6c", "block6d"]
    names = [row.name for row in layers("EfficientNetB0")]
    first = next(block for block in made if block.title == "block1a")
    assert all(names[at].startswith("block1a_") for at in first.layers())
    assert len(first.layers()) == sum(name.startswith("block1a_") for name in names)


def test_resnet_has_its_blocks_with_their_shortcuts() -> None:
    made = found(layers("ResNet50"))
    assert titles(made) == ["conv1", "conv2", "conv3", "conv4", "conv5"]
    assert [len(titles(block.parts)) for block in made] == [0, 3, 4, 6, 3]
    names = [row.name for row in layers("ResNet50")]
    block = made[1].parts[0]
    assert isinstance(block, Block)
    assert block.title == "conv2_block1"
    assert {names[at] for at in block.layers()} >= {"conv2_block1_0_conv", "conv2_block1_out"}


def test_mobilenet_has_numbered_blocks_and_densenet_its_stages() -> None:
    mobile = titles(found(layers("MobileNetV2")))
    assert mobile == ["expanded_conv", *(f"block_{number}" for number in range(1, 17))]
    dense = {block.title: len(titles(block.parts)) for block in found(layers("DenseNet121"))}
    assert dense == {
        "conv1": 0,
        "conv2": 6,
        "pool2": 0,
        "conv3": 12,
        "pool3": 0,
        "conv4": 24,
        "pool4": 0,
        "conv5": 16,
    }


def test_names_that_tell_a_kind_and_no_place_make_no_blocks() -> None:
    assert found(layers("NASNetMobile")) == []
    kinds = ["conv2d", "batch_normalization", "activation"]
    numbered = [f"{kind}_{number}" for number in range(30) for kind in kinds]
    assert found(chain(numbered)) == []
    assert found(chain([str(number) for number in range(60)])) == []


def test_few_layers_are_left_alone() -> None:
    parts = ("conv", "bn", "relu", "drop")
    assert found(chain([f"block{n}_{part}" for n in range(6) for part in parts])) == []
    made = found(chain([f"block{n}_{part}" for n in range(7) for part in parts]))
    assert titles(made) == [f"block{n}" for n in range(7)]


def test_unnamed_layers_between_a_blocks_own_belong_to_it() -> None:
    names = [
        name
        for n in range(7)
        for name in (f"unit_{n}_conv", f"re_lu_{n}", f"unit_{n}_bn", f"unit_{n}_proj", f"add_{n}")
    ]
    made = found(chain(names))
    assert [block.title for block in made] == [f"unit_{n}" for n in range(7)]
    assert made[0].layers() == (1, 2, 3, 4), "its own, and the one between, not the one behind"


def test_branches_of_a_block_stand_together_whatever_the_order() -> None:
    rows = [Layer("input", "InputLayer", [])]
    last = 0
    for n in range(8):
        one = len(rows)
        rows += [
            Layer(f"cell{n}_left_conv", "Conv2D", [last]),
            Layer(f"cell{n}_right_conv", "Conv2D", [last]),
            Layer(f"cell{n}_left_bn", "BatchNormalization", [one]),
            Layer(f"cell{n}_right_bn", "BatchNormalization", [one + 1]),
            Layer(f"cell{n}_join", "Add", [one + 2, one + 3]),
        ]
        last = len(rows) - 1
    made = found(rows)
    assert [len(block.layers()) for block in made] == [5] * 8


def test_a_path_that_leaves_and_comes_back_parts_a_block() -> None:
    """Two blocks that feed each other by turns cannot both be one node."""
    names = [f"{'ab'[n % 2]}1_part{'xyz'[n // 20]}{n}" for n in range(60)]
    rows = chain(names)
    made = found(rows)
    assert made == [], "each layer's neighbours are of the other prefix"
    words = [f"{block}1_{'x' * size}" for block in "abc" for size in range(1, 11)]
    late = chain(words)
    late[5] = Layer("b1_before", "Dense", [4])
    made = found(late)
    assert all(convex(block.layers(), [row.sources for row in late]) for block in made)
    assert (1, 2, 3, 4) in [block.layers() for block in made]


@pytest.mark.parametrize("seed", range(12))
def test_blocks_of_any_graph_are_convex_also_together(seed: int) -> None:
    dice = random.Random(seed)
    count = 120
    prefixed = [
        f"block{dice.randrange(9)}{dice.choice('ab')}_x{'yz'[at % 2]}" for at in range(count)
    ]
    rows = [Layer("input", "InputLayer", [])]
    for at, name in enumerate(prefixed, 1):
        near = max(0, at - 15)
        sources = sorted({dice.randrange(near, at) for _ in range(dice.randint(1, 3))})
        rows.append(Layer(name, "Dense", sources))
    made = found(rows)
    sources = [row.sources for row in rows]
    leaves: list[Block] = []
    for block in made:
        assert convex(block.layers(), sources)
        inner = [part for part in block.parts if isinstance(part, Block)]
        leaves += inner or [block]
    owner = {at: number for number, block in enumerate(leaves) for at in block.layers()}
    assert len(owner) == sum(len(block.layers()) for block in leaves), "none stands in two"
    contracted: dict[int, set[int]] = {}
    for at, row in enumerate(rows):
        mine = owner.get(at, -1 - at)
        contracted.setdefault(mine, set()).update(owner.get(s, -1 - s) for s in row.sources)
    contracted = {node: before - {node} for node, before in contracted.items()}
    done: set[int] = set()
    while len(done) < len(contracted):
        ready = [n for n, before in contracted.items() if n not in done and before <= done]
        assert ready, "the blocks feed each other in a circle"
        done.update(ready)


def test_layers_that_feed_each_other_both_ways_are_still_looked_at() -> None:
    rows = chain([f"block{n}_{part}" for n in range(9) for part in ("conv", "bn", "relu", "drop")])
    rows[3] = rows[3]._replace(sources=[2, 9])  # a circle over the first blocks
    made = found(rows)
    sources = [row.sources for row in rows]
    assert made
    assert all(convex(block.layers(), sources) for block in made)
    assert not any(
        {3, 9} & set(block.layers()) and not convex(block.layers(), sources) for block in made
    )
