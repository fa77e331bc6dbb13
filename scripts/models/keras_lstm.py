"""A Keras classifier of texts: embedding, two LSTMs, a dense head; seed 0."""

import keras
import tensorflow as tf
from keras import layers


def build():
    """The model on one text of 12 words."""
    keras.utils.set_random_seed(0)
    words = keras.Input((12,), dtype="int32", name="words")
    x = layers.Embedding(1000, 32, name="embedding")(words)
    x = layers.LSTM(32, return_sequences=True, name="lstm_1")(x)
    x = layers.LSTM(16, name="lstm_2")(x)
    x = layers.Dense(16, "relu", name="hidden")(x)
    x = layers.Dense(3, "softmax", name="topic")(x)
    return keras.Model(words, x, name="texts"), (tf.range(12)[tf.newaxis] * 7,)
