"""A file through the pages: looked at, tried, stored; what was seen of it goes with it."""

from __future__ import annotations

import io
import re
import stat
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dashboard.services.uploads import folder as upload_folder
from db.core.engine import write_transaction
from db.operations import audit, uploads
from db.tables.records import batch, episode
from db.tables.uploads import saved_mapping, upload
from tests.support.files import csv_text, record
from tests.support.upload_site import answer, bring, brought, content, imported, page, upload_site

ROWS = [record(record_id=str(n), sex="F", province_home="KH01") for n in range(5)]
BAD = record(record_id="6", date_visit="31/02/2025")


@pytest.fixture
def site(database_url, tmp_path):
    with upload_site(database_url, CHHLANG_UPLOADS=str(tmp_path / "uploads")) as made:
        yield made


@pytest.fixture
def client(site):
    return site.client()


def count(site, table):
    with site.database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


def test_a_file_is_shown_tried_and_stored_and_every_row_is_accounted_for(site, client):
    number = brought(site, client, content(*ROWS, BAD), source="clinic", name="January.csv")
    first = page(client, number)
    assert "First rows, as they are" in first and "KH01" in first
    assert "schema (knows 6 of 6 columns)" in first or "schema (knows" in first
    assert count(site, episode) == 0
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    tried = page(client, number)
    assert 'data-count="accepted">5<' in tried and 'data-count="rejected">1<' in tried
    assert "Row 7: Day of the visit: " in tried
    assert count(site, episode) == 0 and count(site, batch) == 0, "a try stores nothing"
    assert answer(site, client, number, "store") == 303
    done = page(client, number)
    assert 'data-count="accepted">5<' in done
    held = site.upload(number)
    assert held.status == "done" and held.counts["rows"] == 6
    assert held.counts["rows"] == sum(v for k, v in held.counts.items() if k != "rows")
    assert count(site, episode) == 5
    with site.database.reading() as connection:
        row = connection.execute(sa.select(batch)).mappings().one()
    assert (row["file_name"], row["source"], row["actor"]) == ("January.csv", "clinic", "manager@example.org")
    assert row["id"] == held.batch
    assert site.left(number) == [f"delivered-{number}.returned-1.csv", "receipt.json"]
    assert "January.csv" in client.get("/imports").get_data(as_text=True)


def test_the_returned_rows_are_fetched_once_and_gone(site, client):
    number = imported(site, client, content(*ROWS, BAD), name="ខែមករា.csv")
    with client.post(f"/imports/{number}/returned") as got:
        text = got.get_data(as_text=True)
    assert got.status_code == 200 and got.headers["Cache-Control"] == "no-store"
    assert (
        "attachment" in got.headers["Content-Disposition"]
        and "-returned.csv" in got.headers["Content-Disposition"]
    )
    assert text.lstrip("\ufeff").startswith("chhlang_row,chhlang_reason,") and "31/02/2025" in text
    assert client.post(f"/imports/{number}/returned").status_code == 404
    assert site.left(number) == ["receipt.json"]
    assert "have been fetched" in page(client, number)
    assert any(one.action == "returned rows fetched" for one in audit.latest(site.database, 50))


def test_a_corrected_returned_file_is_imported_with_the_same_mapping(site, client):
    number = imported(site, client, content(*ROWS, BAD))
    with client.post(f"/imports/{number}/returned") as got:
        sent = got.get_data(as_text=True)
    again = imported(site, client, sent.replace("31/02/2025", "2025-02-28").encode(), "corrected.csv")
    counts = site.upload(again).counts
    assert (counts["rows"], counts["accepted"], counts["rejected"]) == (1, 1, 0)
    assert count(site, episode) == 6


def test_the_same_file_again_is_all_duplicate(site, client):
    imported(site, client, content(*ROWS))
    again = site.upload(imported(site, client, content(*ROWS))).counts
    assert (again["duplicate"], again["accepted"]) == (5, 0)


MESSY = (
    "Register of the centre,,,,\n,,,,\n"
    "លេខរៀង,មណ្ឌលសុខភាព,ថ្ងៃពិនិត្យ,ភេទ,លទ្ធផល\n"
    "1,HC1,03/04/2025,ប,វិជ្ជមាន\n2,HC1,05/04/2025,ស,អវិជ្ជមាន\n3,HC1,07/04/2025,ស,ត\n"
).encode()


