"""The run as an outline: what stands in each scope, in order, and how far it has run."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field

from ...tracers.ir import Graph, Op, Passes, Presence, Run, RunState, ScopeKind, is_inlined

# A row of the outline is one number: an op's index, or ~index of a scope.
Item = int


@dataclass(slots=True)
class Changes:
    """What `Outline.follow` found.

    Attributes:
        scopes: scopes whose rows may be any.
        appended: ops that became the last rows of a scope, by scope.
    """

    scopes: set[int] = field(default_factory=set[int])
    appended: dict[int, list[int]] = field(default_factory=dict[int, "list[int]"])


class Outline:
    """Follows a run that only grows. `follow` costs in proportion to what is new.

    Attributes:
        counts: ops in each scope and beneath it.
        ran: records in each scope and beneath it.
        done: ops in each scope and beneath it that ran at least once.
        hosted: the scopes that show the inside of an op, by op.
        phases: which ops are in backward passes.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.phases = Passes(run.graph)
        self.counts: list[int] = []
        self.ran: list[int] = []
        self.done: list[int] = []
        self.hosted: dict[int, list[int]] = {}
        self._entries: list[list[Item]] = []
        self._hosts: list[int] = []  # the nearest scope around each that shows an op's inside
        self._host_ops: dict[int, list[int]] = {}
        self._shown: dict[int, list[Item]] = {}
        self._turns: dict[tuple[int, int], int] = {}
        self._newest_loop: dict[int, tuple[int, int]] = {}
        self._ops = self._records = self._frames = 0
        self.mapped = False
        self.follow()
        self.mapped = any(op.presence is not Presence.ADDED for op in run.graph.ops)

    @property
    def graph(self) -> Graph:
        """The run's graph."""
        return self.run.graph

    def progress(self, scope: int) -> tuple[int, int]:
        """Ops in a scope and beneath it that ran, and all of them, as a user counts them.

        An op with an inside stands for what is in it and does not count; one that ran as a whole
        counts as one op, and its inside does not.
        """
        done, total = self.done[scope], self.counts[scope]
        whole: set[int] = set()
        for op in sorted(self.hosted):  # an outer one has the smaller index
            chain = self.graph.scope_chain(self.graph.ops[op].scope)
            if scope not in chain or whole.intersection(chain):
                continue
            if self.run.executions(op):
                inside = self.hosted[op]
                whole.update(inside)
                done -= sum(self.done[inner] for inner in inside)
                total -= sum(self.counts[inner] for inner in inside)
            else:
                total -= 1
        return done, total

    def follow(self) -> Changes:
        """Take in new scopes, ops, frames and records."""
        graph = self.graph
        for scope in graph.scopes[len(self.counts) :]:
            index = len(self.counts)
            self.counts.append(0)
            self.ran.append(0)
            self.done.append(0)
            self._entries.append([])
            outer = self._hosts[scope.parent] if scope.parent >= 0 else -1
            self._hosts.append(index if scope.op >= 0 else outer)
        changes = self._follow_ops()
        self._follow_frames()
        self._follow_records()
        return changes

    def rewind(self) -> None:
        """The newest records were forgotten: count anew what ran. Rows stay where they are."""
        self.ran = [0] * len(self.ran)
        self.done = [0] * len(self.done)
        self._turns.clear()
        self._newest_loop.clear()
        self._frames = self._records = 0
        self._follow_frames()
        self._follow_records()

    def shown(self, scope: int) -> list[Item]:
        """Rows directly in a scope: inlined scopes as their op, an op's one body in its place."""
        rows = self._shown.get(scope)
        if rows is None:
            rows = self._shown[scope] = []
            for entry in self._entries[scope]:
                row = self._row(entry, scope)
                if row is not None:
                    rows.append(row)
        return rows

    def path(self, item: Item) -> list[Item]:
        """Rows from the top down to an op or scope, as they are shown; [] for the root."""
        scope = ~item if item < 0 else self.graph.ops[item].scope
        rows: list[Item] = []
        if item >= 0:
            bodies = self.hosted.get(item, [])
            rows.append(~bodies[0] if len(bodies) == 1 else item)
        elif scope > 0 and self.inlined(scope):
            return self.path(self.first_op(scope)) if self.counts[scope] else []
        while scope > 0:
            row = self.graph.scopes[scope]
            if not self.inlined(scope):
                rows.append(~scope)
                if len(self.hosted.get(row.op, [])) > 1:
                    rows.append(row.op)
            scope = row.parent
        rows.reverse()
        return rows

    def inlined(self, scope: int) -> bool:
        """The scope is shown as its one op."""
        return is_inlined(self.graph, self.counts, scope)

    def note(self, op: int) -> str:
        """What is written after an op's name: the module it is inlined from, else its own note.

        Of a backward op without a note, the forward op that it belongs to; of a weight in its
        module, the last part of its name.
        """
        row = self.graph.ops[op]
        names: list[str] = []
        scope = row.scope
        while self.inlined(scope):
            names.append(self.graph.scopes[scope].name)
            scope = self.graph.scopes[scope].parent
        if names:
            return ".".join(reversed(names))
        if row.forward >= 0 and not row.note:
            return f"∂ {self.graph.ops[row.forward].type}"
        path = self.graph.scopes[row.scope].path
        return row.note.removeprefix(f"{path}.") if path else row.note

    def open_scopes(self) -> set[int]:
        """Scopes that the head, or the cursor, stands in or is about to enter."""
        run = self.run
        ended = run.state in (RunState.FINISHED, RunState.LOADING)
        places = [] if ended else [run.head]
        if run.cursor is not None:
            places.append(run.cursor)
        found: set[int] = set()
        for place in places:
            found.update(self.graph.scope_chain(place.scope))
            found.update(run.frames[frame].scope for frame in run.frame_chain(place.frame))
        return found

    def record_of(self, op: int) -> int:
        """The execution that a row stands for: the newest one before the place looked at.

        An op that the place's own loop pass has yet to reach, but that was recorded in it (the
        user looks back), stands for that one. -1 where it never ran.
        """
        executions = self.run.executions(op)
        if not executions:
            return -1
        if len(executions) == 1:
            return executions[0]
        place = self.run.place
        at = bisect_left(executions, place.record)
        if at == 0:
            return executions[0]
        if at < len(executions) and self._pass_around(place.frame, op) in self.run.frame_chain(
            self.run.records[executions[at]].frame
        ):
            return executions[at]
        return executions[at - 1]

    def forecast(self, op: int) -> int:
        """The record that an op which has not run will be, -1 where that is not known."""
        run = self.run
        head = run.head
        if run.state in (RunState.FINISHED, RunState.FAILED, RunState.DIED):
            return -1
        next_op = head.op if head.op >= 0 else self.first_op(head.scope)
        if next_op < 0 or op < next_op:
            return -1
        host = self._hosts[self.graph.ops[next_op].scope]
        if host != self._hosts[self.graph.ops[op].scope]:
            return -1
        peers = self._host_ops[host]
        first, last = bisect_left(peers, next_op), bisect_left(peers, op)
        if self.hosted and any(peer in self.hosted for peer in peers[first:last]):
            return -1
        return head.record + last - first

    def first_op(self, scope: int) -> int:
        """The op that starts a scope, -1 where it has none."""
        entry = ~scope
        while entry < 0:
            entries = self._entries[~entry]
            if not entries:
                return -1
            entry = entries[0]
        return entry

    def passes(self, loop: int, current: bool) -> tuple[int, int]:
        """(pass, passes) of a loop's newest visit; with `current`, of the place looked at.

        Passes count from 1; the pass is 0 where the place is outside.
        """
        run = self.run
        if current:
            for frame in run.frame_chain(run.place.frame):
                row = run.frames[frame]
                if row.scope == loop and row.turn >= 0:
                    return row.turn + 1, self._turns[row.parent, loop]
        return 0, self._turns.get(self._newest_loop.get(loop, (-1, -1)), 0)

    def haystack(self, op: int) -> str:
        """What the filter looks through, in lower case."""
        row = self.graph.ops[op]
        return f"{row.type} {self.note(op)} {self.graph.scopes[row.scope].path}".lower()

    def _row(self, entry: Item, scope: int) -> Item | None:
        if entry >= 0:
            bodies = self.hosted.get(entry, [])
            return ~bodies[0] if len(bodies) == 1 else entry
        inner = ~entry
        op = self.graph.scopes[inner].op
        if op >= 0 and self.graph.ops[op].scope == scope:
            return None  # shown with its op
        return self.first_op(inner) if self.inlined(inner) else entry

    def _pass_around(self, frame: int, op: int) -> int:
        """The innermost loop pass around both a frame and an op; the root's frame without one."""
        scopes = set(self.graph.scope_chain(self.graph.ops[op].scope))
        for index in reversed(self.run.frame_chain(frame)):
            row = self.run.frames[index]
            if row.turn >= 0 and row.scope in scopes:
                return index
        return 0

    def _follow_ops(self) -> Changes:
        graph = self.graph
        changes = Changes()
        added: Counter[int] = Counter()
        for index in range(self._ops, len(graph.ops)):
            op = graph.ops[index]
            added[op.scope] += 1
            self._host_ops.setdefault(self._hosts[op.scope], []).append(index)
            if self._place_op(index, op):
                changes.appended.setdefault(op.scope, []).append(index)
            else:
                changes.scopes.add(op.scope)
        self._ops = len(graph.ops)
        for scope, count in added.items():
            self._count(scope, count, changes.scopes)
        for scope in changes.scopes:
            self._shown.pop(scope, None)
            changes.appended.pop(scope, None)
        for scope, ops in changes.appended.items():
            if scope in self._shown:
                self._shown[scope].extend(ops)
        return changes

    def _count(self, scope: int, count: int, changed: set[int]) -> None:
        """Count new ops; where a scope appears, or is inlined no more, its outer changes."""
        for index in self.graph.scope_chain(scope):
            appears, inlined = not self.counts[index], self.inlined(index)
            self.counts[index] += count
            if index and (appears or inlined != self.inlined(index)):
                changed.add(self.graph.scopes[index].parent)

    def _place_op(self, index: int, op: Op) -> bool:
        """Put an op into its scope, and scopes that it is the first in into theirs.

        True where it just became the last row of a scope that had rows.
        """
        item, scope = index, op.scope
        if self._entries[scope] and not (self.mapped and op.presence is Presence.ADDED):
            self._entries[scope].append(item)
            return True
        while True:
            entries = self._entries[scope]
            first = not entries
            if self.mapped and op.presence is Presence.ADDED:
                entries.insert(self._position(index, scope), item)
            else:
                entries.append(item)
            if not first or scope <= 0:
                return False
            row = self.graph.scopes[scope]
            if row.op >= 0:
                self.hosted.setdefault(row.op, []).append(scope)
            item, scope = ~scope, row.parent

    def _position(self, op: int, scope: int) -> int:
        """Where an op that the map did not have stands in a scope: after what ran before it."""
        entries = self._entries[scope]
        executions = self.run.executions(op)
        before = (executions[0] if executions else len(self.run.records)) - 1
        if before < 0:
            return 0
        entry = self.run.records[before].op
        above = self.graph.ops[entry].scope
        while above != scope:
            if above <= 0:
                return 0 if scope > 0 else len(entries)
            entry, above = ~above, self.graph.scopes[above].parent
        for position in range(len(entries) - 1, -1, -1):
            if entries[position] == entry:
                return position + 1
        return len(entries)

    def _follow_frames(self) -> None:
        for frame in self.run.frames[self._frames :]:
            if frame.turn >= 0:
                loop = (frame.parent, frame.scope)
                self._turns[loop] = max(self._turns.get(loop, 0), frame.turn + 1)
                self._newest_loop[frame.scope] = loop
        self._frames = len(self.run.frames)

    def _follow_records(self) -> None:
        run, graph = self.run, self.graph
        ran: Counter[int] = Counter()
        done: Counter[int] = Counter()
        for index in range(self._records, len(run.records)):
            op = run.records[index].op
            scope = graph.ops[op].scope
            ran[scope] += 1
            if run.executions(op)[0] == index:
                done[scope] += 1
        self._records = len(run.records)
        for scope, count in ran.items():
            first = done[scope]
            for above in graph.scope_chain(scope):
                self.ran[above] += count
                self.done[above] += first


def is_repeatable(graph: Graph, item: Item) -> bool:
    """A scope that may fold with equal ones beside it."""
    return item < 0 and graph.scopes[~item].kind is ScopeKind.MODULE
