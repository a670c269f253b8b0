"""Sessions live on the server: a copied cookie answers nothing once its session is over."""

from __future__ import annotations

import re
import stat
import time
from dataclasses import replace

import pytest

from dashboard.permissions import Grant
from dashboard.services import accounts, administration, sessions
from db.core.scope import Scope
from db.operations import audit, session_file
from db.operations.session_file import SessionFile
from surveillance.errors import NotPermittedError
from tests.support.web import PASSWORD, Browser, served, settings, sign_in, signed_in

GRANT = Grant.custodian()


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as made:
        yield made


def database_of(site):
    return site.extensions["chhlang"].database


def copied(site, client):
    """A client with a copy of another one's cookie, as a thief has it."""
    thief = site.test_client()
    thief.set_cookie("chhlang", client.get_cookie("chhlang").value)
    return thief


def answers(client):
    """Whether a session answers: a page, and not the way to sign in."""
    return client.get("/").status_code == 200, client.post("/today/area", data={}).status_code != 401


IN, OUT = (True, True), (False, False)


def close(site, email):
    accounts.set_active(database_of(site), GRANT, email, False)


def new_password(site, email):
    accounts.set_password(database_of(site), GRANT, email, "another password that is long")


def other_role(site, email):
    administration.set_role(database_of(site), GRANT, email, "viewer")


def other_provinces(site, email):
    administration.set_scope(database_of(site), GRANT, email, Scope.of("KH02"))


def role_by_hand(site, email):
    """Whoever changes the database itself ends the sessions too."""
    with database_of(site).operations.begin() as connection:
        connection.exec_driver_sql("UPDATE account SET provinces = 'KH03' WHERE email = ?", (email,))


@pytest.mark.parametrize("change", [close, new_password, other_role, other_provinces, role_by_hand])
def test_a_change_of_the_account_ends_its_sessions_and_their_copies_and_no_others(site, change):
    client, other = signed_in(site, "official"), signed_in(site, "viewer")
    thief = copied(site, client)
    assert answers(thief) == answers(client) == IN
    change(site, "official@example.org")
    assert answers(thief) == answers(client) == OUT
    assert answers(other) == IN
    assert sessions.own(database_of(site), 1) == []


def test_after_sign_out_a_copied_cookie_answers_nothing_also_after_the_next_sign_in(site):
    client = signed_in(site, "official")
    thief = copied(site, client)
    assert answers(thief) == IN
    assert client.post("/sign-out").status_code == 302
    assert answers(thief) == answers(client) == OUT
    assert sign_in(client, "official").status_code == 302
    assert (answers(client), answers(thief)) == (IN, OUT)


def test_a_session_outlives_a_restart_of_the_server_and_its_end_does_too(sqlite_url):
    with served(sqlite_url) as site:
        client = signed_in(site, "official")
        ended = copied(site, signed_in(site, "viewer"))
        ended.post("/sign-out")
    from dashboard.server import factory
    from dashboard.services import store

    chosen = settings(sqlite_url)
    database = store.open_store(chosen)
    again = factory.make_server(chosen, database)
    again.test_client_class = Browser
    assert answers(copied(again, client)) == IN
    assert answers(copied(again, ended)) == OUT
    database.dispose()


@pytest.fixture
def later(monkeypatch):
    """Lets time pass for the server."""

    class Clock:
        ahead = 0.0

    real = time.time
    monkeypatch.setattr(session_file.time, "time", lambda: real() + Clock.ahead)
    from datetime import datetime as real_datetime

    class Moved(real_datetime):
        @classmethod
        def now(cls, tz=None):
            return real_datetime.fromtimestamp(real() + Clock.ahead, tz)

    monkeypatch.setattr(sessions, "datetime", Moved)

    def pass_(minutes):
        Clock.ahead += minutes * 60

    return pass_


def test_an_unused_session_ends_after_an_hour_and_a_used_one_after_twelve(site, later):
    used, unused = signed_in(site, "official"), signed_in(site, "viewer")
    for _ in range(14):
        later(50)
        assert answers(used) == IN
    assert answers(unused) == OUT
    later(50)
    assert answers(used) == OUT
    line = audit.latest(database_of(site), 1)[0]
    assert (line.actor, line.action) == ("viewer@example.org", "signed out")
    assert "unused for too long" in line.detail
    assert sessions.own(database_of(site), 1) == []


@pytest.mark.parametrize("minutes", ["5", "720"])
def test_the_hour_is_a_setting(sqlite_url, later, minutes):
    with served(sqlite_url, CHHLANG_IDLE_MINUTES=minutes) as site:
        client = signed_in(site, "official")
        later(6)
        assert answers(client) == (OUT if minutes == "5" else IN)