def matched(site, client, number, name="Our register"):
    """Match the columns of the messy file."""
    given = {"field-0": "record_id", "field-1": "facility_id", "field-2": "date_visit", "field-3": "sex",
             "field-4": "positive", "constant-disease": "tb", "name": name}  # fmt: skip
    return answer(site, client, number, "match", **given)


def test_columns_dates_and_values_are_matched_and_the_mapping_is_kept_for_the_next_file(site, client):
    number = brought(site, client, MESSY, "register.csv")
    shown = page(client, number)
    assert "មណ្ឌលសុខភាព" in shown and "use-" in shown and "checked" not in shown, "no guess is ticked unseen"
    assert matched(site, client, number) == 303
    asks = page(client, number)
    assert "2025-04-03" in asks and "2025-03-04" in asks, "both readings of an example"
    assert answer(site, client, number, "dates", order="day-first") == 303
    tried = page(client, number)
    assert 'data-count="accepted">3<' in tried and "2025-04-03" in tried
    fields = re.findall(r'name="value-(\w+)-(\d)"', tried)
    assert ("positive", "0") in fields
    positions = {field: [int(at) for f, at in fields if f == field] for field, _ in fields}
    given = {
        f"value-positive-{at}": code
        for at, code in zip(positions["positive"], ("yes", "no", ""), strict=False)
    }
    assert answer(site, client, number, "values", **given) == 303
    assert answer(site, client, number, "store") == 303
    assert site.upload(number).counts["accepted"] == 3
    with site.database.operations.connect() as connection:
        row = connection.execute(sa.select(saved_mapping)).mappings().one()
    assert (row["name"], row["version"], row["author"]) == ("our-register", 1, "manager@example.org")
    kept = client.get("/imports/mappings/our-register/1.toml")
    assert kept.status_code == 200 and kept.get_data(as_text=True) == row["text"]
    other = site.client("colleague")
    again = brought(site, other, MESSY.replace(b"3,HC1", b"4,HC1"), "next.csv")
    assert "our-register" in page(other, again)
    assert answer(site, other, again, "mapping", mapping="our-register") == 303
    assert answer(site, other, again, "dates", order="day-first") == 303
    assert answer(site, other, again, "store") == 303
    counts = site.upload(again, "colleague").counts
    assert (counts["duplicate"], counts["accepted"]) == (2, 1)


def test_the_reckoning_of_buddhist_years_is_asked_once_and_kept_with_the_receipt(site, client):
    rows = [record(record_id=str(n), date_visit=day) for n, day in enumerate(("2568-01-02", "2568-06-10"))]
    number = brought(site, client, content(*rows), "register.csv")
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    asks = page(client, number)
    assert 'id="era"' in asks and 'id="dates"' not in asks
    assert "&#39;2568-06-10&#39; in row 3 is" in asks
    assert "2025-06-10" in asks and "2024-06-10" in asks, "both readings of an example"
    assert "--era" not in asks, "a page says nothing of the command line"
    assert count(site, episode) == 0
    assert answer(site, client, number, "era", era="lunar") == 400
    assert answer(site, client, number, "era", era="cambodian") == 303
    assert "Cambodian reckoning" in page(client, number)
    assert answer(site, client, number, "store") == 303
    assert "Buddhist years: Cambodian reckoning" in page(client, number)
    with site.database.reading() as connection:
        days = connection.execute(sa.select(episode.c.date_visit)).scalars()
        assert sorted(map(str, days)) == ["2024-06-10", "2025-01-02"]
    with site.database.operations.connect() as connection:
        details = connection.execute(sa.text("SELECT detail FROM audit WHERE action = 'import'")).scalars()
        assert any("cambodian" in str(detail) for detail in details)


def test_another_mapping_asks_for_the_reckoning_anew(site, client):
    number = brought(site, client, content(record(date_visit="2568-06-10")), "register.csv")
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    assert answer(site, client, number, "era", era="thai") == 303
    assert 'id="era"' not in page(client, number)
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    assert 'id="era"' in page(client, number)


