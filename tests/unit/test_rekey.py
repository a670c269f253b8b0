"""`rekey`: another key over what is stored; a person stays the same, the same file brings nothing new."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.intake.values.pseudonym import Pseudonymiser, pseudonym, rekeyed
from db.maintenance import rekey
from db.maintenance.opening import open_database
from db.tables import key_chain, meta
from db.tables.records import episode
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.state import assert_sound, everything

KEYS = [KEY, *(f"key number {number}, long enough and of no use elsewhere" for number in (2, 3))]


def persons(url):
    """Pseudonym of each version, by its record's number and content."""
    database = open_database(url)
    with database.reading() as connection:
        found = connection.execute(
            sa.select(episode.c.record_id, episode.c.person).order_by(episode.c.id)
        ).all()
    database.dispose()
    return [tuple(row) for row in found]


@pytest.fixture
def files(cli, prepared, tmp_path):
    """Records with and without a number of their own, with and without a person; one amended."""
    rows = [
        record(record_id="1", person_id="A1", age_years=30, date_treated="2025-04-01"),
        record(record_id="2", person_id="A2", detail=""),
        record(record_id="3"),
        record(person_id="A1", sex="female"),
        record(person_id="A3", sex="female"),
        record(person_id="A3", sex="female"),
        record(sex="male"),
    ]
    first = write_csv(tmp_path / "one.csv", *rows)
    second = write_csv(tmp_path / "two.csv", record(record_id="1", person_id="A1", age_years=31))

    def fill():
        for path in (first, second):
            assert cli("import", path).code == 0

    prepared(fill)
    return [first, second]


def change(cli, old, new):
    """Rotate from one key to the next."""
    return cli("rekey", env={"CHHLANG_SECRET_KEY": new, "CHHLANG_PREVIOUS_KEY": old})


def test_after_two_changes_the_same_files_bring_nothing_but_duplicates(cli, files, tmp_path):
    before = persons(cli.url)
    for old, new in ((KEYS[0], KEYS[1]), (KEYS[1], KEYS[2])):
        done = change(cli, old, new)
        assert done.code == 0, done.stderr
        assert "6 versions" in done.stdout
    env = {"CHHLANG_SECRET_KEY": KEYS[2]}
    after = persons(cli.url)
    assert [number for number, _ in after] == [number for number, _ in before]
    assert all((one is None) == (two is None) for (_, one), (_, two) in zip(before, after, strict=True))
    pairs = {(one, two) for (_, one), (_, two) in zip(before, after, strict=True)}
    assert len(pairs) == 4  # three persons and nobody
    assert not {person for _, person in before if person} & {person for _, person in after}
    rows = 7
    for path in files:
        receipt = cli("import", path, "--format", "json", env=env).one
        assert receipt["duplicate"] == receipt["rows"] == rows
        rows = 1
    # Copies with other bytes, which the database has not seen before, say nothing new either.
    other = tmp_path / "again.csv"
    other.write_bytes(files[1].read_bytes() + b"\n\n")
    assert cli("import", other, "--format", "json", env=env).one["duplicate"] == 1
    new = write_csv(tmp_path / "new.csv", record(record_id="9", person_id="a1 "))
    assert cli("import", new, env=env).code == 0
    assert persons(cli.url)[-1] == ("9", dict(after)["1"])
    assert_sound(cli.url)


def test_the_old_key_alone_is_refused_afterwards(cli, files, tmp_path):
    assert change(cli, KEYS[0], KEYS[1]).code == 0
    before = everything(cli.url)
    for options in ((), ("--dry-run",)):
        done = cli("import", files[0], *options)
        assert done.code == 2
        assert "another key" in done.stderr
    assert everything(cli.url) == before
    assert change(cli, KEYS[0], KEYS[2]).code == 2  # the previous key is another by now
    assert "nothing to do" in change(cli, KEYS[0], KEYS[1]).stdout
    assert everything(cli.url) == before


