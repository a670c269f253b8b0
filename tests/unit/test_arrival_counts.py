"""Counts of a reception centre: the funnel, losses, times, the sheet of a day, and who is shown them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services.disclosure import arrivals as door
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.reception import centre, entries, expected, movement, prevention
from dashboard.services.upkeep.verify import verify
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.reception import check, past, retention, store, sums
from db.tables.reception.records import SEALED, cube_arrival_flows, cube_arrival_times, reception_record
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.lasting import TIMED
from surveillance.windows import Window
from tests.support.migrations import script
from tests.support.reception import NOW, a_van, entry

NURSE = Grant("n@health.example", "nurse", Scope.made(crossings=["TH01"]))
POIPET = Grant("poipet@health.example", "official", Scope.of("KH01"))
MANAGER = Grant("m@health.example", "data_manager", Scope.everything())
sealed_arrivals, sealed_times = SEALED[0], SEALED[3]
#: Steps that were counted later than the others.
LATE = ("items", "pregnant", "presumptive_tb", "to_vaccinate", "tb_treatment", "treated")
DAY, TODAY = date(2025, 6, 1), date(2025, 6, 2)


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def send(database, *raws):
    receipts = entries.receive(database, NURSE, raws, now=NOW)
    assert {one.status for one in receipts} == {"accepted"}, [one.reasons for one in receipts]


def person(at, **fields):
    given = {"number": at, "sex": "male", "age_years": 30, "province_home": "KH02", "movement": "deported"}
    return entry("arrival", f"p{at}", fields=given | fields)


def filled(database):
    """Ten people of a van of twelve: a commuter, a child; two sent for ART, three elsewhere, one handover."""
    send(database, a_van(men=6, women=5, girls=1))
    people = [person(at) for at in range(1, 7)] + [person(at, sex="female") for at in range(7, 9)]
    people += [person(9, movement="commuter", province_home="KH01"), person(10, sex="female", age_years=8)]
    send(database, *people, entry("service", "van", item="food", fields={"given_at": "2025-06-01T12:30"}))
    for at in range(1, 6):
        said = {"assessed_at": f"2025-06-01T12:{10 * at}"}
        signs = {"danger_signs": ["convulsions"]} if at < 3 else {}
        met = {"urgent_met_at": "2025-06-01T13:00"} if at == 1 else {}
        send(database, entry("assessment", f"p{at}", station="nurse", fields=said | signs | met))
    for at in (1, 2, 9):
        test = {"offered": True, "done": True, "done_at": "2025-06-01T13:00"}
        send(database, entry("service", f"p{at}", item="test_tb", station="tb", fields=test))
    sent = {"partner": "poipet_hospital", "sent_at": "2025-06-01T14:00"}
    came = {"arrived_at": "2025-06-01T18:00", "outcome": "treated", "outcome_at": "2025-06-01T20:00"}
    referrals = {"p1": sent | came, "p2": sent, "p3": sent | {"sent_at": "2025-05-25T10:00"}}
    referrals["p4"] = sent | {"partner": "art_site"}
    referrals["p5"] = sent | {"medicine": "art"} | came
    for who, fields in referrals.items():
        send(database, entry("referral", who, item="r", station="referral", fields=fields))
    handed = {"handed_over_at": "2025-06-01T15:00", "received_by": "provincial", "officer_number": 77}
    send(database, entry("handover", "p10", station="nurse", fields=handed))
    send(
        database, entry("session", "van", item="risks", fields={"held_at": "2025-06-01T12:40", "except": []})
    )


@pytest.mark.sql
@pytest.mark.parametrize("who", [NURSE, POIPET])
def test_one_click_answers_how_many_came_and_what_became_of_them(database, who):
    filled(database)
    found = centre.page(database, who, None, None, TODAY)
    assert found.window == Window(date(2025, 5, 26), DAY)
    assert found.answer == {"arrived": 10, "assessed": 5, "tested": 3, "referred": 3, "reached": 1}
    steps = {one.name: (one.people, one.possible, one.lost) for one in found.funnel}
    assert steps["arrived"] == (9, 9, 0) and steps["food"] == (9, 9, 0)
    assert steps["assessed"] == (5, 9, 4) and steps["tested"] == (2, 2, 0)
    assert steps["referred"] == (3, 9, 6) and steps["reached"] == (1, 3, 2) and steps["ended"] == (1, 1, 0)
    commuters = {one.name: one.people for one in found.commuters}
    assert (commuters["arrived"], commuters["tested"], commuters["referred"]) == (1, 1, 0)
    assert found.times["assessed"].median == 30 and found.times["food"].median == 30
    assert (found.times["referred"].median, found.times["reached"].median) == (120, 240)
    assert found.times["ended"].median == 120
    for rows, place in ((found.homes, "KH02"), (found.crossings, "TH01")):
        tested = [(one.code, one.arrived, one.tested.numerator, one.tested.denominator) for one in rows]
        assert tested == [(place, 9, 2, 9), ("commuter", 1, 1, 1)]
    (day,) = found.days
    assert (day.crossing, day.vans, day.counted, day.entered, day.surge) == ("TH01", 1, 12, 10, False)
    assert found.waiting == {"assessment": 5, "urgent": 1, "result": 3}
    assert found.lost == 1


def test_the_day_on_which_most_ever_came_is_tallied(database):
    """37,744 passed Poipet on 13 June 2014: one in a hundred is entered whole, and stands for a hundred."""
    many = 37_744
    vans = [(f"crowd {at}", min(1_900, many - at * 1_900)) for at in range(-(-many // 1_900))]
    for van, people in vans:
        split = {"men": people // 2, "women": people // 4, "boys": people // 8}
        counted = split | {"girls": people - sum(split.values()), "urgent": 1}
        send(database, a_van(van, surge=True, one_in=100, **counted))
        send(
            database,
            *(
                entry(
                    "arrival", f"{van} {at}", van=van, fields={"number": at, "sex": "male", "age_years": 30}
                )
                for at in range(1, people // 100 + 1)
            ),
        )
    whole = sum(people // 100 for _, people in vans)
    found = centre.page(database, POIPET, None, None, TODAY)
    (day,) = found.days
    assert (day.vans, day.counted, day.surge) == (len(vans), many, True)
    assert day.entered == 100 * whole == found.answer["arrived"]
    sheet = centre.day_sheet(database, NURSE, "TH01", DAY, TODAY)
    assert (sheet.vans, sheet.expected, sheet.arrivals.people) == (len(vans), many, 100 * whole)
    assert verify(database, Grant.custodian()).sound


@pytest.mark.sql
def test_the_sheet_of_a_day_shows_no_lone_child_no_art_and_no_handover(database):
    filled(database)
    found = centre.day_sheet(database, NURSE, "TH01", DAY, TODAY)
    assert (found.vans, found.expected, found.arrivals.people) == (1, 12, 10)
    assert found.arrivals.sexes == {"male": 7, "female": 3}
    assert found.arrivals.ages is None and found.arrivals.cells is None
    assert (found.urgent_open, found.sessions, found.referred, found.reached) == (1, 1, 3, 1)
    assert found.lost == 1
    send(database, *(person(at, age_years=6) for at in range(20, 25)))
    found = centre.day_sheet(database, NURSE, "TH01", DAY, TODAY)
    assert found.arrivals.ages == {"adult": 9, "child": 6} and found.arrivals.cells is None
    send(database, *(person(at, age_years=6, sex="female") for at in range(30, 34)))
    found = centre.day_sheet(database, NURSE, "TH01", DAY, TODAY)
    assert found.arrivals.cells[("female", "child")] == 5 and found.arrivals.cells[("male", "child")] == 5


@pytest.mark.parametrize("children", range(7))
@pytest.mark.parametrize("girls", range(7))
def test_no_sum_of_a_sheet_gives_fewer_than_five_children(children, girls):
    boys = children
    held = {("male", "child"): boys, ("female", "child"): girls, ("male", "adult"): 9, ("female", "adult"): 7}
    held = {key: people for key, people in held.items() if people}
    found = door.of_day(NURSE, Undisclosed(held))
    assert found.people == boys + girls + 16
    if boys + girls < 5:
        assert found.ages is None and found.cells is None
    elif 0 < boys < 5 or 0 < girls < 5:
        assert found.ages["child"] == boys + girls and found.cells is None
    else:
        assert found.cells == held


@pytest.mark.parametrize("role", [role for role in GRANTED if role != "custodian"])
def test_counts_of_a_centre_are_for_those_who_work_there_or_analyse(database, role):
    who = Grant("x@health.example", role, Scope.everything())
    if role in ("viewer", "partner", "administrator"):
        assert not centre.may_see(who) and not who.can(Permission.COUNT_ARRIVALS)
        with pytest.raises(NotPermittedError):
            centre.page(database, who, None, None, TODAY)
        with pytest.raises(NotPermittedError):
            centre.day_sheet(database, who, None, DAY, TODAY)
    else:
        assert centre.page(database, who, None, None, TODAY).answer["arrived"] == 0


def test_an_account_counts_its_own_crossings(database):
    filled(database)
    other = Grant("x@health.example", "official", Scope.of("KH02"))
    assert centre.page(database, other, None, None, TODAY).answer["arrived"] == 0
    with pytest.raises(NotPermittedError):
        centre.page(database, other, "TH01", None, TODAY)
    with pytest.raises(UsageError, match="after the last"):
        centre.page(database, POIPET, None, Window(TODAY, DAY), TODAY)
    with pytest.raises(UsageError, match="at most 92 days"):
        centre.page(database, POIPET, None, Window(date(2025, 1, 1), DAY), TODAY)


def test_a_crossing_says_how_many_arrived_where_any_are_kept(database):
    week = Window(date(2025, 5, 26), DAY)
    assert centre.arrived(database, POIPET, "TH01", week) is None, "nothing is kept: that is not nobody"
    filled(database)
    assert centre.arrived(database, POIPET, "TH01", week) == 10
    assert centre.arrived(database, POIPET, "TH01", Window(DAY, DAY)) == 10
    assert centre.arrived(database, POIPET, "TH01", Window(TODAY, TODAY)) == 0
    assert centre.arrived(database, POIPET, "TH01", Window(date(2025, 5, 1), date(2025, 5, 2))) is None
    elsewhere = Grant("o@health.example", "official", Scope.of("KH22"))
    assert centre.arrived(database, elsewhere, "TH01", week) is None
    assert (
        centre.arrived(database, Grant("v@health.example", "viewer", Scope.everything()), "TH01", week)
        is None
    )


def test_weeks_after_the_last_record_are_not_taken_for_weeks_without_people(database):
    filled(database)
    now = centre.page(database, POIPET, None, None, TODAY)
    later = centre.page(database, POIPET, None, None, TODAY + timedelta(weeks=9))
    assert (now.recorded, later.recorded) == (None, DAY)
    assert centre.last_day(database, NURSE, None) == DAY
    assert (later.window, later.answer) == (now.window, now.answer)
    asked = centre.page(database, POIPET, None, Window(TODAY, TODAY), TODAY)
    assert (asked.recorded, asked.answer["arrived"]) == (None, 0)


def test_how_long_steps_took_is_summed_of_records_held_before_there_were_such_sums(database):
    filled(database)
    with store.writing(database) as connection:
        held = sums.stored(connection).lasting
        connection.execute(cube_arrival_times.delete())
        check.fill_times_if_empty(connection)
        assert sums.stored(connection).lasting == held
    assert {cell[2] for cell, _ in held} == set(TIMED)


def test_flows_are_those_of_arrivals_and_of_the_crossings_of_the_account(database):
    filled(database)
    send(database, person(11, destination="KH12", residence="mobile", movement="outbound"))
    send(database, person(12, destination="KH12", residence="resident", movement="internal"))
    window = Window(date(2025, 5, 26), DAY)
    found = movement.movement(database, POIPET, None, window, "", TODAY)
    assert (found.people, sum(found.kinds.values())) == (12, 12)
    assert found.kinds == {"returning": 9, "commuter": 1, "short": 1, "long": 1, "other": 0}
    assert {tuple(route): people for route, people in found.routes.items()} == {
        ("KH02", "TH01", "unknown"): 9,
        ("KH02", "TH01", "KH12"): 2,
        ("KH01", "TH01", "unknown"): 1,
    }
    assert found.by("destination") == {"KH12": 2, "unknown": 10}
    short = movement.movement(database, POIPET, None, window, "short", TODAY)
    assert (short.people, short.kinds) == (1, found.kinds)
    other = Grant("o@health.example", "official", Scope.of("KH20"))
    assert movement.movement(database, other, None, window, "", TODAY).people == 0
    for grant in (Grant("v@health.example", "viewer", Scope.everything()), other):
        with pytest.raises(NotPermittedError):
            movement.movement(database, grant, "TH01", window, "", TODAY)
    for wrong in (
        {"chosen": "birds"},
        {"window": Window(TODAY, DAY)},
        {"window": Window(date(2024, 1, 1), DAY)},
    ):
        with pytest.raises(UsageError):
            movement.movement(
                database, POIPET, None, **({"window": window, "chosen": ""} | wrong), today=TODAY
            )


def test_flows_of_arrivals_held_before_are_summed_when_a_database_is_opened(database):
    filled(database)
    with store.writing(database) as connection:
        held = sums.stored(connection).flows
        connection.execute(cube_arrival_flows.delete())
        check.fill_flows_if_empty(connection)
        assert sums.stored(connection).flows == held != {}


def reduced(database, *, early):
    """Reduce everything to sums; `early`: as before needs, times, sessions and referrals were counted."""
    newer = script("operations", "operations_0021")
    with store.writing(database) as connection:
        assert retention.seal(connection, TODAY)[0]
        if early:
            connection.execute(sealed_arrivals.update().values(dict.fromkeys(LATE, 0)))
            connection.execute(sealed_times.delete())
    if early:
        for step in (newer.downgrade, newer.upgrade):
            with (
                write_transaction(database.operations) as connection,
                Operations.context(MigrationContext.configure(connection)),
            ):
                step()


@pytest.mark.in_turn()  # PostgreSQL: old records become sums, in tests/property
@pytest.mark.sql
@pytest.mark.parametrize("early", [False, True])
def test_what_old_sums_do_not_say_is_unknown_and_what_they_say_stays(database, early):
    filled(database)
    send(database, entry("service", "p1", item="items", fields={"given_at": "2025-06-01T12:30"}))
    window = Window(date(2025, 5, 26), DAY)

    def shown():
        found = (
            centre.page(database, POIPET, None, window, TODAY),
            prevention.page(database, MANAGER, None, window, TODAY),
        )
        return *found, centre.day_sheet(database, POIPET, "TH01", DAY, TODAY)

    page, beside, sheet = shown()
    assert page.gaps == {} and (page.referrals.sent, sheet.sessions) == (2, 1)
    reduced(database, early=early)
    later, beside_later, sheet_later = shown()
    assert later.waiting["assessment"] == 0, "nobody is left to wait"
    assert later.funnel == page.funnel and later.homes == page.homes
    if not early:
        assert (later.gaps, later.referrals, later.times) == ({}, page.referrals, page.times)
        assert (sheet_later, later.lost) == (sheet, page.lost)
        assert beside_later == beside and beside.unknown_until is None
        return
    assert later.gaps == dict.fromkeys(("needs", "times", "referrals", "sessions"), DAY)
    assert (later.lost, sheet_later.sessions, sheet_later.lost) == (None, None, None)
    assert beside_later.unknown_until == DAY
    plan = expected.plan(database, MANAGER, None, Window(date(2025, 5, 26), DAY), date(2025, 6, 20))
    assert plan.unknown_until == DAY and plan.together.came == 10
    after = centre.page(database, POIPET, None, Window(TODAY, TODAY), TODAY)
    assert after.gaps == {} and after.lost is None, "those of the 30 days before are among them"


def test_older_records_are_summed_when_a_database_is_opened(database):
    filled(database)
    newer = script("operations", "operations_0021")

    def held():
        with database.operations.connect() as connection:
            rows = connection.execute(sa.select(reception_record)).all()
            return sums.stored(connection), sorted(map(tuple, rows), key=lambda row: row[:3])

    before = held()
    assert before[0].courses and any(row[-1] for row in before[1])
    for step in (newer.downgrade, newer.upgrade):
        with (
            write_transaction(database.operations) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            step()
    assert held() == before and verify(database, Grant.custodian()).sound


@pytest.mark.sql
def test_what_a_centre_had_entered_by_a_moment_is_what_its_entries_say_together(database):
    """Amended, moved to another van, withdrawn and added later: as of the moment before, the sums of then."""
    week = Window(DAY - timedelta(days=6), DAY + timedelta(days=6))
    filled(database)
    with database.operations.connect() as connection:
        then = sums.stored(connection)
    page = centre.page(database, MANAGER, None, week, TODAY)
    moment = NOW + timedelta(minutes=1)
    assert centre.known_then(database, MANAGER, week, NOW) is not None, "before anything came"
    assert centre.known_then(database, MANAGER, week, NOW).answer["arrived"] == 0
    later = NOW + timedelta(hours=5)
    made = {"made_at": "2025-06-02T05:00:00Z"}
    raws = [
        entry("arrival", "p1", id="later 1", fields={"province_home": "KH05"}, **made),
        entry("arrival", "p2", id="later 2", fields={"record_status": "withdrawn"}, **made),
        entry("arrival", "p11", fields={"number": 11, "sex": "male", "age_years": 3}, **made),
    ]
    receipts = entries.receive(database, NURSE, raws, now=later)
    assert {one.status for one in receipts} == {"accepted"}, [one.reasons for one in receipts]
    found = centre.known_then(database, MANAGER, week, moment)
    assert (found.answer, found.lost) == (page.answer, page.lost)
    assert (found.homes, found.crossings) == (page.homes, page.crossings)
    now = centre.page(database, MANAGER, None, week, TODAY)
    assert now.homes != page.homes and centre.known_then(
        database, MANAGER, week, later + timedelta(1)
    ).homes == (now.homes)
    with database.operations.connect() as connection:
        again = past.as_of(connection, ["TH01"], week.first - timedelta(days=40), week.last, moment)
    assert (again.people, again.courses, again.flows) == (then.people, then.courses, then.flows)
    with write_transaction(database.operations) as connection:
        retention.seal(connection, DAY + timedelta(days=1))
    assert centre.known_then(database, MANAGER, week, moment) is None, "its entries are sums now"
