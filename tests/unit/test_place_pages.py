"""Pages of provinces, crossings and facilities: the numbers of the map, and nothing beyond a scope."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.services.coverage import view
from dashboard.services.coverage.table import coverage
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import data_status
from dashboard.services.place_pages import page as service
from dashboard.services.place_pages import place as places
from dashboard.services.reception import centre
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.vocabulary import UNKNOWN
from surveillance.windows import YEAR_OF_WEEKS, Window
from tests.support.examples import examples
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.web import add_accounts, served, signed_in

TODAY = date(2025, 7, 10)
FACILITIES = tuple(
    dict(zip(("facility_id", "name_en", "name_km", "province", "operational_district"), row, strict=True))
    for row in (
        ("HC1", "Sunrise", "ព្រះអាទិត្យ", "KH01", "Poipet"),
        ("HC2", "Lotus", "", "KH01", "Poipet"),
        ("HC/3", "Lotus pond", "", "KH02", "Thmar Koul"),
    )
)
NATIONAL = Scope.everything()
GRANTS = (
    Grant("one", "official", NATIONAL),
    Grant("two", "data_manager", NATIONAL),
    Grant("three", "official", Scope.of("KH01")),
    Grant("four", "data_manager", Scope.of("KH02")),
    Grant("five", "official", Scope.made(districts=["Poipet"])),
)
PLACES = (
    ("province", "KH01"), ("province", "KH02"), ("crossing", "poipet"), ("crossing", "daung"), 
    ("facility", "HC1"), ("facility", "HC/3"), ("district", "Poipet"), ("district", "Thmar Koul"),
)  # fmt: skip


def rows():
    """A year and more of visits, made up: three facilities, two gates, four diseases."""
    random = Random(7)
    for number in range(700):
        tested = random.random() < 0.7
        positive = tested and random.random() < 0.3
        where = random.choice(("HC1", "HC1", "HC2", "HC/3"))
        yield record(
            record_id=str(number),
            eligible=random.choice(("yes", "yes", "yes", "no", "")) if not tested else "yes",
            tested="yes" if tested else random.choice(("no", "")),
            positive=random.choice(("", "no")) if tested and not positive else "yes" if positive else "",
            treated=random.choice(("yes", "no", "")) if positive else "",
            sex=random.choice(("female", "male", "")),
        ) | {
            "facility_id": where,
            "disease": random.choice(("tb", "tb", "malaria", "measles", "hiv")),
            "date_visit": str(date(2024, 1, 1) + timedelta(days=random.randrange(546))),
            "crossing": random.choice(("TH05", "") if where == "HC/3" else ("TH01", "TH01", "")),
        }  # fmt: skip


@pytest.fixture
def filled(prepared, cli, tmp_path, database_url):
    """A database with these records."""

    def places_and_records():
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        last = record(record_id="last", tested="no", crossing="TH02") | {"date_visit": "2025-06-30"}
        done = cli("import", write_csv(tmp_path / "l.csv", *rows(), last))
        assert done.code == 0, done.stderr

    prepared(places_and_records)
    return database_url


#: Whose pages each of them reads: of crossings its own, and those that records of its facilities name.
SEEN = {
    "one": {"KH01", "KH02", "poipet", "daung", "HC1", "HC/3", "Poipet", "Thmar Koul"},
    "two": {"KH01", "KH02", "poipet", "daung", "HC1", "HC/3", "Poipet", "Thmar Koul"},
    "three": {"KH01", "poipet", "HC1", "Poipet"},
    "four": {"KH02", "daung", "HC/3", "Thmar Koul"},
    "five": {"HC1", "Poipet"},
}


def counted(value):
    """What is told of a value, without its interval."""
    return value.status, value.numerator, value.denominator, value.unknown


class OnTheMap:
    """What the map answers, each question asked once."""

    def __init__(self, database, grant):
        self.database, self.grant, self.tables = database, grant, {}

    def row(self, query, code):
        """The table's row of an area."""
        key = tuple(sorted(query.parameters().items()))
        if key not in self.tables:
            self.tables[key] = coverage(self.database, self.grant, query, TODAY)
        (row,) = [row for row in self.tables[key].rows if row.area.code == code]
        return row.value, self.tables[key].period, self.tables[key]


