"""A page as one HTML file: no scripts, nothing fetched, pictures inside, every text escaped."""

from __future__ import annotations

import base64
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
from .style import sheet
from .text import clean, one_line

# What a browser is to refuse even if something slipped in: all but styles and pictures in the file.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'"
_WORDS = 40  # letters from which on a cell of words may have several lines


def as_html(page: Page) -> str:
    """The whole file."""
    title = _line(page.title)
    single = len(page.articles) == 1
    parts = [
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        '<meta name="color-scheme" content="light dark">\n',
        '<meta name="referrer" content="no-referrer">\n',
        f"<title>{title}</title>\n<style>{sheet()}</style>\n</head>\n<body>\n<main>\n",
        f"<header>\n{_kind(page)}<h1>{title}</h1>\n",
        f'<p class="about">{_text(page.about)}</p>\n' if page.about else "",
        "</header>\n",
        *(_article(article, with_title=not single) for article in page.articles),
        '<section class="made">\n',
        *(_section(section, first=not at) for at, section in enumerate(page.made)),
        "</section>\n</main>\n</body>\n</html>\n",
    ]
    return "".join(parts)


def _kind(page: Page) -> str:
    if len(page.articles) != 1:
        return ""
    return f'<p class="kind">{_line(page.articles[0].kind)}</p>\n'


def _article(article: Article, with_title: bool) -> str:
    parts = ["<article>\n"]
    if with_title:
        parts.append(
            f'<p class="kind">{_line(article.kind)}</p>\n<h2>{_line(article.title)}</h2>\n'
        )
    parts += [f"<p>{_text(said)}</p>\n" for said in article.sentences]
    if article.advice:
        parts.append(f'<p class="advice">{_text(article.advice)}</p>\n')
    bare = not (with_title or article.sentences or article.advice)
    parts += [_section(each, first=bare and not at) for at, each in enumerate(article.sections)]
    return "".join([*parts, "</article>\n"])


def _section(section: Section, first: bool = False) -> str:
    look = ' class="plain"' if first else ""
    blocks = "".join(_block(block) for block in section.blocks)
    return f"<section>\n<h3{look}>{_line(section.title)}</h3>\n{blocks}</section>\n"


def _block(block: Block) -> str:
    if isinstance(block, Words):
        return f"<p>{_text(block.text)}</p>\n"
    if isinstance(block, Facts):
        rows = (f"<dt>{_line(name)}</dt><dd>{_text(text)}</dd>\n" for name, text in block.rows)
        return f"<dl>\n{''.join(rows)}</dl>\n"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Code):
        return _code(block)
    if isinstance(block, Command):
        return f'<pre class="command"><code>{_text(block.text)}</code></pre>\n'
    if isinstance(block, Chain):
        return _chain(block)
    if isinstance(block, Drawing):
        return _drawing(block)
    return _picture(block)


def _table(table: Table) -> str:
    def cell(row: int, column: int, text: str) -> str:
        looks: list[str] = ["number"] if column >= table.numbers else []
        if not looks and len(text) > _WORDS:
            looks.append("wrap")
        if (row, column) == table.marked:
            looks.append("here")
        look = f' class="{" ".join(looks)}"' if looks else ""
        return f"<td{look}>{_line(text)}</td>"

    def head(column: int, text: str) -> str:
        look = ' class="number"' if column >= table.numbers else ""
        return f'<th scope="col"{look}>{_line(text)}</th>'

    heads = "".join(head(column, text) for column, text in enumerate(table.heading))
    rows = "".join(
        "<tr>" + "".join(cell(at, column, text) for column, text in enumerate(row)) + "</tr>\n"
        for at, row in enumerate(table.rows)
    )
    caption = f"<caption>{_line(table.caption)}</caption>" if table.caption else ""
    return (
        f'<div class="wide"><table>{caption}<thead><tr>{heads}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody></table></div>\n"
    )


def _code(code: Code) -> str:
    lines: list[str] = []
    for at, line in enumerate(code.lines, code.first):
        look = ' class="here"' if at == code.marked else ""
        lines.append(f"<span{look}><b>{at}</b>{_text(line)}</span>")
    return f"<pre><code>{''.join(lines)}</code></pre>\n"


def _chain(chain: Chain) -> str:
    rows: list[str] = []
    for step in chain.steps:
        look = ' class="cause"' if step.cause else ""
        rows.append(
            f'<li{look}><span class="of">{_line(step.number)}</span><strong>{_line(step.name)}'
            f'</strong> <span class="place">{_line(step.place)}</span><br>'
            f'<span class="said">{_line(step.words)}</span></li>\n'
        )
    return f"<ol>\n{''.join(rows)}</ol>\n"


def _drawing(drawing: Drawing) -> str:
    size = f'width="{drawing.width}" height="{drawing.height}"'
    box = f'viewBox="0 0 {drawing.width} {drawing.height}"'
    words = _line(drawing.words)
    return (
        f'<figure><svg class="graph" role="img" aria-label="{words}" {size} {box}>'
        f"{drawing.inside}</svg></figure>\n"
    )


def _picture(picture: Picture) -> str:
    light, dark = (_data(data) for data in (picture.light, picture.dark))
    return (
        f'<figure><picture><source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" width="{picture.width}" alt="{_line(picture.words)}"></picture>'
        "</figure>\n"
    )


def _data(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


def _text(text: str) -> str:
    return escape(clean(text), quote=True)


def _line(text: str) -> str:
    return escape(one_line(text), quote=True)
