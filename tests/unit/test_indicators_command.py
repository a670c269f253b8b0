"""`indicators`: the list, and one indicator by area, against counts by hand."""

from __future__ import annotations

import csv
import io
from collections import namedtuple
from datetime import date
from types import ModuleType

import pytest

from dashboard.services.indicators import divisors, reports
from dashboard.services.indicators.model import Divisor
from surveillance.indicators.table import INDICATORS
from tests.support.files import record, write_csv

COLUMNS = ["code", "name", "numerator", "denominator", "value", "lower", "upper", "status"]
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "operational_district": "0102"},
    {"facility_id": "HC2", "province": "KH02", "operational_district": "0201"},
    {"facility_id": "HC3", "province": "KH02", "operational_district": "0202"},
)


def rows() -> list[dict[str, str]]:
    """Ten P. vivax at HC1 (six started radical cure), five at HC2 (one), and HIV at HC1."""
    found = []
    for number in range(15):
        one = number < 10
        started = number < 6 or number == 10
        found.append(
            record(
                record_id=str(number), disease="malaria", facility_id="HC1" if one else "HC2",
                date_visit="2024-03-04", tested="yes", positive="yes", eligible="yes", treated="yes",
                province_home="KH12" if number < 8 else "", crossing="TH01" if one else "",
                detail=f"species=pv; primaquine={'14_days' if started else 'no'}",
                date_notified="2024-03-05" if number < 9 else "2024-03-08",
            )
        )  # fmt: skip
    found += [
        record(
            record_id=f"h{number}", disease="hiv", date_visit="2024-03-04", tested="yes", positive="yes",
            treated="yes", viral_load="<40" if number < 6 else "5000", date_treated="2023-01-09",
        )
        for number in range(8)
    ]  # fmt: skip
    return found


@pytest.fixture
def app(cli, prepared, tmp_path):
    """The command line on a database that holds `rows`."""

    def fill() -> None:
        assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
        done = cli("import", write_csv(tmp_path / "a.csv", *rows()))
        assert done.code == 0, done.stderr

    prepared(fill)
    return cli


def table(app, *asked: str) -> dict[str, dict[str, str]]:
    """Rows of the CSV that hold anything, by code."""
    done = app("indicators", *asked, "--format", "csv")
    assert done.code == 0, done.stderr
    assert "--list" in asked or done.stdout.splitlines()[0].split(",") == COLUMNS
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {row["code"]: row for row in rows if row["status"] not in ("nobody", "not reported")}


