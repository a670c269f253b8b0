"""The door of a reception centre's counts: who is shown them, and what no sheet of a day tells of children.

They are for accounts that work at a centre or analyse, of their crossings. Nothing of a centre is issued, so
that every other account is shown none. Referrals that tell of HIV, and handovers of children, are in none of
these counts before they come here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import opened
from dashboard.services.disclosure.undisclosed import Undisclosed

Held = TypeVar("Held")


@dataclass(frozen=True)
class Arrivals:
    """Arrivals of a day by sex and age; what is None would let one child be found.

    `cells`: by sex and age; `ages`: by age alone; `sexes` are always told.
    """

    people: int
    sexes: Mapping[str, int]
    ages: Mapping[str, int] | None
    cells: Mapping[tuple[str, str], int] | None


def may_count(grant: Grant) -> bool:
    """Whether an account is shown counts of a reception centre."""
    return grant.can(Permission.COUNT_ARRIVALS)


def told(grant: Grant, box: Undisclosed[Held]) -> Held | None:
    """What is counted of a centre; None where the account is not shown it."""
    return opened(box) if may_count(grant) else None


#: Counts that tell of a medicine, which nurses alone enter and see.
OF_MEDICINE = frozenset({"tb_treatment"})


def of_needs(
    grant: Grant, box: Undisclosed[Mapping[str, Mapping[str, int]]]
) -> dict[str, dict[str, int | None]] | None:
    """How many people of each home had each need; None in place of a count that tells of a medicine.

    That one is for nurses, and for accounts entitled to small counts. None altogether where the account is
    shown no counts.
    """
    held = told(grant, box)
    if held is None:
        return None
    knows = grant.can(Permission.READ_REFERRALS) or rules.entitled(grant)
    return {
        home: {name: people if knows or name not in OF_MEDICINE else None for name, people in needs.items()}
        for home, needs in held.items()
    }


def of_households(grant: Grant, box: Undisclosed[Held]) -> Held | None:
    """What households say of children who stayed; None where the account is not entitled to small counts."""
    return told(grant, box) if rules.entitled(grant) else None


def of_day(grant: Grant, box: Undisclosed[Mapping[tuple[str, str], int]]) -> Arrivals | None:
    """Arrivals of a day by sex and age, without a lone child; None where the account is not shown them.

    Fewer than five children, or none, are not told apart from adults, and one to four girls not from boys.
    The rule is the same for every reader: the sheet is printed, and lies about.
    """
    held = told(grant, box)
    if held is None:
        return None
    sexes: dict[str, int] = {}
    ages: dict[str, int] = {}
    for (sex, age), people in held.items():
        sexes[sex] = sexes.get(sex, 0) + people
        ages[age] = ages.get(age, 0) + people
    lone = ages.get("child", 0) < rules.FEWEST
    few = any(rules.few(people) for (_, age), people in held.items() if age == "child")
    return Arrivals(sum(sexes.values()), sexes, None if lone else ages, None if lone or few else dict(held))


def on_first_page(grant: Grant, counts: Undisclosed[Mapping[str, int]]) -> dict[str, int | None] | None:
    """Counts of the first page, which stays open on a desk: None in place of one to four people.

    None altogether where the account is not shown them.
    """
    held = told(grant, counts)
    if held is None:
        return None
    return {name: None if rules.few(people) else people for name, people in held.items()}
