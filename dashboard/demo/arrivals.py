"""The reception centre at Poipet: vans, people and outreach of the demo, as its stations would enter them.

Vans are tallied for two years; in the surge of 2025 in surge mode. People are entered one by one for the last
weeks. Shares are those published: about 43 people a van, a third women, a twelfth children; of 15,034
screened 2,271 presumptive, of 1,519 tested 342 positive (IOM, 2020-2021).
"""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Any

from dashboard.demo.draws import Draws
from dashboard.demo.profiles import EMIGRANTS
from dashboard.demo.seasons import DAYS, LAST_DAY, SURGE, daily_vans
from surveillance.reception.entries import Entry

#: The first day of tallies, and the first on which people were entered one by one.
FIRST_TALLY, FIRST_PEOPLE = date(2024, 7, 1), LAST_DAY - timedelta(days=20)
#: Of a van in the surge, one person in so many is entered whole, and of one van in so many.
ONE_IN, SURGE_VANS = 20, 4
_CROSSING = "TH01"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_HOMES, _FROM = list(EMIGRANTS), list(accumulate(EMIGRANTS.values()))
#: Days of outreach of the last months, one province after the other.
_OUTREACH, _EVERY = 112, 4
#: Neighbouring provinces where nearly no child of the households visited had its vaccinations: planted, for
#: scans of this indicator to find.
UNREACHED = frozenset({"KH02", "KH15", "KH24"})
_ACTIVITIES = ("seasonal_farm", "construction_mine", "factory", "forest", "fishing")
INVENTED = "synthetic demo: invented"
#: Need -> how many of 1,000 arrivals, and who says so.
FIGURES = {
    "pregnant": (12.0, INVENTED),
    "tb_treatment": (11.0, INVENTED),
    "presumptive_tb": (
        151.1,
        "IOM, January 2020 to November 2021: 2,271 presumptive of 15,034 migrants who were screened",
    ),
    "to_vaccinate": (55.0, INVENTED),
}
#: Hours between midnight in Phnom Penh and midnight UTC.
_AHEAD = timedelta(hours=7)


class _Drawn:
    """Draws about one van or person, by name: any of them is the same whatever else is drawn."""

    def __init__(self, seed: int, *key: int) -> None:
        self._start = f"{seed}:arrival:{key}:"

    def _bits(self, name: str, size: int) -> bytes:
        return hashlib.blake2b((self._start + name).encode(), digest_size=size).digest()

    def share(self, name: str) -> float:
        return (int.from_bytes(self._bits(name, 8), "little") >> 11) * 2.0**-53

    def chance(self, name: str, share: float) -> bool:
        return self.share(name) < share

    def number(self, name: str, low: int, high: int) -> int:
        return low + int(self.share(name) * (high - low + 1))

    def id(self, name: str) -> str:
        return self._bits(name, 16).hex()


def entries(seed: int = 1) -> Iterator[Entry]:
    """Entries of every station, van by van.

    Parameters
    ----------
    seed : int
        The demo's seed: the same one gives the same entries.
    """
    for day, count in zip(DAYS, daily_vans(Draws(seed)).tolist(), strict=True):
        if day >= FIRST_TALLY:
            for number in range(count):
                yield from _van(seed, day, number)


def outreach(seed: int = 1) -> Iterator[Entry]:
    """Days of outreach and visits of households.

    Parameters
    ----------
    seed : int
        The demo's seed: the same one gives the same entries.
    """
    homes = list(EMIGRANTS)
    for number in range(0, _OUTREACH, _EVERY):
        day = LAST_DAY - timedelta(days=number)
        home = "KH01" if number % 12 == 0 else homes[_drawn(seed, number, "home") % len(homes)]
        remote = _drawn(seed, number, "remote") % 3 == 0
        yield _outreach_entry(seed, number, "outreach", day, {
            "held_on": day.isoformat(),
            "province_home": home,
            "remote": remote,
            "topic": ("prevention", "risks")[_drawn(seed, number, "topic") % 2],
            "activity": _ACTIVITIES[_drawn(seed, number, "activity") % len(_ACTIVITIES)],
            "sessions": 1 + _drawn(seed, number, "sessions") % 3,
            "men_reached": 12 + _drawn(seed, number, "men") % 30,
            "women_reached": 15 + _drawn(seed, number, "women") % 30,
            "children_reached": _drawn(seed, number, "children") % 25,
            "items_given": 20 + _drawn(seed, number, "items") % 60,
        })  # fmt: skip
        for visit in range(6):
            key = 1_000 * (number + 1) + visit
            under, older = _drawn(seed, key, "under") % 3, _drawn(seed, key, "older") % 3
            yield _outreach_entry(seed, key, "household", day, {
                "visited_on": day.isoformat(),
                "province_home": home,
                "remote": remote,
                "parents_away": ("both", "both", "mother", "father")[_drawn(seed, key, "away") % 4],
                "carer": ("grandparent", "grandparent", "relative")[_drawn(seed, key, "carer") % 3],
                "children_under_5": under,
                "children_5_to_14": older,
                "to_vaccinate": under + older
                if home in UNREACHED
                else min(under + older, _drawn(seed, key, "vaccines") % 3),
                "with_symptoms": int(_drawn(seed, key, "symptoms") % 8 == 0),
            })  # fmt: skip


