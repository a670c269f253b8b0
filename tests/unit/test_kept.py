"""Answers that are kept: for the same account and the same records, and no longer."""

from __future__ import annotations

import os
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dashboard.permissions import Grant
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.among import Among, one_among
from dashboard.services.disclosure.small_counts import hidden_parts, hidden_rows
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.kept import Kept
from db.core import data_state
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.tables.records import meta
from surveillance.coverage.estimates import Counts

EVERYWHERE, FIVE = Scope.everything(), 5
VIEWER = Grant("v", "viewer", EVERYWHERE)


@pytest.fixture
def database(database_url):
    """An open database whose last write is long ago."""
    opened = open_database(database_url)
    settle(opened)
    yield opened
    opened.dispose()


def settle(database):
    """Let the last write lie so far back that the file's time tells it from the next."""
    if database.dialect == "sqlite":
        time.sleep(data_state.SAME_TIME / 1e9 + 0.01)


def write(database, value):
    """Commit something to the records."""
    with database.writing() as connection:
        connection.execute(meta.delete().where(meta.c.key == "a test"))
        connection.execute(meta.insert().values(key="a test", value=value))


def test_an_answer_is_kept_for_role_and_scope_and_what_was_asked(database):
    kept, made = Kept(8), []

    def ask(grant, asked="what"):
        return kept.get(database, grant, asked, lambda: made.append(1) or len(made))

    assert [ask(VIEWER), ask(VIEWER), ask(Grant("another", "viewer", EVERYWHERE))] == [1, 1, 1]
    assert ask(Grant("v", "official", EVERYWHERE)) == 2
    assert ask(Grant("v", "viewer", Scope.of("KH01"))) == 3
    assert ask(Grant("v", "viewer", Scope.of("KH02"))) == 4
    assert ask(VIEWER, "more") == 5
    assert ask(None) == 6
    assert ask(VIEWER) == 1


def test_whatever_is_committed_ends_an_answer(database):
    kept = Kept(8)
    for value in range(3):
        write(database, str(value))
        assert kept.get(database, VIEWER, "what", lambda value=value: value) == value
        settle(database)
        assert kept.get(database, VIEWER, "what", lambda value=value: value) == value
    assert kept.get(database, VIEWER, "what", lambda: "not asked") == 2


def test_a_write_of_this_moment_has_no_sign_yet(database):
    if database.dialect != "sqlite":
        pytest.skip("a snapshot of PostgreSQL tells any two commits apart")
    path = database.records.url.database
    now = time.time_ns()
    os.utime(path, ns=(now + 10**12, now + 10**12))
    assert data_state.data_state(database) is None


def test_only_the_latest_are_kept(database):
    kept = Kept(2)
    for asked in "abca":
        kept.get(database, VIEWER, asked, lambda asked=asked: asked)
    assert kept.get(database, VIEWER, "b", lambda: "again") == "again"
    kept.forget()
    assert kept.get(database, VIEWER, "b", lambda: "anew") == "anew"


numbers = st.sampled_from([0, 0, 1, 2, 4, 5, 6, 7, 30, 200])


@given(st.data(), st.booleans(), st.booleans())
def test_rows_hide_what_parts_hide(data, beside_total, with_others):
    parts = data.draw(arrays(np.int64, st.tuples(st.integers(1, 12), st.integers(1, 2)), elements=numbers))
    others = data.draw(arrays(bool, len(parts))) if with_others else None
    already = () if others is None else others.tolist()
    expected = hidden_parts(
        list(map(tuple, parts.tolist())), FIVE, beside_total=beside_total, already=already
    )
    found = hidden_rows(parts, FIVE, beside_total=beside_total, already=others)
    assert found.tolist() == expected


@given(
    st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=12),
    st.sampled_from(["viewer", "official"]),
)
def test_one_among_others_is_shown_as_the_table_shows_it(people, role):
    """People with, without and unknown of each part; those of nobody are left out, but for one's own."""
    grant = Grant("g", role, EVERYWHERE)
    counts = [Counts(True, a + b + c, a, a + b, c) for a, b, c in people]
    whole = sum(counts, Counts(False))
    expected, _ = disclosed.parts(grant, Undisclosed(counts), Undisclosed(whole), [False] * len(counts))
    kept = [number for number, one in enumerate(counts) if one.records]
    rows = [(counts[n].numerator, counts[n].denominator, counts[n].unknown) for n in kept]
    for number, own in enumerate(counts):
        at = kept.index(number) if number in kept else None
        held = Among(own, np.array(rows, np.int64).reshape(-1, 3), at)
        assert one_among(grant, Undisclosed(held)) == expected[number]
