"""A small run whose names are as hostile as names can be, and what was found in it."""

from __future__ import annotations

from opscope.app.choice import LaunchChoice
from opscope.app.share.article import Making, article_of, page_of
from opscope.app.share.asking import Answers, Excerpt
from opscope.app.share.neighbourhood import around
from opscope.app.share.page import Page, Picture
from opscope.app.share.subject import Subject, of_finding
from opscope.tracers.ir import (
    OUTSIDE,
    Category,
    Graph,
    ModelFacts,
    Op,
    OpRecord,
    Phase,
    Run,
    RunState,
    Scope,
    ScopeKind,
    SourceLine,
    TensorSummary,
    Value,
    ValueKind,
)
from opscope.tracers.ir.finding import Finding, FindingKind
from opscope.tracers.ir.graph import ROOT

EVIL = "<script>alert('x')</script>"
ATTRIBUTE = '" onload="alert(1)" x="'
LINK = "![a](https://example.org/a.png) <img src=//example.org/b.png> http://example.org"
HIDDEN = "name\u202e\x00\ud800\x1b[31m"
SOURCE = "\n".join(f"line {number} {EVIL} ```" for number in range(1, 41))


def hostile() -> Run:
    """x → relu → log → mul, in a module whose name is a script."""
    scopes = [ROOT, Scope("/m", 0, EVIL, f"m.{EVIL}", ATTRIBUTE, ScopeKind.MODULE)]
    values = [Value(ValueKind.INPUT, -1, 0, f"x {LINK}", (2, 3), "float32")]
    values += [Value(ValueKind.OUTPUT, op, 0, "", (2, 3), "float32") for op in range(3)]
    ops = [
        Op(f"/m/relu:0 {EVIL}", f"relu{EVIL}", 1, Category.POINTWISE, EVIL, (), (0,), (1,), 0),
        Op("/m/log:0", f"log {EVIL}", 1, Category.POINTWISE, "", ((EVIL, LINK),), (1,), (2,), 0),
        Op("/m/mul:0", f"mul{HIDDEN}", 1, Category.POINTWISE, "", (), (2,), (3,), 0),
    ]
    sources = [SourceLine(f"/tmp/{EVIL}.py", 20, EVIL)]
    run = Run(Graph(scopes, ops, values, sources), state=RunState.FINISHED)
    fine = TensorSummary((2, 3), "float32", minimum=0.0, maximum=3.0, mean=1.0, rms=1.5)
    bad = TensorSummary((2, 3), "float32", minimum=0.0, maximum=1.0, neginf=2)
    run.add_records(
        [
            OpRecord(0, 0, Phase.FORWARD, 1e-5, ((OUTSIDE, 0),), (fine,), 0),
            OpRecord(1, 0, Phase.FORWARD, 1e-5, ((0, 0),), (bad,), 0),
            OpRecord(2, 0, Phase.FORWARD, 1e-5, ((1, 0),), (bad,), 0),
        ]
    )
    return run


def subject(run: Run) -> Subject:
    """The log's finding."""
    told = Finding(
        FindingKind.PRODUCER,
        1,
        0,
        f"rule {EVIL}",
        f"log makes −Inf {EVIL} {LINK}\u2028{HIDDEN}",
        f"Add a small constant {ATTRIBUTE}",
        (0, 1),
        ((f"x {EVIL}", f"0 {LINK}"),),
        "−Inf",
        1,
        1,
    )
    return of_finding(run, told)


def answers() -> Answers:
    """Source and elements as a debuggee tells them."""
    cells = Excerpt((("0", EVIL),), ("0",), ("0", "1"), (0, 1), "[0:1, 0:2]")
    return Answers(SOURCE, {0: TensorSummary((2, 3), EVIL, text=LINK)}, cells)


def page(with_picture: bool = False) -> Page:
    """All of it."""
    run = hostile()
    about = subject(run)
    picture = Picture(b"\x89PNG light", b"\x89PNG dark", 400, EVIL) if with_picture else None
    facts = ModelFacts(
        f"Net {EVIL}", "PyTorch", f"2 {EVIL}", 12, inputs=((f"x {LINK}", (2, 3), EVIL),)
    )
    choice = LaunchChoice(f"/tmp/{EVIL} 'a'.py:build", inputs=("x=1x3", "-3.5"))
    drawn = picture or around(run, about.op, about.record)
    article = article_of(run, about, answers(), drawn, f"a note\n{EVIL}\n{LINK}")
    return page_of(run, [article], Making(choice, facts))
