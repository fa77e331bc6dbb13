"""Gives signals their plain meaning back, which ends the process for most, and has no end."""

import itertools
import signal


def act() -> None:
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_DFL)
    print("spinning", flush=True)
    for number in itertools.count():
        if number < 0:
            break
