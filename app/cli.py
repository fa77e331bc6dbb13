"""The `opscope` command. Nothing of Qt or a framework is imported unless it is needed."""

from __future__ import annotations

import argparse
import difflib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import opscope

from .choice import LaunchChoice
from .remote.hosts import BadHosts
from .remote.words import NOT_FOR_COMPARE, add_host_options, host_of
from .running import options_of, run, script_words

FINE, WRONG, COULD_NOT = 0, 1, 2

_COMMANDS = ("run", "trace", "check", "compare", "samples", "adapter", "join")
_SUFFIXES = (".py", ".pt", ".pt2", ".pth", ".keras", ".h5", ".hdf5", ".pb", ".tflite", ".opscope")
_ABOUT = """\
A debugger for the computation graphs of PyTorch and TensorFlow models.

SPEC is path/file.py:name, package.module:name, the path of a saved model (.pt2, .pt, .keras, .h5,
.pb, .tflite, a SavedModel or Hugging Face folder), a recorded run (.opscope), or sample:NAME.

commands:
  opscope [SPEC]         open the window
  opscope run SCRIPT …   run your own script or -m MODULE, with a window on the models that it calls
  opscope trace SPEC     run once without a window and print each op; `opscope trace -h` says more
  opscope check SPEC     run once and explain NaN, Inf and what is watched; `opscope check -h`
  opscope compare A B    run both on the same inputs and find where they first differ
  opscope samples        list the bundled models
  opscope join SOCKET    a window on what an editor debugs
  opscope adapter        speak the Debug Adapter Protocol over standard input and output
"""
_INPUTS = """\
inputs, each after --input, in the order of the model's call or with NAME= before it:
  1x3x224x224                      normal random numbers, float32, the same every time
  ids=2x16:int64:0..1000           another dtype, evenly random in a range; also :zeros :ones :range
  16x   scalar                     one axis; none
  3.5   7:int64   [[1,2],[3,4]]    written out
  x=a.npy  a.npz:name  a.pt        from a file
  x=cat.png:resize=256,crop=224,normalise=imagenet   a picture; also .jpg, layout=, channels=
  text=WORDS                       through the model's own tokenizer
  data.py:batches@3                a batch, DataLoader or tf.data.Dataset (@3: batch 3, from 0)
"""

_WATCHES = """\
watches, each after --watch; " @ GLOB" behind one names the ops that it is asked of:
  nan   inf   zero   constant      one element that is so; all that are 0, or equal
  absmax>1e4   range 0..1          a finite element further from 0; outside a range
  dead>0.9   saturated>0.9         a larger share of elements that are 0; at their limits
  vanishing<1e-8  exploding>1e3    a gradient's rms; a gradient's largest element
  "output.mean() > 3 @ h.*"        an expression, over the ops of module h
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(COULD_NOT, f"{self.prog}: {message}.\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0 fine, 1 something is wrong, 2 not possible."""
    words = list(sys.argv[1:] if argv is None else argv)
    script = script_words(words, options_of(_window_parser()))
    if script is not None:  # its errors and its end are Python's to deal with
        return run(script, say)
    commands: dict[str, Callable[[list[str]], int]] = {
        "trace": _trace,
        "check": _check,
        "compare": _compare,
        "samples": _samples,
        "adapter": _adapter,
        "join": _join,
    }
    try:
        if words and words[0] in commands:
            return commands[words[0]](words[1:])
        return _window(words)
    except BadHosts as error:
        say(str(error))
        return COULD_NOT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE


def say(sentence: str) -> None:
    """A sentence on standard error."""
    sys.stderr.write(f"opscope: {sentence}\n")


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="opscope",
        description=_ABOUT,
        epilog=_INPUTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", nargs="?", default="", metavar="SPEC", help="the model to open")
    _add_model_options(parser)
    parser.add_argument("--theme", choices=("dark", "light"), default="", help="colours")
    parser.add_argument(
        "--attach", default="", metavar="SOCKET", help="show what a program runs that waits there"
    )
    parser.add_argument(
        "--join", default="", metavar="SOCKET", help="share the session of an editor"
    )
    parser.add_argument("--version", action="version", version=f"opscope {opscope.__version__}")
    return parser


