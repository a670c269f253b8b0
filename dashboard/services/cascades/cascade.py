"""A cascade as an account may see it: steps, losses by group or province, and times between steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date

from dashboard.cascade_filters import PROVINCE, CascadeQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.cascades import read
from dashboard.services.cascades.models import (
    CascadeAnswer,
    Division,
    ShownStep,
    of_estimate,
    of_step,
)
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.steps import groups
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.kept import Kept
from dashboard.services.places.remote_group import key_of
from dashboard.services.releases.stamps import Release
from db.core.engine import Database
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.indicators import MEASURES
from surveillance.errors import UsageError
from surveillance.rates.cascade import PATHS, USUAL, USUAL_STEPS
from surveillance.reception.cascade import share
from surveillance.status import Status
from surveillance.texts import N_
from surveillance.vocabulary import AXES, shown_values

_ANSWERS: Kept[CascadeAnswer] = Kept(48)
SEEN = N_("Seen")
#: What each step of the usual path is called.
NAMES = {
    "eligible": N_("Eligible"),
    "tested": N_("Tested"),
    "positive": N_("Test positive"),
    "treated": N_("Treatment started"),
    "completed": N_("Treatment completed"),
}
NOT_ISSUED_TIMES = N_(
    "Times between steps are not issued. They are shown to accounts that see small numbers."
)
NOT_ISSUED_PATH = N_("Of this path nothing is issued. Choose the path from the visit to completed treatment.")
SEALED = N_("Records of these days are kept as sums only: their days and details are not known.")
#: The measure whose denominator and unknown together are everybody seen.
_EVERYBODY = "eligibility"


def cascade(
    database: Database,
    grant: Grant,
    query: CascadeQuery,
    last: date | None,
    today: date,
    *,
    times: bool = False,
) -> CascadeAnswer:
    """Answer the question of a cascade. `last`: last day of the data.

    `times`: with the days between steps, which are counted among single records: that takes a while where the
    period has millions.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    UsageError
        The question contradicts itself, or names an area that there is not.
    """
    grant.check(Permission.SEE_COVERAGE)
    query.check()
    return _ANSWERS.get(
        database,
        grant,
        (key_of(database, query), last, today, times),
        lambda: _answer(database, grant, query, last, today, times=times),
    )


def _answer(
    database: Database, grant: Grant, query: CascadeQuery, last: date | None, today: date, *, times: bool
) -> CascadeAnswer:
    issued = rules.reads_release(grant, query.coverage("positivity"))
    if query.path != USUAL:
        return _of_path(database, grant, query, today, issued=issued)
    found = _Usual(database, grant, query, today)
    waits = CascadeAnswer(query, None, waits_hidden=NOT_ISSUED_TIMES if issued else "")
    if times and not issued and not found.hidden:
        waits = _with_waits(database, grant, query, last, today)
    return CascadeAnswer(
        query,
        found.period,
        found.steps,
        found.divided,
        waits=waits.waits,
        waits_hidden=waits.waits_hidden,
        hidden=found.hidden,
        known_from=waits.known_from,
        release=found.release,
    )


class _Usual:
    """The usual path: each step is a measure, read as the map reads it."""

    def __init__(self, database: Database, grant: Grant, query: CascadeQuery, today: date) -> None:
        self.query, self.period, self.hidden = query, None, ""
        self.release: Release | None = None
        self._first: ShownStep | None = None
        self._parts: dict[str, list[ShownStep]] = {}
        found: list[ShownStep] = []
        reasons: list[str] = []
        with ExitStack() as stack:
            base: Reading | None = None
            for code, measure in USUAL_STEPS:
                asked, name = query.coverage(measure), NAMES[code]
                reason = rules.reason_hidden(grant, asked)
                if not reason:
                    if base is not None and not MEASURES[measure].by_start:
                        reading = base.of(asked)  # of the same moment; what both ask is asked once
                    else:
                        reading = stack.enter_context(reading_of(database, grant, asked, today))
                        base = base or reading
                    self.release = self.release or reading.release
                    reason = reading.reason if reading.out_of_reach else ""
                if reason:
                    found.append(ShownStep(code, name, Status.HIDDEN, reason=reason))
                    reasons.append(reason)
                    continue
                table = table_of(reading)
                value = _known(table, query.area)
                said = "" if reading.release is None else reading.release.said
                found.append(of_estimate(code, name, value, measure, said))
                self.period = self.period or reading.period
                self._begin(reading, measure, value)
                self._divide(reading, table, (code, measure), value)
        if len(reasons) == len(USUAL_STEPS):
            # That one step is not issued says less than why none is shown.
            self.hidden = next((one for one in reasons if one != rules.NOT_MEASURED), reasons[0])
            self.steps: tuple[ShownStep, ...] = ()
            return
        first = self._first or ShownStep("seen", SEEN, Status.HIDDEN)
        self.steps = (first, *_beside_first(first, found))

    def _begin(self, reading: Reading, measure: str, value: Estimate) -> None:
        """Everybody seen: of records as they are, or as a release tells them."""
        if self._first is not None and self._first.people is not None:
            return
        if reading.release is not None:
            if self._first is None:
                code = self.query.area or None
                told = disclosed.one(reading.grant, reading.of_records().total(code))
                self._first = _count(told.numerator, told)
        elif measure == _EVERYBODY:
            known = value.denominator is not None and value.unknown is not None
            self._first = _count((value.denominator or 0) + (value.unknown or 0) if known else None, value)

    def _divide(self, reading: Reading, table: CoverageTable, step: tuple[str, str], value: Estimate) -> None:
        by, (code, measure) = self.query.by, step
        name, said = NAMES[code], "" if reading.release is None else reading.release.said
        if by is None or reading.period is None:
            return
        if by == PROVINCE:
            for row in table.rows:
                self._parts.setdefault(row.area.code, []).append(
                    of_estimate(code, name, row.value, measure, said)
                )
            return
        area = self.query.area or None
        if said:
            said = reading.groups_span(area)[1] or said
        asked = groups(reading, reading.period, area)
        if by not in asked.values:
            return
        values = disclosed.of_total(reading.grant, asked.counts[by], value)
        for part, one in zip(asked.values[by], values, strict=True):
            self._parts.setdefault(part, []).append(of_estimate(code, name, one, measure, said))

    @property
    def divided(self) -> tuple[Division, ...]:
        """Steps of each group or province."""
        return tuple(Division(code, tuple(steps)) for code, steps in self._parts.items())


def _known(table: CoverageTable, area: str) -> Estimate:
    if not area:
        return table.total
    row = next((row for row in table.rows if row.area.code == area), None)
    if row is None:
        raise UsageError("area: there is no area '{given}' here", "area", given=area[:40])
    return row.value


def _count(people: int | None, value: Estimate) -> ShownStep:
    if people is None or value.status is Status.HIDDEN:
        return ShownStep("seen", SEEN, Status.HIDDEN, few=value.few)
    if value.status is Status.NOT_REPORTED:
        return ShownStep("seen", SEEN, value.status)
    return ShownStep("seen", SEEN, Status.VALUE if people else Status.ZERO, people)


def _beside_first(first: ShownStep, steps: list[ShownStep]) -> Iterator[ShownStep]:
    """Steps with their share of everybody seen, less those of whom the step is unknown.

    A cohort is counted by the start of its treatment: it is no part of those seen.
    """
    for step in steps:
        if first.people is None or step.people is None or step.unknown is None or step.code == "completed":
            yield step
            continue
        whole = first.people - step.unknown
        yield replace(step, of_first=share(step.people, whole) if step.people <= whole else None)


@contextmanager
def _of_records(
    database: Database, grant: Grant, query: CascadeQuery, today: date
) -> Iterator[tuple[Reading, Period | None, date | None]]:
    """A reading of single records, its days, and from when they are held, where that is later."""
    with reading_of(database, grant, query.coverage(_EVERYBODY), today) as reading:
        _known(table_of(reading), query.area)  # refuses an area that is not there
        period, held = reading.period, read.held_from(reading)
        if period is None or held is None or held <= period.start:
            yield reading, period, None
        elif held > period.end:
            yield reading, None, held
        else:
            part = reading.of(replace(reading.query, start=held, end=period.end))
            yield part, part.period, held


def _with_waits(
    database: Database, grant: Grant, query: CascadeQuery, last: date | None, today: date
) -> CascadeAnswer:
    if rules.by_year_only(grant, query.disease):
        return CascadeAnswer(query, None, waits_hidden=rules.BY_YEAR_ONLY)
    with _of_records(database, grant, query, today) as (reading, period, held):
        if period is None:
            return CascadeAnswer(query, None, waits_hidden=SEALED if held else "", known_from=held)
        if query.area and _known(table_of(reading), query.area).status is Status.HIDDEN:
            return CascadeAnswer(query, period, waits_hidden=rules.BY_YEAR_ONLY)
        box = read.waits(reading, query.area or None, last or period.end)
        told = disclosed.all_or_none(reading.grant, box)
    if told is None:
        return CascadeAnswer(query, period, waits_hidden=NOT_ISSUED_TIMES)
    return CascadeAnswer(query, period, waits=tuple(told), known_from=held)


def _of_path(
    database: Database, grant: Grant, query: CascadeQuery, today: date, *, issued: bool
) -> CascadeAnswer:
    asked = query.coverage(_EVERYBODY)
    if issued:
        return CascadeAnswer(query, None, hidden=NOT_ISSUED_PATH)
    if reason := rules.reason_hidden(grant, asked):
        return CascadeAnswer(query, None, hidden=reason)
    with _of_records(database, grant, query, today) as (reading, period, held):
        if period is None:
            return CascadeAnswer(query, None, hidden=SEALED if held else "", known_from=held)
        if query.area and _known(table_of(reading), query.area).status is Status.HIDDEN:
            return CascadeAnswer(query, period, hidden=rules.NO_SINGLE_RECORDS)
        told = disclosed.all_or_none(reading.grant, read.path(reading, PATHS[query.path], query.area or None))
    if told is None:
        return CascadeAnswer(query, period, hidden=NOT_ISSUED_PATH)
    everybody, apart = (tuple(of_step(step) for step in steps) for steps in told)
    return CascadeAnswer(query, period, everybody, apart=apart, known_from=held)


def group_names() -> dict[str, str]:
    """What each value of an axis is called."""
    return {value.code: value.name for axis in AXES for value in (*AXES[axis], *shown_values(axis))}
