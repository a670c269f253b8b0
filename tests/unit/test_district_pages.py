"""Pages of districts: who is shown what, the import in the browser, and the same numbers as files."""

from __future__ import annotations

import csv
import io

import pytest

from db.maintenance.opening import open_database
from tests.support.accounts import add_accounts
from tests.support.files import csv_text, record, write_csv
from tests.support.web import callback_body, served, signed_in

FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "operational_district": "Poipet"},
    {"facility_id": "HC2", "province": "KH02", "operational_district": "Sangkae"},
)
MOVE = ({"facility_id": "HC1", "operational_district": "Thma Puok", "from": "2025-03-03", "source": "MoH"},)
HOME = "/provinces/KH01/districts"


def rows():
    same = {"disease": "malaria", "province_home": "KH01", "eligible": "yes", "tested": "yes"}
    found = [record(record_id=str(at), district_home="0102", positive="yes", **same) for at in range(3)]
    found += [record(record_id=f"b{at}", district_home="Malai", positive="no", **same) for at in range(2)]
    found += [record(record_id="c", **same), record(record_id="d", **same | {"province_home": "KH02"})]
    return [*found, record(record_id="h", disease="hiv", province_home="KH01", district_home="0102")]


@pytest.fixture
def server(sqlite_cli, tmp_path):
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows())).code == 0
    others = {"manager": ("data_manager", None), "epidemiologist": ("epidemiologist", None)}
    database = open_database(sqlite_cli.url)
    add_accounts(database, others)
    database.dispose()
    with served(sqlite_cli.url) as made:
        yield made


def test_the_dated_table_is_shown_imported_and_taken_away(server):
    manager = signed_in(server, "manager")

    def bring(what):
        form = {"what": what, "file": (io.BytesIO(csv_text(MOVE).encode()), "moves.csv")}
        return manager.post("/districts", data=form, content_type="multipart/form-data")

    tried = bring("try").text
    assert "nothing was stored" in tried
    assert "Thma Puok" not in manager.get("/districts").text
    assert "The file was imported." in bring("store").text
    for reader in ("manager", "viewer"):
        page = signed_in(server, reader).get("/districts").text
        assert "Thma Puok" in page
        assert "24 provinces or Phnom Penh" in page
        assert "Sangkae" in page
    taken = list(csv.DictReader(io.StringIO(manager.get("/districts.csv").text.lstrip("\ufeff"))))
    assert [(one["facility_id"], one["operational_district"], one["from"]) for one in taken] == [
        ("HC1", "Poipet", ""),
        ("HC1", "Thma Puok", "2025-03-03"),
        ("HC2", "Sangkae", ""),
    ]
    assert "moves.csv" in manager.get("/districts?history=yes").text
    wrong = {"what": "store", "file": (io.BytesIO(b"a,b\n1,2\n"), "w.csv")}
    answer = manager.post("/districts", data=wrong, content_type="multipart/form-data")
    assert answer.status_code == 400
    assert "the header lacks" in answer.text


def test_districts_of_home_are_for_entitled_accounts_of_the_country_alone(server):
    own = signed_in(server, "epidemiologist")
    page = own.get(HOME).text
    assert "0102" in page
    assert "District not recorded" in page
    found = list(csv.DictReader(io.StringIO(own.get(f"{HOME}.csv").text.lstrip("\ufeff"))))
    counts = {one["code"]: int(one["records"]) for one in found if one["records"] != "0"}
    assert counts == {"KH0102": 3, "KH0109": 2, "KH01 rest": 1}
    assert "By district of home or of infection" in own.get("/provinces/KH01").text
    for asked in (
        "disease=hiv",
        "place=care",
        "measure=completion",
        "from=soon",
        "from=2025-02-01&to=2025-01-01",
    ):
        assert own.get(f"{HOME}?{asked}").status_code == 400, asked
    assert own.get("/provinces/KH99/districts").status_code == 404
    for name in ("viewer", "provincial"):
        other = signed_in(server, name)
        for path in (HOME, f"{HOME}.csv"):
            answer = other.get(path)
            assert answer.status_code == 403
            assert "0102" not in answer.text
        assert "By district of home" not in other.get("/provinces/KH02").text


def answered(reader, search):
    """What the map page shows of an address, as one text."""
    answer = reader.post("/_dash-update-component", json=callback_body(reader, search))
    assert answer.status_code == 200, answer.text
    table = answer.get_json()["response"]["resolved"]["data"]["table"]
    return answer.text, reader.get(table).text


