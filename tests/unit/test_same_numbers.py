"""Numbers that are held for other people are asked about; nothing is stored before."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from db.batches.outcomes import stage
from db.core.urls import parse_url
from db.identity.earlier_answers import rows_held
from db.maintenance.opening import open_database
from db.tables.records import batch, episode
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv

MAPPING = """name = "register"
version = 1
kind = "line-list"
date_order = "day-first"
[columns]
record_id = "No"
facility_id = "Centre"
date_visit = "Date"
disease = "Disease"
sex = "Sex"
age_years = "Age"
"""
JANUARY = """No,Centre,Date,Disease,Sex,Age
1,HC1,05/01/2025,malaria,M,30
2,HC1,16/01/2025,malaria,F,22
3,HC1,27/01/2025,malaria,M,41
"""
FEBRUARY = """No,Centre,Date,Disease,Sex,Age
1,HC1,04/02/2025,malaria,F,19
2,HC1,13/02/2025,malaria,M,55
3,HC1,26/02/2025,malaria,F,8
"""


def counts(done):
    assert done.code == 0, done.stderr
    receipt = done.one
    return {name: receipt[name] for name in ("accepted", "amended", "duplicate") if receipt[name]}


def held(cli: CommandLine) -> list[tuple]:
    database = open_database(parse_url(cli.url))
    with database.reading() as connection:
        batches = connection.execute(sa.select(sa.func.count()).select_from(batch)).scalar_one()
        rows = connection.execute(
            sa.select(episode.c.date_visit, episode.c.sex, episode.c.age_years)
            .where(episode.c.superseded_batch.is_(None))
            .order_by(episode.c.date_visit)
        ).all()
    database.dispose()
    return [batches, *(tuple(map(str, row)) for row in rows)]


@pytest.fixture
def months(tmp_path):
    for name, text in (("jan.csv", JANUARY), ("feb.csv", FEBRUARY), ("register.toml", MAPPING)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def bring(cli, path, *options):
    return cli("import", path, "--format", "json", *options)


def test_the_counter_of_another_month_is_asked_about_and_nothing_is_stored(cli: CommandLine, months):
    mapped = ("--mapping", months / "register.toml")
    assert counts(bring(cli, months / "jan.csv", *mapped)) == {"accepted": 3}
    before = held(cli)
    for options in ((), ("--dry-run",)):
        asked = bring(cli, months / "feb.csv", *mapped, *options)
        assert asked.code == 3
        assert "rows 2, 3, 4" in asked.stderr
        assert "--same-numbers amend" in asked.stderr
        assert "--same-numbers new" in asked.stderr
        assert not {"30", "22", "41", "male"} & set(asked.stderr.replace(",", " ").split()), asked.stderr
    assert held(cli) == before


def test_other_people_become_records_by_their_whole_rows(cli: CommandLine, months):
    mapped = ("--mapping", months / "register.toml")
    bring(cli, months / "jan.csv", *mapped)
    assert counts(bring(cli, months / "feb.csv", *mapped, "--same-numbers", "new")) == {"accepted": 3}
    assert len(held(cli)) == 1 + 6
    assert counts(bring(cli, months / "feb.csv", *mapped, "--same-numbers", "new")) == {"duplicate": 3}
    assert cli("verify").code == 0


def test_corrections_amend(cli: CommandLine, months):
    mapped = ("--mapping", months / "register.toml")
    bring(cli, months / "jan.csv", *mapped)
    assert counts(bring(cli, months / "feb.csv", *mapped, "--same-numbers", "amend")) == {"amended": 3}


def test_a_mapping_may_hold_the_answer(cli: CommandLine, months):
    mapped = ("--mapping", months / "register.toml")
    bring(cli, months / "jan.csv", *mapped)
    text = MAPPING.replace("[columns]", 'same_numbers = "new"\n[columns]')
    (months / "register.toml").write_text(text, encoding="utf-8")
    assert counts(bring(cli, months / "feb.csv", *mapped)) == {"accepted": 3}


SAME = (
    record(record_id="E77", disease="measles", date_visit="2025-01-05", sex="male", age_years="3"),
    record(record_id="E77", disease="measles", date_visit="2025-02-11", sex="female", age_years="44"),
    record(record_id="E78", disease="measles", date_visit="2025-02-12", sex="female", age_years="4"),
)


def test_two_people_with_one_number_in_one_file_are_both_named(cli: CommandLine, tmp_path):
    path = write_csv(tmp_path / "same.csv", *SAME)
    asked = bring(cli, path)
    assert asked.code == 3
    assert "rows 2, 3)" in asked.stderr
    assert held(cli) == [0]
    assert counts(bring(cli, path, "--same-numbers", "new")) == {"accepted": 3}
    assert len(held(cli)) == 1 + 3


def base(**changes) -> dict:
    return record(record_id="A1", date_visit="2025-03-04", sex="male", age_years="30") | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"sex": "female"},
        {"age_years": "3"},
        {"date_visit": "2025-04-03"},
        {"sex": ""},
        {"age_years": "31", "date_visit": "2025-03-06"},
        {"outcome": "cured", "tested": "yes", "province_home": "KH02"},
    ],
)
def test_a_correction_is_not_asked_about(sqlite_cli: CommandLine, tmp_path, changes):
    others = [base(record_id=f"B{n}") for n in range(3)]
    bring(sqlite_cli, write_csv(tmp_path / "one.csv", base(), *others))
    assert counts(bring(sqlite_cli, write_csv(tmp_path / "two.csv", base(**changes), *others))) == {
        "amended": 1,
        "duplicate": 3,
    }


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ([{"date_visit": "2025-04-03"}] * 3, True),  # days alone, as a register without sex and age
        ([{"sex": "female"}] * 3 + [{}] * 3, False),
        ([{"sex": "female"}] * 3, True),  # every row of the file
        ([{"sex": "female"}] * 6, True),
        ([{"sex": "female", "age_years": "50"}], True),
        ([{"disease": "malaria", "date_visit": "2025-04-03"}], True),
    ],
)
def test_what_is_asked_about(sqlite_cli: CommandLine, tmp_path, changes, asks):
    rows = [base(record_id=f"C{n}") for n in range(6)]
    bring(sqlite_cli, write_csv(tmp_path / "one.csv", *rows))
    changed = [row | change for row, change in zip(rows, changes, strict=False)]
    done = bring(sqlite_cli, write_csv(tmp_path / "two.csv", *changed))
    assert (done.code == 3) is asks, done.stderr


def test_a_watched_folder_puts_the_file_aside_with_the_question(sqlite_cli: CommandLine, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write_csv(folder / "same.csv", *SAME)
    assert sqlite_cli("watch", folder, "--once", "--seconds", "0.05").code == 3
    receipt = json.loads((folder / "failed" / "same.csv.receipt.json").read_text(encoding="utf-8"))
    assert "--same-numbers" in receipt["error"]
    (folder / "failed" / "same.csv").rename(folder / "same.csv")
    done = sqlite_cli("watch", folder, "--once", "--seconds", "0.05", "--same-numbers", "new")
    assert done.code == 0, done.stderr
    assert len(held(sqlite_cli)) == 1 + 3


def test_bytes_that_were_answered_with_new_add_nothing_without_an_answer(cli: CommandLine, months):
    """January was lost: the numbers of the same February amended its records without a question."""
    mapped = ("--mapping", months / "register.toml")
    bring(cli, months / "jan.csv", *mapped)
    bring(cli, months / "feb.csv", *mapped, "--same-numbers", "new")
    before = held(cli)[1:]
    other = months / "other.toml"
    other.write_text(MAPPING.replace('name = "register"', 'name = "other"'), encoding="utf-8")
    for options in (mapped, ("--mapping", other), (*mapped, "--same-numbers", "amend")):
        assert counts(bring(cli, months / "feb.csv", *options)) == {"duplicate": 3}
    folder = months / "in"
    folder.mkdir()
    (folder / "feb.csv").write_bytes((months / "feb.csv").read_bytes())
    assert cli("watch", folder, "--once", "--seconds", "0.05", *mapped).code == 0
    assert held(cli)[1:] == before
    assert cli("verify").code == 0


def test_a_file_answered_with_new_and_held_in_part_adds_nothing_again(sqlite_cli: CommandLine, tmp_path):
    rows = [base(record_id=str(n), age_years=str(n)) for n in range(1, 7)]
    first = write_csv(tmp_path / "first.csv", *rows[:3])
    both = write_csv(tmp_path / "both.csv", *rows)
    assert counts(bring(sqlite_cli, first, "--same-numbers", "new")) == {"accepted": 3}
    assert counts(bring(sqlite_cli, both, "--same-numbers", "new")) == {"accepted": 3, "duplicate": 3}
    assert counts(bring(sqlite_cli, both)) == {"duplicate": 6}


def test_held_bytes_are_not_counted_twice_under_the_other_answer(cli: CommandLine, months):
    mapped = ("--mapping", months / "register.toml")
    bring(cli, months / "jan.csv", *mapped)
    before = held(cli)[1:]
    assert counts(bring(cli, months / "jan.csv", *mapped, "--same-numbers", "new")) == {"duplicate": 3}
    assert held(cli)[1:] == before


def test_the_same_bytes_under_a_mapping_that_would_amend_by_contradiction_are_asked_about(
    sqlite_cli: CommandLine, months
):
    text = MAPPING.replace("day-first", "month-first")
    (months / "other.toml").write_text(text, encoding="utf-8")
    (months / "days.csv").write_text(
        "No,Centre,Date,Disease\n1,HC1,05/01/2025,tb\n2,HC1,06/01/2025,tb\n", encoding="utf-8"
    )
    bring(sqlite_cli, months / "days.csv", "--mapping", months / "register.toml")
    asked = bring(sqlite_cli, months / "days.csv", "--mapping", months / "other.toml")
    assert asked.code == 3
    assert "rows 2, 3" in asked.stderr


def test_another_sheet_of_the_same_workbook_is_not_taken_for_held(sqlite_cli: CommandLine, tmp_path):
    import xlsxwriter

    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        for name, day in (("one", "2025-01-05"), ("two", "2025-02-05")):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, ("record_id", "facility_id", "disease", "date_visit"))
            sheet.write_row(1, 0, ("A1", "HC1", "tb", day))
    assert counts(bring(sqlite_cli, path, "--sheet", "one")) == {"accepted": 1}
    assert counts(bring(sqlite_cli, path, "--sheet", "two", "--same-numbers", "new")) == {"accepted": 1}


def register(days: list[str], **columns: list) -> list[dict]:
    rows = []
    for n, day in enumerate(days):
        own = {name: str(values[n]) for name, values in columns.items()}
        rows.append(record(record_id=str(n + 1), disease="malaria", date_visit=day) | own)
    return rows


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (register(["2025-01-07"] * 20), register(["2025-01-08"] * 20)),
        (register(["2025-01-07"] * 20), register(["2025-01-08"] * 3)),
        (register(["2025-01-07"] * 2), register(["2025-01-08"] * 3)),
        (register(["2025-01-07"]), register(["2025-01-08"])),
        (
            register(["2025-01-07"] * 4, age_years=[30, 31, 32, 33]),
            register(["2025-01-08"] * 4, age_years=[43, 20, 25, 59]),
        ),
        (
            register(["2025-01-07"] * 4, age_years=[30, 31, 32, 33]),
            register(["2025-01-07"] * 4, age_years=[43, 20, 25, 59]),
        ),
        (register(["2025-01-07"] * 4, sex=["F", "M"] * 2), register(["2025-01-07"] * 4, sex=["M", "F"] * 2)),
        (
            register(["2025-01-01"] * 3, birth_date=["1951-01-01"] * 3, province_home=["Pailin"] * 3),
            register(["2025-01-02"] * 3, birth_date=["1989-01-01"] * 3, province_home=["Takeo"] * 3),
        ),
    ],
)
def test_the_counter_of_the_next_day_is_asked_about_in_small_files(
    sqlite_cli: CommandLine, tmp_path, first, second
):
    bring(sqlite_cli, write_csv(tmp_path / "one.csv", *first))
    before = held(sqlite_cli)
    asked = bring(sqlite_cli, write_csv(tmp_path / "two.csv", *second))
    assert asked.code == 3, asked.stdout
    assert held(sqlite_cli) == before


@pytest.mark.parametrize(
    ("changes", "new"),
    [
        ([{"date_visit": "2025-03-05"}], 0),
        ([{"date_visit": "2025-03-05"}, {"sex": "female"}], 12),
        ([{"sex": "female"}, {"sex": "female"}, {}, {}], 0),
        ([{"age_years": "31"}] * 6, 0),
        ([{"outcome": "cured", "sex": ""}] * 6, 0),
    ],
)
def test_few_corrections_and_slight_ones_are_not_asked_about(sqlite_cli: CommandLine, tmp_path, changes, new):
    rows = [base(record_id=f"C{n}") for n in range(6)]
    bring(sqlite_cli, write_csv(tmp_path / "one.csv", *rows))
    changed = [row | change for row, change in zip(rows, changes, strict=False)]
    others = [base(record_id=f"N{n}") for n in range(new)]
    done = bring(sqlite_cli, write_csv(tmp_path / "two.csv", *changed, *others))
    assert done.code == 0, done.stderr


@pytest.mark.parametrize(
    "other",
    [
        {"sex": "female"},
        {"age_years": "44"},
        {"date_visit": "2025-03-05"},
        {"disease": "measles"},
        {"sex": "", "date_visit": "2025-03-25"},
    ],
)
def test_one_difference_within_a_file_is_asked_about(sqlite_cli: CommandLine, tmp_path, other):
    rows = (base(), base(record_id="A2"), base(**other))
    asked = bring(sqlite_cli, write_csv(tmp_path / "one.csv", *rows))
    assert asked.code == 3, asked.stdout
    assert "(rows 2, 4)" in asked.stderr
    assert held(sqlite_cli) == [0]


def test_a_row_that_says_more_of_the_same_person_within_a_file_is_not_asked_about(
    sqlite_cli: CommandLine, tmp_path
):
    path = write_csv(tmp_path / "one.csv", base(sex=""), base(outcome="cured"))
    assert counts(bring(sqlite_cli, path)) == {"accepted": 1, "amended": 1}


def test_a_row_without_a_sex_between_two_people_hides_nothing(sqlite_cli: CommandLine, tmp_path):
    asked = bring(sqlite_cli, write_csv(tmp_path / "one.csv", base(), base(sex=""), base(sex="female")))
    assert asked.code == 3
    assert "sex contradict (rows 2, 4)" in asked.stderr


def test_a_file_that_comes_again_is_looked_up_by_facility_and_period(sqlite_url):
    """By the facility alone, the same file again took time by the square of its rows."""
    database = open_database(sqlite_url)
    with database.writing() as connection:
        stage.create(connection)
        query = rows_held("default", "0" * 64).compile(
            dialect=connection.dialect, compile_kwargs={"literal_binds": True}
        )
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
    database.dispose()
    assert any("(facility_key=? AND period=?)" in row[-1] for row in plan), plan
