"""Cuts a byte stream into whole messages without reading them."""

from __future__ import annotations

import re

_SIZE = re.compile(rb"^(?:content-length|opscope-blob):\s*(\d+)\s*$", re.IGNORECASE | re.MULTILINE)


class Cutter:
    """Of a sender that is trusted to send nothing else."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._wanted = 0  # bytes of the message that begins the buffer, 0 where not known yet

    def feed(self, data: bytes) -> list[bytes]:
        """Messages completed by `data`, each with its header, in order."""
        self._buffer += data
        found: list[bytes] = []
        while True:
            if not self._wanted:
                end = self._buffer.find(b"\r\n\r\n")
                if end < 0:
                    return found
                sizes = _SIZE.findall(bytes(self._buffer[:end]).replace(b"\r", b""))
                self._wanted = end + 4 + sum(int(size) for size in sizes)
            if len(self._buffer) < self._wanted:
                return found
            found.append(bytes(self._buffer[: self._wanted]))
            del self._buffer[: self._wanted]
            self._wanted = 0
