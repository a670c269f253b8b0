"""Decisions: noted, read within a scope, marked as done, audited; and the page that shows them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.services.clock import today_in_cambodia
from dashboard.services.today import decisions as service
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations import audit
from db.operations import decisions as stored
from surveillance.errors import NotPermittedError, UsageError
from tests.support.web import served, signed_in

#: A Wednesday; the week before goes from Monday 8 to Sunday 14 June.
TODAY = date(2026, 6, 17)
HOSTILE = "<script>alert(1)</script>\"'>{{ 7*7 }}"


def grant(*provinces, role="official"):
    """Somebody of a role, for some provinces, or for all of them."""
    return Grant("who@health.example", role, Scope.of(*provinces) if provinces else Scope.everything())


def form(**more):
    """What the form sends."""
    return {"text": "Visit Malai", "owner": "OD Thma Puok", "due": "2026-06-20", "area": "KH01"} | more


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.mark.sql
def test_a_decision_is_kept_listed_and_marked_as_done_once(database):
    number = service.add(database, grant(), form(area="all"), TODAY)
    found = service.decisions(database, grant(), TODAY)
    (one,) = found.open
    assert (one.id, one.text, one.owner, one.due, one.area) == (
        number, "Visit Malai", "OD Thma Puok", date(2026, 6, 20), None,
    )  # fmt: skip
    assert found.done == () and found.overdue == ()
    service.mark_done(database, grant(), number)
    service.mark_done(database, Grant("other@health.example", "official", Scope.everything()), number)
    found = service.decisions(database, grant(), TODAY)
    assert found.open == ()
    assert [(one.id, one.done_by) for one in found.done] == [(number, "who@health.example")]
    said = [(row.action, json.loads(row.detail)) for row in audit.latest(database)]
    assert said == [
        ("decision done", {"decision": number}),
        ("decision noted", {"decision": number, "area": "all", "due": "2026-06-20"}),
    ]


@pytest.mark.sql
def test_the_overdue_come_first_and_what_was_done_long_ago_is_left_out(database):
    def note(text, due, made):
        return stored.add(
            database, author="a", area="KH01", text=text, owner="b", due=due, at=f"{made}T03:00:00.000+00:00"
        )

    note("later", date(2026, 7, 1), "2026-06-01")
    note("overdue", date(2026, 6, 16), "2026-06-09")
    note("today", TODAY, "2026-06-15")
    found = service.decisions(database, grant("KH01"), TODAY)
    assert [one.text for one in found.open] == ["overdue", "today", "later"]
    assert [one.text for one in found.overdue] == ["overdue"]
    assert found.last_week == (date(2026, 6, 8), date(2026, 6, 14))
    assert [found.of_last_week(one) for one in found.open] == [True, False, False]
    # Marked now, by a clock that is after the days of this test, or before them.
    for one in found.open:
        service.mark_done(database, grant(), one.id)
    much_later = today_in_cambodia() + timedelta(days=30)
    assert service.decisions(database, grant(), much_later).done == ()


@pytest.mark.sql
def test_ten_equal_posts_make_one_decision_until_it_is_done(database):
    numbers = {service.add(database, grant(), form(), TODAY) for _ in range(10)}
    assert len(numbers) == 1
    assert service.add(database, grant(), form(text="Something else"), TODAY) not in numbers
    assert [row.action for row in audit.latest(database)] == ["decision noted"] * 2
    service.mark_done(database, grant(), numbers.pop())
    service.add(database, grant(), form(), TODAY)
    assert len(service.decisions(database, grant(), TODAY).open) == 2


def test_the_last_week_is_that_of_phnom_penh(database):
    for at in ("2026-06-07T16:59:59.000+00:00", "2026-06-07T17:00:00.000+00:00"):
        stored.add(database, author="a", area=None, text=at, owner="b", due=TODAY, at=at)
    found = service.decisions(database, grant(), TODAY)
    assert [found.of_last_week(one) for one in found.open] == [False, True]


@pytest.mark.sql
def test_an_account_reads_and_marks_those_of_its_provinces_only(database):
    numbers = {
        area: service.add(database, grant(), form(area=area), TODAY) for area in ("KH01", "KH02", "all")
    }
    seen = {one.area for one in service.decisions(database, grant("KH01"), TODAY).open}
    assert seen == {"KH01"}
    assert service.decisions(database, Grant("x", "viewer", Scope.of()), TODAY).open == ()
    for area in ("KH02", "all"):
        with pytest.raises(UsageError):
            service.mark_done(database, grant("KH01"), numbers[area])
        with pytest.raises(UsageError):
            service.add(database, grant("KH01"), form(area=area), TODAY)
    assert len(service.decisions(database, grant(), TODAY).open) == 3
    with pytest.raises(NotPermittedError):
        service.add(database, grant(role="viewer"), form(), TODAY)
    with pytest.raises(NotPermittedError):
        service.mark_done(database, grant(role="data_manager"), numbers["KH01"])


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("text", ["", " \n\t", "x" * (service.LONGEST + 1), "\x00\x1b"]),
        ("owner", ["", "x" * (service.LONGEST_OWNER + 1)]),
        ("due", ["", "tomorrow", "2026-06-16", "2029-01-01", "20260620", "0001-01-01", "9999-12-31"]),
        ("area", ["", "KH99", "KH1", "ALL"]),
    ],
)
def test_what_cannot_be_a_decision_is_refused_by_name(database, name, texts):
    for text in texts:
        with pytest.raises(UsageError) as refused:
            service.add(database, grant(), form(**{name: text}), TODAY)
        assert refused.value.parameter == name, text
    assert service.decisions(database, grant(), TODAY).open == ()


def test_everything_that_is_wrong_is_said_at_once(database):
    with pytest.raises(UsageError) as refused:
        service.add(database, grant(), {}, TODAY)
    assert [fault.parameter for fault in refused.value.faults] == ["text", "owner", "due", "area"]


@pytest.mark.sql
def test_a_decision_is_read_by_the_programmes_it_is_for(database):
    """One from before decisions had readers, or without a choice: for every programme alone."""
    stored.add(database, author="a", area="KH01", text="before", owner="b", due=TODAY)
    service.add(database, grant(), form(text="untouched"), TODAY)
    for readers in ("cnm", "nchads", "all"):
        service.add(database, grant(), form(text=readers, readers=readers), TODAY)

    def read(*programmes, places=("KH01",)):
        scope = Scope.made(places or None, programmes=programmes)
        who = Grant("limited@health.example", "official", scope)
        return who, {one.text for one in service.decisions(database, who, TODAY).open}

    assert read("cnm")[1] == read("cnm", places=())[1] == {"cnm", "all"}
    assert read("cenat", "nchads")[1] == {"nchads", "all"}
    assert read("cnm", places=("KH02",))[1] == read()[1] - {"all"} == set()
    assert len(service.decisions(database, grant("KH01"), TODAY).open) == 5
    who, _ = read("cnm")
    number = next(one.id for one in service.decisions(database, grant(), TODAY).open if one.text == "nchads")
    with pytest.raises(UsageError, match="no such decision"):
        service.mark_done(database, who, number)
    # An account of some programmes notes decisions of these alone, and reads what it noted.
    for wrong in ("", "nchads", "all", "x"):
        with pytest.raises(UsageError) as refused:
            service.add(database, who, form(readers=wrong), TODAY)
        assert refused.value.parameter == "readers"
    service.add(database, who, form(text="mine"), TODAY)
    assert "mine" in read("cnm")[1] and "mine" not in read("cenat")[1]


def test_an_account_of_parts_of_provinces_is_told_that_decisions_are_of_provinces(sqlite_url):
    with served(sqlite_url) as server:
        database = server.extensions["chhlang"].database
        email = "provincial@example.org"
        scope = Scope.made(crossings=["poipet"])
        administration.set_scope(database, Grant.custodian(), email, scope)
        page = signed_in(server, "provincial").get("/decisions").get_data(as_text=True)
    assert "Your account is for parts of provinces" in page
    assert "Note a decision" not in page


def test_a_decision_is_one_line_of_printable_letters_khmer_ones_too(database):
    service.add(database, grant(), form(text=" a\r\n b\u202ec\x07", owner="ក\u200bខ"), TODAY)
    (one,) = service.decisions(database, grant(), TODAY).open
    assert (one.text, one.owner) == ("a b c", "ក\u200bខ")


def test_the_page_notes_escapes_and_marks(sqlite_url):
    due = str(today_in_cambodia() + timedelta(days=3))
    with served(sqlite_url) as server:
        official = signed_in(server, "official")
        answer = official.post("/decisions", data=form(text=HOSTILE, due=due))
        assert (answer.status_code, answer.headers["Location"]) == (303, "/decisions")
        page = official.get("/decisions").get_data(as_text=True)
        assert "<script>alert" not in page and "&lt;script&gt;" in page and "{{ 7*7 }}" in page
        assert 'action="/decisions/1/done"' in page
        assert (
            signed_in(server, "provincial").get("/decisions").get_data(as_text=True).count("<script>alert")
            == 0
        )
        viewer = signed_in(server, "viewer").get("/decisions").get_data(as_text=True)
        assert "&lt;script&gt;" in viewer and '<form action="/decisions' not in viewer
        assert 'action="/decisions/1/done"' not in viewer and "Note a decision" not in viewer
        assert "&lt;script&gt;" in page and 'href="/decisions.csv"' in page
        text = official.get("/decisions.csv").get_data().decode("utf-8-sig")
        (row,) = csv.DictReader(io.StringIO(text))
        assert (row["decision"], row["due"], row["area"], row["state"]) == (HOSTILE, due, "KH01", "open")
        assert official.get("/decisions.xlsx").data.startswith(b"PK")
        assert len(signed_in(server, "provincial").get("/decisions.csv").get_data().splitlines()) == 1
        assert signed_in(server, "viewer").get("/decisions.csv").status_code == 403
        assert official.post("/decisions/1/done").status_code == 303
        assert b",done," in official.get("/decisions.csv").get_data()
        assert "Done: official@example.org" in official.get("/decisions").get_data(as_text=True)
        assert official.post("/decisions/99/done").status_code == 404
        assert official.post(f"/decisions/{10**30}/done").status_code == 404


def test_a_form_that_is_wrong_keeps_what_was_typed(sqlite_url):
    with served(sqlite_url) as server:
        answer = signed_in(server, "official").post("/decisions", data=form(owner="", text='"><b>x'))
        page = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert "owner: write between 1 and 100 characters" in page
    assert 'value="&#34;&gt;&lt;b&gt;x"' in page


def test_another_site_posts_nothing(sqlite_url):
    with served(sqlite_url) as server:
        official = signed_in(server, "official")
        for path in ("/decisions", "/decisions/1/done"):
            for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
                assert official.post(path, data=form(), headers=headers).status_code == 403
        assert "Nothing is open" in official.get("/decisions").get_data(as_text=True)
