"""Why a stage of the compiler cannot be run, as a sentence."""

from __future__ import annotations

_COMPILER = ("InvalidCxxCompiler", "No working C++ compiler", "CppCompileError", "CompileError")
_LONGEST = 200


def why_not(name: str, error: Exception) -> str:
    """For the user."""
    kinds: list[str] = []
    text = ""
    each: BaseException | None = error
    while each is not None:
        kinds.append(type(each).__name__)
        text = text or " ".join(str(each).split("\n")[0].split())
        each = each.__cause__ or each.__context__
    whole = f"{' '.join(kinds)} {error}"
    if any(word in whole for word in _COMPILER):
        return (
            f"{name} could not be run, since it needs a working C++ compiler with Python's headers"
            " and found none; install g++ or name one in the variable CXX."
        )
    words = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return f"{name} could not be run: {kinds[0]}{f': {words}' if words else ''}."
