"""The audit trail is a chain: what is changed, removed, put in or moved is found, and the line is named."""

from __future__ import annotations

import json
import threading

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services import audit_trail
from db.core.engine import connect, write_transaction
from db.core.urls import parse_url
from db.maintenance.opening import open_database
from db.operations import audit, audit_chain
from db.tables.operations import audit as table
from db.tables.operations import audit_head
from surveillance.errors import NotPermittedError
from tests.support.command_line import CommandLine
from tests.support.made_before import restored

pytestmark = pytest.mark.sql
TRIGGERS = {
    "sqlite": ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"),
    "postgresql": ("ALTER TABLE audit DISABLE TRIGGER USER",),
}
LINES = 8


@pytest.fixture
def trail(database):
    """A database with a trail, whose guards somebody with rights on its file has taken away."""
    for number in range(1, LINES + 1):
        audit.record(database, "who@health.example", "tried", {"number": number, "of": "ភ្នំពេញ"})
    assert verified(database) == ()
    with write_transaction(database.operations) as connection:
        for statement in TRIGGERS[database.dialect]:
            connection.exec_driver_sql(statement)
    return database


def verified(database):
    with database.operations.connect() as connection:
        return audit_chain.verify(connection).faults


def faults(database):
    """Line and sentence of what is found."""
    return [(fault.line, fault.what) for fault in verified(database)]


def do(database, *statements):
    with write_transaction(database.operations) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("line", "column"), [(1, "at"), (4, "actor"), (4, "action"), (LINES, "detail"), (LINES, "token")]
)
def test_a_changed_line_is_named(trail, line, column):
    do(trail, table.update().where(table.c.id == line).values({column: "{}"}))
    assert faults(trail) == [(line, "was changed")]


@pytest.mark.parametrize(
    ("gone", "found"),
    [
        ((1,), (2, "does not follow line 0: line 1 was removed")),
        ((4,), (5, "does not follow line 3: line 4 was removed")),
        ((4, 5, 6), (7, "does not follow line 3: lines 4 to 6 were removed")),
        ((8,), (7, "is the last one: line 8 was removed from the end")),
        ((6, 7, 8), (5, "is the last one: lines 6 to 8 were removed from the end")),
        (range(1, 9), (0, "is the last one: lines 1 to 8 were removed from the end")),
    ],
)
def test_removed_lines_are_named(trail, gone, found):
    do(trail, table.delete().where(table.c.id.in_(gone)))
    assert faults(trail) == [found]


def test_a_line_whose_hash_is_made_anew_is_named_by_the_next(trail):
    forge(trail, 4, actor="another@health.example")
    assert faults(trail) == [
        (5, "does not follow line 4, which was rewritten, or from behind which one was removed")
    ]


def forge(database, number, **changed):
    """Change a line and make its hash fit."""
    with write_transaction(database.operations) as connection:
        row = dict(connection.execute(sa.select(table).where(table.c.id == number)).mappings().one())
        row.pop("hash")
        line = audit.Line(**row | changed)
        connection.execute(table.update().where(table.c.id == number).values(**vars(line), hash=line.hash))


def test_an_inserted_line_is_named(trail):
    """Between lines 4 and 5: those behind get other numbers, as they would have to."""
    with write_transaction(trail.operations) as connection:
        previous = connection.execute(sa.select(table.c.hash).where(table.c.id == 4)).scalar_one()
        for number in range(LINES, 4, -1):
            connection.execute(table.update().where(table.c.id == number).values(id=number + 1))
        line = audit.Line(5, audit.now(), "nobody", "forged", "{}", None, previous)
        connection.execute(table.insert().values(**vars(line), hash=line.hash))
    assert (6, "follows line 4: line 5 was inserted between them") in faults(trail)


def test_a_line_at_the_end_that_chhlang_did_not_add_is_named(trail):
    number, previous = LINES + 1, None
    with trail.operations.connect() as connection:
        previous = audit.head(connection)[1]
    line = audit.Line(number, audit.now(), "nobody", "forged", "{}", None, previous)
    do(trail, table.insert().values(**vars(line), hash=line.hash))
    assert faults(trail) == [(number, "is the last one, and was not added by Chhlang")]


def test_lines_in_another_order_are_named(trail):
    do(
        trail,
        table.update().where(table.c.id == 3).values(id=100),
        table.update().where(table.c.id == 4).values(id=3),
        table.update().where(table.c.id == 100).values(id=4),
    )
    found = faults(trail)
    assert {(3, "was changed"), (4, "was changed")} <= set(found)
    assert (3, "follows line 4, which stands behind it: the order was changed") in found


def test_a_trail_that_says_nothing_of_its_end_is_not_whole(trail):
    do(trail, audit_head.delete())
    assert [what for _, what in faults(trail)] == [
        "ends a trail of which nothing says any more where it ends"
    ]


