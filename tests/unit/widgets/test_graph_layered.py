"""The layered layout on graphs of all kinds: nothing overlaps, nothing runs through a box."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import pytest

from opscope.widgets.graph import ordering, placing
from opscope.widgets.graph.layered import arrange
from opscope.widgets.graph.rows import Box, Layered, Link

Rect = tuple[float, float, float, float]


def rects(boxes: list[Box], found: Layered) -> list[Rect]:
    result: list[Rect] = []
    for at, box in enumerate(boxes):
        less = box.slim if found.slimmed[at] else 0.0
        x, y = found.x[at], found.y[at]
        result.append((x - box.left + less, y, x + box.right - less, y + box.height))
    return result


def assert_sound(boxes: list[Box], links: list[Link], found: Layered) -> None:
    """No overlap; each link routed from box to box, upright, through no box's inside."""
    areas = rects(boxes, found)
    for (i, a), (j, b) in combinations(enumerate(areas), 2):
        apart = a[2] <= b[0] + 0.01 or b[2] <= a[0] + 0.01 or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"boxes {i} and {j} overlap"
    assert len(found.routes) == len(links)
    for link, route in zip(links, found.routes, strict=True):
        assert len(route) >= 2
        for end, node in ((route[0], link.source), (route[-1], link.target)):
            left, top, right, bottom = areas[node]
            assert left - 0.6 <= end[0] <= right + 0.6, f"{link} ends beside its box"
            assert top - 0.6 <= end[1] <= bottom + 0.6, f"{link} ends above or below its box"
        for (x0, y0), (x1, y1) in pairwise(route):
            assert abs(x0 - x1) < 0.01 or abs(y0 - y1) < 0.01, f"{link} runs aslant"
            low_x, high_x, low_y, high_y = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
            for at, (left, top, right, bottom) in enumerate(areas):
                inside = low_x < right - 0.5 and high_x > left + 0.5
                inside = inside and low_y < bottom - 0.5 and high_y > top + 0.5
                assert not inside, f"{link} runs through box {at}"


def some_boxes(dice: random.Random, count: int) -> list[Box]:
    boxes: list[Box] = []
    for _ in range(count):
        half = dice.randint(20, 150)
        aside = dice.choice([0, 0, 60])
        height = dice.choice([32, 32, 40, 200])
        boxes.append(Box(half, half + aside, height, dice.choice([0, 15]), half, half))
    return boxes


@pytest.mark.parametrize("seed", range(0, 160, 20))
def test_random_graphs_with_cycles_and_loops(seed: int) -> None:
    for number in range(seed, seed + 20):
        dice = random.Random(number)
        count = dice.randint(1, 40)
        boxes = some_boxes(dice, count)
        links = [
            Link(dice.randrange(count), dice.randrange(count), dice.randrange(3))
            for _ in range(dice.randint(0, 3 * count))
        ]
        assert_sound(boxes, links, arrange(boxes, links))


@pytest.mark.parametrize("seed", range(0, 160, 20))
def test_random_graphs_without_cycles(seed: int) -> None:
    for number in range(seed, seed + 20):
        dice = random.Random(number)
        count = dice.randint(2, 40)
        boxes = some_boxes(dice, count)
        links: list[Link] = []
        for _ in range(dice.randint(0, 3 * count)):
            a, b = sorted(dice.sample(range(count), 2))
            links.append(Link(a, b, dice.randrange(3)))
        found = arrange(boxes, links)
        assert_sound(boxes, links, found)
        for link in links:
            assert found.y[link.source] < found.y[link.target], "a wire leads upwards"


