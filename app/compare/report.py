"""A comparison as a page to pass on."""

from __future__ import annotations

from ...tracers.compare.result import Comparison
from ..headless import compare_page
from ..headless.compare_opening import Opened
from ..share.command import command_of, compare_command
from .choice import PairChoice


def write_report(path: str, choice: PairChoice, a: Opened, b: Opened, found: Comparison) -> None:
    """HTML, or Markdown with its pictures beside it, by the ending of the name. Raises OSError."""
    if choice.against is None:
        command = compare_command(choice.a, choice.b)
    else:
        command = command_of(choice.a, "compare", ("--against", choice.against.text))
    compare_page.write(path, a, b, found, command)
