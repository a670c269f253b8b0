"""`rekey` seals authenticators anew; whose it cannot, it names before it changes anything."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services import accounts
from dashboard.services.signing_in import second_factor
from dashboard.services.upkeep import another_key
from db.maintenance.opening import open_database
from db.operations import accounts as operations
from db.operations import audit
from db.tables.signing_in import account_totp
from tests.support import authenticator
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.state import everything

OLD = KEY
NEW = "key number 2, long enough and of no use elsewhere"
PSEUDONYMS = "key number 3, long enough and of no use elsewhere"
EMAILS = ("one@example.org", "two@example.org")


@pytest.fixture
def opened(cli):
    database = open_database(cli.url)
    yield database
    database.dispose()


def enrol(database, email, key=OLD):
    """An account with an authenticator; its secret."""
    accounts.add(
        database, Grant.custodian(), email=email, password=None, role="administrator", provinces=None
    )
    sealed = second_factor.new_secret(key)
    secret = second_factor.set_up(key, sealed, email).typed.replace(" ", "")
    code = authenticator.code(secret, steps=-1)
    number = operations.number_of(database, email)
    assert len(second_factor.confirm(database, key, number, email, sealed, code)) == 10
    return secret


def takes(database, email, secret, key):
    """Whether the code of an authenticator is taken under a key."""
    number = operations.number_of(database, email)
    return second_factor.use(database, key, number, email, authenticator.code(secret))


def sealed(database):
    with database.operations.connect() as connection:
        rows = connection.execute(sa.select(account_totp).order_by(account_totp.c.account))
        return [tuple(row) for row in rows]


def rekey(cli, previous=OLD, new=NEW, pseudonyms=None):
    """Change the key."""
    env = {"CHHLANG_SECRET_KEY": new, "CHHLANG_PREVIOUS_KEY": previous, "CHHLANG_PSEUDONYM_KEY": pseudonyms}
    return cli("rekey", env=env)


@pytest.mark.sql
def test_authenticators_go_on_under_the_new_key(cli, opened, tmp_path):
    assert cli("import", write_csv(tmp_path / "a.csv", record(record_id="1", person_id="A1"))).code == 0
    secrets = {email: enrol(opened, email) for email in EMAILS}
    counters = [row.last_counter for row in _rows(opened)]
    done = rekey(cli)
    assert done.code == 0, done.stderr
    assert "1 versions" in done.stdout
    assert "authenticators sealed under the new CHHLANG_SECRET_KEY: 2" in done.stdout
    assert [row.last_counter for row in _rows(opened)] == counters  # a code that was used stays used
    for email, secret in secrets.items():
        assert not takes(opened, email, secret, OLD)
        assert takes(opened, email, secret, NEW)
        assert not takes(opened, email, secret, NEW)
    told = audit.lines_of(opened, ["authenticators sealed anew"])
    assert [detail for _, _, detail in told] == [{"accounts": 2}]
    assert "nothing to do" in rekey(cli).stdout


def _rows(database):
    with database.operations.connect() as connection:
        return connection.execute(sa.select(account_totp).order_by(account_totp.c.account)).all()


def test_where_pseudonyms_have_a_key_of_their_own_the_secret_key_alone_is_changed(cli, opened, tmp_path):
    path = write_csv(tmp_path / "a.csv", record(record_id="1", person_id="A1"))
    assert cli("import", path, env={"CHHLANG_PSEUDONYM_KEY": PSEUDONYMS}).code == 0
    secret = enrol(opened, EMAILS[0])
    done = rekey(cli, pseudonyms=PSEUDONYMS)
    assert (done.code, "versions" in done.stdout) == (0, False)
    assert takes(opened, EMAILS[0], secret, NEW)
    # The key of pseudonyms alone: no authenticator changes.
    before = sealed(opened)
    other = "key number 4, long enough and of no use elsewhere"
    assert "1 versions" in rekey(cli, previous=PSEUDONYMS, pseudonyms=other).stdout
    assert sealed(opened) == before


@pytest.mark.parametrize("with_records", [True, False])
def test_who_must_enrol_anew_is_named_and_nothing_is_changed(with_records, cli, opened, tmp_path):
    if with_records:
        assert cli("import", write_csv(tmp_path / "a.csv", record(person_id="A1"))).code == 0
    enrol(opened, EMAILS[0])
    enrol(opened, EMAILS[1], key="a key that nobody has any more, long as it was")
    before, records = sealed(opened), everything(cli.url)
    done = rekey(cli)
    assert (done.code, done.stdout) == (2, "")
    assert EMAILS[1] in done.stderr
    assert EMAILS[0] not in done.stderr
    assert "accounts totp-reset" in done.stderr
    assert OLD not in done.stderr
    assert (sealed(opened), everything(cli.url)) == (before, records)
    assert cli("accounts", "totp-reset", EMAILS[1]).code == 0
    assert rekey(cli).code == 0


def test_without_the_old_key_the_refusal_names_everybody(cli, opened):
    for email in EMAILS:
        enrol(opened, email)
    done = rekey(cli, previous=None)
    assert done.code == 2
    assert all(email in done.stderr for email in EMAILS)


def test_killed_between_the_two_databases_the_same_command_does_the_rest(cli, opened, tmp_path, monkeypatch):
    assert cli("import", write_csv(tmp_path / "a.csv", record(person_id="A1"))).code == 0
    secret = enrol(opened, EMAILS[0])

    def killed(*_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(another_key.outbox, "write", killed)
    assert rekey(cli).code == 130
    monkeypatch.undo()
    assert "1 versions" in rekey(cli).stdout
    assert takes(opened, EMAILS[0], secret, NEW)


def test_what_cannot_be_sealed_anew_leaves_the_records_under_the_old_key(cli, opened, tmp_path, monkeypatch):
    path = write_csv(tmp_path / "a.csv", record(person_id="A1"))
    assert cli("import", path).code == 0
    enrol(opened, EMAILS[0])
    before, records = sealed(opened), everything(cli.url)

    def refused(*_given):
        raise KeyboardInterrupt

    monkeypatch.setattr(second_factor.second_factors, "reseal", refused)
    assert rekey(cli).code == 130
    monkeypatch.undo()
    assert (sealed(opened), everything(cli.url)) == (before, records)
