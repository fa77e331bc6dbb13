"""A GRU that reads a sentence letter by letter; its loop can be stepped pass by pass."""

import keras
import tensorflow as tf
from keras import layers

TITLE = "Character GRU"
ABOUT = "Recurrent network over the letters of a sentence; every pass of its loop can be entered"
FRAMEWORK = "TensorFlow"

LETTERS = " abcdefghijklmnopqrstuvwxyz.,'"
SENTENCE = "the quick brown fox jumps"


class GRUCell(layers.Layer):
    """One step: how much of the old state to forget, and what to put in its place."""

    def __init__(self, units):
        super().__init__()
        self.reset = layers.Dense(units, activation="sigmoid")
        self.update = layers.Dense(units, activation="sigmoid")
        self.candidate = layers.Dense(units, activation="tanh")

    def call(self, letter, state):
        both = tf.concat([letter, state], axis=-1)
        reset = self.reset(both)
        update = self.update(both)
        fresh = self.candidate(tf.concat([letter, reset * state], axis=-1))
        return update * state + (1.0 - update) * fresh


class CharGRU(keras.Model):
    """Guesses the letter that follows."""

    def __init__(self, units=48):
        super().__init__()
        self.units = units
        self.embedding = layers.Embedding(len(LETTERS), 16)
        self.cell = GRUCell(units)
        self.head = layers.Dense(len(LETTERS))

    def call(self, ids):
        letters = self.embedding(ids)
        length = tf.shape(ids)[1]

        def unread(position, state):
            return position < length

        def read_one(position, state):
            return position + 1, self.cell(letters[:, position], state)

        state = tf.zeros([tf.shape(ids)[0], self.units])
        _, state = tf.while_loop(unread, read_one, (0, state))
        return tf.nn.softmax(self.head(state))


def build():
    keras.utils.set_random_seed(11)
    ids = tf.constant([[LETTERS.index(letter) for letter in SENTENCE]])
    model = CharGRU()
    return model, (ids,)
