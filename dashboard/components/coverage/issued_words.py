"""What pages and files say of issued figures: which release, of which days, and what else is shown."""

from __future__ import annotations

from datetime import date

from dashboard.figures import theme
from dashboard.messages import Translate
from dashboard.services.coverage.issued.instead import Instead
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.releases.figures import Stamp
from dashboard.services.releases.periods import span
from dashboard.services.releases.stamps import Release

#: Stands beside each issued figure where own ones stand beside it.
SIGN = "◇"


def stamped(stamp: Stamp, t: Translate) -> str:
    """The release, its day, the last day of its data, and its threshold."""
    said = t(
        "Issued figures: release {number} of {day}, data until {until}; no number from 1 to {most} is shown."
    )
    told = said.format(
        number=stamp.release,
        day=stamp.issued_on.isoformat(),
        until=stamp.data_until.isoformat(),
        most=stamp.threshold - 1,
    )
    return told if stamp.noise is None else f"{told} {_noise(stamp.threshold, *stamp.noise, t)}"


def _noise(k: int, bound: int, deviation: float, t: Translate) -> str:
    """How far a number is from the people who were counted."""
    said = t(
        "Every number has noise: one of 1 to {most} is shown as 0 or {k}; a larger one differs by "
        "{deviation} on average (standard deviation), and by {bound} at most. Sums differ from their totals."
    )
    return said.format(most=k - 1, k=k, deviation=deviation, bound=bound)


def of_table(table: CoverageTable, t: Translate) -> list[str]:
    """What must be known of a table's issued figures; nothing where it has none."""
    release = table.release
    if release is None or release.stamp is None or table.reason:
        return []
    if not table.mixed:
        return [stamped(release.stamp, t)]
    return [f"{legend(release, t)} {stamped(release.stamp, t)}"]


def legend(release: Release, t: Translate) -> str:
    """What the sign of other provinces means, and of which days they are."""
    said = t("◇: other provinces, as they were issued for {days}. Your own and theirs do not add up.")
    return said.format(days=days_of(release))


def days_of(release: Release) -> str:
    """First and last day of the periods of a release that are shown."""
    days = span(release.periods)
    return "" if days is None else f"{days[0].isoformat()} – {days[1].isoformat()}"


def widened(table: CoverageTable, asked: tuple[date | None, date | None], t: Translate) -> str:
    """That issued periods are shown that hold the days asked for; blank where they are the same."""
    return shown_instead(table.whole, asked, t)


def shown_instead(whole: Period | None, asked: tuple[date | None, date | None], t: Translate) -> str:
    """The same of a curve or cascade, which has no table. `whole`: the days that are shown."""
    start, end = asked
    if whole is None or (start or whole.start, end or whole.end) == (whole.start, whole.end):
        return ""
    said = t("Shown: {shown}, the issued periods that hold the days you asked for ({given}).")
    if (end is not None and end > whole.end) or (start is not None and start < whole.start):
        said = t("Shown: {shown}, what is issued of the days you asked for ({given}).")
    return said.format(
        shown=f"{whole.start.isoformat()} – {whole.end.isoformat()}",
        given=f"{(start or whole.start).isoformat()} – {(end or whole.end).isoformat()}",
    )


def instead(found: tuple[Instead, ...], t: Translate) -> list[str]:
    """What is shown where a value is hidden: longer periods of the place, and all places together."""
    said = []
    for one in found:
        name = t("all places together") if one.everywhere else one.label
        value = one.value
        if value.coverage is None:
            number = t(theme.look_of(value, "testing").label)
        else:
            counts = t("{numerator:,} of {denominator:,}").format(
                numerator=value.numerator, denominator=value.denominator
            )
            number = f"{counts} ({theme.percent(value.coverage)})"
        said.append(f"{name}: {number}")
    return said
