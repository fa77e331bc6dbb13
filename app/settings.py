"""What the program remembers: preferences, recent models, layout, and choices per model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from pathlib import Path
from typing import Any, cast

from ..tracers.ir import Breakpoint, BreakpointKind
from ..tracers.ir.watchpoint import Watchpoint
from ..tracers.protocol.messages import RAISED, UNCAUGHT
from ..widgets.graph.bookmarks import SLOTS, Bookmark
from ..widgets.notes import MOST_TEXT, Note
from .choice import LaunchChoice
from .remote.hosts import find_host

THEMES = ("dark", "light", "system")
RECENTS = 12
MODELS = 200  # per-model choices kept, newest first


@dataclass(frozen=True, slots=True)
class Recent:
    """A model that was opened.

    Attributes:
        framework: "PyTorch" or "TensorFlow", "" if it never loaded.
        when: seconds since 1970, of the last change.
        status: "paused", "finished", "bad" (NaN or infinity), "failed", "died" or "".
        text: the status in words ("Paused at op 232").
    """

    spec: str
    name: str
    framework: str = ""
    when: float = 0.0
    status: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Remembered:
    """How a model was last launched, its breakpoints, watchpoints and notes, views of its graph,
    watched expressions.

    Attributes:
        stamp: of the file when it was trusted (see `stamp_of`); "" if it was not.
        host: the name of the machine that it is on, "" for this computer.
    """

    inputs: tuple[str, ...] = ()
    python: str = ""
    exact: bool = False
    cwd: str = ""
    image: tuple[tuple[str, str], ...] = ()
    custom: str = ""
    stamp: str = ""
    breakpoints: tuple[Breakpoint, ...] = ()
    views: tuple[Bookmark, ...] = ()
    watches: tuple[str, ...] = ()
    watchpoints: tuple[Watchpoint, ...] = ()
    notes: tuple[Note, ...] = ()
    host: str = ""


@dataclass(slots=True)
class Settings:
    """Everything that is remembered.

    Attributes:
        theme: one of THEMES.
        stop_first: a program that is run under the debugger stops at its first call of a model.
        fold_shapes: chains of shape ops are drawn as one.
        group_by_name: layers that belong together by their names alone are drawn as groups.
        budget_mb: memory for kept values in MiB; 0 lets the debuggee choose.
        python: the interpreter offered first, "" for the program's own.
        errors: DAP's filters of the errors that stop a run.
        geometry: the window's, as base64.
        sizes: splitter name to its sizes in pixels.
        models: by spec, newest first.
        comparisons: two specs that were compared, and the way that made B of A, "" for none; newest
            first.
    """

    theme: str = "dark"
    budget_mb: int = 0
    reduced_motion: bool = False
    stop_first: bool = True
    fold_shapes: bool = True
    group_by_name: bool = True
    python: str = ""
    errors: list[str] = field(default_factory=lambda: [UNCAUGHT])
    recents: list[Recent] = field(default_factory=list["Recent"])
    geometry: str = ""
    sizes: dict[str, list[int]] = field(default_factory=dict[str, "list[int]"])
    models: dict[str, Remembered] = field(default_factory=dict[str, "Remembered"])
    comparisons: list[tuple[str, str, str]] = field(default_factory=list["tuple[str, str, str]"])

    def note_comparison(self, a: LaunchChoice, b: LaunchChoice, way: str = "") -> None:
        """Put a pair first in the list, and keep how both were launched; B's inputs are A's, so
        those that it had by itself stay."""
        own = self.choice(b.spec)
        self.remember(replace(b, inputs=own.inputs, image=own.image))
        self.remember(a)
        pair = a.spec, b.spec, way
        self.comparisons = [pair, *(row for row in self.comparisons if row != pair)][:RECENTS]

    def note_recent(self, recent: Recent) -> None:
        """Put a model first in the list; an older entry of the same spec goes."""
        others = [row for row in self.recents if row.spec != recent.spec]
        self.recents = [recent, *others][:RECENTS]

    def forget_recents(self) -> None:
        """Clear the list; what is remembered per model stays."""
        self.recents = []

    def remember(self, choice: LaunchChoice) -> None:
        """Keep how a model was launched; its breakpoints stay."""
        kept = self.models.pop(choice.key, Remembered())
        made = replace(
            kept,
            inputs=choice.inputs,
            python=choice.python,
            exact=choice.exact,
            cwd=choice.cwd,
            image=choice.image,
            custom=choice.custom,
            stamp=stamp_of(choice.spec, choice.cwd) if _is_vouched(choice) else "",
            host="" if choice.host is None else choice.host.name,
        )
        self._put(choice.key, made)

    def remember_breakpoints(self, spec: str, points: Iterable[Breakpoint]) -> None:
        """Keep a model's breakpoints."""
        kept = self.models.pop(spec, Remembered())
        self._put(spec, replace(kept, breakpoints=tuple(points)))

    def remember_views(self, spec: str, marks: Iterable[Bookmark]) -> None:
        """Keep a model's bookmarked views."""
        kept = self.models.pop(spec, Remembered())
        self._put(spec, replace(kept, views=tuple(marks)))

    def remember_watches(self, spec: str, texts: Iterable[str]) -> None:
        """Keep the expressions that are watched in a model."""
        kept = self.models.pop(spec, Remembered())
        self._put(spec, replace(kept, watches=tuple(texts)))

    def remember_watchpoints(self, spec: str, points: Iterable[Watchpoint]) -> None:
        """Keep a model's watchpoints."""
        kept = self.models.pop(spec, Remembered())
        self._put(spec, replace(kept, watchpoints=tuple(points)))

    def remember_notes(self, spec: str, notes: Iterable[Note]) -> None:
        """Keep what the user wrote on a model's ops and modules."""
        kept = self.models.pop(spec, Remembered())
        self._put(spec, replace(kept, notes=tuple(notes)))

    def notes(self, spec: str) -> list[Note]:
        """What the user wrote on a model's ops and modules."""
        return list(self.models.get(spec, Remembered()).notes)

    def watchpoints(self, spec: str) -> list[Watchpoint]:
        """A model's watchpoints."""
        return list(self.models.get(spec, Remembered()).watchpoints)

    def watches(self, spec: str) -> list[str]:
        """The expressions that are watched in a model."""
        return list(self.models.get(spec, Remembered()).watches)

    def views(self, spec: str) -> list[Bookmark]:
        """A model's bookmarked views."""
        return list(self.models.get(spec, Remembered()).views)

    def _put(self, spec: str, made: Remembered) -> None:
        self.models = dict(list({spec: made, **self.models}.items())[:MODELS])

    def breakpoints(self, spec: str) -> list[Breakpoint]:
        """A model's breakpoints."""
        return list(self.models.get(spec, Remembered()).breakpoints)

    def choice(self, key: str) -> LaunchChoice:
        """How to launch a model as it was last time; trusted only if its file did not change, and
        so never on another machine. Raises BadHosts."""
        kept = self.models.get(key)
        if kept is None:
            return LaunchChoice(spec=key, python=self.python)
        spec = key.removeprefix(f"{kept.host}:") if kept.host else key
        return LaunchChoice(
            host=find_host(kept.host) if kept.host else None,
            spec=spec,
            inputs=kept.inputs,
            python=kept.python,
            trusted=bool(kept.stamp) and kept.stamp == stamp_of(spec, kept.cwd),
            exact=kept.exact,
            cwd=kept.cwd,
            image=kept.image,
            custom=kept.custom,
        )


