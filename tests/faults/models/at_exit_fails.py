"""Something that fails at the end."""

import atexit


def act() -> None:
    atexit.register(lambda: [][1])
