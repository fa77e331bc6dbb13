"""Pictures of the graph, and the graph for other programs."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage, QImageReader
from pytestqt.qtbot import QtBot

from opscope.tracers.ir import OpRecord, Phase, Run
from opscope.widgets.graph import export
from opscope.widgets.graph.export import (
    Exporting,
    Sheet,
    export_picture,
    pages,
    png_scale,
    whole,
)
from opscope.widgets.graph.inks import Words
from opscope.widgets.graph.interchange import printable, write_graph
from opscope.widgets.graph.markers import Marks
from opscope.widgets.graph.picture import Picture
from opscope.widgets.graph.rows import Cancelled
from opscope.widgets.graph.stage import Stage
from opscope.widgets.overlays.builtin import TimeOverlay
from opscope.widgets.overlays.reading import Reading
from opscope.widgets.overlays.shown import Shown
from opscope.widgets.theme import DARK
from tests.unit.widgets.graph_samples import gpt, paused, resnet


def stage_of(run: Run) -> Stage:
    return Stage(run, Words(), True, set())


@pytest.fixture
def picture(qtbot: QtBot) -> Picture:
    return stage_of(paused(resnet((1, 1)), 5)).picture


def test_a_png_shows_a_part_at_its_size(picture: Picture, tmp_path: Path) -> None:
    path = tmp_path / "part.png"
    export_picture(picture, Marks(), path, Sheet((0.0, 10.0, 120.0, 90.0), 2.0))
    image = QImage(str(path))
    assert image.size() == QSize(240, 160)
    assert image.pixelColor(1, 1) == QColor(DARK.canvas)


def test_a_png_is_never_larger_than_it_may_be() -> None:
    assert png_scale((0, 0, 100, 100), 2.0) == 2.0
    assert png_scale((0, 0, 800, 400_000), 2.0) == pytest.approx(16_000 / 400_000)
    scale = png_scale((0, 0, 20_000, 20_000), 2.0)
    assert (20_000 * scale) ** 2 <= export.MOST_PIXELS * 1.001


def test_the_legend_is_in_the_picture(picture: Picture, tmp_path: Path, qtbot: QtBot) -> None:
    run = picture.progress.run
    reading = Reading(run, TimeOverlay())
    qtbot.waitUntil(lambda: reading.done)
    marks = Marks(overlay=Shown(reading.overlay, reading.amounts, False))
    export_picture(picture, marks, tmp_path / "coloured.svg")
    text = (tmp_path / "coloured.svg").read_text(encoding="utf-8")
    assert ">Time<" in text.replace(" ", "")
    assert "100 µs" in text


def test_an_svg_holds_every_word(picture: Picture, tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    export_picture(picture, Marks(), path)
    text = path.read_text(encoding="utf-8")
    for word in ("conv2d", "batch_norm", "max_pool2d"):
        assert word in text
    left, top, right, bottom = whole(picture)
    assert f'viewBox="0 0 {round(right - left)} {round(bottom - top)}"' in text


def test_a_tall_graph_goes_over_several_pages_of_a_pdf(tmp_path: Path, qtbot: QtBot) -> None:
    stage = stage_of(paused(gpt(40), 0))
    opened = stage.opened()
    assert len(opened.scene.nodes) > 1000
    assert len(stage.picture.scene.nodes) < 200, "what is shown stays as it was"
    parts = pages(whole(opened), export.LONGEST_PAGE / export.POINTS)
    path = tmp_path / "graph.pdf"
    export_picture(opened, Marks(), path)
    data = path.read_bytes()
    assert data.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == len(parts) > 1


def test_pages_overlap_and_cover_everything() -> None:
    parts = pages((0.0, -10.0, 50.0, 950.0), 400.0)
    assert parts[0][1] == -10
    assert parts[-1][3] == 950
    for one, two in itertools.pairwise(parts):
        assert one[3] - two[1] == export.OVERLAP
    assert all(part[3] - part[1] <= 400 for part in parts)


def test_a_picture_that_is_given_up_leaves_the_file_as_it_was(
    picture: Picture, tmp_path: Path
) -> None:
    path = tmp_path / "graph.png"
    path.write_text("mine")
    job = Exporting(picture, Marks(), Sheet(whole(picture)), path)
    job.advance(0.0)
    job.cancel()
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_a_picture_that_cannot_be_written_says_why(picture: Picture, tmp_path: Path) -> None:
    for name in ("a.png", "a.svg", "a.pdf"):
        with pytest.raises(OSError, match="No such file"):
            export_picture(picture, Marks(), tmp_path / "none" / name)


def test_parts_draw_the_same_picture_as_one_draw(picture: Picture, tmp_path: Path) -> None:
    sheet = Sheet(whole(picture), 1.0)
    export_picture(picture, Marks(), tmp_path / "one.png", sheet)
    job = Exporting(picture, Marks(), sheet, tmp_path / "parts.png")
    shares: list[float] = []
    while (share := job.advance(0.0)) < 1.0:
        shares.append(share)
    job.write()
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert QImage(str(tmp_path / "one.png")) == QImage(str(tmp_path / "parts.png"))
    assert QImageReader(str(tmp_path / "one.png")).canRead()


# For other programs.


def told(run: Run) -> Run:
    record = run.records[3]
    output = replace(record.outputs[0], minimum=-1.5, maximum=2.0, mean=0.1, rms=1.0, neginf=2)
    run.update_records({3: replace(record, outputs=(output,), duration=0.5)})
    return run


def test_json_has_ops_values_scopes_and_statistics(tmp_path: Path) -> None:
    run = told(paused(gpt(2), 20))
    path = tmp_path / "graph.json"
    nodes, edges = write_graph(run, path)
    data = json.loads(path.read_text(encoding="utf-8"))
    net = nx.node_link_graph(data, edges="edges")
    assert (net.number_of_nodes(), net.number_of_edges()) == (nodes, edges)
    assert net.is_multigraph()
    assert net.is_directed()
    graph = run.graph
    assert nodes == len(graph.ops) + len(graph.values)
    op = graph.ops[3]
    facts = net.nodes[op.key]
    assert (facts["type"], facts["executions"], facts["seconds"]) == (op.type, 1, 0.5)
    (made,) = net.successors(op.key)
    value = net.nodes[made]
    assert (value["minimum"], value["maximum"], value["neginf"]) == (-1.5, 2.0, 2)
    later = net.nodes[graph.ops[40].key]
    assert "executions" not in later
    scopes = {row["key"]: row for row in data["graph"]["scopes"]}
    assert len(scopes) == len(graph.scopes)
    assert scopes[facts["scope"]]["path"] == facts["path"]


def test_graphml_is_read_back_with_all_facts(tmp_path: Path) -> None:
    run = told(paused(gpt(2), 20))
    path = tmp_path / "graph.graphml"
    nodes, edges = write_graph(run, path)
    net = nx.read_graphml(path, force_multigraph=True)
    assert (net.number_of_nodes(), net.number_of_edges()) == (nodes, edges)
    facts = net.nodes[run.graph.ops[3].key]
    assert facts["seconds"] == 0.5
    assert facts["kind"] == "op"
    assert len(json.loads(net.graph["scopes"])) == len(run.graph.scopes)


def test_a_loop_tells_how_often_it_ran(tmp_path: Path) -> None:
    run = paused(gpt(2), 2)
    run.add_records([OpRecord(1, 0, Phase.FORWARD, 1.0, (), ())] * 4)
    write_graph(run, tmp_path / "graph.json")
    data = json.loads((tmp_path / "graph.json").read_text(encoding="utf-8"))
    row = next(row for row in data["nodes"] if row["id"] == run.graph.ops[1].key)
    assert row["executions"] == 5
    assert row["seconds"] == pytest.approx(4.0001)


@pytest.mark.parametrize("name", ["graph.json", "graph.graphml"])
def test_an_export_that_is_cancelled_leaves_the_file_as_it_was(name: str, tmp_path: Path) -> None:
    run = paused(gpt(8), 100)
    path = tmp_path / name
    path.write_text("mine")
    looks = 0

    def count() -> None:
        nonlocal looks
        looks += 1

    write_graph(run, tmp_path / f"whole{path.suffix}", count)
    left = [looks - 5]

    def check() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_graph(run, path, check)
    assert path.read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([name, f"whole{path.suffix}"])


def test_xml_has_no_characters_that_it_does_not_allow() -> None:
    assert printable("a\x00b\x1bc\tΩ\ud800😀") == "a\ufffdb\ufffdc\tΩ\ufffd😀"
