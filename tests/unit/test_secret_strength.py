"""Keys and passwords: what is easily guessed, or was ever printed, is refused at every door."""

from __future__ import annotations

import re
import secrets

import pytest

from dashboard import settings as settings_module
from dashboard.permissions import Grant
from dashboard.secret_strength import PRINTED, password_weakness, refuse_weak, weakness
from dashboard.services import accounts, store
from dashboard.settings import ROOT, Settings
from surveillance.errors import ConfigurationError, UsageError
from tests.support.files import record, write_csv
from tests.support.web import GOOD_KEY

WEAK = (
    "a",
    "changeme",
    "1234567890" * 4,
    "12345678901234567890123456789012",
    "k" * 64,
    "0123456789abcdef" * 4,
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "qwertyuiopasdfghjklzxcvbnm1234567890",
    "passwordpasswordpassword123456789012",
    "chhlang_secret_keychhlang_secret_key",
    "2026-11-29" * 5,
    " " * 40,
    "the synthetic demo holds no secret",
    "The Synthetic Demo Holds No Secret!!",
    "chhlang-demo-chhlang-demo-chhlang-demo",
    "the key that was made once the key that was made once",
    "ឆ្លង" * 12,
)


@pytest.mark.parametrize("key", WEAK)
def test_a_weak_key_is_refused_whatever_its_name(key):
    assert weakness(key)
    for name in ("CHHLANG_SECRET_KEY", "CHHLANG_PSEUDONYM_KEY"):
        with pytest.raises(ConfigurationError, match=f"^{name} .*rekey.*token_hex"):
            refuse_weak({name: key})


def test_keys_made_at_random_pass():
    made = [secrets.token_hex(32), secrets.token_hex(16), secrets.token_urlsafe(32), GOOD_KEY]
    assert [weakness(key) for key in made] == [None] * len(made)
    refuse_weak({"CHHLANG_SECRET_KEY": made[0], "CHHLANG_PSEUDONYM_KEY": None})


def test_no_key_of_the_documentation_passes():
    """What stands behind a key's name in a text that is published must be refused, or be a command."""
    published = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("deploy/**/*")]
    found = set()
    for path in published:
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            found |= set(re.findall(r"CHHLANG_(?:SECRET|PSEUDONYM|PREVIOUS)_KEY=\"?([^\n\"$`]+)", text))
    assert found
    assert [key for key in found if weakness(key) is None] == []
    assert all(password_weakness(text) for text in PRINTED)


@pytest.mark.process
def test_every_command_refuses_a_weak_key_before_it_opens_anything(sqlite_cli, tmp_path):
    new = f"sqlite:///{tmp_path / 'new.db'}"
    weak = {"CHHLANG_PSEUDONYM_KEY": "a", "DATABASE_URL": new}
    path = write_csv(tmp_path / "a.csv", record())
    asked = (
        ("import", path),
        ("facilities", "import", path),
        ("accounts", "list"),
        ("coverage", "--disease", "tb", "--by", "province", "--measure", "positivity"),
        ("verify",),
        ("backup",),
        ("restore", path, "--check"),
        ("restore", path),
        ("rekey",),
        ("retain", "--older-than", "5y"),
        ("identifiers", "list"),
        ("watch", tmp_path, "--once"),
        ("demo",),
        ("serve",),
    )
    for arguments in asked:
        done = sqlite_cli(*arguments, env=weak)
        assert (done.code, done.stderr.count("\n")) == (2, 1), arguments
        assert "CHHLANG_PSEUDONYM_KEY is shorter than 32 characters" in done.stderr, arguments
        assert "rekey" in done.stderr, arguments
    assert not (tmp_path / "new.db").exists()


