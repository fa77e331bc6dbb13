"""Closes every descriptor but input and outputs, and opens files under their numbers."""

import os
import resource


def act() -> None:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.closerange(3, most)
    files = [os.open(f"file {number}", os.O_WRONLY | os.O_CREAT) for number in range(20)]
    for number in range(most - 1, 100, -1):
        os.dup2(files[number % 20], number)
