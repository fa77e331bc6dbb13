"""A small Keras CNN that tells drawn shapes apart: discs, bars and checkerboards."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

TITLE = "Keras CNN"
ABOUT = "Convolutional classifier with residual blocks, on four drawn pictures"
FRAMEWORK = "TensorFlow"

SIDE = 32


class ResidualBlock(layers.Layer):
    """Two convolutions beside a shortcut; halves the picture where it widens the channels."""

    def __init__(self, channels, stride=1):
        super().__init__()
        self.conv1 = layers.Conv2D(channels, 3, stride, padding="same", use_bias=False)
        self.norm1 = layers.BatchNormalization()
        self.conv2 = layers.Conv2D(channels, 3, padding="same", use_bias=False)
        self.norm2 = layers.BatchNormalization()
        self.widen = layers.Conv2D(channels, 1, stride, use_bias=False) if stride > 1 else None

    def call(self, x):
        shortcut = x if self.widen is None else self.widen(x)
        x = tf.nn.relu(self.norm1(self.conv1(x)))
        x = self.norm2(self.conv2(x))
        return tf.nn.relu(x + shortcut)


class ShapeClassifier(keras.Model):
    def __init__(self, classes=3):
        super().__init__()
        self.stem = layers.Conv2D(16, 3, padding="same")
        self.blocks = [ResidualBlock(16), ResidualBlock(32, 2), ResidualBlock(64, 2)]
        self.pool = layers.GlobalAveragePooling2D()
        self.head = layers.Dense(classes)

    def call(self, pictures):
        x = pictures / 127.5 - 1.0
        x = tf.nn.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        logits = self.head(self.pool(x))
        return tf.nn.softmax(logits)


def draw(kind):
    """One picture: a disc, an upright bar, or a checkerboard, in its own colour."""
    y, x = np.mgrid[:SIDE, :SIDE]
    shape = {
        "disc": (x - 16) ** 2 + (y - 16) ** 2 < 100,
        "bar": abs(x - 16) < 4,
        "checkerboard": (x // 4 + y // 4) % 2 == 0,
    }[kind]
    colour = {"disc": (230, 80, 60), "bar": (60, 170, 90), "checkerboard": (70, 110, 220)}[kind]
    return np.where(shape[..., None], colour, 24).astype("float32")


def build():
    keras.utils.set_random_seed(7)
    model = ShapeClassifier()
    pictures = np.stack([draw(kind) for kind in ("disc", "bar", "checkerboard", "disc")])
    return model, (tf.constant(pictures),)
