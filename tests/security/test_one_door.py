"""One door: without a right to small counts nothing is told but what a release has issued.

Asked of tables, trends, groups, changes, clusters, pages and files; and of a viewer's account over the web.
"""

from __future__ import annotations

import csv
import html
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from dashboard.exports.files import FORMATS, render
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services import kept, store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from dashboard.services.coverage import as_of, view
from dashboard.services.coverage.periods import Period
from dashboard.services.disclosure import rules
from dashboard.services.place_pages import page as place_page
from dashboard.services.releases.in_force import figures_for
from dashboard.services.releases.verifying import verify
from dashboard.services.today import issued as issued_first_page
from db.core.scope import Scope
from surveillance.errors import NotPermittedError
from surveillance.status import Status
from tests.support import outbreaks
from tests.support.accounts import add_accounts
from tests.support.cluster_site import MORE, QUERY, ran
from tests.support.command_line import CommandLine
from tests.support.few import FEW, PAIR, mappings_in, people, people_in, rows_of, small_in
from tests.support.issued import issue
from tests.support.pages import map_page
from tests.support.web import served, settings, signed_in

TODAY = date(2026, 6, 15)
#: Days that a release is made of.
ISSUED = Period(date(2024, 7, 1), date(2025, 12, 31))
EPIDEMIOLOGIST = Grant("epi@example.org", "epidemiologist", Scope.everything())
VIEWER = Grant("viewer@example.org", "viewer", Scope.everything())


@pytest.fixture(scope="module")
def filled(sqlite_files, tmp_path_factory):
    """A server with accounts, these people, an outbreak, and one run of cluster detection."""
    folder = tmp_path_factory.mktemp("few")
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        outbreaks.fill(cli, folder, outbreaks.rows(), people())
        database = store.open_store(settings(url))
        add_accounts(database, {**MORE, "partner": ("partner", None)})
        run = ran(database, EPIDEMIOLOGIST, QUERY)
        issue(database, ISSUED.start, ISSUED.end, ("tb", "hiv"), axes=("sex",))
        with served(url) as server:
            yield Filled(cli, database, server, run)
        database.dispose()


class Filled:
    """What the tests ask."""

    def __init__(self, cli, database, server, run):
        self.cli, self.database, self.server, self.run = cli, database, server, run


@pytest.fixture
def closed(monkeypatch):
    """Nobody is entitled to small counts, and no release answers: what a forgotten page would show."""
    monkeypatch.setattr(rules, "entitled", lambda grant: False)
    monkeypatch.setattr(rules, "reads_release", lambda grant, query: False)


def questions() -> Iterator[CoverageQuery]:
    """Every kind of table: place, measure, group, comparison, persons."""
    views = (("province", "care"), ("province", "home"), ("province", "infection"), ("crossing", "care"),
             ("facility", "care"))  # fmt: skip
    measures = ("testing", "positivity", "treatment", "completion")
    for (by, place), measure in product(views, measures):
        for groups, more in (
            ({}, {"compare": "year", "start": date(2025, 6, 2), "end": date(2025, 11, 30)}),
            ({"sex": ("male",)}, {"compare": "before", "start": date(2025, 9, 1), "end": date(2025, 11, 30)}),
        ):
            yield CoverageQuery("tb", by, place, measure, groups=groups, **more)
    for measure in measures[:2]:
        yield CoverageQuery("tb", measure=measure, groups={"sex": ("male",), "residence": ("mobile",)})
        yield CoverageQuery("hiv", measure=measure)
        yield CoverageQuery("tb", measure=measure, count="persons", end=date(2025, 12, 31))
        yield CoverageQuery("hiv", "facility", measure=measure)
        yield CoverageQuery("hiv", place="home", measure=measure)


def numbers(value):
    """Every number of people that a value tells, and what is left of them."""
    if value is None:
        return []
    told = [value.numerator, value.denominator, value.unknown]
    if value.numerator is not None:
        told.append(value.denominator - value.numerator)
    else:
        assert value.coverage is value.lower is value.upper is value.effect is None
    if value.unknown is None:
        assert value.unknown_share is value.lowest is value.highest is None
    return [number for number in told if number is not None]


