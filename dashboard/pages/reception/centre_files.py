"""Files of the pages of a reception centre: its page, the sheet of a day, figures, remote areas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.reception import reception_words as words
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column
from dashboard.pages.reception.asked import crossings_and_chosen, window_asked
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reception import centre, expected, remote
from dashboard.services.reception.centre import Centre, DaySheet, Home
from dashboard.services.reception.expected import Version as FigureVersion
from dashboard.services.reception.remote import Version as AreaVersion
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError
from surveillance.reception.cascade import share
from surveillance.reception.centre import COMMUTER, Step
from surveillance.reception.delays import Delay

pages = Blueprint("centre_files", __name__)
_PAGE = (
    Column(
        "part", "text", "which table of the page: answer, waiting, days, funnel, commuters, referrals, ..."
    ),
    Column("day", "date", "day, where the row is of one"),
    Column("code", "text", "code of the step, crossing or home province"),
    Column("name", "text", "its name, in the language of the file"),
    Column("people", "count", "how many; empty where it is unknown"),
    Column("of", "count", "of how many, where it is a share"),
    Column("share", "number", "the share in per cent"),
    Column("lower", "number", "its interval (Wilson, 95%)"),
    Column("upper", "number", "the other end of it"),
    Column("vans", "count", "vans of the day"),
    Column("counted", "count", "people whom the vans of the day counted at the door"),
    Column("surge", "text", "`yes`: people were counted as they passed"),
    Column("median", "number", "median time: minutes of a step, days of a referral"),
    Column("quarter", "number", "a quarter of the people took no longer"),
    Column("three_quarters", "number", "three quarters took no longer"),
)
_DAY = (
    Column("part", "text", "`sheet`, or `sex and age`"),
    Column("code", "text", "code of the row"),
    Column("name", "text", "its name, in the language of the file"),
    Column("people", "count", "how many; empty where it is unknown"),
)
_FIGURES = (
    Column("changed_at", "text", "when the version was kept (UTC)"),
    Column("need", "text", "code of the need"),
    Column("per_thousand", "number", "of 1,000 arrivals; empty: taken out of the table"),
    Column("source", "text", "where the figure comes from"),
    Column("changed_by", "text", "who kept it"),
)
_REMOTE = (
    Column("kind", "text", "`facility` or `commune`"),
    Column("place", "text", "its number in the list, or the name of the commune"),
    Column("first", "date", "first day on which it is remote"),
    Column("last", "date", "last day; empty: still"),
    Column("source", "text", "who says so"),
    Column("standing", "text", "`no`: the version took the area back"),
    Column("changed_at", "text", "when the version was kept (UTC)"),
    Column("changed_by", "text", "who kept it"),
)


@pages.get("/reception.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def page(kind: str) -> Response:
    """Every table of the centre's page; the use is audited."""
    taken = Taken.now()
    _, chosen = crossings_and_chosen(taken.language)
    try:
        found = centre.page(database(), grant(), chosen or None, window_asked(), today_in_cambodia())
    except UsageError:
        abort(400)
    taken.audit({"file": "reception centre", "format": kind, "crossing": chosen})
    days = f"{found.window.first} – {found.window.last}"
    said = (
        f"chhlang-reception-{found.window.first}-{found.window.last}",
        taken.t("Reception centre"),
        taken.t("Who arrived, and what became of them"),
        taken.t("one row for each row of a table of the page"),
    )
    about = _about(taken, said, "reception.page", _PAGE, found.gaps, _facts(days, chosen))
    return answers.table(kind, "reception", _PAGE, _page_rows(found, taken), about)