@pytest.mark.parametrize("grant", GRANTS, ids=lambda grant: f"{grant.role}-{grant.actor}")
def test_every_number_is_that_of_the_map_for_the_same_question(filled, grant):
    """Of what stands on each page so many numbers are drawn; the page of a place has some two hundred."""
    database, random = open_database(filled), Random(grant.actor)
    status, asked_of_map = data_status(database), OnTheMap(database, grant)
    pages = {}
    for kind, key in PLACES:
        place = places.place_of(database, grant, kind, key)
        page = place and service.place_page(database, grant, status, TODAY, place)
        if page is not None:
            pages[key] = page
    assert set(pages) == SEEN[grant.actor]
    for page in pages.values():
        kind, code, windows = page.place.kind, page.place.area.code, page.windows
        numbers = [
            (CoverageQuery(line.disease, kind, measure=measure, start=window.first, end=window.last), value)
            for line in page.lines
            for window, values in ((windows.year, line.year), (windows.week, line.week))
            for measure, value in values.items()
        ]
        numbers += [(one.query, one.table.total) for line in page.lines for one in line.weeks.values()]
        for query, value in random.sample(numbers, min(len(numbers), examples(10))):
            assert counted(value) == counted(asked_of_map.row(query, code)[0]), query
        for step in page.cascade:
            value, period, _ = asked_of_map.row(step.query, code)
            assert (step.value, step.period) == (value, period)
        for one in page.standings:
            value, _, table = asked_of_map.row(one.query, code)
            others = [row.value for row in table.rows if row.value.denominator and row.area.code != UNKNOWN]
            assert (one.value, one.of) == (value, len(others))
            assert one.rank.rank == 1 + sum(other.coverage > value.coverage for other in others)
    database.dispose()


@pytest.mark.parametrize(("kind", "key"), PLACES[1::2])
def test_curve_groups_and_change_are_those_of_the_maps_panel(filled, kind, key):
    database = open_database(filled)
    grant = GRANTS[0]
    place = places.place_of(database, grant, kind, key)
    page = service.place_page(database, grant, data_status(database), TODAY, place)
    code, query = place.area.code, page.curve.query
    _, panel, _ = view.view(database, grant, query, code, TODAY, "week")
    weeks = page.curve.weeks
    assert [(p.label, counted(p.value)) for p in weeks] == [(p.label, counted(p.value)) for p in panel.trend]
    assert not weeks[-1].whole and all(point.whole for point in weeks[1:-1])
    earlier = replace(query, start=query.start - YEAR_OF_WEEKS, end=query.end - YEAR_OF_WEEKS)
    _, panel, _ = view.view(database, grant, earlier, code, TODAY, "week")
    before = {point.start + YEAR_OF_WEEKS: point.value for point in panel.trend if point.whole}
    assert {day: counted(value) for day, value in page.curve.before.items()} == {
        day: counted(value) for day, value in before.items()
    }
    year = page.windows.year
    tested = CoverageQuery(page.disease, kind, measure="testing", start=year.first, end=year.last)
    _, panel, _ = view.view(database, grant, tested, code, TODAY)
    assert {one.axis: list(one.tested) for one in page.groups} == panel.groups
    asked = page.line.weeks["testing"]
    _, changes = view.compared(database, grant, asked.query, TODAY)
    assert asked.changes.total == changes.of.get(code)
    database.dispose()


def test_the_count_of_a_place_is_compared_by_the_facilities_that_saw_its_patients(filled):
    database = open_database(filled)
    status, grant = data_status(database), GRANTS[0]
    for kind, key, weeks in (("province", "KH01", 8), ("facility", "HC1", 4), ("crossing", "poipet", 8)):
        place = places.place_of(database, grant, kind, key)
        page = service.place_page(database, grant, status, TODAY, place, "tb")
        asked = page.line.weeks["positivity"]
        assert asked.count is not None and 0 < asked.facility_weeks <= weeks
        assert asked.count.now <= asked.table.total.numerator
    database.dispose()


def test_what_was_asked_is_kept_for_the_same_account_and_the_same_data(filled):
    database = open_database(filled)
    status, grant = data_status(database), GRANTS[0]
    place = places.place_of(database, grant, "province", "KH01")
    first = service.place_page(database, grant, status, TODAY, place)
    assert service.place_page(database, grant, status, TODAY, place) is first
    assert service.place_page(database, grant, status, TODAY, place, "malaria") is not first
    assert service.place_page(database, GRANTS[1], status, TODAY, place) is not first
    assert service.place_page(database, grant, replace(status, files=9), TODAY, place) is not first
    database.dispose()


