"""The words of `opscope compare`."""

from __future__ import annotations

import argparse

from .choice import LaunchChoice


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes beside the two models."""
    parser.add_argument("a", metavar="A", help="the first model, or a recorded run (.opscope)")
    parser.add_argument("b", metavar="B", help="the second")
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="INPUT",
        help="an input of A, which B is given, too; once for each, see below; by default A's own",
    )
    parser.add_argument(
        "--python", default="", metavar="PATH", help="the interpreter that runs both models"
    )
    for side in "ab":
        parser.add_argument(
            f"--python-{side}",
            default="",
            metavar="PATH",
            help=f"the interpreter of {side.upper()}",
        )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="open files that can run code, like pickles; only for files that you trust",
    )
    parser.add_argument(
        "--custom-objects",
        default="",
        metavar="FILE",
        help="a Python file with the classes that a .keras or .h5 file needs",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="bit-equal to the framework's own run, where that costs speed (TensorFlow)",
    )
    parser.add_argument("--host", default="", help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help='write the result as JSON; "-" prints it')
    parser.add_argument(
        "--html", metavar="FILE", default="", help="also write it as one page to pass on"
    )


def choices(given: argparse.Namespace) -> tuple[LaunchChoice, LaunchChoice]:
    """A and B."""
    a = LaunchChoice(
        spec=given.a,
        inputs=tuple(given.input),
        python=given.python_a or given.python,
        trusted=given.trust,
        exact=given.exact,
        custom=given.custom_objects,
    )
    b = LaunchChoice(
        spec=given.b,
        python=given.python_b or given.python,
        trusted=given.trust,
        exact=given.exact,
        custom=given.custom_objects,
    )
    return a, b
