"""What to expect of arrivals: a plan, its file, and the table of figures; all without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.moments import local
from dashboard.components.reception import reception_words as words
from dashboard.exports.about import LICENCE, About
from dashboard.exports.columns import Column
from dashboard.messages import translator
from dashboard.pages.reception.asked import answered, crossings_and_chosen, shown, window_asked
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reception import expected as service
from dashboard.services.reception.expected import Plan, Row
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.errors import UsageError
from surveillance.reception.expected_load import NEEDS

pages = Blueprint("expected", __name__)
COLUMNS = (
    Column("home", "text", "code of the home province; empty for all together"),
    Column("name", "text", "its name, in the language of the file"),
    Column("arrivals", "count", "arrivals that are planned for"),
    Column("need", "text", "code of what they need"),
    Column("per_thousand", "number", "how many of 1,000 arrivals need it"),
    Column("source", "text", "where that figure comes from"),
    Column("expected", "number", "how many to expect"),
    Column("lower", "count", "95% of the time no fewer, by chance alone; empty where there is no interval"),
    Column("upper", "count", "95% of the time no more"),
    Column("why", "text", "why there is no interval"),
    Column("arrived", "count", "arrivals that came, once the days are over"),
    Column(
        "came", "count", "how many of them needed it; empty where the number is for nurses alone, or unknown"
    ),
    Column(
        "verdict", "text", "`fewer`, `within` or `more` than the interval; empty where nothing can be said"
    ),
)


@pages.get("/reception/expected")
@needs(Permission.COUNT_ARRIVALS)
def page() -> str | tuple[str, int]:
    """What to expect on some days, and the table of figures."""
    return _page()


@pages.post("/reception/expected/figures")
@needs(Permission.EDIT_EXPECTED)
def change() -> Any:
    """Keep a figure; what is wrong is said above the table."""
    given = request.form
    try:
        service.put(
            database(),
            grant(),
            given.get("code", "")[:24],
            given.get("per_thousand", "")[:20],
            given.get("source", "")[: 2 * service.LONGEST],
        )
    except UsageError as error:
        return _page(error, given.to_dict())
    return redirect(url_for(".page", _anchor="figures"), 303)


@pages.get("/reception/expected.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """The plan as a file; the use is audited."""
    taken = Taken.now()
    _, chosen = crossings_and_chosen(taken.language)
    try:
        found = _plan(chosen)
    except UsageError:
        abort(400)
    taken.audit({"file": "expected load", "format": kind, "crossing": chosen})
    return answers.table(kind, "expected", COLUMNS, _rows(found, taken), _about(found, taken))


def _page(error: UsageError | None = None, edited: dict[str, str] | None = None) -> str | tuple[str, int]:
    language = request_context.language()
    t = translator(language)
    crossings, chosen = crossings_and_chosen(language)
    found, problem = answered(
        lambda: _plan(chosen),
        lambda: service.plan(database(), grant(), chosen or None, None, today_in_cambodia()),
        t,
    )
    return shown(
        "reception_expected.html",
        found=found,
        crossings=crossings,
        chosen=chosen,
        needs=NEEDS,
        held={one.code: one for one in found.figures},
        history=service.versions(database(), grant()),
        local=local,
        home_name=lambda code: words.place(code, language, t),
        homes=words.homes(language, t),
        given={code: text[:6] for code in words.HOMES if (text := request.args.get(code, ""))},
        may_edit=service.may_edit(grant()),
        problem=problem,
        faulty=error is not None,
        wrong=error.in_words(t) if error else "",
        edited=edited or {},
        longest=service.LONGEST,
        most=service.MOST_PEOPLE,
    )


def _plan(chosen: str) -> Plan:
    return service.plan(
        database(),
        grant(),
        chosen or None,
        window_asked(),
        today_in_cambodia(),
        given=_given(),
        people=_number("people", request.args.get("people", "")),
    )


def _given() -> dict[str, int] | None:
    """Arrivals by home that were typed; None where none was."""
    found = {}
    for code in words.HOMES:
        number = _number(code, request.args.get(code, ""))
        if number is not None:
            found[code] = number
    return found or None


def _number(name: str, text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise UsageError("give arrivals from 0 to {most}", name, most=service.MOST_PEOPLE)
    return int(text)


def _rows(found: Plan, taken: Taken) -> Iterator[dict[str, Any]]:
    figures = {one.code: one for one in found.figures}
    for row in (found.together, *found.rows):
        for code, one in row.expected.items():
            yield {
                "home": row.home,
                "name": words.place(row.home, taken.language, taken.t)
                if row.home
                else taken.t("All together"),
                "arrivals": row.arrivals,
                "need": code,
                "per_thousand": figures[code].per_thousand,
                "source": figures[code].source,
                "expected": one.number,
                "lower": one.lower,
                "upper": one.upper,
                "why": taken.t(one.why) if one.why else "",
                **_afterwards(row, code),
            }


def _afterwards(row: Row, code: str) -> dict[str, Any]:
    beside = (row.found or {}).get(code)
    return {
        "arrived": row.came,
        "came": beside.came if beside else None,
        "verdict": (beside.verdict or "") if beside else "",
    }


def _about(found: Plan, taken: Taken) -> About:
    t = taken.t
    return About(
        f"chhlang-expected-{found.window.first}-{found.window.last}",
        t("What to expect"),
        t("What to expect of arrivals by home province, from figures per 1,000 arrivals"),
        answers.address(url_for(".page")),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each home province and need"),
        synthetic=taken.synthetic,
        notes=[
            t("Nothing is fitted: a figure per 1,000 times the arrivals. The interval is of chance alone."),
            *([words.unknown("needs", found.unknown_until, t)] if found.unknown_until else []),
        ],
        columns=COLUMNS,
        facts={"days": f"{found.window.first} – {found.window.last}", "crossing": found.crossing or ""},
    )
