"""Counts below five, hidden in the one place that decides: none is left in a page, a table or a file.

And what an account that is a viewer's is shown today, over the web.
"""

from __future__ import annotations

import csv
import html
import io
import json
import random
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest
from python_calamine import CalamineWorkbook

from dashboard.exports.files import FORMATS, render
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from dashboard.services.coverage import view
from dashboard.services.disclosure import rules
from db.core.scope import Scope
from surveillance.errors import NotPermittedError
from surveillance.status import Status
from tests.support import outbreaks
from tests.support.accounts import add_accounts
from tests.support.cluster_site import MORE, QUERY, ran
from tests.support.command_line import CommandLine
from tests.support.files import record
from tests.support.pages import map_page
from tests.support.web import WHY, served, settings, signed_in

TODAY = date(2026, 6, 15)
FEW = range(1, 5)
EPIDEMIOLOGIST = Grant("epi@example.org", "epidemiologist", Scope.everything())
VIEWER = Grant("viewer@example.org", "viewer", Scope.everything())


def people():
    """Two years of tuberculosis and of HIV: many in some facilities, groups and weeks, few in others."""
    draw, found = random.Random(11), []
    for number in range(1_500):
        disease = ("tb", "tb", "hiv")[number % 3]
        facility = draw.choices(("F1", "F2", "F12", "F15", "NOWHERE"), (60, 25, 12, 2, 1))[0]
        day = date(2024, 1, 8) + timedelta(days=int(draw.triangular(0, 700, 650)))
        tested = draw.choices(("yes", "no", ""), (80, 15, 5))[0]
        eligible = "no" if tested != "yes" and draw.random() < 0.3 else "yes"
        positive = draw.choices(("yes", "no"), (35, 65))[0] if tested == "yes" else ""
        treated = draw.choices(("yes", "no"), (85, 15))[0] if positive == "yes" else ""
        done = treated == "yes" and draw.random() < 0.8
        found.append(
            record(
                record_id=f"p{number}", person_id=f"Q{number % 1_200}", facility_id=facility, disease=disease,
                date_visit=day.isoformat(), eligible=eligible,
                tested=tested, positive=positive, treated=treated,
                date_treated=day.isoformat() if treated == "yes" else "",
                completed="yes" if done else "", outcome=draw.choice(("cured", "completed")) if done else "",
                date_outcome=(day + timedelta(days=190)).isoformat() if done else "",
                sex=draw.choices(("female", "male", ""), (70, 27, 3))[0], age_years=str(draw.randint(1, 80)),
                residence=draw.choices(("mobile", "resident"), (10, 90))[0], movement="none",
                activity=draw.choices(("forest", "mining"), (95, 5))[0],
                province_home=draw.choices(("KH05", "KH06", "TH", ""), (80, 10, 5, 5))[0],
                crossing=draw.choices(("TH01", "TH03", "informal", ""), (60, 4, 6, 30))[0],
                province_infection=draw.choices(("KH11", "KH16", ""), (80, 10, 10))[0],
            )
        )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def filled(sqlite_files, tmp_path_factory):
    """A server with accounts, these people, an outbreak, and one run of cluster detection."""
    folder = tmp_path_factory.mktemp("few")
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        outbreaks.fill(cli, folder, outbreaks.rows(), people())
        database = store.open_store(settings(url))
        add_accounts(database, MORE)
        run = ran(database, EPIDEMIOLOGIST, QUERY)
        with served(url) as server:
            yield Filled(cli, database, server, run)
        database.dispose()


class Filled:
    """What the tests ask."""

    def __init__(self, cli, database, server, run):
        self.cli, self.database, self.server, self.run = cli, database, server, run


@pytest.fixture
def hiding(monkeypatch):
    """Counts below five hidden from everybody, by the one rule."""
    monkeypatch.setattr(rules, "fewest_told", lambda grant: 5)


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


def left_of(total, values):
    """What is left of a total without the values that are shown: what is hidden, together."""
    if total.denominator is None:
        return []
    known = [value for value in values if value.denominator is not None]
    left = [
        total.numerator - sum(value.numerator for value in known),
        total.denominator - total.numerator - sum(value.denominator - value.numerator for value in known),
    ]
    if total.unknown is not None:
        left.append(total.unknown - sum(value.unknown or 0 for value in values))
    return left


