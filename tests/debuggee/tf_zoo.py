"""TensorFlow functions and Keras models of every kind, small, each with its inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import layers

Case = tuple[Any, tuple[Any, ...]]  # what is opened, and its arguments
ZOO: dict[str, Callable[[], Case]] = {}


def case(make: Callable[[], Case]) -> Callable[[], Case]:
    """Register a case under its function's name."""
    ZOO[make.__name__] = make
    return make


def floats(*shape: int, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return tf.constant(rng.standard_normal(shape), tf.float32)


@case
def calls() -> Case:
    @tf.function
    def inner(x: Any) -> Any:
        return tf.nn.softplus(x) * 2.0

    return tf.function(lambda x: inner(inner(x)) + inner(x)), (floats(3, 4),)


@case
def conditionals_in_a_loop() -> Case:
    @tf.function
    def collatz(n: Any) -> Any:
        steps = tf.constant(0)
        while n > 1:
            if n % 2 == 0:
                n //= 2
            else:
                n = 3 * n + 1
            steps += 1
        return steps

    return collatz, (tf.constant(27),)


@case
def for_with_break_and_continue() -> Case:
    @tf.function
    def walk(x: Any) -> Any:
        total = tf.constant(0.0)
        for row in x:
            if row[0] < -1.5:
                break
            if row[0] > 0.5:
                continue
            total += tf.reduce_sum(row)
        return total

    return walk, (floats(12, 3),)


@case
def switch() -> Case:
    @tf.function
    def choose(index: Any, x: Any) -> Any:
        sides = [lambda: tf.sin(x), lambda: tf.cos(x) + 1.0, lambda: x**2]
        return tf.switch_case(index, sides, default=lambda: x)

    return choose, (tf.constant(1), floats(4))


@case
def map_fn_and_scan() -> Case:
    @tf.function
    def sums(x: Any) -> Any:
        mapped = tf.map_fn(lambda row: tf.cumsum(row), x)
        return tf.scan(lambda carry, row: carry * 0.5 + row, mapped)

    return sums, (floats(5, 3),)


@case
def tensor_arrays() -> Case:
    @tf.function
    def write(x: Any) -> Any:
        array = tf.TensorArray(tf.float32, size=0, dynamic_size=True, element_shape=[3])
        for index in tf.range(tf.shape(x)[0]):
            array = array.write(index, x[index] * tf.cast(index, tf.float32))
        return array.stack(), array.gather([1, 2]), array.size()

    return write, (floats(4, 3),)


@case
def tensor_lists() -> Case:
    @tf.function
    def push(x: Any) -> Any:
        shape = tf.constant([-1], tf.int32)
        items = tf.raw_ops.EmptyTensorList(
            element_shape=shape, max_num_elements=tf.constant(-1), element_dtype=tf.float32
        )
        items = tf.raw_ops.TensorListPushBack(input_handle=items, tensor=x)
        items = tf.raw_ops.TensorListPushBack(input_handle=items, tensor=x + 1.0)
        rest, last = tf.raw_ops.TensorListPopBack(
            input_handle=items, element_shape=shape, element_dtype=tf.float32
        )
        return last, tf.raw_ops.TensorListLength(input_handle=rest)

    return push, (floats(3),)


class Running(tf.Module):
    def __init__(self) -> None:
        super().__init__()
        self.count = tf.Variable(0, trainable=False)
        self.mean = tf.Variable(tf.zeros(3))
        self.rows = tf.Variable(tf.zeros((4, 3)))

    @tf.function
    def __call__(self, x: Any) -> Any:
        self.count.assign_add(1)
        self.mean.assign(self.mean * 0.9 + x * 0.1)
        self.rows.scatter_nd_update([[1]], x[tf.newaxis])
        return self.mean / tf.cast(self.count, tf.float32) + self.rows[1]


@case
def assigned_variables() -> Case:
    return Running(), (floats(3),)


@case
def lookup_tables() -> Case:
    keys, values = tf.constant(["a", "b"]), tf.constant([1.5, 2.5])
    table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(keys, values), -1.0)
    return tf.function(lambda words: table.lookup(words) * 2.0), (tf.constant(["b", "c", "a"]),)


