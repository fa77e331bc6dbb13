"""1.5 MB from C, while the interpreter is held."""

import ctypes


def act() -> None:
    native = ctypes.PyDLL(None)
    line = b"from C \xe2\x80\x93 " + b"c" * 139 + b"\n"
    for _ in range(10_000):
        native.write(1, line, len(line))
