"""Which value of the run a tensor object is."""

from __future__ import annotations

import weakref
from typing import Any

from ..ir import Ref


class _Link(weakref.ref[Any]):
    """A tensor that the run knows, with the ref of what last produced it."""

    __slots__ = ("key", "ref")
    key: int
    ref: Ref


class Owners:
    """Which output of which record, or which value from outside, a tensor object now is."""

    def __init__(self) -> None:
        self._links: dict[int, _Link] = {}

    def get(self, tensor: Any) -> Ref | None:
        """The ref of a tensor, None for one never seen."""
        link = self._links.get(id(tensor))
        return None if link is None else link.ref

    def put(self, tensor: Any, ref: Ref) -> None:
        """From now on the tensor is `ref`. Nothing is kept alive by it."""
        key = id(tensor)
        link = _Link(tensor, self._forget)
        link.key, link.ref = key, ref
        self._links[key] = link

    def _forget(self, link: Any) -> None:
        if self._links.get(link.key) is link:
            del self._links[link.key]