def test_a_cut_whose_head_was_cut_too_is_found_by_an_end_that_was_kept_and_by_nothing_else(trail, tmp_path):
    grant = Grant.custodian()
    head = audit_trail.verify(trail, grant, head=None, backup=None).head
    with trail.operations.connect() as connection:
        last = connection.execute(sa.select(table.c.hash).where(table.c.id == 5)).scalar_one()
    do(trail, table.delete().where(table.c.id > 5), audit_head.update().values(line=5, hash=last))
    assert audit_trail.verify(trail, grant, head=None, backup=None).sound
    found = audit_trail.verify(trail, grant, head=head, backup=None)
    assert found.faults == (
        "the end that was given, line 8, is not in this trail: "
        "its end was removed, or all of it was rewritten",
    )


def test_after_a_cut_the_trail_never_looks_whole_again(trail):
    do(trail, table.delete().where(table.c.id == LINES))
    audit.record(trail, "who@health.example", "tried")
    assert faults(trail) == [(LINES + 1, f"does not follow line {LINES - 1}: line {LINES} was removed")]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_database_itself_refuses_to_change_or_remove_a_line(database, statement):
    audit.record(database, "who@health.example", "tried")
    if statement.startswith("TRUNCATE") and database.dialect == "sqlite":
        pytest.skip("SQLite has no such statement")
    with pytest.raises(sa.exc.DBAPIError, match="only added to"), database.operations.begin() as connection:
        connection.exec_driver_sql(statement)
    assert len(audit.latest(database)) == 1


def test_many_who_write_at_once_make_one_chain(database_url):
    """Each with connections of its own, as processes have."""
    databases = [open_database(database_url) for _ in range(4)]

    def write(one):
        for number in range(5):
            audit.record(one, "who@health.example", "tried", {"number": number})

    threads = [threading.Thread(target=write, args=(one,)) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].operations.connect() as connection:
        chain = audit_chain.verify(connection)
    assert (chain.lines, chain.last, chain.faults) == (20, 20, ())
    for one in databases:
        one.dispose()


def test_the_trail_of_a_database_made_before_is_chained_and_whole(empty_url):
    app = restored(CommandLine(empty_url))
    done = app("audit", "verify", "--format", "json")
    assert done.code == 0, done.stdout + done.stderr
    assert done.one["lines"] > 5
    database = connect(parse_url(app.url).render_as_string(hide_password=False))
    do_without_guards = TRIGGERS[database.dialect]
    with write_transaction(database.operations) as connection:
        for statement in do_without_guards:
            connection.exec_driver_sql(statement)
        connection.execute(table.update().where(table.c.id == 2).values(actor="another"))
    database.dispose()
    again = app("audit", "verify")
    assert again.code == 1
    assert "line 2 was changed" in again.stdout


@pytest.mark.in_turn()  # PostgreSQL: the other tests of the chain
def test_the_commands_say_what_was_done_by_whom_since_when(cli, tmp_path):
    cli("accounts", "add", "one@health.example", "--role", "viewer")
    cli("accounts", "close", "one@health.example")
    assert cli("accounts", "role", "one@health.example", "official").code == 0
    listed = cli("audit", "show", "--what", "role changed", "--format", "json").one
    assert listed["detail"] == {"email": "one@health.example", "role": "official"}
    assert (listed["line"], listed["who"]) == (3, "command line")
    assert cli("audit", "show", "--since", "2999-01-01", "--format", "json").json() == []
    assert cli("audit", "show", "--who", "nobody@health.example", "--format", "csv").stdout.count("\n") == 1
    assert "account closed" in cli("audit", "show", "--since", "2020-01-31T08:00").stdout
    wrong = cli("audit", "show", "--since", "yesterday")
    assert (wrong.code, wrong.stderr.count("\n")) == (2, 1)
    said = cli("audit", "show", "--what", "audit show", "--format", "json").json()
    assert len(said) == 4  # looking is written down too
    backup = tmp_path / "b.zip"
    assert cli("backup", backup).code == 0
    verified_now = cli("audit", "verify", "--backup", backup, "--format", "json")
    assert verified_now.one["sound"] is True
    assert cli("audit", "verify", "--head", verified_now.one["head"]).code == 0
    assert cli("audit", "verify", "--head", f"3:{'0' * 64}").code == 1
    assert cli("audit", "verify", "--head", "3").code == 2
    assert cli("audit", "export", tmp_path / "trail.jsonl").code == 0
    lines = [json.loads(line) for line in (tmp_path / "trail.jsonl").read_text("utf-8").splitlines()]
    assert [line["previous"] for line in lines[1:]] == [line["hash"] for line in lines[:-1]]
    assert cli("audit", "export", tmp_path / "trail.jsonl").code == 3
    again = cli("restore", backup, "--replace")
    assert again.code == 0, again.stderr
    assert cli("audit", "verify", "--backup", backup).code == 0
    (line,) = cli("audit", "show", "--what", "restore", "--format", "json").json()
    assert line["detail"]["replaced"].startswith(f"{lines[-1]['id'] + 1}:")
    assert cli("audit", "verify", "--head", line["detail"]["replaced"]).code == 1  # that trail is gone


def test_who_does_not_manage_accounts_reads_no_trail(database):
    official = Grant("o@health.example", "official", Grant.custodian().scope)
    for ask in (
        lambda: audit_trail.found(database, official),
        lambda: audit_trail.verify(database, official, head=None, backup=None),
        lambda: audit_trail.note(database, official, "x", {}),
    ):
        with pytest.raises(NotPermittedError):
            ask()
