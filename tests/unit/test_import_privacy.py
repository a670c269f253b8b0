"""`import`: names, phone numbers and person numbers are stored nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from db.core.engine import write_transaction
from db.core.urls import parse_url
from db.maintenance.opening import open_database
from db.tables.records import batch, episode, notice
from tests.support.command_line import KEY
from tests.support.files import record, write_csv, write_xlsx
from tests.support.migrations import script

OTHER_KEY = "another key for the tests, also of no use"
CANARIES = {
    "name": "Sok CanaryName",
    "ឈ្មោះ": "សុខ ដារ៉ា",
    "phone": "012 987 654",
    "address": "CanaryStreet 27",
    "person_id": "NID-55501234",
    "person_id_issuer": "CanaryIssuer",
    "legal_status": "irregular",
}
DETAIL = "xray=abnormal; nickname=CanaryNick; call CanaryBrother 099887766"


@pytest.fixture
def stored(database_url):
    """Everything the database holds, as bytes: every cell of every table, and on SQLite every file."""

    def everything() -> bytes:
        found = []
        database = open_database(database_url)
        for engine in {database.records, database.operations}:
            tables = sa.MetaData()
            tables.reflect(engine)
            with engine.connect() as connection:
                for table in tables.sorted_tables:
                    for row in connection.execute(sa.select(table)):
                        found += [
                            bytes(c) if isinstance(c, bytes | memoryview) else str(c).encode() for c in row
                        ]
        url = parse_url(database_url)
        if url.get_backend_name() == "sqlite":
            found += [path.read_bytes() for path in Path(str(url.database)).parent.iterdir()]
        database.dispose()
        if url.get_backend_name() == "sqlite":
            found += [path.read_bytes() for path in Path(str(url.database)).parent.iterdir()]
        return b"\x00".join(found)

    return everything


@pytest.fixture
def episodes(database_url):
    """Current records, in the order of their numbers."""

    def rows():
        database = open_database(database_url)
        with database.reading() as connection:
            query = sa.select(episode).order_by(episode.c.record_id, episode.c.facility_id)
            found = connection.execute(query).mappings().all()
        database.dispose()
        return found

    return rows


def pieces(text: str) -> list[bytes]:
    """A canary and every form of it that folding might leave."""
    return [
        form.encode()
        for form in {text, text.casefold(), text.replace(" ", ""), text.casefold().replace(" ", "")}
    ]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_name_phone_number_person_number_or_free_text_reaches_the_database(ending, cli, stored, tmp_path):
    row = record(record_id="1", crossing="Poipet", detail=DETAIL) | CANARIES
    path = tmp_path / f"list.{ending}"
    if ending == "csv":
        write_csv(path, row, row | {"detail": '{"xray": "yes", "who": "CanaryNick"}', "record_id": "2"})
    else:
        write_xlsx(path, list(row), [list(row.values())])
    done = cli("import", path, "--format", "json")
    assert done.one["rejected"] == 0
    assert done.one["accepted"] == done.one["rows"]
    held = stored()
    assert b"abnormal" in held  # the search finds what is there
    for canary in (*CANARIES.values(), "CanaryNick", "CanaryBrother", "099887766"):
        for piece in pieces(canary):
            assert piece not in held, canary
        assert canary not in done.stdout + done.stderr


def test_columns_that_the_schema_does_not_know_are_named_to_the_sender_and_not_stored(cli, stored, tmp_path):
    path = write_csv(
        tmp_path / "a.csv", record(chhlang_row="5", chhlang_reason="canary reason", mother_name="Dara")
    )
    done = cli("import", path)
    assert "column 'mother_name' is not of the schema; ignored, not stored" in done.stdout
    assert "chhlang" not in done.stdout
    assert not [canary for canary in (b"mother_name", b"canary reason", b"Dara") if canary in stored()]


@pytest.mark.parametrize(
    "number", ["012987654", "012 987 654", "012-987-654", "(+855) 12.987.654", "០១២ ៩៨៧ ៦៥៤"]
)
def test_a_phone_number_in_a_column_for_something_else_is_not_kept_in_what_is_listed(
    number, cli, stored, tmp_path
):
    row = record(crossing=f"Gate {number}", sex=number, age_years=number, date_onset=number)
    assert cli("import", write_csv(tmp_path / "a.csv", row, row, row)).code == 0
    held = stored()
    assert number.encode() not in held
    assert b"Gate " in held  # the rest of the text is, so that it can be looked into


def test_names_in_columns_that_have_shifted_are_shown_to_whoever_imports_and_not_stored(
    cli, stored, tmp_path
):
    people = ("Sok Dara", "Chan Sophea", "សុខ ដារ៉ា")
    columns = ("sex", "tested", "province_home", "place_infection", "crossing", "date_onset", "residence")
    rows = [record(record_id=str(n), **dict.fromkeys(columns, name)) for n, name in enumerate(people)]
    done = cli("import", write_csv(tmp_path / "a.csv", *rows, rows[0]))
    held = stored()
    for name in people:
        assert name in done.stdout
        assert not [piece for piece in pieces(name) if piece in held]


def test_a_telephone_number_in_the_facilitys_place_is_masked_in_what_is_listed(cli, database_url, tmp_path):
    rows = [record(facility_id="Post 012 345 678") for _ in range(3)] + [record(facility_id="One of a kind")]
    done = cli("import", write_csv(tmp_path / "a.csv", *rows))
    assert "Post 012 345 678" in done.stdout
    database = open_database(database_url)
    with database.reading() as connection:
        facilities = notice.c.kind == "unknown_facility"
        listed = connection.execute(sa.select(notice.c.text, notice.c.rows).where(facilities)).all()
    database.dispose()
    assert set(listed) == {("Post #", 3), ("", 1)}


def test_the_migration_leaves_of_earlier_notices_what_would_be_stored_now(cli, database_url, tmp_path):
    cli("import", write_csv(tmp_path / "a.csv", record(), record(facility_id="HC9")))
    names = ("kind", "field", "text", "rows", "first_row")
    earlier = [
        ("unread_value", "sex", "Sok Dara", 1, 9),
        ("unread_value", "sex", "Chan Sophea", 5, 7),
        ("unmatched_place", "crossing", "Back gate", 2, 4),
        ("unmatched_place", "crossing", "Old gate 012 345 678", 3, 3),
        ("unknown_facility", "facility_id", "HC 77", 30, 2),
    ]
    database = open_database(database_url)
    with write_transaction(database.records) as connection:
        connection.execute(notice.delete())
        lines = [dict(zip(names, line, strict=True)) | {"batch": 1} for line in earlier]
        connection.execute(notice.insert(), lines)
        with Operations.context(MigrationContext.configure(connection)):
            script("records", "records_0003").upgrade()
        held = connection.execute(sa.select(*(notice.c[name] for name in names))).all()
    database.dispose()
    assert {tuple(row) for row in held} == {
        ("unread_value", "sex", "", 6, 7),
        ("unmatched_place", "crossing", "", 2, 4),
        ("unmatched_place", "crossing", "Old gate #", 3, 3),
        ("unknown_facility", "facility_id", "HC 77", 30, 2),
    }


def test_a_person_is_the_same_within_an_issuer_and_another_with_another_issuer(cli, episodes, tmp_path):
    def person(number, facility="HC1", issuer="MoH", **more):
        return record(facility_id=facility, person_id=number, person_id_issuer=issuer, **more)

    rows = [
        person("A 12", record_id="1"),
        person("a12 ", facility="HC2", issuer="moh", record_id="2"),
        person("A12", issuer="IOM", record_id="3"),
        person("A12", issuer="", record_id="4"),
        person("A12", facility="HC2", issuer="", record_id="5"),
        person("A12", facility="hc1", issuer="", record_id="6"),
        person("", record_id="7"),
        person("A13", record_id="8"),
        person("12", issuer="MoHA", record_id="9"),  # issuer and number do not run together
    ]
    assert cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    one, same, iom, here, there, again, nobody, other, run = (row["person"] for row in episodes())
    assert one == same
    assert here == again
    assert nobody is None
    assert len({one, iom, here, there, other, run}) == 6
    assert all(
        len(p) == 32 and set(p) <= set("0123456789abcdef") for p in (one, iom, here, there, other, run)
    )


def test_the_pseudonym_depends_on_the_key(cli, episodes, tmp_path, new_database):
    path = write_csv(tmp_path / "a.csv", record(person_id="A12"))
    assert cli("import", path).code == 0
    with new_database() as url:
        assert type(cli)(url)("import", path, env={"CHHLANG_SECRET_KEY": OTHER_KEY}).code == 0
        database = open_database(url)
        with database.reading() as connection:
            other = connection.execute(sa.select(episode.c.person)).scalar()
        database.dispose()
    assert other != episodes()[0]["person"]


def test_another_key_is_refused_and_stores_nothing(cli, episodes, tmp_path):
    assert cli("import", write_csv(tmp_path / "a.csv", record(person_id="A12"))).code == 0
    before = episodes()
    done = cli(
        "import", write_csv(tmp_path / "b.csv", record(person_id="B7")), env={"CHHLANG_SECRET_KEY": OTHER_KEY}
    )
    assert done.code == 2
    assert "another key" in done.stderr
    assert "CHHLANG_SECRET_KEY" in done.stderr
    assert KEY not in done.stderr
    assert episodes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv"]
    without = cli("import", write_csv(tmp_path / "c.csv", record()), env={"CHHLANG_SECRET_KEY": OTHER_KEY})
    assert without.code == 0  # a file without person numbers needs no key


def test_a_pseudonym_key_outlives_a_change_of_the_secret_key(cli, episodes, tmp_path):
    keys = {"CHHLANG_PSEUDONYM_KEY": "kept for the life of the programme"}
    cli("import", write_csv(tmp_path / "a.csv", record(record_id="1", person_id="A12")), env=keys)
    changed = keys | {"CHHLANG_SECRET_KEY": OTHER_KEY}
    done = cli("import", write_csv(tmp_path / "b.csv", record(record_id="2", person_id="A12")), env=changed)
    assert done.code == 0
    one, two = episodes()
    assert one["person"] == two["person"]


def test_person_numbers_without_a_key_are_refused_clearly(cli, episodes, tmp_path):
    good = write_csv(tmp_path / "good.csv", record())
    persons = write_csv(tmp_path / "persons.csv", record(person_id="A12"))
    done = cli("import", good, persons, "--format", "json", env={"CHHLANG_SECRET_KEY": None})
    assert done.code == 2
    assert "set CHHLANG_SECRET_KEY" in done.stderr
    assert "A12" not in done.stderr
    assert [receipt["file"] for receipt in done.json()] == [str(good)]  # what was stored has its receipt
    assert [row["person"] for row in episodes()] == [None]


def test_legal_status_is_dropped_unless_it_is_switched_on(cli, episodes, stored, database_url, tmp_path):
    rows = [record(record_id="1", legal_status="Irregular"), record(record_id="2", legal_status="")]
    path = write_csv(tmp_path / "a.csv", *rows)
    assert cli("import", path).code == 0
    assert [row["legal_status"] for row in episodes()] == [None, None]
    assert b"irregular" not in stored().lower()
    kept = write_csv(tmp_path / "b.csv", *(row | {"facility_id": "HC2"} for row in rows))
    assert cli("import", kept, env={"CHHLANG_KEEP_LEGAL_STATUS": "yes"}).code == 0
    assert [r["legal_status"] for r in episodes() if r["facility_id"] == "HC2"] == ["irregular", "unknown"]
    database = open_database(database_url)
    with database.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(batch)).scalar() == 2
    database.dispose()


def test_every_use_of_the_command_line_is_in_the_audit_trail_without_a_patient_value(
    cli, database_url, tmp_path
):
    from db.operations import audit

    cli(
        "import", write_csv(tmp_path / "a.csv", record(record_id="canary-7", sex="male"), record(disease="?"))
    )
    cli("coverage", "--disease", "tb", "--by", "province", "--sex", "female")
    cli("facilities", "import", write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"}))
    database = open_database(database_url)
    lines = audit.latest(database)
    database.dispose()
    assert [line.action for line in lines] == ["facilities import", "coverage", "import"]
    assert {line.actor for line in lines} == {"command line"}
    assert '"accepted": 1' in lines[2].detail
    assert '"sex": "female"' in lines[1].detail
    assert not [line for line in lines if "canary" in line.detail or str(tmp_path) in line.detail]


def test_an_error_of_the_database_does_not_repeat_what_was_being_stored(database):
    for engine in (database.records, database.operations):
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
            connection.execute(sa.text("SELECT :value FROM no_such_table"), {"value": "canary-7"})
        assert "canary-7" not in str(caught.value)
