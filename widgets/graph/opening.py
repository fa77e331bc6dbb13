"""Which groups are open when a graph is first shown: the depth of module blocks."""

from __future__ import annotations

import itertools

from ...tracers.ir import Place, ScopeKind
from .folding import FEWEST, Structures
from .group import Group
from .model import GraphModel, key_scope
from .name_groups import is_named

MOST = 300  # nodes on arrival
SMALL = 48  # ops up to which everything is open, if that is
ROOMY = 1020.0  # wide at most
FEW = 4  # nodes up to which the view is opened further
NEAR = 1  # blocks beside the current one that are not folded


def first_open(model: GraphModel, place: Place, small: int = SMALL) -> set[int]:
    """Groups to open: wrappers and stacks of blocks, the way to `place`, never just one box.

    All of them where there are no more than `small` ops. Backward passes stay closed.
    """
    groups = model.groups
    open_ = {0}
    back = [scope for scope in model.passes.roots if scope in groups]
    if model.counts[0] - sum(model.counts[scope] for scope in back) <= small:
        return set(groups) - set(back)
    structures = Structures(model)
    size = len(groups[0].items)
    queue = [0]
    for scope in queue:
        for key in groups[scope].items:
            inner = key_scope(key) if key < 0 else -1
            if inner < 0:
                continue
            more = _drawn(groups[inner], structures)
            if size + more <= MOST and _is_stack(model, groups[inner], groups[scope], structures):
                open_.add(inner)
                size += more
                queue.append(inner)
    while size <= FEW:
        closed = [
            key_scope(key)
            for scope in open_
            for key in groups[scope].items
            if key < 0 and key_scope(key) not in open_ and key_scope(key) not in back
        ]
        if not closed:
            break
        largest = max(closed, key=lambda scope: (len(groups[scope].items), -scope))
        open_.add(largest)
        size += len(groups[largest].items)
    group = model.group_of_scope(place.scope)
    open_.update(model.path(group if place.op >= 0 else groups[group].parent))
    return open_ & groups.keys()


def near(model: GraphModel, group: int, op: int = -1) -> set[int]:
    """Blocks to leave unfolded around the group where the user is: it and its neighbours.

    Where the user is before an op that stands beside blocks, the next ones too.
    """
    found: set[int] = set()
    if op >= 0:
        items = model.groups[group].items
        ahead = [key_scope(key) for key in items if key < 0]
        ahead = [scope for scope in ahead if next(iter(model.ops_of(scope)), -1) >= op]
        found.update(ahead[: NEAR + 1])
    for scope in model.path(group)[1:]:
        items = model.groups[model.groups[scope].parent].items
        at = next(i for i, key in enumerate(items) if key < 0 and key_scope(key) == scope)
        beside = items[max(0, at - NEAR) : at + NEAR + 1]
        found.update(key_scope(key) for key in beside if key < 0)
    return found


def _drawn(group: Group, structures: Structures) -> int:
    """Nodes that a group shows with alike blocks folded."""
    count = 0
    run, last = 0, -1
    for key in group.items:
        kind = structures.of(key_scope(key)) if key < 0 else -1
        run = run + 1 if kind >= 0 and kind == last else 1
        last = kind
        count += 1 if run < FEWEST else 0
    return count


def _is_stack(model: GraphModel, group: Group, parent: Group, structures: Structures) -> bool:
    """Whether a group is worth opening: it wraps everything, or holds blocks in a row."""
    if model.row(group.scope).kind not in (ScopeKind.MODULE, ScopeKind.GROUP):
        return False
    inner = [key_scope(key) for key in group.items if key < 0]
    if is_named(group.scope):
        return any(is_named(scope) for scope in inner)
    around = [key_scope(key) for key in parent.items if key < 0]
    if len([one for one in around if one not in model.passes.roots]) == 1 and inner:
        return True
    types = [model.row(scope).type for scope in inner]
    return any(one == two for one, two in itertools.pairwise(types))
