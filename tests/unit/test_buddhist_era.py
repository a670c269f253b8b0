"""Years of the Buddhist era by the two reckonings, and the question that is asked once for a file."""

from __future__ import annotations

import itertools
import json
from datetime import date

import pytest
import sqlalchemy as sa

from db.intake.dates.parse import read_eras
from db.maintenance.opening import open_database
from db.tables.aggregates import aggregate_value
from surveillance.calendar.buddhist_era import from_buddhist, visak_bochea
from surveillance.report_periods import parse_report_period
from tests.support.files import csv_text, read_csv, record, write_csv
from tests.support.stored import records_of

#: Public holidays of Cambodia.
HOLIDAYS = {
    2013: (5, 24), 2017: (5, 10), 2018: (4, 29), 2019: (5, 18), 2020: (5, 6), 2021: (4, 26), 2022: (5, 15),
    2023: (5, 4), 2024: (5, 22), 2025: (5, 11), 2026: (5, 1),
}  # fmt: skip


@pytest.mark.parametrize(("year", "day"), HOLIDAYS.items())
def test_visak_bochea_is_the_public_holiday_of_its_year(year, day):
    assert visak_bochea(year) == date(year, *day)


def test_visak_bochea_is_in_april_or_may_of_every_year_and_a_khmer_year_after_the_one_before():
    days = [visak_bochea(year) for year in range(1895, 2101)]
    assert {day.month for day in days} == {4, 5}
    assert {(b - a).days for a, b in itertools.pairwise(days)} == {354, 355, 384}
    for year in (1894, 2101):
        with pytest.raises(ValueError):
            visak_bochea(year)


def test_the_cambodian_year_changes_on_the_day_after_visak_bochea():
    assert from_buddhist(2568, 5, 11, "cambodian") == date(2025, 5, 11)
    assert from_buddhist(2569, 5, 12, "cambodian") == date(2025, 5, 12)
    assert from_buddhist(2568, 5, 23, "cambodian") == date(2024, 5, 23)
    assert from_buddhist(2568, 12, 31, "cambodian") == date(2024, 12, 31)
    assert from_buddhist(2568, 1, 1, "cambodian") == date(2025, 1, 1)
    assert from_buddhist(2568, 12, 31, "thai") == date(2025, 12, 31)


def test_a_day_that_a_cambodian_year_has_not_or_has_twice_is_no_day():
    with pytest.raises(ValueError):  # 2567 ended on 22 May 2024 and 2568 on 11 May 2025
        from_buddhist(2568, 5, 15, "cambodian")
    with pytest.raises(ValueError):  # 2570 is from 2 May 2026 to 20 May 2027
        from_buddhist(2570, 5, 10, "cambodian")
    assert from_buddhist(2570, 5, 10, "cambodian", date(2026, 11, 29)) == date(2026, 5, 10)
    with pytest.raises(ValueError):
        from_buddhist(2570, 5, 10, "cambodian", date(2027, 6, 1))


@pytest.mark.parametrize(
    "text",
    ["2568-06-10", "10 June 2568", "១០ មិថុនា ២៥៦៨", "15/06/68", "25/12/2568", "25680610", "2568/06/10 10:30"],
)
def test_a_day_after_may_has_two_readings_a_year_apart(text):
    found = read_eras(text)
    assert found.thai.replace(year=2024) == found.cambodian


@pytest.mark.parametrize("text", ["2568-03-04", "4/3/2568", "30/04/2568", "2025-06-10", "04/03/68", "45720"])
def test_a_day_that_both_reckonings_give_alike_is_no_question(text):
    assert not hasattr(read_eras(text), "cambodian")


@pytest.fixture
def bring(sqlite_cli, tmp_path):
    """Import rows; returns the outcome."""

    def brought(*rows, options=(), name="list.csv"):
        path = write_csv(tmp_path / name, *rows)
        return sqlite_cli("import", path, *options, "--format", "json")

    return brought


def visits(cli):
    """Days of the visits that are stored, by record."""
    return [
        str(row["date_visit"]) for row in sorted(records_of(cli.url), key=lambda row: str(row["record_id"]))
    ]