@pytest.mark.parametrize(
    ("previous", "new", "said"),
    [
        (None, KEYS[1], "CHHLANG_PREVIOUS_KEY is not the key"),
        ("wrong", KEYS[1], "CHHLANG_PREVIOUS_KEY is not the key"),
        (KEYS[0], "short", "is shorter than 32"),
        (KEYS[0], None, "is not set"),
    ],
)
def test_wrong_keys_change_nothing(previous, new, said, cli, files):
    before = everything(cli.url)
    done = change(cli, previous, new)
    assert (done.code, said in done.stderr) == (2, True)
    assert KEYS[0] not in done.stderr
    assert everything(cli.url) == before


def test_stopped_in_the_middle_the_old_key_stays_valid(cli, files, monkeypatch):
    before = everything(cli.url)
    monkeypatch.setattr(rekey, "_PART", 2)
    update, left = rekey.update_rows, [2]

    def fails_later(*given):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        update(*given)

    monkeypatch.setattr(rekey, "update_rows", fails_later)
    assert change(cli, KEYS[0], KEYS[1]).code == 130
    assert everything(cli.url) == before
    monkeypatch.undo()
    assert cli("import", files[0], "--format", "json").one["duplicate"] == 7
    assert change(cli, KEYS[0], KEYS[1]).code == 0


def test_an_import_that_was_reading_while_the_key_changed_stores_nothing(cli, files, tmp_path, monkeypatch):
    from db.ingest.line_lists import LineListRun

    decide, changed = LineListRun.decide, []

    def after_a_change(run, *given):
        changed.append(change(cli, KEYS[0], KEYS[1]).code)
        return decide(run, *given)

    monkeypatch.setattr(LineListRun, "decide", after_a_change)
    done = cli("import", write_csv(tmp_path / "new.csv", record(record_id="9", person_id="A1")))
    assert changed == [0]
    assert done.code == 2
    assert "import it again" in done.stderr
    assert "9" not in dict(persons(cli.url))


def test_a_key_of_pseudonyms_alone_can_be_changed_too(cli, tmp_path):
    path = write_csv(tmp_path / "a.csv", record(record_id="1", person_id="A1"))
    assert cli("import", path, env={"CHHLANG_PSEUDONYM_KEY": KEYS[1]}).code == 0
    env = {"CHHLANG_PSEUDONYM_KEY": KEYS[2], "CHHLANG_PREVIOUS_KEY": KEYS[1]}
    assert cli("rekey", env=env).code == 0
    again = cli("import", path, "--format", "json", env={"CHHLANG_PSEUDONYM_KEY": KEYS[2]})
    assert again.one["duplicate"] == 1


def test_earlier_keys_are_sealed_and_only_the_present_one_opens_them(cli, files):
    assert change(cli, KEYS[0], KEYS[1]).code == 0
    database = open_database(cli.url)
    with database.reading() as connection:
        sealed = meta.get(connection, key_chain.SEALED_KEYS)
    database.dispose()
    assert KEYS[0].encode().hex() not in sealed
    with pytest.raises(Exception, match="another key"):
        key_chain.unseal(b"not it", sealed)
    assert key_chain.unseal(b"k", key_chain.seal(b"k", (b"1", b"2"))) == (b"1", b"2")


def test_a_pseudonym_under_several_keys_is_each_over_the_one_before():
    one, two, three = b"one", b"two", b"three"
    chained = Pseudonymiser(three, (one, two))
    chained.remember_earlier()
    first = pseudonym(one, "issuer", "number")
    second = rekeyed(two, first)
    assert chained("issuer", "number") == rekeyed(three, second)
    assert chained.earlier(rekeyed(three, second)) == (first, second)
    chained.remember_earlier()
    assert chained.earlier(rekeyed(three, second)) == ()
    assert Pseudonymiser(one)("issuer", "number") == first
