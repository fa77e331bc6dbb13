"""A sample of the table of bugs: models in both frameworks, clean, with one bug and with two. The
whole is `make bench ARGS=compare`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.compared.cases import Case, clean, double, single
from tests.compared.pair import Pair
from tests.compared.table import Table

pytestmark = pytest.mark.xdist_group("tensorflow")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with Pair() as made:
        yield made


def tabled(pair: Pair, cases: list[Case]) -> Table:
    table = Table()
    for case in cases:
        with pair.compared(case) as made:
            table.add(made)
    return table


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_bugs_in_ports_are_found_where_they_are(
    pair: Pair, record_property: Callable[[str, object], None]
):
    table = tabled(pair, [*clean(5)[::4], *single(5), *double(1)])
    record_property("comparisons with bugs put in", table.lines())
    assert table.missed == []
    assert len(table.kinds) >= 5
