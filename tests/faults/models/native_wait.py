"""A native call without an end, which has let go of the interpreter."""

import ctypes


def act() -> None:
    native, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(128)
    native.pthread_mutex_lock(mutex)
    native.write(1, b"waiting\n", 8)
    native.pthread_mutex_lock(mutex)
