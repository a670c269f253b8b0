"""What is sealed beside what else is held: withdrawals, places, another key, earlier days, verification."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.services.clock import today_in_cambodia
from dashboard.services.upkeep.archiving import boundary
from db.clusters.usual_reports import usual_reports
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.tables.deliveries import declaration, place_text, unplaced
from db.tables.records import batch, cube_total, episode
from tests.support.command_line import KEY
from tests.support.files import read_csv, record, write_csv
from tests.support.matrix import only
from tests.support.state import assert_sound, cube_rows, everything

TODAY = today_in_cambodia()
HELD = boundary("5y", TODAY)
OLD, NEW = "2016-03-02", str(TODAY - timedelta(days=30))
OTHER, THIRD = "another key, which is long enough for this", "a third key, which is long enough for this"
#: Sums of arrivals: tests/unit/test_arrivals_kept.py holds their backup.
OF_ARRIVALS = {
    "sealed_arrival_flows", "sealed_arrival_times",
    "sealed_arrival_vans", "sealed_arrivals", "sealed_prevention",
    "sealed_referrals", "sealed_subject", "sealed_district",
}  # fmt: skip
OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")
LONG = "x" * 80
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "kind": "health_centre"},
    {"facility_id": "HC2", "province": "KH02", "kind": "health_centre"},
)


class Held:
    """A database that files are brought to under a key that changes; what came is remembered."""

    def __init__(self, cli, folder):
        self.cli, self.folder, self.key = cli, folder, KEY
        self.paths = []

    def run(self, *arguments, code=0, **env):
        """A command under the present key."""
        done = self.cli(*arguments, env={"CHHLANG_SECRET_KEY": self.key} | env)
        assert done.code == code, done.stderr + done.stdout
        return done

    def bring(self, *rows, options=()):
        """Import rows: what became of them, without the zeros."""
        path = write_csv(self.folder / f"{len(self.paths)}.csv", *rows)
        self.paths.append((path, options))
        return self.again(len(self.paths) - 1)

    def again(self, number, options=None):
        """The same file once more."""
        path, given = self.paths[number]
        said = self.run("import", path, *(given if options is None else options), "--format", "json").one
        assert said["rows"] == sum(said[outcome] for outcome in OUTCOMES)
        self.returned = said["returned_file"]
        return {outcome: said[outcome] for outcome in OUTCOMES if said[outcome]}

    def reasons(self):
        """Why rows of the last file went back."""
        rows = read_csv(self.returned)
        name = next(name for name in rows[0] if "reason" in name)
        return [row[name] for row in rows]

    def rekey(self, new):
        """Another key."""
        self.run("rekey", CHHLANG_SECRET_KEY=new, CHHLANG_PREVIOUS_KEY=self.key)
        self.key = new

    def retain(self):
        """Seal what is older than five years; nothing that is shown may change, and all must agree."""
        before = cube_rows(self.cli.url)
        self.run("retain", "--older-than", "5y")
        assert cube_rows(self.cli.url) == before
        self.verify()

    def verify(self):
        """Cubes, receipts and references agree."""
        assert "everything agrees" in self.run("verify").stdout
        assert_sound(self.cli.url)

    def select(self, query):
        """Rows of a query."""
        database = open_database(self.cli.url)
        with database.reading() as connection:
            found = [tuple(row) for row in connection.execute(query)]
        database.dispose()
        return found


@pytest.fixture
def held(cli, tmp_path, prepared):
    """Two facilities, and nothing else yet."""
    made = Held(cli, tmp_path)
    prepared(lambda: made.run("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)))
    return made


def every_kind(day):
    """Rows of every kind that fingerprints are made of."""
    numbered = [
        record(record_id=f"{LONG}{day}{n}", date_visit=day, person_id=f"P{n}", province_home="Atlantis")
        for n in range(3)
    ]
    same = record(
        date_visit=day, sex="female", person_id="P1", place_infection="Lost City", crossing="a gate"
    )
    bare = record(date_visit=day, sex="male", province_home="Atlantis")
    return [
        *numbered,
        same,
        same,
        same | {"place_infection": "Other City"},
        bare,
        bare | {"legal_status": "documented"},
    ]


def withdrawal(number, **values):
    """A row that takes a record back."""
    return {"record_id": number, "facility_id": "HC1", "record_status": "withdrawn"} | values


@pytest.mark.parametrize(("sealed", "keep"), only((True, "1"), [False, True], [None, "1"]))
def test_under_other_keys_the_same_files_bring_nothing_but_duplicates(sealed, keep, held):
    env = {"CHHLANG_KEEP_LEGAL_STATUS": keep} if keep else {}
    run = held.run
    held.run = lambda *arguments, code=0, **more: run(*arguments, code=code, **(env | more))
    rows = every_kind(OLD) + every_kind(NEW)
    assert held.bring(*rows) == {"accepted": len(rows)}
    held.bring(record(record_id="gone", date_visit=OLD, province_home="Atlantis", person_id="P9"))
    held.bring(withdrawal("gone"))
    held.bring(record(record_id="back", date_visit=OLD))
    held.bring(withdrawal("back"))
    held.bring(record(record_id="back", date_visit=OLD, sex="male"))
    held.run("places", "resolve", "atlantis", "KH12", "--field", "province_home")
    marks = set(held.select(sa.select(unplaced.c.field, unplaced.c.mark)))
    for key in (OTHER, THIRD):
        if sealed:
            held.retain()
        held.rekey(key)
        now = set(held.select(sa.select(unplaced.c.field, unplaced.c.mark)))
        assert not now & marks
        for number, (path, _) in enumerate(held.paths):
            assert held.again(number) == {"duplicate": len(read_csv(path))}, number
        copy = held.folder / "copy.csv"  # other bytes, not seen before: the same is known of every row
        copy.write_bytes(held.paths[0][0].read_bytes() + b"\n\n")
        held.paths.append((copy, ()))
        assert held.again(len(held.paths) - 1) == {"duplicate": len(rows)}
        held.paths.pop()
        held.verify()
    # Whoever says what a text means finds the records by it still, and new ones are placed as they come.
    held.run("places", "resolve", "lost city", "TH")
    assert held.bring(record(record_id="n", province_home="ATLANTIS", place_infection="Lost  city")) == {
        "accepted": 1
    }
    (placed,) = held.select(
        sa.select(episode.c.province_home, episode.c.province_infection).where(episode.c.record_id == "n")
    )
    assert placed == ("KH12", "TH")
    held.verify()


def test_marks_have_one_text_and_one_version_each_after_another_key(held):
    rows = every_kind(NEW)
    held.bring(*rows)
    texts, versions = (held.select(sa.select(sa.func.count()).select_from(t)) for t in (place_text, unplaced))
    held.rekey(OTHER)
    assert held.select(sa.select(sa.func.count()).select_from(place_text)) == texts
    assert held.select(sa.select(sa.func.count()).select_from(unplaced)) == versions
    lost = sa.select(unplaced.c.mark).where(unplaced.c.mark.not_in(sa.select(place_text.c.mark)))
    assert held.select(lost) == []


def test_an_import_that_marked_places_while_the_key_changed_stores_nothing(held, monkeypatch):
    from db.ingest.line_lists import LineListRun

    held.bring(record(record_id="1", province_home="Atlantis"))
    before, decide = everything(held.cli.url)["episode"], LineListRun.decide

    def after_a_change(run, *given):
        held.rekey(OTHER)
        return decide(run, *given)

    monkeypatch.setattr(LineListRun, "decide", after_a_change)
    path = write_csv(held.folder / "late.csv", record(record_id="2", province_home="Atlantis"))
    assert "import it again" in held.run("import", path, code=2).stderr
    assert len(everything(held.cli.url)["episode"]) == len(before)


def test_sealing_takes_the_marks_of_what_it_seals_and_leaves_declarations(held):
    covers = ("--covers", "HC1", OLD, OLD)
    held.bring(*every_kind(OLD), options=covers)
    held.bring(*every_kind(NEW))
    assert held.select(sa.select(sa.func.count()).select_from(declaration)) == [(1,)]
    before = len(held.select(sa.select(unplaced)))
    held.retain()
    assert len(held.select(sa.select(unplaced))) == before // 2
    assert held.select(sa.select(sa.func.count()).select_from(declaration)) == [(1,)]
    # What somebody says of a text now is of the records that are held.
    held.run("places", "resolve", "atlantis", "KH12", "--field", "province_home")
    held.verify()
    held.run("places", "undo", "atlantis")
    held.verify()


def test_a_sealed_record_cannot_be_withdrawn_and_its_sender_is_told(held):
    held.bring(record(record_id="1", date_visit=OLD), record(record_id="2", date_visit=NEW))
    held.retain()
    cubes = cube_rows(held.cli.url)
    assert held.bring(withdrawal("1"), withdrawal("3")) == {"rejected": 2}
    sealed, unknown = held.reasons()
    days = {TODAY, today_in_cambodia()}  # it may be midnight in Phnom Penh meanwhile
    assert any(f"this record is sealed since {day} with all visits before {HELD}" in sealed for day in days)
    assert "cannot be withdrawn" in sealed
    assert "no such record" in unknown
    assert cube_rows(held.cli.url) == cubes
    assert held.bring(withdrawal("2")) == {"withdrawn": 1}
    held.verify()


def test_what_is_sealed_is_no_report_of_the_usual_weeks(held):
    held.bring(record(date_visit=OLD, facility_id="HC1"), record(date_visit=NEW, facility_id="HC2"))
    held.retain()
    database = open_database(held.cli.url)
    with database.reading() as connection:
        last, usual = usual_reports(connection, Scope.everything(), date(2015, 1, 1), 1_000)
    database.dispose()
    assert (last, usual) == ({"HC2": date.fromisoformat(NEW)}, {"HC2": 1})


def test_a_record_that_was_withdrawn_and_sealed_is_nothing_until_a_new_file_brings_it(held):
    held.bring(record(record_id="1", date_visit=OLD))
    held.bring(withdrawal("1"))
    held.retain()
    assert held.again(0) == {"duplicate": 1}
    assert held.bring(withdrawal("1"), withdrawal("1")) == {"duplicate": 2}
    assert held.bring(record(record_id="1", date_visit=OLD), record(record_id="2")) == {"accepted": 2}
    held.verify()
    held.retain()
    assert held.bring(record(record_id="1", date_visit=OLD), record(record_id="5")) == {
        "duplicate": 1,
        "accepted": 1,
    }
    assert held.bring(withdrawal("1", sex="")) == {"rejected": 1}
    held.verify()


def test_a_list_that_is_complete_does_not_miss_what_is_sealed(held):
    held.bring(record(record_id="1", date_visit=OLD), record(record_id="2", date_visit=OLD))
    held.retain()
    options = ("--covers", "HC1", OLD, OLD, "--complete", "--withdraw-missing")
    assert held.bring(record(record_id="1", date_visit=OLD), options=options) == {"duplicate": 1}
    held.verify()


def test_equal_people_with_other_places_are_told_apart_when_sealed(held):
    row = record(date_visit=OLD, province_home="Atlantis")
    assert held.bring(row, row) == {"accepted": 2}
    held.retain()
    assert held.bring(row, row, row) == {"duplicate": 2, "accepted": 1}
    assert held.bring(row | {"province_home": "Lyonesse"}) == {"rejected": 1}
    assert "cannot be changed" in held.reasons()[0]
    held.verify()


def test_a_mapped_file_is_known_again_and_its_rows_go_back_as_they_were_sent(held):
    header = {"No": "record_id", "HF": "facility_id", "Visit": "date_visit", "Status": "record_status"}
    mapping = held.folder / "own.toml"
    columns = "\n".join(f'{field} = ["{name}"]' for name, field in header.items())
    about = 'kind = "line-list"\nname = "own"\nversion = "1"'
    text = f'{about}\n[columns]\n{columns}\n[constants]\ndisease = "tb"\n'
    mapping.write_text(text, encoding="utf-8")
    options = ("--mapping", mapping)
    row = {"No": "1", "HF": "HC1", "Visit": OLD, "Status": "", "Extra": "kept"}
    assert held.bring(row, row | {"No": "2", "Visit": NEW}, options=options) == {"accepted": 2}
    held.retain()
    assert held.bring(row, row | {"No": "3", "Visit": NEW}, options=options) == {
        "duplicate": 1,
        "accepted": 1,
    }
    moved = row | {"Visit": NEW}
    taken = row | {"Visit": "", "Status": "withdrawn"}
    assert held.bring(moved, taken, options=options) == {"rejected": 2}
    returned = read_csv(held.returned)
    assert [{name: one[name] for name in row} for one in returned] == [moved, taken]
    assert all(reason.startswith("this record is sealed") for reason in held.reasons())
    held.verify()


def test_verify_sees_sums_and_receipts_that_do_not_fit_what_is_sealed(held):
    held.bring(*every_kind(OLD), record(record_id="k", date_visit=OLD))
    held.bring(record(record_id="k", date_visit=OLD, sex="male"))
    held.retain()
    database = open_database(held.cli.url)
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE sealed_sum SET records = records + 1 WHERE dimension = 'home'")
        connection.exec_driver_sql("UPDATE sealed_batch SET brought = brought + 1 WHERE batch = 1")
    database.dispose()
    done = held.run("verify", code=1)
    assert "cube_home: 1 cells differ" in done.stdout
    assert "batch 1: accepted and amended, and versions stored differ" in done.stdout
    assert "are held and" in done.stdout


def shown(held, *more, code=0):
    """Testing by province of care."""
    asked = ("coverage", "--disease", "tb", "--by", "province", "--place", "care", "--measure", "eligibility")
    done = held.run(*asked, *more, "--format", "json", code=code)
    return (
        done.stderr
        if code
        else {row["code"]: row["denominator"] for row in done.json() if row["denominator"]}
    )


def received(held, number, days_ago):
    """A file that came some days ago."""
    database = open_database(held.cli.url)
    with database.writing() as connection:
        came = f"{TODAY - timedelta(days=days_ago)}T05:00:00+00:00"
        connection.execute(batch.update().where(batch.c.id == number).values(received_at=came))
    database.dispose()


def test_a_day_before_the_sealing_is_shown_where_nothing_of_it_changed_and_refused_where_it_did(held):
    eligible = {"eligible": "yes"}
    held.bring(
        record(record_id="1", date_visit=OLD, **eligible), record(record_id="2", date_visit=NEW, **eligible)
    )
    received(held, 1, 20)
    held.bring(record(record_id="3", date_visit=NEW, **eligible))
    received(held, 2, 10)
    days = {ago: str(TODAY - timedelta(days=ago)) for ago in (20, 10, 5, 0)}
    then = shown(held, "--as-of", days[20])
    assert then == {"KH01": 2}
    held.retain()
    assert shown(held, "--as-of", days[20]) == then  # all that is sealed had come by then
    # A late record of the sealed time, sealed in its turn: what was shown before it came is lost.
    held.bring(record(record_id="4", date_visit=OLD, **eligible))
    received(held, 3, 5)
    assert shown(held, "--as-of", days[10]) == {"KH01": 3}
    held.retain()
    assert shown(held, "--as-of", days[5]) == shown(held, "--as-of", days[0]) == {"KH01": 4}
    said = shown(held, "--as-of", days[10], code=2)
    assert f"some of them changed after {days[10]}" in said
    assert f"from {HELD} on" in said
    assert shown(held, "--as-of", days[10], "--from", str(HELD)) == {"KH01": 2}
    assert shown(held, "--as-of", days[20], "--from", str(HELD)) == {"KH01": 1}


def test_a_treatment_that_began_after_the_boundary_moves_the_first_day_that_can_be_shown(held):
    steps = dict.fromkeys(("eligible", "tested", "positive", "treated", "completed"), "yes")
    visit, began = HELD - timedelta(days=3), HELD + timedelta(days=40)
    held.bring(record(record_id="1", date_visit=str(visit), date_treated=str(began), **steps))
    received(held, 1, 9)
    held.bring(record(record_id="2", date_visit=str(visit), date_treated=str(began), **steps))
    held.retain()
    day = str(TODAY - timedelta(days=9))
    asked = (
        "coverage",
        "--disease",
        "tb",
        "--by",
        "province",
        "--as-of",
        day,
        "--from",
        str(HELD),
        "--measure",
    )
    done = held.run(*asked, "completion", code=2)
    first = done.stderr.rpartition("from ")[2].split()[0]
    assert first > str(began)
    assert held.run(*asked[:-2], first, "--measure", "completion").code == 0
    assert held.run(*asked, "testing").code == 0


def test_a_facility_takes_its_sealed_sums_along_and_so_does_its_new_name(held):
    rows = [
        record(record_id=n, date_visit=OLD, eligible="yes", disease=d)
        for n, d in enumerate(("tb", "tb", "hiv"))
    ]
    held.bring(
        *rows,
        record(record_id="new", eligible="yes"),
        record(record_id="9", date_visit=OLD, facility_id="HC9"),
    )
    held.retain()
    moved = write_csv(
        held.folder / "moved.csv",
        {"facility_id": "Hc1", "province": "KH24"},
        {"facility_id": "HC9", "province": "KH05"},
    )
    held.run("facilities", "import", moved)
    held.verify()
    assert shown(held) == {"KH24": 3}

    def records(cube, disease):
        counted = sa.func.sum(cube.c.records)
        return dict(
            held.select(
                sa.select(cube.c.place, counted).where(cube.c.disease == disease).group_by(cube.c.place)
            )
        )

    care, facility = cube_total["care"], cube_total["facility"]
    assert records(care, "tb") == {"KH24": 3, "KH05": 1}
    assert records(facility, "tb") == {"Hc1": 3, "HC9": 1}
    # Sums of HIV are not kept by facility (decision 6), so what is sealed of it stays where it was.
    assert records(care, "hiv") == {"KH01": 1}
    assert records(facility, "hiv") == {}
    held.run(
        "facilities",
        "import",
        write_csv(held.folder / "f.csv", *FACILITIES, {"facility_id": "HC9", "province": "unknown"}),
    )
    held.verify()
    assert shown(held) == {"KH01": 3}


def test_a_backup_holds_every_kind_of_row_and_either_database_takes_it(held, sqlite_files, new_database):
    old = str(HELD - timedelta(days=40))
    covers = ("--covers", "HC1", str(HELD - timedelta(days=70)), old)
    rows = [record(record_id=f"h{n}", date_visit=old, disease="hiv") for n in range(2)]
    van = {"date_visit": old, "arrival_id": "V1", "eligible": "yes", "tested": "yes"}
    rows += [record(record_id=f"v{n}", **van) for n in range(3)]
    held.bring(*every_kind(old), *rows, options=covers)
    held.bring(*every_kind(NEW))
    held.run("places", "resolve", "atlantis", "KH12", "--field", "province_home")
    values = [
        {"dataElement": "tb eligible", "period": f"{HELD.year}{part}", "orgUnit": "HC1", "value": 30 + n}
        for n, part in enumerate(("", "Q1", "Q2"))
    ]
    path = write_csv(held.folder / "values.csv", *values)
    mapped = ("--mapping", "dhis2-values", "--format", "json")
    assert held.run("import", path, *mapped).one["accepted"] == 3
    held.retain()
    held.rekey(OTHER)
    before = everything(held.cli.url)
    empty = {name for name, rows in before.items() if not rows}
    kinds = ("sealed", "aggregate", "declared", "place")
    assert {name for name in empty if name.split("_")[0] in kinds} <= OF_ARRIVALS
    assert not empty & {"unplaced", "declaration", "meta"}
    held.run("backup", held.folder / "b.zip")
    for fresh in (new_database, lambda: sqlite_files.fresh(migrated=True)):
        with fresh() as url:
            other = type(held.cli)(url)
            assert other("restore", held.folder / "b.zip", env={"CHHLANG_SECRET_KEY": OTHER}).code == 0
            after = everything(url)
            assert {name for name in before if before[name] != after[name]} == set()
            said = other("import", held.paths[0][0], "--format", "json", env={"CHHLANG_SECRET_KEY": OTHER})
            assert said.one["duplicate"] == said.one["rows"]
            again = other("import", path, *mapped, env={"CHHLANG_SECRET_KEY": OTHER})
            assert again.one["duplicate"] == 3
            assert "everything agrees" in other("verify").stdout
