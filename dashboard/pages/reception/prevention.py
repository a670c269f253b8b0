"""Coverage of prevention beside testing and treatment, and its file; all without scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, abort, request, url_for
from werkzeug.wrappers import Response

from dashboard.components.coverage.value_cells import value_cells
from dashboard.components.reception import reception_words as words
from dashboard.exports.about import LICENCE, About, statuses
from dashboard.exports.columns import Column
from dashboard.messages import translator
from dashboard.pages.reception.asked import answered, crossings_and_chosen, shown, window_asked
from dashboard.pages.take_away import answers
from dashboard.pages.take_away.answers import Taken
from dashboard.permissions import Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reception import prevention as service
from dashboard.services.reception.prevention import Coverage
from dashboard.web import request_context
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database
from surveillance.coverage.estimates import Estimate
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError
from surveillance.reception.cascade import Share
from surveillance.reception.coverage_of_prevention import Outreach, Reached
from surveillance.texts import N_

pages = Blueprint("prevention", __name__)
#: Stands beside figures of facilities that come from a release.
ISSUED = N_(
    "Your account is shown issued figures of facilities: of the months, quarters or years that were issued, "
    "which may be longer than these days."
)
#: What days of outreach and households say, by the name of the column.
_SAID = {
    "outreach_days": ("records", "days of outreach"),
    "sessions": ("sessions", "sessions held on them"),
    "men_reached": ("men", "men reached; who came twice counts twice"),
    "women_reached": ("women", "women reached"),
    "children_reached": ("children", "children reached"),
    "items_given": ("items", "items given on them"),
}
_HOUSEHOLDS = {
    "households": ("records", "visited households from which parents went away"),
    "children_under_5": ("under_5", "children under five who stayed"),
    "children_5_to_14": ("from_5_to_14", "children of 5 to 14 who stayed"),
    "to_vaccinate": ("to_vaccinate", "children with vaccinations missing"),
    "with_symptoms": ("with_symptoms", "members with a symptom that leads to a test"),
}
_BESIDE = ("session", "items", "tested", "treated")
COLUMNS = (
    Column("axis", "text", "all, province, crossing, movement, sex, age, activity, facilities or remote"),
    Column("value", "text", "its code; empty where the row is of all"),
    Column("name", "text", "its name, in the language of the file"),
    *(Column(name, "count", said) for name, (_, said) in _SAID.items()),
    *(Column(name, "count", said) for name, (_, said) in _HOUSEHOLDS.items()),
    Column("arrivals", "count", "people who were entered at a centre; of a province: whose home it is"),
    *(Column(f"arrivals_{name}", "count", f"of them {said}") for name, said in (
        ("session", "had a session"), ("items", "were given items"), ("tested", "were tested"),
        ("treated", "were referred and then treated"),
    )),
    Column("arrivals_referred", "count", "of them were referred: those of whom the treated are a share"),
    *(
        Column(f"{measure}_{part}", "count", f"records of facilities: {said}, {part}")
        for measure, said in (("testing", "tested of those eligible"), ("treatment", "treatment started"))
        for part in ("numerator", "denominator")
    ),
    Column("testing_status", "text", "whether the number is a value, or why there is none"),
    Column("treatment_status", "text", "the same of treatment"),
)  # fmt: skip


@pages.get("/reception/prevention")
@needs(Permission.COUNT_ARRIVALS)
def page() -> str | tuple[str, int]:
    """Prevention by province, crossing and group, beside tests and treatment."""
    language = request_context.language()
    t = translator(language)
    crossings, chosen = crossings_and_chosen(language)
    found, problem = answered(
        lambda: _found(chosen),
        lambda: service.page(database(), grant(), chosen or None, None, today_in_cambodia()),
        t,
    )
    return shown(
        "reception_prevention.html",
        found=found,
        crossings=crossings,
        chosen=chosen,
        name=lambda field, code: words.group(field, code, language, t),
        home_name=lambda code: words.place(code, language, t),
        cells=lambda value, measure: value_cells(value, measure, t),
        diseases=[(code, t(one.name)) for code, one in DISEASES.items() if grant().scope.covers(code)],
        remotes=[(code, t(said)) for code, said in words.REMOTE.items()],
        activities=[(code, words.group("activity", code, language, t)) for code in service.ACTIVITIES],
        group_names=words.GROUPS,
        issued_words=ISSUED,
        later=service.LATER,
        may_enter=grant().can(Permission.RECEIVE_ARRIVALS),
        problem=problem,
    )


@pages.get("/reception/prevention.<any(csv,xlsx,json):kind>")
@needs(Permission.COUNT_ARRIVALS, Permission.EXPORT_TABLES)
def table(kind: str) -> Response:
    """The page as a file; the use is audited."""
    taken = Taken.now()
    _, chosen = crossings_and_chosen(taken.language)
    try:
        found = _found(chosen)
    except UsageError:
        abort(400)
    taken.audit({"file": "prevention", "format": kind, "crossing": chosen, "disease": found.disease})
    unknown = dict.fromkeys(f"arrivals_{step}" for step in service.LATER) if found.unknown_until else {}
    rows = (row | unknown for row in _rows(found, taken))
    return answers.table(kind, "prevention", COLUMNS, rows, _about(found, taken))


def _found(chosen: str) -> Coverage:
    given = request.args
    return service.page(
        database(),
        grant(),
        chosen or None,
        window_asked(),
        today_in_cambodia(),
        disease=given.get("disease") or "tb",
        remote=given.get("remote", ""),
        activity=given.get("activity", ""),
    )


def _rows(found: Coverage, taken: Taken) -> Iterator[dict[str, Any]]:
    language, t = taken.language, taken.t
    yield _row("all", "", t("All together"), found.together, found.left_behind, found.everybody, {})
    stayed = found.households or {}
    of = {one.code: one for one in found.provinces}
    for code in sorted(of.keys() | stayed.keys()):
        one = of.get(code)
        name = words.place(code, language, t)
        if one is None:
            yield _row("province", code, name, None, stayed[code], None, {})
        else:
            yield _row("province", code, name, one.outreach, stayed.get(code), one.arrivals, one.care)
    for field, groups in found.groups.items():
        for code, arrived in groups.items():
            yield _row(field, code, words.group(field, code, language, t), None, None, arrived, {})
    for code, said in found.by_activity.items():
        care = found.care_by_activity.get(code, {}) if code != "other" else {}
        yield _row("activity", code, words.group("activity", code, language, t), said, None, None, care)
    for code, shares in (("yes", found.facilities.remote), ("no", found.facilities.other)):
        if shares:
            yield _row("facilities", code, t(words.REMOTE[code]), None, None, None, {}) | _of_facilities(
                shares
            )
    for code, said in found.by_remote.items():
        yield _row("remote", code, t(words.REMOTE[code]), said, None, None, {})


def _of_facilities(shares: Mapping[str, Share]) -> dict[str, Any]:
    parts = ("numerator", "denominator")
    return {f"{name}_{part}": getattr(one, part) for name, one in shares.items() for part in parts}


def _row(
    axis: str,
    value: str,
    name: str,
    said: Outreach | None,
    stayed: Outreach | None,
    arrived: Reached | None,
    care: Mapping[str, Estimate],
) -> dict[str, Any]:
    row: dict[str, Any] = {"axis": axis, "value": value, "name": name}
    row |= {column: getattr(said, field) if said else None for column, (field, _) in _SAID.items()}
    row |= {column: getattr(stayed, field) if stayed else None for column, (field, _) in _HOUSEHOLDS.items()}
    row["arrivals"] = arrived.arrived if arrived else None
    for step in _BESIDE:
        row[f"arrivals_{step}"] = arrived.shares[step].numerator if arrived else None
    row["arrivals_referred"] = arrived.shares["treated"].denominator if arrived else None
    for measure in service.MEASURES:
        held = care.get(measure)
        row[f"{measure}_numerator"] = held.numerator if held else None
        row[f"{measure}_denominator"] = held.denominator if held else None
        row[f"{measure}_status"] = str(held.status.value) if held else ""
    return row


def _about(found: Coverage, taken: Taken) -> About:
    t = taken.t
    return About(
        f"chhlang-prevention-{found.window.first}-{found.window.last}",
        t("Prevention"),
        t("Coverage of prevention beside testing and treatment"),
        answers.address(url_for(".page")),
        taken.made_at,
        taken.data_up_to,
        taken.source,
        taken.shown_to,
        taken.threshold,
        t(LICENCE),
        t("one row for each province, crossing and group"),
        synthetic=taken.synthetic,
        statuses=statuses(t),
        notes=[
            *([t(ISSUED)] if found.issued else []),
            *([words.unknown("needs", found.unknown_until, t)] if found.unknown_until else []),
        ],
        columns=COLUMNS,
        facts={
            "days": f"{found.window.first} – {found.window.last}",
            "disease": found.disease,
            "remote": found.remote,
            "activity": found.activity,
        },
    )