@case
def mutable_tables() -> Case:
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -1)

    @tf.function
    def store(words: Any) -> Any:
        table.insert(words, tf.range(3, dtype=tf.int64))
        return table.lookup(words), table.size()

    return store, (tf.constant(["x", "y", "z"]),)


@case
def datasets() -> Case:
    @tf.function
    def total(x: Any) -> Any:
        data = tf.data.Dataset.from_tensor_slices(x).map(lambda row: row * 2.0).batch(2)
        found = tf.constant(0.0)
        for batch in data:
            found += tf.reduce_sum(batch)
        return found

    return total, (floats(6, 2),)


@case
def dataset_iterators() -> Case:
    data = tf.data.Dataset.range(100).repeat()

    @tf.function
    def take(n: Any) -> Any:
        iterator = iter(data)
        return next(iterator) + next(iterator) + tf.cast(n, tf.int64)

    return take, (tf.constant(2),)


@case
def python_functions() -> Case:
    @tf.function
    def mixed(x: Any) -> Any:
        doubled = tf.py_function(lambda t: t * 2.0, [x], tf.float32)
        flipped = tf.numpy_function(lambda a: a[::-1].copy(), [x], tf.float32)
        return doubled + flipped

    return mixed, (floats(5),)


@case
def strings() -> Case:
    @tf.function
    def words(text: Any) -> Any:
        parts = tf.strings.split(tf.strings.lower(text), " ")
        joined = tf.strings.reduce_join(parts, axis=-1, separator="-")
        return joined, tf.strings.length(text), tf.strings.to_hash_bucket_fast(text, 7)

    return words, (tf.constant(["Hello there World", "äöü ß"]),)


@case
def ragged_inside() -> Case:
    @tf.function
    def pooled(values: Any, lengths: Any) -> Any:
        rows = tf.RaggedTensor.from_row_lengths(values, lengths)
        return tf.reduce_mean(rows * 2.0, axis=1), rows.to_tensor(-1.0)

    return pooled, (floats(6), tf.constant([2, 0, 4]))


@case
def ragged_arguments() -> Case:
    rows = tf.ragged.constant([[1.0, 2.0], [3.0], []])
    return tf.function(lambda r: (tf.reduce_sum(r, axis=1), r + 1.0)), (rows,)


@case
def sparse_arguments() -> Case:
    matrix = tf.sparse.from_dense(tf.constant([[0.0, 1.0], [2.0, 0.0]]))

    @tf.function
    def product(m: Any, x: Any) -> Any:
        return tf.sparse.sparse_dense_matmul(m, x), tf.sparse.to_dense(m * 2.0)

    return product, (matrix, floats(2, 3))


@case
def control_dependencies() -> Case:
    seen = tf.Variable(0.0)

    @tf.function
    def checked(x: Any) -> Any:
        tf.debugging.assert_greater(tf.reduce_max(x), -100.0, message="too low")
        with tf.control_dependencies([seen.assign_add(1.0)]):
            return x * seen.read_value()

    return checked, (floats(3),)


@case
def stateful_random() -> Case:
    @tf.function
    def draw(x: Any) -> Any:
        noise = tf.random.normal((3,), seed=1) + tf.random.uniform((3,), seed=2)
        return x + noise + tf.nn.dropout(x, 0.5, seed=3)

    return draw, (floats(3),)


@case
def stateless_random() -> Case:
    @tf.function
    def draw(seed: Any) -> Any:
        return tf.random.stateless_normal((4,), seed), tf.random.stateless_categorical(
            tf.zeros((1, 5)), 3, seed
        )

    return draw, (tf.constant([1, 2]),)


@case
def random_generators() -> Case:
    generator = tf.random.Generator.from_seed(7)
    return tf.function(lambda x: x + generator.normal((3,)) * generator.uniform((3,))), (floats(3),)


@case
def bfloat16() -> Case:
    weight = tf.Variable(tf.cast(floats(4, 4), tf.bfloat16))

    @tf.function
    def half(x: Any) -> Any:
        return tf.nn.gelu(tf.cast(x, tf.bfloat16) @ weight), tf.cast(x, tf.float16) * 3

    return half, (floats(2, 4),)


