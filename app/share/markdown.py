"""A page as Markdown; its pictures are files beside it. No text of it can become HTML or a link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from .page import (
    Article,
    Block,
    Chain,
    Code,
    Command,
    Drawing,
    Facts,
    Page,
    Picture,
    Section,
    Table,
    Words,
)
from .style import drawing_sheet
from .text import clean, one_line

# Of a line's text: what Markdown, and GitHub's kind of it, reads as more than letters.
_MEANT = re.compile(r"([\\`*_\[\]#!|~>@$])")
_LINK = re.compile(r"(?i)\b(https?|ftp|www|mailto|xmpp)(?=[:.])")
_FIRST = re.compile(r"^(\d*)([-+=]|[.)](?=\s|$))")


def as_markdown(page: Page, stem: str) -> tuple[str, Mapping[str, bytes]]:
    """The text, and the files that go beside it by name; these begin with `stem`."""
    files: dict[str, bytes] = {}
    lines = [f"# {_line(page.title)}", ""]
    if page.about:
        lines += [_line(page.about), ""]
    single = len(page.articles) == 1
    for article in page.articles:
        lines += _article(article, not single, stem, files)
    for section in page.made:
        lines += _section(section, "##", stem, files)
    return "\n".join(lines).rstrip() + "\n", files


def _article(article: Article, titled: bool, stem: str, files: dict[str, bytes]) -> list[str]:
    lines: list[str] = []
    if titled:
        lines += [f"## {_line(article.title)}", ""]
    for said in article.sentences:
        lines += [_lines(said), ""]
    if article.advice:
        lines += [f"> {_line(article.advice)}", ""]
    for section in article.sections:
        lines += _section(section, "###" if titled else "##", stem, files)
    return lines


def _section(section: Section, level: str, stem: str, files: dict[str, bytes]) -> list[str]:
    lines = [f"{level} {_line(section.title)}", ""]
    for block in section.blocks:
        lines += [*_block(block, stem, files), ""]
    return lines


def _block(block: Block, stem: str, files: dict[str, bytes]) -> list[str]:
    if isinstance(block, Words):
        return [_lines(block.text)]
    if isinstance(block, Facts):
        return [f"- {_line(name)}: {_lines(text)}" for name, text in block.rows]
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Code):
        wide = len(str(block.first + len(block.lines)))
        lines = [
            f"{'>' if at == block.marked else ' '}{at:>{wide}}  {clean(line)}"
            for at, line in enumerate(block.lines, block.first)
        ]
        return _fenced(lines)
    if isinstance(block, Command):
        return _fenced([clean(block.text)], "sh")
    if isinstance(block, Chain):
        return [
            f"{at}. **{_line(step.name)}** {_line(step.place)} ({_line(step.number)}):"
            f" {_line(step.words)}{' ← the cause' if step.cause else ''}"
            for at, step in enumerate(block.steps, 1)
        ]
    name = f"{stem}-graph-{len(files) + 1}" if files else f"{stem}-graph"
    name += ".png" if isinstance(block, Picture) else ".svg"
    files[name] = block.light if isinstance(block, Picture) else _svg(block)
    return [f"![{_line(block.words)}](<{name}>)"]


def _table(table: Table) -> list[str]:
    kinds = ("---:" if at >= table.numbers else "---" for at in range(len(table.heading)))
    lines = [_row(table.heading), f"| {' | '.join(kinds)} |"]
    for at, row in enumerate(table.rows):
        cells = [_line(text) for text in row]
        if table.marked[0] == at:
            cells[table.marked[1]] = f"**{cells[table.marked[1]]}**"
        lines.append(f"| {' | '.join(cells)} |")
    return [_line(table.caption), "", *lines] if table.caption else lines


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(_line(text) for text in cells)} |"


def _fenced(lines: list[str], kind: str = "") -> list[str]:
    """A block of code; its fence is longer than any that is in it."""
    longest = max((len(run) for run in re.findall("`+", "\n".join(lines))), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{kind}", *lines, fence]


def _svg(drawing: Drawing) -> bytes:
    size = f'width="{drawing.width}" height="{drawing.height}"'
    box = f'viewBox="0 0 {drawing.width} {drawing.height}"'
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" {size} {box}>'
        f"<title>{escape(one_line(drawing.words))}</title><style>{escape(drawing_sheet(), False)}"
        f'</style><rect width="100%" height="100%" fill="var(--canvas)"/>{drawing.inside}</svg>\n'
    )
    return text.encode()


def _line(text: str) -> str:
    """A text in one line, in which nothing is read as Markdown."""
    plain = escape(one_line(text), quote=False)
    plain = _MEANT.sub(r"\\\1", plain)
    plain = _LINK.sub(lambda found: f"{found[0][0]}&#{ord(found[0][1])};{found[0][2:]}", plain)
    return _FIRST.sub(r"\1\\\2", plain)


def _lines(text: str) -> str:
    """A text of several lines, each ended where it ends."""
    parts = [_line(part) for part in clean(text).split("\n")]
    return "  \n".join(part or "&nbsp;" for part in parts)
