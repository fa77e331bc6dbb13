"""Something to do at the end."""

import atexit


def act() -> None:
    atexit.register(print, "the very end")
