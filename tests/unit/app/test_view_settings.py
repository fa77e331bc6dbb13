"""Bookmarked views in the settings: kept per model, and read with care."""

from __future__ import annotations

import json

from opscope.app.settings import Settings, decode, encode
from opscope.widgets.graph.bookmarks import Bookmark


def test_settings_keep_views_and_drop_what_is_none() -> None:
    settings = Settings()
    mark = Bookmark(3, "h.5", "/h.5", 1.5, -2.0, 0.7, ("/h.5",), ("/h.1",), fold=False)
    settings.remember_views("net.py:build", [mark])
    data = json.loads(json.dumps(encode(settings)))
    rows = data["models"]["net.py:build"]["views"]
    data["models"]["net.py:build"]["views"] = [
        *rows,
        {"slot": 12, "across": 0, "down": 0, "zoom": 1},
        {"slot": 2, "across": "left", "down": 0, "zoom": 1},
        {"slot": 5, "across": 0, "down": float("nan"), "zoom": 1},
        {"slot": 6, "across": 0, "down": 0, "zoom": 0},
        {"slot": 4, "across": 0.0, "down": 0.0, "zoom": 1.0, "open": [1, "/a"]},
        "nonsense",
    ]
    found = decode(data).views("net.py:build")
    assert found[0] == mark
    assert [row.slot for row in found] == [3, 4]
    assert found[1].open == ("/a",)
    assert settings.views("other.py:build") == []


def test_a_breakpoint_leaves_the_views_as_they_were() -> None:
    settings = Settings()
    settings.remember_views("a", [Bookmark(1, "x", "/x", 0.0, 0.0, 1.0)])
    settings.remember_breakpoints("a", [])
    assert len(settings.views("a")) == 1
