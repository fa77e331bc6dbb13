"""Ways to derive the second run of a comparison from the first, so that one model serves both."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass

_TORCH, _TENSORFLOW = "PyTorch", "TensorFlow"


@dataclass(frozen=True, slots=True)
class Way:
    """A choice for the user.

    Attributes:
        word: as it is written after --against.
        title: as a list shows it.
        says: what B is, as a sentence.
        frameworks: that know it.
        takes: what may or must follow the word after a colon, as a hint; "" for nothing.
    """

    word: str
    title: str
    says: str
    frameworks: tuple[str, ...] = (_TORCH, _TENSORFLOW)
    takes: str = ""


WAYS = (
    Way("bfloat16", "In bfloat16", "B is the model with its weights and inputs in bfloat16."),
    Way("float16", "In float16", "B is the model with its weights and inputs in float16."),
    Way("float64", "In float64", "B is the model with its weights and inputs in float64."),
    Way("train", "In training mode", "A runs in evaluation mode, B in training mode."),
    Way(
        "compile",
        "Under torch.compile",
        "B is the model under torch.compile, held against A at the borders of its graphs.",
        (_TORCH,),
        "inductor, aot_eager, eager or a backend of your own",
    ),
    Way(
        "jit",
        "Under jit_compile",
        "B is the function compiled by XLA, held against A at its outputs.",
        (_TENSORFLOW,),
    ),
    Way("weights", "With other weights", "B has the weights of another file.", takes="FILE"),
    Way(
        "git",
        "Before a change",
        "B is the file as it stands in another revision of its Git repository.",
        takes="REVISION",
    ),
)
_BY_WORD = {way.word: way for way in WAYS}


class NoSuchWay(ValueError):
    """What was written after --against is no way; the sentence says what is."""


@dataclass(frozen=True, slots=True)
class Against:
    """A way with what follows its word."""

    word: str
    more: str = ""

    @property
    def way(self) -> Way:
        """Its row in the list."""
        return _BY_WORD[self.word]

    @property
    def text(self) -> str:
        """As users write it."""
        return f"{self.word}:{self.more}" if self.more else self.word

    @property
    def compiled(self) -> bool:
        """B runs as compiled graphs, not op by op."""
        return self.word in ("compile", "jit")


def parse_way(text: str, cwd: str = "") -> Against:
    """Raises NoSuchWay. A file is made absolute, from the folder `cwd`."""
    word, _, more = text.partition(":")
    known = _BY_WORD.get(word)
    if known is None:
        near = difflib.get_close_matches(word, _BY_WORD, 1)
        hint = f"did you mean {near[0]}" if near else f"write one of {', '.join(_BY_WORD)}"
        raise NoSuchWay(f'"{text}" is no way to compare a model with itself; {hint}.')
    if known.takes and not more and word != "compile":
        raise NoSuchWay(f"{word} needs {known.takes} after a colon, like {word}:{_EXAMPLES[word]}.")
    if more and not known.takes:
        raise NoSuchWay(f"{word} takes nothing after a colon.")
    if word == "weights":
        more = os.path.join(cwd or os.getcwd(), os.path.expanduser(more))
        if not os.path.exists(more):
            raise NoSuchWay(f"There is no file {more}.")
    return Against(word, more)


_EXAMPLES = {"weights": "checkpoint.pt", "git": "HEAD"}


def derived(against: Against) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is made of the model for A, and what for B."""
    if against.word == "train":
        return ("eval",), ("train",)
    return (), (against.text,)


def unfit(against: Against, framework: str) -> str:
    """A sentence where the way does not fit A's framework, else ""."""
    way = against.way
    if framework in way.frameworks:
        return ""
    instead = {"compile": "jit", "jit": "compile"}[way.word]
    return (
        f"{way.word} is for {way.frameworks[0]}, and this is a model of {framework}; there it is"
        f" --against {instead}."
    )
