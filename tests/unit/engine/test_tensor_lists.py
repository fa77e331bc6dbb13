"""Lists of tensors, as far as their items are known."""

from __future__ import annotations

from typing import Any

import numpy as np

from opscope.tracers.engine.tensor_lists import Listed, list_outputs

ROWS: Any = np.arange(6.0).reshape(3, 2)


def outputs(type_: str, *inputs: object, own: Any = None) -> list[Any] | None:
    def plain(place: int) -> Any:
        found = inputs[place]
        return None if isinstance(found, Listed) else found

    return list_outputs(type_, inputs, plain, lambda: own)


def test_a_tensor_becomes_a_list_whose_items_are_read():
    (listed,) = outputs("TensorListFromTensor", ROWS, None) or []
    (item,) = outputs("TensorListGetItem", listed, np.array(1), None) or []
    assert item.tolist() == [2.0, 3.0]


def test_an_item_is_written_to_a_list_of_its_own():
    (before,) = outputs("TensorListSetItem", None, np.array(0), ROWS[2]) or []
    (after,) = outputs("TensorListSetItem", before, np.array(1), ROWS[1]) or []
    assert sorted(before.items) == [0]
    assert sorted(after.items) == [0, 1]
    (stacked,) = outputs("TensorListStack", after, None, own=np.zeros((3, 2))) or []
    assert stacked.tolist() == [[4.0, 5.0], [2.0, 3.0], [0.0, 0.0]]


def test_nothing_is_made_up_where_too_little_is_known():
    assert outputs("TensorListStack", None, None, own=ROWS) == []
    assert outputs("TensorListGetItem", Listed({}), None, None) == []
    assert outputs("TensorListSetItem", Listed({}), np.array(0), None) == []
    assert outputs("MatMul", ROWS, ROWS) is None
