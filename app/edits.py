"""The user's edits of values: listed, undone and redone, sent to the debuggee as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from ..tracers.ir import Edit, Run, Selection
from ..tracers.protocol.json_ir import to_json
from ..tracers.protocol.messages import EDITS
from .commands import When
from .rewinding import STILL
from .session import Session

Send = Callable[["EditStep"], None]


class EditStep(QUndoCommand):
    """From one list of edits to the next."""

    def __init__(self, text: str, before: list[Edit], after: list[Edit], send: Send) -> None:
        super().__init__(text)
        self.before, self.after = before, after
        self.wanted = before
        self._send = send

    def redo(self) -> None:
        """Put the edits as the user made them."""
        self.wanted = self.after
        self._send(self)

    def undo(self) -> None:
        """Put the edits as they were."""
        self.wanted = self.before
        self._send(self)


class Edits(QObject):
    """What is edited. The list changes at once; what the debuggee refuses is taken back.

    Attributes:
        problems: why an edit cannot be made, by its id; the debuggee says so.
        notes: how an edit was made where that is worth a word (by copy), by its id.

    Signals:
        changed: the list, or what is said of it, is another one.
        refused: str; the sentence of a change that was taken back.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[Edit] = []
        self._newest = 0
        self._quiet = False  # the stack moves without anything being sent
        self._asked = False  # the debuggee has not answered yet
        self.problems: dict[int, str] = {}
        self.notes: dict[int, str] = {}
        self.stack = QUndoStack(self)
        session.opened.connect(self._send_again)
        session.edited.connect(self._take_words)

    @property
    def rows(self) -> list[Edit]:
        """In the order in which they were made."""
        return list(self._rows)

    @property
    def changeable(self) -> bool:
        """The run stands still in a living process: edits can be made, changed and undone."""
        run = self._session.run
        return run is not None and run.state in STILL and not self._asked

    def new_id(self) -> int:
        """An id that no edit has."""
        self._newest += 1
        return self._newest

    def put(self, edit: Edit) -> None:
        """Make an edit; one with the same id is changed."""
        known = any(row.id == edit.id for row in self._rows)
        rows = [edit if row.id == edit.id else row for row in self._rows]
        verb = "Change" if known else "Edit"
        self._push(f"{verb} {edit.label or edit.where}", rows if known else [*rows, edit])

    def remove(self, edit: Edit) -> None:
        """Take an edit back for good."""
        rows = [row for row in self._rows if row.id != edit.id]
        self._push(f"Remove Edit of {edit.label or edit.where}", rows)

    def toggle(self, edit: Edit) -> None:
        """Switch an edit off, or on again."""
        rows = [
            replace(row, enabled=not row.enabled) if row.id == edit.id else row
            for row in self._rows
        ]
        verb = "Switch Off" if edit.enabled else "Switch On"
        self._push(f"{verb} {edit.label or edit.where}", rows)

    def undo(self) -> None:
        """Take the last change back, if the run stands still."""
        if self.changeable:
            self.stack.undo()

    def redo(self) -> None:
        """Make it again."""
        if self.changeable:
            self.stack.redo()

    @property
    def facts(self) -> When:
        """What can be undone and redone now."""
        found = When(0)
        if self.changeable and self.stack.canUndo():
            found |= When.UNDOABLE
        if self.changeable and self.stack.canRedo():
            found |= When.REDOABLE
        return found

    def forget(self) -> None:
        """Another model is opened."""
        self.stack.clear()
        self._asked = False
        self._rows, self.problems, self.notes = [], {}, {}
        self.changed.emit()

    def _push(self, text: str, rows: list[Edit]) -> None:
        if not self.changeable:
            self.refused.emit("Edits can be changed while the run stands; pause it first.")
        elif rows != self._rows:
            self.stack.push(EditStep(text, list(self._rows), rows, self._send))

    def _send(self, step: EditStep) -> None:
        self._rows = list(step.wanted)
        self.changed.emit()
        if not self._quiet:
            undone = step.wanted is step.before
            self._ask(lambda: self._take_back(step, undone))

    def _ask(self, refused: Callable[[], None]) -> None:
        def answered(_message: object, _blob: object) -> None:
            self._asked = False
            self.changed.emit()

        def refuse(sentence: str, _code: str) -> None:
            self._asked = False
            refused()
            self.refused.emit(sentence)

        self._asked = True
        body = {"edits": [to_json(row) for row in self._rows]}
        self._session.request(EDITS, body, answered, refuse)

    def _take_back(self, step: EditStep, undone: bool) -> None:
        """A step was refused: the list and the stack stand as before it."""
        self._quiet = True
        if undone:
            self.stack.redo()
        else:
            step.setObsolete(True)
            self.stack.undo()  # forgets a step that is obsolete, and does not call it
            self._rows = list(step.before)
        self._quiet = False
        self.changed.emit()

    def _send_again(self) -> None:
        """A new process knows nothing of the edits."""
        self._asked = False
        if self._rows:
            self._ask(self.changed.emit)

    def _take_words(self, problems: dict[int, str], notes: dict[int, str]) -> None:
        self.problems, self.notes = dict(problems), dict(notes)
        self.changed.emit()


def label_of(run: Run, op: int, slot: int, is_input: bool, turn: int = 0) -> str:
    """How an edit is listed ("output of softmax in h.5.attn")."""
    row = run.graph.ops[op]
    executions = run.executions(op)
    several = is_input or len(row.outputs) > 1
    if executions and not is_input:
        several = len(run.records[executions[-1]].outputs) > 1
    side = "input" if is_input else "output"
    number = f" {slot}" if several else ""
    time = f", time {turn + 1}" if turn or len(executions) > 1 else ""
    return f"{side}{number} of {run.graph.op_label(op)}{time}"


def turn_of(run: Run, op: int, record: int) -> int:
    """Which execution of an op a record is, from 0; -1 stands for the next one."""
    executions = run.executions(op)
    return executions.index(record) if record in executions else len(executions)


def selection_of(run: Run, edit: Edit) -> Selection:
    """What an edit is made on, as far as the run has it."""
    for index, op in enumerate(run.graph.ops):
        if op.key == edit.where:
            executions = run.executions(index)
            record = executions[edit.turn] if edit.turn < len(executions) else -1
            return Selection(op=index, record=record, slot=0 if edit.is_input else edit.slot)
    return Selection()
