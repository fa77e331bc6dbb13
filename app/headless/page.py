"""`opscope check --html`: what was found, as one page that stands for itself."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...tracers.ir import Run
from ...tracers.protocol.client import Client
from ...tracers.protocol.refusal import Refusal
from ..choice import LaunchChoice
from ..share import subject as subjects
from ..share.article import Making, article_of, page_of
from ..share.asking import Answers, asks_of, take
from ..share.neighbourhood import around
from ..share.page import Article
from ..share.subject import Subject
from ..share.writing import write_page
from .outcome import Finding, Outcome
from .report import counted

_MOST = 40  # findings that are shown at length
_PATIENCE = 60.0  # seconds for one answer

# What was found, with what the debuggee knows of it.
Told = tuple[Finding, Subject, Answers]


def ask(client: Client, run: Run, found: Iterable[Finding]) -> list[Told]:
    """Ask for all that a page on these needs, while the debuggee lives."""
    rows: list[Told] = []
    for finding in list(found)[:_MOST]:
        about = _subject(run, finding)
        answers = Answers()
        for each in asks_of(run, about):
            try:
                body = client.request(each.command, each.arguments, _PATIENCE)
            except (Refusal, TimeoutError):
                continue  # a value that was let go, a file that is not there
            take(answers, each, body, about)
        rows.append((finding, about, answers))
    return rows


def write(
    path: str,
    outcome: Outcome,
    told: Iterable[Told],
    found: list[Finding],
    model: LaunchChoice,
    more: tuple[str, ...],
) -> None:
    """Write the page on `found`; `more` are further options of the command. Raises OSError."""
    run = outcome.run
    counts = {id(finding) for finding in found}
    articles = [_article(run, *row[1:]) for row in told if id(row[0]) in counts]
    making = Making(model, outcome.facts, "check", more)
    name, ops = outcome.facts.name, counted(len(run.records), "op")
    said = counted(len(found), "finding") if found else "nothing found"
    rest = f" The first {len(articles)} are shown." if len(articles) < len(found) else ""
    title = f"{name}: {said}" if len(articles) != 1 else ""
    write_page(page_of(run, articles, making, title, f"{name}: {said} in {ops}.{rest}"), Path(path))


def _subject(run: Run, finding: Finding) -> Subject:
    if finding.told is not None:
        return subjects.of_finding(run, finding.told)
    if run.failure is not None:
        return subjects.of_failure(run, run.failure)
    if finding.record >= 0:
        return subjects.of_op(run, run.records[finding.record].op, finding.record)
    return Subject("Error", finding.message)


def _article(run: Run, about: Subject, answers: Answers) -> Article:
    picture = around(run, about.op, about.record) if about.op >= 0 else None
    return article_of(run, about, answers, picture)