def told_by(table, panel, shifts):
    """Every number of people in a table, the panel beside it and the changes."""
    values = [row.value for row in table.rows]
    trend = [point.value for point in panel.trend]
    shown = [*values, table.total, panel.now, panel.compared, panel.earlier, *trend]
    shown += [value for held in panel.groups.values() for _, value in held]
    told = [number for value in shown for number in numbers(value)]
    told += left_of(table.total, [row.value for row in table.rows if row.value.few or row.value.unknown is not
                                  None])  # fmt: skip
    if not table.query.persons:
        told += left_of(panel.now, trend) if panel.now.few is False else []
    for held in panel.groups.values():
        told += left_of(panel.now, [value for _, value in held])
    if (
        panel.compared is not None
        and panel.compared.numerator is not None
        and panel.now.numerator is not None
    ):
        told += [abs(panel.compared.denominator - panel.now.denominator)]
    if panel.now.denominator is not None and panel.now.unknown is None:
        assert {
            value.unknown for value in [*trend, *(v for held in panel.groups.values() for _, v in held)]
        } <= {None}
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


def test_hidden_in_one_place_no_small_count_is_left_in_a_table_a_trend_a_group_or_a_change(filled, hiding):
    shown = statuses = changes = 0
    for query, (table, panel, shifts) in views(filled.database, EPIDEMIOLOGIST, questions()):
        told = told_by(table, panel, shifts)
        assert [number for number in told if number in FEW] == [], query
        shown += sum(number >= 5 for number in told)
        statuses += sum(row.value.few for row in table.rows) + sum(p.value.few for p in panel.trend)
        changes += len(shifts.of)
        for row in table.records():
            assert (row["status"] == "hidden") is (row["numerator"] is None)
    assert shown > 500 and statuses > 100 and changes > 5  # much is hidden, and not everything


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


def test_what_is_shown_under_the_rule_is_what_there_is(filled, monkeypatch):
    for query in questions():
        whole = view.view(filled.database, EPIDEMIOLOGIST, query, None, TODAY)[0]
        with monkeypatch.context() as patch:
            patch.setattr(rules, "fewest_told", lambda grant: 5)
            table = view.view(filled.database, EPIDEMIOLOGIST, query, None, TODAY)[0]
        for row, own in zip(table.rows, whole.rows, strict=True):
            if row.value.status is not Status.HIDDEN:
                assert replace(row.value, unknown=own.value.unknown, few=False) == own.value
                assert row.value.unknown in (None, own.value.unknown)
            elif own.value.status is not Status.HIDDEN:
                assert row.value.few


#: Columns of files that hold people.
PEOPLE = {
    "numerator", "denominator", "unknown", "observed", "population", "records", "cases", "tested", "cured",
    "completed", "died", "failed", "lost", "not_evaluated", "moved_to_second_line", "not_yet_due",
    "records_without_person", "change_people_left_out", "report_records", "line_list_records", "difference",
    "report_numerator", "report_denominator", "line_list_numerator", "line_list_denominator",
}  # fmt: skip


def people_in(rows):
    """Numbers of people in the rows of a file."""
    found = []
    for row in rows:
        for name, text in row.items():
            if name in PEOPLE and re.fullmatch(r"-?[\d.]+", str(text)):
                found.append(float(text))
    return found


def test_no_small_count_is_left_in_a_file_of_coverage(filled, hiding):
    client = signed_in(filled.server, "epidemiologist")
    held = 0
    for query in questions():
        asked = {"disease": query.disease, **query.parameters()}
        answer = client.get("/export/coverage.csv", query_string=asked)
        assert answer.status_code == 200
        rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
        told = people_in(rows)
        assert [number for number in told if number in FEW] == [], query
        held += sum(number >= 5 for number in told)
    assert held > 50


