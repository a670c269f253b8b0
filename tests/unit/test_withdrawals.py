"""A file may take records back; nothing is lost, and old files do not undo it."""

from __future__ import annotations

import pytest

from db.maintenance.opening import open_database
from tests.support.files import read_csv, record, write_csv

OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")
ASKED = ("coverage", "--disease", "tb", "--by", "facility", "--measure", "testing", "--format", "json")


def withdrawal(number="1", **values):
    """A row that withdraws a record and says nothing else."""
    return {"record_id": number, "facility_id": "HC1", "record_status": "withdrawn"} | values


@pytest.fixture
def bring(cli, tmp_path):
    """Import rows; what became of them, without the zeros."""
    made = iter(range(100))

    def brought(*rows, options=(), name=None):
        path = tmp_path / (name or f"{next(made)}.csv")
        columns = ["record_id", "facility_id", "disease", "date_visit", "date_onset", "sex", "record_status"]
        amends = ("--same-numbers", "amend")  # what is asked is tested elsewhere
        done = cli("import", write_csv(path, *rows, columns=columns), *options, *amends, "--format", "json")
        assert done.code == 0, done.stderr
        receipt = done.one
        assert receipt["rows"] == len(rows) == sum(receipt[outcome] for outcome in OUTCOMES)
        brought.returned = receipt["returned_file"]
        return {outcome: receipt[outcome] for outcome in OUTCOMES if receipt[outcome]}

    return brought


@pytest.fixture
def current(database_url):
    """Sexes of the current records, and how many the cubes count."""
    import sqlalchemy as sa

    from db.tables.records import cube_total, episode

    def look():
        database = open_database(database_url)
        with database.reading() as connection:
            held = sa.select(episode.c.sex).where(episode.c.superseded_batch.is_(None))
            sexes = sorted(connection.execute(held.order_by(episode.c.id)).scalars())
            counted = sa.select(sa.func.coalesce(sa.func.sum(cube_total["care"].c.records), 0))
            assert connection.execute(counted).scalar() == len(sexes)
        database.dispose()
        return sexes

    return look


def test_a_withdrawal_takes_the_record_out_and_a_second_one_is_a_duplicate(bring, current):
    bring(record(record_id="1", sex="male"), record(record_id="2", sex="female"))
    assert bring(withdrawal("1")) == {"withdrawn": 1}
    assert current() == ["female"]
    assert bring(withdrawal("1"), withdrawal("1", record_status="Deleted")) == {"duplicate": 2}
    assert current() == ["female"]


def test_a_withdrawal_of_what_is_not_held_comes_back_with_its_reason(bring, current):
    bring(record(record_id="1"))
    rows = [withdrawal("9"), withdrawal("1", facility_id="HC2"), withdrawal(""), withdrawal(facility_id="")]
    assert bring(*rows, record(record_id="3", disease="?")) == {"rejected": 5}
    reasons = {row["chhlang_row"]: row["chhlang_reason"] for row in read_csv(bring.returned)}
    assert "no such record" in reasons["2"]
    assert "no such record" in reasons["3"]
    assert reasons["4"] == "record_status: a withdrawal needs record_id, which is blank"
    assert reasons["5"] == "record_status: a withdrawal needs facility_id, which is blank"
    assert bring(withdrawal("1"), options=("--source", "another")) == {"rejected": 1}
    assert len(current()) == 1


def test_a_status_that_cannot_be_read_is_sent_back_and_current_is_as_blank(bring, current):
    rows = [
        record(record_id="1", record_status="dleeted"),
        record(record_id="2", record_status="Current"),
        record(record_id="3", record_status=" "),
    ]
    assert bring(*rows) == {"accepted": 2, "rejected": 1}
    assert "cannot be read" in read_csv(bring.returned)[0]["chhlang_reason"]


def test_a_withdrawn_record_may_come_back_and_is_accepted_anew(bring, current):
    bring(record(record_id="1", sex="male"))
    bring(withdrawal())
    assert bring(record(record_id="1", sex="female")) == {"accepted": 1}
    assert current() == ["female"]
    assert bring(withdrawal()) == {"duplicate": 1}  # the very file that withdrew it before
    assert bring(withdrawal(sex="x")) == {"withdrawn": 1}
    assert current() == []


