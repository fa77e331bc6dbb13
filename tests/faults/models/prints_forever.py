"""Prints without an end, faster than anybody reads."""


def act() -> None:
    text = "line\n" * 1000
    while True:
        print(text)
