"""Reads two lines, and prints what it was given."""

import sys


def act() -> None:
    name = input("Your name? ")
    print(f"Hello {name}.")
    print(f"More: {sys.stdin.readline()!r}")
