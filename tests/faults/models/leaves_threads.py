"""A thread that never ends, and that Python waits for."""

import threading


def act() -> None:
    threading.Thread(target=threading.Event().wait, name="left").start()