def main_of(answer):
    """The text of a page's main part."""
    main = answer.get_data(as_text=True).partition("<main")[2].partition("</main")[0]
    text = re.sub(r"\s+", " ", html.unescape(re.sub("<[^>]+>", " ", main)))
    return re.sub("(?<=Reference: )[0-9a-f]{8}", "", text)  # each answer has its own


def text_of(answer):
    """The same, of a page that was found."""
    assert answer.status_code == 200
    return main_of(answer)


def test_poipet_answers_at_its_top_and_says_what_is_counted(filled):
    with served(filled) as server:
        said = text_of(signed_in(server, "official").get("/crossings/poipet"))
    top = said.partition("How many: the last")[0]
    assert re.search(r"How many, in week 26 of 2025 \( 2025-06-23 – 2025-06-29 \)", top)
    assert re.search(r"\d+ records of patients, all diseases but HIV and syphilis", top)
    assert re.search(r"Tuberculosis: \d+ tested, of \d+ seen and eligible; \d+ found positive", top)
    assert "until arrivals are kept" in top
    assert "International border crossing · Banteay Meanchey" in said
    assert said.index("better or worse") < said.index("Crossings of the province:"), "answers come first"
    assert "HIV" not in said.partition("How many: the last")[2]


def test_where_arrivals_are_kept_a_crossing_says_how_many_came(filled, monkeypatch):
    asked = []
    monkeypatch.setattr(centre, "arrived", lambda *given: asked.append(given[2:]) or 1_234)
    with served(filled) as server:
        said = text_of(signed_in(server, "official").get("/crossings/poipet"))
    top = said.partition("How many: the last")[0]
    assert "Arrived at its reception centre in this week: 1,234." in top and "until arrivals" not in top
    assert asked == [("TH01", Window(date(2025, 6, 23), date(2025, 6, 29)))]


def test_other_spellings_lead_to_the_address_and_searches_to_the_page(filled):
    with served(filled) as server:
        client = signed_in(server, "official")
        for path, leads in (
            ("/provinces/KH-1?disease=tb", "/provinces/KH01?disease=tb"),
            ("/provinces/Battambang", "/provinces/KH02"),
            ("/crossings/TH01", "/crossings/poipet"),
            ("/find?q=ប៉ោយប៉ែត", "/crossings/poipet"),
            ("/find?q=Banteay Mean Chhey", "/provinces/KH01"),
            ("/find?q=ព្រះអាទិត្យ", "/facilities/HC1"),
            ("/find?q=lotus p", "/facilities/HC/3"),
            ("/find?q=HC2", "/facilities/HC2"),
            ("/find?q=thmar koul", "/districts/Thmar%20Koul"),
            ("/districts/OD%20Thmar-Koul?disease=tb", "/districts/Thmar%20Koul?disease=tb"),
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["Location"]) == (302, leads), path
        several = text_of(client.get("/find?q=otu"))
        assert "Lotus Facility" in several and "Lotus pond Facility" in several
        assert "No place has this name" in text_of(client.get("/find?q=Atlantis"))
        listed = client.get("/find?q=%20").get_data(as_text=True)
        assert 'href="/provinces/KH25"' in listed and 'href="/crossings/poipet"' in listed
        assert client.get("/crossings/poipet?disease=plague").status_code == 400


def test_outside_the_scope_is_answered_as_what_does_not_exist(filled):
    """The account is for KH02, whose records name the gate TH05 alone."""
    with served(filled) as server:
        client = signed_in(server, "provincial")
        nothing = client.get("/facilities/none")
        assert nothing.status_code == 404
        for path in (
            "/provinces/KH01",
            "/provinces/KH99",
            "/facilities/HC1",
            "/districts/Poipet",
            "/districts/none",
            "/crossings/poipet",
            "/crossings/none",
            "/crossings/chay-khleng",
        ):
            answer = client.get(path)
            assert answer.status_code == 404, path
            assert main_of(answer) == main_of(nothing), path
        for path in ("/provinces/KH02", "/crossings/daung", "/facilities/HC/3", "/districts/Thmar%20Koul"):
            said = text_of(client.get(path))
            assert "Sunrise" not in said and "Banteay Meanchey" not in said, path
        for text in ("Sunrise", "HC1", "Banteay Meanchey", "Poipet", "KH01", "Chay Khleng", "Tan Tien"):
            assert "No place has this name" in text_of(client.get("/find", query_string={"q": text})), text
        listed = client.get("/find").get_data(as_text=True)
        assert 'href="/provinces/KH02"' in listed and not re.search("/provinces/KH(?!02)|/poipet", listed)
        assert "chay-khleng" not in listed and 'value="VN21"' not in client.get("/curves").get_data(
            as_text=True
        )
        assert client.get("/find?q=lotus").headers["Location"] == "/facilities/HC/3"