def test_a_file_with_buddhist_years_after_may_is_asked_about_once_and_nothing_is_stored(bring, sqlite_cli):
    rows = [
        record(record_id=n, date_visit=day)
        for n, day in enumerate(("2568-01-02", "2568-06-10", "2567-07-01"))
    ]
    done = bring(*rows)
    assert (done.code, done.json(), visits(sqlite_cli)) == (3, [], [])
    for part in ("'2568-06-10' in row 3 (date_visit)", "2025-06-10 by the Thai",
                 "2024-06-10 by the Cambodian",
                 "--era thai or --era cambodian", "nothing was imported"):  # fmt: skip
        assert part in done.stderr
    assert done.stderr.count("can be read in two ways") == 1


@pytest.mark.parametrize(
    ("era", "read"),
    [("thai", ["2025-01-02", "2025-06-10"]), ("cambodian", ["2025-01-02", "2024-06-10"])],
)
def test_the_answer_holds_for_every_day_and_is_kept_with_the_receipt(era, read, bring, sqlite_cli):
    rows = [record(record_id=n, date_visit=day) for n, day in enumerate(("2568-01-02", "2568-06-10"))]
    done = bring(*rows, options=("--era", era))
    assert done.one["mapping"]["era"] == era
    assert visits(sqlite_cli) == read


def test_where_the_order_makes_both_reckonings_agree_nothing_is_asked(bring, sqlite_cli):
    rows = [record(record_id=1, date_visit="05/06/2568")]
    assert "--dates day-first" in bring(*rows).stderr
    assert "--era thai" in bring(*rows, options=("--dates", "day-first")).stderr
    assert bring(*rows, options=("--dates", "month-first")).code == 0
    assert visits(sqlite_cli) == ["2025-05-06"]


def test_a_birth_after_may_is_a_year_earlier_by_the_cambodian_reckoning(bring, sqlite_cli):
    rows = [record(record_id=1, birth_date="2530-06-01", date_visit="2025-03-04")]
    assert "'2530-06-01' in row 2 (birth_date)" in bring(*rows).stderr
    bring(*rows, options=("--era", "cambodian"))
    assert [row["age_years"] for row in records_of(sqlite_cli.url)] == [38]


def test_a_date_or_header_in_thai_shows_the_thai_reckoning(bring, sqlite_cli, tmp_path):
    days = ("๑๐ มิ.ย. ๒๕๖๘", "10 มิถุนายน 2568", "วันอังคารที่ 10 มิถุนายน พ.ศ. 2568", "10 มิ.ย. 68", "2568-06-10")
    done = bring(*[record(record_id=n, date_visit=day) for n, day in enumerate(days)])
    assert done.one["accepted"] == 5, done.stderr
    assert set(visits(sqlite_cli)) == {"2025-06-10"}
    mapping = tmp_path / "thai.toml"
    mapping.write_text(
        'name = "thai"\nversion = 1\nkind = "line-list"\nown_names = true\n[columns]\ndate_visit = "วันที่"\n',
        encoding="utf-8",
    )
    row = {"facility_id": "HC2", "disease": "tb", "record_id": "9", "วันที่": "2568-06-10"}
    done = bring(row, options=("--mapping", mapping), name="other.csv")
    assert done.one["accepted"] == 1, done.stderr


def test_a_file_in_a_thai_encoding_shows_the_thai_reckoning(sqlite_cli, tmp_path):
    rows = [record(record_id=n, date_visit="2568-06-10", province_home="สระแก้ว") for n in range(5)]
    path = tmp_path / "list.csv"
    path.write_bytes(csv_text(rows).encode("cp874"))
    done = sqlite_cli("import", path, "--format", "json")
    assert done.one["accepted"] == 5, done.stderr
    assert set(visits(sqlite_cli)) == {"2025-06-10"}


def test_a_mapping_that_is_begun_names_the_reckoning_where_it_matters(sqlite_cli, tmp_path):
    for day, hinted in (("2568-06-10", True), ("2568-03-04", False)):
        path = write_csv(tmp_path / "list.csv", record(date_visit=day))
        sqlite_cli("mapping", "suggest", path, "--out", tmp_path / f"{hinted}.toml")
        text = (tmp_path / f"{hinted}.toml").read_text(encoding="utf-8")
        assert ('# era = "thai"' in text) is hinted