def test_a_device_that_its_owner_has_marked_stays_signed_in_for_twelve_hours(site, later):
    client = signed_in(site, "official")
    assert client.post("/device", data={"own": "yes"}).status_code in (200, 302, 303)
    later(11 * 60)
    assert answers(client) == IN
    later(61)
    assert answers(client) == OUT


def test_a_cookie_that_is_signed_but_names_no_session_answers_nothing(site):
    client = signed_in(site, "official")
    for wrong in (
        "",
        "1",
        "1.",
        "0.x",
        "-1.x",
        "99999.x",
        "4097.x",
        f"1.{'0' * 64}",
        "1." + "x" * 5000,
        "¹.x",
    ):
        with client.session_transaction() as held:
            held["chhlang-session"] = wrong
        assert answers(client) == OUT, wrong
    with client.session_transaction() as held:
        del held["chhlang-session"]
    assert answers(client) == OUT


def test_a_session_is_of_no_use_to_another_account(site):
    client, other = signed_in(site, "viewer"), signed_in(site, "administrator")
    with other.session_transaction() as held:
        key = held["chhlang-session"]
    with client.session_transaction() as held:
        held["chhlang-session"] = key
    assert answers(client) == OUT


def test_sign_ins_failures_and_sign_outs_are_in_the_trail_and_no_word_that_was_typed(site):
    client = signed_in(site, "official")
    sign_in(site.test_client(), "official", "a guess")
    sign_in(site.test_client(), "my-own-password", "a guess")
    client.post("/sign-out")
    lines = [line for line in audit.latest(database_of(site)) if line.action.startswith("sign")]
    assert [(line.actor, line.action) for line in reversed(lines)] == [
        ("official@example.org", "signed in"),
        ("official@example.org", "sign-in failed"),
        ("nobody", "sign-in failed"),
        ("official@example.org", "signed out"),
    ]
    assert "my-own-password" not in str(lines)
    assert "a guess" not in str(lines)


def test_an_administrator_lists_sessions_and_ends_one(site):
    client, other = signed_in(site, "official"), signed_in(site, "viewer")
    database = database_of(site)
    administrator = Grant("administrator@example.org", "administrator", GRANT.scope)
    listed = sessions.listed(database, administrator)
    assert {one.account for one in listed} == {"official@example.org", "viewer@example.org"}
    (chosen,) = [one for one in listed if one.account == "official@example.org"]
    assert sessions.end(database, administrator, chosen.id)
    assert not sessions.end(database, administrator, chosen.id)
    assert (answers(client), answers(other)) == (OUT, IN)
    line = audit.latest(database, 1)[0]
    assert (line.actor, line.action) == ("administrator@example.org", "session ended")
    official = replace(administrator, role="official")
    for ask in (lambda: sessions.listed(database, official), lambda: sessions.end(database, official, "1-x")):
        with pytest.raises(NotPermittedError):
            ask()


def test_one_ends_the_others_of_ones_own_sessions(site):
    here, there = signed_in(site, "official"), signed_in(site, "official")
    database, grant = database_of(site), Grant("official@example.org", "official", GRANT.scope)
    with here.session_transaction() as held:
        key = held["chhlang-session"]
    assert len(sessions.own(database, 1)) == 2
    assert sessions.end_own(database, grant, 1, but=key)
    assert (answers(here), answers(there)) == (IN, OUT)


# --- the file ---------------------------------------------------------------------------------------------

DAY = 86_400.0


@pytest.fixture
def held(tmp_path):
    made = SessionFile(tmp_path / "folder" / "sessions.bin")
    made.prepare()
    return made


def test_the_file_is_its_owners_alone_and_never_grows(held):
    size = held.path.stat().st_size
    assert stat.S_IMODE(held.path.stat().st_mode) == 0o600
    assert held.path.stat().st_blocks * 512 >= size  # no hole that would need space later
    keys = [held.begin(number, b"a" * 16, DAY)[0] for number in range(50)]
    for key in keys[::2]:
        held.end(held.find(key), session_file.SIGNED_OUT)
    assert held.path.stat().st_size == size
    text = held.path.read_bytes()
    assert not any(key.partition(".")[2].encode() in text for key in keys)


