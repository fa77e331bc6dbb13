"""The line at the foot of a comparison: where the runs first part, and what they are."""

from __future__ import annotations

from ...tracers.compare.result import Comparison, OpSide
from ...widgets.compare.story import Half, Story
from ...widgets.run.status_bar import Part, StatusBar
from ...widgets.run.wording import count_text


class CompareStatus(StatusBar):
    """Painted like the workbench's."""

    def __init__(self) -> None:
        super().__init__()
        self._story: Story | None = None
        self._says, self._dot = "Comparing", "accent"

    def show_story(self, story: Story | None) -> None:
        """A comparison, or none."""
        self._story = story
        if story is not None:
            self._dot = "warn" if story.found.divergences else "ok"
            self._says = first_words(story.found)
        self.show_place()

    def show_stage(self, title: str) -> None:
        """What is being done, or why nothing is."""
        self._says, self._dot = title, "accent"
        self.show_place()

    def show_failed(self, title: str) -> None:
        """There is no comparison."""
        self._says, self._dot = title, "breakpoint"
        self.show_place()

    def lead(self) -> tuple[str, str]:
        return self._dot, self._says

    def left_parts(self) -> list[Part]:
        if self._word:
            return [Part(self._word, self._tint, 600, hint=self._word)]
        parts = [Part(self._says, "text1", 600)]
        story = self._story
        if story is not None:
            halves = (story.a, story.b)
            parts += [Part(_half_words(half), rank=1 + n) for n, half in enumerate(halves)]
        return parts

    def right_parts(self) -> list[Part]:
        story = self._story
        if story is None:
            return []
        found: list[Part] = []
        pairs = count_text(len(story.found.pairs), "value")
        found.append(Part(f"{pairs} in common", rank=3))
        more = len(story.found.divergences)
        if more > 1:
            found.insert(0, Part(count_text(more, "divergence"), "warn", 400, 2))
        devices = dict.fromkeys((story.a.facts.device, story.b.facts.device))
        return [*found, Part(" and ".join(filter(None, devices)), rank=4)]


def first_words(found: Comparison) -> str:
    """ "First divergence at layer2.0.conv2", or that there is none."""
    first = found.divergence
    if first is None:
        return "Nothing differs that rounding does not explain"
    return f"First divergence at {place_of(first.a)}"


def place_of(op: OpSide) -> str:
    """A module's path, with the op's type where the module does not tell it."""
    return op.module or op.type


def _half_words(half: Half) -> str:
    version = ".".join(half.facts.version.partition("+")[0].split(".")[:2])
    ops = count_text(len(half.run.records))
    return f"{half.name}: {ops}, {half.facts.framework} {version}".rstrip()
