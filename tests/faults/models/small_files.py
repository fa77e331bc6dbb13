"""From now on no file may grow over 4 kB."""

import resource


def act() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