@case
def complex_numbers() -> Case:
    @tf.function
    def spectrum(x: Any) -> Any:
        found = tf.signal.rfft(x)
        return tf.abs(found), tf.signal.irfft(found * tf.complex(2.0, 0.5))

    return spectrum, (floats(16),)


@case
def signal_frames() -> Case:
    return tf.function(lambda x: tf.abs(tf.signal.stft(x, 32, 16))), (floats(128),)


@case
def dynamic_shapes() -> Case:
    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32)])
    def picked(x: Any) -> Any:
        positive = tf.boolean_mask(x, x > 0)
        values, index = tf.unique(tf.cast(positive * 3, tf.int32))
        return values, index, tf.where(x < 0), tf.nn.top_k(x, 3).indices

    return picked, (floats(9),)


@case
def segments_and_scatters() -> Case:
    @tf.function
    def grouped(x: Any, ids: Any) -> Any:
        sums = tf.math.unsorted_segment_sum(x, ids, 3)
        return tf.tensor_scatter_nd_max(sums, [[0]], x[:1]), tf.gather_nd(x, [[1, 0]])

    return grouped, (floats(5, 2), tf.constant([0, 2, 1, 1, 0]))


@case
def einsums_and_linear_algebra() -> Case:
    @tf.function
    def solve(x: Any) -> Any:
        gram = tf.einsum("bi,bj->ij", x, x) + tf.eye(3)
        return tf.linalg.cholesky(gram), tf.linalg.svd(x, compute_uv=False), tf.linalg.inv(gram)

    return solve, (floats(5, 3),)


@case
def image_operations() -> Case:
    @tf.function
    def scaled(image: Any) -> Any:
        small = tf.image.resize(image, (5, 7), method="bicubic")
        boxes = tf.constant([[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.0]])
        kept = tf.image.non_max_suppression(boxes, tf.constant([0.9, 0.8]), 2)
        return tf.image.adjust_contrast(small, 2.0), tf.image.flip_left_right(image), kept

    return scaled, (floats(1, 8, 8, 3),)


@case
def nested_structures() -> Case:
    @tf.function
    def both(batch: Any) -> Any:
        left, right = batch["pair"]
        return {"sum": left + right, "rest": [batch["scale"] * left, None, (right,)]}

    return both, ({"pair": (floats(2), floats(2, seed=1)), "scale": tf.constant(3.0)},)


@case
def compiled_by_xla() -> Case:
    @tf.function(jit_compile=True)
    def fused(x: Any) -> Any:
        return tf.cast(x, tf.int32) * 3 + 1

    return fused, (floats(4),)


@case
def custom_gradients() -> Case:
    @tf.custom_gradient
    def clipped(x: Any) -> Any:
        return tf.exp(x), lambda upstream: tf.clip_by_value(upstream * tf.exp(x), -1.0, 1.0)

    @tf.function
    def slope(x: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = clipped(x) * 2.0
        return y, tape.gradient(y, x)

    return slope, (floats(4),)


@case
def second_order_gradients() -> Case:
    @tf.function
    def curvature(x: Any) -> Any:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(tf.tanh(x) ** 3)
            slope = inner.gradient(y, x)
        return outer.jacobian(slope, x)

    return curvature, (floats(3),)


@case
def recomputed_gradients() -> Case:
    weight = tf.Variable(floats(4, 4))

    @tf.function
    def step(x: Any) -> Any:
        block = tf.recompute_grad(lambda v: tf.tanh(v @ weight))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(block(x) ** 2)
        return loss, tape.gradient(loss, weight)

    return step, (floats(2, 4),)


@case
def gradients_through_branches_and_loops() -> Case:
    weight = tf.Variable(0.9)

    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            y = x
            for _ in tf.range(4):
                y = tf.tanh(y) * weight if tf.reduce_sum(y) > 0 else y * weight + 0.1
            loss = tf.reduce_mean(y**2)
        return loss, tape.gradient(loss, weight)

    return step, (floats(5),)


@case
def vectorized_map() -> Case:
    return tf.function(lambda x: tf.vectorized_map(lambda r: tf.tensordot(r, r, 1), x)), (
        floats(4, 3),
    )


@case
def ctc_loss() -> Case:
    @tf.function
    def loss(logits: Any) -> Any:
        labels = tf.constant([[1, 2, 2]])
        return tf.nn.ctc_loss(labels, logits, [3], [6], logits_time_major=False)

    return loss, (floats(1, 6, 4),)


@case
def fake_quantization() -> Case:
    return tf.function(lambda x: tf.quantization.fake_quant_with_min_max_args(x, -1.0, 1.0)), (
        floats(6),
    )


@case
def queues() -> Case:
    queue = tf.queue.FIFOQueue(4, [tf.float32], [[]])

    @tf.function
    def through(x: Any) -> Any:
        queue.enqueue(x[0])
        queue.enqueue(x[1])
        return queue.dequeue() - queue.dequeue()

    return through, (floats(2),)


@case
def adam_step() -> Case:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, "relu"), layers.Dense(1)])
    optimizer = keras.optimizers.Adam(0.01)
    optimizer.build(model.trainable_variables)

    @tf.function
    def step(x: Any, y: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    return step, (floats(6, 4), floats(6, 1, seed=1))


@case
def sgd_step_with_momentum() -> Case:
    weight = tf.Variable(floats(3, 1))
    optimizer = keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)
    optimizer.build([weight])

    @tf.function
    def step(x: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum((x @ weight) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
        return loss

    return step, (floats(5, 3),)


@case
def keras_train_step() -> Case:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3, activation="relu")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.Dropout(0.3, seed=1)(x)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(5)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"])
    model.optimizer.build(model.trainable_variables)
    return model.train_step, ((floats(4, 8, 8, 3), tf.constant([0, 1, 2, 4])),)


@case
def recurrent_layers() -> Case:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6, 5))
    x = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(inputs)
    x = layers.GRU(3, return_sequences=True)(x)
    return keras.Model(inputs, layers.SimpleRNN(2)(x)), (floats(2, 6, 5),)


