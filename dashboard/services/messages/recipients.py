"""Who is told of alerts one by one: accounts with a channel of their own, and everybody of a role."""

from __future__ import annotations

from collections.abc import Iterable

from dashboard.permissions import Grant
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import accounts
from db.operations.accounts import AccountFacts
from db.operations.messages import channels
from db.operations.messages.channels import Channel
from db.operations.messages.outbox import Recipient
from surveillance.alerts.rules import Level


def level_of(scope: Scope) -> Level:
    """The level that a scope is responsible for: that of its largest place."""
    if scope.national:
        return "country"
    if scope.provinces:
        return "province"
    return "district" if scope.districts else "facility"


def grant_of(account: AccountFacts) -> Grant | None:
    """What an account may do now; None where it is closed or is shown no alerts."""
    grant = Grant(account.email, account.role, account.scope)
    return grant if account.active and disclosed.may_see(grant) else None


def accounts_of(channel: Channel, known: Iterable[AccountFacts]) -> list[AccountFacts]:
    """The accounts that a channel is for now; a group has none."""
    return [
        one
        for one in known
        if (one.number == channel.account or (channel.role is not None and one.role == channel.role))
        and grant_of(one) is not None
    ]


def at_once(database: Database) -> list[Recipient]:
    """Everybody who is told of alerts one by one."""
    held = [one for one in channels.listed(database) if one.timing == "once" and not one.is_group]
    if not held:
        return []
    known = accounts.listed(database)
    return [
        Recipient(
            one.id,
            account.number,
            account.scope,
            level_of(account.scope),
            one.provinces,
            one.diseases,
            one.urgent,
            one.quiet,
            one.through,
        )
        for one in held
        for account in accounts_of(one, known)
    ]
