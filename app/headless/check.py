"""`opscope check`: one run without a window, looked over for numbers that went wrong."""

from __future__ import annotations

import json
import os
import sys
import xml.etree.ElementTree as xml
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ...tracers.ir.expression import BadExpression
from ...tracers.ir.watchpoint import matches, parse_watch
from ..choice import LaunchChoice
from . import page, report
from .baseline import Known, findings_of, name_of
from .outcome import Finding, Outcome
from .trace import (
    CouldNotRun,
    TraceChoice,
    Words,
    cause,
    refused_input,
    run_model,
    start_adapter,
)

CLEAN, FOUND, COULD_NOT = 0, 1, 2

# Unprintable letters that XML cannot hold.
_NO_XML = {code: " " for code in range(32) if code not in (9, 10, 13)}


@dataclass(frozen=True, slots=True)
class CheckChoice:
    """What to check, and where to write what was found.

    Attributes:
        backward, seed: as in TraceChoice.
        allowed: globs over ops, as in ir/watchpoint.py, or rules, whose findings do not count.
        json_to: a file, "-" for standard output, "" for sentences.
        junit_to: a file in the format of JUnit, "" for none.
        baseline: a recorded run, whose findings do not count; "" for none.
        html_to: a file for the findings as a page, "" for none.
    """

    model: LaunchChoice
    watches: tuple[str, ...] = ()
    backward: str | None = None
    seed: str = ""
    allowed: tuple[str, ...] = ()
    json_to: str = ""
    junit_to: str = ""
    baseline: str = ""
    html_to: str = ""


def check(choice: CheckChoice) -> int:
    """Run and look; 0 where nothing was found, 1 where something was, 2 where it cannot be told."""
    for path in (choice.json_to, choice.junit_to, choice.html_to):
        folder = os.path.dirname(os.path.abspath(path))
        if path not in ("", "-") and not os.path.isdir(folder):
            return _say(f"There is no folder {folder} to write into.")
    for text in choice.watches:
        try:
            parse_watch(text)
        except BadExpression as error:
            return _say(f"The watch “{text}” is none: {error}")
    try:
        known = findings_of(choice.baseline) if choice.baseline else frozenset[Known]()
    except CouldNotRun as error:
        return _say(str(error))
    words = Words()
    wanted = TraceChoice(
        choice.model,
        level="loops",
        backward=choice.backward,
        seed=choice.seed,
        watches=choice.watches,
        checks=True,
    )
    try:
        with start_adapter(choice.model) as client:
            client.heard = words.heard
            outcome = run_model(client, wanted, words)
            found = _counted(outcome)
            told = page.ask(client, outcome.run, found) if choice.html_to else []
    except CouldNotRun as error:
        return _say(str(error))
    except OSError as error:
        return _say(f"The debugger could not be started: {error}.")
    if outcome.error and refused_input(outcome):
        return _say(f"The model does not take these inputs: {cause(outcome)}.")
    new = [each for each in found if name_of(outcome.run, each) not in known]
    counts = [each for each in new if not _is_allowed(outcome, each, choice.allowed)]
    path = choice.json_to
    try:
        _tell(choice, outcome, counts, len(found) - len(counts))
        path = choice.junit_to
        if path:
            with open(path, "w", encoding="utf-8") as file:
                file.write(_junit(choice, outcome, counts))
        path = choice.html_to
        if path:
            page.write(path, outcome, told, counts, choice.model, _options(choice))
    except OSError as error:
        return _say(f"{path} could not be written: {error.strerror}.")
    return FOUND if counts else CLEAN


def _options(choice: CheckChoice) -> tuple[str, ...]:
    """The words of the command that say what to look for."""
    words: list[str] = []
    for name, texts in (("--watch", choice.watches), ("--allow", choice.allowed)):
        for text in texts:
            words += [name, text]
    if choice.backward is not None:
        words += ["--backward", choice.backward] if choice.backward else ["--backward"]
    for name, text in (("--seed", choice.seed), ("--baseline", choice.baseline)):
        words += [name, text] if text else []
    return tuple(words)


def _counted(outcome: Outcome) -> list[Finding]:
    """What speaks against the model; an error that no op raised is a finding, too."""
    found = [each for each in outcome.findings if each.kind != "threads"]
    if outcome.error and not any(each.kind == "failed" for each in found):
        found.append(Finding("failed", -1, f"The model failed: {outcome.error}"))
    return found


def _is_allowed(outcome: Outcome, finding: Finding, allowed: Sequence[str]) -> bool:
    told = finding.told
    if told is None:
        return False
    if any(fnmatchcase(told.rule, glob) for glob in allowed):
        return True
    if finding.record < 0:
        name = outcome.run.graph.values[told.slot].name
        return any(fnmatchcase(name, glob) for glob in allowed)
    op = outcome.run.records[finding.record].op
    return any(matches(glob, outcome.run.graph, op) for glob in allowed)


def _tell(choice: CheckChoice, outcome: Outcome, found: list[Finding], allowed: int) -> None:
    verdict = _verdict(outcome, found, allowed)
    if not choice.json_to:
        for finding in found:
            print(f"{finding.kind}: {finding.message}")
            if finding.told is not None and finding.told.advice:
                print(f"  try: {finding.told.advice}")
        for note in outcome.notes:
            print(f"note: {note}")
        print(verdict)
        return
    body = {
        "spec": outcome.spec,
        "model": outcome.facts.name,
        "framework": outcome.facts.framework.lower(),
        "version": outcome.facts.version,
        "ops": len(outcome.run.records),
        "watches": list(choice.watches),
        "error": outcome.error or None,
        "findings": [report.finding_json(outcome.run, finding) for finding in found],
        "allowed": allowed,
        "notes": outcome.notes,
    }
    text = json.dumps(body, indent=1, allow_nan=False)
    if choice.json_to == "-":
        print(text)
        return
    with open(choice.json_to, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    print(verdict)


def _verdict(outcome: Outcome, found: list[Finding], allowed: int) -> str:
    ops = report.counted(len(outcome.run.records), "op")
    said = report.counted(len(found), "finding") if found else "nothing found"
    more = f", {allowed} allowed" if allowed else ""
    return f"{outcome.facts.name}: {said} in {ops}{more}"


def _junit(choice: CheckChoice, outcome: Outcome, found: list[Finding]) -> str:
    """A case for the run, one for its numbers and one for each watch."""
    by_case: dict[str, list[Finding]] = {"runs": [], "finite": []}
    by_case |= {watch: [] for watch in choice.watches}
    for finding in found:
        told = finding.told
        name = "finite" if told is not None else "runs"
        by_case[told.rule if told is not None and finding.kind == "watch" else name].append(finding)
    failures = sum(bool(each) for each in by_case.values())
    suite = xml.Element(
        "testsuite",
        name=_plain(f"opscope check {outcome.spec}"),
        tests=str(len(by_case)),
        failures=str(failures),
        errors="0",
        time=f"{outcome.seconds:.3f}",
    )
    for name, some in by_case.items():
        case = xml.SubElement(suite, "testcase", classname=_plain(outcome.spec), name=_plain(name))
        if not some:
            continue
        failed = xml.SubElement(case, "failure", type=some[0].kind, message=_plain(some[0].message))
        advice = [(each.told.advice if each.told is not None else "") for each in some]
        lines = [f"{each.message} {hint}".strip() for each, hint in zip(some, advice, strict=True)]
        failed.text = _plain("\n".join(lines))
    return xml.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _plain(text: str) -> str:
    return text.translate(_NO_XML)


def _say(sentence: str) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"opscope: {sentence}\n")
    return COULD_NOT
