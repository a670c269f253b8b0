"""Files of population figures in any order leave what a slow and obvious account of them would leave."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings

from db.denominators import store
from db.intake.denominators.read import Figure
from db.intake.files.rows import Row
from db.tables.denominators import denominator, denominator_batch
from db.tables.records import metadata
from tests.support.examples import examples

pytestmark = pytest.mark.process
#: One row of a file: the area, and its figure; None takes it back.
ROWS = st.dictionaries(st.sampled_from(["KH01", "KH02"]), st.one_of(st.none(), st.integers(0, 2)), min_size=1)
#: Files by their number, and the order in which they come; a file that comes again has its number.
FILES = st.lists(ROWS, min_size=1, max_size=4)


def figure(number: int, area: str, value: int | None) -> Figure:
    shown = 0.0 if value is None else float(value)
    return Figure(
        Row(number, [area]), "population", area, "province", 2019, "", "", shown, None, None, "NIS", "census",
        withdrawn=value is None,
    )  # fmt: skip


class Account:
    """Every version of every figure, as a list of (value, file that brought it, file that ended it)."""

    def __init__(self) -> None:
        self.versions: dict[str, list[list]] = {}
        self.files: list[int] = []

    def take(self, name: int, rows: dict[str, int | None]) -> list[str]:
        number = len(self.files) + 1
        first = self.files.index(name) + 1 if name in self.files else None
        self.files.append(name)
        return [self._row(number, first, area, value) for area, value in rows.items()]

    def _row(self, number: int, first: int | None, area: str, value: int | None) -> str:
        history = self.versions.setdefault(area, [])
        current = history[-1] if history and history[-1][2] is None else None
        spoken_later = any(b > first or (e or 0) > first for _, b, e in history) if first else False
        if first and (spoken_later or (value is not None and any(v == value for v, _, _ in history))):
            return "duplicate"
        if value is None:
            if current is None:
                return "duplicate" if history else "not held"
            current[2] = number
            return "withdrawn"
        if current is None:
            history.append([value, number, None])
            return "accepted"
        if current[0] == value:
            return "duplicate"
        current[2] = number
        history.append([value, number, None])
        return "amended"


@settings(max_examples=examples(100))
@given(FILES, st.lists(st.integers(0, 3), min_size=1, max_size=7))
@example([{"KH01": None}, {"KH01": 1}], [0, 1, 0])  # what took nothing back takes no later figure back
def test_files_in_any_order_leave_what_a_slow_account_leaves(files, order):
    engine = sa.create_engine("sqlite://")
    tables = [denominator_batch, denominator]
    metadata.create_all(engine, tables=tables)
    account = Account()
    with engine.begin() as connection:
        for name in (number % len(files) for number in order):
            figures = [figure(n, area, value) for n, (area, value) in enumerate(files[name].items(), start=2)]
            decided = store.decide(connection, figures, str(name))
            assert list(decided.outcomes) == account.take(name, files[name])
            counts = {one: decided.count(one) for one in ("accepted", "amended", "withdrawn", "duplicate")}
            counts |= {"rows": len(figures), "rejected": decided.count("not held")}
            store.store(
                connection, figures, decided, file_name="f", sha256=str(name), actor="a", counts=counts
            )
        held = {
            area: sorted(
                (row["value"], row["batch"], row["superseded_batch"])
                for row in store.listed(connection, areas=[area], history=True)
            )
            for area in account.versions
        }
        assert held == {area: sorted(map(tuple, kept)) for area, kept in account.versions.items()}
        assert store.problems(connection) == []
    engine.dispose()