def told_by(table, panel, shifts):
    """Every number of people in a table, the panel beside it and the changes."""
    values = [row.value for row in table.rows]
    trend = [point.value for point in panel.trend]
    shown = [*values, table.total, panel.now, panel.compared, panel.earlier, *trend]
    shown += [value for held in panel.groups.values() for _, value in held]
    told = [number for value in shown for number in numbers(value)]
    told += [row.unnumbered for row in table.rows if row.unnumbered is not None]
    for found in [row.outcomes for row in table.rows] + [table.outcomes, panel.outcomes]:
        if found is not None:
            told += [*found.people()]
    changes = [*shifts.of.values(), shifts.total, panel.change]
    told += [change.people_left_out for change in changes if change is not None]
    for pair in [*shifts.too_few.values(), panel.too_few]:
        if pair is not None:
            told += [*pair, pair[1] - pair[0]]
    return told


def views(database, grant, queries):
    """Every table with the panel of one of its areas, by the week, by the year and by the usual step."""
    areas = {"facility": ("F12", "F2"), "crossing": ("TH01", "informal"), "home": ("KH05", "KH06")}
    for number, query in enumerate(queries):
        own = areas.get(query.dimension, ("KH01", "KH02"))
        area, step = ((None, None), (own[0], "week"), (own[1], "year"), (own[1], None))[number % 4]
        yield query, view.view(database, grant, query, area, TODAY, step)


def test_closed_in_one_place_nothing_is_left_in_a_table_a_trend_a_group_or_a_change(filled, closed):
    for query, (table, panel, shifts) in views(filled.database, EPIDEMIOLOGIST, questions()):
        told = [number for number in told_by(table, panel, shifts) if number]
        assert told == [], query
        assert {row["status"] for row in table.records()} == {"hidden"} if table.rows else True
        assert (shifts.of, shifts.total, panel.change, panel.trend) == ({}, None, None, [])


def test_everything_that_a_viewer_is_shown_is_a_number_of_the_release_or_a_sum_of_its_numbers(filled):
    figures = figures_for(filled.database, VIEWER)
    shown = hidden = 0
    for query, (table, panel, shifts) in views(filled.database, VIEWER, questions()):
        assert table.release.number == figures.stamp.release
        if table.reason:
            assert [number for number in told_by(table, panel, shifts) if number] == [], query
            continue
        axis = next(iter(query.groups), "")
        value = ",".join(query.groups.get(axis, ()))
        for place, one in [*((row.area.code, row.value) for row in table.rows), ("", table.total)]:
            cell = figures.union(query.disease, query.measure, query.dimension, place, table.release.periods,
                                 axis, value)  # fmt: skip
            assert one.issued
            assert (one.numerator, one.denominator, one.unknown) == (
                cell.numerator, cell.denominator, cell.unknown
            )  # fmt: skip
            shown += one.numerator is not None
            hidden += one.few
        place = panel.code or ""
        for point in panel.trend:
            cell = figures.cell(query.disease, query.measure, query.dimension, place, panel.step, point.start,
                                axis, value)  # fmt: skip
            assert point.whole and (point.value.numerator, point.value.unknown) == (
                cell.numerator, cell.unknown
            )  # fmt: skip
        assert [number for number in told_by(table, panel, shifts) if number in FEW] == [], query
    assert shown > 100 and hidden > 10


def test_without_the_rule_the_same_questions_have_small_counts_everywhere(filled):
    seen = set()
    for query, (table, panel, _) in views(filled.database, EPIDEMIOLOGIST, questions()):
        if any(number in FEW for row in table.rows for number in numbers(row.value)):
            seen.add("table")
        if any(number in FEW for point in panel.trend for number in numbers(point.value)):
            seen.add("trend")
        if any(number in FEW for held in panel.groups.values() for _, v in held for number in numbers(v)):
            seen.add("groups")
        if panel.change is not None and any(number in FEW for number in numbers(panel.earlier)):
            seen.add("changes")
        if any(row.outcomes and set(row.outcomes.people()) & set(FEW) for row in table.rows):
            seen.add("outcomes")
        assert not any(row.value.few for row in table.rows)
        assert query.disease != "hiv" or query.by != "facility" or table.total.status is Status.HIDDEN
    assert seen == {"table", "trend", "groups", "changes", "outcomes"}


