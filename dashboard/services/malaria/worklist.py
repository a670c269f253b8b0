"""Cases of malaria with something left to do: asked for with a reason, and audited."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services import line_lists
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.imports.data_status import data_status
from db.core.engine import Database
from db.malaria import cases as stored
from db.malaria.cases import DISEASE, Listed
from db.operations import audit
from surveillance.errors import NotPermittedError
from surveillance.malaria import radical_cure
from surveillance.malaria.one_three_seven import WITHIN, Case, Step, Task, most_urgent, tasks
from surveillance.malaria.radical_cure import Cure
from surveillance.vocabulary import UNKNOWN

#: Days back from now within which cases are listed.
REACH = 90
#: Most rows of a page or file; the most urgent ones.
MOST = 500
#: Columns of the file, in order.
COLUMNS = (
    "number", "facility", "province_care", "diagnosed", "step", "last_day", "hours_left", "notify",
    "investigate", "respond", "origin", "province_infection", "commune_infection", "crossing", "village",
    "radical_cure", "day_of_course",
)  # fmt: skip
#: What is answered within days by the items of `detail`.
_SAID: dict[Step, str] = {
    "notify": "notified_within_1_day",
    "investigate": "investigated_within_3_days",
    "respond": "responded_within_7_days",
}
_CURE_OPEN = frozenset({"testing", "waiting", "on_course", "ended"})


@dataclass(frozen=True)
class Row:
    """One case: what is to be done of it. `urgent`: the open step whose time is over first."""

    case: Listed
    tasks: tuple[Task, ...]
    urgent: Task | None
    cure: Cure | None

    @property
    def classified(self) -> bool:
        """Whether it is known where the infection came from."""
        return self.case.origin != UNKNOWN

    @property
    def open(self) -> bool:
        """Whether anything is left to do."""
        return (
            self.urgent is not None
            or not self.classified
            or (self.cure is not None and self.cure.state in _CURE_OPEN)
        )

    def record(self, number: int) -> dict[str, Any]:
        """As a row of a file: a number within the file, since that of a record leads to a name."""
        case, urgent, cure = self.case, self.urgent, self.cure
        states: dict[str, str] = {task.step: task.state for task in self.tasks}
        return dict(
            zip(
                COLUMNS,
                (
                    number,
                    case.facility,
                    case.province,
                    case.diagnosed,
                    urgent.step if urgent else None,
                    urgent.last_day if urgent else None,
                    urgent.hours_left if urgent else None,
                    *(states[step] for step in WITHIN),
                    case.origin,
                    case.infection,
                    case.commune,
                    case.crossing,
                    case.village,
                    cure.state if cure else None,
                    cure.day if cure else None,
                ),
                strict=True,
            )
        )


@dataclass(frozen=True)
class Worklist:
    """Cases since a day, as of a moment. `left_out`: open ones beyond the most that are listed.

    `synthetic_now`: the moment is the end of invented data, not this one.
    """

    rows: tuple[Row, ...]
    at: datetime
    since: date
    cases: int
    left_out: int
    synthetic_now: bool

    def count(self, step: Step, state: str) -> int:
        """How many of the listed cases have a step in a state."""
        return sum(task.state == state for row in self.rows for task in row.tasks if task.step == step)

    @property
    def unclassified(self) -> int:
        """How many of the listed cases nobody has classified."""
        return sum(not row.classified for row in self.rows)


def check(database: Database, grant: Grant) -> None:
    """Refuse an account that reads no single records; the refusal is audited.

    Raises
    ------
    NotPermittedError
        The grant does not hold line lists, or its programmes leave malaria out.
    """
    try:
        grant.check(Permission.SEE_LINE_LIST)
        disclosed.check_line_list(grant, DISEASE)
        check_covers(grant)
    except NotPermittedError:
        audit.record(database, grant.actor, "refused", {"why": "malaria worklist"})
        raise


def check_covers(grant: Grant) -> None:
    """Refuse an account of other programmes.

    Raises
    ------
    NotPermittedError
        Its programmes leave malaria out.
    """
    if grant.scope.diseases is not None and DISEASE not in grant.scope.diseases:
        raise NotPermittedError("your account does not cover malaria")


def worklist(database: Database, grant: Grant, *, reason: str, most: int, now: datetime) -> Worklist:
    """Cases of the last `REACH` days with something left to do, the most urgent first; audited.

    Parameters
    ----------
    most : int
        How many looks into records an account may have within an hour.
    now : datetime
        This moment, by the clock of Phnom Penh. With invented data, noon of their last day stands for it.

    Raises
    ------
    NotPermittedError
        As with :func:`check`.
    TooManyError
        The account had its number of looks.
    """
    check(database, grant)
    line_lists.count(database, grant.actor, most)
    at, invented = moment(database, now)
    since = at.date() - timedelta(days=REACH)
    with database.reading() as connection:
        held = list(stored.listed(connection, grant.scope, since, at.date()))
    rows = sorted((row for row in _rows(held, at) if row.open), key=_order)
    shown = tuple(rows[:MOST])
    audit.record(
        database,
        grant.actor,
        line_lists.SEEN,
        {"list": "malaria 1-3-7", "records": len(shown), "reason": reason},
    )
    return Worklist(shown, at, since, len(held), len(rows) - len(shown), invented)


def moment(database: Database, now: datetime) -> tuple[datetime, bool]:
    """The moment that hours are counted from; and whether it stands for this one, the data being invented."""
    status = data_status(database)
    if not status.demo or status.last_visit is None:
        return now, False
    return datetime.combine(status.last_visit, time(12), now.tzinfo), True


def _rows(held: Iterable[Listed], at: datetime) -> Iterable[Row]:
    for case in held:
        steps = tasks(
            Case(case.diagnosed, case.notified, case.investigated, case.responded, case.origin, _said(case)),
            at,
        )
        cure = radical_cure.cure(
            species=case.items.get("species"),
            g6pd=case.items.get("g6pd"),
            primaquine=case.items.get("primaquine") if case.treated is not False else None,
            began=case.began,
            completed=case.completed,
            today=at.date(),
        )
        yield Row(case, steps, most_urgent(steps), cure)


def _said(case: Listed) -> dict[Step, bool]:
    return {step: case.items[item] == "yes" for step, item in _SAID.items() if item in case.items}


def _order(row: Row) -> tuple[date, int]:
    return (row.urgent.last_day if row.urgent else date.max, -row.case.diagnosed.toordinal())
