"""Slips of referrals: given once, found by their partner alone, guessed at ever more slowly, and expired."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services.reception import entries, slips, worklists
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.errors import NotPermittedError, TooManyError, UsageError
from surveillance.reception import slip
from tests.support.reception import NOW, a_van, entry, number

POIPET = Scope.made(crossings=["TH01"])
NURSE = Grant("nurse@health.example", "nurse", POIPET)
HOSPITAL = Grant("h@hospital.example", "partner", Scope.made(partners=["poipet_hospital"]))
MATERNITY = Grant("m@hospital.example", "partner", Scope.made(partners=["maternity"]))


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def clock(monkeypatch):
    moment = [1_000_000.0]
    monkeypatch.setattr(slips, "_now", lambda: moment[0])
    return moment


def send(database, *raws):
    receipts = entries.receive(database, NURSE, raws, now=NOW)
    assert [one.status for one in receipts] == ["accepted"] * len(receipts)


def refer(database, person="one", item="r", partner="poipet_hospital", **more):
    fields = {"partner": partner, "sent_at": "2025-06-01T13:00"} | more
    send(database, entry("referral", person, item=item, station="referral", fields=fields))


def give(database, person="one", item="r"):
    found = slips.give(database, NURSE, number(person), number(item), now=NOW)
    assert found is not None
    return found.code


@pytest.mark.sql
def test_a_slip_is_given_once_and_answered_by_its_partner(database, clock):
    send(database, a_van(), entry(number=17, sex="female"))
    refer(database, medicine="art", days_left=3, purpose="medicine", register_book=4)
    code = give(database)
    assert slip.is_code(code)
    assert give(database) == code
    typed, found = slips.find(database, HOSPITAL, slip.written(code).lower(), now=NOW)
    assert typed == code
    assert set(found.fields) == {"partner", "sent_at"}
    said = {"arrived_at": "2025-06-02T09:00", "outcome": "treated"}
    form = number("form")
    slips.answer(database, HOSPITAL, code, said, entry=form, now=NOW)
    slips.answer(database, HOSPITAL, code, said, entry=form, now=NOW)
    standing = slips.referral_of(database, NURSE, number("one"), number("r"))
    assert (standing.fields["arrived_at"], standing.fields["outcome"]) == ("2025-06-02T09:00", "treated")
    assert standing.fields["medicine"] == "art"


@pytest.mark.parametrize("who", [MATERNITY, Grant("x@x.example", "partner", Scope.made())])
def test_another_partner_is_told_no_more_than_of_a_code_that_was_never_drawn(database, clock, who):
    send(database, a_van(), entry(number=17))
    refer(database)
    code = give(database)
    never = next(one for one in iter(slip.draw, None) if one != code)
    said = set()
    for typed in (code, never):
        with pytest.raises(UsageError) as caught:
            slips.find(database, who, typed, now=NOW)
        said.add(str(caught.value))
    assert said == {slips.NOT_YOURS}


def test_an_expired_slip_is_none(database, clock):
    send(database, a_van(), entry(number=17))
    refer(database)
    code = give(database)
    last = datetime(2025, 6, 1, 5, tzinfo=UTC) + timedelta(days=slips.VALID_DAYS - 1)
    assert slips.find(database, HOSPITAL, code, now=last)[0] == code
    with pytest.raises(UsageError, match="no open referral"):
        slips.find(database, HOSPITAL, code, now=last + timedelta(days=1))


def test_guesses_wait_by_account_and_by_partner_and_typing_errors_do_not(database, clock):
    send(database, a_van(), entry(number=17))
    refer(database)
    code = give(database)
    wrong = [one for one in (slip.draw() for _ in range(80)) if one != code]
    for _ in range(50):
        with pytest.raises(UsageError, match="wrong or two are swapped"):
            slips.find(database, HOSPITAL, code[:-1] + ("A" if code[-1] != "A" else "B"), now=NOW)
    for typed in wrong[: slips.ACCOUNT.free]:
        with pytest.raises(UsageError, match="no open referral"):
            slips.find(database, HOSPITAL, typed, now=NOW)
    with pytest.raises(TooManyError, match="in 10 seconds"):
        slips.find(database, HOSPITAL, code, now=NOW)
    clock[0] += 11
    assert slips.find(database, HOSPITAL, code, now=NOW)[0] == code
    # Other accounts of the same partner share the partner's limit, and other partners do not wait.
    number_of_guesses, account = 0, 0
    with pytest.raises(TooManyError):
        while number_of_guesses < 60:
            who = Grant(f"{account}@hospital.example", "partner", HOSPITAL.scope)
            account += 1
            for typed in wrong[:4]:
                number_of_guesses += 1
                try:
                    slips.find(database, who, typed, now=NOW)
                except TooManyError:
                    raise
                except UsageError:
                    pass
    assert number_of_guesses <= slips.PARTNER.free
    refer(database, item="other", partner="maternity")
    assert slips.find(database, MATERNITY, give(database, item="other"), now=NOW)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "say when the person arrived"),
        ({"arrived_at": "2025-05-31T10:00"}, "from the day of the referral"),
        ({"arrived_at": "2025-06-03T10:00"}, "from the day of the referral"),
        ({"arrived_at": "tomorrow"}, "give a day and time"),
        ({"outcome_at": "2025-06-02T10:00"}, "say how it ended"),
        ({"outcome": "abducted"}, "choose one of the list"),
        ({"medicine": "art"}, "the day or the outcome alone"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(database, clock, fields, says):
    send(database, a_van(), entry(number=17))
    refer(database)
    with pytest.raises(UsageError, match=says):
        slips.answer(database, HOSPITAL, give(database), fields, entry=number("f"), now=NOW)
    standing = slips.referral_of(database, NURSE, number("one"), number("r"))
    assert not {"arrived_at", "outcome", "outcome_at", "medicine"} & set(standing.fields)


def test_slips_and_worklists_are_for_nurses_of_the_crossing(database):
    send(database, a_van(), entry(number=17))
    refer(database)
    desk = Grant("desk@health.example", "reception", POIPET)
    other = Grant("o@health.example", "nurse", Scope.made(crossings=["TH02"]))
    for who in (desk, HOSPITAL):
        with pytest.raises(NotPermittedError):
            slips.give(database, who, number("one"), number("r"), now=NOW)
        with pytest.raises(NotPermittedError):
            worklists.worklists(database, who, None, date(2025, 6, 2))
    assert slips.give(database, other, number("one"), number("r"), now=NOW) is None
    assert worklists.worklists(database, other, None, date(2025, 6, 2)).not_arrived.lines == []
    with pytest.raises(NotPermittedError):
        worklists.worklists(database, other, "TH01", date(2025, 6, 2))
    with pytest.raises(NotPermittedError):
        slips.find(database, NURSE, "7K4M2U", now=NOW)


@pytest.mark.sql
def test_worklists(database):
    arrival = {"daily_medicine": True, "days_left": 6, "register_book": 3, "register_page": 12}
    people = {
        "a": arrival,
        "b": arrival | {"days_left": 90},
        "c": {"sex": "male"},
        "d": arrival,
        "e": arrival,
    }
    send(database, a_van(), *(entry("arrival", who, fields=more) for who, more in people.items()))
    for at, who in enumerate(people):
        send(database, entry("arrival", who, number=at + 1, made_at="2025-06-01T05:00:01Z"))
    refer(database, "a", register_line=7)
    refer(database, "c", partner="thai_tb_service", medicine="tb")
    refer(database, "d", partner="tb_service", medicine="tb", days_left=2, arrived_at="2025-06-01T15:00")
    refer(database, "e", partner="art_site", medicine="art", days_left=1, sent_at="2025-06-01T14:00")
    found = worklists.worklists(database, NURSE, "TH01", date(2025, 6, 4))
    assert [(line.tag, line.days) for line in found.not_arrived.lines] == [("B-1", 3), ("B-3", 3), ("B-5", 3)]
    assert [(line.tag, line.days) for line in found.running_out.lines] == [("B-5", -2), ("B-1", 3)]
    assert found.not_arrived.lines[0].register == (3, 12, 7)
    assert [line.tag for line in found.to_thailand.lines] == ["B-3"]
    assert [line.tag for line in found.from_thailand.lines] == ["B-4"]
    refer(database, "c", partner="thai_tb_service", medicine="tb", outcome="on_treatment")
    send(database, entry("referral", "d", item="r", outcome="completed", made_at="2025-06-01T06:00:00Z"))
    found = worklists.worklists(database, NURSE, None, date(2025, 6, 4))
    assert [line.tag for line in found.to_thailand.lines] == ["B-3"]
    assert found.from_thailand.lines == []


def test_the_code_of_a_sticker_is_typed_to_its_referral(database):
    send(database, a_van(), entry(number=17), entry("arrival", "two", number=18))
    refer(database)
    refer(database, "two")
    first, second = slips.stickers(database, NURSE, 2, today=date(2025, 6, 1))

    def typed(code, person="one"):
        return slips.give(database, NURSE, number(person), number("r"), now=NOW, typed=code)

    for wrong, says in ((slip.draw(), "no sticker"), ("7K4 M2F", "wrong or two"), (" ", "type the code")):
        with pytest.raises(UsageError, match=says):
            typed(wrong)
    assert typed(first.written.lower()).code == give(database) == first.code
    with pytest.raises(UsageError, match="another referral"):
        typed(first.written, "two")
    with pytest.raises(UsageError, match="another code"):
        typed(second.written)
    for who, count, error in (
        (HOSPITAL, 1, NotPermittedError),
        (NURSE, 0, UsageError),
        (NURSE, 241, UsageError),
    ):
        with pytest.raises(error):
            slips.stickers(database, who, count, today=date(2025, 6, 1))


def test_a_long_list_is_read_page_by_page_and_vans_by_their_day(database):
    people = [entry("arrival", f"p{at}", number=at, daily_medicine=True, days_left=at) for at in range(1, 61)]
    send(database, a_van(), a_van("other", arrived_at="2025-06-02T09:00", letter="C"), *people)
    send(database, entry("arrival", "later", daily_medicine=True, days_left=300))
    today = date(2025, 8, 1)
    first = worklists.worklists(database, NURSE, None, today).running_out
    assert (len(first.lines), first.total, first.before, first.after) == (50, 60, 0, 10)
    assert [line.tag for line in first.lines[:2]] == ["B-1", "B-2"]
    whole = worklists.worklists(database, NURSE, None, today, only="running-out")
    assert (len(whole.running_out.lines), whole.running_out.after) == (60, 0)
    beyond = worklists.worklists(database, NURSE, None, today, only="running-out", page=9).running_out
    assert beyond.before == 0 and len(beyond.lines) == 60, "the last page there is"
    near = worklists.worklists(database, NURSE, None, date(2025, 6, 3))
    assert near.van_days == {date(2025, 6, 2): 1, date(2025, 6, 1): 1} and near.vans_of == date(2025, 6, 2)
    assert [letter for _, letter, _, _ in near.vans] == ["C"]
    near = worklists.worklists(database, NURSE, None, date(2025, 6, 3), vans_of=date(2025, 6, 1))
    assert [letter for _, letter, _, _ in near.vans] == ["B"]
    assert whole.van_days == {} and whole.vans_of is None
