"""Runs backward passes, and leads from values to gradients and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from ..tracers.ir import (
    Graph,
    Passes,
    Phase,
    Ref,
    Run,
    Selection,
    gradient_of_value,
    selection_of_value,
    to_forward,
    to_gradient,
)
from ..tracers.protocol.messages import BACKWARD
from .backward_dialog import BackwardDialog
from .backward_roots import Root, can_start, root_of, roots
from .commands import When
from .workbench import Workbench

if TYPE_CHECKING:
    from .main_window import MainWindow

NO_PASS = (
    "The run has no backward pass. Gradients are shown where the model itself computes them; none"
    " can be run after it."
)
NOT_OURS = (
    "This run is your program's own, and nothing of it is run once more: a backward pass is shown"
    " where the program itself runs one."
)
NOT_OVER = "The run has no backward pass. One can be run when the forward pass is over."


class BackwardDesk(QObject):
    """Of one window and its workbench.

    Attributes:
        asked: the output that the user ran a pass from, and its seed; None where there is none.
    """

    def __init__(self, window: MainWindow, bench: Workbench) -> None:
        super().__init__(window)
        self._window = window
        self._bench = bench
        self._known = Passes(Graph())
        self._dialog: BackwardDialog | None = None
        self.asked: tuple[Ref, str] | None = None
        switch = window.toolbar.passes
        switch.picked.connect(self.show_pass)
        bench.execution.pass_shown.connect(switch.show_pass)
        bench.timeline.backward_wanted.connect(self.run_backward)
        window.session.opened.connect(self._begin)
        window.session.grown.connect(self.show_offers)
        window.session.rewound.connect(self.show_offers)

    @property
    def facts(self) -> When:
        """What can be done about gradients now."""
        found = When(0)
        run, about = self._window.session.run, self._window.session.facts
        if run is None or about is None:
            return found
        if about.backward and can_start(run):
            found |= When.DIFFERENTIABLE
        if not self.gradient().empty:
            found |= When.HAS_GRADIENT
        if not self.forward().empty:
            found |= When.HAS_FORWARD
        return found

    def run_backward(self) -> None:
        """Ask from where, and run the pass."""
        run, about = self._window.session.run, self._window.session.facts
        if run is None or about is None or not about.backward or not can_start(run):
            self._bench.status.show_message(self._why_not())
            return
        choices = roots(run, self._passes(run))
        chosen = self._chosen(run)
        if chosen is not None and chosen not in choices:
            known = next((r for r in choices if _same(r, chosen)), None)
            choices = choices if known is not None else [chosen, *choices]
            chosen = known or chosen
        if not choices:
            self._bench.status.show_message("No output of the run has a gradient.")
            return
        words = _follows(run, self.asked is not None)
        dialog = BackwardDialog(choices, chosen or choices[0], words, self._window)
        dialog.browse.setEnabled(self._window.choice.host is None)  # a path is one there
        self._ask(dialog)

    def show_pass(self, phase: Phase) -> None:
        """The user switched: the list, and the selection with it; or ask for a pass to run."""
        run, switch = self._window.session.run, self._window.toolbar.passes
        if run is None:
            return
        back = phase is Phase.BACKWARD
        if back and not self._passes(run).any_backward:
            switch.show_pass(Phase.FORWARD)
            self.run_backward()
            return
        self._bench.execution.show_pass(phase)
        wanted = self.gradient() if back else self.forward()
        if not wanted.empty:
            self._go(wanted)

    def go_to_gradient(self) -> None:
        """Select the gradient of what is shown."""
        self._go(self.gradient())

    def go_to_forward(self) -> None:
        """Select what the backward op that is shown belongs to."""
        self._go(self.forward())

    def gradient(self) -> Selection:
        """Where the gradient of what is shown is; empty for nowhere."""
        run = self._window.session.run
        if run is None:
            return Selection()
        shown = self._shown(run)
        found = None if shown is None else gradient_of_value(run, shown)
        if found is not None:
            return selection_of_value(run, found)
        return to_gradient(run, self._passes(run), self._bench.selection)

    def forward(self) -> Selection:
        """What the selected op of a backward pass belongs to; empty for nothing."""
        run = self._window.session.run
        if run is None:
            return Selection()
        return to_forward(run, self._passes(run), self._bench.selection)

    def show_offers(self) -> None:
        """What the switch and the timeline offer now."""
        run, about = self._window.session.run, self._window.session.facts
        there = run is not None and self._passes(run).any_backward
        can = about is not None and about.backward and can_start(run)
        hint = "Show the backward pass" if there else "Run a backward pass…" if can else ""
        self._window.toolbar.passes.allow_backward(there or can, hint or self._why_not())
        self._bench.timeline.offer_backward(
            about is not None and about.backward and not there, can, hint or self._why_not()
        )

    def _go(self, selection: Selection) -> None:
        if not selection.empty:
            self._bench.select(selection)
            self._bench.graph.go_to(selection)

    def _passes(self, run: Run) -> Passes:
        if self._known.graph is not run.graph:
            self._known = Passes(run.graph)
        return self._known

    def _shown(self, run: Run) -> Ref | None:
        """The value in the inspector, by the record that made it."""
        subject = self._bench.inspector.subject
        if subject.choice is None or subject.op != self._bench.selection.op:
            return None
        return subject.choice.ref.made_by(run)

    def _chosen(self, run: Run) -> Root | None:
        """The output that the user means: what is shown, unless it came to be by a step and can
        have no gradient."""
        shown = self._shown(run)
        if shown is None or not 0 <= shown[0] < len(run.records):
            return None
        root = root_of(run, *shown)
        last = shown[0] == len(run.records) - 1
        return None if root.problem and last else root

    def _why_not(self) -> str:
        about = self._window.session.facts
        if self._window.session.attached:
            return NOT_OURS
        return NOT_OVER if about is not None and about.backward else NO_PASS

    def _ask(self, dialog: BackwardDialog) -> None:
        session = self._window.session

        def taken(root: Ref, seed: str) -> None:
            self.asked = root, seed
            if self._dialog is dialog:
                dialog.accept()

        def refused(sentence: str, _code: str) -> None:
            if self._dialog is dialog:
                dialog.refuse(sentence)
            else:
                self._bench.status.show_message(sentence)

        def wanted(root: Root, seed: str) -> None:
            ref = root.record, root.slot
            body = {"record": root.record, "slot": root.slot, "seed": seed}
            session.request(BACKWARD, body, lambda _message, _blob: taken(ref, seed), refused)

        self._dialog = dialog
        dialog.wanted.connect(wanted)
        dialog.finished.connect(self._forget_dialog)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _begin(self) -> None:
        """Another process: it has run no pass that was asked for."""
        self.asked = None


def _same(one: Root, other: Root) -> bool:
    return (one.record, one.slot) == (other.record, other.slot)


def _follows(run: Run, ran: bool) -> str:
    """What running a pass does, in a sentence or two; `ran`: the user has run the one there is."""
    text = "The model runs again from its start and stands before the backward pass."
    if not any(row.phase is Phase.BACKWARD for row in run.records):
        return text
    if ran:
        return f"{text} The pass that was run before makes room for it."
    return (
        f"{text} The model has run one itself: a second fails, unless what autograd needs for it"
        " was kept (retain_graph=True)."
    )
