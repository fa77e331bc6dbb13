"""The start page asks for models by mouse, keys and drops."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtWidgets import QApplication

from opscope.app.relative_time import when_text
from opscope.app.sample_picture import paint_picture, picture_of
from opscope.app.settings import Recent
from opscope.app.start_page import StartPage
from opscope.resources.samples.catalogue import Sample
from opscope.widgets import theme

NOW = datetime(2024, 6, 12, 15, 0).timestamp()
RECENTS = [
    Recent("a.py:f", "a", "PyTorch", NOW - 120, "paused", "Paused at op 2"),
    Recent("b.py:g", "b", "TensorFlow", NOW - 90000, "bad", "NaN from log"),
]
SAMPLES = [
    Sample(name, Path(), name.title(), "One sentence", framework)
    for name, framework in (("gpt", "PyTorch"), ("resnet", "PyTorch"), ("gru", "TensorFlow"))
]


@pytest.fixture
def page(qtbot) -> StartPage:
    made = StartPage("0.1")
    qtbot.addWidget(made)
    made.show_recents(RECENTS, NOW)
    made.show_samples(SAMPLES)
    made.resize(1600, 970)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    return made


def rows(page: StartPage) -> list[str]:
    return [tile.accessibleName() for tile in page.tiles()]


def test_lists_recents_and_samples(page: StartPage) -> None:
    assert rows(page) == [
        "Open model… Python file, .pt2, SavedModel or .keras",
        "a, PyTorch, Paused at op 2, 2 min ago",
        "b, TensorFlow, NaN from log, Yesterday",
        "Gpt, PyTorch: One sentence",
        "Resnet, PyTorch: One sentence",
        "Gru, TensorFlow: One sentence",
    ]
    assert page.clear.isVisible()


def test_clicks_ask_for_what_was_clicked(qtbot, page: StartPage) -> None:
    opener, recent, _, sample, *_ = page.tiles()
    with qtbot.waitSignal(page.open_wanted, timeout=500):
        qtbot.mouseClick(opener, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(page.spec_wanted, timeout=500) as seen:
        qtbot.mouseClick(recent, Qt.MouseButton.LeftButton)
    assert seen.args == ["a.py:f"]
    with qtbot.waitSignal(page.sample_wanted, timeout=500) as seen:
        qtbot.mouseClick(sample, Qt.MouseButton.LeftButton)
    assert seen.args == ["gpt"]
    with qtbot.waitSignal(page.clear_wanted, timeout=500):
        qtbot.mouseClick(page.clear, Qt.MouseButton.LeftButton)


def test_arrows_walk_and_enter_opens(qtbot, page: StartPage) -> None:
    opener, first, second, gpt, resnet, _ = page.tiles()
    opener.setFocus()
    qtbot.keyClick(opener, Qt.Key.Key_Right)
    assert page.focusWidget() is first
    qtbot.keyClick(first, Qt.Key.Key_Down)
    assert page.focusWidget() is second
    qtbot.keyClick(second, Qt.Key.Key_Left)
    assert page.focusWidget() is opener
    qtbot.keyClick(opener, Qt.Key.Key_Down)
    assert page.focusWidget() is gpt
    qtbot.keyClick(gpt, Qt.Key.Key_Right)
    assert page.focusWidget() is resnet
    with qtbot.waitSignal(page.sample_wanted, timeout=500) as seen:
        qtbot.keyClick(resnet, Qt.Key.Key_Return)
    assert seen.args == ["resnet"]
    qtbot.keyClick(resnet, Qt.Key.Key_Up)
    assert page.focusWidget() in (opener, second)


def test_without_recents_says_so_and_offers_no_clear(page: StartPage) -> None:
    page.show_recents([])
    assert not page.clear.isVisible()
    assert len(page.tiles()) == 4
    page.show_recents(RECENTS, NOW)
    assert len(page.tiles()) == 6
    assert page.clear.isVisible()


def test_narrow_pages_flow_their_cards(qtbot, page: StartPage) -> None:
    gpt, gru = page.tiles()[3], page.tiles()[5]
    assert gpt.y() == gru.y()
    page.resize(620, 970)
    qtbot.waitUntil(lambda: gru.y() > gpt.y())


def test_a_dropped_file_is_asked_for(qtbot, page: StartPage, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    with qtbot.waitSignal(page.file_wanted, timeout=500) as seen:
        page.dropEvent(drop)
    assert Path(seen.args[0]) == file


def test_other_drops_are_left_alone(page: StartPage) -> None:
    data = QMimeData()
    data.setText("hello")
    enter = QDragEnterEvent(
        QPoint(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter.ignore()
    page.dragEnterEvent(enter)
    assert not enter.isAccepted()


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime(2024, 6, 12, 14, 59, 40), "Just now"),
        (datetime(2024, 6, 12, 14, 48), "12 min ago"),
        (datetime(2024, 6, 12, 9, 41), "Today 09:41"),
        (datetime(2024, 6, 11, 23, 0), "Yesterday"),
        (datetime(2024, 6, 10, 1, 0), "Monday"),
        (datetime(2024, 3, 3), "3 March"),
        (datetime(2023, 2, 28), "28 February 2023"),
    ],
)
def test_times_in_words(then: datetime, text: str) -> None:
    assert when_text(then.timestamp(), NOW) == text


@pytest.mark.parametrize("name", ["gpt_block", "resnet18", "char_gru", "nan_loss", "other"])
def test_pictures_fit_their_box(qapp: QApplication, name: str) -> None:
    picture = picture_of(name)
    for x, y, width, category, outline in picture.nodes:
        assert x - width / 2 >= 0
        assert x + width / 2 <= 120
        assert 5 <= y <= 135
        assert theme.colour(category).isValid()
        assert not outline or theme.colour(outline).isValid()
    assert all(max(start, end) < len(picture.nodes) for start, end, _ in picture.edges)
    pixmap = QPixmap(120, 140)
    pixmap.fill(Qt.GlobalColor.black)
    painter = QPainter(pixmap)
    paint_picture(painter, QRectF(0, 0, 120, 140), picture)
    painter.end()
    image = pixmap.toImage()
    painted = sum(
        image.pixel(x, y) & 0xFFFFFF != 0 for x in range(0, 120, 2) for y in range(0, 140, 2)
    )
    assert painted > 50


def test_what_is_replaced_is_no_longer_seen(page: StartPage) -> None:
    old = page.tiles()
    page.show_recents(RECENTS[:1], NOW)
    page.show_samples(SAMPLES[:1])
    gone = [tile for tile in old if tile not in page.tiles()]
    assert len(gone) == 5
    assert not any(tile.isVisible() for tile in gone)
