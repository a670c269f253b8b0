"""Pages of files: who may open which, written out by hand; others' files, hostile names and contents."""

from __future__ import annotations

import io
import logging
from itertools import product

import pytest
import sqlalchemy as sa

from dashboard.services.imports import pipeline as import_service
from dashboard.services.uploads import files as uploads
from dashboard.services.uploads import queue as upload_queue
from db.operations import audit
from db.tables.operations import Base
from db.tables.uploads import upload
from tests.support.files import csv_text, record
from tests.support.upload_site import answer, bring, brought, content, imported, page, posted, upload_site

MAY = {"manager", "colleague"}
EVERYBODY = (
    "manager", "colleague", "provincial-manager", "official", "epidemiologist", "viewer", "reception",
    "administrator",
)  # fmt: skip
#: Method and address -> what a file's own sender is answered. Whoever may not import is refused with 403,
#: another who may import does not find it.
OF_A_FILE = {
    ("GET", "/imports/{file}"): 200,
    ("GET", "/imports/{file}/status"): 200,
    ("POST", "/imports/{file}/mapping"): 400,
    ("POST", "/imports/{file}/match"): 400,
    ("POST", "/imports/{file}/values"): 400,
    ("POST", "/imports/{file}/dates"): 400,
    ("POST", "/imports/{file}/store"): 400,
    ("POST", "/imports/{file}/returned"): 404,
    ("POST", "/imports/{file}/cancel"): 303,
}
OTHERS = {
    ("GET", "/imports"): 200,
    ("POST", "/imports"): 400,
    ("GET", "/imports/mappings/none/1.toml"): 404,
    ("GET", "/imports/places"): 200,
    ("POST", "/imports/places"): 400,
    ("POST", "/imports/neighbours"): 400,
} | {
    (method, f"/imports/places/{field}/{mark}{more}"): 404
    for field, mark in (("crossing", "0" * 32), ("sex", "0" * 32), ("crossing", "x"))
    for method, more in (("GET", ""), ("POST", ""), ("POST", "/undo"))
}
HOSTILE_IDS = (
    "x", "..", "%2e%2e", "..%2f..%2fetc", "0" * 16, "A" * 16, "0123456789abcde ", "ខ្មែរ", "%00", "%ff",
    "' OR 1=1", "a" * 5_000, "{{7*7}}", "-1", "١٢٣٤٥٦٧٨٩٠١٢٣٤٥٦", "mappings",
)  # fmt: skip
HOSTILE_NAMES = (
    "../../../etc/cron.d/x.csv", "..\\..\\windows\\x.csv", "/abs/path.csv", "C:\\x.csv", ".csv",
    "<script>alert(1)<.csv", "=cmd|' .csv", "x" * 3_000 + ".csv", "\u202egnp.csv", "ខ្មែរ.csv", "{name}.csv",
    "%s%n.csv",
)  # fmt: skip
SECRET = "Canary Person 012345678"


@pytest.fixture
def site(sqlite_url):
    with upload_site(sqlite_url, CHHLANG_MAX_FILE_MB="2") as made:
        yield made


