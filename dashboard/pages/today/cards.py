"""The cards of the first page. A later page adds its own here, with one declaration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import url_for
from markupsafe import Markup

from dashboard.components.alerts import groups as alert_groups
from dashboard.components.alerts import signal_words as alert_signal_words
from dashboard.components.alerts.groups import AlertGroup
from dashboard.components.coverage import first_page, reporting_groups
from dashboard.components.coverage.first_page import Line, Notice
from dashboard.components.today import crossings, nowcast
from dashboard.components.today import decisions as decision_words
from dashboard.components.today import signals as signal_words
from dashboard.components.today.crossings import CrossingCard
from dashboard.components.today.decisions import DecisionRow
from dashboard.components.today.nowcast import NowcastLine
from dashboard.pages.explorer import indicator_entries
from dashboard.pages.today.card import Card, Context, Place
from dashboard.permissions import Permission
from dashboard.services.alerts import register as alert_register
from dashboard.services.nowcast import table as nowcasts
from dashboard.services.today import overview
from surveillance.diseases import DISEASES
from surveillance.indicators.scale import has_target
from surveillance.indicators.table import INDICATORS

#: What a card lists at most; the rest is one press away.
_MOST_CLUSTERS, _MOST_NOTICES, _MOST_DECISIONS, _MOST_ALERTS, _MOST_TARGETS = 2, 3, 2, 2, 3


@dataclass(frozen=True)
class MapCard:
    """The map of the page, its legend, what it shows, and whether it counts otherwise than the rest."""

    map: Markup
    legend: Markup
    said: str
    lowest: str
    basis: str


@dataclass(frozen=True)
class DecisionCard:
    """Decisions of the calendar week before today's and open ones, the overdue first; how many of each."""

    rows: list[DecisionRow]
    open: int
    done: int
    of_last_week: int
    last_week: tuple[date, date]
    may_note: bool


@dataclass(frozen=True)
class AlertCard:
    """Lines of open alerts; how many alerts are open, have no owner, are told at once."""

    rows: list[AlertGroup]
    open: int
    free: int
    now: int


def notices(context: Context) -> list[Notice]:
    """What is worth a look, the most pressing first."""
    sent = context.sent if context.reader.can(Permission.SEE_REPORTING) else None
    return first_page.notices(
        context.found, context.grant, sent, url_for("reporting.page"), context.language, context.t
    )


def _map_title(context: Context) -> str:
    return first_page.map_question(context.found, context.t)


def _drawn(context: Context) -> tuple[str, Markup] | None:
    return first_page.province_map(
        context.found, context.grant, context.language, context.t, context.others, context.closed
    )


def _map(context: Context) -> MapCard | None:
    drawn = _drawn(context)
    if drawn is None:
        return None
    legend = first_page.map_legend(context.found, context.grant, context.t)
    lowest = first_page.lowest(context.found, context.language, context.t)
    return MapCard(drawn[1], legend, drawn[0], lowest, _basis(context))


def _basis(context: Context) -> str:
    """By what the map counts and by what the rest, where the two differ for this reader."""
    asked = context.found.map
    if asked is not None and asked.query.place == "home":
        return context.t(
            "This map counts people by their home province. The other numbers of the page, and of a province "
            "chosen above, count by where care was given."
        )
    if context.area is not None and context.reader.scope.national:
        return context.t(
            "Counted by where care was given, also in the map. The map of the whole country counts by home "
            "province: its number for this province is another one."
        )
    return ""


def _clusters(context: Context) -> object:
    return context.clusters and {"view": context.clusters, "most": _MOST_CLUSTERS}


def _crossings(context: Context) -> CrossingCard | None:
    return crossings.card(context.found, context.grant, context.entries, context.language, context.t)


def _decisions(context: Context) -> DecisionCard:
    found = context.decisions
    rows = decision_words.rows(found, context.language, context.t)
    may = context.reader.can(Permission.NOTE_DECISIONS)
    lately = [row for row in rows if row.open or row.last_week]
    last_week = sum(found.of_last_week(one) for one in (*found.open, *found.done))
    counts = (len(found.open), len(found.done), last_week)
    return DecisionCard(lately[:_MOST_DECISIONS], *counts, found.last_week, may)


