"""Records a training step that went wrong, and shows it: as text, in a file, in a window."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..ir import OUTSIDE, Phase, Place, Ref, RunState
from ..ir.finding import Finding, FindingKind
from ..ir.reason import Question
from ..protocol.framing import Message
from ..protocol.refusal import Refusal
from . import attaching
from .explain import explain
from .gate import Command, Move, Stop
from .loaded import Loaded, assemble
from .meeting import WINDOW
from .run_file import SUFFIX
from .saving import Chosen, Saving
from .saying import say
from .standing import Standing
from .step_judge import Kind, Trouble
from .step_options import StepOptions
from .step_trainer import Recording
from .telling import state_of
from .user_code import said
from .watch import Note, Watch
from .why import why
from .why_look import Look
from .wire import Wire

_SHOWN = 10  # findings
_SMALLER_STEPS = "Lower the learning rate, or clip gradients."


@dataclass(frozen=True, slots=True)
class BadStep:
    """A step to be recorded.

    Attributes:
        put_back: parameters and all else are as they were before it once more.
        step: which one it is.
        why: the sentence on it, step and all.
        moved: the parameter that its optimizer has moved too far, "" for none.
    """

    recording: Recording
    name: str
    put_back: Callable[[], None]
    step: int
    why: str
    trouble: Trouble
    moved: str = ""


def show(bad: BadStep, options: StepOptions) -> None:
    """Record it, and tell what was found; where a window opens, until its user goes on."""
    told = _Told(bad, options)
    if wants_window(options):
        made = bad.recording
        attaching.show(made.program, bad.name, made.run, made.let_go, bad.put_back, told)
    if not told.done:
        with attaching.alone():
            _alone(bad, told)


def wants_window(options: StepOptions) -> bool:
    """A window is to be opened, and one may come."""
    if options.open is not None:
        return options.open
    return attaching.attached() or attaching.can_open() or _asks_for_one()


def _asks_for_one() -> bool:
    """The user opens windows by hand, and sits there."""
    return os.environ.get(WINDOW) == "" and sys.stdin is not None and sys.stdin.isatty()


class _Nowhere(Wire):
    """Nobody listens."""

    def __init__(self) -> None:
        super().__init__(-1, -1)

    def send(self, message: Message, blob: bytes | None = None) -> None:
        """Say nothing."""


def _alone(bad: BadStep, told: _Told) -> None:
    """Record it without a window."""

    def hold(_: Stop) -> Command:
        return Command(Move.CONTINUE)

    loaded = assemble(
        bad.recording.program,
        {},
        lambda _: None,
        wire=_Nowhere(),
        watch=Watch(Note()),
        hold=hold,
        stack=lambda: (),
        running_state=lambda: None,
    )
    try:
        loaded.gate.begin(Command(Move.CONTINUE))
        recorder = loaded.recorder()
        loaded.run.state = RunState.RUNNING
        try:
            bad.recording.run(recorder)
        except Exception as error:  # noqa: BLE001 - told, and the training goes on
            loaded.run.state = RunState.FAILED
            loaded.run.message = f"{type(error).__name__}: {said(error)}"
        else:
            recorder.finish()
            loaded.run.state = RunState.FINISHED
        bad.put_back()
        loaded.settle()
        told(loaded)
    finally:
        loaded.publisher.close()
        loaded.history.clear()


class _Told:
    """Tells what was found in the recorded step; gives the place to open it at, and why."""

    def __init__(self, bad: BadStep, options: StepOptions) -> None:
        self.done = False
        self._bad = bad
        self._options = options

    def __call__(self, loaded: Loaded) -> tuple[Place | None, str] | None:
        self.done = True
        bad, run = self._bad, loaded.run
        backend = loaded.program.backend
        with backend.functions.quiet():
            findings = explain(run, loaded.values, backend)
            record, sentence, advice = self._at(loaded, findings)
        for finding in findings[:_SHOWN]:
            self._tell(_kind(finding), finding.message, finding.advice)
        if not findings and sentence:
            self._tell(bad.trouble.kind.value, sentence, advice)
        if run.state is RunState.FAILED:
            self._tell("failed", f"The recorded step ended early: {run.message}.", "")
        count = max(len(findings), int(bool(sentence)))
        found = f"{count:,} finding{'' if count == 1 else 's'}" if count else "nothing found"
        say(f"{bad.name}: {found} in {len(run.records):,} ops of step {bad.step:,}")
        if self._options.save:
            self._save(loaded)
        place = None
        if record >= 0:
            place = loaded.past.into(loaded.past.before(record))  # its outputs are looked at
        return place, bad.why if findings else f"{bad.why} {sentence}".strip()

    def _tell(self, kind: str, message: str, advice: str) -> None:
        say(f"{kind}: {message}")
        if advice:
            say(f"  try: {advice}")

    def _at(self, loaded: Loaded, findings: list[Finding]) -> tuple[int, str, str]:
        """The record to stand behind, a sentence on it and advice; -1 for the end."""
        if findings:
            first = findings[0]
            record = first.record if first.record >= 0 else _first_reader(loaded, first.slot)
            return record, first.message, first.advice
        if self._bad.moved:
            record = _writer(loaded, self._bad.moved)
            return record, self._moved(loaded, record), _SMALLER_STEPS
        ref = _gradient(loaded) if self._bad.trouble.kind is Kind.VANISHING else _loss(loaded)
        if ref is None:
            return -1, "", ""
        question = Question.ZERO if self._bad.trouble.kind is Kind.VANISHING else Question.LARGE
        try:
            look = Look(loaded.run, loaded.values, loaded.program.backend)
            found = why(look, ref, None, question)
        except Refusal:
            return ref[0], "", ""
        record = found.steps[found.cause].record if found.cause >= 0 else ref[0]
        return (record if record >= 0 else ref[0]), found.message, found.advice

    def _moved(self, loaded: Loaded, record: int) -> str:
        if record < 0:
            return ""
        run = loaded.run
        row = run.records[record]
        label = run.graph.op_label(row.op)
        line = run.graph.sources[row.source] if row.source >= 0 else None
        where = f" ({line.file}, line {line.line})" if line is not None else ""
        return f"{label} moves {self._bad.moved} too far{where}."

    def _save(self, loaded: Loaded) -> None:
        path = numbered(self._options.save, self._bad.step)
        state = state_of(loaded, Standing(why=self._bad.why), 0.0)
        saving = Saving(loaded, state, {})
        try:
            size = saving.write(path, Chosen.ALL, {"spec": self._bad.name}, _unheard)
        except (OSError, Refusal) as error:
            why = getattr(error, "strerror", None) or error
            say(f"{path} could not be written: {why}.")
            return
        say(
            f"step {self._bad.step:,} is saved in {path} ({size / 1e6:,.1f} MB); open it with:"
            f" opscope {path}"
        )


def _unheard(_done: int, _total: int) -> None:
    """Nobody waits for it."""


def numbered(path: str, step: int) -> str:
    """Where step so and so goes: the file itself, or one beside it where that is there already."""
    path = os.path.abspath(os.path.expanduser(path))
    stem = path.removesuffix(SUFFIX)
    return stem + SUFFIX if not os.path.exists(stem + SUFFIX) else f"{stem}-{step}{SUFFIX}"


def _kind(finding: Finding) -> str:
    if finding.kind is FindingKind.PRODUCER:
        return "nan" if finding.result == "NaN" else "non-finite"
    return finding.kind.value


def _first_reader(loaded: Loaded, value: int) -> int:
    rows = enumerate(loaded.run.records)
    return next((n for n, row in rows if (OUTSIDE, value) in row.inputs), -1)


def _writer(loaded: Loaded, parameter: str) -> int:
    """The last op that read a parameter and wrote to it, or read it last."""
    run = loaded.run
    names = {n for n, value in enumerate(run.graph.values) if value.name == parameter}
    found = -1
    known: set[Ref] = {(OUTSIDE, name) for name in names}
    for index, row in enumerate(run.records):
        if not known.intersection(row.inputs):
            continue
        path = "".join(
            run.graph.scopes[scope].path
            for scope in run.graph.scope_chain(run.graph.ops[row.op].scope)
        )
        if "optimizer" in path or "assign" in run.graph.ops[row.op].type.lower():
            found = index
            known.update((index, slot) for slot in range(len(row.outputs)))
    return found


def _loss(loaded: Loaded) -> Ref | None:
    """What the forward pass gave last, before the backward one."""
    rows = loaded.run.records
    began = next((n for n, row in enumerate(rows) if row.phase is Phase.BACKWARD), len(rows))
    for index in range(began - 1, -1, -1):
        for slot, summary in enumerate(rows[index].outputs):
            if summary.dtype.startswith(("float", "bfloat")):
                return index, slot
    return None


def _gradient(loaded: Loaded) -> Ref | None:
    """The first gradient of a parameter."""
    run = loaded.run
    for index, row in enumerate(run.records):
        for slot, of in enumerate(row.gradient_of):
            if of[0] == OUTSIDE and of[1] >= 0 and slot < len(row.outputs):
                kind: Any = run.graph.values[of[1]].kind
                if kind.value == "parameter":
                    return index, slot
    return _loss(loaded)