@pytest.mark.parametrize("seed", range(0, 80, 20))
def test_fewer_sweeps_leave_everything_sound(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many nodes fewer sweeps are made; that costs straightness alone."""
    monkeypatch.setattr(ordering, "EFFORT", 0)
    monkeypatch.setattr(placing, "EFFORT", 0)
    for number in range(seed, seed + 20):
        dice = random.Random(number)
        count = dice.randint(2, 40)
        boxes = some_boxes(dice, count)
        links = [
            Link(dice.randrange(count), dice.randrange(count), dice.randrange(3))
            for _ in range(dice.randint(0, 4 * count))
        ]
        found = arrange(boxes, links)
        assert_sound(boxes, links, found)
        assert found == arrange(list(boxes), list(links))


def test_ports_stand_in_the_upper_and_lower_border() -> None:
    boxes = [Box(50, 50, 32), Box(50, 50, 32), Box(0, 0, 0), Box(0, 0, 0)]
    links = [Link(2, 0, 0), Link(2, 1, 0), Link(0, 1, 1), Link(1, 3, 2)]
    found = arrange(boxes, links, tops=1, bottoms=1)
    assert found.y[2] == 0
    assert found.y[3] == found.height
    assert_sound(boxes, links, found)


@pytest.mark.parametrize("fan", [2, 50, 500])
def test_a_hub_does_not_blow_up(fan: int) -> None:
    boxes = [Box(106, 106, 32)] * (fan + 2)
    links = [Link(0, at, 0) for at in range(1, fan + 1)]
    links += [Link(at, fan + 1, 0) for at in range(1, fan + 1)]
    found = arrange(boxes, links)
    assert found.height < 1200
    assert len({round(y) for y in found.y}) == 3


def test_a_mask_used_by_every_layer_is_one_wire() -> None:
    count = 300
    boxes = [Box(106, 106, 32)] * (count + 1)
    links = [Link(at, at + 1, 0) for at in range(count - 1)]
    links += [Link(count, at, 0) for at in range(count)]
    found = arrange(boxes, links)
    lanes = {round(x) for route in found.routes[count - 1 :] for x, _ in route[1:-1]}
    assert len(lanes) < 12
    assert found.width < 900


def test_a_chain_is_a_straight_line() -> None:
    boxes = [Box(106, 106, 32)] * 30
    links = [Link(at, at + 1, 0) for at in range(29)] + [Link(3, 20, 0), Link(5, 9, 0)]
    found = arrange(boxes, links)
    assert max(found.x) - min(found.x) < 0.01


def test_the_same_graph_gives_the_same_layout() -> None:
    dice = random.Random(5)
    boxes = some_boxes(dice, 60)
    links = [Link(dice.randrange(60), dice.randrange(60), 0) for _ in range(120)]
    assert arrange(boxes, links) == arrange(list(boxes), list(links))


def test_nothing_and_one() -> None:
    assert arrange([], []).routes == []
    assert_sound([Box(5, 5, 5)], [Link(0, 0, 0)], arrange([Box(5, 5, 5)], [Link(0, 0, 0)]))


def test_ten_thousand_in_a_row() -> None:
    boxes = [Box(106, 106, 32)] * 10_000
    links = [Link(at, at + 1, 0) for at in range(9_999)]
    links += [Link(at, min(9_999, at + 7), 0) for at in range(0, 10_000, 5)]
    found = arrange(boxes, links)
    assert all(found.y[link.source] < found.y[link.target] for link in links)


def test_ports_of_a_frame_stand_plumb() -> None:
    """What comes in at the left and goes out at the right leaves where it came in."""
    box = Box(106, 106, 32)
    boxes = [box] * 6 + [Box(0, 0, 0)] * 4
    links = [Link(6, 0, 0), Link(7, 1, 1), Link(0, 2, 2), Link(1, 2, 3), Link(3, 4, 4)]
    links += [Link(2, 5, 5), Link(4, 5, 6), Link(5, 8, 7), Link(3, 9, 8)]
    found = arrange(boxes, links, tops=2, bottoms=2)
    assert found.x[8] == found.x[6]
    assert abs(found.x[9] - found.x[8]) >= 14
    assert min(found.x) >= 0
    assert_sound(boxes, links, found)
