"""Sums added in bulk: on both databases what a dictionary would hold, whatever the names look like."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from db.cubes.upsert import add_to_sums

pytestmark = pytest.mark.sql

NAMES = [
    "plain",
    "back\\slash",
    "\\N",
    "tab\there",
    "line\nbreak",
    "return\r",
    'quo"te',
    "ឆ្លង",
    "\\.",
    "'; --",
]


@pytest.fixture
def connection(new_database):
    with new_database() as url:
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.connect() as opened, opened.begin():
            yield opened
        engine.dispose()


def table_on(connection):
    table = sa.Table(
        "summed",
        sa.MetaData(),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("second", sa.Integer, nullable=False),
    )
    table.create(connection)
    return table


def held(connection, table):
    return {(name, number): tuple(sums) for name, number, *sums in connection.execute(sa.select(table))}


def columns_of(cells):
    return [list(column) for column in zip(*((*key, *sums) for key, sums in cells.items()), strict=True)]


@pytest.mark.parametrize("new", [True, False])
def test_every_name_is_kept_as_it_is_and_added_to(connection, new):
    table = table_on(connection)
    cells = {(name, number): (number + 1, 7) for name in NAMES for number in (-1, 0, 3_000)}
    add_to_sums(connection, table, columns_of(cells), taking=False, new=new)
    assert held(connection, table) == cells
    add_to_sums(connection, table, columns_of(cells), taking=False)
    assert held(connection, table) == {key: (2 * first, 14) for key, (first, _) in cells.items()}


def test_a_key_said_to_be_new_that_is_held_is_added_to(connection):
    table = table_on(connection)
    add_to_sums(connection, table, columns_of({("a", 1): (1, 1)}), taking=False, new=True)
    cells = {("0", 0): (5, 0), ("a", 1): (2, 3), ("b", 9): (4, 4)}
    add_to_sums(connection, table, columns_of(cells), taking=False, new=True)
    assert held(connection, table) == cells | {("a", 1): (3, 4)}


def test_a_key_of_which_nothing_is_left_is_dropped(connection):
    table = table_on(connection)
    cells = {("a", 1): (1, 1), ("b", 1): (2, 2)}
    add_to_sums(connection, table, columns_of(cells), taking=False, new=True)
    taken = {("a", 1): (-1, -1), ("b", 1): (-2, 0), ("c", 1): (0, -1)}
    add_to_sums(connection, table, columns_of(taken), taking=True, new=True)
    assert held(connection, table) == {("b", 1): (0, 2), ("c", 1): (0, -1)}


def test_parts_of_sums_make_the_same_as_their_sum(connection):
    table = table_on(connection)
    parts = [{(name, n): (n * part, part) for name in NAMES[part:]} for part in range(5) for n in (1, 2)]
    expected: dict[tuple[str, int], Counter[int]] = {}
    for number, part in enumerate(parts):
        add_to_sums(connection, table, columns_of(part), taking=False, new=number % 3 == 0)
        for key, (first, second) in part.items():
            expected.setdefault(key, Counter()).update({0: first, 1: second})
    assert held(connection, table) == {key: (sums[0], sums[1]) for key, sums in expected.items()}