def test_no_small_count_is_left_in_what_the_command_prints(filled, hiding):
    for options in (("--by", "province"), ("--by", "facility", "--compare", "before"), ("--by", "crossing")):
        for form in ("json", "csv"):
            told = filled.cli("coverage", "--disease", "tb", "--from", "2025-09-01", "--to", "2025-11-30",
                              *options, "--format", form)  # fmt: skip
            assert told.code == 0
            rows = told.json() if form == "json" else list(csv.DictReader(io.StringIO(told.stdout)))
            assert not set(people_in(rows)) & set(FEW)
            assert any(row["status"] == "hidden" for row in rows)


def test_no_small_count_is_left_in_a_cluster_or_its_files(filled, hiding):
    assert clusters.result(filled.database, EPIDEMIOLOGIST, filled.run).clusters
    found = clusters.result(filled.database, EPIDEMIOLOGIST, filled.run)
    told = [found.parameters["cases"]]
    for cluster in found.clusters:
        told += [cluster.observed, *(member.observed for member in cluster.members)]
        for row in cluster.context:
            told += [row.records, row.cases, row.tested, row.arrivals]
        detail = cluster_detail.detail(filled.database, EPIDEMIOLOGIST, filled.run, cluster.rank)
        told += [count for point in detail.curve for count in (point.inside, point.outside)]
        told += [count for group in detail.groups for count in (group.inside, group.outside)]
        with pytest.raises(NotPermittedError):
            cluster_detail.line_list(filled.database, EPIDEMIOLOGIST, filled.run, cluster.rank, **WHY)
    for item in found.not_scanned:
        told += [item.records, item.cases, item.tested]
    assert not set(told) & set(FEW)
    assert sum(number is not None and number >= 5 for number in told) > 1
    for kind in FORMATS:
        export = cluster_exports.export(
            filled.database, EPIDEMIOLOGIST, filled.run, kind, language="en", link=""
        )
        found_there = people_in(rows_of(render(export, kind), kind))
        assert found_there and not set(found_there) & set(FEW), kind
    client = signed_in(filled.server, "epidemiologist")
    for path in ("", *(f"/{cluster.rank}" for cluster in found.clusters)):
        page = client.get(f"/clusters/{filled.run}{path}")
        assert page.status_code == 200
        ranks = f" of {QUERY.replicates + 1}"  # p is a rank among the replicates
        assert [said for said in small_in(page.get_data(as_text=True)) if not said.endswith(ranks)] == []


def test_without_the_rule_clusters_have_small_counts(filled):
    found = clusters.result(filled.database, EPIDEMIOLOGIST, filled.run)
    members = {member.observed for cluster in found.clusters for member in cluster.members}
    assert members & set(FEW) or {cluster.observed for cluster in found.clusters} & set(FEW)
    detail = cluster_detail.detail(filled.database, EPIDEMIOLOGIST, filled.run, 1)
    assert {point.inside for point in detail.curve} & set(FEW)


def rows_of(content: bytes, kind: str):
    """The rows of an exported file, whatever its kind."""
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if kind == "json":
        return list(mappings_in(json.loads(content)))
    if kind == "geojson":
        return [feature["properties"] for feature in json.loads(content)["features"]]
    if kind == "xlsx":
        found = []
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            head, *rows = book.get_sheet_by_name(name).to_python() or [[]]
            found += [dict(zip(head, row, strict=False)) for row in rows]
        return [row for row in found if set(row) & PEOPLE]
    held = sqlite3.connect(":memory:")
    held.deserialize(content)
    held.row_factory = sqlite3.Row
    names = [row[0] for row in held.execute("SELECT table_name FROM gpkg_contents")]
    return [dict(row) for name in names for row in held.execute(f'SELECT * FROM "{name}"')]


