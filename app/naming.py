"""A choice in the words of the protocol, and a model in the words of the user."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import Any

from ..tracers.ir import ModelFacts
from .choice import LaunchChoice

_PICTURES = (".png", ".jpg", ".jpeg")


def launch_arguments(choice: LaunchChoice, budget: int = 0) -> dict[str, Any]:
    """Arguments of `launch`; `budget` in bytes, 0 lets the debuggee choose."""
    arguments: dict[str, Any] = {
        "spec": choice.spec,
        "inputs": [_with_image(text, choice.image) for text in choice.inputs],
        "trusted": choice.trusted,
        "exact": choice.exact,
        "stopOnEntry": True,
    }
    if choice.host is None or choice.cwd:  # on a host its own folder is the default
        arguments["cwd"] = choice.cwd or os.getcwd()
    if choice.python:
        arguments["python"] = choice.python
    if choice.custom:
        arguments["customObjects"] = choice.custom
    if choice.derive:
        arguments["derive"] = list(choice.derive)
    if choice.seeded:
        arguments["seeded"] = True
    if budget:
        arguments["budget"] = budget
    return arguments


def _with_image(text: str, options: tuple[tuple[str, str], ...]) -> str:
    """The options behind a picture's name; those written there win."""
    if not options or not text.lower().endswith(_PICTURES):
        return text
    return f"{text}:" + ",".join(f"{name}={value}" for name, value in options)


def spec_name(spec: str) -> str:
    """What the title calls a model before it is open."""
    if spec.startswith("sample:"):
        return spec.removeprefix("sample:")
    head, _, name = spec.rpartition(":")
    file = PurePath(head or spec).name
    return file if not head or name in ("", "build", "model") else f"{file} : {name}"


def choice_name(choice: LaunchChoice) -> str:
    """As `spec_name`, with the machine that it is on."""
    name = spec_name(choice.spec)
    return name if choice.host is None else f"{name} on {choice.host.name}"


def window_words(sentence: str) -> str:
    """A sentence that tells of the command's options, for one who has the open dialog."""
    words = sentence.replace(" with --custom-objects", " in Open Model ▸ Custom objects")
    return words.replace(" --input ", " ")


def model_line(facts: ModelFacts) -> str:
    """The toolbar's second line: framework and inputs."""
    inputs = ", ".join("×".join(map(str, shape)) or "scalar" for _, shape, _ in facts.inputs)
    made_up = "synthetic " if facts.synthetic else ""
    version = ".".join(facts.version.split("+")[0].split(".")[:2])
    return f"{facts.framework} {version} · {made_up}{inputs}" if inputs else facts.framework


def facts_title(facts: ModelFacts) -> str:
    """How large a model is and what it is fed, before its first op."""
    parts = [f"{short_number(facts.parameters)} parameters"]
    for name, shape, dtype in facts.inputs:
        made_up = " (synthetic)" if facts.synthetic else ""
        size = "×".join(map(str, shape)) or "scalar"
        parts.append(f"{name} {size} {dtype}{made_up}".strip())
    return " · ".join(parts)


def facts_line(facts: ModelFacts, budget: int = 0) -> str:
    """Where and how a model will run, and what of it will be kept; `budget` in bytes, if known."""
    parts = [facts.device]
    if facts.dtype:
        parts.append(facts.dtype)
    if facts.training is not None:
        parts.append("train mode" if facts.training else "eval mode")
    if facts.seconds is not None:
        parts.append(f"about {facts.seconds * 1000:.0f} ms")
    if facts.recording_bytes is not None:
        parts.append(forecast(facts.recording_bytes, budget))
    return " · ".join(parts)


def forecast(needed: int, budget: int) -> str:
    """How much of a recording will be kept."""
    if not budget:
        return f"a full recording takes {short_bytes(needed)}"
    if needed <= budget:
        return f"will keep every value, {short_bytes(needed)} of {short_bytes(budget)}"
    return (
        f"will keep the newest {short_bytes(budget)} of {short_bytes(needed)}; older values come"
        " back by running again"
    )


def short_number(number: int) -> str:
    """1234567 as "1.23 M"."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return str(number)


def short_bytes(number: int) -> str:
    """Bytes with a binary unit, "182 MiB"."""
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} B"
