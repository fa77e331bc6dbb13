"""What a page says, as pure data; `html` and `markdown` write it. All texts in it are plain."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they stand for, one below the other."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells under a heading.

    Attributes:
        numbers: the first column that holds numbers; those before it hold words.
        marked: row and column of the cell that is meant; (-1, -1) for none.
    """

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    numbers: int = 1
    marked: tuple[int, int] = (-1, -1)


@dataclass(frozen=True, slots=True)
class Code:
    """Lines of a file; `first` is the number of the first, `marked` of the one that is meant."""

    file: str
    first: int
    lines: tuple[str, ...]
    marked: int


@dataclass(frozen=True, slots=True)
class Command:
    """A line for a shell."""

    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """An op on the way from a value back to the cause."""

    name: str
    place: str
    number: str
    words: str
    cause: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """Steps, from the value that was asked about on."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture as SVG of our own making, in which every text is escaped already.

    Attributes:
        inside: what stands between the tags.
        words: what it shows, for one who does not see it.
    """

    inside: str
    width: int
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG, in colours for a light page and for a dark one; `width` as it is shown."""

    light: bytes
    dark: bytes
    width: int
    words: str


Block = Words | Facts | Table | Code | Command | Chain | Drawing | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """Blocks under a title."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One thing that is shared.

    Attributes:
        kind: what it is, in a word ("Finding").
        title: one sentence, or a name.
        sentences: what is to be said of it.
        advice: what to try, "" where there is nothing to say.
    """

    kind: str
    title: str
    sentences: tuple[str, ...]
    advice: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page.

    Attributes:
        title: of the page; a page of one article has the article's.
        about: one sentence below the title, "" for none.
        made: how the run was made, and how to make it again.
    """

    title: str
    about: str
    articles: tuple[Article, ...]
    made: tuple[Section, ...]
