"""A step of training in TensorFlow: one layer, its activation, a tape."""

import tensorflow as tf


def build():
    tf.random.set_seed(0)
    weight = tf.Variable(tf.random.normal((3, 4)), name="weight")

    @tf.function
    def step(x):
        with tf.GradientTape() as tape:
            hidden = tf.nn.relu(tf.matmul(x, weight))
            loss = tf.reduce_sum(hidden * hidden)
        gradient = tape.gradient(loss, weight)
        weight.assign_sub(0.1 * gradient)
        return loss

    return step, (tf.random.normal((5, 3)),)
