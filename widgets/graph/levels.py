"""Opens and closes groups level by level."""

from __future__ import annotations

from .model import GraphModel, is_fold, key_scope, scope_key

ALL, MORE, FEWER, NONE = 2, 1, -1, -2  # steps


def opened(model: GraphModel, open_: set[int], step: int) -> set[int]:
    """What is open after a step: everything, one level more, one less, or the outermost alone.

    Backward passes are left as they are.
    """
    groups = model.groups
    if step == NONE:
        return {0}
    if step in (ALL, MORE):
        back = set(model.passes.roots)
        found = set(open_)
        for scope, group in groups.items():
            near = group.parent in (open_ if step == MORE else found) or scope == 0
            if near and (scope not in back):
                found.add(scope)
        return found
    shown = {scope for scope in open_ if open_.issuperset(model.path(scope))}
    deepest = max(groups[scope].depth for scope in shown)
    return {scope for scope in shown if groups[scope].depth < deepest} | {0}


def standing_for(model: GraphModel, open_: set[int], key: int) -> int:
    """The key that shows what `key` showed, now that `open_` is open."""
    if is_fold(key):
        key = scope_key(key_scope(key))
    while key != scope_key(0) and model.home(key) not in open_:
        key = scope_key(model.home(key))
    return key