def _window(words: list[str]) -> int:
    given = _window_parser().parse_args(words)
    choice = _choice(given)
    wrong = "" if choice.host is not None else _no_spec(choice.spec)
    if wrong:
        say(wrong)
        return COULD_NOT
    missing = [
        name
        for name in ("PySide6", "pyqtgraph", "networkx")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        say(
            f"the window needs {', '.join(missing)}, not installed here; add them with "
            '`pip install "opscope[window]"`, or use `opscope trace`.'
        )
        return COULD_NOT
    window: Any = importlib.import_module(".window_main", __package__)
    return window.run_window(choice)


def _trace(words: list[str]) -> int:
    parser = _Parser(
        prog="opscope trace",
        description="Run a model once and print each op with its statistics. Exit code: 0 fine, "
        "1 the model failed or is not equal, 2 it could not be started.",
        epilog=_INPUTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", metavar="SPEC", help="the model to run")
    _add_model_options(parser)
    parser.add_argument(
        "--verify",
        action="store_true",
        help="also run the model plainly, compare bit for bit, and time both",
    )
    parser.add_argument(
        "--records", action="store_true", help="with --json: write every executed op"
    )
    parser.add_argument(
        "--level",
        choices=("ops", "aten"),
        default="ops",
        help='"aten" also records the aten ops inside each op (PyTorch)',
    )
    parser.add_argument(
        "--backward",
        metavar="OP",
        nargs="?",
        const="",
        help="then run the backward pass from an op's output, by default the last one (PyTorch)",
    )
    parser.add_argument(
        "--seed",
        metavar="SEED",
        default="",
        help='the gradient that it starts from, where the output is no scalar: "ones" or FILE.npy',
    )
    parser.add_argument(
        "--edit",
        metavar="OP=EXPRESSION",
        action="append",
        default=[],
        help="then run once more with another value for an op's output, and list what differs; in"
        " the expression x is the value, inputs what the op reads (/layer1/relu:0=x*2); OP:1=… is"
        ' its second output, "OP input 0=…" what it reads first, OP=@FILE.npy an array; repeatable',
    )
    parser.add_argument("--json", metavar="FILE", help='write the result as JSON; "-" prints it')
    parser.add_argument(
        "--fx",
        metavar="FILE",
        default="",
        help="write the run as Python source of a torch.fx.GraphModule that replays it (PyTorch)",
    )
    parser.add_argument(
        "--save",
        metavar="FILE",
        default="",
        help="write the run to FILE.opscope, which opens without the model and its framework",
    )
    parser.add_argument(
        "--save-values",
        choices=("all", "none"),
        default="all",
        help='with --save: the values as well, or with "none" their statistics alone',
    )
    parser.add_argument(
        "--health",
        metavar="FILE",
        default="",
        help="write the statistics of every output as CSV, with zeros, room in float16 and"
        " gradient norms",
    )
    given = parser.parse_args(words)
    if given.records and given.json is None:
        parser.error("--records goes with --json")
    if given.seed and given.backward is None:
        parser.error("--seed goes with --backward")
    wrong = "" if given.host else _no_spec(given.spec)
    if wrong:
        say(wrong)
        return COULD_NOT
    from .headless.trace import TraceChoice, trace

    choice = TraceChoice(
        _choice(given),
        given.verify,
        given.records,
        given.json or "",
        given.fx,
        given.level,
        given.backward,
        _seed(given),
        tuple(given.edit),
        health_to=given.health,
        save_to=given.save,
        save_values=given.save_values,
    )
    return trace(choice)


def _check(words: list[str]) -> int:
    parser = _Parser(
        prog="opscope check",
        description="Run a model once and explain where NaN and Inf come from, and where a watch "
        "holds. Exit code: 0 nothing found, 1 something found or the model failed, 2 it could not "
        "be checked.",
        epilog=_WATCHES + _INPUTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", metavar="SPEC", help="the model to check")
    _add_model_options(parser)
    parser.add_argument(
        "--watch",
        metavar="WATCH",
        action="append",
        default=[],
        help="also find the ops where this holds, see below; repeatable",
    )
    parser.add_argument(
        "--backward",
        metavar="OP",
        nargs="?",
        const="",
        help="also run the backward pass from an op's output, by default the last one (PyTorch)",
    )
    parser.add_argument(
        "--seed",
        metavar="SEED",
        default="",
        help='the gradient that it starts from, where the output is no scalar: "ones" or FILE.npy',
    )
    parser.add_argument(
        "--allow",
        metavar="GLOB",
        action="append",
        default=[],
        help="leave out findings at these ops (h.*), or of this rule (log-of-zero); repeatable",
    )
    parser.add_argument("--json", metavar="FILE", help='write the findings as JSON; "-" prints it')
    parser.add_argument(
        "--junit", metavar="FILE", default="", help="also write them as a JUnit report"
    )
    parser.add_argument(
        "--html",
        metavar="FILE",
        default="",
        help="also write them as one page to pass on, with values, source and the graph around",
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        default="",
        help="a run recorded with trace --save: what was found in it does not count",
    )
    given = parser.parse_args(words)
    if given.seed and given.backward is None:
        parser.error("--seed goes with --backward")
    wrong = "" if given.host else _no_spec(given.spec)
    if wrong:
        say(wrong)
        return COULD_NOT
    from .headless.check import CheckChoice, check

    return check(
        CheckChoice(
            _choice(given),
            tuple(given.watch),
            given.backward,
            _seed(given),
            tuple(given.allow),
            given.json or "",
            given.junit,
            given.baseline,
            given.html,
        )
    )


def _compare(words: list[str]) -> int:
    from ..tracers.compare.ways import NoSuchWay
    from .compare_words import WAYS_HELP, add_options, against, choices

    parser = _Parser(
        prog="opscope compare",
        description="Run two models on the same inputs and find the first op that does something "
        "else, across PyTorch and TensorFlow. Exit code: 0 equal, 1 diverged, 2 it could not be "
        "done.",
        epilog=WAYS_HELP + _INPUTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    given = parser.parse_args(words)
    if given.host:
        say(NOT_FOR_COMPARE)
        return COULD_NOT
    for spec in (given.a, given.b):
        wrong = _no_spec(spec)
        if wrong:
            say(wrong)
            return COULD_NOT
    try:
        way, (a, b) = against(given), choices(given)
    except NoSuchWay as error:
        parser.error(str(error).rstrip("."))
    from .headless.compare import CompareChoice, compare_runs

    wanted = (tuple(given.pin), tuple(given.forbid), given.most)
    outputs = (given.json or "", given.html, given.markdown)
    return compare_runs(CompareChoice(a, b, *outputs, way, *wanted))


def _samples(words: list[str]) -> int:
    _Parser(prog="opscope samples", description="List the bundled models.").parse_args(words)
    from .headless.samples import list_samples

    list_samples()
    return FINE


def _join(words: list[str]) -> int:
    parser = _Parser(
        prog="opscope join",
        description="Open a window on what an editor debugs: the same stops, and breakpoints set in"
        " either.",
    )
    parser.add_argument("socket", metavar="SOCKET", help="where the editor's session is shared")
    return _window(["--join", parser.parse_args(words).socket])


def _adapter(words: list[str]) -> int:
    parser = _Parser(
        prog="opscope adapter",
        description="Speak the Debug Adapter Protocol over standard input and output.",
    )
    add_host_options(parser)
    parser.add_argument("--host-as", default="", help=argparse.SUPPRESS)
    parser.add_argument(
        "--python", default="", metavar="PATH", help="with --host: the interpreter to run there"
    )
    parser.add_argument(
        "--join", default="", metavar="SOCKET", help="come to the session that is shared there"
    )
    given = parser.parse_args(words)
    host = host_of(given)
    if host is not None:
        from .remote.relay import serve as relay

        return relay(host, given.python)
    from ..tracers.adapter.supervisor import main as serve

    return serve(["--join", given.join] if given.join else [])


def _add_model_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="INPUT",
        help="an input of the model; once for each, see below",
    )
    parser.add_argument(
        "--python", default="", metavar="PATH", help="the interpreter that runs the model"
    )
    add_host_options(parser)
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


def _choice(given: argparse.Namespace) -> LaunchChoice:
    return LaunchChoice(
        spec=given.spec,
        inputs=tuple(given.input),
        python=given.python,
        trusted=given.trust,
        exact=given.exact,
        custom=given.custom_objects,
        theme=getattr(given, "theme", ""),
        socket=getattr(given, "attach", ""),
        join=getattr(given, "join", ""),
        host=host_of(given),
    )


def _seed(given: argparse.Namespace) -> str:
    """A file of this computer's by its whole path; one of a host's as it was written."""
    is_here = given.seed.endswith(".npy") and not given.host
    return os.path.abspath(given.seed) if is_here else given.seed


def _no_spec(spec: str) -> str:
    """A sentence for a bare word that is no model; "" where it may be one."""
    likely = ":" in spec or os.sep in spec or "/" in spec or spec.lower().endswith(_SUFFIXES)
    if not spec or likely or os.path.exists(spec):
        return ""
    from ..resources.samples.catalogue import samples

    names = [sample.name for sample in samples()]
    if spec in names:
        return f"{spec} is a bundled model; write sample:{spec}."
    near = difflib.get_close_matches(spec, _COMMANDS, 1)
    hint = f"; did you mean {near[0]}?" if near else "; `opscope --help` shows both."
    return f'"{spec}" is neither a command nor a model{hint}'
