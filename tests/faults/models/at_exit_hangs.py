"""Something to do at the end that has no end itself."""

import atexit
import itertools


def act() -> None:
    atexit.register(lambda: [number for number in itertools.count() if number < 0])