def test_an_old_file_never_brings_back_what_was_withdrawn_after_it(bring, current):
    old = [record(record_id="1", sex="male"), record(record_id="2", sex="female")]
    bring(*old)
    bring(withdrawal())
    assert bring(*old) == {"duplicate": 2}
    assert current() == ["female"]


def test_within_a_file_the_last_row_of_a_record_is_what_it_says(bring, current):
    one = record(record_id="1", sex="male")
    other = record(record_id="1", sex="female")
    assert bring(one, withdrawal()) == {"accepted": 1, "withdrawn": 1}
    assert current() == []
    assert bring(withdrawal(), one) == {"duplicate": 1, "accepted": 1}
    assert bring(other, withdrawal(), withdrawal()) == {"amended": 1, "withdrawn": 1, "duplicate": 1}
    assert current() == []
    assert bring(one, other) == {"accepted": 1, "amended": 1}
    assert bring(withdrawal(), one) == {"duplicate": 2}  # the bytes of an earlier file: old news
    assert bring(withdrawal(), one, name="new.csv") == {"duplicate": 2}
    assert bring(withdrawal(), one | {"date_onset": "2025-03-01"}) == {"withdrawn": 1, "accepted": 1}
    assert current() == ["male"]
    assert bring(withdrawal("7"), withdrawal("7"), record(record_id="7", sex="other")) == {
        "rejected": 2,
        "accepted": 1,
    }
    assert current() == ["male", "other"]


def test_a_file_of_withdrawals_alone_needs_no_other_column(cli, bring, current, tmp_path):
    bring(record(record_id="1"), record(record_id="2"))
    path = write_csv(tmp_path / "w.csv", withdrawal("1"), withdrawal("2", facility_id=" hc1"))
    preview = cli("import", path, "--dry-run", "--format", "json").one
    assert (preview["withdrawn"], preview["batch"]) == (2, None)
    assert len(current()) == 2
    assert cli("import", path, "--format", "json").one["withdrawn"] == 2
    assert current() == []
    lacking = cli(
        "import", write_csv(tmp_path / "x.csv", {"facility_id": "HC1", "record_status": "withdrawn"})
    )
    assert lacking.code == 3
    assert "lacks record_id" in lacking.stderr


def test_many_withdrawals_come_back_in_the_order_of_the_file(bring):
    bring(record(record_id="1"))
    rows = [withdrawal(str(number)) for number in range(2, 3_000)]
    assert bring(*rows) == {"rejected": 2_998}
    assert [row["record_id"] for row in read_csv(bring.returned)] == [row["record_id"] for row in rows]


def test_a_row_that_was_refused_does_not_take_back_what_came_after_it(cli, bring, current, tmp_path):
    """A file with a date of tomorrow, corrected by another file, and sent again when tomorrow is past."""
    from datetime import timedelta

    from dashboard.permissions import Grant
    from dashboard.services.clock import today_in_cambodia
    from dashboard.services.imports import pipeline as imports
    from dashboard.services.imports.options import ImportOptions
    from dashboard.settings import Settings

    today = today_in_cambodia()
    late = (today + timedelta(days=1)).isoformat()
    rows = [record(record_id="1", sex="male", date_visit=late), record(record_id="2", sex="male")]
    rows += [record(record_id=str(number), sex="male", date_visit=late) for number in (3, 4)]
    assert bring(*rows, name="early.csv") == {"accepted": 1, "rejected": 3}
    assert bring(record(record_id="1", sex="female"), record(record_id="4")) == {"accepted": 2}
    assert bring(withdrawal("4")) == {"withdrawn": 1}
    database = open_database(cli.url)
    done = imports.import_file(
        database,
        Grant.custodian(),
        Settings.read(cli.environment()),
        tmp_path / "early.csv",
        ImportOptions(today=today + timedelta(days=2)),
    )
    database.dispose()
    # Record 1 was corrected and record 4 withdrawn elsewhere since; nobody has spoken of record 3.
    assert (done.receipt.duplicate, done.receipt.accepted, done.receipt.amended) == (3, 1, 0)
    assert current() == ["female", "male", "male"]
