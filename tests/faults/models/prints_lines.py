"""A million lines."""


def act() -> None:
    for number in range(1_000_000):
        print("line", number)
