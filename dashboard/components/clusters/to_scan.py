"""The way from an indicator to the form that asks where it is low or high."""

from __future__ import annotations

from datetime import date

from flask import url_for

from dashboard.components.addresses import with_question
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters.shares import asked
from surveillance.texts import N_

ASK = N_("Where is it unusually low or high?")


def to_scan(grant: Grant, indicator: str, by: str, first: date | None, last: date | None) -> str:
    """The form with an indicator, kind of place and days in it; blank where it is not for this account."""
    if not grant.can(Permission.RUN_CLUSTERS) or indicator not in asked.offered(grant):
        return ""
    days = {"from": first and first.isoformat(), "to": last and last.isoformat()}
    given = {"indicator": indicator, "by": "province" if by == "country" else by}
    given |= {name: day for name, day in days.items() if day}
    return with_question(url_for("clusters.form"), given) + "#shares"
