"""Ages whose unit stands in a column of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.intake.mappings.suggest import suggest
from tests.support.files import csv_text
from tests.support.stored import records_of

AGES = [("7", "months", 0), ("30", "years", 30), ("18", "Months", 1), ("3", "ខែ", 0), ("5", "ปี", 5),
        ("2y", "", 2), ("40", "", None), ("8", "moons", None), ("90", "d", 0),
        ("", "months", None)]  # fmt: skip


def _file(path: Path, header: tuple[str, str] = ("age_years", "age_unit")) -> Path:
    rows = [
        {"record_id": f"R{n:02}", "facility_id": "HC1", "disease": "tb", "date_visit": "2025-03-04",
         header[0]: age, header[1]: unit}
        for n, (age, unit, _) in enumerate(AGES)
    ]  # fmt: skip
    path.write_text(csv_text(rows), encoding="utf-8")
    return path


def test_the_unit_beside_an_age_is_read(sqlite_cli, tmp_path):
    done = sqlite_cli("import", _file(tmp_path / "ages.csv"))
    assert done.code == 0, done.stderr
    assert [row["age_years"] for row in records_of(sqlite_cli.url)] == [years for _, _, years in AGES]
    assert "age_years '40' has no unit beside it: unknown in row 8" in done.stdout
    assert "age_unit 'moons' cannot be read" in done.stdout


def test_a_mapping_that_leaves_the_unit_out_is_told_so(sqlite_cli, tmp_path):
    mapping = tmp_path / "own.toml"
    mapping.write_text(
        'name = "own"\nversion = 1\nkind = "line-list"\nown_names = true\nignore = ["Age Unit"]\n'
        '[columns]\nage_years = "Age"\n',
        encoding="utf-8",
    )
    done = sqlite_cli("import", _file(tmp_path / "ages.csv", ("Age", "Age Unit")), "--mapping", mapping)
    assert "column 'Age Unit' is not read, and may change what 'Age' means" in done.stdout


@pytest.mark.parametrize(
    "unit",
    [
        "age_unit",
        "Age units",
        "unit of age",
        "AgeUnit",
        "age type",
        "ឯកតាអាយុ",
        "អាយុ_ឯកតា",
        "หน่วยอายุ",
        "Age in",
        "Age (years/months)",
    ],
)
def test_an_age_and_its_unit_are_suggested_together(unit):
    found = suggest(["age", unit], [["7", "months"], ["30", "years"]])
    assert [one.field for one in found] == ["age_years", "age_unit"]


def test_a_column_that_may_change_what_another_means_is_named(sqlite_cli, tmp_path):
    path = tmp_path / "register.csv"
    path.write_text("visit date,visit date era,weight unit\n2568-03-04,BE,kg\n", encoding="utf-8")
    said = sqlite_cli("mapping", "suggest", path)
    assert "it may change what 'visit date' means" in said.stdout
    sqlite_cli("mapping", "suggest", path, "--out", tmp_path / "own.toml")
    draft = (tmp_path / "own.toml").read_text("utf-8")
    assert '#   "visit date era", of "visit date"' in draft
