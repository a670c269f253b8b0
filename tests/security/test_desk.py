"""The desk under hostile hands: envelopes, vouchers, devices, PINs, and the crossings of others."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.permissions import Grant
from dashboard.services.reception import desk as service
from dashboard.services.reception import devices, entries
from dashboard.web import own_device
from db.core.scope import Scope
from db.operations import desk_devices
from tests.support.accounts import add_accounts
from tests.support.desks import Desk, a_van, hex_id, made
from tests.support.examples import examples
from tests.support.web import served, signed_in

ACCOUNTS = {
    "poipet": ("reception", ("KH01",)),
    "evening": ("reception", ("KH01",)),
    "nurse": ("nurse", ("KH01",)),
    "bavet": ("reception", ("KH20",)),
}
EVERYTHING = Grant("test", "custodian", Scope.everything())


@pytest.fixture(scope="module")
def site(sqlite_files):
    """A server with two centres."""
    with sqlite_files.fresh(migrated=True) as url, served(url) as server:
        add_accounts(server.extensions["chhlang"].database, ACCOUNTS)
        yield server


@pytest.fixture
def desk(site):
    return Desk(site, "poipet")


def stored(site, entry):
    """The history of a record: author and fields of each entry."""
    database = site.extensions["chhlang"].database
    found = entries.history(database, EVERYTHING, entry["kind"], entry["subject"], entry["item"])
    return [(one.author.partition("@")[0], dict(one.fields)) for one in found]


def test_what_was_sealed_is_stored_once_however_often_it_is_sent(site, desk):
    van = a_van()
    person = made("arrival", hex_id(), van["van"], number=1, sex="female", age_years=24)
    sent = [desk.seal(van), desk.seal(person)]
    assert [one["taken"] for one in desk.send(*sent)] == [True, True]
    again = desk.send(sent[1], sent[0], desk.seal(person), sent[1])
    assert [one["taken"] for one in again] == [True] * 4
    assert len(stored(site, van)) == len(stored(site, person)) == 1
    (held,) = [one for one in desk.state()["vans"] if one["id"] == van["van"]]
    assert [one["records"]["arrival"]["age_years"] for one in held["people"]] == [24]


def test_another_account_of_the_centre_sends_what_the_first_one_made(site, desk):
    van = a_van()
    envelope = desk.seal(van)
    desk.hand_over("evening")
    assert desk.send(envelope)[0]["taken"]
    assert [author for author, _ in stored(site, van)] == ["poipet"]


def test_an_entry_without_a_voucher_counts_for_who_sends_it(site, desk):
    kept = desk.voucher
    other = Desk(site, "nurse")
    for voucher in ("", "nonsense", kept + "x", other.voucher, 7, None, {"a": "nurse@example.org"}):
        van = a_van()
        envelope = desk.seal(van, by=voucher)
        assert desk.send(envelope)[0]["taken"], voucher
        assert [author for author, _ in stored(site, van)] == ["poipet"], voucher


def test_a_voucher_is_good_for_the_shift_in_which_it_was_given(site, desk):
    desk.hand_over("evening")
    for made_at in ("2020-01-01T00:00:00Z", "soon", "2999-01-01T00:00:00Z"):
        van = a_van() | {"made_at": made_at}
        (answer,) = desk.send(desk.seal(van))
        assert [author for author, _ in stored(site, van)] == (["evening"] if answer["taken"] else [])


def referral(van, person):
    return made("referral", person, van, item=hex_id(), partner="tb_service", urgency="today", medicine="tb")


def test_only_a_nurse_refers_but_anybody_of_the_centre_sends_it(site, desk):
    van, person = a_van(), hex_id()
    forged = referral(van["van"], person)
    answers = desk.send(desk.seal(van), desk.seal(forged))
    assert [one["taken"] for one in answers] == [True, False]
    assert answers[1]["why"]
    assert stored(site, forged) == []
    nurse = Desk(site, "nurse")
    real = referral(van["van"], person)
    envelope = nurse.seal(real)
    nurse.hand_over("evening")
    assert nurse.send(envelope)[0]["taken"]
    assert [author for author, _ in stored(site, real)] == ["nurse"]
    shown = json.dumps(nurse.state())
    assert real["item"] not in shown
    assert "tb_service" not in shown


def test_a_centre_writes_at_no_other_crossing(site, desk):
    van = a_van()
    desk.send(desk.seal(van))
    bavet = Desk(site, "bavet", "VN01")
    into = made("arrival", hex_id(), van["van"], number=9, sex="male")
    as_theirs = made("arrival", hex_id(), van["van"], "VN01", number=9, sex="male")
    for entry in (a_van(), into, as_theirs):
        (answer,) = bavet.send(bavet.seal(entry))
        assert not answer["taken"]
        assert answer["why"]
        assert stored(site, entry) == []
    assert bavet.state()["vans"] == []
    # What was sealed at Poipet is not taken from Bavet, though it is genuine.
    late = a_van()
    (answer,) = bavet.send(desk.seal(late))
    assert not answer["taken"]
    assert "not one of this centre" in answer["why"]
    assert stored(site, late) == []


def test_no_device_is_made_or_revoked_at_another_crossing(site, desk):
    bavet = signed_in(site, "bavet")
    assert bavet.post("/desk/devices", data={"name": "x", "crossing": "TH01"}).status_code == 400
    assert bavet.post(f"/desk/devices/{desk.device}/revoke").status_code == 404
    assert desk.device not in bavet.get("/desk/devices").get_data(as_text=True)
    assert desk.client.get("/desk/state").status_code == 200


@pytest.mark.parametrize("data", [{}, {"envelopes": ""}, {"envelopes": "{}"}, {"envelopes": "[" * 50_000}])
def test_what_is_no_list_is_refused_in_words(desk, data):
    answer = desk.client.post("/desk/entries", data=data)
    assert answer.status_code == 400
    assert "cannot be read" in answer.get_json()["why"]


def test_too_much_is_refused(desk):
    envelope = desk.seal(a_van())
    many = desk.client.post("/desk/entries", data={"envelopes": json.dumps([envelope] * 201)})
    assert (many.status_code, "at most 200" in many.get_json()["why"]) == (400, True)
    large = desk.client.post("/desk/entries", data={"envelopes": "x" * 2_000_000})
    assert large.status_code == 413
    assert desk.client.post("/desk/entries", json=[envelope]).status_code == 415


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
PARTS = ("kind", "subject", "item", "van", "crossing", "station", "made_at", "fields", "by", "more")


@given(part=st.sampled_from(PARTS), value=VALUES, kind=st.sampled_from(["van", "arrival", "service"]))
@settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_a_genuine_envelope_holds_is_answered(site, desk_once, part, value, kind):
    van = a_van()
    entry = (
        van if kind == "van" else made(kind, hex_id(), van["van"], item="food" if kind == "service" else "")
    )
    (answer,) = desk_once.send(desk_once.seal(entry | {part: value}))
    assert answer["taken"] or answer["why"]


@given(VALUES)
@settings(
    max_examples=examples(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_stands_in_the_fields_is_answered(desk_once, value):
    for name in ("letter", "arrived_at", "men", "number", "except"):
        entry = a_van(**{name: value})
        (answer,) = desk_once.send(desk_once.seal(entry))
        assert answer["taken"] or answer["why"]


@pytest.fixture(scope="module")
def desk_once(site):
    return Desk(site, "poipet")


def test_two_desks_give_no_letter_and_no_number_twice(site, desk):
    other = Desk(site, "evening")
    vans = [a_van(letter="A") for _ in range(4)]
    given = [one.send(one.seal(van))[0] for van, one in zip(vans, [desk, other] * 2, strict=True)]
    letters = {stored(site, van)[0][1]["letter"] for van in vans}
    assert len(letters) == 4
    assert all(one["given"].get("letter", "A") in letters for one in given)
    van = vans[0]["van"]
    people = [made("arrival", hex_id(), van, number=7) for _ in range(4)]
    for person, one in zip(people, [desk, other] * 2, strict=True):
        one.send(one.seal(person))
    assert sorted(stored(site, one)[0][1]["number"] for one in people) == [7, 8, 9, 10]


def test_a_lost_device_sends_nothing_until_it_is_allowed_again(site, desk):
    van = a_van()
    envelope = desk.seal(van)
    evening = signed_in(site, "evening")
    assert evening.post(f"/desk/devices/{desk.device}/revoke").status_code == 303
    assert desk.client.get("/sessions").status_code == 302, "sessions that were used on it have ended"
    desk.hand_over("poipet")
    for answer in (
        desk.client.get("/desk/state"),
        desk.client.post("/desk/entries", data={"envelopes": "[]"}),
    ):
        assert answer.status_code == 410
    other = Desk(site, "evening")
    (answer,) = other.send(envelope)
    assert not answer["taken"]
    assert "revoked" in answer["why"]
    assert stored(site, van) == []
    assert evening.post(f"/desk/devices/{desk.device}/allow").status_code == 303
    assert desk.send(envelope)[0]["taken"]


def test_a_cookie_of_a_device_is_not_guessed(site, desk):
    client = signed_in(site, "evening")
    for cookie in ("", "x", desk.device, f"{desk.device}.", f"{desk.device}.{'A' * 32}", "é.é", "0" * 4000):
        client.set_cookie("chhlang-desk", cookie)
        assert client.get("/desk/state").status_code == 410
    trail = site.extensions["chhlang"].database
    with trail.operations.connect() as connection:
        held = connection.exec_driver_sql("SELECT * FROM desk_device").fetchall()
    assert desk.cookie.partition(".")[2] not in str(held)


def test_the_page_of_the_desk_holds_no_account_and_nobodys_data(site, desk):
    van = a_van()
    desk.send(desk.seal(van), desk.seal(made("arrival", hex_id(), van["van"], number=1, age_years=77)))
    page = desk.client.get("/desk").get_data(as_text=True)
    desk.hand_over("nurse")
    assert desk.client.get("/desk").get_data(as_text=True) == page, "the same for every account"
    for word in ("@example.org", van["van"], desk.voucher):
        assert word not in page
    routes = site.url_map.bind("localhost")
    for name, rest in (("slips", "a/b"), ("slips", "a/b/sticker"), ("handover", "a")):
        routes.match(re.search(rf'data-{name}="([^"]+)"', page)[1] + rest)


def test_a_desk_is_told_once_what_it_knows_and_anew_where_another_account_asks(site, desk):
    told = desk.client.get("/desk/state").get_json()
    assert desk.client.get(f"/desk/state?seen={told['seen']}").status_code == 204
    desk.hand_over("evening")
    assert desk.client.get(f"/desk/state?seen={told['seen']}").get_json()["voucher"] != told["voucher"]


def test_sign_out_and_sign_in_on_a_desk_delete_nothing(site, desk):
    assert "Clear-Site-Data" not in desk.client.post("/sign-out").headers
    page = desk.client.get("/sign-in")
    assert "Clear-Site-Data" not in page.headers
    assert 'name="own"' not in page.get_data(as_text=True)
    form = {"email": "poipet@example.org", "password": "a long enough password", "own": "yes"}
    answer = desk.client.post("/sign-in", data=form)
    assert answer.status_code == 302
    assert "Clear-Site-Data" not in answer.headers
    assert desk.client.get_cookie(own_device.COOKIE) is None
    assert desk.client.post("/device", data={"own": "yes"}).status_code == 400


def pin(desk, digits="2580"):
    return desk.client.post("/desk/pin", data={"pin": digits})


@pytest.mark.parametrize(
    "digits", ["", "1", "123", "123456789", "1234", "0000", "9876", "12a4", "១២៣៤", "2580 "]
)
def test_a_weak_pin_is_refused(desk, digits):
    assert pin(desk, digits).status_code == 400


def test_a_locked_session_answers_nothing_but_its_pin(site, desk):
    assert pin(desk).status_code == 204
    assert desk.client.post("/desk/lock").status_code == 204
    for cookie in (desk.cookie, None):
        if cookie is None:
            desk.client.delete_cookie("chhlang-desk")  # who holds the device takes its cookie away
        for path in ("/", "/map", "/sessions", "/desk/devices", "/find", "/views"):
            answer = desk.client.get(path)
            assert (answer.status_code, answer.headers.get("Location")) == (302, "/desk"), path
        assert desk.client.get("/desk/state").status_code == 423
        assert desk.client.post("/desk/entries", data={"envelopes": "[]"}).status_code == 423
        assert desk.client.post("/desk/pin", data={"pin": "1357"}).status_code == 423
    desk.client.set_cookie("chhlang-desk", desk.cookie)
    assert desk.client.post("/desk/unlock", data={"pin": "2580"}).status_code == 204
    assert desk.client.get("/desk/state").status_code == 200


def test_five_wrong_pins_end_the_session(desk):
    pin(desk)
    desk.client.post("/desk/lock")
    left = [desk.client.post("/desk/unlock", data={"pin": "1111"}) for _ in range(4)]
    assert [one.get_json()["left"] for one in left] == [4, 3, 2, 1]
    assert desk.client.post("/desk/unlock", data={"pin": "1111"}).status_code == 401
    assert desk.client.post("/desk/unlock", data={"pin": "2580"}).status_code == 401
    assert desk.client.get("/sessions").headers["Location"].startswith("/sign-in")


def test_wrong_pins_at_the_same_moment_are_counted_each(desk, monkeypatch):
    """Each of them has read that none was wrong yet."""
    pin(desk)
    read = desk_devices.pin_of
    monkeypatch.setattr(desk_devices, "pin_of", lambda *asked: read(*asked)._replace(tries=0))
    left = [desk.client.post("/desk/unlock", data={"pin": "1111"}) for _ in range(4)]
    assert [one.get_json()["left"] for one in left] == [4, 3, 2, 1]
    assert desk.client.post("/desk/unlock", data={"pin": "1111"}).status_code == 401


def test_a_session_with_a_pin_is_not_ended_for_being_unused_but_waits_for_it(site, desk, monkeypatch):
    """Two hours without a touch: without a PIN the session is over, with one it waits."""
    plain = Desk(site, "evening")
    pin(desk)
    later = devices.time.time() + 7200
    monkeypatch.setattr(devices.time, "time", lambda: later)
    monkeypatch.setattr("dashboard.services.sessions.datetime", _Later(7200))
    assert plain.client.get("/desk/state").status_code == 401
    assert desk.client.get("/desk/state").status_code == 423
    assert desk.client.post("/desk/unlock", data={"pin": "2580"}).status_code == 204


class _Later:
    """The clock some seconds ahead."""

    def __init__(self, seconds):
        self._ahead = timedelta(seconds=seconds)

    def now(self, zone=None):
        return datetime.now(zone) + self._ahead

    def __getattr__(self, name):
        return getattr(datetime, name)


def test_what_is_discarded_stands_in_the_trail(site, desk):
    envelope = desk.seal(a_van())
    assert (
        desk.client.post("/desk/entries/discard", data={"envelopes": json.dumps([envelope])}).status_code
        == 204
    )
    with site.extensions["chhlang"].database.operations.connect() as connection:
        told = connection.exec_driver_sql("SELECT actor, action, detail FROM audit ORDER BY id DESC").first()
    assert told[:2] == ("poipet@example.org", "desk entry discarded")
    assert envelope["u"] in told[2]


def test_the_key_of_before_still_opens(sqlite_files):
    old, new = secrets.token_hex(32), secrets.token_hex(32)
    with sqlite_files.fresh(migrated=True) as url:
        with served(url, key=old) as server:
            add_accounts(server.extensions["chhlang"].database, ACCOUNTS)
            desk = Desk(server, "poipet")
            van = a_van()
            envelope = desk.seal(van)
        for more, taken in (({}, False), ({"CHHLANG_PREVIOUS_KEY": old}, True)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("tests.support.web.add_accounts", lambda *_: None)
                with served(url, key=new, **more) as server:
                    desk.server = server
                    desk.hand_over("poipet")
                    (answer,) = desk.send(envelope)
                    assert answer["taken"] is taken, answer
                    assert taken or "CHHLANG_PREVIOUS_KEY" in answer["why"]


def test_nothing_of_an_entry_reaches_the_log(site, desk, caplog):
    with caplog.at_level("DEBUG"):
        desk.send(desk.seal(a_van(men="seventy-canary")))
        desk.client.post("/desk/entries", data={"envelopes": "canary"})
    assert "canary" not in caplog.text


def test_the_service_asks_for_the_permission_itself(site):
    database = site.extensions["chhlang"].database
    viewer = Grant("viewer@example.org", "viewer", Scope.everything())
    for call in (
        lambda: service.take(database, site.extensions["chhlang"].settings, viewer, "[]", None),
        lambda: service.discard(database, viewer, "[]"),
        lambda: service.state(database, viewer, "TH01", datetime.now(UTC)),
        lambda: devices.add(database, viewer, "x", "TH01"),
        lambda: devices.listed(database, viewer),
    ):
        with pytest.raises(Exception, match="may not"):
            call()