def test_no_count_is_left_in_a_file_of_coverage(filled, closed):
    client = signed_in(filled.server, "epidemiologist")
    for query in questions():
        asked = {"disease": query.disease, **query.parameters()}
        answer = client.get("/export/coverage.csv", query_string=asked)
        assert answer.status_code == 200
        rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
        assert [number for number in people_in(rows) if number] == [], query


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_partners_files_hold_numbers_of_the_release_and_say_so(filled, kind, tmp_path):
    client = signed_in(filled.server, "partner")
    asked = {"disease": "tb", "from": "2025-02-10", "to": "2025-05-03"}
    for address in ("/map", "/map/trend", "/map/groups"):
        answer = client.get(f"{address}.{kind}", query_string=asked)
        rows = rows_of(answer.get_data(), kind)
        if address != "/map/groups":
            path = tmp_path / f"file.{kind}"
            path.write_bytes(answer.get_data())
            found = verify(filled.database, Grant.custodian(), path)
            assert found.faults == () and found.stamp.threshold == 11 and found.checked > 3, address
        told = {float(number) for number in people_in(rows)}
        assert rows and not told & set(range(1, 11)), address
        assert {str(row["release"]).removesuffix(".0") for row in rows} == {"1"}
        assert {str(row["threshold"]).removesuffix(".0") for row in rows} == {"11"}
        assert {row["issued"] for row in rows} == {"yes"}
        assert {row["periods"] for row in rows} and all(":" in row["periods"] for row in rows)
    about = client.get("/map.json", query_string=asked).get_json()["chhlang"]
    assert (about["release"], about["threshold_of_release"], about["data_until"]) == (1, 11, "2025-12-31")
    assert about["periods"] == "quarter:2025-01-01 quarter:2025-04-01"
    for path in ("/export/coverage.csv", "/map.svg"):
        assert client.get(path, query_string=asked).status_code == 200
    for path in ("/reporting", "/decisions", "/data", "/clusters", "/records"):
        assert client.get(path).status_code == 403


def test_the_command_shows_what_a_role_is_shown(filled):
    asked = ("coverage", "--disease", "tb", "--by", "province", "--from", "2025-02-10", "--to", "2025-05-03")
    told = filled.cli(*asked, "--role", "viewer", "--format", "json")
    rows = {row["code"]: row for row in told.json()}
    assert told.code == 0 and {row["issued"] for row in rows.values()} == {"yes"}
    assert rows["KH02"]["status"] == "hidden" and rows["KH01"]["from"] == "2025-01-01"
    assert "no number from 1 to 4 is shown" in told.stderr
    own = filled.cli(*asked, "--role", "official", "--provinces", "KH02", "--format", "json").json()
    assert {row["code"] for row in own if row["issued"] == "no"} == {"KH02"}


def test_no_count_is_left_in_what_the_command_prints(filled, closed):
    for form in ("json", "csv"):
        told = filled.cli("coverage", "--disease", "tb", "--by", "facility", "--format", form)
        assert told.code == 0
        rows = told.json() if form == "json" else list(csv.DictReader(io.StringIO(told.stdout)))
        assert not [number for number in people_in(rows) if number]
        assert {row["status"] for row in rows} == {"hidden"}


def test_no_count_is_left_in_a_cluster_or_its_files(filled, closed):
    found = clusters.result(filled.database, EPIDEMIOLOGIST, filled.run)
    assert (found.clusters, found.not_scanned, found.parameters["cases"]) == ((), (), None)
    for kind in FORMATS:
        export = cluster_exports.export(
            filled.database, EPIDEMIOLOGIST, filled.run, kind, language="en", link=""
        )
        assert not people_in(rows_of(render(export, kind), kind)), kind
    page = signed_in(filled.server, "epidemiologist").get(f"/clusters/{filled.run}")
    assert page.status_code == 200 and small_in(page.get_data(as_text=True)) == []


def test_what_a_run_scanned_is_for_who_is_shown_small_counts(filled, monkeypatch):
    client = signed_in(filled.server, "epidemiologist")
    here = f"/clusters/{filled.run}"
    assert 'id="satscan"' in client.get(here).get_data(as_text=True)
    taken = client.get(f"{here}/export.zip")
    assert taken.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.data)) as archive:
        assert {"scan.prm", "scan1.cas", "cases.csv", "README.txt"} <= set(archive.namelist())
    monkeypatch.setattr(rules, "entitled", lambda grant: False)
    assert 'id="satscan"' not in client.get(here).get_data(as_text=True)
    assert client.get(f"{here}/export.zip").status_code == 403
    with pytest.raises(NotPermittedError):
        cluster_exports.export(filled.database, EPIDEMIOLOGIST, filled.run, "zip", language="en", link="")


def test_without_the_rule_clusters_have_small_counts(filled):
    found = clusters.result(filled.database, EPIDEMIOLOGIST, filled.run)
    members = {member.observed for cluster in found.clusters for member in cluster.members}
    assert members & set(FEW) or {cluster.observed for cluster in found.clusters} & set(FEW)
    detail = cluster_detail.detail(filled.database, EPIDEMIOLOGIST, filled.run, 1)
    assert {point.inside for point in detail.curve} & set(FEW)


