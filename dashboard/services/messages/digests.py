"""Digests of alerts: for groups and people at their hour; as a file and on paper without a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.disclosure.alerts import AlertSignal, DigestLine
from dashboard.services.messages import recipients
from dashboard.services.today import alert_signals
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import accounts
from db.operations import alerts as register
from db.operations.alerts import Alert, Run
from db.operations.messages import channels
from db.operations.messages.channels import Channel
from surveillance.alerts.telling import digest_days
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError

#: Most days of one digest, and days of one that names none.
MOST_DAYS, USUAL_DAYS = 366, 7
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Digest:
    """What became of alerts in some days.

    Parameters
    ----------
    first, last : date
    lines : tuple of DigestLine
        Alerts that were raised on these days.
    older : tuple of DigestLine
        Those raised before that are still open.
    run : Run, optional
        The newest run of the rules; without one, or with an old one, no alert says nothing.
    elsewhere : tuple of AlertSignal, optional
        Of alerts that the reader is not shown; None for who is shown all.
    own : bool
        Whether the reader is shown alerts at all.
    """

    first: date
    last: date
    lines: tuple[DigestLine, ...]
    older: tuple[DigestLine, ...]
    run: Run | None
    elsewhere: tuple[AlertSignal, ...] | None = None
    own: bool = True


def span(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days of a digest: the last seven, unless they are named.

    Raises
    ------
    UsageError
        They are turned around, too many, or not over yet.
    """
    last = last or today
    first = first or last - (USUAL_DAYS - 1) * _DAY
    if first > last:
        raise UsageError("--from: {first} lies after {last}", "from", first=first, last=last)
    if last > today:
        raise UsageError("--to: {last} lies after today", "to", last=last)
    if (last - first).days >= MOST_DAYS:
        raise UsageError("--from: a digest holds at most {most} days", "from", most=MOST_DAYS)
    return first, last


def digest(database: Database, grant: Grant, first: date, last: date) -> Digest:
    """The digest of a grant's places and programmes, as it leaves the house; of other alerts signals.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    own = disclosed.may_see(grant)
    if own and grant.scope.national:
        elsewhere = None
    else:
        elsewhere = alert_signals.within_days(alert_signals.signals(database, grant), first, last)
    raised = disclosed.shown(grant, _raised(database, grant.scope, first, last))
    older = disclosed.shown(grant, _older(database, grant.scope, first))
    return replace(_made(database, first, last, raised, older), elsewhere=elsewhere, own=own)


def _made(
    database: Database, first: date, last: date, raised: Collection[Alert], older: Collection[Alert]
) -> Digest:
    lines, before = disclosed.leaving(raised), disclosed.leaving(older)
    return Digest(first, last, tuple(lines), tuple(before), register.latest_run(database))


def _raised(database: Database, scope: Scope, first: date, last: date) -> list[Alert]:
    return register.raised_between(database, scope, _begins(first), _begins(last + _DAY))


def _older(database: Database, scope: Scope, first: date) -> list[Alert]:
    begins = _begins(first).astimezone(UTC)
    held = register.listed(database, scope, open_=True)
    return [one for one in held[::-1] if datetime.fromisoformat(one.raised_at) < begins]


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), TIME_ZONE)


def look(database: Database, now: datetime) -> int:
    """Put every digest that is due into the outbox; how many. A second call puts in nothing."""
    held = [one for one in channels.listed(database) if one.timing != "once"]
    made = 0
    for one in held:
        days = digest_days(now.astimezone(TIME_ZONE), one.timing, one.hour, one.digest_until)  # type: ignore[arg-type]
        if days is not None:
            made += channels.put_digest(database, one.id, _for(database, one, days), days, now)
    return made


def _for(
    database: Database, channel: Channel, days: tuple[date, date]
) -> list[tuple[int | None, Mapping[str, Any]]]:
    """What a channel's readers are told: a group lines without people, an account numbers of alerts alone."""
    first, last = days
    if channel.is_group:
        scope = Scope.everything()
        found = _made(
            database,
            first,
            last,
            _chosen(channel, _raised(database, scope, first, last)),
            _chosen(channel, _older(database, scope, first)),
        )
        return [(None, as_detail(found))]
    told: list[tuple[int | None, Mapping[str, Any]]] = []
    for account in recipients.accounts_of(channel, accounts.listed(database)):
        grant = recipients.grant_of(account)
        assert grant is not None  # noqa: S101 - such accounts alone were named
        own = _chosen(channel, disclosed.shown(grant, _raised(database, account.scope, first, last)))
        numbers = [line.number for line in disclosed.leaving(own)]
        told.append(
            (account.number, {"first": first.isoformat(), "last": last.isoformat(), "alerts": numbers})
        )
    return told


def _chosen(channel: Channel, alerts: Collection[Alert]) -> list[Alert]:
    return [
        one
        for one in alerts
        if (channel.diseases is None or one.disease in channel.diseases)
        and (channel.provinces is None or one.province in channel.provinces)
    ]


def as_detail(found: Digest) -> dict[str, Any]:
    """A digest as the outbox keeps it."""

    def rows(lines: tuple[DigestLine, ...]) -> list[list[Any]]:
        return [[one.number, one.disease, one.province, one.raised.isoformat(), one.state] for one in lines]

    ran = None if found.run is None else found.run.made_at
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "lines": rows(found.lines),
        "older": rows(found.older),
        "ran": ran,
    }


def lines_of(detail: Mapping[str, Any], name: str) -> list[DigestLine]:
    """Lines that the outbox kept."""
    return [
        DigestLine(int(number), disease, province, date.fromisoformat(raised), state)
        for number, disease, province, raised, state in detail[name]
    ]
