"""What to expect of arrivals, and coverage of prevention: services, pages, files, and who is shown what."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.indicators.course import indicator_course
from dashboard.services.indicators.engine import indicator_table
from dashboard.services.reception import entries, expected, prevention, remote
from dashboard.services.reception.files import import_records
from dashboard.services.upkeep.verify import verify
from dashboard.settings import Settings
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.reception import sums as stored_sums
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.expected_load import ABOVE, UNSEEN, earlier_windows
from surveillance.reception.remote_areas import Remote
from surveillance.windows import Window
from tests.support.accounts import add_accounts
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.migrations import script
from tests.support.reception import NOW, a_van, entry
from tests.support.web import served, signed_in

NURSE = Grant("n@health.example", "nurse", Scope.made(crossings=["TH01"]))
DESK = Grant("d@health.example", "reception", Scope.made(crossings=["TH01"]))
POIPET = Grant("poipet@health.example", "official", Scope.of("KH01"))
MANAGER = Grant("m@health.example", "data_manager", Scope.everything())
WEEK, TODAY = Window(date(2025, 6, 1), date(2025, 6, 7)), date(2025, 6, 20)


@pytest.fixture
def database(sqlite_url):
    opened = open_database(sqlite_url)
    yield opened
    opened.dispose()


def people(day, count, home, *, first=0, assess=True, **assessed):
    """Entries of some people of one day and home; the first two on TB treatment, the third had a cough."""
    for at in range(first, first + count):
        who = f"{day} {home} {at}"
        came = {"arrived_at": f"{day}T10:00", "province_home": home, "sex": "female", "age_years": 30}
        yield entry("arrival", who, van="", fields=came)
        if assess:
            seen = {
                "assessed_at": f"{day}T10:10",
                "pregnant": at == 0,
                "symptoms": ["cough"] if at == 2 else [],
            }
            yield entry("assessment", who, van="", fields=seen | assessed)
        if at < 2:
            sent = {"partner": "tb_service", "medicine": "tb", "sent_at": f"{day}T11:00"}
            yield entry("referral", who, van="", item=who, station="referral", fields=sent)


def send(database, *raws):
    receipts = entries.receive(database, NURSE, raws, now=datetime(2025, 6, 20, tzinfo=UTC))
    assert {one.status for one in receipts} == {"accepted"}, [one.reasons for one in receipts]


def filled(database):
    """A week of 20 of KH02 after two weeks of 10 and 30; one of KH05 in the last."""
    for day, count in (("2025-05-18", 10), ("2025-05-28", 30), ("2025-06-03", 20)):
        send(database, *people(day, count, "KH02"))
    send(database, *people("2025-06-03", 1, "KH05", first=5))
    send(database, a_van("late", arrived_at="2025-06-09T10:00"))
    expected.put(database, MANAGER, "pregnant", "50", "register of 2024", now=NOW.replace(day=1, month=5))
    expected.put(database, MANAGER, "tb_treatment", "100", "IOM 2021", now=NOW.replace(day=1, month=5))


@pytest.mark.parametrize("days", [1, 7, 10])
def test_periods_seen_before_follow_each_other_and_lie_within_what_is_recorded(days):
    first, last = date(2025, 1, 1), date(2025, 5, 28)
    window = Window(date(2025, 6, 1), date.fromordinal(date(2025, 6, 1).toordinal() + days - 1))
    found = earlier_windows(window, first, last, most=150)
    held = [day.toordinal() for one in found for day in one]
    assert all((one.last - one.first).days == days - 1 for one in found)
    assert max(held) == last.toordinal() and first.toordinal() <= min(held) < first.toordinal() + days
    assert all(a.first.toordinal() == b.last.toordinal() + 1 for a, b in pairwise(found))
    assert earlier_windows(window, date(2025, 5, 31), date(2025, 5, 30)) == []


def test_a_plan_says_what_to_expect_within_what_was_seen_and_what_came(database):
    filled(database)
    found = expected.plan(database, POIPET, None, WEEK, TODAY, given={"KH02": 20, "KH03": 4})
    assert [(row.home, row.arrivals, row.came) for row in found.rows] == [
        ("KH02", 20, 20), ("KH03", 4, 0), ("KH05", 0, 1),
    ]  # fmt: skip
    assert len(found.seen) == 2 and found.over and found.assessed == 21
    own = found.rows[0].expected
    assert (own["pregnant"].number, own["pregnant"].lower, own["pregnant"].upper) == (1.0, 0, 3)
    assert (own["tb_treatment"].number, own["tb_treatment"].lower, own["tb_treatment"].upper) == (2.0, 0, 5)
    assert found.rows[1].expected["pregnant"].why == UNSEEN
    beside = found.rows[0].found
    assert (beside["pregnant"].came, beside["pregnant"].verdict) == (1, "within")
    assert (beside["tb_treatment"].came, beside["tb_treatment"].verdict) == (2, "within")
    assert (found.together.arrivals, found.together.came) == (24, 21)
    more = expected.plan(database, POIPET, None, WEEK, TODAY, given={"KH02": 31})
    assert more.rows[0].expected["pregnant"].why == more.together.expected["pregnant"].why == ABOVE
    assert more.rows[0].expected["pregnant"].lower is None and more.rows[0].found["pregnant"].verdict is None


def test_without_arrivals_a_plan_takes_the_newest_period_and_a_number_is_shared_out(database):
    filled(database)
    usual = expected.plan(database, POIPET, "TH01", None, TODAY)
    assert usual.window == Window(date(2025, 6, 10), date(2025, 6, 16)) and not usual.over
    assert {row.home: row.arrivals for row in usual.rows} == {"KH02": 20, "KH05": 1}
    shared = expected.plan(database, POIPET, None, None, TODAY, people=122)
    assert sum(row.arrivals for row in shared.rows) == shared.together.arrivals == 122
    assert {row.home: row.arrivals for row in shared.rows} == {"KH02": 120, "KH05": 2}
    nobody = Grant("x@health.example", "official", Scope.of("KH07"))
    empty = expected.plan(database, nobody, None, None, TODAY, people=5)
    assert (empty.together.arrivals, list(empty.rows), list(empty.seen)) == (5, [], [])
    assert empty.together.expected["pregnant"].why == UNSEEN


def test_where_not_everybody_was_assessed_a_verdict_holds_whatever_they_need(database):
    filled(database)
    for at, verdict in enumerate(("within", "within", None)):  # one was pregnant, and three are the most
        send(database, *people("2025-06-04", 1, "KH02", first=90 + at, assess=False))
        found = expected.plan(database, POIPET, None, WEEK, TODAY, given={"KH02": 20})
        assert found.rows[0].found["pregnant"].verdict == verdict
    for at in range(3):
        send(database, *people("2025-06-05", 1, "KH02", first=100 + at, pregnant=True))
    found = expected.plan(database, POIPET, None, WEEK, TODAY, given={"KH02": 20})
    assert (found.rows[0].found["pregnant"].came, found.rows[0].found["pregnant"].verdict) == (4, "more")


def test_how_many_are_on_treatment_is_for_nurses_and_for_those_entitled(database):
    filled(database)
    for who, known in ((NURSE, 2), (POIPET, 2), (DESK, None)):
        found = expected.plan(database, who, None, WEEK, TODAY, given={"KH02": 20})
        beside = found.rows[0].found["tb_treatment"]
        assert (beside and beside.came) == known
        assert (found.together.found["tb_treatment"] is None) == (known is None)
        assert found.rows[0].found["pregnant"].came == 1


def test_the_table_is_edited_by_its_owner_with_source_and_history(database):
    for wrong, source in (
        ("-1", "x"),
        ("1001", "x"),
        ("many", "x"),
        ("nan", "x"),
        ("3", "  "),
        ("3", "x" * 301),
    ):
        with pytest.raises(UsageError):
            expected.put(database, MANAGER, "pregnant", wrong, source)
    with pytest.raises(UsageError):
        expected.put(database, MANAGER, "hiv", "3", "x")
    for who in (NURSE, POIPET, Grant("p@health.example", "data_manager", Scope.of("KH01"))):
        with pytest.raises(NotPermittedError):
            expected.put(database, who, "pregnant", "3", "x")
    assert expected.put(database, MANAGER, "pregnant", "12,5", " a  register ", now=NOW)
    assert not expected.put(database, MANAGER, "pregnant", "12.5", "a register")
    assert expected.put(database, MANAGER, "pregnant", "", "", now=NOW)
    held = [(one.per_thousand, one.source, one.changed_by) for one in expected.versions(database, NURSE)]
    assert held == [(None, "", MANAGER.actor), (12.5, "a register", MANAGER.actor)]
    assert expected.plan(database, NURSE, None, None, TODAY, people=10).figures == []


def test_days_that_are_over_are_measured_by_the_figures_of_their_time(database):
    filled(database)
    expected.put(database, MANAGER, "pregnant", "400", "later", now=NOW.replace(day=2))
    expected.put(database, MANAGER, "to_vaccinate", "10", "later", now=NOW.replace(day=2))
    then = expected.plan(database, NURSE, None, WEEK, TODAY, given={"KH02": 20})
    assert {one.code: one.per_thousand for one in then.figures} == {
        "pregnant": 50, "tb_treatment": 100, "to_vaccinate": 10,
    }  # fmt: skip
    assert then.later == {"to_vaccinate"}
    now = expected.plan(database, NURSE, None, None, TODAY, given={"KH02": 20})
    assert {one.code: one.per_thousand for one in now.figures}["pregnant"] == 400


def reached(database, tmp_path):
    """Two days of outreach and two households, from files, and a van with items of which one had none."""
    rows = [
        {"record_id": "O1", "crossing": "TH01", "held_on": "2025-06-02", "province_home": "KH02",
         "remote": "yes", "activity": "forest", "sessions": "2", "men_reached": "20", "women_reached": "9",
         "items_given": "30"},
        {"record_id": "O2", "crossing": "TH01", "held_on": "2025-06-03", "province_home": "KH01",
         "remote": "", "activity": "security forces", "sessions": "1", "men_reached": "5"},
    ]  # fmt: skip
    homes = [
        {"record_id": "H1", "crossing": "TH01", "visited_on": "2025-06-02", "province_home": "KH02",
         "remote": "yes", "children_under_5": "1", "children_5_to_14": "2", "to_vaccinate": "1"},
        {"record_id": "H2", "crossing": "TH01", "visited_on": "2025-06-02", "province_home": "KH02",
         "remote": "no", "children_under_5": "2"},
    ]  # fmt: skip
    for kind, some in (("outreach", rows), ("household", homes)):
        path = write_csv(tmp_path / f"{kind}.csv", *some)
        done = import_records(database, Grant.custodian(), Settings.read({}), path, kind)
        assert done.receipt.accepted == 2, done.reasons
    came = [
        entry("arrival", f"p{at}", fields={"movement": "commuter" if at else "deported"}) for at in range(4)
    ]
    items = entry(
        "service",
        "van",
        item="items",
        fields={"given_at": "2025-06-01T12:30", "except": [came[0]["subject"]]},
    )
    talk = entry("session", "p1", item="prevention", fields={"held_at": "2025-06-01T12:30"})
    test = entry("service", "p1", item="test_tb", fields={"done": True})
    sent = entry(
        "referral", "p1", item="r", station="referral", fields={"partner": "tb_service", "outcome": "treated"}
    )
    send(database, a_van(), *came, items, talk, test, sent)


def test_prevention_stands_beside_tests_and_treatment(database, tmp_path):
    reached(database, tmp_path)
    found = prevention.page(database, MANAGER, None, WEEK, TODAY)
    assert (
        found.together.records,
        found.together.sessions,
        found.together.reached,
        found.together.items,
    ) == (2, 3, 34, 30)
    assert {one.code: one.outreach and one.outreach.reached for one in found.provinces} == {
        "KH01": 5, "KH02": 29, "unknown": None,
    }  # fmt: skip
    assert {code: one.reached for code, one in found.by_activity.items()} == {"forest": 29, "other": 5}
    assert {code: one.reached for code, one in found.by_remote.items()} == {"yes": 29, "unknown": 5}
    shares = {name: (one.numerator, one.denominator) for name, one in found.everybody.shares.items()}
    assert shares == {"session": (1, 4), "items": (3, 4), "tested": (1, 4), "treated": (1, 1)}
    of_commuters = found.groups["movement"]["commuter"]
    assert (of_commuters.arrived, of_commuters.shares["items"].numerator) == (3, 3)
    assert found.groups["crossing"]["TH01"].arrived == 4
    assert (found.left_behind.records, found.left_behind.left_behind, found.left_behind.to_vaccinate) == (
        2,
        5,
        1,
    )
    remote = prevention.page(database, MANAGER, None, WEEK, TODAY, remote="yes")
    assert (remote.together.reached, remote.left_behind.left_behind) == (29, 3)
    assert prevention.page(database, MANAGER, None, WEEK, TODAY, activity="other").together.reached == 5


def test_children_who_stayed_are_indicators_by_province_and_over_time(database, tmp_path):
    reached(database, tmp_path)

    def asked(name, who=MANAGER, by="province", **days):
        found = indicator_table(database, who, f"prevention_left_behind_{name}", by=by, today=TODAY, **days)
        return {
            row.area.code: (row.value.numerator, row.value.denominator, row.value.status.value)
            for row in (*found.rows, found.total)
            if row.value.status.value != "not reported"
        }

    assert asked("unvaccinated") == {"KH02": (1, 5, "value"), "KH": (1, 5, "value")}
    assert asked("children", by="country") == {"KH": (5, None, "value")}
    assert asked("symptoms")["KH02"] == (0, None, "zero")
    assert asked("unvaccinated", first=date(2025, 6, 3)) == {}
    own = asked("unvaccinated", Grant("x@health.example", "official", Scope.of("KH01")))
    assert own == {}, "no household of hers was visited"
    for role in ("viewer", "partner", "nurse", "reception", "administrator"):
        hidden = asked("unvaccinated", Grant("x@health.example", role, Scope.everything()))
        assert {value[2] for value in hidden.values()} == {"hidden"}, role
    course = indicator_course(database, MANAGER, "prevention_left_behind_unvaccinated", "month", today=TODAY)
    assert [(one.label, one.value.numerator, one.value.denominator) for one in course] == [("2025-06", 1, 5)]
    viewer = Grant("x@health.example", "viewer", Scope.everything())
    assert indicator_course(database, viewer, "prevention_left_behind_children", "month", today=TODAY) == []
    with pytest.raises(UsageError):
        asked("unvaccinated", by="facility")


def test_prevention_is_for_those_who_may_count_of_their_provinces(database, tmp_path):
    reached(database, tmp_path)
    own = prevention.page(database, POIPET, None, WEEK, TODAY)
    assert own.together.reached == 5 and own.households == {}
    assert "KH02" not in {one.code for one in own.provinces if one.outreach}
    nurse = prevention.page(database, NURSE, None, WEEK, TODAY)
    assert nurse.together.records == 0 and nurse.households is None and nurse.everybody.arrived == 4
    for role in ("viewer", "partner", "administrator"):
        with pytest.raises(NotPermittedError):
            prevention.page(database, Grant("x@health.example", role, Scope.everything()), None, WEEK, TODAY)
    for wrong in ({"disease": "x"}, {"remote": "maybe"}, {"activity": "security_forces"}):
        with pytest.raises(UsageError):
            prevention.page(database, MANAGER, None, WEEK, TODAY, **wrong)


def test_facilities_count_as_remote_while_they_lay_in_a_remote_area(database, tmp_path):
    """HC1 is of a commune that was remote until 4 May, HC2 by its own number from 1 June; HC3 never."""
    listed = write_csv(
        tmp_path / "f.csv",
        {"facility_id": "HC1", "province": "KH01", "commune": "Ou Chrov"},
        {"facility_id": "HC2", "province": "KH01", "commune": "Ou Chrov 2"},
        {"facility_id": "HC3", "province": "KH02", "commune": "Kampong"},
    )
    import_facilities(database, Grant.custodian(), listed)
    seen = [("HC1", "2025-05-02"), ("HC1", "2025-06-03"), ("HC2", "2025-06-03"), ("HC3", "2025-06-03")]
    rows = [
        record(facility_id=name, date_visit=day, disease="malaria", eligible="yes", tested=tested)
        for name, day in seen
        for tested in ("yes", "no")
    ]
    path = write_csv(tmp_path / "list.csv", *rows)
    settings = Settings.read({"CHHLANG_SECRET_KEY": KEY})
    pipeline.import_file(database, Grant.custodian(), settings, path, ImportOptions(source="test"))
    window = Window(date(2025, 5, 1), date(2025, 6, 8))

    def groups(who=MANAGER):
        found = remote.groups(database, who, "malaria", window, TODAY)
        assert not found.why, found.why
        both = (found.remote["testing"], found.other["testing"])
        return found.places, *((one.numerator, one.denominator) for one in both)

    assert remote.groups(database, MANAGER, "malaria", window, TODAY).why == remote.NO_LIST
    commune = Remote("commune", "ou chrov", date(2025, 4, 1), date(2025, 5, 4), "survey")
    assert remote.put(database, MANAGER, commune) and not remote.put(database, MANAGER, commune)
    assert groups() == (1, (1, 2), (3, 6))
    own = Remote("facility", "HC2", date(2025, 6, 1), None, "survey")
    remote.put(database, MANAGER, own)
    assert groups() == (2, (2, 4), (2, 4))
    assert groups(POIPET) == (2, (2, 4), (1, 2))
    assert [one.facilities for one in remote.listed(database, MANAGER)] == [1, 1]
    remote.put(database, MANAGER, replace(commune, last=None))
    assert groups() == (2, (3, 6), (1, 2))
    remote.put(database, MANAGER, own, standing=False)
    assert groups() == (1, (2, 4), (2, 4))
    assert [one.standing for one in remote.history(database, MANAGER)] == [False, True, True, True]
    assert remote.groups(database, DESK, "malaria", window, TODAY).why == remote.NOT_ENTITLED
    assert remote.groups(database, MANAGER, "hiv", window, TODAY).why == remote.NEVER
    with pytest.raises(NotPermittedError):
        remote.put(database, POIPET, own)
    with pytest.raises(UsageError):
        remote.put(database, MANAGER, replace(own, place="HC9"), standing=False)


@pytest.mark.parametrize(
    "wrong", [{"kind": "village"}, {"place": " "}, {"last": date(2025, 1, 1)}, {"source": ""}]
)
def test_a_remote_area_has_a_kind_a_place_days_in_order_and_a_source(wrong):
    good = {"kind": "commune", "place": "x", "first": date(2025, 2, 1), "last": None, "source": "s"}
    Remote(**good)
    with pytest.raises(UsageError):
        Remote(**good | wrong)


def test_pages_and_files_say_the_same(sqlite_url, tmp_path):
    with served(sqlite_url) as site:
        from dashboard.web import site as web_site

        with site.app_context():
            database = web_site.database()
        add_accounts(database, {"manager": ("data_manager", None), "nurse": ("nurse", None)})
        filled(database)
        reached(database, tmp_path)
        client = signed_in(site, "manager")
        asked = "from=2025-06-01&to=2025-06-07&KH02=20&KH03=4"
        text = client.get(f"/reception/expected?{asked}").text
        assert "1.0 (0–3)" in text and "2.0 (0–5)" in text and "1: as expected" in text
        rows = list(
            csv.DictReader(io.StringIO(client.get(f"/reception/expected.csv?{asked}").text.lstrip("\ufeff")))
        )
        own = next(row for row in rows if (row["home"], row["need"]) == ("KH02", "tb_treatment"))
        assert (own["expected"], own["lower"], own["upper"], own["came"]) == ("2.0", "0", "5", "2")
        assert own["source"] == "IOM 2021" and own["verdict"] == "within"
        assert client.get("/reception/expected?from=2025-06-09&to=2025-06-01").status_code == 400
        assert client.get("/reception/expected?KH02=x").status_code == 400
        assert client.get("/reception/expected?people=1&crossing=KH99").status_code == 404
        wrong = client.post("/reception/expected/figures", data={"code": "pregnant", "per_thousand": "3"})
        assert wrong.status_code == 400 and "say where the figure comes from" in wrong.text
        kept = {"code": "pregnant", "per_thousand": "3.5", "source": "a survey"}
        assert client.post("/reception/expected/figures", data=kept).status_code == 303
        assert "3.5" in client.get("/reception/expected").text
        asked = "from=2025-06-01&to=2025-06-07&remote=yes"
        text = client.get(f"/reception/prevention?{asked}").text
        assert 'id="left-behind"' in text
        rows = list(
            csv.DictReader(
                io.StringIO(client.get(f"/reception/prevention.csv?{asked}").text.lstrip("\ufeff"))
            )
        )
        whole = rows[0]
        assert (whole["axis"], whole["sessions"], whole["men_reached"], whole["households"]) == (
            "all",
            "2",
            "20",
            "1",
        )
        assert client.get("/reception/prevention.xlsx").status_code == 200
        area = {"kind": "commune", "place": "Ou Chrov", "first": "2025-06-01", "source": "survey"}
        assert client.post("/reception/remote", data=area | {"first": "2025-6"}).status_code == 400
        assert client.post("/reception/remote", data=area).status_code == 303
        assert "Ou Chrov" in client.get("/reception/remote").text
        assert client.post("/reception/remote", data=area | {"what": "remove"}).status_code == 303
        assert signed_in(site, "nurse").get("/reception/prevention").status_code == 200
        assert client.get("/reception/prevention?disease=none").status_code == 400


@pytest.mark.sql
def test_what_is_new_of_held_records_is_counted_when_an_older_database_is_opened(database_url, tmp_path):
    opened = open_database(database_url)
    filled(opened)
    reached(opened, tmp_path)
    newer = script("operations", "operations_0019")

    def held():
        with opened.operations.connect() as connection:
            return stored_sums.stored(connection)

    before = held()
    assert {name for _, name in before.people} >= {"items", "pregnant", "tb_treatment", "treated"}
    for step in (newer.downgrade, newer.upgrade):
        with (
            write_transaction(opened.operations) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            step()
    assert held() == before and verify(opened, Grant.custodian()).sound
    opened.dispose()
