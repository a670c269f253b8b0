"""The arithmetic of the cubes beside the slow and obvious way: no row is lost, none counts twice."""

from __future__ import annotations

import gc
from collections import Counter

import numpy as np
import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline as imports
from dashboard.settings import Settings
from db.columns import encoding as gathering
from db.columns import gc_tuning
from db.columns.sums import grouped
from db.cubes import read as cube_read
from db.cubes import sets as cube_sets
from db.intake.values.codes import clean_text, identifier, match_key, no_number
from db.intake.values.identifiers import in_one_form
from db.maintenance.opening import open_database

pytestmark = pytest.mark.sql

NUMBERS = st.integers(-3, 300)
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), NUMBERS, NUMBERS), max_size=40)


@given(rows=ROWS)
def test_each_key_once_in_order_with_the_sums_of_its_rows(rows):
    expected: dict[tuple[int, int], list[int]] = {}
    for first, second, *added in rows:
        held = expected.setdefault((first, second), [0, 0])
        expected[first, second] = [a + b for a, b in zip(held, added, strict=True)]
    table = np.array(rows, np.int64).reshape(len(rows), 4)
    keys, sums = grouped((table[:, 0], table[:, 1]), table[:, 2:])
    found = list(zip(*(key.tolist() for key in keys), strict=True))
    assert found == sorted(expected)
    assert sums.tolist() == [expected[key] for key in found]
    assert sums.dtype == np.int64


@pytest.mark.parametrize("most", [1, 2, 3, 1000])
def test_gathering_takes_every_row_once_however_many_at_a_time(new_database, monkeypatch, most):
    monkeypatch.setattr(gathering, "FETCHED", 2)
    rows = [("tb", "KH02", 7), ("tb", "KH01", 8), ("hiv", "KH02", 9), ("malaria", "a", 1), ("tb", "KH01", 8)]
    query = sa.union_all(*(sa.select(*map(sa.literal, row)) for row in rows))
    query = query.execution_options(stream_results=True)
    found = []
    with new_database() as url:
        database = open_database(url)
        with database.reading() as connection, connection.execute(query) as result:
            while some := gathering.gather(gathering.fetched(result, most), texts=2):
                assert len(some.numbers[0]) <= most
                everything = np.arange(len(some.numbers[0]))
                texts = []
                for column in some.texts:
                    assert column.names == sorted(column.names)
                    coded = column.part(everything)
                    texts.append(coded.texts(coded.codes))
                found += zip(*texts, some.numbers[0].tolist(), strict=True)
        database.dispose()
    assert Counter(found) == Counter(rows)


class _Result:
    """Rows as a database hands them on."""

    def __init__(self, rows):
        self._rows = list(rows)

    def fetchmany(self, most):
        some, self._rows = self._rows[:most], self._rows[most:]
        return some


@given(
    keys=st.lists(st.integers(0, 6), max_size=60).map(sorted),
    size=st.integers(1, 9),
    more=st.none() | st.integers(0, 9),
    at_a_time=st.integers(1, 7),
)
def test_equal_keys_are_in_one_part_unless_there_are_too_many(keys, size, more, at_a_time):
    most = None if more is None else size + more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gathering, "FETCHED", at_a_time)
        whole = gathering.WholeParts(_Result(enumerate(keys)), 1, size, most)
        parts, alone = [], []
        while part := [row for rows in whole.part() for row in rows]:
            parts.append(part)
            alone.append(not whole.amid)
    assert [row for part in parts for row in part] == list(enumerate(keys))
    assert all(len(part) >= size for part in parts[:-1])
    for number, part in enumerate(parts):
        others = {key for other in parts if other is not part for _, key in other}
        shared = {key for _, key in part} & others
        assert alone[number] == (not shared)
        if shared:
            assert most is not None
    if most is not None:
        assert all(len(part) <= max(most, size + at_a_time) for part in parts)


@given(st.lists(st.one_of(st.just(""), st.binary(min_size=16, max_size=16).map(bytes.hex)), max_size=30))
def test_pseudonyms_are_packed_and_numbered_in_their_order(texts):
    texts = texts + texts[:3]
    packed = gathering.BinaryColumn.of(texts)
    assert packed.texts() == texts
    assert packed.blank.tolist() == [text == "" for text in texts]
    named = [(text, code) for text, code in zip(texts, packed.codes().tolist(), strict=True) if text]
    for text, code in named:
        assert [code < other for _, other in named] == [text < other for other, _ in named]


@pytest.mark.in_turn("part")
@pytest.mark.parametrize(("part", "most"), [(1, 1), (2, 3), (3, 100)])
def test_a_file_is_summed_whole_however_small_the_parts(new_database, monkeypatch, tmp_path, part, most):
    monkeypatch.setattr(cube_read, "PART", part)
    monkeypatch.setattr(cube_read, "MOST", most)
    path = tmp_path / "list.csv"
    lines = [f"{n},HC{n % 3},{'tb' if n % 2 else 'malaria'},2025-0{1 + n % 9}-04" for n in range(20)]
    path.write_text("\n".join(["record_id,facility_id,disease,date_visit", *lines]), encoding="utf-8")
    with new_database() as url:
        database = open_database(url)
        imports.import_file(database, Grant.custodian(), Settings.read({}), path)
        with database.reading() as connection:
            for cube in (cube_sets.HELD.total["care"], cube_sets.HELD.stratum["care"]):
                sums = sa.select(cube.c.disease, sa.func.sum(cube.c.records)).group_by(cube.c.disease)
                assert dict(tuple(row) for row in connection.execute(sums)) == {"tb": 10, "malaria": 10}
        database.dispose()


@given(text=st.one_of(st.text(), st.text(alphabet="aZ09eE", max_size=120)))
@example("1e5")
@example("8E11")
@example("101")
def test_the_short_way_to_a_key_or_identifier_is_the_long_one(text):
    assert match_key(text) == "".join((in_one_form(clean_text(text)) or "").split()).casefold()[:80]
    number = in_one_form(clean_text(text, 80))
    assert identifier(text) == (None if number is None or no_number(number) else number)


def test_collections_are_as_before_when_the_last_import_is_done():
    before = gc.get_threshold()
    with gc_tuning.fewer_collections():
        with gc_tuning.fewer_collections():
            assert gc.get_threshold()[0] > before[0]
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
