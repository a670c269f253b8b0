"""The page of curves: by visit, onset and report, those without the day, the year before, small counts."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard.curve_filters import CurveQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.curves.curve import curve
from dashboard.services.disclosure import rules
from dashboard.services.neighbours.beside import beside
from db.core.scope import Scope
from db.tables.records import batch
from surveillance.errors import NotPermittedError, UsageError
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.web import served, settings, signed_in

FACILITIES = (
    {"facility_id": "HC1", "name_en": "One", "province": "KH01"},
    {"facility_id": "HC2", "name_en": "Two", "province": "KH02"},
)
TODAY = date(2026, 7, 10)
PERIOD = {"from": "2026-06-01", "to": "2026-06-30"}


def case(number, day, onset="", report="", **more):
    """A record found positive."""
    found = {"record_id": str(number), "disease": "awd", "date_visit": day, "eligible": "yes"}
    found |= {"tested": "yes", "positive": "yes", "date_onset": onset, "date_report": report}
    return record(**(found | {"movement": "returning"} | more))


CASES = (
    # Seen in the second week; symptoms began in the first.
    *(case(n, "2026-06-09", "2026-06-04", "2026-06-20") for n in range(6)),
    *(case(10 + n, "2026-06-10", "", "2026-06-22", movement="resident") for n in range(5)),
    *(case(20 + n, "2026-06-11", "2026-06-11", positive="no") for n in range(6)),
    # Symptoms began before the period; reported after it.
    case(30, "2026-06-01", "2026-05-30", "2026-07-01"),
    # Seen after the period, with symptoms in it.
    case(31, "2026-07-02", "2026-06-29", "2026-07-02"),
    # A day five years off is a mistake.
    case(32, "2026-06-15", "2021-06-15", "2026-06-15", facility_id="HC2"),
    *(case(40 + n, "2025-06-10", "2025-06-10") for n in range(7)),
    case(60, "2024-01-03", facility_id="HC2", disease="tb", positive="no"),
)  # fmt: skip


def grant(*provinces, role="official"):
    """Somebody of a role, for some provinces, or for all of them."""
    return Grant("who@health.example", role, Scope.of(*provinces) if provinces else Scope.everything())


@pytest.fixture
def url(cli, prepared, database_url, tmp_path):
    """A database with two facilities and the cases."""

    def fill():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        done = cli("import", write_csv(tmp_path / "l.csv", *CASES))
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


@pytest.fixture
def database(url):
    opened = store.open_store(settings(url))
    yield opened
    opened.dispose()


def asked(database, who=None, **given):
    """The curve of a question."""
    query = CurveQuery.read({"disease": "awd"} | PERIOD | given)
    return curve(database, who or grant(), query, date(2026, 7, 2), TODAY)


def counts(found):
    """Cases of each step that has any, by its label."""
    return {point.label: point.cases.count for point in found.points if point.cases.count}


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_cubes_equal_records.py
@pytest.mark.sql
def test_cases_stand_on_the_chosen_day_and_those_without_it_are_counted(database):
    by_visit, by_onset, by_report = (asked(database, by=day) for day in ("visit", "onset", "report"))
    assert counts(by_visit) == {"2026-W23": 1, "2026-W24": 11, "2026-W25": 1}
    assert (by_visit.total.count, by_visit.undated) == (13, None)
    # The case seen in July counts by its symptoms. Of those seen in June five have no such day, and one has a
    # day five years off: nothing is left out without a word.
    assert counts(by_onset) == {"2026-W23": 6, "2026-W27": 1}
    assert (by_onset.total.count, by_onset.undated.count) == (13, 6)
    assert counts(by_report) == {"2026-W25": 7, "2026-W26": 5}
    assert by_report.undated.count == 0


def test_patients_are_counted_beside_cases(database):
    week = next(point for point in asked(database).points if point.label == "2026-W24")
    assert (week.cases.count, week.patients.count) == (11, 17)
    assert asked(database, what="patients").total.count == 19


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_cubes_equal_records.py
@pytest.mark.sql
def test_bars_are_divided_by_group_and_an_area_is_one_province(database):
    found = asked(database, group="movement", by="onset")
    parts = {point.label: [part.count for part in point.parts] for point in found.points}
    assert dict(zip(found.groups, parts["2026-W23"], strict=True))["returning,deported"] == 6
    assert sum(parts["2026-W23"]) == 6
    assert asked(database, area="KH02").total.count == 1
    assert asked(database, grant("KH02"), by="onset").undated.count == 1  # the day five years off
    with pytest.raises(UsageError, match="no area"):
        asked(database, area="KH99")


def test_steps_are_weeks_months_quarters_or_years(database):
    days = {"from": "2025-01-01", "to": "2026-07-02"}
    found = {step: counts(asked(database, step=step, **days)) for step in ("month", "quarter", "year")}
    assert found["month"] == {"2025-06": 7, "2026-06": 13, "2026-07": 1}
    assert found["quarter"] == {"2025-Q2": 7, "2026-Q2": 13, "2026-Q3": 1}
    assert found["year"] == {"2025": 7, "2026": 14}


@pytest.mark.sql
def test_the_year_before_is_as_it_was_known_after_the_same_delay(database, cli, tmp_path):
    week = next(point for point in asked(database).points if point.label == "2026-W24")
    assert week.before.count == 7 and asked(database).known_on is None
    # Had the first file come a year earlier, and a second one since, the second was not known then.
    with database.writing() as connection:
        connection.execute(batch.update().values(received_at="2025-06-20T03:00:00+00:00"))
    late = [case(70 + n, "2025-06-10", "2025-06-10") for n in range(9)]
    assert cli("import", write_csv(tmp_path / "late.csv", *late)).code == 0
    for by in ("visit", "onset"):
        found = asked(database, by=by)
        before = {point.label: point.before.count for point in found.points if point.before}
        assert before["2026-W24"] == 7
        assert found.known_on == TODAY - timedelta(weeks=52)


def test_running_cut_and_incomplete_steps_are_marked(database):
    found = asked(database, to="2026-07-02")
    assert [point.label for point in found.points if point.running] == ["2026-W27"]
    assert all(point.whole for point in found.points)
    cut = asked(database, **{"from": "2026-06-10"}, step="month")
    assert cut.points[0].whole is False
    # One facility of one reported in each week, until none did.
    assert [point.label for point in found.points if point.incomplete] == ["2026-W26"]


def test_a_viewer_sees_the_months_of_a_release_and_no_day_of_onset(database):
    viewer = grant(role="viewer")
    assert asked(database, viewer).hidden == rules.NOTHING_ISSUED
    for given in ({"by": "onset"}, {"group": "movement"}):
        assert asked(database, viewer, **given).hidden == rules.NOT_BY_DAY
    issue(database, date(2026, 5, 1), date(2026, 6, 30), ("awd",), axes=(), thresholds=(5,))
    found = asked(database, viewer)
    assert [point.label for point in found.points] == ["2026-06"]
    live = asked(database, step="month")
    for point in found.points:
        (own,) = [one for one in live.points if one.label == point.label]
        for shown, there in ((point.cases, own.cases), (point.patients, own.patients)):
            assert shown.count == there.count or (shown.few and there.count in range(1, 5))
    assert found.release.number == 1


def test_hiv_is_not_shown_by_another_day_nor_divided(database):
    for given in ({"by": "onset"}, {"group": "sex"}, {"place": "crossing"}):
        found = asked(database, disease="hiv", **given)
        assert found.hidden and not found.points
    assert asked(database, grant(role="viewer"), disease="hiv").hidden == rules.NOTHING_ISSUED


def test_an_account_of_some_provinces_sees_its_own(database):
    assert asked(database, grant("KH02")).total.count == 1
    assert asked(database, grant("KH02"), place="home").hidden
    outside = asked(database, grant("KH02"), place="crossing", by="onset")
    assert outside.undated.count == 1
    with pytest.raises((UsageError, NotPermittedError)):
        asked(database, grant("KH02"), area="KH01")
    nobody = replace(grant(), role="nobody")
    with pytest.raises(NotPermittedError):
        asked(database, nobody)


@pytest.mark.parametrize("language", ["en", "km"])
def test_page_and_files_say_the_same(url, language):
    address = "?disease=awd&by=onset&from=2026-06-01&to=2026-06-30"
    with served(url) as site:
        client = signed_in(site, "official")
        client.set_cookie("chhlang-language", language)
        page = client.get(f"/curves{address}")
        assert page.status_code == 200
        text = page.get_data(as_text=True)
        assert text.count('<svg viewBox="0 0 ') == 2 and 'id="record-list"' not in text
        assert text.count('scope="row"') == 5
        assert "13" in text.split('class="total"')[1][:200]
        answer = client.get(f"/curves.csv{address}").get_data().decode("utf-8-sig")
        rows = {row["period"]: row for row in csv.DictReader(io.StringIO(answer))}
        assert (rows["2026-W23"]["cases"], rows["2026-W23"]["to"]) == ("6", "2026-06-07")
        assert client.get(f"/curves.xlsx{address}").status_code == 200
        assert client.get(f"/curves.svg{address}").get_data().startswith(b"<svg")
        assert client.get(f"/curves.json{address}").get_json()
        assert "/curves?disease=awd" in client.get("/").get_data(as_text=True)


def test_what_cannot_be_read_is_named_and_left_out(url):
    with served(url) as site:
        client = signed_in(site, "official")
        page = client.get("/curves?disease=plague&step=day&area=<script>&by=visit")
        text = page.get_data(as_text=True)
        assert page.status_code == 200 and "plague" in text and "<script>&" not in text
        assert client.get("/curves?place=facility").status_code == 200
        assert client.get("/curves.csv?disease=plague").status_code == 400
        # An area of another kind than the chosen place has its own kind.
        assert client.get("/curves?disease=awd&place=care&area=TH01").status_code == 200


def test_areas_across_the_border_stand_below_the_curve_and_in_none_of_its_numbers(url, cli, tmp_path):
    area = {"area": "TH-27", "level": "province", "name_en": "Sa <Kaeo>"}
    assert cli("neighbours", "import", write_csv(tmp_path / "a.csv", area)).code == 0
    weeks = [("2026-W23", 7, "80%", "yes"), ("2026-W24", 0, "", "yes"), ("2026-W25", 3, "", "")]
    rows = [
        {"area": "TH-27", "disease": "awd", "period": week, "cases": cases, "reported": share,
         "published": published, "source": "DDC <Thailand>", "licence": "CC BY 4.0"}
        for week, cases, share, published in weeks
    ]  # fmt: skip
    done = cli("neighbours", "import", write_csv(tmp_path / "c.csv", *rows))
    assert done.code == 0, done.stderr
    address = "/curves?disease=awd&from=2026-06-01&to=2026-06-30"
    with served(url) as site:
        client = signed_in(site, "official")
        alone = client.get(address).get_data(as_text=True)
        assert 'value="TH-27"' in alone and 'id="beside-numbers"' not in alone
        text = client.get(f"{address}&beside=TH-27&beside=TH-99").get_data(as_text=True)
        assert "Sa &lt;Kaeo&gt; (TH-27): cases as sent by DDC &lt;Thailand&gt; – CC BY 4.0" in text
        assert "<Kaeo>" not in text and "TH-99: no counts of this disease are held" in text
        assert "Sent for 3 of 5 steps; the others are unknown, not zero." in text
        assert "80% to 80% did, in 1 of these steps" in text and "was not sent for 2 steps" in text
        table = text.split('id="beside-numbers"')[1].split("</section>")[0]
        cells = [part.split("<")[0] for part in table.split('<td class="number">')[1:]]
        assert cells == ["unknown", "unknown", "3", "0", "7 (80% reported)"]
        # What is ours stays as it was: total, table and file.
        for own in ('class="total"', 'id="numbers"'):
            assert text.split(own)[1][:900] == alone.split(own)[1][:900]
        assert client.get("/curves?disease=awd&step=quarter&beside=TH-27").status_code == 200
    found = beside(
        store.open_store(settings(url)), grant(role="viewer"), "awd", "week",
        [date(2026, 6, 1), date(2026, 6, 15)], ["TH-27"], "en",
    )  # fmt: skip
    assert [(one.cases, one.status.value) for one in found[0].counts] == [(7, "value"), (None, "hidden")]