def test_a_mapping_may_declare_the_reckoning(bring, sqlite_cli, tmp_path):
    mapping = tmp_path / "ours.toml"
    head = 'name = "ours"\nversion = 1\nkind = "line-list"\nown_names = true\nera = '
    mapping.write_text(head + '"cambodian"\n', encoding="utf-8")
    done = bring(record(date_visit="2568-06-10"), options=("--mapping", mapping))
    assert done.one["mapping"]["era"] == "cambodian"
    assert visits(sqlite_cli) == ["2024-06-10"]
    mapping.write_text(head + '"lunar"\n', encoding="utf-8")
    assert "era: needs one of thai, cambodian" in sqlite_cli("mapping", "check", mapping).stderr


def test_a_watched_folder_keeps_the_question_and_takes_the_answer(sqlite_cli, tmp_path):
    def watched(name, *options):
        folder = tmp_path / name
        folder.mkdir()
        write_csv(folder / "list.csv", record(date_visit="2568-06-10"))
        return sqlite_cli("watch", folder, "--once", "--seconds", "0.05", *options), folder

    done, folder = watched("one")
    assert done.code == 3
    said = json.loads((folder / "failed" / "list.csv.receipt.json").read_text(encoding="utf-8"))
    assert "by the Thai reckoning" in said["error"]
    done, folder = watched("two", "--era", "thai")
    assert (done.code, visits(sqlite_cli)) == (0, ["2025-06-10"])


def test_a_day_that_the_cambodian_year_has_not_goes_back(bring):
    done = bring(record(date_visit="2568-05-15"), options=("--era", "cambodian"))
    (row,) = read_csv(done.one["returned_file"])
    assert "date_visit: '2568-05-15' is no day of the Cambodian year" in row["chhlang_reason"]


@pytest.mark.parametrize(
    ("text", "thai", "cambodian"),
    [
        ("256803", "2025-03-01", "2025-03-01"),
        ("256806", "2025-06-01", "2024-06-01"),
        ("256804", "2025-04-01", None),
        ("256805", "2025-05-01", None),
        ("2568Q1", "2025-01-01", "2025-01-01"),
        ("2568Q2", "2025-04-01", None),
        ("2568Q3", "2025-07-01", "2024-07-01"),
        ("2568S1", "2025-01-01", None),
        ("2568S2", "2025-07-01", "2024-07-01"),
        ("2568W10", "2025-03-03", None),
        ("2568", "2025-01-01", None),
    ],
)
def test_a_period_of_a_report_has_its_days_by_each_reckoning(text, thai, cambodian):
    assert parse_report_period(text)[0].isoformat() == thai
    if cambodian is None:
        with pytest.raises(ValueError):
            parse_report_period(text, "cambodian")
    else:
        assert parse_report_period(text, "cambodian")[0].isoformat() == cambodian


def reported(*periods):
    """Rows of an aggregate report."""
    return [
        {"dataElement": "malaria tested", "period": period, "orgUnit": "HC1", "categoryOptionCombo": "",
         "value": 3}
        for period in periods
    ]  # fmt: skip


def test_an_aggregate_report_is_asked_about_once_too(bring, sqlite_cli):
    def reports(*periods, options=()):
        return bring(*reported(*periods), options=("--mapping", "dhis2-values", *options))

    done = reports("256801", "256807")
    assert done.code == 3
    assert "'256807' in row 3 (period) is 2025-07-01 by the Thai reckoning and 2024-07-01" in done.stderr
    done = reports("256801", "256807", options=("--era", "cambodian"))
    assert (done.one["accepted"], done.one["mapping"]["era"]) == (2, "cambodian")
    database = open_database(sqlite_cli.url)
    with database.reading() as connection:
        days = connection.execute(sa.select(aggregate_value.c.first_day)).scalars()
        assert sorted(map(str, days)) == ["2024-07-01", "2025-01-01"]
    database.dispose()
    (row,) = read_csv(reports("256804", options=("--era", "cambodian")).one["returned_file"])
    assert "period: '256804' cannot be read" in row["chhlang_reason"]
    assert reports("256801").one["mapping"]["era"] is None
    assert reports("๒๕๖๘๐๘").one["mapping"]["era"] == "thai"