@pages.get("/reception/day.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def day(kind: str) -> Response:
    """The sheet of a day, with what the page withholds withheld; the use is audited."""
    taken = Taken.now()
    _, chosen = crossings_and_chosen(taken.language)
    today = today_in_cambodia()
    try:
        wanted = date.fromisoformat(request.args.get("day") or today.isoformat())
    except ValueError:
        abort(404)
    if wanted > today:
        abort(404)
    found = centre.day_sheet(database(), grant(), chosen or None, wanted, today)
    taken.audit({"file": "sheet of a day", "format": kind, "crossing": chosen})
    said = (
        f"chhlang-day-{wanted}",
        taken.t("Sheet of the day"),
        taken.t("Arrivals, needs and referrals of one day"),
        taken.t("one row for each row of the sheet"),
    )
    about = _about(taken, said, "reception.day", _DAY, found.gaps, _facts(wanted.isoformat(), chosen))
    return answers.table(kind, "day", _DAY, _day_rows(found, taken), about)


@pages.get("/reception/expected/figures.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def figures(kind: str) -> Response:
    """Every version of the figures per 1,000 arrivals; the use is audited."""
    taken = Taken.now()
    taken.audit({"file": "figures of expected load", "format": kind})
    said = (
        "chhlang-figures",
        taken.t("Figures per 1,000 arrivals"),
        taken.t("Every version, the newest first; of each need the newest holds"),
        taken.t("one row for each version of a figure"),
    )
    rows = map(_figure, expected.versions(database(), grant()))
    about = _about(taken, said, "expected.page", _FIGURES, (), {})
    return answers.table(kind, "figures", _FIGURES, rows, about)


@pages.get("/reception/remote.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def areas(kind: str) -> Response:
    """Every version of the list of remote areas; the use is audited."""
    taken = Taken.now()
    taken.audit({"file": "remote areas", "format": kind})
    said = (
        "chhlang-remote-areas",
        taken.t("Remote areas"),
        taken.t("Every version, the newest first; of each place and first day the newest holds"),
        taken.t("one row for each version of a remote area"),
    )
    rows = map(_area, remote.history(database(), grant()))
    return answers.table(kind, "remote", _REMOTE, rows, _about(taken, said, "remote.listed", _REMOTE, (), {}))


def _facts(days: str, crossing: str) -> dict[str, str]:
    return {"days": days, "crossing": crossing}


def _figure(one: FigureVersion) -> dict[str, Any]:
    return {
        "changed_at": one.changed_at,
        "need": one.code,
        "per_thousand": one.per_thousand,
        "source": one.source,
        "changed_by": one.changed_by,
    }


def _area(one: AreaVersion) -> dict[str, Any]:
    return {
        "kind": one.area.kind,
        "place": one.area.place,
        "first": one.area.first.isoformat(),
        "last": one.area.last.isoformat() if one.area.last else None,
        "source": one.area.source,
        "standing": "yes" if one.standing else "no",
        "changed_at": one.changed_at,
        "changed_by": one.changed_by,
    }


def _row(part: str, **more: Any) -> dict[str, Any]:
    return {column.name: None for column in _PAGE} | {"part": part} | more


def _shared(people: int, of: int) -> dict[str, Any]:
    found = share(people, of)
    parts = {"share": found.value, "lower": found.lower, "upper": found.upper}
    shown = {name: None if part is None else round(100 * part, 2) for name, part in parts.items()}
    return {"people": people, "of": of} | shown


def _took(found: Delay) -> dict[str, Any]:
    return {
        "median": found.median,
        "quarter": found.lower_quartile,
        "three_quarters": found.upper_quartile,
    }


def _page_rows(found: Centre, taken: Taken) -> Iterator[dict[str, Any]]:
    language, t = taken.language, taken.t
    for step, people in found.answer.items():
        yield _row("answer", code=step, name=words.step(step, t), people=people)
    waits = {**found.waiting, "lost": found.lost}
    for code, waiting in waits.items():
        yield _row("waiting", code=code, name=t(words.WAITING[code]), people=waiting)
    for one in found.days:
        yield _row(
            "days",
            day=one.day.isoformat(),
            code=one.crossing,
            name=words.crossing(one.crossing, language),
            people=one.entered,
            vans=one.vans,
            counted=one.counted,
            surge="yes" if one.surge else "no",
        )
    yield from _funnel("funnel", found.funnel, taken, {} if "times" in found.gaps else found.times)
    yield from _funnel("commuters", found.commuters, taken, {})
    if "referrals" not in found.gaps:
        of = found.referrals
        for code, name, people, whole in words.followed(of):
            shares = {"people": people} if whole is None else _shared(people, whole)
            yield _row("referrals", code=code, name=t(name), **shares)
        name = t("Days until they arrived")
        yield _row("referrals", code="days", name=name, **_took(found.days_to_arrive))
    for part, rows in (("home provinces", found.homes), ("crossings", found.crossings)):
        for home in rows:
            yield _row(part, **_home(part, home, taken))


def _home(part: str, home: Home, taken: Taken) -> dict[str, Any]:
    if home.code == COMMUTER:
        name = taken.t("Daily commuters")
    elif part == "crossings":
        name = words.crossing(home.code, taken.language)
    else:
        name = words.place(home.code, taken.language, taken.t)
    return {"code": home.code, "name": name} | _shared(home.tested.numerator, home.arrived)


def _funnel(part: str, steps: Iterable[Step], taken: Taken, times: Any) -> Iterator[dict[str, Any]]:
    for one in steps:
        shares = _shared(one.people, one.possible) if one.of else {"people": one.people}
        took = _took(times[one.name]) if one.name in times else {}
        yield _row(part, code=one.name, name=words.step(one.name, taken.t), **shares, **took)


def _day_rows(found: DaySheet, taken: Taken) -> Iterator[dict[str, Any]]:
    t = taken.t
    for code, name in words.OF_DAY.items():
        people = found.arrivals.people if code == "arrived" else getattr(found, code)
        yield {"part": "sheet", "code": code, "name": t(name), "people": people}
    for (sex, age), people in _sexes_and_ages(found).items():
        name = " · ".join(
            filter(None, (words.sex(sex, t) or (t("Unknown") if sex else ""), words.age(age, t)))
        )
        code = " ".join(filter(None, (sex, age)))
        yield {"part": "sex and age", "code": code, "name": name, "people": people}


def _sexes_and_ages(found: DaySheet) -> dict[tuple[str, str], int]:
    """As the page tells them: cells where no lone child is among them, else what is told of each."""
    told = found.arrivals
    if told.cells is not None:
        return dict(sorted(told.cells.items()))
    ages = {} if told.ages is None else {("", age): people for age, people in sorted(told.ages.items())}
    return {(sex, ""): people for sex, people in sorted(told.sexes.items())} | ages


def _about(
    taken: Taken,
    said: tuple[str, str, str, str],
    endpoint: str,
    columns: tuple[Column, ...],
    gaps: Any,
    facts: dict[str, str],
) -> About:
    """What a file is. `said`: its name, title, question and units."""
    name, title, question, units = said
    return About(
        name,
        title,
        question,
        answers.address(url_for(endpoint)),
        taken.made_at,
        taken.data_up_to,
        taken.t("Entries of reception centres on this server"),
        taken.shown_to,
        taken.threshold if facts else "",
        taken.t(LICENCE),
        units,
        synthetic=taken.synthetic,
        notes=[
            *([taken.t("Referrals that would tell of HIV are in no number.")] if facts else []),
            *(words.unknown(what, gaps[what], taken.t) for what in gaps),
        ],
        columns=columns,
        facts=facts,
    )
