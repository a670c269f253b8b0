"""Who has not reported, in words and in groups: by province, then by operational district."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from dashboard.messages import Translate
from dashboard.services.today.reporting import FacilityReports, Reporting
from geodata.provinces import PROVINCES
from surveillance.epiweek import epiweek
from surveillance.windows import Window


@dataclass(frozen=True)
class Group:
    """Facilities of one operational district: those that are listed, and how many it has in all."""

    province: str
    district: str
    facilities: tuple[FacilityReports, ...]
    of: int


def grouped(
    listed: Iterable[FacilityReports], among: Iterable[FacilityReports], language: str
) -> list[Group]:
    """Facilities by province and operational district: the groups with most of them first."""
    held: dict[tuple[str, str], list[FacilityReports]] = defaultdict(list)
    for one in listed:
        held[_key(one)].append(one)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for one in among:
        counts[_key(one)] += 1
    groups = [
        Group(_province(province, language), district, tuple(found), counts[province, district])
        for (province, district), found in held.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.facilities), group.province, group.district))


def summary(reporting: Reporting, t: Translate) -> str:
    """How many of those due by the last day of the data are silent, and how many of them for long."""
    due, silent = reporting.due, reporting.silent
    if reporting.facilities and not due and reporting.last is not None:
        return t(
            "No report is due by {day}: by the facility list reports begin later or have ended, or the "
            "crossing is closed."
        ).format(day=reporting.last)
    if not due:
        return t("No report is due: no facility list, or no records yet.")
    if not silent:
        return t("All {count:,} facilities whose report was due by {day} have reported.").format(
            count=len(due), day=reporting.last
        )
    said = t("{silent:,} of {due:,} facilities have not sent the report that was due by {day}.").format(
        silent=len(silent), due=len(due), day=reporting.last
    )
    long = sum(one.silent >= 3 for one in silent)
    if long:
        said += " " + t("{count:,} of them missed three reports or more in a row.").format(count=long)
    return said


def so_far(reporting: Reporting, week: Window, t: Translate) -> str:
    """How many of those due have sent anything since a week began, while some of them have not; or blank.

    The report of the last week of the data is seldom due by its last day.
    """
    due = reporting.due
    sent = sum(one.last is not None and one.last >= week.first for one in due)
    if sent == len(due):
        return ""
    number = epiweek(week.first)
    return t(
        "Since week {week} began {sent:,} of {due:,} have sent records: its numbers may still grow."
    ).format(week=number.week, sent=sent, due=len(due))


def silent_for(one: FacilityReports, t: Translate) -> str:
    """How long one facility has been silent, in its own unit."""
    if one.closed:
        return t("closed: its crossing")
    if one.silence is None:
        return t("no report is due")
    if not one.silent:
        return "–"
    words = {
        "week": t("{count:,} weeks"),
        "month": t("{count:,} months"),
        "quarter": t("{count:,} quarters"),
    }
    return words[one.silence.unit].format(count=one.silent)


def last_report(one: FacilityReports, t: Translate) -> str:
    """The week of a facility's last report."""
    if one.last is None:
        return t("never")
    week = epiweek(one.last)
    return t("week {week} of {year}").format(week=week.week, year=week.year)


def _key(one: FacilityReports) -> tuple[str, str]:
    return one.area.province or "", one.district


def _province(code: str, language: str) -> str:
    province = PROVINCES.get(code)
    if province is None:
        return code
    return province.name_km if language == "km" else province.name_en
