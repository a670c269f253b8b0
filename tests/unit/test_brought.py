"""Records that are kept while a file is staged: the same as reading them back, only without reading."""

from __future__ import annotations

from collections import Counter
from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.columns.encoding import BinaryColumn, DictionaryBuilder, DictionaryColumn, RecordBatch
from db.columns.sums import BOTH, START, VISIT
from db.cubes import read as cube_read
from db.cubes.staged_records import Brought
from db.persons.staged_persons import Bringer

NAMES = st.sampled_from(("", "a", "b", "ឆ", "zz"))
TEXTS = st.lists(NAMES, min_size=1, max_size=20)


def column_of(texts):
    coding = DictionaryBuilder()
    coding.add(texts[: len(texts) // 2])
    coding.add(texts[len(texts) // 2 :])
    return coding.finish()


def texts_of(column: DictionaryColumn):
    assert column.names == sorted(set(column.names))
    return [column.names[code] for code in column.codes]


@given(TEXTS, TEXTS)
def test_a_column_below_another_has_the_texts_of_both(first, second):
    assert texts_of(column_of(first).beside(column_of(second))) == first + second


@given(TEXTS)
def test_a_column_may_be_called_otherwise(texts):
    column = column_of(texts)
    called = column.called([name[:1].upper() for name in column.names])
    assert texts_of(called) == [text[:1].upper() for text in texts]


@given(st.data(), TEXTS)
def test_some_rows_may_be_replaced(data, texts):
    new = data.draw(st.dictionaries(st.integers(0, len(texts) - 1), st.sampled_from(("a", "new", "other"))))
    if not new:
        return
    column = column_of(texts)
    replaced = column.replaced(np.array(list(new)), list(new.values()))
    assert texts_of(replaced) == [new.get(row, text) for row, text in enumerate(texts)]
    assert texts_of(column) == texts


def test_a_column_of_more_texts_than_a_small_number_counts_keeps_them_all():
    texts = [f"{number:06}" for number in range(70_000)]
    coding = DictionaryBuilder()
    for begin in range(0, len(texts), 9_000):
        coding.add(texts[begin : begin + 9_000])
    assert texts_of(coding.finish()) == texts
    few = column_of(texts[:60_000])
    assert texts_of(few.beside(column_of(texts[60_000:]))) == texts


def pseudonym(number: int | None) -> str:
    """Of two numbers, so that both words of it decide about the order."""
    return "" if number is None else f"{number % 3:016x}{number:016x}"


PERSON = st.none() | st.integers(0, 12)


def brought_of(people: list[int | None]) -> Brought:
    ones = column_of(["x"] * len(people))
    numbers = {
        name: DictionaryColumn(list(range(len(people))), np.arange(len(people)))
        for name in ("stratum", "cascade")
    }
    return Brought(BinaryColumn.of(list(map(pseudonym, people))), {"day": ones}, numbers)


def held_of(people: list[int]) -> RecordBatch:
    """Rows 1000 and up, which stood before and stand after."""
    count = len(people)
    rows = np.arange(1_000, 1_000 + count, dtype=np.int32)
    ones = np.ones(count, np.int32)
    return RecordBatch(
        [column_of(["y"] * count)], [rows, rows, ones, ones], BinaryColumn.of(list(map(pseudonym, people)))
    )


def rows_of(part: RecordBatch):
    stratum, cascade, before, after = (number.tolist() for number in part.numbers)
    assert stratum == cascade
    assert part.packed is not None
    return list(zip(part.packed.texts(), stratum, texts_of(part.texts[0]), before, after, strict=True))


@given(
    st.lists(PERSON, min_size=1, max_size=40),
    st.lists(st.integers(0, 12), max_size=40),
    st.integers(1, 9),
    st.lists(st.integers(0, 12), max_size=6),
    st.booleans(),
)
def test_who_is_brought_and_held_is_in_one_part(people, held, size, cuts, everybody):
    """`everybody`: the last part of what is held has no end, as where touched persons are looked up."""
    brought = brought_of(people)
    expected = Counter((pseudonym(one), row, "x", 0, 1) for row, one in enumerate(people))
    held = sorted(held, key=pseudonym)
    expected += Counter((pseudonym(one), 1_000 + row, "y", 1, 1) for row, one in enumerate(held))
    everything = held_of(held) if held else None
    ends = sorted({pseudonym(cut) for cut in cuts})
    if held and not everybody:
        ends = sorted({*ends, pseudonym(held[-1])})
    parts, begin = [], 0
    for end in [*ends, *([None] if everybody else [])]:
        until = len(held) if end is None else sum(pseudonym(one) <= end for one in held)
        some = everything.part(np.arange(begin, until)) if everything and until > begin else None
        parts.append((None if end is None else BinaryColumn.of([end]).words_of(0), some))
        begin = until
    bringer = Bringer(brought, ("day",), size)
    given_, nobody = list(bringer.beside(parts)), list(bringer.of_nobody())
    found = [row for part in (*given_, *nobody) for row in rows_of(part)]
    assert Counter(found) == expected
    assert all(row[0] == "" for part in nobody for row in rows_of(part))
    assert all(len(part.numbers[0]) <= size for part in nobody)
    who = [{row[0] for row in rows_of(part)} for part in given_]
    for one, other in pairwise(who):
        assert max(one) < min(other)
    for part in given_:
        mine = [row[0] for row in rows_of(part) if row[2] == "x"]
        assert sum(one != mine[-1] for one in mine) < size  # not more than asked for, but for equal ones


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=40),
    st.integers(1, 6),
    st.integers(0, 6),
)
def test_records_come_in_the_order_of_the_cells_of_time(rows, part, more):
    periods, starts, cascades = zip(*rows, strict=True)
    numbers = {
        "period": compact_numbers(periods),
        "start_period": compact_numbers(starts),
        "cascade": compact_numbers(cascades),
        "stratum": compact_numbers(range(len(rows))),
    }
    texts = {
        "disease": column_of([f"d{row}" for row in range(len(rows))]),
        "crossing": column_of(["c"] * len(rows)),
    }
    brought = Brought(BinaryColumn.of([""] * len(rows)), texts, numbers)
    expected = Counter()
    for row, (period, start, cascade) in enumerate(rows):
        expected[period, row, cascade, BOTH if period == start else VISIT] += 1
        if period != start and cascade in (1, 2):
            expected[start, row, cascade, START] += 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cube_read, "PART", part)
        patch.setattr(cube_read, "MOST", part + more)
        parts = list(brought.parts({"crossing": "crossing"}, [1, 2]))
    found = []
    for records in parts:
        assert 0 < len(records.period) <= part + more
        said = records.disease.texts(records.disease.codes)
        assert said == [f"d{row}" for row in records.stratum]
        assert records.places["crossing"].texts(records.places["crossing"].codes) == ["c"] * len(said)
        found += zip(
            records.period.tolist(),
            records.stratum.tolist(),
            records.cascade.tolist(),
            records.moment.tolist(),
            strict=True,
        )
    assert Counter(found) == expected
    assert [period for period, *_ in found] == sorted(period for period, *_ in found)
    met = Counter(period for records in parts for period in {*records.period.tolist()})
    for records in parts:
        assert records.whole == all(met[period] == 1 for period in records.period.tolist())
    if not more:
        return
    sizes = Counter(period for period, *_ in found)
    for records in parts[:-1]:  # a part ends amid a cell only where it would become too large
        if not records.whole:
            assert max(sizes[period] for period in records.period.tolist()) > more


def compact_numbers(numbers):
    coding = DictionaryBuilder()
    coding.add(list(numbers))
    return coding.finish()


def test_equal_rows_stay_in_the_order_in_which_they_came():
    people = [3, 1, 3, 1, 3]
    [part] = Bringer(brought_of(people), ("day",), 9).beside([])
    rows = [(row[0], row[1]) for row in rows_of(part)]
    for _, theirs in groupby(rows, key=lambda row: row[0]):
        numbers = [number for _, number in theirs]
        assert numbers == sorted(numbers)