def test_where_all_places_are_taken_the_session_unused_for_longest_gives_way(held, monkeypatch):
    monkeypatch.setattr(session_file, "PLACES", 8)
    monkeypatch.setattr(session_file, "_SIZE", 128 * 9)
    clock = iter(range(1_000, 100_000))
    monkeypatch.setattr(session_file.time, "time", lambda: float(next(clock)))
    held.prepare()
    keys = [held.begin(number, b"a" * 16, DAY)[0] for number in range(8)]
    assert all(map(held.find, keys))
    held.end(held.find(keys[0]), session_file.SIGNED_OUT)
    more = [held.begin(number, b"a" * 16, DAY)[0] for number in range(8, 11)]
    assert [held.find(key) is not None for key in keys] == [False] * 4 + [True] * 4
    assert all(map(held.find, more))
    assert [one.account for one in held.ended()] == [0]  # what the trail has not heard of is kept longest


def test_an_account_has_no_more_than_twenty_sessions(held):
    keys = [held.begin(7, b"a" * 16, DAY)[0] for _ in range(23)]
    other, _ = held.begin(8, b"a" * 16, DAY)
    living = [held.find(key) is not None for key in keys]
    assert living.count(True) == session_file.MOST == 20
    assert living[-1] and held.find(other)
    assert {one.why for one in held.ended()} == {session_file.TOO_MANY}


@pytest.mark.parametrize("damage", [b"", b"something else", b"chhlang sessions 1\n"])
def test_a_missing_or_damaged_file_signs_everybody_out_and_is_made_anew(held, damage):
    key, _ = held.begin(1, b"a" * 16, DAY)
    held.path.write_bytes(damage)
    assert held.find(key) is None
    again, _ = held.begin(1, b"a" * 16, DAY)
    assert held.find(again)
    held.path.unlink()
    assert held.find(again) is None
    assert held.living() == held.ended() == []


def test_a_place_that_was_given_to_another_is_not_ended_by_the_one_before(held):
    key, session = held.begin(1, b"a" * 16, DAY)
    held.drop(session)
    other, _ = held.begin(2, b"a" * 16, DAY)
    assert not held.end(session, session_file.SIGNED_OUT)
    held.drop(session)
    held.use(replace(session, seen=0.0))
    assert held.find(key) is None
    assert held.find(other)


def test_the_password_is_asked_again_on_a_page_that_was_left(site):
    client = signed_in(site, "official")
    sessions.end_all_of(database_of(site), 1)
    assert client.get("/data").headers["Location"].startswith("/sign-in?next=")
    assert sign_in(client, "official", PASSWORD).status_code == 302
    assert client.get("/data").status_code == 200


def test_beside_postgresql_the_file_lies_where_the_machine_keeps_its_uploads(monkeypatch, tmp_path):
    from dashboard.settings import data_folder, machine_folder

    monkeypatch.setenv("CHHLANG_UPLOADS", str(tmp_path / "uploads"))
    assert machine_folder() == tmp_path
    monkeypatch.delenv("CHHLANG_UPLOADS")
    assert machine_folder() == data_folder()


def test_a_person_sees_her_own_sessions_and_ends_one_or_all_others(site):
    here = signed_in(site, "viewer")
    there, third = signed_in(site, "viewer"), signed_in(site, "viewer")
    others = signed_in(site, "official")
    page = here.get("/sessions").get_data(as_text=True)
    assert page.count("<strong>this one</strong>") == 1
    assert "official@" not in page.partition("<main")[2].partition("</main>")[0]
    assert page.count("127.0.0.1") == 3  # from where each was begun, as the trail has it
    ends = re.findall(r'action="(/sessions/[^"]+/end)"', page)
    assert len(ends) == 2
    # Sessions of others, and none at all, are out of reach; so is the one that asks.
    found = {one.account: one.id for one in sessions.listed(database_of(site), GRANT)}
    for number in (found["official@example.org"], "0-000000000000", "x"):
        assert here.post(f"/sessions/{number}/end").status_code == 303
    assert [answers(one) for one in (here, there, third, others)] == [IN] * 4
    assert here.post(ends[0]).status_code == 303
    assert sorted([answers(there), answers(third)]) == [OUT, IN]
    assert here.post("/sessions/end").status_code == 303
    assert (answers(there), answers(third), answers(here), answers(others)) == (OUT, OUT, IN, IN)
    page = here.get("/sessions").get_data(as_text=True)
    assert "this one" in page
    assert "End all others" not in page
    told = audit.lines_of(database_of(site), ["session ended"])
    assert [said["account"] for _, _, said in told] == ["viewer@example.org"] * 2


def test_another_site_ends_no_session(site):
    here, there = signed_in(site, "viewer"), signed_in(site, "viewer")
    headers = {"Origin": "https://elsewhere.example"}
    assert here.post("/sessions/end", headers=headers).status_code == 403
    assert answers(there) == IN
