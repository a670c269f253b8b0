"""`mapping`: list, show, check, suggest; and a suggested mapping, looked at, that brings a file in."""

from __future__ import annotations

import tomllib

from tests.support.files import write_csv
from tests.support.stored import records_of

KHMER = {
    "ល.រ": "១",
    "ឈ្មោះ": "x",
    "ភេទ": "ស្រី",
    "អាយុ": "៣៤ ឆ្នាំ",
    "មណ្ឌលសុខភាព": "HC1",
    "ថ្ងៃខែឆ្នាំពិនិត្យ": "០៣/០៤/២៥៦៨",
    "ខេត្តកំណើត": "បន្ទាយមានជ័យ",
    "ជំងឺ": "TB",
    "លទ្ធផលតេស្ត": "វិជ្ជមាន",
    "លេខទូរស័ព្ទ": "012345678",
}


def test_the_mappings_there_are_can_be_listed_and_shown(sqlite_cli):
    rows = sqlite_cli("mapping", "list", "--format", "json").json()
    assert [row["name"] for row in rows] == [
        "dhis2-events",
        "dhis2-values",
        "fhir-r4",
        "kobo",
        "malaria-mis",
        "odk",
        "schema",
        "who-srv",
    ]
    for row in rows:
        shown = sqlite_cli("mapping", "show", row["name"])
        assert tomllib.loads(shown.stdout)["name"] == row["name"]
        assert sqlite_cli("mapping", "check", row["name"]).stdout.endswith("can be used\n")


def test_a_wrong_mapping_is_checked_with_everything_that_is_wrong(sqlite_cli, tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(
        'name = "ours"\nversion = 1\nkind = "line-list"\n[columns]\nsecks = "a"\nsax = "b"\n',
        encoding="utf-8",
    )
    done = sqlite_cli("mapping", "check", path)
    assert done.code == 2
    assert "'secks'" in done.stderr
    assert "'sax'" in done.stderr


def test_a_suggestion_is_looked_at_and_then_brings_the_file_in(sqlite_cli, tmp_path):
    path, out = write_csv(tmp_path / "ចុះឈ្មោះ.csv", KHMER), tmp_path / "ours.toml"
    done = sqlite_cli("mapping", "suggest", path, "--out", out, "--format", "json")
    assert done.code == 0, done.stderr
    offered = {row["column"]: row["field"] for row in done.json()}
    assert offered["ភេទ"] == "sex"
    assert offered["ឈ្មោះ"] is None
    assert "look at each line" in done.stderr
    assert records_of(sqlite_cli.url) == []
    text = out.read_text(encoding="utf-8")
    text = text.replace('# "វិជ្ជមាន" = ""', '"វិជ្ជមាន" = "yes"').replace("# date_order", "date_order")
    out.write_text(text, encoding="utf-8")
    receipt = sqlite_cli("import", path, "--mapping", out, "--format", "json").one
    assert receipt["accepted"] == 1
    (stored,) = records_of(sqlite_cli.url)
    assert (str(stored["date_visit"]), stored["age_years"], stored["sex"]) == ("2025-04-03", 34, "female")
    assert (stored["province_home"], stored["disease"]) == ("KH01", "tb")
    assert stored["record_id"] is None  # ល.រ counts rows, and is no identity
    assert "# Left out of record_id:" in text


def test_a_file_that_is_there_is_not_written_over(sqlite_cli, tmp_path):
    path, out = write_csv(tmp_path / "a.csv", KHMER), tmp_path / "ours.toml"
    out.write_text("mine", encoding="utf-8")
    done = sqlite_cli("mapping", "suggest", path, "--out", out)
    assert done.code == 2
    assert "is there already" in done.stderr
    assert out.read_text(encoding="utf-8") == "mine"
