"""Counts by place and day for early warning: for those who are entitled to small counts, in full."""

from __future__ import annotations

from typing import TypeVar

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.opening import may_open, opened
from dashboard.services.disclosure.undisclosed import Undisclosed
from surveillance.diseases import DISEASES
from surveillance.errors import NotPermittedError
from surveillance.texts import N_

#: Kinds of place by which HIV and syphilis are never told of.
FINE = frozenset({"district", "crossing", "facility"})
NOT_BY_WEEK = N_("Your account is shown issued figures: numbers of single weeks and days are not issued.")
Held = TypeVar("Held")


def check(grant: Grant, disease: str, by: str) -> None:
    """Refuse what is never told, before anything is read.

    Raises
    ------
    NotPermittedError
        HIV or syphilis by district, crossing or facility, or for an account that is shown them by year; or an
        account that is not entitled to small counts.
    """
    if DISEASES[disease].sensitive and by in FINE:
        raise NotPermittedError(rules.NEVER_SHOWN)
    if DISEASES[disease].sensitive and not grant.can(Permission.SEE_SENSITIVE_DETAIL):
        raise NotPermittedError(rules.BY_YEAR_ONLY)
    if not rules.entitled(grant):
        raise NotPermittedError(NOT_BY_WEEK)
    if not grant.scope.covers(disease):
        raise NotPermittedError(rules.OTHER_PROGRAMME)


def daily(grant: Grant, disease: str, by: str, box: Undisclosed[Held]) -> Held:
    """Open counts by place and day for an account that may be shown all of them."""
    check(grant, disease, by)
    if not may_open(grant, box):
        raise NotPermittedError(NOT_BY_WEEK)
    return opened(box)
