"""Answers that are kept: for the same account and the same records, and no longer."""

from __future__ import annotations

import os
import time

import pytest

from dashboard.permissions import Grant
from dashboard.services import kept as kept_answers
from dashboard.services.kept import Kept
from db.core import data_state
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.tables.records import meta

EVERYWHERE = Scope.everything()
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


def test_answers_from_other_records_and_old_ones_are_let_go(database, monkeypatch):
    kept = Kept(8)
    for value in range(3):
        write(database, str(value))
        settle(database)
        kept.get(database, VIEWER, "what", lambda value=value: value)
    assert [answer for _, answer in kept._held.values()] == [2]
    monkeypatch.setattr(kept_answers, "_SECONDS", 0.0)
    kept.get(database, VIEWER, "more", lambda: "newer")
    assert [answer for _, answer in kept._held.values()] == ["newer"]


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


def test_an_answer_of_a_release_is_not_given_for_the_next_one(database, monkeypatch):
    held, number = Kept(4), iter((1, 1, 2))
    monkeypatch.setattr(kept_answers, "number_for", lambda database, grant: next(number))
    found = [held.get(database, VIEWER, "a", lambda n=n: n) for n in range(3)]
    assert found == [0, 0, 2]