def test_a_gate_whose_province_is_not_known_says_so_to_national_accounts(filled):
    with served(filled) as server:
        client = signed_in(server, "official")
        said = text_of(client.get("/crossings/chay-khleng"))
        assert "Bilateral border crossing · province not known · opposite: Tan Tien" in said
        assert "/crossings/chay-khleng" in client.get("/find").get_data(as_text=True)
        assert 'value="VN21"' in client.get("/curves").get_data(as_text=True)
        assert "province not known" not in text_of(client.get("/crossings/informal-route"))


def test_few_people_are_hidden_from_those_who_may_not_see_them(filled):
    database = open_database(filled)
    issue(database, date(2024, 1, 1), date(2024, 12, 31), ("tb", "measles"), axes=())
    database.dispose()
    with served(filled) as server:
        client = signed_in(server, "viewer")
        found = []
        assert rules.NOT_BY_FACILITY in text_of(client.get("/facilities/HC2"))
        district = text_of(client.get("/districts/Poipet"))
        assert rules.NOT_BY_DISTRICT in district and "Steps of care" not in district
        assert "Facilities of the district (2)" in district
        for path in ("/provinces/KH01", "/crossings/poipet"):
            said = text_of(client.get(path))
            numbers = said.partition("How many, as issued for")[2].partition("among its like")[0]
            numbers = re.sub(r"week \d+ of \d+", "", numbers)
            pairs = re.findall(r"([\d,]+) (?:of|/) ([\d,]+)", numbers)
            found += pairs
            for pair in pairs:
                yes, people = (int(one.replace(",", "")) for one in pair)
                assert not [count for count in (yes, people - yes) if 0 < count < 5], (path, pair)
        assert found


def test_map_and_list_of_reports_lead_to_the_pages(filled):
    with served(filled) as server:
        client = signed_in(server, "official")
        reports = client.get("/reporting").get_data(as_text=True)
        assert 'href="/facilities/HC/3"' in reports and 'href="/facilities/HC1"' in reports
        page = client.get("/provinces/KH01").get_data(as_text=True)
        assert 'href="/provinces/KH02?disease=' in page and 'href="/crossings/poipet"' in page
        assert 'href="/map?' in page
        assert 'href="/districts/Poipet?disease=' in page
        assert 'href="/districts/Thmar%20Koul"' in client.get("/facilities/HC/3").get_data(as_text=True)


def test_a_district_names_its_facilities_its_reports_and_which_facility_belonged_to_it(filled):
    database = open_database(filled)
    add_accounts(database, {"inner": ("official", None)})
    own = Scope.made(districts=["Poipet"])
    administration.set_scope(database, Grant.custodian(), "inner@example.org", own)
    database.dispose()
    with served(filled) as server:
        for account in ("official", "inner"):
            client = signed_in(server, account)
            page = client.get("/districts/Poipet?disease=tb")
            said, text = text_of(page), page.get_data(as_text=True)
            assert "Operational district · Banteay Meanchey" in said
            assert "Facilities of the district (2)" in said and "Lotus pond" not in said
            assert 'href="/facilities/HC2"' in text and 'href="/districts"' in text
            assert ('href="/provinces/KH01"' in text) is (account == "official")
            assert "/map?by=district&amp;area=Poipet&amp;disease=tb" in text
            assert "place=district&amp;area=Poipet" in text
            assert "Tuberculosis: from step to step" in said
            assert ("There is nothing to rank it among" in said) is (account == "inner")
            # HIV is known by province alone: it is not offered, and said to be never shown here.
            assert rules.NEVER_SHOWN in text_of(client.get("/districts/Poipet?disease=hiv"))
            for part in ("Poipet.json", "Poipet/ranks.svg?disease=tb"):
                found = client.get(f"/districts/{part}").status_code
                assert found == (200 if account == "official" or "json" in part else 404), part
        assert client.get("/districts/Thmar%20Koul").status_code == 404
        assert "No place has this name" in text_of(client.get("/find?q=thmar koul"))


def test_without_records_a_page_says_so(database_url):
    with served(database_url) as server:
        said = text_of(signed_in(server, "official").get("/provinces/KH01"))
    assert "There is no complete week of records yet." in said