def _alerts(context: Context) -> AlertCard | None:
    found = [
        one
        for one in alert_register.open_ones(context.database, context.grant)
        if not DISEASES[one.disease].sensitive
    ]
    if not found:
        return None
    names = alert_register.facility_names(context.database, context.grant)
    lines = alert_groups.groups(found, names, context.language, context.t)
    shown = sorted(lines, key=lambda one: (one.tone != "act", not one.now))[:_MOST_ALERTS]
    free, now = sum(one.owner is None for one in found), sum(one.immediate for one in found)
    return AlertCard(shown, len(found), free, now)


def _reports(context: Context) -> list[str]:
    """Who has reported, and how far the last week is complete."""
    week = context.found.week
    said = [reporting_groups.summary(context.sent, context.t)]
    return [*said, *filter(None, [week and reporting_groups.so_far(context.sent, week, context.t)])]


def _signals(context: Context) -> object:
    found = signal_words.lines(context.signals, context.language, context.t)
    alerts = alert_signal_words.lines(context.alert_signals, context.language, context.t)
    held = {"lines": found, "alerts": alerts, "most": _MOST_CLUSTERS}
    return held if found or alerts else None


def _nowcast(context: Context) -> list[NowcastLine] | None:
    """What is expected of the last complete week; None of issued figures, which have no weeks."""
    if context.found.release is not None or context.found.week is None:
        return None
    held = []
    for disease in nowcast.diseases(context.found):
        answer = nowcasts.answer(context.database, context.grant, disease, context.today)
        held += [(disease, answer.areas[nowcasts.ALL])] if answer.areas else []
    return nowcast.lines(context.found, held, context.t) or None


@dataclass(frozen=True)
class TargetCard:
    """Indicators with a target: how many miss it by more than chance, of how many; how many have no value.

    `rows`: the furthest from their target first.
    """

    beyond: int
    told: int
    untold: int
    rows: list[indicator_entries.Line]


def _targets(context: Context) -> TargetCard | None:
    """What is aimed at and missed; HIV and syphilis stand on no first page, nor fewer than five people."""
    aimed = [
        row
        for row in INDICATORS.values()
        if has_target(row)
        and not row.of
        and not row.sensitive
        and any(map(context.reader.scope.covers, row.diseases))
    ]
    held = indicator_entries.entries(
        context.database, context.reader, context.status, context.today, aimed, area=context.area or ""
    )
    told = [one for one in held if one.judged]
    if not told:
        return None
    beyond = sorted(
        (one for one in told if one.beyond),
        key=lambda one: (one.row.value.upper or 0) - (one.indicator.target or 0),
    )
    rows = [indicator_entries.line(one, context.area or "", context.t) for one in beyond[:_MOST_TARGETS]]
    return TargetCard(len(beyond), len(told), len(aimed) - len(told), rows)


def _weeks_title(context: Context) -> str:
    weeks = context.found.weeks
    if weeks is None:
        return ""
    if context.found.release is not None:
        return context.t("The last issued periods, up to {last}").format(last=weeks.last)
    return context.t("The last {weeks} complete weeks, {first} – {last}").format(
        weeks=overview.WEEKS, first=weeks.first, last=weeks.last
    )


def _quarter_title(context: Context) -> str:
    quarter = context.found.quarter
    if quarter is None:
        return ""
    said = context.t(
        "The last complete quarter, {first} – {last}: slow diseases hold too few people in a week"
    )
    if context.found.release is not None:
        said = context.t("Slow diseases: the last issued quarter, up to {last}; HIV and syphilis: the year")
    return said.format(first=quarter.first, last=quarter.last)


@dataclass(frozen=True)
class Lines:
    """Lines of diseases. `curves`: heading of the column of curves; blank without them."""

    rows: list[Line]
    curves: str = ""


def _weekly(context: Context) -> Lines:
    by = context.t("By week") if context.found.release is None else context.t("By month")
    return Lines(first_page.lines(context.found, context.grant, context.t, quarterly=False), by)


