from __future__ import annotations

import pytest

from opscope.tracers.ir import Category, categorize


@pytest.mark.parametrize(
    ("category", "types"),
    [
        (Category.MATMUL, "matmul linear conv2d Conv2D MatMul BatchMatMulV2 addmm einsum lstm"),
        (Category.NORM, "layer_norm batch_norm FusedBatchNormV3 group_norm rms_norm normalize"),
        (Category.REDUCE, "softmax sum mean Mean MaxPool max_pool2d ArgMax cumsum logsumexp"),
        (Category.POINTWISE, "relu Relu add AddV2 gelu where mul_ SelectV2 dropout Sigmoid eq"),
        (Category.SHAPE, "reshape transpose view ConcatV2 GatherV2 embedding getitem Cast split"),
        (Category.LOSS, "cross_entropy mse_loss nll_loss SparseSoftmaxCrossEntropyWithLogits"),
        (Category.CONTROL, "While StatelessIf Case StatefulPartitionedCall"),
        (Category.OTHER, "svd fft_rfft MyCustomOp"),
    ],
)
def test_op_types_of_both_frameworks_are_sorted(category: Category, types: str):
    assert {name: categorize(name) for name in types.split()} == dict.fromkeys(
        types.split(), category
    )


def test_aten_names_fall_where_their_ops_do():
    assert categorize("aten.mm") is categorize("mm") is Category.MATMUL
