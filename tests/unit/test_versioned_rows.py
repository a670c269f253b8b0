"""Rows of files of figures, districts, roads and areas across the border: what all doors read alike."""

from __future__ import annotations

import pytest

from tests.support.files import write_csv

FACILITY = {"facility_id": "HC1", "province": "Banteay Meanchey"}
#: Command -> one entry of a file.
DOORS = {
    "population": {"area": "Cambodia", "year": 2019, "population": 70_000},
    "districts": {"facility_id": "HC1", "operational_district": "Poipet"},
    "routes": {"from": "HC1", "to": "TH01", "distance": 4.5},
    "neighbours": {"area": "TH-27", "level": "province", "name_en": "Sa Kaeo"},
}


@pytest.mark.parametrize("door", DOORS)
def test_what_an_export_holds_says_nothing_new_whatever_its_source_is_called(door, sqlite_cli, tmp_path):
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", FACILITY)).code == 0
    sent = write_csv(tmp_path / "sent.csv", DOORS[door] | {"source": "=Ministry"})
    assert sqlite_cli(door, "import", sent).code == 0
    kind = {"routes": ("roads",), "neighbours": ("areas",)}.get(door, ())
    assert sqlite_cli(door, "export", *kind, tmp_path / "out.csv").code == 0
    assert "'=Ministry" in (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    (tmp_path / "out.csv").write_text(
        (tmp_path / "out.csv").read_text(encoding="utf-8-sig") + "\n", encoding="utf-8"
    )  # another file, of the same entries
    again = sqlite_cli(door, "import", tmp_path / "out.csv", "--format", "json").json()[0]
    assert (again["rows"], again["duplicate"]) == (1, 1)
