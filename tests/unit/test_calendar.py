"""The calendar: imported and changed by those entitled, audited, and marked where it matters."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.calendar import entries as service
from db.core.scope import Scope
from db.operations import audit
from surveillance.errors import NotPermittedError, UsageError
from tests.support.accounts import add_accounts
from tests.support.files import record, write_csv
from tests.support.web import callback_body, served, settings, signed_in

HEAD = "key,kind,first,last,crossing,name_en,name_km,compare,computed,source\n"
OWN = (
    HEAD
    + "surge,event,2026-06-08,2026-06-21,,Surge of returns,,no,no,us\n"
    + "th01-shut,closed,2026-06-03,2026-06-16,TH01,,,,,a letter\n"
)
FORM = {"key": "fair", "kind": "event", "first": "2026-06-09", "name_en": "<b>Fair</b>", "compare": "no"}


def grant(*provinces, role="administrator"):
    """Somebody of a role, for some provinces, or for all of them."""
    return Grant("who@health.example", role, Scope.of(*provinces) if provinces else Scope.everything())


@pytest.fixture
def database(database_url):
    opened = store.open_store(settings(database_url))
    yield opened
    opened.dispose()


@pytest.fixture
def url(cli, database_url, tmp_path):
    """A database with records at a crossing, and a calendar."""
    rows = [
        record(record_id=str(n), disease="awd", date_visit=f"2026-{day}", eligible="yes", tested="yes")
        | {"positive": "yes", "crossing": "TH01"}
        for n, day in enumerate(["05-04", "05-20", "06-01", "06-02", "06-17", "06-18", "06-24"] * 6)
    ]
    done = cli("import", write_csv(tmp_path / "l.csv", *rows))
    assert done.code == 0, done.stderr
    (tmp_path / "calendar.csv").write_text(OWN, encoding="utf-8")
    assert cli("calendar", "import", tmp_path / "calendar.csv").code == 0
    return database_url


@pytest.mark.sql
def test_a_file_is_kept_by_key_and_changes_are_audited(database):
    found = service.parse(OWN)
    assert service.put(database, grant(), found) == service.Imported(2, 2, 0)
    assert service.put(database, grant(), found) == service.Imported(2, 0, 0)
    later = service.parse(OWN.replace("2026-06-16", ""))
    assert service.put(database, grant(), later) == service.Imported(2, 0, 1)
    held = service.entries(database, grant(role="viewer"))
    assert {entry.key: entry.last for entry in held} == {"surge": date(2026, 6, 21), "th01-shut": None}
    service.remove(database, grant(), "surge")
    with pytest.raises(UsageError, match="no such entry"):
        service.remove(database, grant(), "surge")
    said = [(row.action, json.loads(row.detail)) for row in audit.latest(database)]
    assert said[0] == ("calendar entry removed", {"key": "surge"})
    assert said[1] == ("calendar changed", {"rows": 2, "new": 0, "changed": 1})


def test_only_national_editors_change_it(database):
    for who in (
        grant(role="official"),
        grant(role="viewer"),
        grant("KH01"),
        grant("KH01", role="data_manager"),
    ):
        with pytest.raises(NotPermittedError):
            service.add(database, who, FORM)
        with pytest.raises(NotPermittedError):
            service.remove(database, who, "fair")
    with pytest.raises(NotPermittedError):
        service.entries(database, grant(role="nobody"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is missing"),
        ("key,kind\na,event\n", "column first is missing"),
        (HEAD + "a,event,2026-01-01,,,x,,,,\nA b,event,2026-01-01,,,x,,,,\n", "line 3"),
        (HEAD + "a,event,2026-01-01,,,x,,,,\n" * 2, "twice"),
        (HEAD + "".join(f"a{n},event,2026-01-01,,,x,,,,\n" for n in range(6_000)), "at most"),
        (HEAD + '"a\n', "line 2"),
    ],
)
def test_a_file_with_a_fault_is_refused_whole(database, text, said):
    with pytest.raises(UsageError, match=said):
        service.put(database, grant(), service.parse(text))
    assert service.entries(database, grant()) == []


def test_the_command_imports_what_comes_with_chhlang_and_lists_it(cli, tmp_path):
    done = cli("calendar", "import")
    assert done.code == 0 and "new" in done.stderr + done.stdout
    listed = cli("calendar", "list", "--format", "csv")
    assert "pchum-ben-2025,festival,2025-09-21,2025-09-23" in listed.stdout
    (tmp_path / "again.csv").write_text(listed.stdout, encoding="utf-8")
    again = cli("calendar", "import", tmp_path / "again.csv")
    assert "0 new, 0 changed" in again.stderr + again.stdout
    assert cli("calendar", "import", tmp_path / "nowhere.csv").code == 2


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_page_shows_it_and_its_forms_change_it(url, language):
    with served(url) as site:
        editor, reader = signed_in(site, "administrator"), signed_in(site, "official")
        for client in (editor, reader):
            client.set_cookie("chhlang-language", language)
        page = editor.get("/calendar").get_data(as_text=True)
        assert "Surge of returns" in page and 'id="change"' in page and "2026-06-16" in page
        assert 'id="change"' not in reader.get("/calendar").get_data(as_text=True)
        assert editor.post("/calendar", data=FORM | {"last": "2026-06-01"}).status_code == 400
        assert editor.post("/calendar", data=FORM).status_code == 303
        page = editor.get("/calendar?year=2026&key=fair").get_data(as_text=True)
        assert "&lt;b&gt;Fair" in page and "<b>Fair" not in page
        before = service.entries(site.extensions["chhlang"].database, grant())
        taken = editor.get("/calendar.csv")
        assert taken.status_code == 403, "an administrator takes no tables away"
        taken = reader.get("/calendar.csv").get_data()
        assert reader.get("/calendar.xlsx").data.startswith(b"PK") and b"<b>Fair" in taken
        assert service.parse(taken.decode()) == before, "the file is one that an import reads"
        assert editor.post("/calendar/fair/remove").status_code == 303
        assert editor.post("/calendar/fair/remove").status_code == 404
        sent = {"file": (io.BytesIO((HEAD + "x,event,2026-06-09,,,Game,,,,\n").encode()), "c.csv")}
        assert editor.post("/calendar/import", data=sent).status_code == 303
        assert "Game" in editor.get("/calendar").get_data(as_text=True)
        assert editor.post("/calendar/import", data={}).status_code == 303
        assert "2025-09-21" in editor.get("/calendar?year=2025").get_data(as_text=True)
        wrong = {"file": (io.BytesIO(b"\xff\xfe"), "c.csv")}
        assert editor.post("/calendar/import", data=wrong).status_code == 400


def test_a_provincial_editor_is_refused_by_the_page(url):
    with served(url) as site:
        database = store.open_store(settings(url))
        add_accounts(database, {"own": ("data_manager", ("KH02",))})
        database.dispose()
        client = signed_in(site, "own")
        assert 'id="change"' not in client.get("/calendar").get_data(as_text=True)
        assert client.post("/calendar", data=FORM).status_code == 403


def test_curves_mark_events_and_weeks_of_a_closed_crossing(url):
    address = "?disease=awd&place=crossing&area=TH01&from=2026-05-04&to=2026-06-28"
    with served(url) as site:
        client = signed_in(site, "official")
        page = client.get(f"/curves{address}").get_data(as_text=True)
        assert page.count(">Surge of returns</text>") == 2
        rows = client.get(f"/curves.csv{address}").get_data().decode("utf-8-sig").splitlines()
        weeks = {line.split(",")[0]: line for line in rows[1:]}
        assert "closed on 5 of 7 days" in weeks["2026-W23"]
        assert ",closed,Surge of returns" in weeks["2026-W24"]
        assert "closed" not in weeks["2026-W26"].split("synthetic")[0]
        # A closed week is neither zero nor silent; another place than the crossing has the event alone.
        assert weeks["2026-W24"].split(",")[3:6] == ["", "", "closed"]
        other = client.get("/curves.csv?disease=awd&from=2026-05-04&to=2026-06-28").get_data(as_text=True)
        assert ",closed," not in other.partition("\n")[2] and "Surge of returns" in other


def test_changes_are_said_with_what_their_windows_hold_and_closed_crossings_are_named(url):
    with served(url) as site:
        client = signed_in(site, "official")
        page = read(client, "/")
        assert "Not compared with the weeks before: Surge of returns (2026-06-08 – 2026-06-21) lies" in page
        assert "Not compared with the year before: Surge of returns" in page
        page = client.get("/reporting").get_data(as_text=True)
        assert 'id="closed"' in page and "(2026-06-03 – 2026-06-16)" in page
        question = "?disease=awd&measure=testing&from=2026-06-01&to=2026-06-28"
        shown = client.post("/_dash-update-component", json=callback_body(client, question)).get_json()
        said = json.dumps(shown, ensure_ascii=False)
        assert ("Surge of returns" in said) is ("points (" in said)
        crossing = f"{question}&by=crossing&area=TH01"
        shown = client.post("/_dash-update-component", json=callback_body(client, crossing)).get_json()
        assert "neither zero nor silent" in json.dumps(shown)


def marked(page):
    """What a page says that it leaves out."""
    return re.sub("<.*?>", "", "".join(re.findall(r'id="marked">(.*?)</p>', page)))


def read(client, path):
    """A page whose days are not set apart."""
    return re.sub(r'<span class="day">(.*?)</span>', r"\1", client.get(path).get_data(as_text=True))


def test_weeks_of_an_entry_are_left_out_of_comparisons_where_it_says_so(cli, url, tmp_path):
    last, week = date(2026, 6, 15), timedelta(weeks=1)
    cases = {last - back * week: 40 + 7 * back for back in range(14)}
    rows = [
        record(record_id=f"w{monday}-{n}", disease="measles", date_visit=monday.isoformat(), eligible="yes")
        | {"tested": "yes", "positive": "yes"}
        for monday, count in cases.items()
        for n in range(count)
    ]
    listed = [{"facility_id": "HC1", "name_en": "Gate", "province": "KH01", "crossing": ""}]
    assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    assert cli("import", write_csv(tmp_path / "w.csv", *rows)).code == 0
    with served(url) as site:
        client = signed_in(site, "official")
        for compare, day, weeks in (
            ("yes", "2026-06-02", 4),
            ("no", "2026-06-02", 1),
            ("no", "2026-05-12", 2),
            ("no", "2026-04-01", 4),
            ("no", "2026-06-16", 0),
        ):
            entry = f"surge,event,{day},{day},,Surge of returns,,{compare},no,us\n"
            (tmp_path / "calendar.csv").write_text(HEAD + entry, encoding="utf-8")
            assert cli("calendar", "import", tmp_path / "calendar.csv").code == 0
            page = read(client, "/")
            said = f"Surge of returns ({day}). Weeks compared: the last {weeks}, with as many before."
            assert (f"Left out of the comparison with the weeks before: {said}" in page) is (weeks in (1, 2))
            assert ("Not compared with the weeks before: Surge" in page) is (weeks == 0)
            (row,) = re.findall(r'<th scope="row">Measles</th>(.*?)</td>', page, re.S)
            now, before = (
                sum(cases[last - (back + shift) * week] for back in range(weeks)) for shift in (0, weeks)
            )
            counted = f">{sum(cases[last - back * week] for back in range(4))}</a>"
            assert counted in row
            numbers = re.findall(r"(\d+) against (\d+)", row)
            assert numbers == ([(str(now), str(before))] if weeks else []), (day, row)
            for place in ("/provinces/KH01", "/facilities/HC1"):
                of_place = client.get(f"{place}?disease=measles").get_data(as_text=True)
                assert re.findall(r"(\d+) against (\d+)", of_place) == numbers, (day, place)
                assert counted in of_place
                assert (marked(of_place) in marked(page)) and bool(marked(of_place)) is (weeks < 4), place


def test_curves_leave_weeks_out_of_the_comparison_with_the_year_before(cli, url, tmp_path):
    rows = [
        record(record_id=f"y{n}", disease="awd", date_visit="2025-06-04", eligible="yes", tested="yes")
        | {"positive": "yes"}
        for n in range(9)
    ]
    assert cli("import", write_csv(tmp_path / "y.csv", *rows)).code == 0
    with served(url) as site:
        client = signed_in(site, "official")
        for compare in ("yes", "no"):
            entry = f"fair,event,2026-06-03,2026-06-03,,Fair,,{compare},no,us\n"
            (tmp_path / "calendar.csv").write_text(HEAD + entry, encoding="utf-8")
            assert cli("calendar", "import", tmp_path / "calendar.csv").code == 0
            text = client.get("/curves.csv?disease=awd&from=2026-05-25&to=2026-06-21").get_data(as_text=True)
            lines = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
            before = {line["period"]: line["year_before"] for line in lines}
            assert (before["2026-W23"] == "9") is (compare == "yes"), before
            assert ("Weeks with Fair; " in text) is (compare == "no")


def test_a_closed_crossing_looks_closed_on_every_map_and_on_its_page(cli, url, tmp_path):
    with served(url) as site:
        client = signed_in(site, "official")
        for last, said in (("", "closed since 2026-06-03"), ("2026-06-16", "")):
            (tmp_path / "calendar.csv").write_text(OWN.replace("2026-06-16", last), encoding="utf-8")
            assert cli("calendar", "import", tmp_path / "calendar.csv").code == 0
            pages = {
                path: client.get(path).get_data(as_text=True)
                for path in ("/", "/map?disease=awd", "/map?disease=awd&layer=crossings", "/crossings/poipet")
            }
            for path, page in pages.items():
                plain = re.sub(r"<[^>]+>", "", page.partition("<main")[2])
                named = plain + "".join(re.findall(r'aria-label="[^"]*"', page))
                assert ("closed since 2026-06-03" in named) is bool(said), path
                assert (
                    ('class="gate' in page and " closed" in page) or path == "/crossings/poipet" or not said
                )
            for question in ("?disease=awd", "?disease=awd&by=crossing", "?disease=awd&layer=crossings"):
                shown = client.post(
                    "/_dash-update-component", json=callback_body(client, question)
                ).get_json()
                figure = shown["response"]["map"]["figure"]
                crosses = [trace for trace in figure["data"] if trace.get("name") == "closed"]
                assert bool(crosses) is bool(said), question
                assert all("Poipet" in text and said in text for one in crosses for text in one["text"])
            picture = client.get("/map.svg?disease=awd").get_data(as_text=True)
            assert ('class="gate closed"' in picture) is bool(said)


def test_a_facility_at_a_closed_crossing_is_not_silent(cli, url, tmp_path):
    listed = [
        {"facility_id": "HC1", "name_en": "Gate", "province": "KH01", "crossing": "TH01"},
        {"facility_id": "HC2", "name_en": "Inland", "province": "KH01", "crossing": ""},
    ]
    assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    with served(url) as site:
        client = signed_in(site, "official")
        for last, said in (("", True), ("2026-06-16", False)):
            text = OWN.replace("2026-06-16", last)
            (tmp_path / "calendar.csv").write_text(text, encoding="utf-8")
            assert cli("calendar", "import", tmp_path / "calendar.csv").code == 0
            page = client.get("/reporting").get_data(as_text=True)
            assert ("closed: its crossing" in page) is said


def test_a_source_that_all_entries_share_is_said_once(database_url):
    with served(database_url) as server:
        editor = signed_in(server, "administrator")
        assert editor.post("/calendar/import", data={}).status_code == 303
        page = editor.get("/calendar?year=2026").get_data(as_text=True)
        entries = page.partition('id="entries"')[2].partition("</section>")[0]
        assert entries.count("National Bank of Cambodia") == 1 and 'data-label="Source"' not in entries
        assert (
            editor.post("/calendar", data=FORM | {"last": "2026-06-09", "source": "a poster"}).status_code
            == 303
        )
        page = editor.get("/calendar?year=2026").get_data(as_text=True)
        entries = page.partition('id="entries"')[2].partition("</section>")[0]
        assert entries.count("National Bank of Cambodia") == entries.count("a poster") == 1
        numbers = re.findall(r'data-label="Source">(\d)', entries)
        listed = re.findall(r"<li lang=\"en\">([^<]+)", entries)
        assert set(numbers) == {"1", "2"} and numbers.count(str(listed.index("a poster") + 1)) == 1
