"""Writes to a disk that has no room."""


def act() -> None:
    with open("/dev/full", "w") as file:
        file.write("a word")
