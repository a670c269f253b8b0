"""Alerts elsewhere: what is told of them, how large they are called, and nothing that lies within."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.components.alerts import signal_words as words
from dashboard.permissions import Grant
from dashboard.services.disclosure import alerts as door
from dashboard.services.disclosure.alerts import AlertSignal, Raised
from dashboard.services.messages import digests
from dashboard.services.releases.figures import Cell, State
from dashboard.services.today import alert_signals as service
from dashboard.services.today.signals import Signal
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations import alerts as register
from db.operations.alerts import Where
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import RULES
from surveillance.alerts.verdict import Verdict
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.programs import program
from tests.support.web import served, signed_in

RAISED = Raised(
    7, "measles", "KH01", door.CARE, date(2026, 5, 4), date(2026, 5, 10), 37, date(2026, 5, 14),
    door.OPEN,
)  # fmt: skip


def grant(role="viewer", *provinces, **more):
    return Grant("someone", role, Scope.made(provinces or None, **more))


def told(*raised, who=None, issued=(60,), beside=()):
    return door.signals(who or grant(), raised, lambda _: issued, beside)


def sized(*raised, **more):
    return [one.size for one in told(*raised, **more)]


def test_disease_province_week_state_and_a_wide_step_are_told():
    assert told(RAISED) == (
        AlertSignal(7, "measles", "KH01", "care", "week", date(2026, 5, 11), (20, 99), "open"),
    )
    (line,) = words.lines(told(RAISED), "en", str)
    assert line == "Measles: Banteay Meanchey · 2026-05-11 – 2026-05-17 · Still open · 20 to 99 cases"


def test_of_a_slow_disease_the_quarter_is_told():
    (one,) = told(replace(RAISED, disease="tb"))
    assert (one.kind, one.period) == ("quarter", date(2026, 4, 1))
    assert "2026-04-01 – 2026-06-30" in words.lines((one,), "en", str)[0]


def test_below_the_threshold_nothing_is_told():
    assert told(replace(RAISED, cases=4)) == ()
    assert len(told(replace(RAISED, cases=5))) == 1
    assert told(replace(RAISED, cases=10), who=grant("partner")) == ()
    assert len(told(replace(RAISED, cases=11), who=grant("partner"))) == 1


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
def test_of_hiv_and_syphilis_nothing_is_told(disease):
    for role in ("viewer", "partner", "official"):
        assert told(replace(RAISED, disease=disease), who=grant(role)) == ()


def test_an_account_of_other_programmes_is_told_nothing():
    assert told(RAISED, who=grant(programmes=["cenat"])) == ()
    assert len(told(RAISED, who=grant(programmes=["cdc"]))) == 1


@pytest.mark.parametrize(
    ("issued", "size"),
    [(None, None), ((22,), None), ((24,), (20, 99)), ((60, 24), (20, 99)), ((60, 23), None), ((103,), None)],
)
def test_no_size_is_told_that_leaves_a_small_number_beside_what_is_issued(issued, size):
    assert sized(RAISED, issued=issued) == [size]


def test_of_overlapping_months_one_size_is_told():
    """Of 45 cases, two parts of 20 or more would leave 5 at most."""
    later = replace(RAISED, number=8, first=date(2026, 5, 20), last=date(2026, 5, 26))
    june = replace(later, number=9, first=date(2026, 6, 2), last=date(2026, 6, 8))
    country = replace(later, number=10, area="")
    other = replace(later, number=11, area="KH02")
    assert sized(RAISED, later, june, country, other) == [(20, 99), None, (20, 99), None, (20, 99)]
    assert sized(RAISED, beside={("measles", "KH01")}) == [None]
    assert sized(RAISED, beside={("measles", "KH02"), ("tb", "KH01")}) == [(20, 99)]


def test_by_crossing_and_to_who_knows_a_part_of_the_country_no_size_is_told():
    assert sized(replace(RAISED, counted=door.CROSSING)) == [None]
    country = replace(RAISED, area="")
    assert sized(country) == [(20, 99)]
    assert sized(country, who=grant("official", "KH02")) == [None]
    assert sized(country, who=grant("official", "KH02").on_device()) == [None]


class Release:
    """A release that shows so many of each measure; what it does not name it hides."""

    def __init__(self, **shown):
        self.shown = shown

    def union(self, disease, measure, dimension, place, periods):
        assert (disease, dimension, place) == ("measles", "care", "KH01")
        assert periods == [("month", date(2026, 4, 1)), ("month", date(2026, 5, 1))]
        number = self.shown.get(measure)
        return Cell(State.HIDDEN) if number is None else Cell(State.SHOWN, numerator=number)


@pytest.mark.parametrize(
    ("rule", "shown", "size"),
    [
        ("measles-suspected", {"records": 60}, (20, 99)),
        ("measles-suspected", {"records": 22}, None),
        ("measles-confirmed", {"records": 60}, None),
        ("measles-confirmed", {"records": 60, "positivity": 24}, (20, 99)),
        ("measles-confirmed", {"records": 60, "positivity": 22}, None),
        ("measles-cluster", {"records": 60}, None),
        ("a rule of before", {"records": 60}, None),
        ("measles-suspected", {"positivity": 60}, None),
    ],
)
def test_a_size_rests_on_all_that_the_release_shows_of_its_months(rule, shown, size):
    over_two = replace(RAISED, first=date(2026, 4, 28))
    (one,) = service.told(grant(), [over_two], {7: rule}, Release(**shown), ())
    assert one.size == size
    assert service.told(grant(), [over_two], {7: rule}, None, ())[0].size is None


# --- stored alerts, through every page ---------------------------------------------------------------

#: What stands nowhere outside: district, facility, rule, owner, event, note, count, threshold, day of a case.
CANARIES = (
    "CANARY-DISTRICT", "CANARY-FACILITY", "canary-owner", "canary-event", "canary-note", "7,654", "7654",
    "31.4", "2026-05-03", "2026-05-09", "measles-suspected", "2026-05-14",
)  # fmt: skip
_MAY = "from=2026-05-01&to=2026-05-31"
PLACES = ("/alerts", "/alerts/{}", f"/alerts/digest?{_MAY}", f"/alerts/digest.html?{_MAY}",
          f"/alerts/digest.txt?{_MAY}", "/", "/today.json")  # fmt: skip


def raise_one(database, now, rule="measles-suspected", count=7654, where=None, level="district"):
    """An alert with things that no other account may be shown; its number."""
    where = where or Where("KH01", "CANARY-DISTRICT", "CANARY-FACILITY")
    place = {"district": "CANARY-DISTRICT", "province": where.province, "country": "KH",
             "crossing": "TH01", "infection": "KH11", "facility": "CANARY-FACILITY"}[level]  # fmt: skip
    days = {date(2026, 5, 3): 1, date(2026, 5, 9): count - 1}
    verdict = Verdict(max(days), min(days), count, 31.4, True, counts=tuple(sorted(days.items())))
    register.tell(database, [(Alarm(RULES[rule], level, place, verdict), where, days)], 1, now)
    return register.listed(database, Scope.everything())[0].id


@pytest.fixture
def held(sqlite_url):
    """A database with an alert that people wrote about; its number."""
    database = open_database(sqlite_url)
    number = raise_one(database, datetime(2026, 5, 14, 3, tzinfo=UTC))
    for kind, detail, changed in (
        ("owner", {"owner": "canary-owner"}, {"owner": "canary-owner"}),
        ("event", {"event": "canary-event"}, {"event": "canary-event"}),
        ("note", {"note": "canary-note"}, {}),
        ("verified", {}, {"verified": True}),
    ):
        assert register.add_step(database, Scope.everything(), number, "who", kind, detail, changed)
    yield sqlite_url, database, number
    database.dispose()


@pytest.mark.parametrize("language", ["en", pytest.param("km", marks=pytest.mark.full)])
def test_no_page_tells_more_of_an_alert_elsewhere(held, sqlite_cli, tmp_path, language):
    url, database, number = held
    some = record(record_id="1", facility_id="F9", province="KH02", disease="ili", date_visit="2026-05-30")
    assert sqlite_cli("import", write_csv(tmp_path / "some.csv", some)).code == 0
    issue(database, date(2026, 1, 1), date(2026, 5, 31), ["ili"], axes=())  # else pages have nothing to show
    with served(url) as server:
        for name in ("viewer", "administrator", "provincial"):
            client = signed_in(server, name)
            client.set_cookie("chhlang-language", language)
            for path in PLACES:
                answer = client.get(path.format(number))
                said = answer.get_data(as_text=True)
                assert answer.status_code == 200, path
                found = [word for word in CANARIES if word in said]
                assert not found, (name, path, found)
            listed = client.get("/alerts").get_data(as_text=True)
            assert f'id="signal-{number}"' in listed and f'id="alert-{number}"' not in listed
            assert "2026-05-11 – 2026-05-17" in client.get("/").get_data(as_text=True)
            assert "2026-05-11 – 2026-05-17" in client.get(PLACES[4]).get_data(as_text=True)
            told = program(server, name).get("/api/alerts/elsewhere").get_json()["rows"]
            assert number in [one["alert"] for one in told]
            assert [word for word in CANARIES if word in str(told)] == []
            wrong = client.post(f"/alerts/{number}/note", data={"note": "x"})
            assert wrong.status_code == (400 if name == "provincial" else 403)
            assert ('id="problem"' in wrong.get_data(as_text=True)) == (name == "provincial")
        own = signed_in(server, "official").get(f"/alerts/{number}").get_data(as_text=True)
        assert all(word in own for word in ("CANARY-DISTRICT", "canary-note", "7,654", "31.4")), "it is there"


def test_what_is_not_told_answers_as_what_is_not_there(held):
    url, database, number = held
    few = raise_one(database, datetime(2026, 5, 20, tzinfo=UTC), "cholera-rdt", 2, level="facility")
    with served(url) as server:
        client = signed_in(server, "viewer")
        answers = [client.get(f"/alerts/{one}") for one in (few, few + 1, 2**31, 0)]
        assert {one.status_code for one in answers} == {404}
        assert client.get(f"/alerts/{number}").status_code == 200
        assert f'id="signal-{few}"' not in client.get("/alerts").get_data(as_text=True)


def test_where_an_alert_is_told_and_to_whom(sqlite_url):
    database = open_database(sqlite_url)
    now = datetime(2026, 5, 14, 3, tzinfo=UTC)
    inside = raise_one(database, now)
    gate = raise_one(database, now, "malaria-excess", where=Where(), level="crossing")
    infected = raise_one(database, now, "malaria-excess", where=Where(), level="infection")
    whole = raise_one(database, now, "ili-excess", where=Where(), level="country")

    def areas(who):
        return {one.number: (one.area, one.counted) for one in service.signals(database, who, now)}

    everywhere = {
        inside: ("KH01", "care"), gate: ("KH01", "crossing"), infected: ("", "care"), whole: ("", "care"),
    }  # fmt: skip
    assert areas(grant()) == areas(grant("official", "KH02")) == everywhere
    assert areas(grant("official", "KH01")) == {n: at for n, at in everywhere.items() if n != inside}
    assert areas(grant("official")) == areas(grant("epidemiologist")) == {}
    assert set(areas(grant("viewer", programmes=["cnm"]))) == {gate, infected}
    closed = {"outcome": "outbreak", "closed_at": now.isoformat(timespec="milliseconds"), "verified": True}
    register.add_step(database, Scope.everything(), whole, "who", "closed", {"outcome": "outbreak"}, closed)
    states = {one.number: one.state for one in service.signals(database, grant(), now)}
    assert (states[whole], states[inside]) == ("closed", "open")
    late = service.signals(database, grant(), now + timedelta(days=91))
    assert whole not in {one.number for one in late} and len(late) == 3
    database.dispose()


def test_days_of_a_digest_tell_no_day_within_the_week(held):
    _, database, number = held

    def numbers(first, last, who=None):
        found = digests.digest(database, who or grant(), date(2026, 5, first), date(2026, 5, last)).elsewhere
        return None if found is None else [one.number for one in found]

    assert [numbers(day, day) for day in (10, 11, 14, 17, 18)] == [[], [number], [number], [number], []]
    assert numbers(1, 31, grant("official")) is None
    assert numbers(1, 31, grant("official", "KH01")) == []


def test_sizes_of_clusters_are_seen_beside(monkeypatch):
    seen = []
    monkeypatch.setattr(door, "signals", lambda grant, raised, issued, beside: seen.append(beside))
    found = [
        Signal("measles", "province:care", ("KH01", "KH02"), (20, 99)),
        Signal("tb", "province:care", ("KH03",)), Signal("ili", "province:care", (), (5, 19)),
    ]  # fmt: skip
    service.told(grant(), [], {}, None, found)
    assert seen == [{("measles", "KH01"), ("measles", "KH02"), ("ili", "")}]
