"""A comparison as a page to pass on."""

from __future__ import annotations

from ...tracers.compare.result import Comparison
from ..headless import compare_page
from ..headless.compare_opening import Opened
from ..share.command import compare_command
from .choice import PairChoice


def write_report(path: str, choice: PairChoice, a: Opened, b: Opened, found: Comparison) -> None:
    """HTML, or Markdown with its pictures beside it, by the ending of the name. Raises OSError."""
    compare_page.write(path, a, b, found, compare_command(choice.a, choice.b))