def test_records_under_a_weak_key_come_under_a_good_one(sqlite_cli, tmp_path, monkeypatch):
    """What an earlier version took is no lock-out: the three steps of the message lead out."""
    path = write_csv(tmp_path / "a.csv", record(person_id="B7"))
    with monkeypatch.context() as before:
        before.setattr(Settings, "refuse_weak_keys", lambda _: None)
        assert sqlite_cli("import", path, env={"CHHLANG_PSEUDONYM_KEY": "a"}).code == 0
    good = {"CHHLANG_PSEUDONYM_KEY": GOOD_KEY}
    assert "1 versions" in sqlite_cli("rekey", env=good | {"CHHLANG_PREVIOUS_KEY": "a"}).stdout
    assert sqlite_cli("import", path, "--format", "json", env=good).one["duplicate"] == 1


def test_an_unset_pseudonym_key_still_comes_from_the_secret_key():
    settings = Settings.read({"CHHLANG_SECRET_KEY": GOOD_KEY})
    assert store.outer_key(settings, demo=False) == store.derive_key(GOOD_KEY)


EMAIL = "sokha.chan@health.example"
WRONG_PASSWORDS = {
    " " * 12: "is blank",
    "\t\n \u00a0" * 4: "is blank",
    "short": "is shorter than 12 characters",
    EMAIL: "address",
    EMAIL.upper() + "1": "address",
    "sokha.chan2026": "address",
    "chhlang-demo": "demo",
    "Chhlang-Demo!": "demo",
    "aaaaaaaaaaaaaa": "easy to guess",
    "123456789012345": "easy to guess",
    "password1234": "easy to guess",
    "passwordpassword": "easy to guess",
}


@pytest.mark.parametrize("password", WRONG_PASSWORDS)
def test_a_password_that_is_easily_guessed_is_refused(password):
    assert WRONG_PASSWORDS[password] in str(password_weakness(password, EMAIL))


def test_other_passwords_pass():
    for password in ("a long enough password", secrets.token_urlsafe(18), "ព្រះចន្ទ លើទឹកទន្លេ ខែវស្សា"):
        assert password_weakness(password, EMAIL) is None


def test_it_is_refused_when_an_account_is_added_and_when_a_password_is_set(database):
    custodian = Grant.custodian()
    for password in WRONG_PASSWORDS:
        with pytest.raises(UsageError, match=r"the password is .*choose another"):
            accounts.add(database, custodian, email=EMAIL, password=password, role="viewer", provinces=None)
    assert accounts.listed(database, custodian) == []
    accounts.add(
        database, custodian, email=EMAIL, password="a long enough password", role="viewer", provinces=None
    )
    for password in WRONG_PASSWORDS:
        with pytest.raises(UsageError, match="the password is"):
            accounts.set_password(database, custodian, EMAIL, password)


@pytest.mark.process
def test_accounts_without_a_named_database_make_none_and_say_which_they_mean(
    sqlite_cli, tmp_path, monkeypatch
):
    monkeypatch.setattr(settings_module, "data_folder", lambda: tmp_path / "var")
    added = ("accounts", "add", EMAIL, "--role", "viewer")
    bare = {"DATABASE_URL": None, "CHHLANG_SECRET_KEY": GOOD_KEY}
    for arguments in (
        added,
        ("accounts", "list"),
        ("accounts", "password", EMAIL),
        ("accounts", "close", EMAIL),
    ):
        done = sqlite_cli(*arguments, env=bare)
        assert (done.code, done.stderr.count("\n")) == (2, 1)
        assert f"there is no database at {tmp_path / 'var' / 'chhlang.db'}" in done.stderr
    assert not (tmp_path / "var").exists()
    place = tmp_path / "var" / "chhlang.db"
    assert sqlite_cli(*added, env=bare | {"DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}"}).stderr == ""
    assert sqlite_cli("calendar", "list", env=bare).code == 0  # makes one, as every other command does
    done = sqlite_cli(*added, env=bare)
    assert (done.code, done.stderr) == (
        0,
        f"chhlang: DATABASE_URL is not set; the accounts are those of {place}\n",
    )
