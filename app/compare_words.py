"""The words of `opscope compare`."""

from __future__ import annotations

import argparse
from dataclasses import replace

from ..tracers.compare.ways import WAYS, Against, NoSuchWay, Way, parse_way
from .choice import LaunchChoice


def _word(way: Way) -> str:
    if way.word == "compile":
        return "compile[:BACKEND]"
    return f"{way.word}:{way.takes}" if way.takes else way.word


def _backends(way: Way) -> str:
    return f"\n{'':21}BACKEND is {way.takes}." if way.word == "compile" else ""


WAYS_HELP = "\n".join(
    [
        "ways, each after --against in the place of B; A is the model as it is:",
        *(f"  {_word(way):<18} {way.says}{_backends(way)}" for way in WAYS),
        "",
        "",
    ]
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """What the command takes beside the two models."""
    parser.add_argument("a", metavar="A", help="the first model, or a recorded run (.opscope)")
    parser.add_argument("b", metavar="B", nargs="?", default="", help="the second")
    parser.add_argument(
        "--against",
        metavar="WAY",
        default="",
        help="A itself in another way, in the place of B: bfloat16, train, compile, …; see below",
    )
    for side in "ab":
        parser.add_argument(
            f"--weights-{side}",
            default="",
            metavar="FILE",
            help=f"load these weights into {side.upper()} first; without B, it is A's model",
        )
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
    for word, what in (("pin", "are one, whatever their values"), ("forbid", "are not one")):
        parser.add_argument(
            f"--{word}",
            action="append",
            default=[],
            metavar="OPA=OPB",
            help=f"these ops of A and B {what}; by the keys that the report names; may be repeated",
        )
    parser.add_argument(
        "--most",
        type=_positive,
        default=4,
        metavar="N",
        help="how many divergences are looked for, one behind the other; 4 by default",
    )
    parser.add_argument("--host", default="", help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help='write the result as JSON; "-" prints it')
    parser.add_argument(
        "--html", metavar="FILE", default="", help="also write it as one page to pass on"
    )
    parser.add_argument(
        "--markdown",
        type=_markdown,
        metavar="FILE",
        default="",
        help="also write it as Markdown, with its pictures beside it; FILE ends in .md",
    )


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no whole number from 1")
    return int(text)


def _markdown(text: str) -> str:
    if text and not text.lower().endswith((".md", ".markdown")):
        raise argparse.ArgumentTypeError(f"{text} does not end in .md")
    return text


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
    if given.weights_a:
        a = replace(a, derive=(parse_way(f"weights:{given.weights_a}").text,))
    if given.weights_b:
        b = replace(b, derive=(parse_way(f"weights:{given.weights_b}").text,))
    return a, b


def against(given: argparse.Namespace) -> Against | None:
    """The way that makes B, None where it is named. Raises NoSuchWay."""
    if given.against and (given.b or given.weights_b):
        what = "B" if given.b else "--weights-b"
        raise NoSuchWay(f"--against makes B of A, so it goes without {what}.")
    if given.against:
        return parse_way(given.against)
    if given.weights_b and not given.b:
        return parse_way(f"weights:{given.weights_b}")
    if not given.b:
        raise NoSuchWay("name a second model, or a way to run the first one with --against")
    return None
