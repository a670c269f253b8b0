"""Steps that people of a van reached, counted by what may be shown of them. Pure sums over current records.

Deported is joined with returning by choice, as everywhere that "deported" would tell as much as legal status.
Handovers of children are no step, and a referral to a partner whose name alone tells of HIV counts for none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from surveillance.reception.cascade import TREATED
from surveillance.reception.entries import is_withdrawn
from surveillance.reception.vocabulary import UNCOUNTED_PARTNERS, tested_disease
from surveillance.vocabulary import JOINED, RETURNING, UNKNOWN, age_band

#: Current fields of the records of one van or of one person who came without: by kind, subject and item.
Records = Mapping[tuple[str, str, str], Mapping[str, Any]]

#: Steps, in their order: how many reached each.
STEPS = (
    "arrived",
    "food",
    "assessed",
    "urgent",
    "urgent_met",
    "symptoms",
    "session",
    "offered",
    "tested",
    "positive",
    "referred",
    "reached",
    "ended",
    "items",
    "pregnant",
    "presumptive_tb",
    "to_vaccinate",
    "tb_treatment",
    "treated",
)
#: Steps that a mark on a whole van says of its people, by the kind and item of the mark.
_MARKS = ("food", "items", "session")
#: Symptom of presumptive tuberculosis, and answers that leave a child to be vaccinated.
_COUGH, _TO_VACCINATE = "cough", ("incomplete", "none")
#: What vans say of themselves; `sessions`: those that were held, counted from their own records.
TALLIES = ("vans", "surges", "men", "women", "boys", "girls", "urgent", "sessions")
#: What households and days of outreach say of themselves.
PREVENTION = (
    "records",
    "sessions",
    "men_reached",
    "women_reached",
    "children_reached",
    "items_given",
    "children_under_5",
    "children_5_to_14",
    "to_vaccinate",
    "with_symptoms",
)
#: Returning by choice and deported, as one value.
JOINED_RETURNS = JOINED["movement"][0].code
_JOINED_ACTIVITY = {"security_forces": "other"}
MOVEMENTS = (JOINED_RETURNS, "outbound", "commuter", "internal", "none", UNKNOWN)


class Cell(NamedTuple):
    """What people are counted by."""

    day: date
    crossing: str
    province_home: str
    sex: str
    age: str
    movement: str


class Place(NamedTuple):
    """What households and days of outreach are counted by."""

    day: date
    kind: str
    province_home: str
    remote: str
    activity: str


class Person(NamedTuple):
    """One person of a group: where counted, for how many, and which steps were reached."""

    subject: str
    cell: Cell
    weight: int
    reached: frozenset[str]


def people(records: Records, days: Mapping[str, tuple[date, str]]) -> list[Person]:
    """Return the people of one van, each with the steps reached.

    Parameters
    ----------
    records : mapping
        Current fields of every record of the van; records of one person who came without a van.
    days : mapping of str to (date, str)
        Day and crossing of each person's arrival, by subject.

    Returns
    -------
    list of Person
        Those with an arrival that stands; one who was entered for k people weighs k.

    Examples
    --------
    >>> one = people({("arrival", "p", ""): {"sex": "male", "age_years": 30, "movement": "deported"},
    ...               ("service", "v", "food"): {"given_at": "2025-06-01T10:00"},
    ...               ("van", "v", ""): {"one_in": 5}}, {"p": (date(2025, 6, 1), "TH01")})[0]
    >>> one.weight, one.cell.movement, sorted(one.reached)
    (5, 'returning,deported', ['arrived', 'food'])
    """
    van = next((key for key in records if key[0] == "van"), None)
    weight = 1
    marks: dict[str, frozenset[str]] = {}
    if van is not None and not is_withdrawn(records[van]):
        weight = records[van].get("one_in") or 1
        for (kind, subject, item), fields in records.items():
            if subject == van[1] and kind in ("service", "session") and _given(kind, fields):
                step, left_out = (kind if kind == "session" else item), frozenset(fields.get("except", ()))
                marks[step] = marks.get(step, left_out) & left_out
    own: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for (kind, subject, item), fields in records.items():
        if not is_withdrawn(fields):
            own.setdefault(subject, []).append((kind, item, fields))
    found = []
    for subject, (day, crossing) in days.items():
        arrival = next((fields for kind, _, fields in own.get(subject, ()) if kind == "arrival"), None)
        if arrival is None:
            continue
        reached = {"arrived"}
        for kind, item, fields in own[subject]:
            reached |= _reached(kind, item, fields)
        reached |= {step for step in _MARKS if step in marks and subject not in marks[step]}
        found.append(Person(subject, _cell(arrival, day, crossing), weight, frozenset(reached)))
    return found


def sums(found: list[Person]) -> Counter[tuple[Cell, str]]:
    """Return how many people reached each step, by cell.

    Parameters
    ----------
    found : list of Person

    Returns
    -------
    Counter
        Cell and step -> people, each by weight.

    Examples
    --------
    >>> cell = Cell(date(2025, 6, 1), "TH01", "KH01", "male", "25-49", "commuter")
    >>> sums([Person("p", cell, 3, frozenset({"arrived"}))])[cell, "arrived"]
    3
    """
    total: Counter[tuple[Cell, str]] = Counter()
    for one in found:
        for step in one.reached:
            total[one.cell, step] += one.weight
    return total


def tally(fields: Mapping[str, Any]) -> dict[str, int]:
    """Return what a van says of itself.

    Parameters
    ----------
    fields : mapping
        Current fields of the van.

    Returns
    -------
    dict of str to int
        One number of each of `TALLIES` but sessions; none of a van that was entered in error.

    Examples
    --------
    >>> tally({"men": 20, "women": 12})["women"], tally({"record_status": "withdrawn", "men": 1})
    (12, {})
    """
    if is_withdrawn(fields):
        return {}
    said = {name: int(fields.get(name) or 0) for name in TALLIES[2:-1]}
    return {"vans": 1, "surges": int(bool(fields.get("surge"))), **said}


def is_held(session: Mapping[str, Any]) -> bool:
    """Return whether a session was held.

    Parameters
    ----------
    session : mapping
        Current fields of its record.

    Returns
    -------
    bool
        False of one that was entered in error.

    Examples
    --------
    >>> is_held({"held_at": "2025-06-01T10:00"}), is_held({})
    (True, False)
    """
    return not is_withdrawn(session) and bool(session.get("held_at"))


def prevention(kind: str, fields: Mapping[str, Any], day: date) -> tuple[Place, dict[str, int]]:
    """Return where a household or a day of outreach is counted, and what it says of itself.

    Parameters
    ----------
    kind : str
        `household` or `outreach`.
    fields : mapping
        Current fields of the record.
    day : date
        On which it counts.

    Returns
    -------
    (Place, dict of str to int)
        Security forces are joined with other activities. No numbers of a record that was made in error.

    Examples
    --------
    >>> place, said = prevention("outreach", {"sessions": 2, "remote": True}, date(2025, 6, 1))
    >>> place.remote, said["sessions"], said["records"]
    ('yes', 2, 1)
    """
    remote = fields.get("remote")
    place = Place(
        day,
        kind,
        fields.get("province_home") or UNKNOWN,
        UNKNOWN if remote is None else ("yes" if remote else "no"),
        _JOINED_ACTIVITY.get(fields.get("activity", UNKNOWN), fields.get("activity", UNKNOWN)),
    )
    if is_withdrawn(fields):
        return place, {}
    return place, {"records": 1, **{name: int(fields.get(name) or 0) for name in PREVENTION[1:]}}


def _given(kind: str, fields: Mapping[str, Any]) -> bool:
    """Whether a mark on a whole van says that something was given or held."""
    return not is_withdrawn(fields) and bool(fields.get("held_at" if kind == "session" else "given_at"))


def _reached(kind: str, item: str, fields: Mapping[str, Any]) -> set[str]:
    if kind == "assessment":
        return _assessed(fields)
    if kind == "service":
        return _served(item, fields)
    if kind == "session":
        return {"session"} if fields.get("held_at") else set()
    if kind == "referral":
        return _referred(fields)
    return set()


def _assessed(fields: Mapping[str, Any]) -> set[str]:
    found = {"assessed"}
    if fields.get("danger_signs"):
        found.add("urgent")
        if fields.get("urgent_met_at"):
            found.add("urgent_met")
    if fields.get("symptoms"):
        found.add("symptoms")
    if _COUGH in (fields.get("symptoms") or ()):
        found.add("presumptive_tb")
    if fields.get("pregnant"):
        found.add("pregnant")
    if fields.get("vaccination") in _TO_VACCINATE:
        found.add("to_vaccinate")
    return found


def _served(item: str, fields: Mapping[str, Any]) -> set[str]:
    if tested_disease(item) is None:
        return {item} if item in ("food", "items") and fields.get("given_at") else set()
    found: set[str] = set()
    if fields.get("done") or fields.get("result"):
        found = {"offered", "tested"}
        if fields.get("result") == "positive":
            found.add("positive")
    elif fields.get("offered") or fields.get("offered_at"):
        found = {"offered"}
    return found


def _referred(fields: Mapping[str, Any]) -> set[str]:
    partner = fields.get("partner")
    if not partner or partner in UNCOUNTED_PARTNERS or fields.get("medicine") == "art":
        return set()
    found = {"tb_treatment"} if fields.get("medicine") == "tb" else set()
    if fields.get("direction") == "from":
        return found
    found.add("referred")
    if fields.get("arrived_at"):
        found.add("reached")
    if fields.get("outcome"):
        found.add("ended")
    if fields.get("outcome") in TREATED:
        found.add("treated")
    return found


def _cell(arrival: Mapping[str, Any], day: date, crossing: str) -> Cell:
    years = arrival.get("age_years")
    movement = arrival.get("movement") or UNKNOWN
    return Cell(
        day,
        crossing,
        arrival.get("province_home") or UNKNOWN,
        arrival.get("sex") or UNKNOWN,
        age_band(years) if years is not None else arrival.get("age_band") or UNKNOWN,
        JOINED_RETURNS if movement in RETURNING else movement,
    )
