"""Values that are taken to be finite until an op that reads them tells."""

from __future__ import annotations

from opscope.tracers.engine.builder import GraphBuilder
from opscope.tracers.engine.history import History
from opscope.tracers.engine.late import ANY, putting_off
from opscope.tracers.engine.recorder import Recorder
from opscope.tracers.ir import Ref, Run, TensorSummary

INF = float("inf")


class Lists:
    """Knows lists of numbers; notes which it looked at."""

    name = "lists"
    moving = frozenset({"moves"})
    spreading = frozenset({"spreads"})

    def __init__(self) -> None:
        self.looked: list[list[float]] = []

    def describe(self, value: object) -> tuple[tuple[int, ...], str]:
        assert isinstance(value, list)
        return (len(value),), "list"

    def summarize(self, value: object) -> TensorSummary:
        assert isinstance(value, list)
        return TensorSummary((len(value),), "list", minimum=min(value), posinf=value.count(INF))

    def keep(self, value: object) -> object:
        return value

    def take(self, value: object, finite: str = "") -> tuple[object, TensorSummary]:
        assert isinstance(value, list)
        if finite not in ("list", ANY):
            self.looked.append(value)
            if INF in value:
                return value, self.summarize(value)
        return value, TensorSummary((len(value),), "list", pending=True)

    def summarize_all(self, values: list[object]) -> list[TensorSummary]:
        return [self.summarize(value) for value in values]


class Model:
    """Ops in a row, each of which reads the one before: run again and again on one graph."""

    def __init__(self, *types: str) -> None:
        self.types = types
        self.lists = Lists()
        self.builder = GraphBuilder()
        self.run([[0.0]] * len(types))  # gives the map
        self.lists.looked.clear()

    def run(self, values: list[list[float]], finish: bool = True) -> Recorder:
        history = History(1 << 20)
        made = Recorder(
            self.lists,  # type: ignore[arg-type]
            self.builder,
            keeper=history,
            run=Run(graph=self.builder.graph),
        )
        made.late = putting_off(self.lists, made.run, history)  # type: ignore[arg-type]
        inputs: list[Ref] = []
        for type_, value in zip(self.types, values, strict=True):
            inputs = [(made.after(made.before(type_, inputs), [value]), 0)]
        if finish:
            made.finish()
        return made


def holes(made: Recorder) -> list[int]:
    return [record.outputs[0].posinf for record in made.run.records]


def test_of_an_op_and_its_spreading_reader_the_latter_alone_is_looked_at():
    model = Model("op", "spreads")
    model.run([[1.0], [2.0]])
    assert model.lists.looked == [[2.0]]


def test_in_a_chain_the_last_one_tells_of_all():
    model = Model("op", "spreads", "spreads", "moves", "op")
    made = model.run([[1.0], [2.0], [3.0], [4.0], [5.0]])
    assert model.lists.looked == [[3.0], [5.0]]
    assert holes(made) == [0] * 5


def test_a_reader_that_is_not_finite_has_all_looked_at_on_the_spot():
    model = Model("op", "spreads", "op")
    made = model.run([[INF], [INF, 0.0], [1.0]], finish=False)
    assert holes(made) == [1, 1, 0]


def test_one_that_began_it_is_told_from_those_that_read_it():
    model = Model("op", "spreads", "op")
    made = model.run([[1.0], [INF], [1.0]], finish=False)
    assert holes(made) == [0, 1, 0]
    assert model.lists.looked == [[INF], [1.0], [1.0]]


def test_a_run_that_ends_before_the_reader_looks_at_the_end():
    model = Model("op", "spreads", "spreads")
    model.types = ("op", "spreads")
    made = model.run([[INF], [INF]], finish=False)
    assert holes(made) == [0, 0]
    made.finish()
    assert holes(made) == [1, 1]


def test_standing_still_looks_before_it_computes_what_waits():
    model = Model("op", "spreads")
    model.types = ("op",)
    made = model.run([[INF]], finish=False)
    assert made.late is not None
    made.late.settle(0)
    assert holes(made) == [1]


def test_what_moved_elements_in_doubt_is_told_with_them():
    model = Model("op", "moves", "spreads")
    made = model.run([[1.0], [1.0], [1.0]])
    assert model.lists.looked == [[1.0], [1.0]]  # what moves them does not wait for a reader
    assert holes(made) == [0, 0, 0]


def test_a_run_that_was_rewound_forgets_what_was_in_doubt():
    model = Model("op", "spreads", "op")
    model.types = ("op", "spreads")
    made = model.run([[1.0], [1.0]], finish=False)
    made.run.forget_from(0, 1)
    assert isinstance(made.keeper, History)
    made.keeper.forget_from(0)
    model.types = ("op", "spreads", "op")
    inputs: list[Ref] = []
    for type_, value in zip(model.types, ([2.0], [3.0], [4.0]), strict=True):
        inputs = [(made.after(made.before(type_, inputs), [value]), 0)]
    made.finish()
    assert holes(made) == [0, 0, 0]
    assert [record.outputs[0].pending for record in made.run.records] == [True, True, True]


def test_an_edited_run_is_looked_at_throughout():
    model = Model("op", "spreads")
    history = History(1 << 20)
    made = Recorder(
        model.lists,  # type: ignore[arg-type]
        model.builder,
        keeper=history,
        run=Run(graph=model.builder.graph),
    )
    made.late = putting_off(model.lists, made.run, history)  # type: ignore[arg-type]
    made.run.edits.append(object())  # type: ignore[arg-type]
    made.after(made.before("op", []), [[7.0]])
    assert model.lists.looked == [[7.0]]
