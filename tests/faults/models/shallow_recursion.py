"""Allows less recursion than most code needs."""

import sys


def act() -> None:
    sys.setrecursionlimit(64)
