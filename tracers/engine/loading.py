"""From a launch's arguments to a program that is ready to run."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..protocol.refusal import Refusal
from ..protocol.spec import RECORDED, ModelSpec, SpecKind, parse_spec
from .backend import Loader, LoadOptions, Program, Progress
from .deriving import open_derived, seed_before_building, seed_before_import
from .frameworks import framework_of_file, loader_of, prepare
from .inputs import make_inputs
from .targets import Target, find_target
from .user_code import FRAMEWORKS, guarded, look_beside, run_file, run_module


def open_program(arguments: dict[str, Any], progress: Progress) -> Program:
    """Open what `spec` names with what `inputs` say.

    Uses of `arguments`: spec, inputs, imageOptions, cwd, trusted, exact, customObjects, derive
    (what is made of the model, one after another), seeded (random weights are the same every time).

    Raises:
        Refusal: with one sentence, whatever is wrong with the model or its inputs.
    """
    cwd = str(arguments.get("cwd") or "")
    if cwd and os.path.isdir(cwd):
        os.chdir(cwd)
    spec = parse_spec(str(arguments.get("spec") or ""), cwd)
    texts = [str(text) for text in arguments.get("inputs") or ()]
    options = LoadOptions(
        name=spec.shown,
        trusted=bool(arguments.get("trusted")),
        exact=bool(arguments.get("exact")),
        part=spec.name if spec.kind is SpecKind.ARTEFACT else "",
    )
    prepare(options.exact)
    seeded = bool(arguments.get("seeded"))
    if seeded:
        seed_before_import()
    custom = str(arguments.get("customObjects") or "")
    if custom:
        options = replace(options, custom=_custom_objects(custom, progress))
    target = _open_target(spec, options, bool(texts), progress, seeded)
    loader = loader_of(target.framework)
    progress("Preparing the inputs")
    made = make_inputs(target, loader, texts, spec.where, dict(arguments.get("imageOptions") or {}))
    options = replace(options, name=target.name or spec.shown, synthetic=made.synthetic)
    given = " with these inputs" if texts else ""
    ways = [str(way) for way in arguments.get("derive") or ()]
    return guarded(
        lambda: (
            open_derived(loader, target.model, made.inputs, ways, options, progress)
            or loader.open(target.model, made.inputs, options, progress)
        ),
        f"{spec.shown} could not be opened{given}",
        "bad-input" if texts else "bad-model",
    )


def _custom_objects(text: str, progress: Progress) -> dict[str, object]:
    """What the Python file defines whose classes a Keras file uses."""
    path = Path(os.path.expanduser(text)).absolute()
    if not path.is_file() or path.suffix != ".py":
        raise Refusal("bad-spec", f"There is no Python file {text} for the custom objects.")
    progress(f"Running {path.name}")
    return vars(run_file(str(path)))


def _open_target(
    spec: ModelSpec, options: LoadOptions, given: bool, progress: Progress, seeded: bool
) -> Target:
    if spec.kind is SpecKind.ARTEFACT:
        framework = framework_of_file(spec.where, spec.framework)
        if framework != RECORDED:
            progress(f"Importing {FRAMEWORKS[framework]}")
        loader: Loader = loader_of(framework)
        progress(f"Reading {Path(spec.where).name}")
        if options.trusted:
            look_beside(spec.where)
        model = guarded(
            lambda: loader.open_artefact(spec.where, options, progress),
            f"{spec.shown} could not be read",
        )
        return Target(model, framework, None, "", {})
    if spec.kind is SpecKind.FILE:
        progress(f"Running {Path(spec.where).name}")
        module = run_file(spec.where)
    else:
        progress(f"Importing {spec.where}")
        module = run_module(spec.where)
    progress("Building the model")
    if seeded:
        seed_before_building()
    return find_target(module, spec.name, given)
