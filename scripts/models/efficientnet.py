"""EfficientNetB0 of keras.applications with random weights, on one picture; seed 0."""

import keras
import tensorflow as tf


def build():
    """The model with its input."""
    keras.utils.set_random_seed(0)
    model = keras.applications.EfficientNetB0(weights=None)
    return model, (tf.random.uniform((1, 224, 224, 3), maxval=255.0, seed=0),)
