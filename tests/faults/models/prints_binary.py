"""Every byte there is, and ends in the middle of a character."""

import os


def act() -> None:
    os.write(1, bytes(range(256)) * 64)
    os.write(2, b"\x00\x1b[31mred\x1b[0m\r\n")
    os.write(1, "end –".encode()[:-1])
