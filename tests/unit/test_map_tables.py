"""The tables that the map page fetches: who is given one, once, and of which numbers."""

from __future__ import annotations

import csv
import io
import re

import pytest

from dashboard.pages.explorer import map_table
from dashboard.pages.explorer.map_table import Shown, Tables
from dashboard.permissions import Grant
from dashboard.services.coverage import view
from dashboard.services.coverage.changes import Changes
from db.core.scope import Scope
from tests.support.files import record, write_csv
from tests.support.pages import fetched, map_page
from tests.support.web import served, signed_in
from tests.unit.test_area_table import table

OFFICIAL = Grant("a@health.example", "official", Scope.everything())
OTHERS = (
    Grant("b@health.example", "official", Scope.everything()),
    Grant("a@health.example", "viewer", Scope.everything()),
    Grant("a@health.example", "official", Scope.of("KH01")),
)
HOSTILE = (
    "%00",
    "numbers=",
    "numbers=%27%3B--",
    "area=%ed%a0%80",
    "disease=%3Cscript%3E",
    "x=" + "y" * 5_000,
)


@pytest.fixture(scope="module")
def server(sqlite_files, tmp_path_factory):
    """A server on two provinces."""
    from tests.support.command_line import CommandLine

    folder = tmp_path_factory.mktemp("rows")
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2)]
        assert cli("facilities", "import", write_csv(folder / "f.csv", *listed)).code == 0
        rows = [
            record(record_id=str(n), facility_id=f"HC{1 + n % 2}", date_visit="2025-03-04", eligible="yes",
                   tested="yes" if n % 3 else "no")
            for n in range(60)
        ]  # fmt: skip
        assert cli("import", write_csv(folder / "a.csv", *rows)).code == 0
        with served(url) as made:
            yield made


def shown(*counts) -> Shown:
    return Shown(table(*counts), Changes(), {"disease": "tb"})


def numbers_of(address: str) -> str:
    return address.rpartition("numbers=")[2]


def test_a_table_is_given_once_and_only_to_the_account_it_was_made_for():
    tables, made = Tables(), shown((1, 20))
    numbers = numbers_of(tables.lay_down(OFFICIAL, made))
    for other in OTHERS:
        assert tables.take(other, numbers) is None
    assert tables.take(OFFICIAL, "") is None
    assert tables.take(OFFICIAL, numbers) is made
    assert tables.take(OFFICIAL, numbers) is None


def test_a_table_waits_a_minute_and_few_wait(monkeypatch):
    tables, now = Tables(), [1_000.0]
    monkeypatch.setattr(map_table, "monotonic", lambda: now[0])
    numbers = numbers_of(tables.lay_down(OFFICIAL, shown((1, 20))))
    now[0] += 61
    assert tables.take(OFFICIAL, numbers) is None
    first, *rest = [numbers_of(tables.lay_down(OFFICIAL, shown((n, 200)))) for n in range(33)]
    assert tables.take(OFFICIAL, first) is None
    assert all(tables.take(OFFICIAL, one) for one in rest)


def test_another_number_or_question_is_another_address_and_nothing_else_is():
    tables = Tables()
    one = tables.lay_down(OFFICIAL, shown((1, 20)))
    assert one == tables.lay_down(OFFICIAL, shown((1, 20)))
    assert one != tables.lay_down(OFFICIAL, shown((2, 20)))
    assert one != tables.lay_down(OFFICIAL, Shown(table((1, 20)), Changes(), {"disease": "hiv"}))


def test_the_database_is_asked_once_for_map_and_table(server, monkeypatch):
    client = signed_in(server, "official")
    asked = []
    for name in ("view", "compared"):
        inner = getattr(view, name)
        monkeypatch.setattr(
            view, name, lambda *given, inner=inner, name=name: asked.append(name) or inner(*given)
        )
    page = map_page(client, "?disease=tb")
    assert asked == ["view", "view"], "for the map with its table, and for the trend"
    address = page["resolved"]["data"]["table"]
    assert fetched(client, address) == page["table"], "the second time it is read anew"
    assert asked[2:] == ["compared"]


def test_an_area_or_a_step_does_not_change_the_address_of_the_table(server):
    client = signed_in(server, "official")
    address, *others = [
        map_page(client, f"?disease=tb{more}")["resolved"]["data"]["table"]
        for more in ("", "&area=KH01", "&area=KH02&step=week", "&utm=x")
    ]
    assert set(others) == {address}
    assert map_page(client, "?disease=tb&sex=male")["resolved"]["data"]["table"] != address


def test_without_a_map_before_it_the_table_says_the_same_and_agrees_with_the_download(server):
    client = signed_in(server, "official")
    asked = "disease=tb&from=2025-01-01&to=2025-12-31"
    page = map_page(client, f"?{asked}")
    alone = fetched(client, f"/map/table?{asked}")
    assert alone == page["table"]
    text = client.get(f"/export/coverage.csv?{asked}").get_data(as_text=True).lstrip("\ufeff")
    for row in csv.DictReader(io.StringIO(text)):
        (line,) = re.findall(rf'<tr data-code="{row["code"]}">.*', alone)
        if row["coverage"]:
            assert f"{float(row['coverage']):.1%}" in line
            assert f">{row['numerator']} / {row['denominator']}<" in line


@pytest.mark.parametrize("path", ["/map/table", "/map/trend"])
def test_a_stranger_is_answered_401_and_not_led_to_a_page(server, path):
    assert server.test_client().get(f"{path}?disease=tb").status_code == 401


@pytest.mark.parametrize("path", ["/map/table", "/map/trend"])
@pytest.mark.parametrize("asked", HOSTILE, ids=lambda text: text[:20])
def test_whatever_stands_in_the_address_a_table_answers(server, path, asked):
    text = fetched(signed_in(server, "viewer"), f"{path}?{asked}")
    assert "<table" in text
    assert "<script" not in text


@pytest.mark.parametrize(("language", "head"), [("en", "Province"), ("km", "ខេត្ត")])
def test_a_table_is_in_the_readers_language(server, language, head):
    client = signed_in(server, "official")
    client.set_cookie("chhlang-language", language)
    assert head in map_page(client, "?disease=tb")["table"]


def test_who_may_not_see_coverage_is_refused(server, monkeypatch):
    client = signed_in(server, "official")
    address = map_page(client, "?disease=tb")["resolved"]["data"]["table"]
    monkeypatch.setattr(Grant, "can", lambda _grant, _permission: False)
    assert client.get(address).status_code == 403
    assert client.get("/map/trend?disease=tb").status_code == 403
