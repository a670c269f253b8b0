"""Whether care got better or worse at a place: the map's numbers, the uncertainty, and honest silence."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest

from dashboard.components.place_pages import course as words
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.explorer.usual_period import length_of
from dashboard.services.imports.data_status import data_status
from dashboard.services.place_pages import place as places
from dashboard.services.place_pages.course import courses
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.windows import Window
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

TODAY = date(2026, 7, 10)
NATIONAL = Grant("one", "official", Scope.everything())
YEAR = (Window(date(2025, 7, 1), date(2026, 6, 30)), Window(date(2024, 7, 1), date(2025, 6, 30)))


def people(number, facility, first, days, tested, *, disease="tb"):
    """Visits spread over some days, of whom a share is tested and found positive and half of them treated."""
    for at in range(number):
        seen = at * 37 % 100 < tested
        yield record(
            record_id=f"{facility}-{disease}-{first}-{at}",
            tested="yes" if seen else "no",
            positive="yes" if seen and at % 5 == 0 else "no" if seen else "",
            treated=("yes" if at % 10 else "no") if seen and at % 5 == 0 else "",
            eligible="yes",
        ) | {
            "facility_id": facility,
            "disease": disease,
            "date_visit": str(first + timedelta(days=at * days // number)),
            "crossing": "",
        }


def rows():
    """Two years: testing falls at HC1, rises at HC2 and has few people at HC3; HC4 began lately."""
    for year, shares in ((2024, (90, 60)), (2025, (60, 90))):
        first = date(year, 7, 1)
        yield from people(500, "HC1", first, 365, shares[0])
        yield from people(60, "HC2", first, 365, shares[1])
        yield from people(9, "HC3", first, 365, 50)
    yield from people(40, "HC4", date(2026, 1, 5), 170, 70)


FACILITIES = [
    {"facility_id": f"HC{number}", "name_en": f"Clinic {number}", "province": f"KH0{number}"}
    for number in range(1, 5)
]


@pytest.fixture
def filled(sqlite_prepared, sqlite_cli, tmp_path, sqlite_url):
    """A database with these records."""

    def fill():
        assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        done = sqlite_cli("import", write_csv(tmp_path / "l.csv", *rows()))
        assert done.code == 0, done.stderr

    sqlite_prepared(fill)
    return sqlite_url


def found(database, key, grant=NATIONAL, kind="province"):
    place = places.place_of(database, grant, kind, key)
    return {
        one.query.measure: one for one in courses(database, grant, data_status(database), TODAY, place, "tb")
    }


def said(one, key, database):
    place = places.place_of(database, NATIONAL, "province", key)
    return words.views([one], place, translator("en"))[0]


def test_each_verdict_is_that_of_the_map_of_the_province_alone(filled):
    database = open_database(filled)
    worse, better = (found(database, key)["testing"] for key in ("KH01", "KH02"))
    assert (worse.window, worse.earlier) == (Window(date(2026, 4, 1), date(2026, 6, 30)),
                                             Window(date(2025, 4, 1), date(2025, 6, 30)))  # fmt: skip
    assert (better.window, better.earlier) == YEAR  # a quarter of it holds fewer than a hundred people
    for one, key in ((worse, "KH01"), (better, "KH02")):
        shown = panel(database, NATIONAL.within(key), one.query, key, TODAY)
        assert (one.now, one.change) == (shown.compared or shown.now, shown.change)
        assert one.before == shown.earlier
    assert said(worse, "KH01", database).tone == "act"
    assert "Worse than the year before" in said(worse, "KH01", database).verdict
    view = said(better, "KH02", database)
    assert view.tone == "good" and view.values.count("of 60)") == 2
    assert "its 95% interval goes from" in view.reach
    database.dispose()


def test_too_few_people_are_counted_and_nothing_is_said_of_them(filled):
    database = open_database(filled)
    few = found(database, "KH03")
    assert few["testing"].people == (9, 9) and few["testing"].change is None
    view = said(few["testing"], "KH03", database)
    assert view.verdict.startswith("Too few people to tell: 9 in the last 4 quarters and 9 in the same")
    assert (view.values, view.reach, view.tone) == ("", "", "")
    late = found(database, "KH04")["testing"]
    assert (late.people, late.enough) == ((40, 0), False)
    database.dispose()


def test_the_picture_has_every_quarter_or_years_where_these_hold_few(filled):
    database = open_database(filled)
    many, few = found(database, "KH01")["testing"], found(database, "KH03")["testing"]
    assert (many.step, len(many.points), few.step) == ("quarter", 8, "year")
    assert sum(point.value.denominator for point in many.points) == 1_000
    picture = said(many, "KH01", database).picture
    assert picture.count("<svg") == 2 and picture.count('class="interval"') == 16
    database.dispose()


def test_a_viewer_reads_no_change_that_rests_on_small_counts(filled):
    database = open_database(filled)
    viewer = Grant("two", "viewer", Scope.everything())
    assert found(database, "KH03", viewer) == {}  # nothing is issued here
    elsewhere = Grant("three", "official", Scope.of("KH02"))
    assert places.place_of(database, elsewhere, "province", "KH01") is None
    database.dispose()


def test_the_usual_period_is_the_shortest_that_tells_most_provinces(filled):
    """Untouched: one quarter tells one of four provinces, four quarters two, eight no more."""
    database = open_database(filled)
    assert length_of(database, data_status(database), "tb") == 4
    assert length_of(database, data_status(database), "malaria") == 52
    database.dispose()
    with served(filled) as server:
        client = signed_in(server, "official")
        shown = client.get("/export/coverage.csv?disease=tb").get_data(as_text=True)
        assert "2025-07-01" in shown and "2026-06-30" in shown and "2026-04-01" not in shown


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_page_answers_in_two_presses(filled, language):
    with served(filled) as server:
        client = signed_in(server, "official")
        client.get(f"/language/{language}")
        first = client.get("/?area=KH01").get_data(as_text=True)
        assert 'href="/provinces/KH01"' in first and 'id="basis"' in first
        page = html.unescape(client.get("/provinces/KH01").get_data(as_text=True))
        section = re.search(r'<section class="card" id="course".*?</section>', page, re.S)[0]
        if language == "en":
            assert "Tuberculosis: better or worse than a year before?" in section
            assert "Worse than the year before, by more than chance." in section
            assert "where care was given: in this province, wherever their home is" in page
        assert section.count("<svg") == 4 and "2026-04-01" in section
        drawn = html.unescape(client.get("/provinces/KH01/course.svg?disease=tb").get_data(as_text=True))
        stands = html.unescape(client.get("/provinces/KH01/ranks.svg?disease=tb").get_data(as_text=True))
        assert client.get("/provinces/KH01/ranks.svg?disease=none").status_code == 400
        asked = [re.search(rf'id="{part}-title">(.*?)</h2>', page)[1] for part in ("course", "ranks")]
        assert f"<title>{asked[0]}</title>" in drawn and f"<title>{asked[1]}</title>" in stands
        for verdict in re.findall(r'<p class="said[^"]*"><strong>(.*?)</strong>', section):
            assert re.sub("<.*?>", "", verdict)[:40] in drawn
        assert stands.count("<circle") == page.count('<span class="at"') + 1, "a dot each, and the legend's"