def _quarterly(context: Context) -> Lines:
    return Lines(first_page.lines(context.found, context.grant, context.t, quarterly=True))


def _of_a_centre(place: Place, *, at_one: bool) -> tuple[Card, Card]:
    """The cards of a reception centre: at the top for who works at one, below for everybody else."""

    def make(context: Context) -> object:
        works = context.reader.can(Permission.RECEIVE_ARRIVALS)
        return context.reception if works == at_one else None

    begun = "" if at_one else "centre-"
    return (
        Card(
            key=f"{begun}arrivals",
            title=lambda context: context.t("Arrivals and urgent needs"),
            permission=Permission.COUNT_ARRIVALS,
            make=make,
            template="today_arrivals.html",
            place=place,
            order=5,
            copied=False,
        ),
        Card(
            key=f"{begun}referrals-lost",
            title=lambda context: context.t("Referrals lost"),
            permission=Permission.COUNT_ARRIVALS,
            make=make,
            template="today_referrals.html",
            place=place,
            order=6,
            copied=False,
        ),
    )


CARDS: tuple[Card, ...] = (
    *_of_a_centre("third", at_one=True),
    *_of_a_centre("below", at_one=False),
    Card(
        key="map",
        title=_map_title,
        permission=Permission.SEE_COVERAGE,
        make=_map,
        template="today_map.html",
        place="first",
        order=10,
    ),
    Card(
        key="look",
        title=lambda context: context.t("Worth a look"),
        permission=Permission.SEE_COVERAGE,
        make=lambda context: {
            "notices": notices(context),
            "most": _MOST_NOTICES,
            "of_reports": context.reader.can(Permission.SEE_REPORTING),
        },
        template="today_look.html",
        place="second",
        order=10,
    ),
    Card(
        key="clusters",
        title=lambda context: context.t("Clusters found without being asked"),
        permission=Permission.RUN_CLUSTERS,
        make=_clusters,
        template="today_clusters.html",
        place="second",
        order=20,
    ),
    Card(
        key="alerts",
        title=lambda context: context.t("Alerts"),
        permission=Permission.RUN_CLUSTERS,
        make=_alerts,
        template="today_alerts.html",
        place="second",
        order=15,
        copied=False,
    ),
    Card(
        key="signals",
        title=lambda context: context.t("Signals"),
        permission=Permission.SEE_COVERAGE,
        make=_signals,
        template="today_signals.html",
        place="second",
        order=25,
    ),
    Card(
        key="crossings",
        title=lambda context: context.t("Patients recorded by crossing"),
        # A sum over diseases less those that are shown would be the small count that is not.
        permission=Permission.SEE_SMALL_COUNTS,
        make=_crossings,
        template="today_crossings.html",
        place="third",
        order=10,
    ),
    Card(
        key="decisions",
        title=lambda context: context.t("Decisions"),
        permission=Permission.SEE_REPORTING,
        make=_decisions,
        template="today_decisions.html",
        place="third",
        order=20,
        copied=False,  # people write what no rule of disclosure has looked at
    ),
    Card(
        key="reports",
        title=lambda context: context.t("Reports"),
        permission=Permission.SEE_REPORTING,
        make=_reports,
        template="today_reports.html",
        place="third",
        order=5,
    ),
    Card(
        key="nowcast",
        title=lambda context: context.t("The last week, when all reports are in"),
        permission=Permission.SEE_SMALL_COUNTS,
        make=_nowcast,
        template="today_nowcast.html",
        place="third",
        order=7,
    ),
    Card(
        key="targets",
        title=lambda context: context.t("Indicators that miss their target"),
        permission=Permission.SEE_COVERAGE,
        make=_targets,
        template="today_targets.html",
        place="third",
        order=25,
        copied=False,
    ),
    Card(
        key="weekly",
        title=_weeks_title,
        permission=Permission.SEE_COVERAGE,
        make=_weekly,
        template="today_weekly.html",
        place="below",
        order=10,
    ),
    Card(
        key="quarterly",
        title=_quarter_title,
        permission=Permission.SEE_COVERAGE,
        make=_quarterly,
        template="today_quarterly.html",
        place="below",
        order=20,
    ),
)