def test_a_facility_that_sends_nothing_has_no_zeros(cli, tmp_path, database_url):
    listed = [FACILITIES[0] | {"reports_to": ""}, FACILITIES[1] | {"reports_to": "2025-03-31"}]
    assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    days = {"HC1": ("2025-02-03", "2025-06-30"), "HC2": ("2025-02-03",)}
    visits = [
        record(record_id=f"{where}-{number}-{day}", tested="yes")
        | {"facility_id": where, "disease": "malaria", "date_visit": day}
        for where, held in days.items()
        for day in held
        for number in range(9)
    ]
    assert cli("import", write_csv(tmp_path / "l.csv", *visits)).code == 0
    with served(database_url) as server:
        client = signed_in(server, "official")
        page = html.unescape(client.get("/facilities/HC2").get_data(as_text=True))
        open_one = html.unescape(client.get("/facilities/HC1").get_data(as_text=True))
    assert "Nothing was reported in this week" in page and "0 records of patients" not in page
    numbers = page.partition('id="numbers"')[2].partition("</section>")[0]
    assert re.search(r'class="n">–</a>', numbers) and "Last week: not reported" in numbers
    weeks = page.partition("The weeks as a table")[2].partition("</table>")[0]
    held = [row for row in weeks.split("<tr>") if '<td class="number">0</td>' in row]
    assert [re.search(r"week \d+", row)[0] for row in held] == ["week 6"]  # seen, with no known result
    assert weeks.count('<td class="number">–</td>') > 80
    curve = page.partition('id="curve"')[2].partition("</svg>")[0]
    assert 'class="sign"' in curve
    assert "No report is due by 2025-06-30: by the facility list" in page and "no facility list" not in page
    assert "0 records of patients" not in open_one  # silent in its last week, and still due
    assert "have not sent the report" in open_one or "whose report was due" in open_one


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("provinces", "KH01"),
        pytest.param("crossings", "poipet", marks=pytest.mark.full),
        pytest.param("facilities", "HC/3", marks=pytest.mark.full),
        ("districts", "Thmar%20Koul"),
    ],
)
def test_the_file_of_a_place_holds_the_numbers_of_its_page(filled, kind, key):
    with served(filled) as server:
        client = signed_in(server, "official")
        page = client.get(f"/{kind}/{key}").get_data(as_text=True)
        assert f'href="/{kind}/{key}.csv?disease=' in page and "/map/trend.png?" in page
        offered = [html.unescape(link) for link in re.findall(r'href="([^"]+)"[^>]* download', page)]
        assert {part for link in offered for part in ("/curves.png?", "/curves.svg?") if part in link}
        assert {"/map/groups.csv", f"/{kind}/{key}.xlsx"} <= {link.partition("?")[0] for link in offered}
        for link in offered:
            assert client.get(link).status_code == 200, link
        about = client.get(f"/{kind}/{key}.json").get_json()
        assert about["resources"][0]["path"].endswith(f"/{kind}/{key}.csv")
        answer = client.get(f"/{kind}/{key}.csv")
        assert answer.status_code == 200
        rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
        (tested,) = (
            row for row in rows
            if (row["disease"], row["measure"], row["window"]) == ("tb", "testing", "weeks")
        )  # fmt: skip
        numbers = page.partition('id="numbers"')[2].partition("</table>")[0]
        assert f"{tested['numerator']} of {tested['denominator']}" in numbers
        assert (tested["from"], tested["to"]) == ("2025-06-02", "2025-06-29")
        assert client.get(f"/{kind}/{key}.xlsx").status_code == 200
        assert (
            client.get(
                page.partition("/map/trend.png?")[1]
                + html.unescape(page.partition("/map/trend.png?")[2].partition('"')[0])
            ).status_code
            == 200
        )
        other = signed_in(server, "viewer")
        assert other.get(f"/{kind}/{key}.csv").status_code == 403
        assert f'href="/{kind}/{key}.csv"' not in other.get(f"/{kind}/{key}").get_data(as_text=True)


def test_the_file_of_a_place_outside_the_scope_is_not_found(filled):
    database = open_database(filled)
    add_accounts(database, {"battambang": ("official", ("KH02",))})
    database.dispose()
    with served(filled) as server:
        client = signed_in(server, "battambang")
        found = {path: client.get(path).status_code for path in (
            "/provinces/KH01.csv", "/provinces/KH02.csv", "/facilities/HC1.csv", "/facilities/HC/3.csv",
            "/provinces/KH99.csv", "/provinces/KH01/ranks.svg", "/facilities/HC1/course.svg",
        )}  # fmt: skip
    assert [*found.values()] == [404, 200, 404, 200, 404, 404, 404]
