"""`coverage --count persons` and `identifiers`: one person is one person, where that is known."""

from __future__ import annotations

import pytest

from tests.support.command_line import KEY
from tests.support.files import record, write_csv

YES = {"eligible": "yes", "tested": "yes"}
NO = {"eligible": "yes", "tested": "no"}


@pytest.fixture
def bring(cli, tmp_path):
    """Import rows; what the command printed."""
    made = iter(range(100))

    def brought(*rows):
        done = cli("import", write_csv(tmp_path / f"{next(made)}.csv", *rows))
        assert done.code == 0, done.stderr
        return done.stdout + done.stderr

    return brought


def ask(cli, *more, **options):
    """Rows of the answer by code, for tuberculosis by home province unless said otherwise."""
    asked = {"disease": "tb", "by": "province", "place": "home", "count": "persons"} | options
    arguments = [part for name, value in asked.items() for part in (f"--{name}", value)]
    done = cli("coverage", *arguments, *more, "--format", "json")
    assert done.code == 0, done.stderr
    return {row["code"]: row for row in done.json()}


def test_a_person_counts_once_a_year_with_the_first_episode_of_it(cli, bring):
    home = {"person_id": "A1", "province_home": "KH01"}
    bring(
        record(record_id="1", date_visit="2024-12-30", **NO, **home),
        record(record_id="2", date_visit="2025-02-01", **YES, **home),
        record(record_id="3", date_visit="2025-01-15", **NO, **home),
        record(record_id="4", date_visit="2025-03-01", **YES, **home | {"province_home": "KH02"}),
        record(record_id="5", date_visit="2025-03-01", **YES, **home | {"person_id": "A2"}),
    )
    rows = ask(cli)
    assert [rows["KH01"][name] for name in ("numerator", "denominator", "unknown", "status")] == [
        1,
        2,
        0,
        "value",
    ]
    assert (rows["KH02"]["status"], rows["KH02"]["denominator"]) == ("nobody", 0)
    assert (rows["KH01"]["from"], rows["KH01"]["to"]) == ("2025-01-01", "2025-12-31")
    before = ask(cli, "--from", "2024-03-01", "--to", "2024-04-30")["KH01"]
    assert (before["numerator"], before["denominator"], before["to"]) == (0, 1, "2024-12-31")
    episodes = ask(cli, count="episodes")["KH01"]
    assert (episodes["numerator"], episodes["denominator"]) == (2, 4)
    assert "records_without_person" not in episodes


def test_records_without_a_number_are_of_persons_unknown_and_said_to_be(cli, bring):
    bring(
        record(record_id="1", province_home="KH01", **YES),
        record(record_id="2", province_home="KH02", person_id="A", **YES),
        record(record_id="3", province_home="KH02", tested="no", eligible="no"),
    )
    rows = ask(cli)
    shown = ("numerator", "denominator", "unknown", "records_without_person", "status")
    assert [rows["KH01"][name] for name in shown] == [0, 0, 1, 1, "unknown"]
    assert [rows["KH02"][name] for name in shown] == [1, 1, 0, 1, "value"]


def test_one_group_at_a_time_and_within_one_year(cli, bring):
    bring(
        record(record_id="1", province_home="KH01", person_id="A", sex="female", age_years=30, **YES),
        record(record_id="2", province_home="KH01", person_id="B", sex="male", **NO),
    )
    assert ask(cli, sex="female")["KH01"]["denominator"] == 1
    for arguments, said in (
        (("--sex", "female", "--age", "25-49"), "one group at a time; sex, age"),
        (
            ("--from", "2024-12-01", "--to", "2025-01-31"),
            "within one calendar year; 2024-12-01 and 2025-01-31",
        ),
        (("--measure", "completion"), "completion follows courses of treatment"),
    ):
        done = cli("coverage", "--disease", "tb", "--by", "province", "--count", "persons", *arguments)
        assert done.code == 2
        assert said in " ".join(done.stderr.split())


def test_the_same_number_in_two_facilities_is_one_person_once_its_issuer_is_shared(cli, bring):
    same = {"person_id": "7", "person_id_issuer": "National TB register", "province_home": "KH01"} | YES
    said = bring(*(record(record_id="1", facility_id=name, **same) for name in ("HC1", "HC2", "HC3")))
    assert "National TB register" in said and "in one facility only" in said
    assert ask(cli)["KH01"]["denominator"] == 3
    listed = cli("identifiers", "list", "--format", "json").one
    assert (listed["name"], listed["shared"], listed["records"], listed["facilities"], listed["persons"]) == (
        "National TB register", False, 3, 3, 1,
    )  # fmt: skip
    bring(record(record_id="10", facility_id="HC1", person_id="1", person_id_issuer="Our ward", tested="no"))
    assert len(cli("identifiers", "list", "--format", "json").json()) == 1
    assert len(cli("identifiers", "list", "--all", "--format", "json").json()) == 2
    done = cli("identifiers", "share", "national tb REGISTER", "--format", "json")
    assert done.one == {"issuer": "national tb REGISTER", "shared": True, "records": 3}
    assert ask(cli)["KH01"]["denominator"] == 1
    assert "in one facility only" not in bring(record(record_id="9", facility_id="HC9", **same))
    new = "key number two, long enough and of no use elsewhere"
    done = cli("rekey", env={"CHHLANG_SECRET_KEY": new, "CHHLANG_PREVIOUS_KEY": KEY})
    assert done.code == 0, done.stderr
    assert ask(cli)["KH01"]["denominator"] == 1
    assert cli("verify").code == 0
    mine = {"CHHLANG_SECRET_KEY": new, "CHHLANG_PREVIOUS_KEY": None}
    assert cli("identifiers", "unshare", "National TB register", env=mine).code == 0
    assert ask(cli)["KH01"]["denominator"] == 4
    again = cli("identifiers", "unshare", "National TB register", env=mine)
    assert (again.code, "is not declared as shared" in again.stderr) == (2, True)


def test_hiv_has_no_persons_by_facility_or_crossing(cli, bring):
    bring(record(disease="hiv", person_id="A", crossing="TH01", **YES))
    for by in ("facility", "crossing"):
        done = cli("coverage", "--disease", "hiv", "--by", by, "--count", "persons", "--format", "json")
        assert {row["status"] for row in done.json()} <= {"hidden"}
    assert ask(cli, disease="hiv", place="care")["unknown"]["denominator"] == 1


def test_without_a_key_nothing_is_declared(cli):
    done = cli("identifiers", "share", "National", env={"CHHLANG_SECRET_KEY": None})
    assert (done.code, "set CHHLANG_SECRET_KEY" in done.stderr) == (2, True)
    blank = cli("identifiers", "share", "  ")
    assert blank.code == 2
