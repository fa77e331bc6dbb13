"""The port of torch_resnet.py to Keras, with the same weights, and with one mistake.

PyTorch's padding=1 adds a pixel on every side. Where the stride is 2 and the picture's side is
even, Keras's "same" adds one below and at the right alone, so every window sits one pixel off. Odd
sides hide it: of the three stages that halve the picture only conv3 sees an even one.
"""

import keras
import numpy as np
import tensorflow as tf
from _resnet_weights import BLOCKS, CLASSES, WIDTH, picture, weights
from keras import layers

EPSILON = 1e-5  # PyTorch's


class Bottleneck(layers.Layer):
    def __init__(self, channels_in, width, stride, name):
        super().__init__(name=name)
        self.conv1 = layers.Conv2D(width, 1, use_bias=False, name="1_conv")
        self.bn1 = layers.BatchNormalization(epsilon=EPSILON, name="1_bn")
        self.conv2 = layers.Conv2D(width, 3, stride, "same", use_bias=False, name="2_conv")
        self.bn2 = layers.BatchNormalization(epsilon=EPSILON, name="2_bn")
        self.conv3 = layers.Conv2D(4 * width, 1, use_bias=False, name="3_conv")
        self.bn3 = layers.BatchNormalization(epsilon=EPSILON, name="3_bn")
        self.shortcut = []
        if channels_in != 4 * width:
            self.shortcut = [
                layers.Conv2D(4 * width, 1, stride, use_bias=False, name="0_conv"),
                layers.BatchNormalization(epsilon=EPSILON, name="0_bn"),
            ]

    def call(self, x):
        y = tf.nn.relu(self.bn1(self.conv1(x)))
        y = tf.nn.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        for layer in self.shortcut:
            x = layer(x)
        return tf.nn.relu(y + x)


class ResNet(keras.Model):
    def __init__(self):
        super().__init__()
        self.pad1 = layers.ZeroPadding2D(3, name="conv1_pad")
        self.conv1 = layers.Conv2D(WIDTH, 7, 2, use_bias=False, name="conv1_conv")
        self.bn1 = layers.BatchNormalization(epsilon=EPSILON, name="conv1_bn")
        self.pad2 = layers.ZeroPadding2D(1, name="pool1_pad")
        self.maxpool = layers.MaxPooling2D(3, 2, name="pool1_pool")
        self.stages = []
        channels = WIDTH
        for number, count in enumerate(BLOCKS):
            stage = []
            for index in range(count):
                stride = 2 if number and index == 0 else 1
                name = f"conv{number + 2}_block{index + 1}"
                stage.append(Bottleneck(channels, WIDTH << number, stride, name))
                channels = 4 * WIDTH << number
            self.stages.append(stage)
        self.avgpool = layers.GlobalAveragePooling2D(name="avg_pool")
        self.fc = layers.Dense(CLASSES, name="predictions")

    def call(self, image):
        x = tf.nn.relu(self.bn1(self.conv1(self.pad1(image))))
        x = self.maxpool(self.pad2(x))
        for stage in self.stages:
            for block in stage:
                x = block(x)
        return self.fc(self.avgpool(x))


def carry_over(model, arrays):
    """Give a model PyTorch's weights: kernels with the channels last, matrices turned round."""

    def conv(layer, name):
        layer.set_weights([np.transpose(arrays[f"{name}.weight"], (2, 3, 1, 0))])

    def norm(layer, name):
        parts = ("weight", "bias", "running_mean", "running_var")
        layer.set_weights([arrays[f"{name}.{part}"] for part in parts])

    conv(model.conv1, "conv1")
    norm(model.bn1, "bn1")
    for number, stage in enumerate(model.stages):
        for index, block in enumerate(stage):
            name = f"layer{number + 1}.{index}"
            for part in "123":
                conv(getattr(block, f"conv{part}"), f"{name}.conv{part}")
                norm(getattr(block, f"bn{part}"), f"{name}.bn{part}")
            if block.shortcut:
                conv(block.shortcut[0], f"{name}.shortcut.0")
                norm(block.shortcut[1], f"{name}.shortcut.1")
    model.fc.set_weights([arrays["fc.weight"].T, arrays["fc.bias"]])


def build():
    """The model with its input."""
    model = ResNet()
    image = tf.constant(picture())
    model(image)  # makes the weights
    carry_over(model, weights())
    return model, (image,)