def page_of(client, address: str):
    """What the map page answers, as values and as one text."""
    held = map_page(client, f"?{address}")
    return held, json.dumps(held, ensure_ascii=False)


ADDRESSES = (
    "disease=tb&from=2025-09-01&to=2025-11-30",
    "disease=tb&from=2025-09-01&to=2025-11-30&by=facility&area=F12&step=week",
    "disease=tb&from=2025-09-01&to=2025-11-30&by=crossing",
    "disease=tb&from=2025-01-01&to=2025-11-30&place=home&compare=year&area=KH06",
    "disease=tb&from=2025-01-01&to=2025-11-30&measure=positivity&area=KH01&compare=before&step=month",
    "disease=tb&from=2024-01-01&to=2025-11-30&measure=completion&area=KH02",
    "disease=tb&from=2025-01-01&to=2025-11-30&place=infection&measure=treatment",
    "disease=tb&count=persons&to=2025-12-31&area=KH02",
    "disease=tb&sex=male&residence=mobile&from=2025-01-01&to=2025-11-30",
    "disease=measles&from=2025-04-01&to=2025-04-30&by=facility",
    "disease=hiv&from=2025-01-01&to=2025-12-31&area=KH02",
    "disease=hiv&from=2025-06-02&to=2025-06-29&area=KH01&step=week",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_viewer_is_shown_no_small_count_on_the_map_page(filled, address):
    held, text = page_of(signed_in(filled.server, "viewer"), address)
    assert small_in(text) == []
    bars = [trace for trace in mappings_in(held) if trace.get("yaxis") == "y2" and "y" in trace]
    assert not {height for trace in bars for height in trace["y"]} & set(FEW)
    assert "■" in text


def test_an_official_is_shown_small_counts(filled):
    client = signed_in(filled.server, "official")
    assert any(small_in(page_of(client, address)[1]) for address in ADDRESSES[:4])


def test_a_viewer_reads_which_release_of_which_days_and_what_hidden_means(filled):
    held, text = page_of(
        signed_in(filled.server, "viewer"), "disease=tb&from=2025-02-10&to=2025-05-03&area=KH02"
    )
    said = html.unescape(text.replace("\\u25a0", "■"))
    assert "Issued figures: release 1 of" in said and "no number from 1 to 4 is shown" in said
    assert "the issued periods that hold the days you asked for" in said
    assert rules.FEW in said and "Shown instead:" in said
    assert "hidden" in json.dumps(held["table"])


def test_what_is_not_issued_is_said_with_a_way_to_what_is(filled):
    client = signed_in(filled.server, "viewer")
    for address, reason in (
        ("disease=tb&by=facility", rules.NOT_BY_FACILITY),
        ("disease=tb&count=persons", rules.NOT_PERSONS),
        ("disease=tb&sex=male&age=0-4", rules.NOT_TWO_GROUPS),
        ("disease=malaria", rules.NOT_OF_DISEASE),
    ):
        held, _ = page_of(client, address)
        problem = json.dumps(held["problem"])
        assert reason in problem, address
        assert ("href" in problem) is (reason != rules.NOT_OF_DISEASE)


@pytest.mark.parametrize("role", ["viewer", "reception", "administrator"])
def test_hiv_is_shown_by_province_and_year_to_who_does_not_analyse(filled, role):
    client = signed_in(filled.server, role)
    held, _ = page_of(client, "disease=hiv&from=2025-06-02&to=2025-06-29&area=KH01&step=week")
    assert {"2025-01-01", "2025-12-31"} <= set(re.findall(r"\d{4}-\d\d-\d\d", json.dumps(held["subtitle"])))
    shown = json.dumps([held[name] for name in ("panel", "groups", "map", "table", "trend", "legend")])
    shown = re.sub(r"from=[\d-]+&(amp;)?to=[\d-]+", "", shown)  # the question, which links keep
    shown = re.sub(r'"(x|range)": \[[^\]]*\]', "", shown)  # edges of a bar, which are no days of anything
    assert set(re.findall(r"2025-(?!01-01|12-31)[W\d-]+", shown)) == set()
    assert held["groups"]["children"] == []
    for hidden in (
        "place=infection&measure=treatment",
        "sex=female",
        "age=25-49",
        f"as_of={today_in_cambodia()}",
        "by=crossing",
        "movement=none",
    ):
        held, _ = page_of(client, f"disease=hiv&from=2025-01-01&to=2025-12-31&{hidden}")
        assert not PAIR.search(json.dumps([held["table"], held["panel"], held["trend"], held["groups"]])), (
            hidden
        )
        assert "syphilis" in json.dumps(held["problem"])


@pytest.mark.parametrize("role", ["viewer", "reception", "administrator"])
def test_hiv_has_issued_years_for_steps_and_no_groups(filled, role):
    grant = Grant(f"{role}@example.org", role, Scope.everything())
    for query in (CoverageQuery("hiv"), CoverageQuery("hiv", end=date(2025, 3, 3)), CoverageQuery("hiv",
                  start=date(2025, 6, 2), end=date(2025, 6, 8), compare="year")):  # fmt: skip
        table, panel, shifts = view.view(filled.database, grant, query, "KH01", TODAY, "week")
        assert (table.period.start, table.period.end) == (date(2025, 1, 1), date(2025, 12, 31))
        assert panel.step == "year" and panel.trend
        assert all(point.whole for point in panel.trend)
        assert (panel.groups, panel.change, shifts.of, shifts.total) == ({}, None, {}, None)
        assert panel.outcomes is None and {row.outcomes for row in table.rows} == {None}
    official = replace(grant, role="official")
    year = CoverageQuery("hiv", start=date(2025, 1, 1), end=date(2025, 12, 31))
    whole = view.view(filled.database, official, year, None, TODAY)[0]
    part = replace(year, start=date(2025, 2, 1), end=date(2025, 3, 3))
    table = view.view(filled.database, grant, part, None, TODAY)[0]
    for row, own in zip(table.rows, whole.rows, strict=True):
        assert row.area == own.area
        assert row.value.status is Status.HIDDEN or row.value.numerator == own.value.numerator


PROVINCIAL = Grant("provincial@example.org", "official", Scope.of("KH02"))


def test_an_official_sees_her_province_fully_and_the_others_issued_figures(filled):
    query = CoverageQuery("tb", start=date(2025, 2, 10), end=date(2025, 5, 3))
    own = view.view(filled.database, EPIDEMIOLOGIST, query, None, TODAY)[0]
    issued = view.view(filled.database, VIEWER, query, None, TODAY)[0]
    table, panel, shifts = view.view(filled.database, PROVINCIAL, query, None, TODAY)
    by_code = {row.area.code: row.value for row in table.rows}
    live = {row.area.code: row.value for row in own.rows}
    assert by_code["KH02"] == live["KH02"] == table.total == panel.now
    assert {row.area.code: row.value for row in issued.rows}["KH02"].status is Status.HIDDEN
    others = {row.area.code: row.value for row in issued.rows if row.area.code != "KH02"}
    assert {code: value for code, value in by_code.items() if code != "KH02"} == others
    assert set(shifts.of) <= {"KH02"}
    rows = {row["code"]: row for row in table.records()}
    assert (rows["KH02"]["issued"], rows["KH01"]["issued"]) == ("no", "yes")
    assert (rows["KH02"]["from"], rows["KH01"]["from"]) == ("2025-02-10", "2025-01-01")
    _, theirs, _ = view.view(filled.database, PROVINCIAL, query, "KH01", TODAY)
    assert theirs.code == "KH01" and theirs.now == others["KH01"]
    home = view.view(filled.database, PROVINCIAL, replace(query, place="home"), None, TODAY)[0]
    assert home.release is not None and not home.mixed
    assert {row.area.code for row in home.rows if row.value.numerator} == {"KH05", "KH06"}


def test_all_provinces_together_are_hidden_from_who_could_take_her_own_from_them(filled):
    """KH02 is hidden: its official would know what is left of the total for the other hidden provinces."""
    quarter = CoverageQuery("tb", start=date(2025, 1, 1), end=date(2025, 3, 31))
    year = CoverageQuery("tb", start=date(2025, 1, 1), end=date(2025, 12, 31))
    for query, hidden in ((quarter, True), (year, False)):
        issued = view.view(filled.database, VIEWER, query, None, TODAY)[0]
        own = next(row.value for row in issued.rows if row.area.code == "KH02")
        assert (own.status is Status.HIDDEN) is hidden and issued.total.numerator
        for place in ("care", "home"):
            table = view.view(filled.database, PROVINCIAL, replace(query, place=place), None, TODAY)[0]
            whole = table.country if place == "care" else table.total
            if place == "care" or not hidden:
                assert (whole.status is Status.HIDDEN) is hidden, place


def test_an_official_reads_on_page_table_and_file_what_is_issued(filled):
    client = signed_in(filled.server, "provincial")
    asked = "disease=tb&from=2025-02-10&to=2025-05-03"
    held, text = page_of(client, asked)
    assert "◇: other provinces, as they were issued for" in text.replace("\\u25c7", "◇")
    assert "All provinces, as issued" in json.dumps(held["table"])
    answer = client.get(f"/map.csv?{asked}")
    rows = {row["code"]: row for row in rows_of(answer.get_data(), "csv")}
    assert (rows["KH02"]["issued"], rows["KH02"]["release"]) == ("no", "")
    assert (rows["KH01"]["issued"], rows["KH01"]["release"], rows["KH01"]["threshold"]) == ("yes", "1", "5")
    assert "do not add up" in rows["KH01"]["note"]
    drawn = client.get(f"/map.svg?{asked}").get_data(as_text=True)
    assert "◇" in drawn


def test_without_a_release_a_page_says_who_can_issue_one(filled, monkeypatch):
    for where in (as_of, issued_first_page, place_page, view):
        monkeypatch.setattr(where, "figures_for", lambda database, grant: None)
    monkeypatch.setattr(kept, "number_for", lambda database, grant: -1)
    client = signed_in(filled.server, "viewer")
    held, text = page_of(client, "disease=tb&from=2025-02-10&to=2025-05-03")
    assert rules.NOTHING_ISSUED in json.dumps(held["problem"]) and not PAIR.search(text)
    for path in ("/", "/provinces/KH01", "/crossings/poipet", "/curves?disease=tb"):
        page = client.get(path)
        assert page.status_code == 200 and "none has been issued yet" in page.get_data(as_text=True), path


PAGES = (
    "/", "/provinces/KH01", "/provinces/KH02?disease=tb", "/crossings/poipet", "/facilities/F2",
    "/curves?disease=tb", "/curves?disease=hiv&area=KH02", "/curves?disease=tb&by=onset",
    "/provinces?disease=tb", "/beside?disease=tb", "/map?disease=tb&area=KH02", "/decisions",
    "/cascade?disease=tb&by=sex", "/cascade?disease=tb&by=province", "/cascade?disease=hiv&area=KH02",
    "/cascade?disease=tb&path=tb_screening", "/funnel?disease=tb", "/funnel?disease=tb&by=crossing",
    "/today.json", "/curves.json?disease=tb", "/map.json?disease=tb", "/map/trend?disease=tb&area=KH02",
    "/find?q=ta", "/views", "/calendar",
)  # fmt: skip


@pytest.mark.parametrize("role", ["viewer", "partner"])
def test_no_page_of_who_reads_a_release_has_a_small_count(filled, role):
    client = signed_in(filled.server, role)
    for path in PAGES:
        answer = client.get(path)
        if answer.status_code == 403:
            assert role == "partner" and path == "/decisions"
            continue
        assert answer.status_code == 200, path
        assert small_in(answer.get_data(as_text=True)) == [], path


def test_clusters_of_hiv_are_for_roles_that_analyse(filled):
    query = replace(QUERY, disease="hiv", by="province", time_unit="week")
    for role in ("viewer", "reception", "administrator"):
        with pytest.raises(NotPermittedError):
            clusters.start(filled.database, Grant(f"{role}@example.org", role, Scope.everything()), query)
    number = clusters.start(filled.database, EPIDEMIOLOGIST, query)
    assert clusters.status(filled.database, EPIDEMIOLOGIST, number).query.disease == "hiv"
    assert number in {run.id for run in clusters.listed(filled.database, EPIDEMIOLOGIST)}


def test_clusters_of_hiv_ask_for_the_detail_and_not_only_for_clusters(filled, monkeypatch):
    query = replace(QUERY, disease="syphilis", by="province", time_unit="week")
    number = clusters.start(filled.database, EPIDEMIOLOGIST, query)
    monkeypatch.setattr(rules, "by_year_only", lambda grant, disease: disease in ("hiv", "syphilis"))
    for act in (clusters.status, clusters.result):
        with pytest.raises(NotPermittedError, match="calendar year"):
            act(filled.database, EPIDEMIOLOGIST, number)
    with pytest.raises(NotPermittedError, match="calendar year"):
        clusters.start(filled.database, EPIDEMIOLOGIST, query)
    assert number not in {run.id for run in clusters.listed(filled.database, EPIDEMIOLOGIST)}
