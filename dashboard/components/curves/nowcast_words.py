"""Nowcasts in words: what is expected of a week when all reports are in, and what it is worked out from."""

from __future__ import annotations

from typing import Any

from dashboard.messages import Translate
from dashboard.services.nowcast.models import ARRIVAL, Expected, ExpectedWeek


def interval(week: ExpectedWeek | None) -> tuple[int, int, int] | None:
    """The number and the ends of its interval; None where nothing is still to come, or it is not told."""
    if week is None or week.state != "expected":
        return None
    if week.expected is None or week.lower is None or week.upper is None:
        return None
    return week.expected, week.lower, week.upper


def numbers(week: ExpectedWeek | None) -> str:
    """The number and its interval, as 41 (35 – 52); blank where it is not told."""
    found = interval(week)
    return "" if found is None else "{:,} ({:,} – {:,})".format(*found)


def expected(week: ExpectedWeek | None, t: Translate) -> str:
    """What is expected, in words."""
    found = interval(week)
    if found is None:
        return ""
    number, lower, upper = found
    return t("expected when all reports are in: {expected:,} ({lower:,} to {upper:,})").format(
        expected=number, lower=lower, upper=upper
    )


def cell(week: ExpectedWeek | None, t: Translate) -> str:
    """A cell of a table."""
    if week is None:
        return ""
    said = {"complete": t("all in"), "too little": t("too few in to say")}
    return said.get(week.state) or numbers(week)


def columns(week: ExpectedWeek | None) -> dict[str, Any]:
    """Cells of a file."""
    return {
        "expected": week.expected if week else None,
        "expected_lower": week.lower if week else None,
        "expected_upper": week.upper if week else None,
        "share_come": week.share if week else None,
    }


def notes(found: Expected, t: Translate) -> list[str]:
    """What must be known before reading on."""
    if found.reason:
        reason = t(found.reason).format(**dict(found.values))
        return [t("It is not said how many reports are still to come: {reason}.").format(reason=reason)]
    by = (
        t("the day on which the file came")
        if found.known == ARRIVAL
        else t("the day of report: files have not come regularly for long enough")
    )
    said = [
        t(
            "Expected when all reports are in: worked out from how late records of the weeks before came, "
            "up to {day}, by {by}. It is no forecast, and 19 of 20 intervals hold the later number."
        ).format(day=found.as_of, by=by)
    ]
    if found.silent:
        said.append(
            t(
                "Nothing more is expected of facilities from which nothing comes at present: {count:,}."
            ).format(count=found.silent)
        )
    if found.backfilled:
        said.append(
            t("Left out of the delays, as many old records at once: {count:,} deliveries.").format(
                count=found.backfilled
            )
        )
    return said
