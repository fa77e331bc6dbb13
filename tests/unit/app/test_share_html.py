"""A shared page: whatever a model's names hold, it is text on the page and nothing else."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as xml
from html.parser import HTMLParser

from opscope.app.share.article import LINES, code_around, page_of
from opscope.app.share.html import as_html
from opscope.app.share.markdown import as_markdown
from opscope.app.share.neighbourhood import MOST, around
from opscope.app.share.page import Command, Drawing
from opscope.app.share.text import clean, number, one_line
from opscope.tracers.ir import Category, Graph, Op, Run, Value, ValueKind

from . import share_samples as samples

VOID = {"meta", "br", "img", "source", "rect", "path"}


class Reader(HTMLParser):
    """Notes tags, their attributes and the text; complains where they do not fit together."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.broken: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.broken.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.broken == []
    assert reader.open == []
    return reader


def test_names_that_are_scripts_are_text_on_the_page() -> None:
    reader = read(as_html(samples.page()))
    names = {tag for tag, _ in reader.tags}
    assert not names & {"script", "iframe", "link", "object", "embed", "form", "base", "a", "img"}
    for _tag, attributes in reader.tags:
        assert not [name for name in attributes if name.startswith("on")]
    assert reader.text.count(samples.EVIL) > 10
    assert samples.ATTRIBUTE in reader.text


def test_nothing_is_fetched_and_a_policy_says_so() -> None:
    for with_picture in (False, True):
        reader = read(as_html(samples.page(with_picture)))
        for tag, attributes in reader.tags:
            for name, value in attributes.items():
                if name in ("src", "srcset", "href", "xlink:href", "data", "poster"):
                    assert value is not None
                    assert value.startswith("data:image/png;base64,"), (tag, name)
                assert not (name == "style" and "url(" in str(value))
        policies = [
            attributes["content"]
            for tag, attributes in reader.tags
            if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert len(policies) == 1
        assert "default-src 'none'" in str(policies[0])
        assert "url(" not in as_html(samples.page(with_picture))
        assert "@import" not in as_html(samples.page(with_picture))


def test_what_nobody_sees_is_made_seen() -> None:
    text = as_html(samples.page())
    text.encode("utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\u2028\ud800-\udfff]", text)
    assert clean("a\u202eb\x00c") == "a\ufffdb\ufffdc"
    assert len(clean("x" * 10_000)) == 4000
    assert one_line(" a\n b\t c ") == "a b c"


def test_the_page_is_dark_or_light_as_the_reader_likes() -> None:
    text = as_html(samples.page(with_picture=True))
    assert "prefers-color-scheme:dark" in text
    reader = read(text)
    (source,) = [row for tag, row in reader.tags if tag == "source"]
    (image,) = [row for tag, row in reader.tags if tag == "img"]
    assert source["media"] == "(prefers-color-scheme: dark)"
    assert source["srcset"] != image["src"]
    assert image["alt"] == samples.EVIL


def test_it_says_what_was_found_where_and_with_which_numbers() -> None:
    text = read(as_html(samples.page())).text
    assert "makes −Inf" in text
    assert "−Inf × 2" in text
    assert f"/tmp/{samples.EVIL}.py, line 20" in text
    assert "13line 13" in text
    assert "27line 27" in text
    assert "12line 12" not in text
    assert "a note" in text
    assert "output[0:1, 0:2]" in text


def test_the_command_survives_a_shell() -> None:
    page = samples.page()
    (command,) = [
        block for part in page.made for block in part.blocks if isinstance(block, Command)
    ]
    assert shlex.split(command.text) == [
        *("opscope", "check", f"/tmp/{samples.EVIL} 'a'.py:build"),
        *("--input", "x=1x3", "--input=-3.5"),
    ]


def test_source_is_shown_around_the_line_and_left_out_where_there_is_none() -> None:
    code = code_around("f.py", "a\nb\nc", 2)
    assert code is not None
    assert (code.first, code.lines, code.marked) == (1, ("a", "b", "c"), 2)
    long = code_around("f.py", "\n".join("x" * 100), 50)
    assert long is not None
    assert len(long.lines) == 2 * LINES + 1
    assert code_around("f.py", "a\nb", 9) is None
    assert code_around("f.py", "", 1) is None


def test_markdown_reads_no_name_as_markup() -> None:
    text, files = as_markdown(samples.page(with_picture=True), "page")
    assert files == {"page-graph.png": b"\x89PNG light"}
    outside = re.sub(r"(?ms)^(`{3,})(\w*)\n.*?^\1$", "", text)
    assert "<script" not in outside
    assert "<img" not in outside
    assert re.findall(r"(?<!\\)!\[", outside) == ["!["]
    assert "http://" not in outside
    assert "https://" not in outside
    fence = re.search(r"(?m)^(`+)$", text)
    assert fence is not None
    assert len(fence[1]) == 4  # the source has fences of three


def test_a_drawing_is_a_sound_file_of_its_own() -> None:
    _, files = as_markdown(samples.page(), "page")
    (data,) = files.values()
    tree = xml.fromstring(data.decode())
    texts = [node.text or "" for node in tree.iter() if node.tag.endswith("}text")]
    assert any(text.startswith("relu<script") for text in texts)
    assert not [node for node in tree.iter() if node.tag.endswith("}script")]


def test_a_drawing_has_no_more_ops_than_one_can_see() -> None:
    values = [Value(ValueKind.OUTPUT, op, 0, "", (1,), "float32") for op in range(100)]
    ops = [
        Op(f"/a:{at}", "add", 0, Category.POINTWISE, "", (), (0,) if at else (), (at,), -1)
        for at in range(100)
    ]
    drawing = around(Run(Graph(ops=ops, values=values)), 0)
    assert isinstance(drawing, Drawing)
    assert drawing.inside.count('class="node') == MOST
    assert around(Run(), 0) is None


def test_numbers_are_written_as_in_the_window() -> None:
    texts = [number(value) for value in (None, -1.5, float("nan"), float("-inf"), True, 1 - 2j)]
    assert texts == ["–", "−1.5", "NaN", "−Inf", "true", "1 − 2i"]


def test_a_page_of_nothing_says_so() -> None:
    run = samples.hostile()
    making = samples.Making(samples.LaunchChoice("sample:gpt2"), None)
    text = read(as_html(page_of(run, [], making))).text
    assert "Nothing was found" in text
    assert "opscope check sample:gpt2" in text
