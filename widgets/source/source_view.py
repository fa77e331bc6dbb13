"""The source pane: the user's code with the run in it, and the call stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from ...tracers.ir import (
    Breakpoint,
    BreakpointKind,
    Place,
    Run,
    RunState,
    Selection,
    SourceLine,
    TensorSummary,
)
from ..icon_button import IconButton
from ..pane import Pane
from ..prepared import Prepared
from ..run.input_line import InputLine
from ..run.output_view import OutputView
from ..run.row import Dot
from ..run.tab_strip import TabStrip
from ..run.wording import bad_text, bad_token, is_step_result, line_text, worst
from ..theme import colour, hub, ui_font
from .code_view import CodeView, Marks
from .line_notes import Lines, Note
from .locals_view import LocalsView
from .stack_list import StackFrame, StackList
from .watch_view import WatchView

_EDGE = 14
NOT_YET = "The code of the op that runs next will stand here."
NO_LINE = "No line of your own code ran this op."
LOCALS, WATCH, OUTPUT = 2, 3, 4  # the tabs' indices


class SourceView(Pane):
    """Tabs from "Source" to "Output"; `output` takes what the model prints, `input` what it reads.

    Signals:
        source_wanted: str, a file whose text shall come by show_text or show_unavailable.
        line_breakpoint_toggled: str and int, a file and a line whose gutter was clicked.
        line_menu_wanted: str, int and QPoint; the context menu of a line, in screen coordinates.
        open_wanted: str and int, a place to open in the user's editor.
        frame_chosen: int, a frame of the call stack, innermost first.
    """

    source_wanted = Signal(str)
    line_breakpoint_toggled = Signal(str, int)
    line_menu_wanted = Signal(str, int, QPoint)
    open_wanted = Signal(str, int)
    frame_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._lines: Lines | None = None
        self._gathered = Prepared(Lines)
        self._selection = Selection()
        self._texts: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._asked: set[str] = set()
        self._points: list[Breakpoint] = []
        self._dots_of = ("", 0)  # what the dots were found for: a file, and how many ops
        self._found_dots: dict[int, Dot] = {}
        self._shown: SourceLine | None = None
        self._clicked: tuple[str, int, int] | None = None

        self.tabs = TabStrip(["Source", "Call stack", "Locals", "Watch", "Output"])
        self.tabs.setAccessibleName("Source, call stack, locals, watch or output")
        self.code = CodeView()
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setMargin(24)
        self.stack = StackList()
        self.locals = LocalsView()
        self.watch = WatchView()
        self.output = OutputView()
        self.input = InputLine()
        self._page = QStackedWidget()
        self._page.addWidget(self.code)
        self._page.addWidget(self.sentence)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._page)
        self._pages.addWidget(self.stack)
        self._pages.addWidget(self.locals)
        self._pages.addWidget(self.watch)
        printed = QWidget()
        below = QVBoxLayout(printed)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(0)
        below.addWidget(self.output, 1)
        below.addWidget(self.input)
        self._pages.addWidget(printed)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self._pages, 1)
        self.open_button = IconButton("external-link", "Open in the editor", self, "text3")

        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.code.line_pressed.connect(self._pick_line)
        self.code.gutter_pressed.connect(self._toggle)
        self.code.menu_wanted.connect(self._ask_menu)
        self.code.verticalScrollBar().valueChanged.connect(self._annotate)
        self.stack.frame_picked.connect(self._show_frame)
        self.output.record_pressed.connect(self._pick_record)
        self.open_button.clicked.connect(self._open)
        hub().changed.connect(self._restyle)
        self._restyle()
        self._show(None)

    def show_output(self, category: str, text: str) -> None:
        """Something that the model printed; its tab gets a mark while another is open."""
        self.output.add(category, text)
        self.tabs.show_new(OUTPUT)

    def show_log(self, text: str, record: int) -> None:
        """What a breakpoint logs where an op was come to; the op's number leads to it."""
        self.output.add_log(text, record)
        self.tabs.show_new(OUTPUT)

    def forget_output(self) -> None:
        """Another run begins."""
        self.output.clear()
        self.tabs.show_new(OUTPUT, False)

    def go_to_watch(self) -> None:
        """Show the Watch tab, ready for an expression."""
        self.tabs.setCurrentIndex(WATCH)
        self.watch.field.setFocus()
        self.watch.field.selectAll()

    def focus_target(self) -> QWidget:
        watch = self.watch.focus_target()
        pages = (self.code, self.stack, self.locals.tree, watch, self.output)
        page = pages[self.tabs.currentIndex()]
        return page if page.isVisible() else self.tabs

    def prepare(self, run: Run) -> None:
        self._gathered.prepare(run)

    def show_run(self, run: Run | None) -> None:
        if run is not self._run:
            self._texts.clear()
            self._refused.clear()
            self._asked.clear()
            self.code.forget()
            self.show_stack([])
        self._run = run
        self._lines = None if run is None else self._gathered.take(run)
        self._selection = Selection()
        self._dots_of = ("", 0)
        self._show(self._line_of(run.place) if run is not None else None)

    def show_growth(self, first_record: int) -> None:
        if self._lines is not None:
            self._lines.follow()

    def show_rewound(self) -> None:
        if self._run is not None:
            self._lines = Lines(self._run)
            self._annotate()

    def show_updated(self, records: set[int]) -> None:
        if self._run is not None:
            self._annotate()

    def show_place(self) -> None:
        run = self._run
        if run is None:
            return
        if self._lines is not None:
            self._lines.follow()
        line = self._line_of(run.place)
        failing = run.failing
        if failing >= 0:
            source = run.records[failing].source
            line = run.graph.sources[source] if source >= 0 else line
        if line is not None or self._shown is None or failing >= 0:
            self._show(line)
        else:
            self._annotate()

    def show_selection(self, selection: Selection) -> None:
        self._selection = selection
        run = self._run
        if run is None or self._lines is None:
            return
        source, _ = self._lines.selected(selection)
        if source >= 0 and not is_step_result(run, selection):
            self._show(run.graph.sources[source])
        else:
            self._annotate()

    def show_text(self, path: str, text: str) -> None:
        """The text of a file that was asked for, or that changed."""
        self._texts[path] = text
        self._refused.pop(path, None)
        if self._shown is not None and self._shown.file == path:
            self._show(self._shown)

    def show_unavailable(self, path: str, sentence: str) -> None:
        """A file that was asked for cannot be had."""
        self._refused[path] = sentence
        if self._shown is not None and self._shown.file == path:
            self._show(self._shown)

    def show_stack(self, frames: Sequence[Mapping[str, object]]) -> None:
        """The user's frames, innermost first: name, file, line, and scope (its path or index)."""
        self.stack.frames.show_frames(
            [
                StackFrame(
                    str(frame.get("name", "")),
                    str(frame.get("file", "")),
                    int(str(frame.get("line") or 0)),
                    self._path_of(frame.get("scope")),
                )
                for frame in frames
            ]
        )

    def show_breakpoints(self, points: list[Breakpoint]) -> None:
        """Dots in the gutter: line breakpoints, and those on ops of a line."""
        self._points = list(points)
        self._dots_of = ("", 0)
        self._annotate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.open_button.move(self.width() - _EDGE - 20, 6)
        self._annotate()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour("panel"))
        painter.end()

    def _show(self, line: SourceLine | None) -> None:
        """Show a line, as far as its file is at hand."""
        self._shown = line
        self.open_button.setVisible(line is not None)
        if line is None:
            self.tabs.show_tail("")
            self._say(self._without_line())
            return
        self.tabs.show_tail(line_text(line), inset=26)
        text = self._texts.get(line.file)
        if text is not None:
            self._page.setCurrentIndex(0)
            self.code.show_text(line.file, text)
            self._annotate()
            self.code.bring(line.line)
        elif line.file in self._refused:
            self._say(self._refused[line.file])
        else:
            self._say(f"Reading {line_text(line)}")
            if line.file not in self._asked:
                self._asked.add(line.file)
                self.source_wanted.emit(line.file)

    def _without_line(self) -> str:
        """Why there is no code: no line was run yet, or the op has none."""
        run = self._run
        if run is None or (run.place.op < 0 and not run.place.record):
            return NOT_YET
        return NO_LINE

    def _say(self, sentence: str) -> None:
        self.sentence.setText(sentence)
        self._page.setCurrentIndex(1)

    def _annotate(self) -> None:
        """Bring marks, notes and dots of the lines in sight up to date."""
        run, lines, shown = self._run, self._lines, self._shown
        if run is None or lines is None or shown is None or shown.file not in self._texts:
            return
        file = shown.file
        following = self._at(run.head, file) if run.state is RunState.PAUSED else 0
        failed = self._failed_line(run, file) if run.cursor is None else 0
        cursor = self._at(run.cursor, file) if run.cursor is not None else 0
        source, record = lines.selected(self._selection)
        chosen = run.graph.sources[source] if source >= 0 else None
        selected = chosen.line if chosen is not None and chosen.file == file else 0
        notes: dict[int, list[Note]] = {}
        for line in self.code.lines():
            note = lines.note(file, line)
            if line == selected:
                shape = lines.shape_note(record)
                notes[line] = [found for found in (shape, note) if found is not None]
            elif note is not None:
                notes[line] = [note]
        if failed and run.failure is not None:
            notes[failed] = [Note(run.failure.error, "breakpoint")]
        bad = self._bad(run, record) if selected else ""
        if run.cursor is not None and not cursor:
            cursor = -1  # it stands in another file, yet the live line is no longer current
        self.code.show_marks(
            Marks(following, cursor, selected, bad, failed), notes, self._dots(file)
        )

    def _failed_line(self, run: Run, file: str) -> int:
        stands = run.state is RunState.PAUSED and run.failure is not None
        if run.failing < 0 and not stands:
            return 0
        source = run.records[run.failing].source if run.failing >= 0 else run.head.source
        line = run.graph.sources[source] if source >= 0 else None
        return line.line if line is not None and line.file == file else 0

    def _bad(self, run: Run, record: int) -> str:
        summary: TensorSummary | None = worst(run.records[record]) if record >= 0 else None
        return "" if summary is None else bad_token(bad_text(summary))

    def _dots(self, file: str) -> dict[int, Dot]:
        run = self._run
        found: dict[int, Dot] = {}
        if run is None:
            return found
        state = (file, len(run.graph.ops))
        if state == self._dots_of:
            return self._found_dots
        self._dots_of, self._found_dots = state, found
        keys = {p.where: p for p in self._points if p.kind is BreakpointKind.OP}
        if keys:
            for op in run.graph.ops:
                point = keys.get(op.key)
                if point is not None and op.source >= 0:
                    line = run.graph.sources[op.source]
                    if line.file == file:
                        found[line.line] = Dot.ON if point.enabled else Dot.OFF
        for point in self._points:
            where, _, number = point.where.rpartition(":")
            if point.kind is BreakpointKind.LINE and where == file and number.isdigit():
                found[int(number)] = Dot.ON if point.enabled else Dot.OFF
        return found

    def _line_of(self, place: Place) -> SourceLine | None:
        if self._run is None:
            return None
        source = place.source
        if source < 0 and place.op >= 0:
            source = self._run.graph.ops[place.op].source
        return self._run.graph.sources[source] if source >= 0 else None

    def _at(self, place: Place, file: str) -> int:
        line = self._line_of(place)
        return line.line if line is not None and line.file == file else 0

    def _pick_line(self, line: int) -> None:
        """Pick what the newest visit of a line gave last; a click on it again, what came before."""
        if self._lines is None or self._shown is None or self._run is None:
            return
        file = self._shown.file
        records = self._lines.visit(file, line)
        turn = 0
        if self._clicked is not None and self._clicked[:2] == (file, line):
            turn = self._clicked[2] + 1
        self._clicked = (file, line, turn)
        if records:
            record = records[turn % len(records)]
            self.picked.emit(Selection(op=self._run.records[record].op, record=record))
            return
        ops = self._lines.ops(file, line)
        if ops:
            self.picked.emit(Selection(op=ops[turn % len(ops)]))

    def _pick_record(self, record: int) -> None:
        if self._run is not None and 0 <= record < len(self._run.records):
            self.picked.emit(Selection(op=self._run.records[record].op, record=record))

    def _toggle(self, line: int) -> None:
        if self._shown is not None:
            self.line_breakpoint_toggled.emit(self._shown.file, line)

    def _ask_menu(self, line: int, at: QPoint) -> None:
        if self._shown is not None:
            self.line_menu_wanted.emit(self._shown.file, line, at)

    def _open(self) -> None:
        if self._shown is not None:
            self.open_wanted.emit(self._shown.file, self._shown.line)

    def _show_frame(self, frame: StackFrame) -> None:
        self.tabs.setCurrentIndex(0)
        self._show(SourceLine(frame.file, frame.line, frame.name))
        self.frame_chosen.emit(self.stack.currentIndex().row())

    def show_level(self, level: int) -> None:
        """The line of a frame of the call stack, ready behind the tab that is open."""
        frames = self.stack.frames.frames
        if 0 <= level < len(frames) and frames[level].file:
            frame = frames[level]
            self._show(SourceLine(frame.file, frame.line, frame.name))

    def _path_of(self, scope: object) -> str:
        if isinstance(scope, int):
            known = self._run is not None and 0 <= scope < len(self._run.graph.scopes)
            return self._run.graph.scopes[scope].path if known and self._run is not None else ""
        return scope if isinstance(scope, str) else ""

    def _restyle(self) -> None:
        self.sentence.setFont(ui_font(12))
        self.sentence.setStyleSheet(
            f"QLabel {{ color: {colour('text3').name()}; background: {colour('panel').name()}; }}"
        )
        self.update()
