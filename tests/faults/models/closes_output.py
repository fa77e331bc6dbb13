"""Closes its own input and outputs, and goes on."""

import os


def act() -> None:
    os.closerange(0, 3)
