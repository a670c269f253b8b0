"""Zero, nobody, unknown and every other absence keep looks of their own, in colour, in grey and in a file."""

from __future__ import annotations

import csv
import io
from itertools import combinations

from dashboard.components.coverage.value_cells import value_cells
from dashboard.figures import theme
from dashboard.figures.area_map import hover_text
from dashboard.messages import translator
from surveillance.coverage.estimates import Counts, estimate
from surveillance.status import Status
from tests.support.files import record, write_csv
from tests.support.web import served, signed_in

#: One value of each status that is no ordinary value.
OTHERS = {
    Status.ZERO: Counts(True, records=20, denominator=20),
    Status.NOBODY: Counts(True, records=20),
    Status.UNKNOWN: Counts(True, records=20, unknown=20),
    Status.NOT_REPORTED: Counts(False),
    Status.NOT_YET_DUE: Counts(True, records=20, not_due=20),
    Status.HIDDEN: Counts(False, hidden=True),
}
LOOKS = {status: theme.look_of(estimate([counts])[0], "treatment") for status, counts in OTHERS.items()}


def test_every_status_has_a_look_of_its_own():
    assert set(OTHERS) == set(Status) - {Status.VALUE}
    assert {look.key for look in LOOKS.values()} == {look.key for look in theme.other_looks("treatment")}
    for one, other in combinations(LOOKS.values(), 2):
        assert one.colour != other.colour
        # A sign does not need colour: two that differ are told apart in grey and on paper.
        assert one.sign and other.sign and one.sign != other.sign
        assert one.label != other.label


def test_pages_say_zero_and_nobody_in_other_words_in_both_languages():
    for language in ("en", "km"):
        t = translator(language)
        said = {status: t(look.label) for status, look in LOOKS.items()}
        assert len(set(said.values())) == len(said)
        zero, nobody = (estimate([OTHERS[status]])[0] for status in (Status.ZERO, Status.NOBODY))
        assert said[Status.NOBODY] in value_cells(nobody, "treatment", t).label
        assert said[Status.NOBODY] in hover_text("Pailin", nobody, None, t)
        for shown in (str(value_cells(zero, "treatment", t)), hover_text("Pailin", zero, None, t)):
            assert "0.0%" in shown and said[Status.NOBODY] not in shown


def test_files_and_the_command_say_zero_and_nobody(sqlite_cli, sqlite_url, tmp_path):
    listed = [{"facility_id": f"HC{n}", "province": f"KH0{n}"} for n in (1, 2, 3)]
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed)).code == 0
    rows = [
        record(facility_id="HC1", date_visit="2025-03-04", positive="yes", treated="no"),
        record(facility_id="HC2", date_visit="2025-03-04", positive="no"),
    ]
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    asked = ("--disease", "tb", "--by", "province", "--measure", "treatment", "--format", "json")
    found = {row["code"]: row for row in sqlite_cli("coverage", *asked).json()}
    expected = {"KH01": ("zero", 0, 1), "KH02": ("nobody", 0, 0), "KH03": ("not reported", 0, 0)}
    for code, values in expected.items():
        row = found[code]
        assert (row["status"], row["numerator"], row["denominator"]) == values
    assert [found[code]["coverage"] for code in expected] == [0.0, None, None]
    with served(sqlite_url) as server:
        text = signed_in(server, "official").get("/export/coverage.csv?disease=tb&measure=treatment")
        table = csv.DictReader(io.StringIO(text.get_data().decode("utf-8-sig")))
        written = {row["code"]: (row["status"], row["coverage"]) for row in table}
    assert written["KH01"] == ("zero", "0.0")
    assert written["KH02"] == ("nobody", "")
    assert written["KH03"] == ("not reported", "")
