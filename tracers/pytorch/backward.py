"""Follows autograd through a backward pass: its nodes are ops, recorded beside the forward ones."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..engine.recorder import Recorder, Step
from ..ir import Phase, Ref, ScopeKind, SourceLine
from .autograd_nodes import Edge, Reach, is_gatherer, is_python, node_type
from .gradients import Gradients
from .lib import is_tensor, torch
from .passes import Pass, Running
from .ties import Ties, sequence

if TYPE_CHECKING:
    from ..engine.owners import Owners

BACKWARD = "backward"  # the scope of a pass
GRAD = "grad"  # the op that stands for a whole pass
RECOMPUTED = "recomputed"  # in it, forward ops that run once more
HOOKS = "hooks"  # in it, what the user's hooks inside a node do

_CHECKPOINT = "torch/utils/checkpoint.py"
_current_node: Any = torch._C._current_autograd_node


class Backward:
    """Records the passes of one run. Its hooks may come on any of autograd's threads, and what
    they record may hold that thread.

    Attributes:
        passes: those under way, the innermost last.
        line: the line of the forward op whose gradient is being computed.
    """

    def __init__(
        self,
        recorder: Recorder,
        ties: Ties,
        owners: Owners,
        ref: Callable[[Any], Ref],
        line: Callable[[], SourceLine | None],
        aten: Callable[[SourceLine | None], AbstractContextManager[Any]],
        constants: dict[str, Any],
    ) -> None:
        """`ref`: where a tensor comes from; `line`: where the user's code stands; `aten`: inside,
        aten ops are recorded; `constants`: values from outside by name, which it adds to."""
        self.passes: list[Pass] = []
        self.line: SourceLine | None = None
        self._recorder = recorder
        self._ties = ties
        self._owners = owners
        self._ref = ref
        self._line = line
        self._aten = aten
        self._gradients = Gradients(recorder, ties, owners, ref, constants)
        self._hooked: set[Any] = set()
        self._lock = threading.RLock()
        self._thread = threading.get_ident()

    def run(
        self,
        engine: Callable[..., Any],
        mode: AbstractContextManager[Any],
        roots: Sequence[Any],
        *rest: Any,
        **options: Any,
    ) -> Any:
        """Call autograd's engine inside a mode, recording what it does; what it gives.

        Other arguments are the engine's: roots, gradients, keep_graph, create_graph, inputs.
        """
        seeds, targets = rest[0], rest[3] if len(rest) > 3 else ()
        gathers = bool(options.get("accumulate_grad"))
        recorder, line = self._recorder, self.line
        with torch._C.DisableTorchFunction():
            outer = self._inside()
            if outer is not None and outer.scope == RECOMPUTED:
                self._close(outer)
            frame, phase = recorder.frame, recorder.phase
            type_ = "" if gathers else "autograd.grad"
            recorder.enter(BACKWARD, ScopeKind.BACKWARD, type_, source=self._line())
            recorder.phase = Phase.BACKWARD
            current = Pass(Reach(roots, targets, gathers), recorder.frame)
            self.passes.append(current)
        try:
            with torch._C.DisableTorchFunction():
                self._gradients.seed(current, roots, seeds)
                self._hook(current)
            with mode:
                result = engine(roots, *rest, **options)
            with torch._C.DisableTorchFunction():
                self._gradients.capture(current, result, self.line)
            return result
        except Exception as error:
            with torch._C.DisableTorchFunction():
                self._failed(current, roots, error)
            raise
        finally:
            with torch._C.DisableTorchFunction():
                self._unhook(current)
                self.passes.remove(current)
                while recorder.frame != frame:
                    recorder.leave()
            recorder.phase = phase
            self.line = line

    def run_whole(
        self, engine: Callable[..., Any], roots: Sequence[Any], *rest: Any, **options: Any
    ) -> Any:
        """As `run`, of values that live inside torch.func's transforms: the pass is one op."""
        recorder, phase = self._recorder, self._recorder.phase
        targets = rest[3] if len(rest) > 3 else ()
        with torch._C.DisableTorchFunction():
            recorder.phase = Phase.BACKWARD
            values = tuple(self._ref(target) for target in targets)
            refs = [*(self._ref(root) for root in roots if is_tensor(root)), *values]
            step = recorder.before(GRAD, refs, source=self._line(), given=[*roots, *targets])
        try:
            result = engine(roots, *rest, **options)
            with torch._C.DisableTorchFunction():
                found = list(zip(result or (), values, strict=False))
                outputs = [gradient for gradient, _ in found if gradient is not None]
                ties = tuple(value for gradient, value in found if gradient is not None)
                record = recorder.after(step, outputs, ties)
                for slot, gradient in enumerate(outputs):
                    self._owners.put(gradient, (record, slot))
            return result
        except Exception as error:
            recorder.failed(step, error)
            raise
        finally:
            recorder.phase = phase

    def takes(self) -> bool:
        """An op or a module call comes: where it is inside a node, a scope is opened for it.

        False for what is no code of the user's, but how a kind of tensor does a node's work.
        """
        if not self.passes:
            return True
        running = self._inside()
        files, names = _callers()
        if "__torch_dispatch__" in names:
            return False
        if running is not None and not running.scope:
            self._open(running, any(file.endswith(_CHECKPOINT) for file in files))
        return True

    def _open(self, running: Running, again: bool) -> None:
        node = _current_node()
        own = is_python(node) and not again
        name = RECOMPUTED if again else node_type(node) if own else HOOKS
        running.scope = name
        self._enter(running, name, ScopeKind.FUNCTION if own else ScopeKind.GROUP)
        if again:
            self._recorder.phase = Phase.FORWARD

    def _enter(self, running: Running, name: str, kind: ScopeKind) -> None:
        """Open the inside of a node. Several of one name may stand side by side."""
        recorder, current = self._recorder, self.passes[-1]
        place = (recorder.frame, name)
        call = current.insides[place] = current.insides.get(place, 0) + 1
        line = self.line if self.line is not None else self._line()
        recorder.enter(name, kind, "", op=running.step.op, leaf=True, source=line, call=call)

    def _inside(self) -> Running | None:
        """The node that this thread is in, behind its first hook."""
        node = _current_node() if self.passes else None
        if node is None:
            return None
        return next((p.running[node] for p in reversed(self.passes) if node in p.running), None)

    def _close(self, running: Running) -> None:
        if running.scope:
            running.scope = ""
            self._recorder.leave()
            self._recorder.phase = Phase.BACKWARD

    # Hooks

    def _hook(self, current: Pass) -> None:
        for node in current.reach.nodes:
            if node not in self._hooked:  # an outer pass has done it
                self._hooked.add(node)
                current.hooks.append((node, node.register_prehook(self._before_of(node))))
                current.hooks.append((node, node.register_hook(self._after_of(node))))

    def _unhook(self, current: Pass) -> None:
        for node, handle in current.hooks:
            handle.remove()
            self._hooked.discard(node)
        current.hooks.clear()  # they would keep the graph

    def _before_of(self, node: Any) -> Callable[..., Any]:
        def before(gradients: tuple[Any, ...]) -> tuple[Any, ...] | None:
            with self._lock, torch._C.DisableTorchFunction():
                return self._before(node, gradients)

        return before

    def _after_of(self, node: Any) -> Callable[..., Any]:
        def after(outputs: tuple[Any, ...], _: tuple[Any, ...]) -> tuple[Any, ...] | None:
            with self._lock, torch._C.DisableTorchFunction():
                return self._after(node, outputs)

        return after

    def _before(self, node: Any, gradients: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """A node is about to run. Gives other gradients to run it with, if any."""
        current, recorder = self.passes[-1], self._recorder
        forward = self._ties.record(node._sequence_nr())
        if forward >= 0:
            self._move(current, forward)
        slots = [slot for slot, gradient in enumerate(gradients) if gradient is not None]
        given = [gradients[slot] for slot in slots]
        refs = [
            self._gradients.incoming(current, (node, slot), gradients[slot], forward, self.line)
            for slot in slots
        ]
        note = self._gradients.name(node.variable) if is_gatherer(node) else ""
        step = recorder.before(
            node_type(node),
            refs,
            note=note,
            source=self.line,
            can_enter=True,
            given=given,
            forward=forward,
        )
        running = current.running[node] = Running(step, sequence())
        if step.enter and not is_python(node) and recorder.goes_in(step, lambda: None):
            self._enter(running, node_type(node), ScopeKind.FUNCTION)
            running.aten = self._aten(self.line)
            running.aten.__enter__()
        return self._edited_inputs(step, gradients, slots)

    def _after(self, node: Any, outputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """A node has run. Gives other gradients to go on with, if any."""
        current, recorder = self.passes[-1], self._recorder
        running = current.running.pop(node)
        self._leave(running)
        step = running.step
        if is_gatherer(node):
            variable = node.variable
            gathered = [] if variable.grad is None else [variable.grad]
            record = recorder.after(step, gathered, tuple(self._ref(variable) for _ in gathered))
            for gradient in gathered:
                self._owners.put(gradient, (record, 0))
            return None
        edges: list[Edge] = list(node.next_functions)
        slots = [
            slot
            for slot, (gradient, edge) in enumerate(zip(outputs, edges, strict=False))
            if gradient is not None and edge[0] is not None
        ]
        given = [outputs[slot] for slot in slots]
        edited = self._edited_outputs(step, given)
        values = tuple(self._gradients.value_of(current, edges[slot]) for slot in slots)
        record = recorder.after(step, edited or given, values)
        here = threading.get_ident() == self._thread
        if here:
            self._ties.add(running.nodes, record)
        for place, (slot, gradient) in enumerate(zip(slots, edited or given, strict=True)):
            self._owners.put(gradient, (record, place))
            if gradient.requires_grad:
                self._ties.tie(gradient, (record, place)) if here else self._ties.lose()
            current.pending.setdefault(edges[slot], []).append((record, place))
        if edited is None:
            return None
        changed = dict(zip(slots, edited, strict=True))
        return tuple(changed.get(slot, gradient) for slot, gradient in enumerate(outputs))

    def _leave(self, running: Running) -> None:
        """Whatever was open inside a node is closed."""
        self._close(running)
        if running.aten is not None:
            running.aten.__exit__(None, None, None)
            running.aten = None
            self._recorder.leave()

    def _failed(self, current: Pass, roots: Sequence[Any], error: Exception) -> None:
        """The engine raised: in a node, or before it came to one."""
        recorder = self._recorder
        told = bool(recorder.run.records) and bool(recorder.run.records[-1].error)
        running, current.running = list(current.running.values()), {}
        for row in reversed(running):
            self._close(row)
        if told:
            return
        if running:
            recorder.failed(running[-1].step, error)
            return
        step = recorder.before(BACKWARD, [self._ref(root) for root in roots if is_tensor(root)])
        recorder.failed(step, error)

    # The user's edits

    def _edited_inputs(
        self, step: Step, gradients: tuple[Any, ...], slots: list[int]
    ) -> tuple[Any, ...] | None:
        edits = self._recorder.edits
        rows = edits.at(step.op, step.record) if edits is not None else None
        if edits is None or rows is None:
            return None
        new = edits.inputs(rows, step.record, [gradients[slot] for slot in slots])
        if not new:
            return None
        changed = {slots[place]: value for place, value in new.items()}
        return tuple(changed.get(slot, gradient) for slot, gradient in enumerate(gradients))

    def _edited_outputs(self, step: Step, given: list[Any]) -> list[Any] | None:
        edits = self._recorder.edits
        rows = edits.at(step.op, step.record) if edits is not None else None
        if edits is None or rows is None:
            return None
        new = edits.outputs(rows, step.record, given, step.given)
        return [new.get(place, gradient) for place, gradient in enumerate(given)] if new else None

    # The scopes

    def _move(self, current: Pass, forward: int) -> None:
        """Into the modules that the forward op was in."""
        recorder = self._recorder
        graph, run = recorder.builder.graph, recorder.run
        source = run.records[forward].source
        self.line = graph.sources[source] if source >= 0 else None
        wanted = self._modules(forward)
        shared = 0
        while shared < min(len(wanted), len(current.opened)):
            if wanted[shared] != current.opened[shared]:
                break
            shared += 1
        for _ in current.opened[shared:]:
            recorder.leave()
        for frame in wanted[shared:]:
            scope = graph.scopes[run.frames[frame].scope]
            recorder.enter(
                scope.path,
                ScopeKind.MODULE,
                scope.type,
                leaf=not any(row.parent == run.frames[frame].scope for row in graph.scopes),
                source=recorder.opened.get(frame),
                call=scope.call,
            )
        current.opened = wanted

    def _modules(self, record: int) -> list[int]:
        """The frames of the modules around a record, up to where a pass or a function began."""
        run, graph = self._recorder.run, self._recorder.builder.graph
        found: list[int] = []
        frame = run.records[record].frame
        while frame > 0:
            row = run.frames[frame]
            if graph.scopes[row.scope].kind is not ScopeKind.MODULE:
                break
            found.append(frame)
            frame = row.parent
        return found[::-1]


def is_enough(error: BaseException) -> bool:
    """It ends a recomputation by torch's checkpoint, which has got all that it needs."""
    return type(error).__name__ == "_StopRecomputationError"


def _callers() -> tuple[set[str], set[str]]:
    """Files and names of the functions that run now, up to the innermost pass."""
    files: set[str] = set()
    names: set[str] = set()
    frame = inspect.currentframe()
    while frame is not None and frame.f_code is not Backward.run.__code__:
        files.add(frame.f_code.co_filename.replace("\\", "/"))
        names.add(frame.f_code.co_name)
        frame = frame.f_back
    return files, names
