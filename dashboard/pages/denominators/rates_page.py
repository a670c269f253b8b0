"""The page of rates, and the same as files. It works without scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.sheets.rates import COLUMNS
from dashboard.figures import theme
from dashboard.messages import Translate, translator
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.denominators import rates as service
from dashboard.services.denominators.rate_question import (
    BYM2,
    CARE,
    CASES,
    COUNTRY,
    DISTRICT,
    DIVISORS,
    EB,
    HOME,
    NONE,
    PATIENTS,
    PROVINCE,
    RatesQuery,
)
from dashboard.services.denominators.rates import RateTable
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.denominators.kinds import GRADES, KINDS
from surveillance.denominators.standards import STANDARDS
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.status import Status
from surveillance.texts import N_

pages = Blueprint("rates", __name__)
_WHAT = {CASES: N_("Cases found positive"), PATIENTS: N_("All patients")}
_BY = {PROVINCE: N_("Province"), DISTRICT: N_("Operational district of care")}
_PLACES = {HOME: N_("Home province, where the population lives"), CARE: N_("Province of care")}
_SMOOTHS = {
    EB: N_("Towards all provinces (empirical Bayes)"),
    BYM2: N_("Towards all provinces and neighbours (BYM2)"),
    NONE: N_("Not smoothed"),
}
_BEYOND = {
    -2: N_("far below the funnel"),
    -1: N_("below the funnel"),
    0: N_("within the funnel"),
    1: N_("above the funnel"),
    2: N_("far above the funnel"),
}


@pages.get("/rates")
@needs(Permission.SEE_COVERAGE)
def page() -> str:
    """Rates of every province, with what they are divided by."""
    t = translator(request_context.language())
    query, faults = _asked()
    found = service.rates(database(), grant(), query, today_in_cambodia())
    question = request.query_string.decode("ascii", "replace")
    rows = [_shown(row, found, request_context.language(), t) for row in found.rows]
    return render_template(
        "rates.html",
        query=query,
        question=question,
        faults=[fault.in_words(t) for fault in faults],
        title=_title(query, t),
        days=_days(found, t),
        choices=_choices(query, t),
        of_all=_said_once(rows, t),
        rows=rows,
        notes=[t(text).format(**values) for text, values in found.notes],
        smoothed=query.smooth != NONE,
        reason=t(found.reason) if found.reason else "",
    )


@pages.get("/rates.<any(csv,xlsx):kind>")
@needs(Permission.EXPORT_TABLES, Permission.SEE_COVERAGE)
def file(kind: str) -> Response:
    """The table as a file; the use is audited."""
    query, _ = _asked()
    taken = Taken.now()
    found = service.rates(database(), grant(), query, today_in_cambodia())
    taken.audit({"table": "rates", "format": kind} | query.parameters())
    return answers.table(kind, "rates", COLUMNS, found.records(taken.language), _about(query, found, taken))


@pages.get("/rates.json")
@needs(Permission.SEE_COVERAGE)
def sidecar() -> Response:
    """What the table's files are."""
    query, _ = _asked()
    found = service.rates(database(), grant(), query, today_in_cambodia())
    about = _about(query, found, Taken.now())
    return answers.sidecar(about)


def _asked() -> tuple[RatesQuery, Sequence[UsageError]]:
    """The question of the address, and what is wrong with it."""
    query, faults = RatesQuery.read_readable(_given())
    wrong = list(query.contradictions())
    return (RatesQuery(query.disease) if wrong else query), [*faults, *wrong]


def _given() -> dict[str, str]:
    """The address; what the form sends of a place or smoothing that districts do not have is passed over."""
    given = {name: text for name, text in request.args.items() if name in RatesQuery.names()}
    if given.get("by") == DISTRICT and "by_before" in request.args and request.args["by_before"] != DISTRICT:
        given |= {"place": CARE} | ({"smooth": EB} if given.get("smooth") == BYM2 else {})
    return given