def test_a_change_is_a_new_version_and_the_same_again_is_none(site, client):
    for change, versions in (({}, [1]), ({}, [1]), ({"field-4": "tested"}, [1, 2])):
        number = brought(site, client, MESSY, "register.csv")
        given = {"field-0": "record_id", "field-1": "facility_id", "field-2": "date_visit",
                 "constant-disease": "tb", "name": "our-register"} | change  # fmt: skip
        assert answer(site, client, number, "match", **given) == 303
        assert answer(site, client, number, "dates", order="day-first") == 303
        assert answer(site, client, number, "store") == 303
        with site.database.operations.connect() as connection:
            held = connection.execute(sa.select(saved_mapping.c.version).order_by(saved_mapping.c.version))
            assert list(held.scalars()) == versions


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "at least one column"),
        ({"field-1": "sex", "field-2": "sex"}, "two columns"),
        ({"field-1": "nonsense"}, "no field"),
        ({"field-1": "sex", "name": "schema"}, "comes with Chhlang"),
        ({"field-1": "sex", "name": "!!!"}, "a name"),
        ({"use-1": "facility_id", "constant-disease": "plague"}, "plague"),
        (
            {"use-1": "facility_id", "constant-disease": "tb"},
            "Day of the visit: needed, and no column is matched",
        ),
    ],
    ids=lambda part: str(part)[:30],
)
def test_a_match_that_will_not_do_is_said_on_the_page_and_changes_nothing(site, client, given, said):
    number = brought(site, client, MESSY, "register.csv")
    answered = client.post(f"/imports/{number}/match", data={"name": "x"} | given)
    assert answered.status_code == 400
    assert said in answered.get_data(as_text=True)
    assert site.upload(number).status == "asked"


def test_a_mapping_that_does_not_fit_is_said_and_another_can_be_chosen(site, client):
    number = brought(site, client, MESSY, "register.csv")
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    said = page(client, number)
    assert "register.csv: the header lacks" in said and "delivered-" not in said
    assert matched(site, client, number) == 303
    assert "Which of day and month" in page(client, number)


def test_a_file_of_reports_goes_in_with_its_mapping(site, client):
    text = csv_text([{"dataelement": "Malaria_tested", "period": "202501", "orgunit": "HC1", "value": "4"}])
    number = brought(site, client, text.encode(), "reports.csv")
    assert answer(site, client, number, "mapping", mapping="dhis2-values") == 303
    assert "data-count" in page(client, number) or 'role="alert"' in page(client, number)


def test_values_of_reports_are_shown_as_they_would_be_stored(site, client):
    element, period, unit = {"dataelement": "Malaria tested"}, {"period": "2025Q1"}, {"orgunit": "HC1"}
    cells = element | period | unit
    rows = [
        cells | {"categoryoptioncombo": sex, "value": count}
        for sex, count in (("Male", "4"), ("Female", "31"))
    ]
    number = brought(site, client, csv_text(rows).encode(), "reports.csv")
    answer(site, client, number, "mapping", mapping="dhis2-values")
    text = page(client, number).split('id="preview"')[1].split("</table>")[0]
    heads, *cells = (re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row) for row in text.split("<tr>")[1:])
    assert heads == [
        "Row",
        "Facility",
        "Disease",
        "First day",
        "Last day",
        "What is counted",
        "Sex",
        "Number of people",
    ]
    shared = ["HC1", "Malaria", "2025-01-01", "2025-03-31", "Tested"]
    assert cells == [["2", *shared, "Male", "4"], ["3", *shared, "Female", "31"]]


def test_what_a_file_covers_is_declared_with_it(site, client, cli, tmp_path):
    listed = csv_text([{"facility_id": "HC1", "province": "KH01"}])
    (tmp_path / "f.csv").write_text(listed, encoding="utf-8")
    assert cli("facilities", "import", tmp_path / "f.csv").code == 0
    form = {"facility": "HC1", "from": "2025-03-01", "to": "2025-03-31", "complete": "yes"}
    number = brought(site, client, content(*ROWS), **form)
    answer(site, client, number, "mapping", mapping="schema")
    answer(site, client, number, "store")
    assert site.upload(number).status == "done"
    with site.database.reading() as connection:
        held = connection.exec_driver_sql("SELECT facility_key, complete FROM declaration").all()
    assert [(key, bool(complete)) for key, complete in held] == [("hc1", True)]
    for wrong in (
        {"facility": "HC1"},
        {"facility": "NO", "from": "2025-01-01", "to": "2025-01-02"},
        {"complete": "yes"},
    ):
        data = {"file": (io.BytesIO(content()), "a.csv")} | wrong
        refused = client.post("/imports", data=data)
        assert (
            refused.status_code == 400
            and "--" not in refused.get_data(as_text=True).split('role="alert">')[1][:80]
        )


