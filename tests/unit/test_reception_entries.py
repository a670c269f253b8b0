"""What stations of a reception centre enter: stored once, merged field by field, read within a scope."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from dashboard.permissions import Grant
from dashboard.services.reception import entries as service
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.reception import store
from db.tables.reception.records import reception_entry
from surveillance.errors import NotPermittedError, UsageError
from tests.support.reception import NOW, a_van, entry, number

POIPET = Scope.made(crossings=["TH01"])
DAY = date(2025, 6, 1)


def grant(role="nurse", scope=POIPET):
    return Grant("who@health.example", role, scope)


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def desk(sqlite_url):
    """A function that sends entries as a nurse of Poipet."""
    opened = open_database(sqlite_url)

    def send(*raws, who=None, now=NOW):
        return service.receive(opened, who or grant(), raws, now=now)

    send.database = opened
    yield send
    opened.dispose()


def statuses(receipts):
    return [one.status for one in receipts]


@pytest.mark.sql
def test_an_entry_is_stored_once_whoever_sends_it_again(database):
    sent = [a_van(), entry(number=1, sex="female"), entry(number=1, sex="female")]
    receipts = service.receive(database, grant(), sent, now=NOW)
    assert statuses(receipts) == ["accepted", "accepted", "held"]
    other = Grant("other@health.example", "reception", Scope.everything())
    assert statuses(service.receive(database, other, sent, now=NOW)) == ["held"] * 3
    with database.operations.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(reception_entry)) == 2


@pytest.mark.sql
def test_an_entry_cannot_be_changed_in_the_database(database):
    service.receive(database, grant(), [a_van()], now=NOW)
    with pytest.raises(DBAPIError, match="an entry is not changed"), store.writing(database) as connection:
        connection.execute(reception_entry.update().values(author="somebody"))


@pytest.mark.sql
def test_two_stations_of_a_van_write_one_person_without_overwriting(database):
    desk = entry(number=17, sex="male", made_at="2025-06-01T05:00:00Z")
    nurse = entry(daily_medicine=True, days_left=4, station="nurse", made_at="2025-06-01T04:00:00Z")
    tests = entry("service", item="test_tb", done=True, station="tb")
    late = entry(sex="female", made_at="2025-06-01T04:30:00Z")  # made before what the desk says
    for sent in ([tests], [desk], [a_van()], [late], [nurse]):
        assert statuses(service.receive(database, grant(), sent, now=NOW)) == ["accepted"]
    (found,) = service.vans(database, grant(), "TH01", DAY, DAY)
    (one,) = found.people
    assert one.tag == "B-17"
    assert one.records["arrival", ""] == {
        "number": 17, "sex": "male", "daily_medicine": True, "days_left": 4,
    }  # fmt: skip
    assert one.records["service", "test_tb"] == {"done": True}


def test_a_correction_keeps_its_history(desk):
    desk(a_van(), entry(number=3, sex="male"))
    desk(entry(sex="female", made_at="2025-06-01T06:00:00Z"))
    desk(entry(sex=None, made_at="2025-06-01T07:00:00Z"))
    found = service.history(desk.database, grant(), "arrival", number("one"))
    assert [one.fields for one in found] == [{"sex": None}, {"sex": "female"}, {"number": 3, "sex": "male"}]
    assert {one.author for one in found} == {"who@health.example"}
    assert service.van(desk.database, grant(), number("van")).people[0].records["arrival", ""] == {
        "number": 3
    }


def test_a_clock_that_is_ahead_does_not_win_for_ever(desk):
    desk(a_van(), entry(sex="male", made_at="2031-01-01T00:00:00Z"))
    desk(entry(sex="female", made_at=NOW.isoformat()), now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(hours=1)
    desk(entry(sex="other", made_at=later.isoformat()), now=later)
    (one,) = service.van(desk.database, grant(), number("van")).people
    assert one.records["arrival", ""]["sex"] == "other"


def test_another_entry_with_a_held_id_is_refused_not_lost(desk):
    desk(a_van(id="same"))
    (receipt,) = desk(a_van(id="same", men=5))
    assert receipt.status == "refused" and "another entry" in str(receipt.reasons[0])


def test_a_bad_entry_keeps_no_other_out_and_says_everything_that_is_wrong(desk):
    bad = entry(number=0, sex="x", name="Sok")
    found = desk(bad, a_van(), "text", entry("service", item="test_hiv", done=True))
    assert statuses(found) == ["refused", "accepted", "refused", "refused"]
    assert sorted(map(str, found[0].reasons)) == [
        "a record of this kind has no field 'name'",
        "number: give a whole number from 1 to 9999",
        "sex: choose one of the list",
    ]
    assert [str(one) for one in found[3].reasons] == ["item: choose one of the list"]
    assert (found[0].id, found[2].id) == (bad["id"], "")


@pytest.mark.parametrize("role", ["viewer", "official", "epidemiologist", "partner", "administrator", ""])
def test_other_roles_neither_write_nor_read(desk, role):
    who = grant(role, Scope.everything())
    for act in (
        lambda: desk(a_van(), who=who),
        lambda: service.vans(desk.database, who, "TH01", DAY, DAY),
        lambda: service.van(desk.database, who, number("van")),
        lambda: service.history(desk.database, who, "van", number("van")),
        lambda: service.referrals(desk.database, who, None, DAY, DAY),
    ):
        with pytest.raises(NotPermittedError):
            act()


def test_an_account_enters_and_reads_its_own_crossing_alone(desk):
    elsewhere = grant("nurse", Scope.made(crossings=["TH05"]))
    assert statuses(desk(a_van(), who=elsewhere)) == ["refused"]
    assert statuses(desk(a_van(), entry(number=1))) == ["accepted", "accepted"]
    # The other crossing's account claims the van and the person for its own crossing.
    assert statuses(desk(entry(crossing="TH05", sex="male"), who=elsewhere)) == ["refused"]
    assert statuses(desk(entry(crossing="TH05", van="", sex="male"), who=elsewhere)) == ["refused"]
    assert statuses(desk(a_van("van", crossing="TH05", men=9), who=elsewhere)) == ["refused"]
    assert service.van(desk.database, elsewhere, number("van")) is None
    assert service.history(desk.database, elsewhere, "arrival", number("one")) == []
    with pytest.raises(NotPermittedError):
        service.vans(desk.database, elsewhere, "TH01", DAY, DAY)
    province = grant("reception", Scope.of("KH01"))
    assert service.van(desk.database, province, number("van")).crossing == "TH01"


def test_the_desk_neither_writes_nor_sees_referrals_medicines_and_handovers(desk):
    reception = grant("reception")
    referral = entry("referral", partner="art_site", medicine="art", station="referral")
    handover = entry("handover", handed_over_at="2025-06-01T13:00", received_by="provincial")
    assert statuses(desk(referral, handover, who=reception)) == ["refused"] * 2
    assert statuses(desk(a_van(), entry(number=1), referral, handover)) == ["accepted"] * 4
    (seen,) = service.van(desk.database, reception, number("van")).people
    assert set(seen.records) == {("arrival", "")}
    (nurse,) = service.van(desk.database, grant(), number("van")).people
    assert {kind for kind, _ in nurse.records} == {"arrival", "referral", "handover"}
    with pytest.raises(NotPermittedError):
        service.history(desk.database, reception, "handover", number("one"))
    with pytest.raises(NotPermittedError):
        service.referrals(desk.database, reception, "TH01", DAY, DAY)


def test_a_mark_on_the_van_counts_for_everybody_but_those_left_out(desk):
    desk(a_van(), entry(number=1), entry(subject="two", number=2), entry(subject="three", number=3))
    mark = {"given_at": "2025-06-01T12:10", "except": [number("two"), number("three")]}
    desk(entry("service", "van", item="food", fields=mark))
    desk(entry("service", "three", item="food", given_at="2025-06-01T12:30"))
    found = service.van(desk.database, grant(), number("van"))
    assert [one.had("food") for one in found.people] == [True, False, True]


def test_a_withdrawn_person_or_van_is_seen_no_more_and_stays_in_history(desk):
    desk(a_van(), entry(number=1), entry(subject="two", number=2))
    desk(entry(record_status="withdrawn", made_at="2025-06-01T08:00:00Z"))
    assert [one.tag for one in service.van(desk.database, grant(), number("van")).people] == ["B-2"]
    assert len(service.history(desk.database, grant(), "arrival", number("one"))) == 2
    desk(a_van(fields={"record_status": "withdrawn"}, made_at="2025-06-01T08:00:00Z"))
    assert service.van(desk.database, grant(), number("van")) is None


def test_a_person_may_move_to_another_van(desk):
    desk(a_van("a"), a_van("b", letter="C"), entry(van="a", number=1))
    desk(entry(van="b", number=9, made_at="2025-06-01T08:00:00Z"))
    assert service.van(desk.database, grant(), number("a")).people == ()
    assert [one.tag for one in service.van(desk.database, grant(), number("b")).people] == ["C-9"]


def test_a_partner_finds_its_own_slip_alone_and_answers_once(desk):
    referred = {"partner": "poipet_hospital", "urgency": "now", "purpose": "treatment", "slip": "7K3M9P2X"}
    private = {"medicine": "tb", "days_left": 3, "register_book": 1, "sent_at": "2025-06-01T14:00"}
    desk(a_van(), entry("referral", fields=referred | private, station="referral"))
    partner = grant("partner", Scope.made(partners=["poipet_hospital"]))
    other = grant("partner", Scope.made(partners=["tb_service"]))
    found = service.by_slip(desk.database, partner, "7K3M9P2X")
    assert dict(found.fields) == {
        "partner": "poipet_hospital", "urgency": "now", "sent_at": "2025-06-01T14:00",
    }  # fmt: skip
    assert (found.subject, found.van, found.crossing) == ("", "", "")
    assert service.by_slip(desk.database, other, "7K3M9P2X") is None
    said = {"arrived_at": "2025-06-01T15:00", "outcome": "treated", "outcome_at": "2025-06-01T16:00"}
    for who, fields, status in (
        (other, said, "refused"),
        (partner, {"medicine": "art"}, "refused"),
        (partner, {"outcome": "eaten"}, "refused"),
        (partner, said, "accepted"),
        (partner, said, "held"),
    ):
        got = service.answer(desk.database, who, "7K3M9P2X", fields, entry=number("answer"), now=NOW)
        assert got.status == status
    (one,) = service.referrals(desk.database, grant(), "TH01", DAY, DAY)
    assert one.fields["outcome"] == "treated" and one.fields["medicine"] == "tb"
    with pytest.raises(NotPermittedError):
        service.by_slip(desk.database, grant("nurse"), "7K3M9P2X")


def test_nobody_sends_as_a_partner_through_the_desk_and_not_too_much_at_once(desk):
    assert statuses(desk(a_van(), entry(number=1, station="partner"))) == ["accepted", "refused"]
    with pytest.raises(UsageError):
        desk(*([a_van()] * (service.MOST + 1)))


def test_a_desk_writes_while_an_import_holds_the_records(desk):
    with desk.database.writing():
        assert statuses(desk(a_van())) == ["accepted"]


def test_a_van_says_when_it_came(desk):
    desk(a_van())
    found = service.van(desk.database, grant(), number("van"))
    assert (found.arrived_at, found.day) == (datetime.fromisoformat("2025-06-01T12:00"), DAY)
