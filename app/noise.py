"""What the frameworks say of themselves, which nobody asked the model."""

from __future__ import annotations

import re

# TensorFlow's notices at every start, whatever its log level; and PyTorch's account of an op that
# the dry run could not follow, which the map's own sentence tells in short.
_NOISE = re.compile(
    r"I0000 |WARNING: All log messages before absl::InitializeLog"
    r"|[EW]\d{4} [^]]*torch[/\\]_subclasses[/\\]"
)
_BEGINNING = re.compile(r"[IEW]\d{4} [^]]*$|WARNING: All[^()]*$")
_SHORT = 12  # an unfinished line this short may still become noise


class Noise:
    """Takes the noise out of a stream of errors that comes in pieces."""

    def __init__(self) -> None:
        self._open = ""  # an unfinished line that may be noise
        self._inside = False  # the line that goes on was told, or left out, in part
        self._dropping = False

    def without(self, category: str, text: str) -> str:
        """What is left of a piece of output; an unfinished line may come with a later piece."""
        if category != "stderr":
            return text
        kept: list[str] = []
        for line in (self._open + text).splitlines(keepends=True):
            whole = line.endswith("\n")
            self._open = ""
            if not self._inside:
                if not whole and _may_be_noise(line):
                    self._open = line
                    break
                self._dropping = _NOISE.match(line) is not None
            if not self._dropping:
                kept.append(line)
            self._inside = not whole
        return "".join(kept)


def _may_be_noise(line: str) -> bool:
    return (len(line) < _SHORT and line[0] in "IEW") or _BEGINNING.match(line) is not None
