"""Counts that a neighbour sent: as sent where it has published them, else by the one door (decision 100)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.disclosure.values import numbers_of
from surveillance.diseases import DISEASES
from surveillance.texts import N_

NOT_PUBLISHED = N_(
    "■ hidden: the neighbour sent it without having published it, and your account is shown issued figures."
)


def reason(grant: Grant, disease: str) -> str:
    """Why an account is shown no counts of a disease, in words; blank where it may be.

    HIV and syphilis follow our own rule: by week and month only for those who may see sensitive detail. By
    district they are never stored.
    """
    if not grant.can(Permission.SEE_COVERAGE):
        return rules.NO_SINGLE_RECORDS
    if not grant.scope.covers(disease):
        return rules.OTHER_PROGRAMME
    if DISEASES[disease].sensitive and rules.by_year_only(grant, disease):
        return rules.BY_YEAR_ONLY
    return ""


def cases(grant: Grant, row: Mapping[str, Any]) -> int | None:
    """The cases of a stored count; None where the account is not shown them.

    What was sent without being published is opened as our own counts are: for accounts that are entitled to
    small counts, and only of the whole country, since the area lies in no account's places.
    """
    if reason(grant, row["disease"]):
        return None
    published = bool(row["published"])
    if not published and not grant.scope.national:
        return None
    box = Undisclosed({"": int(row["cases"])}, issued=published)
    return numbers_of(grant, box)[""]
