"""Two threads, each of which waits for the other's lock."""

import threading


def act() -> None:
    first, second = threading.Lock(), threading.Lock()
    both = threading.Barrier(2)

    def other() -> None:
        with second:
            both.wait()
            with first:
                pass

    threading.Thread(target=other, daemon=True).start()
    with first:
        both.wait()
        print("locked", flush=True)
        second.acquire()
