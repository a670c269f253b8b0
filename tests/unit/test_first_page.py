"""The first page: the numbers of the map for the same question, and nothing of few people."""

from __future__ import annotations

import re
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from dashboard.services.imports.data_status import data_status
from dashboard.services.today import overview as service
from db.core.scope import Scope
from db.maintenance.opening import open_database
from tests.support.files import record, write_csv
from tests.support.matrix import every_value
from tests.support.web import served, signed_in

TODAY = date(2025, 7, 10)
#: Four weeks and the four before, from Monday.
NOW, BEFORE = date(2025, 6, 2), date(2025, 5, 5)


def visits(disease, start, positive, negative, facility="HC1", eligible=0):
    """Rows of four weeks, spread over their days."""
    answers = ["yes"] * positive + ["no"] * negative + [""] * eligible
    return [
        record(
            tested="yes" if answer else "no",
            eligible="yes",
            positive=answer,
            treated="yes" if answer == "yes" else "",
        )
        | {"facility_id": facility, "disease": disease, "date_visit": str(start + timedelta(days=n % 28))}
        for n, answer in enumerate(answers)
    ]


@pytest.fixture
def filled(cli, database_url, tmp_path, prepared):
    """Measles rises, malaria stays, cholera is one person; every week has a report."""

    def fill():
        listed = write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
        assert cli("facilities", "import", listed).code == 0
        rows = [
            *visits("measles", BEFORE, 6, 30), *visits("measles", NOW, 30, 20),
            *visits("malaria", BEFORE, 12, 60), *visits("malaria", NOW, 13, 60),
            *visits("cholera", NOW, 1, 20), *visits("tb", NOW, 8, 40), *visits("hiv", NOW, 2, 40),
            *visits("tb", date(2025, 3, 3), 5, 40),
        ]  # fmt: skip
        rows = [row | {"record_id": str(n)} for n, row in enumerate(rows)]
        rows.append(record(record_id="last", tested="no") | {"disease": "tb", "date_visit": "2025-06-30"})
        done = cli("import", write_csv(tmp_path / "l.csv", *rows))
        assert done.code == 0, done.stderr

    prepared(fill)
    return database_url


@pytest.fixture
def with_vans(filled, cli, tmp_path):
    """People who came together, too, and answered alike."""
    rows = [
        row | {"record_id": f"van-{n}", "arrival_id": f"van-{n // 8}", "date_visit": str(start)}
        for start in (BEFORE, NOW)
        for n, row in enumerate(visits("tb", start, 24, 24))
    ]
    rows = [row | {"record_id": f"{row['date_visit']}-{row['record_id']}"} for row in rows]
    done = cli("import", write_csv(tmp_path / "v.csv", *rows), "--source", "vans")
    assert done.code == 0, done.stderr
    return filled


@pytest.fixture
def page(filled):
    """What a reader of the whole country sees."""
    with served(filled) as server:
        yield signed_in(server, "official").get("/").get_data(as_text=True)


def test_what_rose_by_more_than_chance_is_worth_a_look_and_leads_to_the_map(page):
    look = page.partition('class="look"')[2].partition("</ul>")[0]
    assert "Measles: 30 found positive, 6 before" in look
    assert "Malaria: 13 found positive" not in look
    assert "Malaria: 13 cases: investigated by day 3? focus by day 7?" in look
    href = re.search(r'href="([^"]+)">Measles', look)[1].replace("&amp;", "&")
    asked = dict(parse_qsl(urlsplit(href).query))
    assert urlsplit(href).path == "/map"
    assert (asked["from"], asked["to"], asked["disease"]) == ("2025-06-02", "2025-06-29", "measles")
    assert "week 26 of 2025 (2025-06-23 – 2025-06-29)" in re.sub("</?span[^>]*>", "", page)


SCOPES = {
    "nation": Scope.everything(),
    "province": Scope.of("KH01"),
    "elsewhere": Scope.of("KH02"),
    "programme": Scope.made(programmes=["cenat"]),
}


@pytest.mark.parametrize(("role", "held"), every_value(["official", "viewer"], list(SCOPES)))
def test_every_number_is_that_of_the_map_for_its_own_question(role, held, with_vans):
    database = open_database(with_vans)
    grant = Grant("somebody", role, SCOPES[held])
    found = service.overview(database, grant, data_status(database), TODAY)
    assert len(found.asked) == (3 if held == "programme" else 39)
    for asked in found.asked:
        again = CoverageQuery.read(asked.query.parameters())
        table, changes = view.compared(database, grant, again, TODAY)
        assert (asked.table.total, asked.table.rows) == (table.total, table.rows)
        assert (asked.changes.total, asked.changes.of) == (changes.total, changes.of)
    effects = [one.table.total.effect for one in found.asked if one.query.disease == "tb"]
    # Issued figures know no vans.
    assert any((effect or 1) > 1 for effect in effects) == (held != "elsewhere" and role != "viewer")
    database.dispose()


