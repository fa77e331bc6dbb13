"""The graph pane's parts, and the layout it shows; a large one is made beside the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ...tracers.ir import Place, Run, RunState, Selection
from .. import motion
from ..pane import Pane
from ..run.found import Found
from .canvas import STEP, GraphCanvas
from .carding import Cards
from .following import Follower
from .found_light import light_of
from .inks import Words
from .jobs import Check, Jobs
from .light import Light
from .lighting import Lighting
from .markers import Marks
from .minimap import Minimap
from .model import is_op
from .notice import Notice
from .overlaid import Overlaid
from .picture import Picture
from .portrait import Around, around
from .rows import unchecked
from .scene import Look
from .stage import Stage
from .strip import Strip

LARGE = 2000  # nodes from which on a layout is made beside the GUI thread
MASSIVE = 4000  # ops from which on the whole graph is taken in there


class LaidView(Pane):
    """Strip, canvas and minimap with the stage of a run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._stage: Stage | None = None
        self._words = Words()
        self._selection = Selection()
        self._hover = Selection()
        self._found: Found | None = None
        self._name = ""
        self._by_name = True
        self._bare = False  # without weights
        self._laid_anew = False  # since the place was last followed
        self._pace = motion.Pace()
        self._placed: Place | None = None
        self._grew = False  # what is laid out next has more in it, and does not glide
        self._unseen = -1  # first record of what came while a layout was made
        self._place_waits = False
        self._rewind_waits = False
        self._jobs = Jobs(self)
        self.strip = Strip(STEP, self)
        self.canvas = GraphCanvas(self)
        self.minimap = Minimap(self.canvas, self)
        self.notice = Notice(self.canvas)
        self._follower = Follower(self, self.canvas, self.minimap, self._neighbours)
        self.overlaid = Overlaid(self, self.canvas, self.minimap)
        self.lighting = Lighting(self, self.canvas, self._light)
        self.cards = Cards(self, self.canvas)
        self._banner = QVBoxLayout()
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addLayout(self._banner)
        column.addWidget(self.canvas, 1)
        self.minimap.raise_()
        self.setFocusProxy(self.canvas)
        self.canvas.resized.connect(self.notice.centre)
        self._jobs.slow.connect(self._tell_slow)
        self.notice.pressed.connect(self._press_notice)

    def show_run(self, run: Run | None) -> None:
        """Another run, or a new graph of the same one; what was open stays open where it can."""
        before = self._stage.open_keys() if self._stage is not None else set[str]()
        self._jobs.stop()
        self.notice.hide()
        self._unseen = -1
        self._place_waits = False
        self._placed = None
        if run is not self._run:
            self.overlaid.show(None)
        self._run = run
        self._selection = self._hover = Selection()
        large = run is not None and len(run.graph.ops) > MASSIVE
        if run is None or not run.graph.ops or large:
            self._stage = None
            self.canvas.show_picture(None, Marks())
            self.cards.show_stage(None)
            self.lighting.renew(None)
            self._show_path()
        if run is None or not run.graph.ops:
            return
        self._set_stage(run, before, self._show_new)

    def _set_stage(self, run: Run, before: set[str], then: Callable[[Stage], None]) -> None:
        """Take a graph in, a large one beside the GUI thread; `then` shows it."""
        words, fold, by_name = self._words, self.strip.fold.isChecked(), self._by_name
        bare = self._bare
        if len(run.graph.ops) > MASSIVE:

            def build(check: Check) -> Callable[[], None]:
                return partial(then, Stage(run, words, fold, before, check, by_name, bare))

            self._jobs.start(build)
        else:
            then(Stage(run, words, fold, before, by_name=by_name, bare=bare))

    def _show_new(self, stage: Stage) -> None:
        self._stage = stage
        stage.before_change = self._jobs.stop
        self._show_stage()
        if not stage.restored:
            self._follower.arrive()
        self._show_path()
        self._catch_up()

    def show_model_name(self, name: str) -> None:
        """What the path starts with."""
        self._name = name
        self._show_path()

    def set_banner(self, banner: QWidget | None) -> None:
        """Put a widget between strip and canvas; None takes it away."""
        item = self._banner.takeAt(0)
        old = item.widget() if item is not None else None
        if old is not None and old is not banner:
            old.hide()
        if banner is not None:
            self._banner.addWidget(banner)
            banner.show()
        self.minimap.raise_()

    def _reveal(self, selection: Selection) -> None:
        index = self._node_of(selection)
        if index >= 0:
            self.canvas.reveal(index)

    def node_rect(self, selection: Selection) -> QRect | None:
        """Where a selection's node is, in this widget's coordinates; None where none shows it."""
        index = self._node_of(selection)
        if index < 0:
            return None
        return self.canvas.node_rect(index).translated(self.canvas.pos())

    def opened(self, check: Check) -> Picture:
        """A picture with every group open, for a file; may be made in another thread."""
        assert self._stage is not None
        return self._stage.opened(check)

    def around(self, op: int, check: Check) -> Around | None:
        """A picture in which an op is seen, for a page; may be made in another thread."""
        return None if self._stage is None else around(self._stage, op, check)

    def is_open(self, scope: int) -> bool:
        """Whether a group is drawn as a frame."""
        return self._stage is not None and scope in self._stage.nest.open

    def _neighbours(self, index: int) -> list[int]:
        return self._stage.neighbours(index) if self._stage is not None else []

    def _node_of(self, selection: Selection) -> int:
        return self._stage.node_of(selection) if self._stage is not None else -1

    def _mark_anew(self, stage: Stage) -> tuple[Marks, Marks]:
        """The marks before and now."""
        before = self.canvas.marks
        self.canvas.marks = stage.mark(before, self._selection, self._hover)
        return before, self.canvas.marks

    def _lay_out(
        self, anchor: int | None, was: int | None = None, then: Callable[[], None] = unchecked
    ) -> None:
        """Lay out anew; the node `anchor` (before: `was`) keeps its place on the screen."""
        stage = self._stage
        if stage is None:
            return
        was = was if was is not None else anchor
        if stage.nest.size() <= LARGE:
            self._show_laid(stage.lay_out(), anchor, was, then)
            return

        def work(check: Check) -> Callable[[], None]:
            return partial(self._show_laid, stage.lay_out(check), anchor, was, then)

        self._jobs.start(work)

    def _show_laid(
        self, picture: Picture, anchor: int | None, was: int | None, then: Callable[[], None]
    ) -> None:
        if self._stage is None:
            return
        old = self._corner(was)
        running = self._run is not None and self._run.state is RunState.RUNNING
        at_once = running or self._grew or self._pace.hurried
        before = None if at_once else self.canvas.standing()
        self._grew = False
        self._stage.show(picture)
        new = self._corner(anchor)
        self._show_stage()
        self._laid_anew = True
        if old is not None and new is not None:
            self.canvas.look_at(self.canvas.origin + new - old)
        then()
        self.canvas.rearrange(before)
        self._catch_up()

    def _catch_up(self) -> None:
        """Take in what came while a layout was made."""
        if self._rewind_waits:
            self.show_rewound()
        first, self._unseen = self._unseen, -1
        if first >= 0:
            self.show_growth(first)
        if self._place_waits:
            self.show_place()

    @property
    def busy(self) -> bool:
        """A layout is being made; what is shown is the one before."""
        return self._jobs.busy

    def _tell_slow(self, slow: bool) -> None:
        if slow:
            self.notice.say("Laying out…", "Cancel")
        else:
            self.notice.hide()

    def _press_notice(self) -> None:
        """Give up a layout; or, where there is none at all, ask for it again."""
        stage = self._stage
        if not self._jobs.busy:
            self.show_run(self._run)
            return
        self._jobs.stop()
        if stage is None:
            self.notice.say("The graph is not laid out.", "Lay out")
        else:
            stage.undo()
            self.strip.fold.setChecked(stage.nest.fold_shapes)
            self._catch_up()

    def _show_stage(self) -> None:
        if self._stage is not None:
            marks = self._stage.mark(self.canvas.marks, self._selection, self._hover)
            marks.overlay = self.overlaid.shown
            marks.light = self._light()
            self.canvas.show_picture(self._stage.picture, marks)
            self.cards.show_stage(self._stage)
            self.lighting.renew(self._stage)
            if self.overlaid.shown is not None:
                self.overlaid.renew()

    def show_found(self, found: Found | None) -> None:
        """Light what was found; the rest is dim."""
        self._found = found
        self.lighting.clear()
        if self._stage is not None:
            self.canvas.marks.light = self._light()
            self.canvas.update()
            self.minimap.show_progress()

    def _light(self) -> Light | None:
        found, stage = self._found, self._stage
        if found is None or stage is None or not len(found.ops):
            return None
        return light_of(found, stage.picture.scene, stage.model)

    def _corner(self, key: int | None) -> QPointF | None:
        """A node's chevron, or the middle of an op, in layout coordinates."""
        if self._stage is None or key is None:
            return None
        scene = self._stage.picture.scene
        if key not in scene.at:
            return None
        node = scene.nodes[scene.at[key]]
        return QPointF(node.x + (node.width / 2 if is_op(key) else 0.0), node.y)

    def _place_key(self) -> int | None:
        """What to keep still while the place is followed: the node where it was."""
        marks = self.canvas.marks
        if self._stage is not None:
            for index in (marks.cursor, marks.live, marks.selected):
                if index >= 0:
                    return self._stage.picture.scene.nodes[index].key
        return self._middle_key()

    def _middle_key(self) -> int | None:
        """The node nearest to the middle of what is seen."""
        if self._stage is None or not self._stage.picture.scene.nodes:
            return None
        scene = self._stage.picture.scene
        middle = self.canvas.visible_area().center()
        away = abs(scene.rects[:, [0, 2]].mean(1) - middle.x())
        away += abs(scene.rects[:, 1] - middle.y())
        node = scene.nodes[int(away.argmin())]
        return scene.nodes[node.parent].key if node.look is Look.WEIGHT else node.key

    def _show_path(self) -> None:
        crumbs = self.strip.crumbs
        if self._run is None or self._stage is None:
            crumbs.show_path([(self._name, 0)] if self._name else [])
            return
        model = self._stage.model
        scope = self._selection.scope
        if self._selection.op >= 0:
            scope = model.graph.ops[self._selection.op].scope
        elif scope < 0:
            scope = self._run.place.scope
        parts = [(self._name or model.title(0), 0)]
        parts += [(model.title(group), group) for group in model.trail(scope)[1:]]
        crumbs.show_path(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The minimap stays in its corner, or goes where there is little room."""
        super().resizeEvent(event)
        self._column.activate()
        self._follower.place_minimap()