def _is_vouched(choice: LaunchChoice) -> bool:
    return choice.trusted and choice.host is None


def stamp_of(spec: str, cwd: str = "") -> str:
    """Size and time of the file (or of a folder's files) that a spec names; "" if there is none."""
    for text in (spec, spec.rpartition(":")[0]):
        path = Path(cwd or ".", text).expanduser()
        if text and path.exists():
            files = sorted(path.iterdir()) if path.is_dir() else [path]
            facts = [(f.name, f.stat()) for f in files if f.is_file()]
            return ";".join(f"{name},{s.st_size},{s.st_mtime_ns}" for name, s in facts)
    return ""


def encode(settings: Settings) -> dict[str, Any]:
    """As JSON's types."""
    return asdict(settings)


def decode(data: object) -> Settings:
    """From JSON's types; what is missing or of the wrong kind falls back to its default.

    Raises:
        ValueError: it is no object at all.
    """
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    row = cast("dict[str, Any]", data)
    theme = _text(row, "theme")
    made = Settings(
        theme=theme if theme in THEMES else "dark",
        budget_mb=max(0, _int(row, "budget_mb")),
        reduced_motion=row.get("reduced_motion") is True,
        stop_first=row.get("stop_first") is not False,
        fold_shapes=row.get("fold_shapes") is not False,
        group_by_name=row.get("group_by_name") is not False,
        python=_text(row, "python"),
        geometry=_text(row, "geometry"),
    )
    if "errors" in row:
        made.errors = [name for name in (UNCAUGHT, RAISED) if name in _list(row, "errors")]
    made.recents = [_recent(item) for item in _rows(row, "recents") if _text(item, "spec")]
    made.sizes = {
        name: [size for size in cast("list[Any]", sizes) if isinstance(size, int)]
        for name, sizes in _object(row, "sizes").items()
        if isinstance(sizes, list)
    }
    made.comparisons = list(_pairs(row, "comparisons"))
    made.models = {
        spec: _remembered(cast("dict[str, Any]", item))
        for spec, item in _object(row, "models").items()
        if isinstance(item, dict)
    }
    return made


