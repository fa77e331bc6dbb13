"""The command that makes a run again, as one types it into a shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

from ...tracers.ir import Ref, Run
from ..choice import LaunchChoice
from ..headless.report import value_names
from ..naming import launch_arguments
from ..remote.words import host_words

RECORDED = ".opscope"


def command_of(choice: LaunchChoice, what: str, more: Sequence[str] = ()) -> str:
    """`what` is "check" or "trace"; `more` are further options. "" where no command can do it: the
    run was made by a program of the user's own."""
    if not choice.spec:
        return ""
    words = ["opscope", what, choice.spec]
    words += host_words(choice.host) if choice.host is not None else []
    if choice.host is None and is_recorded(choice):
        return shlex.join(["opscope", what, os.path.abspath(choice.spec), *more])
    for text in launch_arguments(choice)["inputs"]:
        words += [f"--input={text}"] if text.startswith("-") else ["--input", text]
    if choice.python:
        words += ["--python", choice.python]
    if choice.custom:
        words += ["--custom-objects", choice.custom]
    if choice.trusted:
        words.append("--trust")
    if choice.exact:
        words.append("--exact")
    return shlex.join([*words, *more])


def compare_command(a: LaunchChoice, b: LaunchChoice) -> str:
    """For two runs side by side; the inputs are A's."""
    words = ["opscope", "compare", a.spec, *_second(a, b)]
    for text in a.inputs:
        words += [f"--input={text}"] if text.startswith("-") else ["--input", text]
    pythons = (("--python-a", a.python), ("--python-b", b.python))
    if a.python == b.python:
        pythons = (("--python", a.python),)
    for name, text in (*pythons, ("--custom-objects", a.custom)):
        words += [name, text] if text else []
    words += ["--trust"] if a.trusted else []
    words += ["--exact"] if a.exact else []
    return shlex.join(words)


def _second(a: LaunchChoice, b: LaunchChoice) -> list[str]:
    """B, or how it is made of A."""
    loaded = [
        (name, way.removeprefix("weights:"))
        for name, choice in (("--weights-a", a), ("--weights-b", b))
        for way in choice.derive
        if way.startswith("weights:")
    ]
    words = [word for pair in loaded for word in pair]
    if a.spec != b.spec or not b.derive:
        return [b.spec, *words]
    if b.derive[-1].startswith("weights:"):
        return words
    return ["--against", b.derive[-1], *words]


def backward_options(run: Run, root: Ref, seed: str) -> tuple[str, ...]:
    """For the pass that the user ran from an output."""
    record, slot = root
    if not 0 <= record < len(run.records):
        return ()
    name = value_names(run)[record] + (f":{slot}" if slot else "")
    return ("--backward", name, *(("--seed", seed) if seed else ()))


def is_recorded(choice: LaunchChoice) -> bool:
    """It is a run that was read from a file."""
    return choice.spec.lower().endswith(RECORDED)


def folder_of(choice: LaunchChoice) -> str:
    """The folder that the command is to be typed in, "" where that does not matter."""
    spec, inputs = choice.spec, choice.inputs
    alone = spec.startswith("sample:") or os.path.isabs(spec.rpartition(":")[0] or spec)
    if not spec or choice.host is not None or (alone and not inputs) or is_recorded(choice):
        return ""
    return os.path.abspath(choice.cwd) if choice.cwd else os.getcwd()
