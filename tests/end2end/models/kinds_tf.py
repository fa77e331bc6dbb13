"""One value of every kind that TensorFlow has, each the output of an op of its own."""

import tensorflow as tf


def build():
    table = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer([1, 2], [3, 4]), default_value=-1
    )
    held = tf.Variable([1.0, 2.0])

    @tf.function
    def kinds(x, uneven, scattered):
        words = tf.strings.as_string(x)
        rows = tf.TensorArray(tf.float32, size=2)
        rows = rows.write(0, x[0, 0]).write(1, x[1, 0])
        held.assign_add([1.0, 1.0])
        return (
            tf.sin(x),
            tf.cast(x, tf.float64),
            tf.cast(x, tf.float16),
            tf.cast(x, tf.bfloat16),
            tf.cast(x, tf.dtypes.experimental.float8_e4m3fn),
            tf.cast(x, tf.dtypes.experimental.float8_e5m2),
            x > 0,
            tf.cast(x, tf.int64),
            tf.cast(x, tf.uint8),
            tf.complex(x, -x),
            tf.quantization.quantize(x, -3.0, 3.0, tf.qint8).output,
            words,
            tf.strings.join([words[0, 0, 0, 0], " and more"]),
            uneven * 2.0,
            uneven.to_tensor(),
            tf.sparse.to_dense(scattered),
            scattered * 2.0,
            rows.stack(),
            table.lookup(tf.cast(x[0, 0, 0], tf.int32)),
            tf.reduce_sum(x),
            x[:0],
            tf.reshape(x, [-1]),
            x[None, None],
            tf.math.log(-tf.abs(x) - 1.0),
            tf.math.reciprocal(tf.zeros_like(x)),
            tf.raw_ops.RaggedTensorToVariant(
                rt_nested_splits=[uneven.row_splits],
                rt_dense_values=uneven.values,
                batched_input=False,
            ),
            held.read_value(),
        )

    x = tf.reshape(tf.linspace(-2.0, 3.0, 120), (2, 3, 4, 5))
    kinds.table = table  # a function holds its table by a weak reference alone
    uneven = tf.RaggedTensor.from_row_lengths([1.0, 2.0, 3.0, 4.0, 5.0], [2, 0, 3])
    scattered = tf.sparse.from_dense([[0.0, 1.0], [2.0, 0.0]])
    return kinds, (x, uneven, scattered)