def _pairs(row: dict[str, Any], key: str) -> Iterable[tuple[str, str, str]]:
    for item in _list(row, key):
        match item:
            case [str(a), str(b), str(way)] if a and b:
                yield a, b, way
            case _:
                continue


def _recent(row: dict[str, Any]) -> Recent:
    when = row.get("when")
    return Recent(
        spec=_text(row, "spec"),
        name=_text(row, "name") or _text(row, "spec"),
        framework=_text(row, "framework"),
        when=float(when) if isinstance(when, (int, float)) else 0.0,
        status=_text(row, "status"),
        text=_text(row, "text"),
    )


def _remembered(row: dict[str, Any]) -> Remembered:
    pairs = [cast("list[Any]", pair) for pair in _list(row, "image") if isinstance(pair, list)]
    return Remembered(
        inputs=tuple(text for text in _list(row, "inputs") if isinstance(text, str)),
        python=_text(row, "python"),
        exact=row.get("exact") is True,
        cwd=_text(row, "cwd"),
        image=tuple((str(pair[0]), str(pair[1])) for pair in pairs if len(pair) == 2),
        custom=_text(row, "custom"),
        stamp=_text(row, "stamp"),
        host=_text(row, "host"),
        breakpoints=tuple(_breakpoints(_rows(row, "breakpoints"))),
        views=tuple(_views(_rows(row, "views"))),
        watches=tuple(text for text in _list(row, "watches") if isinstance(text, str)),
        watchpoints=tuple(_watchpoints(_rows(row, "watchpoints"))),
        notes=tuple(_notes(_rows(row, "notes"))),
    )


def _breakpoints(rows: list[dict[str, Any]]) -> Iterable[Breakpoint]:
    kinds = {kind.value: kind for kind in BreakpointKind}
    for row in rows:
        kind, where = kinds.get(_text(row, "kind")), _text(row, "where")
        if kind is not None and where:
            terms = (_text(row, name) for name in ("condition", "hits", "log"))
            enabled = row.get("enabled") is not False
            yield Breakpoint(kind, where, _text(row, "label"), enabled, *terms)


def _watchpoints(rows: list[dict[str, Any]]) -> Iterable[Watchpoint]:
    for row in rows:
        text = _text(row, "text")
        if text:
            stop, enabled = (row.get(name) is not False for name in ("stop", "enabled"))
            yield Watchpoint(text, stop, enabled)


def _notes(rows: list[dict[str, Any]]) -> Iterable[Note]:
    for row in rows:
        where, text = _text(row, "where"), _text(row, "text").strip()
        if where and text:
            yield Note(where, text[:MOST_TEXT], _text(row, "label"), row.get("module") is True)


def _views(rows: list[dict[str, Any]]) -> Iterable[Bookmark]:
    for row in rows:
        slot, numbers = _int(row, "slot"), [row.get(name) for name in ("across", "down", "zoom")]
        if slot not in SLOTS or not all(isinstance(number, (int, float)) for number in numbers):
            continue
        across, down, zoom = (float(cast("float", number)) for number in numbers)
        if isfinite(across) and isfinite(down) and 0 < zoom < 100:
            yield Bookmark(
                slot=slot,
                title=_text(row, "title"),
                anchor=_text(row, "anchor"),
                across=across,
                down=down,
                zoom=zoom,
                open=tuple(key for key in _list(row, "open") if isinstance(key, str)),
                apart=tuple(key for key in _list(row, "apart") if isinstance(key, str)),
                fold=row.get("fold") is not False,
            )


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return value if isinstance(value, str) else ""


def _int(row: dict[str, Any], key: str) -> int:
    value = row.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _list(row: dict[str, Any], key: str) -> list[Any]:
    value = row.get(key)
    return cast("list[Any]", value) if isinstance(value, list) else []


def _object(row: dict[str, Any], key: str) -> dict[str, Any]:
    value = row.get(key)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _rows(row: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [cast("dict[str, Any]", item) for item in _list(row, key) if isinstance(item, dict)]