def test_cancelled_while_it_asks_a_file_is_gone_at_once(site, client):
    number = brought(site, client, content(*ROWS))
    assert client.post(f"/imports/{number}/cancel").status_code == 303
    assert site.upload(number).status == "cancelled" and site.left(number) == []
    assert "cancelled" in page(client, number)
    assert answer(site, client, number, "mapping", mapping="schema") == 400
    assert count(site, batch) == 0


def test_an_unreadable_file_fails_with_a_sentence_and_is_deleted(site, client):
    number = brought(site, client, b"PK\x03\x04 not a workbook at all", "broken.xlsx")
    assert site.upload(number).status == "failed"
    said = page(client, number)
    assert "broken.xlsx:" in said and "delivered-" not in said
    assert site.left(number) == ["receipt.json"]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"PK\x03\x04 not a workbook at all", "broken.xlsx"),
        (b"<html>", "page.xls"),
        (b"one;two\n1;2\n", "other.csv"),
    ],
)
def test_what_is_wrong_with_a_whole_file_is_said_in_khmer_too(data, name, site, client):
    client.set_cookie("chhlang-language", "km")
    number = brought(site, client, data, name)
    answer(site, client, number, "mapping", mapping="schema")
    said = re.search(r'(?:class|id)="problem"[^>]*>([^<]*)', page(client, number))
    assert said is not None and f"{name}៖" in said[1]


