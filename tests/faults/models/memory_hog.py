"""Takes all the memory that the process may have, in small pieces, and never gives it back."""

import resource

HELD: list[bytearray] = []


def act() -> None:
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    limit = pages * resource.getpagesize() + (64 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    size = 1 << 20
    while size >= 64:
        try:
            while True:
                HELD.append(bytearray(size))
        except MemoryError:
            size //= 2
    raise MemoryError("everything is taken")
