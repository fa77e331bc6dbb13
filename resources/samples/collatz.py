"""Collatz sequences as a tf.function: Python's `while` and `if`, turned into graph ops."""

import tensorflow as tf

TITLE = "Collatz in tf.function"
ABOUT = "A while loop and an if that depend on the data, written in Python and run as a graph"
FRAMEWORK = "TensorFlow"


@tf.function
def halve(n):
    return n // 2


@tf.function
def triple(n):
    return 3 * n + 1


@tf.function
def collatz(start):
    """Steps from `start` to 1, how many of them halve, and the highest number on the way."""
    n = start
    steps = 0
    halvings = 0
    highest = start
    while n > 1:
        if n % 2 == 0:
            n = halve(n)
            halvings += 1
        else:
            n = triple(n)
        highest = tf.maximum(highest, n)
        steps += 1
    return steps, halvings, highest


def build():
    return collatz, (tf.constant(27),)