def test_files_lie_where_only_the_server_may_look(site, client):
    number = bring(client, content())
    for path in (site.folder.root, site.folder.at(number)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_after_a_day_everything_of_a_file_is_gone_and_the_page_says_so(site, client):
    ended = imported(site, client, content(*ROWS, BAD))
    asked = brought(site, client, content(*ROWS))
    orphan = site.folder.root / ("0" * 16)
    orphan.mkdir()
    upload_folder.sweep(site.database, site.folder)
    assert site.left(ended) and site.left(asked) and orphan.exists()
    later = datetime.now(UTC) + timedelta(hours=25)
    upload_folder.sweep(site.database, site.folder, later)
    assert site.left(ended) == site.left(asked) == []
    assert site.upload(asked).status == "cancelled" and site.upload(ended).returned == "gone"
    shown = page(client, ended)
    assert 'data-count="accepted">5<' in shown and "were kept for a day, and are deleted" in shown
    assert client.post(f"/imports/{ended}/returned").status_code == 404
    assert orphan.exists(), "young by its own clock"


def test_returned_rows_are_not_given_out_after_a_day_even_where_nothing_swept(site, client):
    number = imported(site, client, content(*ROWS, BAD))
    old = uploads.moment(datetime.now(UTC) - timedelta(hours=24, minutes=1))
    with write_transaction(site.database.operations) as connection:
        connection.execute(upload.update().where(upload.c.id == number).values(ended_at=old))
    assert client.post(f"/imports/{number}/returned").status_code == 404


def test_no_more_files_of_one_person_are_let_in_than_the_limit(site, client):
    for _ in range(5):
        bring(client, content())
    answered = client.post("/imports", data={"file": (io.BytesIO(content()), "a.csv")})
    assert answered.status_code == 400 and "5 of your files" in answered.get_data(as_text=True)
    assert len(list(site.folder.root.iterdir())) == 5, "nothing is left of the one that was refused"


def test_a_batch_of_a_closed_account_is_not_imported(site, client):
    from dashboard.permissions import Grant
    from dashboard.services import accounts

    number = brought(site, client, content(*ROWS))
    answer(site, client, number, "mapping", mapping="schema")
    assert client.post(f"/imports/{number}/store").status_code == 303
    accounts.set_active(site.database, Grant.custodian(), "manager@example.org", active=False)
    site.run()
    assert site.upload(number).status == "failed" and count(site, batch) == 0


def test_a_mapping_that_knows_every_column_is_chosen_beforehand(site, client):
    chosen = re.compile(r'<option value="([^"]*)" selected>')
    assert chosen.findall(page(client, brought(site, client, content(*ROWS)))) == ["schema"]
    other = csv_text([{"facility_id": "HC1", "disease": "tb", "Day": "2025-03-04"}]).encode()
    assert chosen.findall(page(client, brought(site, client, other))) == []
    assert count(site, episode) == 0, "nothing is read by it until somebody says so"


def test_who_reads_khmer_is_told_in_khmer_why_rows_come_back(site, client):
    client.set_cookie("chhlang-language", "km")
    number = brought(site, client, content(*ROWS, BAD))
    answer(site, client, number, "mapping", mapping="schema")
    assert "អានមិនបាន" in page(client, number) and "cannot be read" not in page(client, number)
    answer(site, client, number, "store")
    with client.post(f"/imports/{number}/returned") as got:
        fetched = got.get_data().decode("utf-8-sig")
    assert "អានមិនបាន" in fetched and "cannot be read" not in fetched


def test_moments_are_told_by_the_clock_of_cambodia(site, client):
    number = brought(site, client, content(*ROWS, BAD))
    answer(site, client, number, "mapping", mapping="schema")
    answer(site, client, number, "store")
    with write_transaction(site.database.operations) as connection:
        ended = datetime.fromisoformat(site.upload(number).ended_at)
        connection.execute(upload.update().values(made_at="2026-03-04T20:15:00.000+00:00"))
    assert "2026-03-05 03:15" in client.get("/imports").get_data(as_text=True)
    there = (ended + timedelta(hours=7)).strftime("%Y-%m-%d %H:%M")
    assert f"within 24 hours of {there}, Phnom Penh time" in page(client, number)


@pytest.mark.parametrize("language", ["en", "km"])
def test_the_pages_are_in_both_languages(site, client, language):
    client.set_cookie("chhlang-language", language)
    number = brought(site, client, content(*ROWS, BAD))
    texts = [client.get("/imports").get_data(as_text=True), page(client, number)]
    answer(site, client, number, "mapping", mapping="schema")
    texts.append(page(client, number))
    answer(site, client, number, "store")
    texts.append(page(client, number))
    for text in texts:
        assert f'lang="{language}"' in text


def test_numbers_of_other_people_are_asked_about_and_nothing_is_stored_before(site, client):
    def month(*days: str, sex: str, age: int) -> bytes:
        rows = [
            record(record_id=str(n), date_visit=day, sex=sex, age_years=str(age + n))
            for n, day in enumerate(days, start=1)
        ]
        return content(*rows)

    def tried(data: bytes, name: str) -> str:
        number = brought(site, client, data, name)
        assert answer(site, client, number, "mapping", mapping="schema") == 303
        return number

    first = tried(month("2025-01-05", "2025-01-16", sex="male", age=30), "jan.csv")
    assert answer(site, client, first, "store") == 303
    for given, counted in (("new", "accepted"), ("amend", "amended")):
        other = month("2025-02-04", "2025-02-13", sex="female", age=60)
        number = tried(other + b"\n" * (given == "amend"), "feb.csv")
        asks = page(client, number)
        assert "Are these other people?" in asks and "Rows: 2, 3." in asks
        assert 'data-count="accepted"' not in asks, "nothing is offered to be stored before"
        assert answer(site, client, number, "store") == 400
        assert answer(site, client, number, "numbers", numbers="neither") == 400
        assert answer(site, client, number, "numbers", numbers=given) == 303
        assert f'data-count="{counted}">2<' in page(client, number)
        assert answer(site, client, number, "store") == 303
        assert site.upload(number).counts[counted] == 2


def test_a_counter_is_not_guessed_and_the_page_says_why(site, client):
    data = b"No,Centre,Date\n1,HC1,2025-01-05\n2,HC1,2025-01-16\n"
    shown = page(client, brought(site, client, data))
    assert "counts the rows of the file" in shown
