"""Diseases and axes are kept in the cubes as their numbers, which never change."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.tables.enum_as_integer import EnumAsInteger
from db.tables.records import cube_group, cube_stratum, cube_total
from surveillance.strata import AXIS_NUMBER, DISEASE_NUMBER

#: Held here a second time: a number that moved would make one disease's counts another's.
DISEASES = [
    "malaria", "tb", "hiv", "syphilis", "hepatitis_b", "hepatitis_c", "dengue", "measles", "covid19", "ili",
    "sari", "awd", "cholera",
]  # fmt: skip
AXES = ["residence", "activity", "movement", "sex", "age"]


def test_the_numbers_are_those_that_are_stored():
    assert list(DISEASE_NUMBER.items())[: len(DISEASES)] == [(d, n) for n, d in enumerate(DISEASES)]
    assert list(AXIS_NUMBER.items())[: len(AXES)] == [(a, n) for n, a in enumerate(AXES)]
    assert sorted(DISEASE_NUMBER.values()) == list(range(len(DISEASE_NUMBER)))


def test_every_cube_keeps_them_so():
    cubes = [*cube_total.values(), *cube_group.values(), *cube_stratum.values()]
    assert all(isinstance(cube.c.disease.type, EnumAsInteger) for cube in cubes)
    assert all(isinstance(cube.c.axis.type, EnumAsInteger) for cube in cube_group.values())


@pytest.fixture
def held():
    table = sa.Table("t", sa.MetaData(), sa.Column("kind", EnumAsInteger(("one", "two"))))
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(table.insert(), [{"kind": "one"}, {"kind": "two"}, {"kind": None}])
        yield table, connection
    engine.dispose()


def test_a_text_is_stored_as_its_number_and_comes_back_as_itself(held):
    table, connection = held
    assert connection.exec_driver_sql("SELECT kind FROM t").scalars().all() == [0, 1, None]
    assert connection.execute(sa.select(table.c.kind)).scalars().all() == ["one", "two", None]
    two = sa.select(table.c.kind).where(table.c.kind.in_(["two"]))
    assert connection.execute(two).scalars().all() == ["two"]


def test_what_has_no_number_is_neither_stored_nor_found(held):
    table, connection = held
    with pytest.raises(sa.exc.StatementError, match="three"):
        connection.execute(table.insert(), [{"kind": "three"}])
    with pytest.raises(KeyError):
        EnumAsInteger(("one",)).stored(["two"])
    connection.exec_driver_sql("INSERT INTO t VALUES (7)")
    with pytest.raises(KeyError):
        connection.execute(sa.select(table.c.kind)).scalars().all()


def test_statements_of_two_lists_are_not_taken_for_each_other():
    one, other = (
        sa.literal("a", EnumAsInteger(texts))._generate_cache_key() for texts in (("a", "b"), ("b", "a"))
    )
    assert one.key != other.key