def mappings_in(value):
    """Every object in a JSON document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings_in(item)


_SMALL = re.compile(
    r"(?<![\d,.])(?:[1-4] / \d[\d,]*|\d[\d,]* / [1-4]|[1-4] of \d[\d,]*|unknown: [1-4]|[1-4] unknown"
    r"|[1-4] cases|[1-4] people|observed [1-4])(?![\d,.])"
)
_PAIR = re.compile(r"(?<![\d,.])(\d[\d,]*) (?:/|of) (\d[\d,]*)(?![\d,.])")


def small_in(text: str) -> list[str]:
    """Small counts in what a page says, complements included."""
    said = html.unescape(re.sub(r"<[^>]+>", " ", text))
    found = [match[0] for match in _SMALL.finditer(said) if "facilities" not in said[match.end() :][:12]]
    for match in _PAIR.finditer(said):
        numerator, denominator = (int(number.replace(",", "")) for number in match.groups())
        if denominator - numerator in FEW and "facilities" not in said[match.end() :][:12]:
            found.append(match[0])
    return found


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
    assert bars or "area=KH01" not in address
    assert not {height for trace in bars for height in trace["y"]} & set(FEW)
    assert "■" in text


def test_an_official_is_shown_small_counts(filled):
    client = signed_in(filled.server, "official")
    assert any(small_in(page_of(client, address)[1]) for address in ADDRESSES[:4])


def test_a_viewer_reads_why_something_is_hidden(filled):
    held, text = page_of(signed_in(filled.server, "viewer"), ADDRESSES[1])
    assert rules.FEW in html.unescape(text.replace("\\u25a0", "■"))
    assert "hidden" in json.dumps(held["table"])


@pytest.mark.parametrize("role", ["viewer", "reception", "administrator"])
def test_hiv_is_shown_by_province_and_year_to_who_does_not_analyse(filled, role):
    client = signed_in(filled.server, role)
    held, _ = page_of(client, "disease=hiv&from=2025-06-02&to=2025-06-29&area=KH01&step=week")
    assert {"2025-01-01", "2025-12-31"} <= set(re.findall(r"\d{4}-\d\d-\d\d", json.dumps(held["subtitle"])))
    assert rules.BY_YEAR_ONLY in json.dumps(held["problem"])
    shown = json.dumps([held[name] for name in ("panel", "groups", "map", "table", "trend", "legend")])
    shown = re.sub(r"from=[\d-]+&(amp;)?to=[\d-]+", "", shown)  # the question, which links keep
    shown = re.sub(r'"(x|range)": \[[^\]]*\]', "", shown)  # edges of a bar, which are no days of anything
    assert set(re.findall(r"2025-(?!01-01|12-31)[W\d-]+", shown)) == set()
    assert held["groups"]["children"] == []
    for hidden in (
        "place=home",
        "sex=female",
        "age=25-49",
        f"as_of={today_in_cambodia()}",
        "by=crossing",
        "movement=none",
    ):
        held, _ = page_of(client, f"disease=hiv&from=2025-01-01&to=2025-12-31&{hidden}")
        assert not _PAIR.search(json.dumps([held["table"], held["panel"], held["trend"], held["groups"]])), (
            hidden
        )
        assert "syphilis" in json.dumps(held["problem"])


@pytest.mark.parametrize("role", ["viewer", "reception", "administrator"])
def test_hiv_has_years_for_steps_and_no_change(filled, role):
    grant = Grant(f"{role}@example.org", role, Scope.everything())
    for query in (CoverageQuery("hiv"), CoverageQuery("hiv", end=date(2025, 3, 3)), CoverageQuery("hiv",
                  start=date(2025, 6, 2), end=date(2025, 6, 8), compare="year")):  # fmt: skip
        table, panel, shifts = view.view(filled.database, grant, query, "KH01", TODAY, "week")
        assert (table.period.start.month, table.period.start.day) == (1, 1)
        assert (table.period.end.month, table.period.end.day) == (12, 31)
        assert panel.step == "year" and panel.trend
        assert all(point.whole for point in panel.trend)
        assert (panel.groups, panel.change, panel.compared, panel.earlier) == ({}, None, None, None)
        assert (shifts.of, shifts.total, shifts.facts) == ({}, None, None)
        assert panel.outcomes is None and {row.outcomes for row in table.rows} == {None}
    official = replace(grant, role="official")
    year = CoverageQuery("hiv", start=date(2025, 1, 1), end=date(2025, 12, 31))
    whole = view.view(filled.database, official, year, None, TODAY)[0]
    part = replace(year, start=date(2025, 2, 1), end=date(2025, 3, 3))
    table = view.view(filled.database, grant, part, None, TODAY)[0]
    for row, own in zip(table.rows, whole.rows, strict=True):
        assert row.area == own.area
        assert row.value.status is Status.HIDDEN or row.value.numerator == own.value.numerator


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
