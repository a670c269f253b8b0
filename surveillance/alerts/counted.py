"""Which records a rule counts: pure, of what a record says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, NamedTuple

from surveillance.alerts.case_classes import CaseClass, class_of_record
from surveillance.alerts.rules import Cases

#: Malaria that was acquired here.
LOCAL_ORIGIN = frozenset({"introduced", "indigenous"})


#: Cases that meet WHO's definition of a suspected one by their signs, whether or not a test was due.
_BY_SIGNS = frozenset({"severe", "deaths_from_5"})


class Facts(NamedTuple):
    """What a group of equal records says, as far as rules look at it.

    `positive`: None where the result is not known. `abroad`: known to have been infected in another country.
    `from_2`, `from_5`: at least so many years old; a record without an age is neither. `given`: the class
    that a person gave to the case. `eligible`: False where the record says that the person should not have
    been tested, and neither a result nor a class.
    """

    disease: str
    status: str | None
    method: str | None
    positive: bool | None
    origin: str | None = None
    abroad: bool = False
    died: bool = False
    severe: bool = False
    from_2: bool = False
    from_5: bool = False
    given: CaseClass | None = None
    eligible: bool | None = None

    @property
    def found(self) -> CaseClass:
        """The class that the record itself says."""
        return class_of_record(self.disease, self.status, self.method, self.positive, self.eligible)


#: Kinds of place by which records are grouped.
By = Literal["facility", "crossing", "infection"]


class Tally(NamedTuple):
    """Records that say the same: place, province of care, day, facts, and how many.

    `facility`: the place, of the kind that was asked for. `province`: of care; blank where the place is no
    facility. `known`: the day of report; that of the visit where it is not asked for, or not recorded.
    """

    facility: str
    province: str
    day: date
    facts: Facts
    records: int
    known: date


def counts_as(cases: Cases, facts: Facts) -> bool:
    """Return whether records are cases that a rule counts.

    Parameters
    ----------
    cases : str
        "cases": all that are not discarded. "found": probable or confirmed. "confirmed"; "confirmed_local":
        confirmed and not known to be infected abroad. "local": confirmed malaria acquired here.
        "rdt_positive": positive by a rapid test, unless a person discarded the case. "severe": severe
        dehydration at 2 years or more. "deaths_from_5": died at 5 years or more. The last two meet the
        definition of a suspected case by their signs, whether or not they should have been tested.
    facts : Facts

    Returns
    -------
    bool

    Examples
    --------
    >>> counts_as("rdt_positive", Facts("cholera", "suspected", "rdt", True))
    True
    >>> counts_as("local", Facts("malaria", None, "rdt", True, origin="imported"))
    False
    """
    if cases in _BY_SIGNS:
        facts = facts._replace(eligible=None)
    found = facts.given or facts.found
    if cases == "rdt_positive":
        return facts.method == "rdt" and facts.positive is True and facts.given != "discarded"
    if found == "discarded":
        return False
    return {
        "cases": True,
        "found": found in ("probable", "confirmed"),
        "confirmed": found == "confirmed",
        "confirmed_local": found == "confirmed" and not facts.abroad,
        "local": found == "confirmed" and facts.origin in LOCAL_ORIGIN,
        "severe": facts.severe and facts.from_2,
        "deaths_from_5": facts.died and facts.from_5,
    }[cases]


def tested(facts: Facts) -> bool:
    """Return whether records have the result of a rapid test.

    Parameters
    ----------
    facts : Facts

    Returns
    -------
    bool

    Examples
    --------
    >>> tested(Facts("cholera", None, "rdt", False)), tested(Facts("cholera", None, "culture", True))
    (True, False)
    """
    return facts.method == "rdt" and facts.positive is not None


def reclassed(tallies: Iterable[Tally], given: Sequence[tuple[Tally, CaseClass]]) -> list[Tally]:
    """Return grouped records in which some single ones have the class that a person gave.

    Parameters
    ----------
    tallies : iterable of Tally
    given : sequence of (Tally, class)
        Single records that are among them, each as a group of one.

    Returns
    -------
    list of Tally
        As many records as before.

    Raises
    ------
    ValueError
        A single record is not among the groups.

    Examples
    --------
    >>> day = date(2026, 5, 1)
    >>> facts = Facts("measles", "suspected", None, None)
    >>> found = reclassed([Tally("F1", "KH01", day, facts, 3, day)],
    ...                   [(Tally("F1", "KH01", day, facts, 1, day), "discarded")])
    >>> [(one.records, one.facts.given) for one in found]
    [(2, None), (1, 'discarded')]
    """
    held: Counter[Tally] = Counter()
    for one in tallies:
        held[one._replace(records=0)] += one.records
    for single, case_class in given:
        group = single._replace(records=0)
        if held[group] < 1:
            raise ValueError("a single record is not among the groups")
        held[group] -= 1
        held[group._replace(facts=group.facts._replace(given=case_class))] += 1
    return [group._replace(records=number) for group, number in held.items() if number]
