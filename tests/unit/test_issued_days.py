"""Readers of issued figures are told the days and the usual period of the release, not of the records."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import date

import pytest

from dashboard.components.coverage.first_page import period_name
from dashboard.pages.explorer.question import usual_period
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.explorer.reader_status import status_for
from dashboard.services.imports.data_status import data_status
from db.core.scope import Scope
from surveillance.windows import Window
from tests.support import release_data
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.issued import issue
from tests.support.web import served, settings, signed_in

#: The release is of the first of the two years of records.
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
PAGES = ("/", "/map", "/map?disease=tb&measure=positivity", "/provinces/KH01", "/crossings/poipet", "/curves",
         "/provinces?disease=malaria", "/beside", "/map.json?disease=malaria", "/today.json",
         "/curves.json?disease=malaria")  # fmt: skip


@pytest.fixture(scope="module")
def held(sqlite_files, tmp_path_factory):
    """A server and its database: records of two years, a release of the first."""
    with sqlite_files.fresh(migrated=True) as url:
        release_data.fill(CommandLine(url), tmp_path_factory.mktemp("days"))
        database = store.open_store(settings(url))
        add_accounts(database, {"partner": ("partner", None)})
        issue(database, FIRST, LAST, ("malaria", "tb"), axes=())
        with served(url) as server:
            yield server, database
        database.dispose()


def grant(role):
    return Grant(f"{role}@example.org", role, Scope.everything())


def text_of(page):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())


def test_the_days_are_those_of_the_release_for_whoever_reads_it(held):
    live = data_status(held[1])
    assert live.last_visit > LAST
    for role in ("viewer", "reception", "partner", "administrator"):
        told = status_for(held[1], grant(role), live)
        assert (told.first_visit, told.last_visit) == (FIRST, LAST)
        assert usual_period(told, "malaria", "testing", date(2026, 1, 5)) == Window(FIRST, LAST)
        assert usual_period(told, "measles", "testing", date(2026, 1, 5)) is None
    for role in ("official", "epidemiologist"):
        assert status_for(held[1], grant(role), live) is live
    assert status_for(held[1], None, live) is live


@pytest.mark.parametrize("path", PAGES)
def test_no_page_tells_a_reader_of_a_release_a_day_after_it(held, path):
    answer = signed_in(held[0], "partner").get(path)
    assert answer.status_code == 200
    assert re.findall(r"2025-\d\d-\d\d", answer.get_data(as_text=True)) == []


def test_a_number_of_the_first_page_says_its_period(held):
    page = html.unescape(signed_in(held[0], "viewer").get("/").get_data(as_text=True))
    assert "The last issued periods, up to 2024-12-31" in text_of(page) and "By month" in page
    assert "By week" not in page
    line = page.partition('<th scope="row">Malaria</th>')[2].partition("</tr>")[0]
    assert '<span class="s when">2024-12</span>' in line
    assert "not issued" in page.partition('<th scope="row">Measles</th>')[2].partition("</tr>")[0]


def test_the_file_of_the_first_page_has_the_days_of_each_number(held):
    text = signed_in(held[0], "partner").get("/today.csv").get_data(as_text=True).lstrip("\ufeff")
    rows = {(row["disease"], row["measure"]): row for row in csv.DictReader(io.StringIO(text))}
    for row in rows.values():
        kind, _, first = row["periods"].partition(":")
        assert (row["from"] or "") == first, row
        assert bool(first) is (row["disease"] in ("malaria", "tb")) and (kind or not first)
    assert rows["tb", "tested"]["periods"] == "quarter:2024-10-01"


def test_a_place_is_shown_the_last_issued_year_and_nothing_to_compare_it_with(held):
    page = text_of(signed_in(held[0], "viewer").get("/provinces/KH01?disease=tb").get_data(as_text=True))
    assert "as issued for" in page and "Nothing to compare with: issued figures begin on 2024-01-01." in page
    assert "Too few people to tell" not in page and "by issued periods" in page


def test_periods_are_offered_once_each(held):
    page = html.unescape(signed_in(held[0], "viewer").get("/map").get_data(as_text=True))
    offered = re.findall(r'<option value="(\d{4}-\d\d-\d\d\.\.[^"]+)"', page)
    assert offered and len(offered) == len(set(offered)) and "2024-01-01..2024-12-31" in offered


def test_a_curve_of_issued_figures_is_offered_no_week(held):
    page = signed_in(held[0], "viewer").get("/curves?disease=malaria").get_data(as_text=True)
    assert 'value="week"' not in page and 'value="onset"' not in page and 'value="month"' in page
    assert 'value="week"' in signed_in(held[0], "official").get("/curves").get_data(as_text=True)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [("2024-02-01", "2024-02-29", "2024-02"), ("2024-04-01", "2024-06-30", "2024-Q2"),
     ("2024-01-01", "2024-12-31", "2024"), ("2024-02-01", "2024-03-31", "2024-02-01 – 2024-03-31")],
)  # fmt: skip
def test_a_period_has_its_name(first, last, name):
    assert period_name(Window(date.fromisoformat(first), date.fromisoformat(last))) == name