@case
def convolutional_lstm() -> Case:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((3, 6, 6, 2))
    return keras.Model(inputs, layers.ConvLSTM2D(2, 3)(inputs)), (floats(1, 3, 6, 6, 2),)


@case
def attention() -> Case:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((7,), dtype="int32")
    x = layers.Embedding(20, 8, mask_zero=True)(inputs)
    x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 4)(x, x))
    return keras.Model(inputs, layers.Dense(3, "softmax")(x)), (
        tf.constant([[1, 2, 3, 0, 0, 0, 0]]),
    )


class Gated(layers.Layer):
    def __init__(self) -> None:
        super().__init__()
        self.gate = layers.Dense(4, "sigmoid")
        self.value = layers.Dense(4)

    def call(self, x: Any, training: bool = False) -> Any:
        found = self.gate(x) * self.value(x)
        return tf.nn.dropout(found, 0.5, seed=4) if training else found


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.blocks = [Gated(), Gated()]
        self.head = layers.Dense(2)

    def call(self, x: Any, training: bool = False) -> Any:
        for block in self.blocks:
            x = block(x, training=training)
        return {"logits": self.head(x), "features": x}


@case
def subclassed_models() -> Case:
    keras.utils.set_random_seed(0)
    return Subclassed(), (floats(3, 4),)


@case
def preprocessing_layers() -> Case:
    vectors = layers.TextVectorization(output_mode="int", output_sequence_length=4)
    vectors.adapt(["red green blue", "blue sky"])
    inputs = keras.Input((1,), dtype="string")
    return keras.Model(inputs, layers.Embedding(8, 3)(vectors(inputs))), (
        tf.constant([["blue red"], ["green moon"]]),
    )


@case
def mixed_precision() -> Case:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((6,))
    x = layers.Dense(5, "relu", dtype="mixed_bfloat16")(inputs)
    return keras.Model(inputs, layers.Dense(2, dtype="float32")(x)), (floats(3, 6),)


@case
def separable_and_transposed_convolutions() -> Case:
    keras.utils.set_random_seed(0)
    inputs = keras.Input((9, 9, 3))
    x = layers.SeparableConv2D(4, 3, padding="same")(inputs)
    x = layers.Conv2DTranspose(3, 2, strides=2)(x)
    x = layers.UpSampling2D(interpolation="bilinear")(layers.GroupNormalization(3)(x))
    return keras.Model(inputs, layers.AveragePooling2D(3)(x)), (floats(1, 9, 9, 3),)
