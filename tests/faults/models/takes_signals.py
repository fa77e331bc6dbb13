"""Handles every signal that it can itself, and has no end."""

import itertools
import signal


def act() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda number, _: print(f"handled {number}", flush=True))
    print("spinning", flush=True)
    for number in itertools.count():
        if number < 0:
            break
