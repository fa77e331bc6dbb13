"""Reads bytes to the end of its input."""

import sys


def act() -> None:
    print(sys.stdin.buffer.read())