def test_counts_are_compared_in_the_weeks_reported_in_both(filled):
    database = open_database(filled)
    found = service.overview(database, Grant.custodian(), data_status(database), TODAY)
    measles, malaria = (found.of(code, "positivity").count for code in ("measles", "malaria"))
    assert (measles.now, measles.earlier, measles.verdict) == (30, 6, "more")
    assert (malaria.now, malaria.earlier, malaria.verdict) == (13, 12, "unclear")
    assert found.of("measles", "positivity").facility_weeks == 4
    assert found.of("hiv", "positivity").count is None
    database.dispose()


def test_no_few_people_stand_on_the_page(page):
    main = page.partition("<main")[2]
    numbers = [int(n.replace(",", "")) for n in re.findall(r'class="n">([\d,]+)</a>', main)]
    assert numbers and not [n for n in numbers if 0 < n < 5]
    tested = [int(n.replace(",", "")) for n in re.findall(r"of ([\d,]+) tested", main)]
    assert tested and not [n for n in tested if 0 < n < 5]
    counted = re.findall(r"([\d,]+) of ([\d,]+)", main)
    assert counted
    for numerator, denominator in counted:
        yes, all_of_them = (int(n.replace(",", "")) for n in (numerator, denominator))
        assert not [n for n in (yes, all_of_them - yes) if 0 < n < 5]
    assert "&lt; 5" in main  # cholera and HIV


def test_what_was_asked_is_kept_for_the_same_account_and_the_same_data(filled, monkeypatch):
    database = open_database(filled)
    status, grant = data_status(database), Grant.custodian()
    first = service.overview(database, grant, status, TODAY)
    assert service.overview(database, grant, status, TODAY) is first
    assert service.overview(database, Grant("x", "viewer", grant.scope), status, TODAY) is not first
    assert service.overview(database, grant, status, TODAY + timedelta(days=1)) is not first
    monkeypatch.setattr(service, "_SECONDS", 0.0)
    assert service.overview(database, grant, status, TODAY) is not first
    database.dispose()


def test_an_old_address_of_the_map_leads_to_the_map(filled):
    with served(filled) as server:
        answer = signed_in(server, "viewer").get("/?disease=tb&area=KH01")
        assert (answer.status_code, answer.headers["Location"]) == (302, "/map?disease=tb&area=KH01")


def test_without_records_the_page_says_what_to_do(database_url):
    with served(database_url) as server:
        page = signed_in(server, "official").get("/").get_data(as_text=True)
    assert "No records yet" in page and "Bring a file" in page


def test_an_account_of_one_province_reads_its_name(filled):
    with served(filled) as server:
        page = signed_in(server, "provincial").get("/").get_data(as_text=True)
    assert "<h1>Battambang, week 26" in page


def test_the_map_is_of_returning_migrants_and_names_the_lowest_province(cli, database_url, tmp_path):
    listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2, 3)]
    assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    rows = []
    for n, (tested, left) in enumerate([(300, 100), (150, 150), (40, 200)], 1):
        more = {"facility_id": f"HC{n}", "province_home": f"KH0{n}"}
        for movement, extra in (("returning", 0), ("deported", 0), ("internal", 999)):
            rows += [
                one | more | {"movement": movement} for one in visits("tb", NOW, 0, (tested + extra) // 2)
            ]
            left_out = visits("tb", NOW, 0, 0, eligible=left // 2)
            rows += [one | more | {"movement": movement} for one in left_out]
    rows = [row | {"record_id": str(n)} for n, row in enumerate(rows)]
    assert cli("import", write_csv(tmp_path / "l.csv", *rows)).code == 0
    with served(database_url) as server:
        page = signed_in(server, "official").get("/").get_data(as_text=True)
    assert "Returning migrants tested for tuberculosis" in page
    assert "This map counts people by their home province." in page
    said = "Lowest of 3 provinces with enough people: Kampong Cham 16.7%, told apart from the next, "
    assert f"{said}Battambang 50.0%." in page
    assert "movement=returning%2Cdeported" in page
