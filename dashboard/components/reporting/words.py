"""What must be said beside the figures of who has reported."""

from __future__ import annotations

from dashboard.messages import Translate
from dashboard.services.reporting.read import Judged
from surveillance.diseases import DISEASES


def notes(found: Judged, disease: str | None, t: Translate) -> list[str]:
    """What was assumed, what counts as a report, and what is not told."""
    said = []
    if not found.facilities:
        said.append(t("There is no facility list yet, or no facility that your account may see."))
    if found.assumed:
        said.append(
            t(
                "The facility list does not say how often {count:,} facilities report: a report a week is "
                "assumed."
            ).format(count=found.assumed)
        )
    if found.no_deadline:
        said.append(
            t(
                "The facility list does not say by when {count:,} facilities report: the last day of the "
                "week, month or quarter is assumed."
            ).format(count=found.no_deadline)
        )
    if disease is not None and DISEASES[disease].sensitive:
        said.append(
            t(
                "Of HIV and syphilis only declared periods count, and whether they name a patient is not "
                "told: it could harm people."
            )
        )
    elif disease is not None:
        said.append(
            t(
                "Of one disease its records, its aggregate reports and declared periods count. A record of "
                "another disease does not say that there was none of this one."
            )
        )
    if int((found.reports.undated & found.reports.due).sum()):
        said.append(
            t(
                "Of some reports only sums are kept: they came, and when is not known. Timeliness is left "
                "out there."
            )
        )
    return said