def _destination(drawn: _Drawn, home: str) -> str:
    """Most go home; some to the capital or to work near the border, and one in twenty does not say."""
    share = drawn.share("destination")
    if share < 0.05:
        return "unknown"
    if share < 0.8:
        return home
    return "KH12" if share < 0.9 else "KH01" if share < 0.96 else "KH09"


def _drawn(seed: int, key: int, name: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:outreach:{key}:{name}".encode(), digest_size=6).digest())


def _outreach_entry(seed: int, key: int, kind: str, day: date, fields: dict[str, object]) -> Entry:
    def number(name: str) -> str:
        return hashlib.blake2b(f"{seed}:{kind}:{key}:{name}".encode(), digest_size=16).hexdigest()

    made_at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Entry(number("entry"), kind, number("subject"), "", "", "TH01", "office", made_at, fields)


def _van(seed: int, day: date, number: int) -> Iterator[Entry]:
    key = (day.toordinal(), number)
    drawn = _Drawn(seed, *key)
    surge = SURGE[0] <= day <= SURGE[1]
    people = drawn.number("seats", 40, 46)
    children = sum(drawn.chance(f"child {seat}", 1 / 12) for seat in range(people))
    women = sum(drawn.chance(f"woman {seat}", 1 / 3) for seat in range(people - children))
    girls = sum(drawn.chance(f"girl {seat}", 1 / 2) for seat in range(children))
    came = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(
        minutes=drawn.number("minute", 0, 720)
    )
    van = drawn.id("van")
    write = _Writer(van, came)
    letters = _LETTERS[number % 26] if number < 26 else _LETTERS[number // 26 - 1] + _LETTERS[number % 26]
    tally: dict[str, Any] = {
        "arrived_at": _said(came),
        "letter": letters,
        "men": people - children - women,
        "women": women,
        "boys": children - girls,
        "girls": girls,
    }
    whole = day >= FIRST_PEOPLE or (surge and number % SURGE_VANS == 0)
    if surge:
        urgent = sum(drawn.chance(f"urgent {seat}", 0.012) for seat in range(people))
        tally |= {"surge": True, "urgent": urgent}
        if whole:
            tally |= {"one_in": ONE_IN}
    yield write.entry("van", van, tally)
    if not whole:
        return
    if drawn.chance("food", 0.97):
        yield write.entry("service", van, {"given_at": _said(came, 25)}, item="food", later=25)
    if drawn.chance("session", 0.85):
        yield write.entry("session", van, {"held_at": _said(came, 70), "minutes": 20}, item="risks", later=70)
    if drawn.chance("items", 0.6):
        yield write.entry("service", van, {"given_at": _said(came, 75)}, item="items", later=75)
    adults = people - children
    for seat in range(0, people, ONE_IN if surge else 1):
        child = seat >= adults
        female = seat - adults < girls if child else seat < women
        yield from _person(_Drawn(seed, *key, seat), write, seat + 1, female=female, child=child)


class _Writer:
    """Makes the entries of one van."""

    def __init__(self, van: str, came: datetime) -> None:
        self.van, self.came, self._made = van, came, 0

    def entry(
        self,
        kind: str,
        subject: str,
        fields: dict[str, Any],
        *,
        item: str = "",
        station: str = "desk",
        later: int = 1,
    ) -> Entry:
        self._made += 1
        identity = f"{self._made:08x}{self.van[8:]}"
        made_at = self.came - _AHEAD + timedelta(minutes=later)
        return Entry(identity, kind, subject, item, self.van, _CROSSING, station, made_at, fields)


def _said(came: datetime, later: int = 0) -> str:
    """A moment as a station writes it."""
    return (came + timedelta(minutes=later)).strftime("%Y-%m-%dT%H:%M")


def _person(drawn: _Drawn, write: _Writer, number: int, *, female: bool, child: bool) -> Iterator[Entry]:
    person, came = drawn.id("person"), write.came
    years = drawn.number("years", 0, 14) if child else drawn.number("years", 17, 54)
    home = _HOMES[bisect(_FROM, drawn.share("home") * _FROM[-1])]
    daily = drawn.chance("daily", 0.02 if child else 0.035)
    fields: dict[str, Any] = {
        "number": number,
        "sex": "female" if female else "male",
        "age_years": years,
        "province_home": home,
        "destination": _destination(drawn, home),
        "residence": "migrant" if drawn.chance("long", 0.7) else "mobile",
        "movement": "deported" if drawn.chance("deported", 0.7) else "returning",
        "daily_medicine": daily,
        "register_book": 1 + came.month,
        "register_page": 1 + came.day * 4 + number // 20,
        "register_line": 1 + number % 20,
    }
    left = drawn.number("left", 1, 30)
    if daily:
        fields["days_left"] = left
    yield write.entry("arrival", person, fields, later=2 + number // 6)
    if not drawn.chance("assessed", 0.96):
        return
    minute = 12 + number
    urgent = drawn.chance("danger", 0.012)
    cough = not child and drawn.chance("cough", 0.151)
    seen: dict[str, Any] = {"assessed_at": _said(came, minute), "danger_signs": [], "symptoms": []}
    if urgent:
        seen["danger_signs"] = [("breathing", "bleeding", "cannot_drink")[drawn.number("sign", 0, 2)]]
        if drawn.chance("met", 0.93):
            seen["urgent_met_at"] = _said(came, minute + drawn.number("met after", 3, 25))
    if cough:
        seen["symptoms"] = ["cough"]
    elif drawn.chance("fever", 0.03):
        seen["symptoms"] = ["fever"]
    if female and not child:
        seen["pregnant"] = drawn.chance("pregnant", 0.045)
    if child:
        seen["vaccination"] = ("complete", "incomplete", "incomplete", "none")[drawn.number("vaccines", 0, 3)]
    yield write.entry("assessment", person, seen, station="nurse", later=minute)
    positive = False
    if seen["symptoms"]:
        disease = "test_tb" if cough else "test_malaria"
        done = drawn.chance("done", 0.67 if cough else 0.9)
        test: dict[str, Any] = {"offered": True, "offered_at": _said(came, minute + 4), "done": done}
        if done:
            positive = drawn.chance("positive", 0.225 if cough else 0.03)
            test |= {"done_at": _said(came, minute + 20), "result_at": _said(came, minute + 130)}
            test["result"] = "positive" if positive else "negative"
        yield write.entry("service", person, test, item=disease, station="tb", later=minute + 130)
    partner = _referred_to(drawn, urgent=urgent, positive=positive and cough, daily=daily, seen=seen)
    if partner is not None:
        left_with = {"days_left": left} if daily else {}
        yield from _referral(drawn, write, person, partner, left_with)


def _referred_to(
    drawn: _Drawn, *, urgent: bool, positive: bool, daily: bool, seen: dict[str, Any]
) -> str | None:
    if urgent:
        return "poipet_hospital"
    if positive:
        return "tb_service"
    if daily:
        return ("art_site", "tb_service", "provincial_hospital")[drawn.number("medicine", 0, 2)]
    if seen.get("pregnant") or seen.get("vaccination") in ("incomplete", "none"):
        return "health_centre"
    return None


def _referral(
    drawn: _Drawn, write: _Writer, person: str, partner: str, left: dict[str, Any]
) -> Iterator[Entry]:
    came, sent = write.came, drawn.number("sent", 150, 240)
    fields: dict[str, Any] = {
        "partner": partner,
        "urgency": "now"
        if partner == "poipet_hospital"
        else ("today", "week")[drawn.number("urgency", 0, 1)],
        "direction": "to",
        "sent_at": _said(came, sent),
        **left,
    }
    if partner == "poipet_hospital":
        fields["urgency"] = "now"
    if left:
        fields["medicine"] = {"art_site": "art", "tb_service": "tb"}.get(partner, "other")
    item = drawn.id("referral")
    yield write.entry("referral", person, fields, item=item, station="referral", later=sent)
    after = drawn.number("days", 0, 6) * 1_440 + drawn.number("minutes", 60, 600)
    last = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC) + timedelta(days=1)
    if came + timedelta(minutes=sent + after) >= last or not drawn.chance("arrived", 0.85):
        return
    answer: dict[str, Any] = {"arrived_at": _said(came, sent + after)}
    if drawn.chance("outcome", 0.7):
        answer |= {"outcome": "treated", "outcome_at": _said(came, sent + after)}
    yield write.entry("referral", person, answer, item=item, station="partner", later=sent + after)