def test_the_table_names_every_address_of_the_pages(site):
    known = {
        (method, str(rule))
        for rule in site.server.url_map.iter_rules()
        if str(rule).startswith("/imports")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    named = {("POST", "/imports/<number>/<answer>"), ("GET", "/imports/mappings/<name>/<int:version>.toml")}
    named |= {
        ("GET", "/imports.<any(csv,xlsx,json):kind>"),
        ("GET", "/imports/places.<any(csv,xlsx,json):kind>"),
        ("GET", "/imports/places/<field>/<mark>"),
        ("POST", "/imports/places/<field>/<mark>"),
        ("POST", "/imports/places/<field>/<mark>/undo"),
    }
    answers = {"mapping", "match", "values", "dates", "store"}
    for method, path in (*OF_A_FILE, *OTHERS):
        shape = path.replace("{file}", "<number>")
        if shape.rpartition("/")[2] not in answers and not shape.startswith(
            ("/imports/mappings/", "/imports/places/")
        ):
            named.add((method, shape))
    assert known == named


def test_each_address_answers_those_who_may_and_refuses_everybody_else(site):
    clients = {name: site.client(name) for name in EVERYBODY}
    number = brought(site, clients["manager"], content())
    for (method, path), status in (OTHERS | OF_A_FILE).items():
        for name in reversed(EVERYBODY):
            got = clients[name].open(path.format(file=number), method=method)
            expected = status
            if name not in MAY:
                expected = 403
            elif name != "manager" and "{file}" in path:
                expected = 404
            assert got.status_code == expected, (name, method, path, got.status_code)
        got = site.server.test_client().open(path.format(file=number), method=method)
        assert got.status_code == (401 if method == "POST" else 302)


def test_a_manager_of_some_provinces_reads_why_and_sees_no_way_there(site):
    client = site.client("provincial-manager")
    assert 'href="/imports"' not in client.get("/data").get_data(as_text=True)
    said = client.get("/imports")
    assert said.status_code == 403 and "every province" in said.get_data(as_text=True)
    assert client.post("/imports", data={"file": (io.BytesIO(content()), "a.csv")}).status_code == 403
    assert not site.folder.root.exists(), "nothing is taken in before it is known who sends it"


def test_a_number_that_is_none_is_not_found(site):
    client = site.client()
    for number, (method, path) in product(HOSTILE_IDS, OF_A_FILE):
        answered = client.open(path.format(file=number), method=method)
        assert answered.status_code in (308, 400, 404), (number, path)


def test_a_mapping_is_found_by_its_name_and_never_by_a_path(site):
    client = site.client()
    for path in ("../schema/1", "a/0", "a/99999999999", "schema/1", "%2e%2e/1", "a%00/1"):
        assert client.get(f"/imports/mappings/{path}.toml").status_code == 404, path


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "db/intake/mappings/shipped/schema.toml", "../x", "", "nothing"]
)
def test_a_mapping_that_is_chosen_is_one_of_the_list(site, name):
    client = site.client()
    number = brought(site, client, content())
    answered = client.post(f"/imports/{number}/mapping", data={"mapping": name})
    assert answered.status_code == 400 and "there is no mapping" in answered.get_data(as_text=True)


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda text: repr(text)[:24])
def test_a_senders_name_makes_no_path_no_markup_and_no_header(site, name):
    client = site.client()
    number = brought(
        site, client, content(record(record_id="1"), record(record_id="2", date_visit="?")), name
    )
    shown = page(client, number)
    assert "<script>alert" not in shown
    if site.upload(number).status == "asked":
        answer(site, client, number, "mapping", mapping="schema")
        answer(site, client, number, "store")
        with client.post(f"/imports/{number}/returned") as got:
            assert got.status_code == 200
            assert "\n" not in got.headers["Content-Disposition"] and "Set-Cookie: x" not in str(got.headers)
    held = site.upload(number).name
    assert len(held) <= 120 and "/" not in held and "\\" not in held and held.isprintable()
    assert all(number in str(path) for path in site.folder.root.rglob("*"))
    assert {path.name for path in site.folder.at(number).iterdir()} <= {
        "look.json", "receipt.json", "tried.json", f"delivered-{number}.csv"
    }  # fmt: skip


OF_ANOTHER_KIND = (
    "list.exe", "list", "list.csv.html", "list.php", "", "list.zip", "list.xlsx/", "a\r\nSet-Cookie: x.csv",
)  # fmt: skip


def test_a_file_of_another_kind_is_refused_and_nothing_is_left(site):
    client = site.client()
    for name in OF_ANOTHER_KIND:
        answered = client.post("/imports", data={"file": (io.BytesIO(content()), name)})
        assert answered.status_code == 400, name
        assert not site.folder.root.exists() or not list(site.folder.root.iterdir()), name


