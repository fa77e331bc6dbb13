import keras
import tensorflow as tf
from keras import layers


def build():
    keras.utils.set_random_seed(0)
    words = keras.Input((5, 3), name="words")
    hidden = layers.LSTM(4, name="memory")(words)
    return keras.Model(words, layers.Dense(2, name="head")(hidden)), (tf.ones((1, 5, 3)),)


def train():
    keras.utils.set_random_seed(0)
    weight = tf.Variable([[1.0], [-2.0]], name="weight")
    optimizer = keras.optimizers.Adam(0.1)
    optimizer.build([weight])

    @tf.function
    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((x @ weight - y) ** 2)
        optimizer.apply_gradients([(tape.gradient(loss, weight), weight)])
        return loss

    return step, (tf.constant([[1.0, 2.0], [3.0, -1.0]]), tf.constant([[0.5], [1.5]]))