def _choices(query: RatesQuery, t: Translate) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    standards = {code: one.name for code, one in STANDARDS.items()}
    standards[COUNTRY] = N_("Cambodia itself, by sex and age")
    offered: list[tuple[str, str, Mapping[str, str], str]] = [
        ("disease", t("Disease"), {code: one.name for code, one in DISEASES.items()}, query.disease),
        ("by", t("Shown by"), _BY, query.by),
        ("what", t("What is counted"), _WHAT, query.what),
        ("place", t("Where"), _PLACES, query.place),
        ("divisor", t("Divided by"), {code: KINDS[code].name for code in DIVISORS}, query.divisor),
        ("standard", t("Standardised to"), standards, query.standard),
        ("smooth", t("Smoothed"), _SMOOTHS, query.smooth),
    ]
    return [
        (name, label, [(code, t(text)) for code, text in values.items()], chosen)
        for name, label, values, chosen in offered
    ]


def _title(query: RatesQuery, t: Translate) -> str:
    said = t("{disease}: {what}, for {per:,.0f} people a year")
    return said.format(
        disease=t(DISEASES[query.disease].name), what=t(_WHAT[query.what]).lower(), per=query.per
    )


def _days(found: RateTable, t: Translate) -> str:
    if found.first is None or found.last is None:
        return ""
    return t("{first} to {last}").format(first=found.first, last=found.last)


def _shown(row: service.Row, found: RateTable, language: str, t: Translate) -> dict[str, Any]:
    """One row as texts. A value that is none has the sign of its status, and says why."""
    people = row.people
    return {
        "name": row.area.in_full(language),
        "rate": _side(row.rate, row.status, row.reason, t),
        "standardised": _side(row.standardised, row.standardised_status, row.standardised_reason, t),
        "smoothed": None if row.smoothed is None else _side(row.smoothed, row.status, "", t),
        "above": None if row.above is None else f"{row.above:.0%}",
        "ratio": _ratio(row, t),
        "events": row.events,
        "people": people and people.value,
        "years": ", ".join(map(str, people.years)) if people else "",
        "grade": ", ".join(t(GRADES[grade]) for grade in people.grades) if people else "",
        "source": "; ".join(people.sources) if people else "",
        "beyond": "" if row.beyond is None else t(_BEYOND[max(-2, min(2, row.beyond))]),
        "outside": row.outside,
    }


#: Columns in which many rows may lack a value for one and the same reason.
_LACKING = {"standardised": N_("Standardised"), "ratio": N_("Beside what is expected")}


def _said_once(rows: Sequence[dict[str, Any]], t: Translate) -> list[str]:
    """Take the commonest reason out of the rows that share it, in place: it is said once, above the table."""
    said = []
    for column, head in _LACKING.items():
        reasons = Counter(row[column]["reason"] for row in rows if row[column]["reason"])
        for reason, many in reasons.most_common(1):
            if many > 1:
                line = t("{column}, where nothing else is said: {reason}")
                said.append(line.format(column=t(head), reason=reason))
                for row in rows:
                    if row[column]["reason"] == reason:
                        row[column]["reason"] = ""
    return said


def _ratio(row: service.Row, t: Translate) -> dict[str, str]:
    """Observed beside expected events; why not where there is none."""
    if row.ratio is None:
        reason = t(row.ratio_reason) if row.ratio_reason else ""
        return {"value": "?" if reason else "–", "interval": "", "reason": reason}
    one, lower, upper = (f"{number:.2f}" for number in row.ratio)
    return {"value": one, "interval": f"({lower}–{upper})", "reason": ""}


def _side(
    value: tuple[float, float, float] | None, status: Status, reason: str, t: Translate
) -> dict[str, str]:
    if value is not None:
        one, lower, upper = (f"{number:,.1f}" for number in value)
        return {"value": one, "interval": f"({lower}–{upper})", "reason": ""}
    look = theme.look_of_absence(status)
    return {"value": look.sign, "interval": "", "reason": t(reason) if reason else t(look.label)}


def _about(query: RatesQuery, found: RateTable, taken: Taken) -> About:
    t = taken.t
    return About(
        "chhlang-rates",
        _title(query, t),
        t("Cases per people of each province: crude, standardised, smoothed, and what they are divided by"),
        answers.address("/rates"),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each province"),
        synthetic=taken.synthetic,
        statuses=statuses(t),
        notes=[_days(found, t), *(t(text).format(**values) for text, values in found.notes)],
        columns=COLUMNS,
        files={kind: answers.address(f"/rates.{kind}") for kind in answers.TABLES},
    )