CONTENTS = {
    "nothing": (b"", "a.csv"),
    "zeros": (b"\0" * 5_000, "a.csv"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "a.xlsx"),
    "half a zip": (b"PK\x03\x04" + b"\xff" * 3_000, "a.xlsx"),
    "a web page": (b"<html><script>alert(1)</script></html>", "a.xls"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls"),
    "deep JSON": (b"[" * 100_000, "a.json"),
    "one line": (b"a," * 200_000, "a.csv"),
}


@pytest.mark.parametrize("given", CONTENTS.values(), ids=CONTENTS)
def test_wrong_content_ends_in_a_sentence_and_the_file_is_deleted(site, given):
    client = site.client()
    data, name = given
    got = client.post("/imports", data={"file": (io.BytesIO(data), name)})
    if got.status_code == 303:
        number = got.headers["Location"].rpartition("/")[2]
        site.run()
        shown = page(client, number)
        assert "<script>alert" not in shown and "Traceback" not in shown and "delivered-" not in shown
        if site.upload(number).status == "asked":
            answer(site, client, number, "mapping", mapping="schema")
            assert answer(site, client, number, "store") in (303, 400)
            assert site.upload(number).counts is None or site.upload(number).counts["accepted"] == 0
        else:
            assert site.left(number) == ["receipt.json"]
    else:
        assert got.status_code == 400


def test_a_file_that_is_too_large_is_refused_in_words_before_and_after_it_came(site):
    client = site.client()
    for size, status in ((2 * 1024 * 1024 + 10, 413), (4 * 1024 * 1024, 413), (2 * 1024 * 1024 - 10, 303)):
        got = posted(client, b"a,b\n" * (size // 4))
        assert got.status_code == status, size
        if status == 413:
            assert "larger than 2 MB" in got.get_data(as_text=True)
            assert not site.folder.root.exists() or not list(site.folder.root.iterdir())


def test_a_form_that_is_none_of_ours_takes_nothing_in(site):
    client = site.client()
    for form in (
        {},
        {"file": "text and no file"},
        {"other": (io.BytesIO(b"a"), "a.csv")},
        {"file": [(io.BytesIO(b"a"), "a.csv"), (io.BytesIO(b"b"), "b.csv")]},
        {f"f{n}": "x" for n in range(60)},
    ):
        answered = client.post("/imports", data=form, content_type="multipart/form-data")
        assert answered.status_code in (400, 413), form
        assert not site.folder.root.exists() or not list(site.folder.root.iterdir()), form


def test_a_field_that_is_larger_than_a_form_may_be_is_refused(site):
    assert posted(site.client(), b"x" * 2_000_000, 'name="source"').status_code == 413
    assert not list(site.folder.root.iterdir())


def test_no_disk_no_file(site, monkeypatch):
    import shutil

    real = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: real._replace(free=10_000_000))
    got = site.client().post("/imports", data={"file": (io.BytesIO(content()), "a.csv")})
    assert got.status_code == 400 and "nearly full" in got.get_data(as_text=True)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}]
)
def test_another_site_can_do_nothing_with_files(site, headers):
    client = site.client()
    number = brought(site, client, content())
    for method, path in (*OF_A_FILE, ("POST", "/imports")):
        if method == "POST":
            assert client.post(path.format(file=number), headers=headers).status_code == 403
    assert site.upload(number).status == "asked"


def test_returned_rows_are_for_their_sender_alone_and_given_out_once(site):
    client, other = site.client(), site.client("colleague")
    number = imported(site, client, content(record(date_visit="?", record_id="1")))
    assert other.post(f"/imports/{number}/returned").status_code == 404
    assert client.get(f"/imports/{number}/returned").status_code in (404, 405)
    assert client.head(f"/imports/{number}/returned").status_code in (404, 405)
    codes = []
    for _ in range(2):
        with client.post(f"/imports/{number}/returned") as got:
            codes.append(got.status_code)
            assert got.headers["Cache-Control"] == "no-store"
    assert codes == [200, 404]
    assert sum(one.action == "returned rows fetched" for one in audit.latest(site.database, 100)) == 1


