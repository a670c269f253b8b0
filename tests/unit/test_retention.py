"""`retain`: old records become sums. No figure changes, nothing counts twice, an old file is still known."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dashboard.services.clock import today_in_cambodia
from dashboard.services.upkeep.archiving import boundary
from db.batches import reporting_completeness
from db.core.scope import Scope
from db.core.urls import parse_url
from db.cubes import archived_sums
from db.maintenance.opening import open_database
from db.tables.archived import sealed_record
from db.tables.records import batch, episode, facility
from surveillance.epiweek import time_cell_first_day, time_cell_number, time_cells_between
from surveillance.errors import UsageError
from tests.support.command_line import KEY
from tests.support.files import read_csv, record, write_csv
from tests.support.state import assert_sound, cube_rows, everything

TODAY = today_in_cambodia()
HELD = boundary("5y", TODAY)
DISEASES = ("tb", "malaria", "hiv", "syphilis")
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "kind": "health_centre"},
    {"facility_id": "HC2", "province": "KH02", "kind": "border_post"},
    {"facility_id": "ONLY HIV", "province": "KH02", "kind": "health_centre"},
)
ASKED = [
    (*area, "--disease", disease, "--measure", measure, *more)
    for area in (
        ("--by", "province"), ("--by", "province", "--place", "home"), ("--by", "crossing"),
        ("--by", "facility"),
    )
    for disease in ("tb", "hiv")
    for measure in ("testing", "completion")
    for more in (("--to", str(HELD)), ("--sex", "female"), ("--sex", "male", "--age", "25-49,unknown"))
]  # fmt: skip


def rows(count: int = 150, seed: int = 1) -> list[dict[str, str]]:
    """Records of ten years, some with, some without a number of their own; treatments begin months later."""
    draw, found = random.Random(seed), []
    for number in range(count):
        day = TODAY - timedelta(days=draw.randrange(3650))
        began = min(day + timedelta(days=draw.randrange(200)), TODAY)
        disease = draw.choice(DISEASES)
        treated = draw.random() < 0.5
        found.append(
            record(
                record_id=f"R{number}" if number % 3 else "",
                person_id=f"P{number % 40}" if number % 4 else "",
                facility_id="ONLY HIV" if disease == "hiv" else draw.choice(("HC1", "HC2", "elsewhere")),
                disease=disease,
                date_visit=day.isoformat(),
                date_treated=began.isoformat() if treated else "",
                sex=draw.choice(("male", "female", "")),
                age_years=draw.choice(("3", "30", "")),
                province_home=draw.choice(("KH01", "KH12", "TH", "")),
                crossing=draw.choice(("TH01", "informal", "")),
                eligible="yes",
                tested=draw.choice(("yes", "no", "")),
            )
            | ({"tested": "yes", "positive": "yes", "treated": "yes"} if treated else {})
            | ({"completed": draw.choice(("yes", "no", ""))} if treated else {})
        )
    # Equal people at one place on one day, long ago; and a treatment that began on the other side.
    same = record(date_visit="2015-03-04", sex="female")
    across = HELD - timedelta(days=3), HELD + timedelta(days=5)
    found += [same, same, same]
    found.append(
        record(
            record_id="ACROSS", date_visit=across[0].isoformat(), date_treated=across[1].isoformat(),
            eligible="yes", tested="yes", positive="yes", treated="yes", completed="yes",
        )
    )  # fmt: skip
    return found


@pytest.fixture
def files(cli, tmp_path, prepared):
    """Facilities, records, and an amendment of an old and of a new one."""
    listed = write_csv(tmp_path / "f.csv", *FACILITIES)
    old, new = (
        record(record_id="old", date_visit="2016-01-02"),
        record(record_id="new", date_visit=str(TODAY)),
    )
    first = write_csv(tmp_path / "one.csv", *rows(), old, new)
    second = write_csv(tmp_path / "two.csv", old | {"age_years": "9"}, new | {"age_years": "9"})
    # A record whose visit was corrected from an old day to a new one stays held, with its earlier version.
    third = write_csv(tmp_path / "three.csv", record(record_id="moved", date_visit="2016-02-03"))
    fourth = write_csv(tmp_path / "four.csv", record(record_id="moved", date_visit=str(TODAY)))
    paths = [first, second, third, fourth]

    def fill():
        assert cli("facilities", "import", listed).code == 0
        for path in paths:
            assert cli("import", path).code == 0

    prepared(fill)
    return paths


def figures(cli):
    """What coverage says, whatever is asked."""
    answers = {}
    for asked in ASKED:
        done = cli("coverage", *asked, "--format", "json")
        assert done.code == 0, done.stderr
        answers[asked] = done.stdout
    return answers


def reported(url):
    """Who reported when."""
    database = open_database(url)
    scope, cells = Scope.everything(), time_cells_between(date(2014, 1, 1), TODAY)
    with database.reading() as connection:
        names = list(connection.execute(sa.select(facility.c.facility_id)).scalars())
        found = (
            {
                name: reporting_completeness.reporting_cells(connection, scope, cells, facility_id=name)
                for name in names
            },
            [reporting_completeness.facilities_reporting(connection, scope, cell, cell) for cell in cells],
        )
    database.dispose()
    return found


def visits(url):
    """Visit of every version that is held."""
    database = open_database(url)
    with database.reading() as connection:
        found = connection.execute(sa.select(episode.c.date_visit, episode.c.superseded_batch)).all()
    database.dispose()
    return found


def receipt(cli, path, **env):
    """Import a file again."""
    done = cli("import", path, "--format", "json", env=env or None)
    assert done.code == 0, done.stderr
    said = done.one
    parts = ("accepted", "amended", "withdrawn", "duplicate", "rejected")
    assert said["rows"] == sum(said[part] for part in parts)
    return said


def retain(cli, *options):
    """Seal what is older than five years."""
    done = cli("retain", "--older-than", "5y", *options)
    assert done.code == 0, done.stderr
    return done


def test_no_figure_changes_and_old_records_are_gone(cli, files):
    before, cubes, sent = figures(cli), cube_rows(cli.url), reported(cli.url)
    receipts = everything(cli.url)["batch"]
    done = retain(cli)
    assert str(HELD) in done.stdout
    assert cube_rows(cli.url) == cubes
    assert cube_rows(cli.url, rebuilt=True) == cubes
    assert figures(cli) == before
    assert reported(cli.url) == sent
    assert everything(cli.url)["batch"] == receipts
    held = visits(cli.url)
    assert held
    assert all(visit >= HELD for visit, superseded in held if superseded is None)
    assert date(2016, 2, 3) in [visit for visit, _ in held]  # the earlier version of a record that is held
    again = retain(cli)
    assert again.stdout.startswith("0 records")
    assert cube_rows(cli.url) == cubes


def test_what_was_sealed_leaves_fingerprints_alone(cli, files):
    before, current = len(visits(cli.url)), sum(ended is None for _, ended in visits(cli.url))
    retain(cli)
    held = everything(cli.url)
    kept = [row[1] for row in held["sealed_record"]]  # columns by name: content, count, identity
    assert sum(kept) + sum(ended is None for _, ended in visits(cli.url)) == current
    assert kept.count(0) == 1  # what the amended record said first
    assert all(len(row[0]) == len(row[2]) == 16 for row in held["sealed_record"])
    brought = sum(row[1] for row in held["sealed_batch"])
    assert brought == before - len(visits(cli.url))


def test_the_same_old_files_again_bring_nothing_but_duplicates(cli, files, tmp_path):
    retain(cli)
    cubes = cube_rows(cli.url)
    for path in files:
        said = receipt(cli, path)
        assert said["duplicate"] == said["rows"]
        other = tmp_path / f"again-{path.name}"
        other.write_bytes(path.read_bytes() + b"\n\n")  # other bytes, which were not seen before
        if path != files[0] and path != files[2]:  # these hold earlier versions of records that are held
            assert receipt(cli, other)["duplicate"] == said["rows"]
    assert cube_rows(cli.url) == cubes
    fourth = write_csv(tmp_path / "equal.csv", *[record(date_visit="2015-03-04", sex="female")] * 5)
    said = receipt(cli, fourth)
    assert (said["duplicate"], said["accepted"]) == (3, 2)  # five people where three were known
    assert receipt(cli, fourth)["duplicate"] == 5
    retain(cli)
    assert receipt(cli, fourth)["duplicate"] == 5
    assert_sound(cli.url)


@pytest.mark.parametrize("day", ["2016-01-02", str(TODAY)])
def test_a_change_of_a_sealed_record_is_rejected_with_a_reason(day, cli, files, tmp_path):
    retain(cli)
    cubes = cube_rows(cli.url)
    amended = record(record_id="old", date_visit=day, age_years="44")
    path = write_csv(tmp_path / "amended.csv", record(record_id="fresh", date_visit=str(TODAY)), amended)
    said = receipt(cli, path)
    assert (said["accepted"], said["rejected"]) == (1, 1)
    (returned,) = read_csv(said["returned_file"])
    assert returned["record_id"] == "old"
    said = returned[next(name for name in returned if "reason" in name)]
    days = {TODAY, today_in_cambodia()}  # it may be midnight in Phnom Penh meanwhile
    assert any(f"this record is sealed since {day}" in said for day in days)
    assert cube_rows(cli.url) != cubes
    assert_sound(cli.url)


def test_a_late_record_of_a_sealed_time_is_held_until_the_next_time(cli, files, tmp_path):
    retain(cli)
    path = write_csv(tmp_path / "late.csv", record(record_id="late", date_visit="2017-05-05"))
    assert receipt(cli, path)["accepted"] == 1
    cubes = cube_rows(cli.url)
    assert "1 records" in retain(cli).stdout
    assert cube_rows(cli.url) == cubes == cube_rows(cli.url, rebuilt=True)
    assert receipt(cli, path)["duplicate"] == 1


def test_an_old_file_is_still_known_under_another_key(cli, files, tmp_path):
    retain(cli)
    other = "another key, which is long enough for this"
    for old, new in ((KEY, other), (other, KEY + "!")):
        assert cli("rekey", env={"CHHLANG_SECRET_KEY": new, "CHHLANG_PREVIOUS_KEY": old}).code == 0
    said = receipt(cli, files[0], CHHLANG_SECRET_KEY=KEY + "!")
    assert said["duplicate"] == said["rows"]


def test_a_dry_run_counts_and_changes_nothing(cli, files):
    before = everything(cli.url)
    said = retain(cli, "--dry-run").stdout
    assert "would be reduced" in said
    assert everything(cli.url) == before
    assert retain(cli).stdout == said.replace("would be", "are")


def test_an_import_that_was_reading_while_records_were_sealed_stores_nothing(cli, files, monkeypatch):
    from db.ingest.line_lists import LineListRun

    decide, sealed_meanwhile = LineListRun.decide, []

    def after_sealing(run, *given):
        sealed_meanwhile.append(retain(cli).code)
        return decide(run, *given)

    monkeypatch.setattr(LineListRun, "decide", after_sealing)
    done = cli("import", files[0])
    assert sealed_meanwhile == [0]
    assert done.code == 2
    assert "import it again" in done.stderr
    monkeypatch.undo()
    assert receipt(cli, files[0])["duplicate"] == receipt(cli, files[0])["rows"]


def test_a_backup_holds_what_is_sealed(cli, files, new_database, tmp_path):
    retain(cli)
    assert cli("backup", tmp_path / "b.zip").code == 0
    cubes = cube_rows(cli.url)
    with new_database() as url:
        assert type(cli)(url)("restore", tmp_path / "b.zip").code == 0
        assert cube_rows(url) == cubes
        assert_sound(url)


def test_looking_for_clusters_says_that_old_records_are_no_longer_held(cli, files):
    retain(cli)
    asked = ("clusters", "--disease", "tb", "--by", "province", "--replicates", "9")
    done = cli(*asked, "--from", "2016-01-01")
    assert done.code == 2
    assert f"visits before {HELD} are sealed" in done.stderr


def test_a_facility_that_moves_takes_what_is_sealed_along(cli, files, tmp_path):
    retain(cli)
    moved = write_csv(tmp_path / "f2.csv", {"facility_id": "HC1", "province": "KH24"})
    assert cli("facilities", "import", moved).code == 0
    assert_sound(cli.url)


def test_the_trail_says_what_was_sealed(cli, files):
    from db.operations import audit

    retain(cli)
    database = open_database(cli.url)
    line = audit.latest(database, 1)[0]
    with database.reading() as connection:
        (seal,) = archived_sums.seals(connection)
        assert connection.execute(sa.select(sa.func.count()).select_from(batch)).scalar() == 4
        assert connection.execute(sa.select(sa.func.count()).select_from(sealed_record)).scalar()
    database.dispose()
    assert line.action == "retain"
    assert f'"records": {seal.records}' in line.detail
    assert seal.before == time_cell_number(HELD)


@pytest.mark.parametrize("age", ["", "5", "y", "11m", "0y", "-1y", "100y", "5 years", "٥y"])
def test_an_age_that_will_not_do_is_refused(age, sqlite_cli):
    done = sqlite_cli("retain", env={"CHHLANG_RETENTION": age or None})
    assert done.code == 2
    assert "5y" in done.stderr


@pytest.mark.parametrize(
    "today", [date(2024, 2, 29), date(2025, 1, 1), date(2025, 6, 18), date(2026, 12, 31)]
)
@pytest.mark.parametrize("age", ["1y", "5y", "18m", "13m"])
def test_the_boundary_is_a_whole_cell_and_nothing_younger_lies_before_it(age, today):
    first = boundary(age, today)
    months = int(age[:-1]) * (12 if age.endswith("y") else 1)
    assert first == time_cell_first_day(first)
    assert (today - first).days >= months * 30.4
    assert (today - first).days <= months * 30.5 + 9


def test_what_no_age_says_is_refused():
    with pytest.raises(UsageError):
        boundary("five", TODAY)


def test_the_file_becomes_smaller(sqlite_cli, tmp_path):
    many = [
        record(record_id=f"canary-{n}", date_visit="2016-01-02", person_id=str(n), age_years=n % 90)
        for n in range(3000)
    ]
    assert sqlite_cli("import", write_csv(tmp_path / "many.csv", *many)).code == 0
    folder = Path(str(parse_url(sqlite_cli.url).database)).parent

    def content():
        return b"".join(file.read_bytes() for file in folder.iterdir())

    before = content()
    assert b"canary-77" in before
    retain(sqlite_cli)
    assert len(content()) < len(before) * 0.7
    assert b"canary" not in content()  # what was deleted does not stay behind in the file
