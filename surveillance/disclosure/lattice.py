"""What a release may issue: tables and periods of each disease. Pure data.

Periods nest: month in quarter in calendar year. Weeks are not issued: they cut months, and a month less its
whole weeks tells single days. One group is issued at a time and for the country alone, never two at once;
nothing by facility, by place of infection, by operational district, as of an earlier day, nor by persons.

Groups of a place are not issued. A table of place by group hangs together with the table of places and with
that of groups, and in the demo most cells had to be withdrawn to protect a few people of small places, with
parts of the other two. Without it, what is hidden in one table needs nothing hidden in another.

Values that reveal legal status, detention or protection are joined with others before anything is
summed: *deported* with *returning by choice*, *security forces* with *other* activities. Of the other values
of the vocabulary none says so by itself: an informal route is a crossing (never issued for HIV and
syphilis), a reception centre is a kind of facility, and facilities are not issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.vocabulary import AXES, shown_value, shown_values
from surveillance.vocabulary import JOINED as SHOWN_AS_ONE

#: Kinds of issued periods, from the shortest: each is made of whole ones of the kind before it.
KINDS: tuple[PeriodKind, ...] = ("month", "quarter", "year")
#: Values of an axis that are issued as one. The code of the joined value is its parts with commas, as a
#: question writes them.
JOINED: dict[str, tuple[tuple[str, ...], ...]] = {
    axis: tuple(tuple(value.code.split(",")) for value in values) for axis, values in SHOWN_AS_ONE.items()
}
#: The country, the root of each table's rows.
COUNTRY = "country"
#: All crossings together: special ones too, and without the records that have no crossing.
ALL_CROSSINGS = "crossings"
#: Records without a crossing: what the country has beyond all crossings. Never shown by itself.
NO_CROSSING = "no crossing"


class Kind(StrEnum):
    """How finely a disease is issued."""

    ACUTE = "acute"
    CHRONIC = "chronic"
    SENSITIVE = "sensitive"


@dataclass(frozen=True, order=True)
class Column:
    """An issued period.

    Examples
    --------
    >>> Column("quarter", date(2025, 4, 1)).last_day
    datetime.date(2025, 6, 30)
    """

    kind: PeriodKind
    first_day: date

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return period_last_day(self.first_day, self.kind)

    def holds(self, other: Column) -> bool:
        """Whether another period lies in this one (a period lies in itself)."""
        return self.first_day <= other.first_day and other.last_day <= self.last_day


@dataclass(frozen=True)
class TableSpec:
    """One table: its rows, and the kinds of periods that are its columns.

    Attributes
    ----------
    name : str
        `care`, `crossing`, `home`; `group:AXIS` for values of an axis in the country. (`care:AXIS`, values of
        an axis in each province of care, is what suppression could protect, too; no disease issues it.)
    dimension : str
        Kind of place that is counted: `care`, `home`, `crossing`.
    axis : str
        The group axis; empty for none.
    kinds : tuple of str
        Kinds of periods, from the shortest.
    by_place : bool
        Whether values of the axis are issued place by place.
    """

    name: str
    dimension: str
    axis: str
    kinds: tuple[PeriodKind, ...]
    by_place: bool = True


def kind_of(disease: str) -> Kind:
    """Say how finely a disease is issued.

    Parameters
    ----------
    disease : str
        Code of a disease.

    Returns
    -------
    Kind

    Examples
    --------
    >>> [str(kind_of(disease)) for disease in ("malaria", "tb", "hiv")]
    ['acute', 'chronic', 'sensitive']
    """
    if DISEASES[disease].sensitive:
        return Kind.SENSITIVE
    return Kind.CHRONIC if DISEASES[disease].follow_up_days > 28 else Kind.ACUTE


_PERIODS: dict[Kind, dict[str, tuple[PeriodKind, ...]]] = {
    Kind.ACUTE: {
        "care": KINDS,
        "crossing": KINDS,
        "home": ("quarter", "year"),
        "group": ("quarter", "year"),
        "cohort": ("quarter", "year"),
    },
    Kind.CHRONIC: {
        "care": ("quarter", "year"),
        "crossing": ("quarter", "year"),
        "home": ("year",),
        "group": ("quarter", "year"),
        "cohort": ("year",),
    },
    Kind.SENSITIVE: {"care": ("year",), "home": ("year",), "cohort": ("year",)},
}


def lattice_of(disease: str) -> tuple[TableSpec, ...]:
    """List the tables of a disease: of records, testing, positivity and treatment.

    Parameters
    ----------
    disease : str
        Code of a disease.

    Returns
    -------
    tuple of TableSpec

    Examples
    --------
    >>> [(table.name, table.kinds) for table in lattice_of("syphilis")]
    [('care', ('year',)), ('home', ('year',))]
    >>> [table.name for table in lattice_of("tb")][:4]
    ['care', 'crossing', 'home', 'group:residence']
    """
    periods = _PERIODS[kind_of(disease)]
    tables = [
        TableSpec(name, name, "", periods[name]) for name in ("care", "crossing", "home") if name in periods
    ]
    if "group" in periods:
        tables += [
            TableSpec(f"group:{axis}", "care", axis, periods["group"], by_place=False) for axis in AXES
        ]
    return tuple(tables)


def cohort_lattice_of(disease: str) -> tuple[TableSpec, ...]:
    """List the tables of a disease's completion: by the period in which treatment started.

    Parameters
    ----------
    disease : str
        Code of a disease.

    Returns
    -------
    tuple of TableSpec
        One table, by place of care.

    Examples
    --------
    >>> cohort_lattice_of("malaria")[0].kinds
    ('quarter', 'year')
    """
    return (TableSpec("care", "care", "", _PERIODS[kind_of(disease)]["cohort"]),)


def issued_values(axis: str) -> tuple[str, ...]:
    """List the values of an axis as they are issued: some joined.

    Parameters
    ----------
    axis : str
        Code of an axis.

    Returns
    -------
    tuple of str
        In the order of the vocabulary; a joined one stands where its last part stands.

    Examples
    --------
    >>> issued_values("movement")
    ('outbound', 'returning,deported', 'commuter', 'internal', 'none', 'unknown')
    """
    return tuple(value.code for value in shown_values(axis))


def issued_value(axis: str, value: str) -> str:
    """Return the issued value that holds a value of an axis.

    Parameters
    ----------
    axis, value : str
        Codes.

    Returns
    -------
    str

    Examples
    --------
    >>> issued_value("activity", "security_forces"), issued_value("sex", "male")
    ('security_forces,other', 'male')
    """
    return shown_value(axis, value)


def columns_between(first: date, last: date, kinds: Sequence[PeriodKind]) -> tuple[Column, ...]:
    """List the periods that lie wholly between two days, the longest kinds first.

    Parameters
    ----------
    first, last : datetime.date
        First and last day whose records are complete. The caller puts `last` before today.
    kinds : sequence of str
        Kinds of periods.

    Returns
    -------
    tuple of Column
        Years, then quarters, then months, each in order.

    Examples
    --------
    >>> found = columns_between(date(2025, 1, 1), date(2025, 7, 15), ("month", "quarter"))
    >>> [str(column.first_day) for column in found][:3]
    ['2025-01-01', '2025-04-01', '2025-01-01']
    """
    found = []
    for kind in reversed(KINDS):
        if kind in kinds:
            day = period_first_day(first, kind)
            while (end := period_last_day(day, kind)) <= last:
                if day >= first:
                    found.append(Column(kind, day))
                day = date.fromordinal(end.toordinal() + 1)
    return tuple(found)