def test_two_who_fetch_at_the_same_time_are_given_one_file(site):
    from db.operations.uploads import take_returned

    number = imported(site, site.client(), content(record(date_visit="?", record_id="1")))
    taken = [take_returned(site.database, "manager@example.org", number) for _ in range(3)]
    assert taken == [True, False, False]


def everything(site) -> str:
    """All that the operations database holds, as one text."""
    with site.database.operations.connect() as connection:
        return "\n".join(
            str(row) for table in Base.metadata.sorted_tables for row in connection.execute(sa.select(table))
        )


def test_no_cell_of_a_file_is_in_the_operations_database_or_the_log(site, caplog):
    caplog.set_level(logging.DEBUG)
    client = site.client()
    row = record(record_id="1") | {"patient": SECRET, "sex": SECRET, "province_home": SECRET}
    bad = record(record_id="2", date_visit=SECRET) | {"patient": SECRET}
    number = imported(site, client, csv_text([row, bad]).encode(), "list.csv")
    assert "Canary" in page(client, number), "its sender sees it"
    assert "Canary" not in everything(site)
    assert "Canary" not in caplog.text


def test_a_fault_of_ours_is_logged_by_a_reference_without_a_cell(site, caplog, monkeypatch):
    client = site.client()
    number = brought(site, client, content())

    def fail(*_args, **_more):
        raise ValueError(SECRET)

    monkeypatch.setattr(import_service, "import_file", fail)
    answer(site, client, number, "mapping", mapping="schema")
    assert site.upload(number).status == "failed"
    shown = page(client, number)
    assert "reference" in shown and "Canary" not in shown
    assert "ValueError" in caplog.text and "Canary" not in caplog.text


def test_what_a_cell_holds_is_text_and_never_markup(site):
    client = site.client()
    markup = "<img src=x onerror=alert(1)>"
    rows = [record(record_id="1", sex=markup), record(record_id=markup, date_visit=markup) | {markup: markup}]
    number = brought(site, client, csv_text(rows).encode())
    seen = [page(client, number)]
    answer(site, client, number, "mapping", mapping="schema")
    seen.append(page(client, number))
    answer(site, client, number, "store")
    seen.append(page(client, number))
    assert all("<img" not in text for text in seen)


def test_a_file_is_stored_with_the_rights_its_sender_has_then(site):
    """Not with those of whoever runs the queue, nor with those of the day it was brought."""
    from db.operations import accounts

    client = site.client()
    number = brought(site, client, content())
    assert upload_queue.grant_of(site.database, "manager@example.org").role == "data_manager"
    answer(site, client, number, "mapping", mapping="schema")
    client.post(f"/imports/{number}/store")
    accounts.set_active(site.database, "manager@example.org", active=False)
    site.run()
    assert site.upload(number).status == "failed"


def test_the_list_holds_ones_own_files_alone(site):
    client, other = site.client(), site.client("colleague")
    number = bring(client, content(), "mine.csv")
    assert "mine.csv" in client.get("/imports").get_data(as_text=True)
    listed = other.get("/imports").get_data(as_text=True)
    assert "mine.csv" not in listed and number not in listed
    with site.database.operations.connect() as connection:
        (held,) = connection.execute(sa.select(upload.c.id)).scalars()
    assert len(held) == 16, "64 random bits"


def test_what_keeps_further_files_out_is_listed_with_a_link_however_old_it_is(site):
    client = site.client()
    waiting = [brought(site, client, content()) for _ in range(4)]
    for _ in range(uploads.LISTED + 2):
        client.post(f"/imports/{bring(client, content())}/cancel")
        site.run()
    waiting.append(brought(site, client, content()))
    refused = client.post("/imports", data={"file": (io.BytesIO(content()), "more.csv")})
    assert refused.status_code == 400
    page = refused.get_data(as_text=True)
    assert "5 of your files are on the way already; finish one, or cancel one" in page
    for number in waiting:
        assert f'href="/imports/{number}"' in page