def counts(found: dict[str, dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {code: (row["numerator"], row["denominator"]) for code, row in found.items()}


def test_an_indicator_by_each_kind_of_area(app):
    asked = ("--id", "malaria_radical_cure", "--by")
    assert counts(table(app, *asked, "country")) == {"KH": ("7", "15")}
    assert counts(table(app, *asked, "province")) == {"KH01": ("6", "10"), "KH02": ("1", "5")}
    assert counts(table(app, *asked, "district")) == {"0102": ("6", "10"), "0201": ("1", "5")}
    assert counts(table(app, *asked, "facility")) == {"HC1": ("6", "10"), "HC2": ("1", "5")}
    assert counts(table(app, *asked, "crossing")) == {"TH01": ("6", "10"), "unknown": ("1", "5")}
    one = table(app, *asked, "province")["KH01"]
    assert float(one["value"]) == 0.6
    assert (round(float(one["lower"]), 4), round(float(one["upper"]), 4)) == (0.3127, 0.8318)
    assert counts(table(app, *asked, "province", "--to", "2024-02-29")) == {}


def test_an_indicator_of_the_cascade_says_what_coverage_says(app):
    for by in ("province", "crossing", "facility"):
        own = table(app, "--id", "malaria_positivity", "--by", by)
        done = app(
            "coverage", "--disease", "malaria", "--measure", "positivity", "--by", by, "--format", "json"
        )
        shown = {row["code"]: row for row in done.json() if row["coverage"] is not None}
        assert own.keys() == shown.keys()
        for code, row in own.items():
            assert float(row["value"]) == shown[code]["coverage"]
            assert float(row["lower"]) == shown[code]["lower"]
    assert counts(table(app, "--id", "malaria_testing", "--by", "district")) == {
        "0102": ("10", "10"),
        "0201": ("5", "5"),
    }


def test_hiv_is_never_by_facility_crossing_or_district(app):
    assert counts(table(app, "--id", "hiv_suppressed")) == {"KH01": ("6", "8")}
    assert counts(table(app, "--id", "hiv_suppressed_6_months")) == {"KH01": ("6", "8")}
    for by in ("facility", "crossing", "district"):
        for name in ("hiv_suppressed", "hiv_linkage", "hiv_positivity"):
            done = app("indicators", "--id", name, "--by", by)
            assert done.code == 2
            assert "could harm people" in done.stderr
            assert not done.stdout


def test_days_between_are_counted_and_what_is_blank_is_said(app):
    assert counts(table(app, "--id", "malaria_notified_1_day")) == {"KH01": ("9", "10"), "KH02": ("0", "5")}
    assert table(app, "--id", "malaria_notified_1_day")["KH02"]["status"] == "zero"
    done = app("indicators", "--id", "malaria_investigated_3_days", "--by", "country", "--format", "json")
    assert (done.one["status"], done.one["value"], done.one["unknown"]) == ("unknown", None, 15)
    assert "Not known of 15 records" in done.stderr


def test_a_rate_without_people_is_unknown_and_says_so(app):
    found = table(app, "--id", "malaria_api", "--by", "province")
    assert {row["status"] for row in found.values()} == {"unknown"}
    assert {row["denominator"] for row in found.values()} == {""}
    assert found["KH12"]["numerator"] == "8"
    assert found["unknown"]["numerator"] == "7"
    done = app("indicators", "--id", "malaria_api", "--by", "province")
    assert "in 25 areas: unknown there" in done.stderr
    assert "home province" in done.stderr


def test_a_rate_names_its_people_and_their_year(app, monkeypatch):
    held = {"at_risk": {"KH12": Divisor("at_risk", 2023, "CNM", 4000.0)}}
    monkeypatch.setattr(divisors, "_read", lambda _database, _grant, kind, _level, _year: held.get(kind, {}))
    done = app("indicators", "--id", "malaria_api", "--by", "province", "--format", "json")
    row = {row["code"]: row for row in done.json()}["KH12"]
    assert (row["numerator"], row["denominator"], row["value"], row["status"]) == (8, 4000, 2.0, "value")
    assert (row["denominator_year"], row["denominator_source"]) == (2023, "CNM")
    assert "Divided by at_risk of 2023: CNM." in done.stderr
    # Where nobody counted people at risk, all people stand in, by name.
    held = {"population": {"KH12": Divisor("population", 2024, "NIS", 8000.0)}}
    done = app("indicators", "--id", "malaria_api", "--by", "province", "--format", "json")
    row = {row["code"]: row for row in done.json()}["KH12"]
    assert (row["value"], row["denominator_kind"]) == (1.0, "population")
    assert "No number of people at risk is known" in done.stderr
    done = app("indicators", "--id", "malaria_api", "--from", "2023-01-01", "--to", "2024-12-31")
    assert done.code == 2
    assert "one calendar year" in done.stderr


def test_an_estimate_is_never_carried_below_the_country(app, monkeypatch):
    held = {
        "KH01": Divisor("plhiv", 2024, "a rate times people", 100.0),
        "KH02": Divisor("plhiv", 2024, "subnational model", 100.0, 80.0, 125.0),
        "KH12": Divisor("plhiv", 2024, "subnational model", 10.0, 8.0, 16.0),
        "KH": Divisor("plhiv", 2024, "UNAIDS", 76000.0),
    }
    monkeypatch.setattr(divisors, "_read", lambda *_: held)
    asked = ("indicators", "--id", "hiv_diagnosed", "--format", "json")
    found = {row["code"]: row for row in app(*asked).json()}
    assert (found["KH01"]["status"], found["KH01"]["denominator"]) == ("unknown", None)
    assert (found["KH02"]["status"], found["KH02"]["value"]) == ("zero", 0.0)
    country = app(*asked, "--by", "country").one
    assert (country["numerator"], country["value"]) == (8, pytest.approx(8 / 76000))
    assert country["lower"] is None


def test_what_cannot_be_known_is_refused_in_words(app):
    for asked, words in (
        (("--id", "malaria_api", "--by", "crossing"), "they do not live there"),
        (("--id", "malaria_api", "--by", "facility"), "by province at the lowest"),
        (("--id", "malaria_apy"), "is no indicator"),
        (("--id", "malaria_api", "--from", "2024-13-01"), "is not a day"),
        (("--id", "malaria_testing", "--from", "2024-03-01", "--to", "2024-02-01"), "from"),
    ):
        done = app("indicators", *asked)
        assert done.code == 2, asked
        assert words in done.stderr, done.stderr


@pytest.mark.parametrize("role", ["viewer", "partner", "administrator"])
def test_who_is_shown_issued_figures_alone_sees_none_of_it(app, role):
    for name in ("malaria_radical_cure", "malaria_api", "ids_measles_confirmed"):
        done = app("indicators", "--id", name, "--role", role, "--format", "json")
        assert done.code == 0, done.stderr
        assert {row["status"] for row in done.json()} == {"hidden"}
        assert {row[column] for row in done.json() for column in COLUMNS[2:7]} == {None}
    assert "nothing is issued" in app("indicators", "--id", "malaria_radical_cure", "--role", role).stderr


def test_an_account_of_one_province_counts_its_own(app):
    own = table(app, "--id", "malaria_radical_cure", "--by", "province", "--provinces", "KH02")
    assert counts(own) == {"KH02": ("1", "5")}
    assert counts(table(app, "--id", "malaria_radical_cure", "--by", "facility", "--provinces", "KH02")) == {
        "HC2": ("1", "5")
    }
    assert counts(table(app, "--id", "hiv_suppressed", "--provinces", "KH02")) == {}
    for name, by in (("malaria_api", "province"), ("malaria_radical_cure", "crossing")):
        done = app("indicators", "--id", name, "--by", by, "--provinces", "KH02")
        assert done.code == 2
        assert "your account is for some places" in done.stderr.lower()


def test_an_indicator_over_time_adds_up_to_the_whole(app):
    for name in ("malaria_radical_cure", "malaria_positivity"):
        whole = app("indicators", "--id", name, "--by", "country", "--format", "json").one
        for step in ("month", "quarter", "year"):
            points = app("indicators", "--id", name, "--step", step, "--format", "json").json()
            for part in ("numerator", "denominator"):
                assert sum(point[part] or 0 for point in points) == whole[part]
    assert [one["period"] for one in points] == ["2024"]
    (rate,) = app("indicators", "--id", "malaria_api", "--step", "year", "--format", "json").json()
    assert (rate["numerator"], rate["status"]) == (15, "unknown")
    assert app("indicators", "--id", "malaria_api", "--step", "month", "--format", "json").json() == []
    hidden = app("indicators", "--id", "malaria_radical_cure", "--step", "year", "--role", "viewer")
    assert "7" not in hidden.stdout


def test_foci_are_active_residual_or_cleared_by_their_last_local_case(cli, tmp_path):
    def case(number, village, day, **more):
        return record(
            record_id=str(number), disease="malaria", date_visit=day, tested="yes", positive="yes",
            origin="indigenous", focus=village,
        ) | more  # fmt: skip

    rows = [
        case(1, "02110307", "2021-06-30"),
        case(2, "02110307", "2024-06-30"),  # the last one counts: 12 months back
        case(3, "02110401", "2023-06-29"),  # 24 months
        case(4, "2110402", "2022-06-30"),  # 36 months, the first zero lost
        case(5, "11030201", "2022-05-30"),  # 37 months
        case(6, "11030202", "2025-06-01", origin="imported"),
        case(7, "11030203", "2025-06-01", tested="yes", positive="no"),
        case(8, "our village", "2025-06-01"),
    ]
    assert cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    asked = ("--to", "2025-06-30")
    for state, expected in (
        ("active", {"KH02": ("1", "")}),
        ("residual", {"KH02": ("2", "")}),
        ("cleared", {"KH11": ("1", "")}),
    ):
        found = table(cli, "--id", f"malaria_foci_{state}", *asked)
        assert {code: one for code, one in counts(found).items() if one[0] != "0"} == expected
        assert len(found) == 25
    done = cli("indicators", "--id", "malaria_foci_active", "--role", "viewer", "--format", "json")
    assert {row["status"] for row in done.json()} == {"hidden"}
    assert cli("indicators", "--id", "malaria_foci_active", "--by", "facility").code == 2


def test_reporting_is_asked_of_who_has_reported(app, monkeypatch):
    """The two indicators of reporting sum what the table of reports says; never above 100%."""
    said = []

    def reporting_table(_database, _grant, *, by, disease, first, last):
        said.append((by, disease, first, last))
        Row = namedtuple("Row", "code name due received on_time")
        if by == "district":
            return [Row("0102", "Poipet", 10, 9, 6), Row("0201", "Battambang", 4, 4, 4)]
        return [Row("HC1", "One", 10, 9, 6), Row("HC2", "Two", 4, 4, 4), Row("HC3", "Three", 0, 0, 0)]

    fake = ModuleType("dashboard.services.reporting.table")
    fake.reporting_table = reporting_table
    monkeypatch.setattr(reports, "import_module", lambda name: fake)
    asked = ("--from", "2024-01-01", "--to", "2024-03-31")
    found = table(app, "--id", "reporting_completeness", "--by", "facility", *asked)
    assert counts(found) == {"HC1": ("9", "10"), "HC2": ("4", "4")}  # who was not due is not missing
    found = table(app, "--id", "reporting_timeliness", "--by", "district", *asked)
    assert counts(found) == {"0102": ("6", "10"), "0201": ("4", "4")}
    app("indicators", "--id", "reporting_completeness", "--by", "facility")
    assert said[-1] == ("facility", None, date(2024, 3, 4), date(2024, 3, 4))  # all there is


@pytest.mark.full
def test_published_cascades_come_out_of_imported_records_to_the_digit(cli, tmp_path):
    """IOM's cascade of tuberculosis, January 2020 to November 2021, and the radical cure of 2019 to 2020."""
    steps = [
        (342, {"eligible": "yes", "tested": "yes", "positive": "yes", "detail": "xray=yes; xpert=positive"}),
        (1177, {"eligible": "yes", "tested": "yes", "positive": "no", "detail": "xray=yes; xpert=negative"}),
        (508, {"eligible": "yes", "tested": "no", "detail": "xray=yes; xpert=no"}),
        (244, {"eligible": "yes", "tested": "no", "detail": "xray=no; xpert=no"}),
        (12763, {"eligible": "no"}),
    ]
    pv = {
        "disease": "malaria",
        "tested": "yes",
        "positive": "yes",
        "treated": "yes",
        "date_visit": "2020-01-07",
    }
    cure = [
        (747, {"detail": "species=pv; g6pd=normal; primaquine=14_days", "completed": "yes"}),
        (212, {"detail": "species=mixed; g6pd=normal; primaquine=14_days", "completed": "no"}),
        (323, {"detail": "species=pv; g6pd=deficient; primaquine=no"}),
        (1957, {"detail": "species=pv; g6pd=not_tested; primaquine=no"}),
        (50, {"detail": "species=pf; primaquine=single_dose"}),
    ]
    people = [one for many, one in steps for _ in range(many)] + [
        pv | one for many, one in cure for _ in range(many)
    ]
    columns = [
        "record_id",
        "facility_id",
        "disease",
        "date_visit",
        "eligible",
        "tested",
        "positive",
        "treated",
    ]
    columns += ["completed", "detail"]
    blank = dict.fromkeys(columns, "")
    rows = (blank | record(record_id=str(number)) | one for number, one in enumerate(people))
    assert cli("import", write_csv(tmp_path / "a.csv", *rows, columns=columns)).code == 0
    for name, expected in (
        ("tb_presumptive", (2271, 15034)), ("tb_xray", (2027, 2271)),
        ("tb_rapid_test_of_xrayed", (1519, 2027)), ("tb_xpert_positivity", (342, 1519)),
        ("tb_yield", (342, 15034)), ("malaria_g6pd_tested", (1282, 3239)),
        ("malaria_radical_cure", (959, 3239)), ("malaria_radical_cure_completed", (747, 959)),
    ):  # fmt: skip
        found = cli("indicators", "--id", name, "--by", "country", "--format", "json").one
        assert (found["numerator"], found["denominator"], found["unknown"]) == (*expected, 0), name


def test_the_list_holds_every_definition(cli):
    done = cli("indicators", "--list", "--format", "json")
    listed = {row["id"]: row for row in done.json()}
    assert listed.keys() == INDICATORS.keys()
    for name, row in listed.items():
        assert row["name_km"] != row["name"], name
        assert row["source"]
        assert row["multiplier"] in (1, 100, 1000, 100_000)
    assert listed["malaria_api"]["unit"] == "per 1,000 people at risk"
    text = cli("indicators", "--list").stdout
    assert "malaria_api" in text
    assert cli("indicators", "--list", "--format", "csv").stdout.startswith("id,programme,name,name_km,")


def test_a_file_of_then_again_adds_nothing_with_columns_that_came_since(cli, tmp_path):
    """Where the new columns are blank, a record is what it was without them."""
    old = [record(record_id="", disease="malaria", positive="yes"), record(record_id="7", disease="malaria")]
    assert cli("import", write_csv(tmp_path / "a.csv", *old)).code == 0
    new = [row | {"date_notified": "", "viral_load": "", "g6pd_activity": "", "focus": ""} for row in old]
    said = cli("import", write_csv(tmp_path / "b.csv", *new), "--format", "json").one
    assert (said["accepted"], said["amended"], said["duplicate"]) == (0, 0, 2)
    # Filled in, it is the same record with another content: never a second one.
    filled = [row | {"date_notified": "2025-03-05"} for row in new]
    said = cli("import", write_csv(tmp_path / "c.csv", *filled), "--format", "json").one
    assert (said["accepted"], said["amended"], said["duplicate"]) == (0, 2, 0)
    assert cli("verify").code == 0