def test_the_map_curves_and_rates_are_known_by_operational_district(server, tmp_path, sqlite_cli):
    own = signed_in(server, "epidemiologist")
    for search in ("?by=district&disease=malaria", "?by=district&measure=malaria_testing"):
        shown, table = answered(own, search)
        assert "The borders of operational districts are not published" in shown
        assert "3 districts have no facility with a position" not in shown
        assert "2 districts have no facility with a position" in shown
        assert "Banteay Meanchey · Poipet" in table
        assert "Battambang · Sangkae" in table
    names = {(name, by) for _, name, _, by in own.get("/map/areas").get_json() if by == "district"}
    assert names == {("Poipet", "district"), ("Sangkae", "district")}
    taken = own.get("/export/coverage.csv?disease=malaria&by=district").text.lstrip("\ufeff")
    found = {one["code"]: one["denominator"] for one in csv.DictReader(io.StringIO(taken))}
    assert found["Poipet"] == "7"
    assert own.get("/map?by=district&disease=malaria").status_code == 200
    assert own.get("/map.png?by=district&disease=malaria").status_code == 200
    assert (
        "Operational district: Poipet" in own.get("/curves?disease=malaria&place=district&area=Poipet").text
    )
    assert 'value="Poipet"' in own.get("/curves?disease=malaria").text
    unknown = own.get("/rates?disease=malaria&by=district").text
    assert "Banteay Meanchey · Poipet" in unknown
    assert "a province&#39;s people are never divided" in unknown
    people = {"area": "OD Poipet", "year": "2025", "population": "50000", "source": "census"}
    assert sqlite_cli("population", "import", write_csv(tmp_path / "p.csv", people)).code == 0
    rates = list(
        csv.DictReader(io.StringIO(own.get("/rates.csv?disease=malaria&by=district").text.lstrip("\ufeff")))
    )
    assert [(one["code"], one["events"], one["denominator_year"]) for one in rates[:2]] == [
        ("Poipet", "3", "2025"),
        ("Sangkae", "", ""),
    ]
    refused = own.get("/rates?disease=malaria&by=district&smooth=bym2").text
    assert "which operational districts are neighbours is not known" in refused
    reading = signed_in(server, "viewer")
    shown, table = answered(reading, "?by=district&disease=malaria")
    assert "By operational district nothing is issued" in shown
    assert table.count("■</span> hidden") == len(("Poipet", "Sangkae", "unknown", "all"))
    for path in (
        "/curves?disease=malaria&place=district&area=Poipet",
        "/rates?disease=malaria&by=district",
        "/funnel?disease=malaria&by=district",
        "/indicators/malaria_testing?by=district",
    ):
        text = reading.get(path).text
        assert "nothing is issued" in text, path
    assert "Poipet" not in [one[1] for one in reading.get("/map/areas").get_json() if one[3] == "district"]
    hiv, _ = answered(own, "?by=district&disease=hiv")
    assert "never shown by crossing" in hiv


def test_an_indicator_is_a_curve_of_the_country_and_of_an_area(server):
    own = signed_in(server, "epidemiologist")
    page = own.get("/curves?disease=malaria").text
    assert '<option value="malaria_testing">' in page
    for area in ("", "&area=KH01", "&place=district&area=Poipet", "&place=facility&area=HC1"):
        shown = own.get(f"/curves?disease=malaria&what=malaria_positivity{area}")
        assert shown.status_code == 200, area
        assert '<option value="malaria_positivity" selected>' in shown.text
        rows = own.get(f"/curves.csv?disease=malaria&what=malaria_positivity{area}").text.lstrip("\ufeff")
        found = [one for one in csv.DictReader(io.StringIO(rows)) if one["denominator"]]
        assert [(one["numerator"], one["denominator"]) for one in found] == [("3", "5")], area
    assert own.get("/curves.png?disease=malaria&what=malaria_positivity").status_code == 200
    assert own.get("/curves.json?disease=malaria&what=malaria_positivity").status_code == 200
    other = own.get(
        "/curves?disease=dengue&what=malaria_positivity"
    ).text  # the disease was changed in the form
    assert "Dengue" in other
    assert "selected>Malaria" not in other
    refused = own.get("/curves?disease=malaria&what=malaria_positivity&place=infection&area=KH01").text
    assert "is not counted by this kind of place" in refused
