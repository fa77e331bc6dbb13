"""Typed replies to a request that cannot be served."""

from __future__ import annotations


class Refusal(Exception):
    """Shown to the user as it is: one sentence that says what, where, and what to do.

    Attributes:
        code: a short word for programs ("not-run", "bad-spec", "not-trusted", "bad-input", …).
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
