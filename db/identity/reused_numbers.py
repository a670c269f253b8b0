"""Rows whose number is that of another person: an amendment that changes who a record is about (decision 30).

A correction changes one thing about a person. A number that is used twice, such as the row counter of another
month, changes several at once: sex, age, the day of the visit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.batches.outcomes import ACCEPTED, AMENDED, DUPLICATE, row_outcome, stage
from db.tables.records import episode
from surveillance.errors import SameNumbersError
from surveillance.vocabulary import UNKNOWN

#: What tells persons apart, as fields of a line list.
_COMPARED = ("date_visit", "disease", "sex", "age_years", "person")
#: Days that a visit may be moved, and years that an age may differ beyond the time between, in a correction.
_DAYS, _YEARS = 6, 2
#: The same within one file, and where nearly every row changes: a daily register moves by one day.
_NO_DAY, _ONE_YEAR = 0, 1
#: Of one row so many things change at once only where it is about another person.
_SEVERAL = 2
#: Where one thing changes: so many rows, and this share of those that the numbers match, are no corrections.
_ROWS = {"date_visit": 2, "arrived_at": 2}
_OTHER_ROWS = 5
#: Fields that hold the day of a record.
_DAYS_OF = frozenset(("date_visit", "arrived_at", "held_on"))
_SHARE = 0.5
#: This share of those that the numbers match is nearly every row.
_NEARLY = 0.8
#: Fewer rows than these are corrections where most rows of the file are others.
_FEW = 3
#: Numbers of the only row of a file that counts its rows: on another day it is another person.
_FIRST = ("0", "1")


@dataclass(frozen=True)
class Contradiction:
    """A row, the row of the file that it contradicts (None: a record that is held), and the fields.

    `fields` differ by more than most corrections do, `slight` in any way that tells two persons apart.
    """

    row: int
    other: int | None
    number: str
    fields: tuple[str, ...]
    slight: tuple[str, ...]

    @property
    def by_itself(self) -> bool:
        """Whether this one row is asked about, whatever the others are.

        A file seldom corrects itself: there, one thing is enough.
        """
        return self.other is not None or len(self.fields) >= _SEVERAL

    @property
    def told(self) -> tuple[str, ...]:
        """The fields to name."""
        return self.slight if self.other is not None or not self.fields else self.fields


def check(connection: Connection, file: str) -> None:
    """Hold that rows which amend records are about the same persons.

    Raises
    ------
    SameNumbersError
        They are not, as far as can be told: it has to be answered.
    """
    found = list(_contradictions(connection))
    if found and (asked := to_ask(found, *_matched(connection))):
        raise question(asked, file)


def to_ask(found: Sequence[Contradiction], matched: int, rows: int) -> list[Contradiction]:
    """Those contradictions that are no corrections, as far as can be told.

    Parameters
    ----------
    matched, rows : int
        Rows whose number is held, or stands in the file more than once; and all rows with a number.
    """
    asked = [one for one in found if one.by_itself]
    if not found or asked:
        return asked
    return _alone(found, matched) or _nearly_all(found, matched, rows)


def question(asked: Sequence[Contradiction], file: str) -> SameNumbersError:
    """What is asked about rows that contradict."""
    rows = sorted({row for one in asked for row in (one.row, one.other) if row is not None})
    fields = [name for name, _ in Counter(name for one in asked for name in one.told).most_common()]
    if any(one.other is not None for one in asked):
        return SameNumbersError(
            "{file}: one number seems to stand for different people in the file: {fields} contradict "
            "(rows {listed}); answer with --same-numbers amend (these are corrections) or --same-numbers new "
            "(these are other people: the number is not an identity); nothing was imported",
            rows,
            fields,
            inside=True,
            file=file,
        )
    return SameNumbersError(
        "{file}: the numbers of its rows are held for other people, it seems: {fields} contradict "
        "(rows {listed}); answer with --same-numbers amend (these are corrections) or --same-numbers new "
        "(these are other people: the number is not an identity); nothing was imported",
        rows,
        fields,
        file=file,
    )


def _alone(found: Sequence[Contradiction], matched: int) -> list[Contradiction]:
    """Rows of which one thing changes, where it changes in so many that they are no corrections."""
    counted = Counter(name for one in found for name in one.fields)
    much = {
        name
        for name, rows in counted.items()
        if rows >= _ROWS.get(name, _OTHER_ROWS) and rows >= _SHARE * matched
    }
    return [one for one in found if much.intersection(one.fields)]


def _nearly_all(found: Sequence[Contradiction], matched: int, rows: int) -> list[Contradiction]:
    """Rows that change in any way, where nearly all do whose numbers are held: the counter of another day."""
    changed = len(found)
    if changed < _NEARLY * matched or (changed < _FEW and 2 * changed < rows):
        return []
    one = changed == 1 and (found[0].number not in _FIRST or not _DAYS_OF & set(found[0].slight))
    return [] if one else list(found)


def _matched(connection: Connection) -> tuple[int, int]:
    """Rows whose number is held, or stands in the file more than once; and all rows with a number."""
    numbered = row_outcome.c.occurrence == 0
    known = sa.or_(
        row_outcome.c.outcome == AMENDED,
        sa.and_(row_outcome.c.outcome == DUPLICATE, row_outcome.c.held.is_not(None)),
    )
    query = select(func.count().filter(known), func.count()).where(numbered)
    matched, rows = connection.execute(query).one()
    return int(matched), int(rows)


def _contradictions(connection: Connection) -> Iterator[Contradiction]:
    """Rows that bring something, beside what is known of their numbers before them: held, or in the file."""
    seen: dict[bytes, dict[str, tuple[Any, int | None]]] = {}
    for row in connection.execute(_rows_to_compare()).mappings():
        now = {name: row[name] for name in _COMPARED}
        known = seen.get(row["identity"])
        if known is None:
            known = _known({name: row[f"held_{name}"] for name in _COMPARED}, None)
        if known and row["outcome"] in (ACCEPTED, AMENDED):
            then = {name: known.get(name, (None, None))[0] for name in _COMPARED}
            if slight := tuple(_differing(now, then, _NO_DAY, _ONE_YEAR)):
                others = [known[name][1] for name in slight]
                other = next((number for number in others if number is not None), None)
                fields = tuple(_differing(now, then, _DAYS, _YEARS))
                yield Contradiction(row["row_number"], other, row["record_id"], fields, slight)
        if row["times"] > 1:
            seen[row["identity"]] = known | _known(now, row["row_number"])


def _rows_to_compare() -> sa.Select[Any]:
    """Rows that amend what is held, and all rows whose number stands in the file more than once."""
    own, held = stage.c, episode.alias("held")
    # Counted apart: a window over the rows would put the whole file in order with all columns that are read.
    repeated = (
        select(own.identity, func.count().label("times"))
        .where(own.record_id.is_not(None))
        .group_by(own.identity)
        .having(func.count() > 1)
        .subquery("repeated")
    )
    columns = [own[name] for name in ("row_number", "identity", "record_id", *_COMPARED)]
    return (
        select(
            *columns,
            func.coalesce(repeated.c.times, 1).label("times"),
            row_outcome.c.outcome,
            *(held.c[name].label(f"held_{name}") for name in _COMPARED),
        )
        .select_from(row_outcome)
        .join(stage, own.row_number == row_outcome.c.row_number)
        .outerjoin(repeated, repeated.c.identity == own.identity)
        .outerjoin(held, held.c.id == row_outcome.c.held)
        .where(own.record_id.is_not(None), row_outcome.c.occurrence == 0)
        .where(sa.or_(row_outcome.c.outcome == AMENDED, repeated.c.times.is_not(None)))
        .order_by(own.row_number)
    )


def _known(values: dict[str, Any], row: int | None) -> dict[str, tuple[Any, int | None]]:
    """What one row says, with its number: a later row that says nothing of a field leaves it known."""
    return {name: (value, row) for name, value in values.items() if value not in (None, UNKNOWN)}


def _differing(now: dict[str, Any], then: dict[str, Any], moved: int, older: int) -> Iterator[str]:
    """Fields that say of two rows that they are about different persons.

    `moved`: days that a visit may be moved; `older`: years that an age may differ beyond the time between.
    """
    days = abs((_day(now["date_visit"]) - _day(then["date_visit"])).days)
    if days > moved:
        yield "date_visit"
    if now["disease"] != then["disease"] and not {None, UNKNOWN} & {now["disease"], then["disease"]}:
        yield "disease"
    if now["sex"] != then["sex"] and not {None, UNKNOWN} & {now["sex"], then["sex"]}:
        yield "sex"
    ages = now["age_years"], then["age_years"]
    if None not in ages and abs(ages[0] - ages[1]) > older + days / 365.25:
        yield "age_years"
    if now["person"] != then["person"] and None not in (now["person"], then["person"]):
        yield "person_id"


def _day(value: date | str) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)
