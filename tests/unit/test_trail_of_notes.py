"""Decisions, views and the calendar are stored with their line of the audit trail, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.calendar import entries as calendar
from dashboard.services.take_away import views
from dashboard.services.today import decisions
from db.operations import audit
from db.tables.operations import calendar_entry, decision, saved_view
from surveillance.errors import UsageError
from tests.support.web import settings

TODAY = date(2026, 7, 10)
GIVEN = {"text": "Call Poipet", "owner": "Malaria office", "due": "2026-07-17", "area": "all"}
FAIR = {"key": "fair", "kind": "event", "first": "2026-06-09", "name_en": "Fair"}
WRITES = {
    "decision": (decision, lambda database, grant: decisions.add(database, grant, GIVEN, TODAY)),
    "view": (saved_view, lambda database, grant: views.save(database, grant, "TB", {"disease": "tb"})),
    "calendar": (calendar_entry, lambda database, grant: calendar.add(database, grant, FAIR)),
}


@pytest.fixture
def database(sqlite_url):
    opened = store.open_store(settings(sqlite_url))
    yield opened
    opened.dispose()


def rows(database, table):
    with database.operations.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("name", [*WRITES])
def test_without_room_for_the_trail_nothing_is_stored(database, monkeypatch, name):
    table, write = WRITES[name]
    before = rows(database, table)

    def full(*_, **__):
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(audit.json, "dumps", full)
        with pytest.raises(OSError, match="no space"):
            write(database, Grant.custodian())
    assert rows(database, table) == before
    write(database, Grant.custodian())
    assert rows(database, table) == before + 1
    assert len(audit.latest(database)) == 1


def test_khmer_keeps_the_signs_between_its_words(database):
    words = "\u179f\u17bd\u179f\u17d2\u178f\u17b8\u200b\u1798\u17c1"
    views.save(database, Grant.custodian(), f" {words}\n", {"disease": "tb"})
    assert [view.name for view in views.listed(database, Grant.custodian())] == [words]


def test_both_doors_of_the_calendar_refuse_a_workbook(tmp_path):
    content = b"PK\x03\x04\xff\xfe"
    (tmp_path / "calendar.xlsx").write_bytes(content)
    with (tmp_path / "calendar.xlsx").open("rb") as stream, pytest.raises(UsageError, match="UTF-8"):
        calendar.text_of(stream)
    with pytest.raises(UsageError, match="UTF-8"):
        calendar.read_file(tmp_path / "calendar.xlsx")
