"""What people do with messages: their own channels, the ways out, groups and roles, and what got stuck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboard.messages import LANGUAGES
from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services import store
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.messages import addresses, recipients, sealing, transport
from dashboard.settings import Settings
from db.core.engine import Database, write_transaction
from db.operations import accounts
from db.operations.messages import channels, outbox
from db.operations.messages.channels import Channel, Gateway
from db.operations.messages.outbox import Message
from geodata.provinces import PROVINCES
from surveillance.alerts.rules import RULES
from surveillance.alerts.telling import TIMINGS
from surveillance.errors import NotPermittedError, UsageError
from surveillance.texts import one_line

__all__ = ["Channel", "Gateway", "Given", "Message", "Sending"]
#: Channels of one account, messages on a page, and the longest name.
MOST_CHANNELS, SHOWN, LONGEST = 5, 100, 80
_HIGHEST = 2**31 - 1
_OWNS = frozenset({Permission.RUN_CLUSTERS, Permission.SEE_SMALL_COUNTS})
#: Roles that are shown alerts.
ROLES = tuple(role for role, may in GRANTED.items() if role != "custodian" and may >= _OWNS)
#: Diseases that have a rule.
DISEASES = tuple(dict.fromkeys(rule.disease for rule in RULES.values()))


@dataclass(frozen=True)
class Given:
    """What a form says of a channel; every value is a text as it was typed."""

    gateway: str = ""
    to: str = ""
    name: str = ""
    role: str = ""
    language: str = ""
    timing: str = ""
    hour: str = ""
    quiet_from: str = ""
    quiet_to: str = ""
    urgent: bool = False
    through: bool = False
    provinces: Sequence[str] = ()
    diseases: Sequence[str] = ()


@dataclass(frozen=True)
class Sending:
    """Whether messages go out at all."""

    hosts: tuple[str, ...]
    apprise: bool


def sending(settings: Settings) -> Sending:
    """Whether messages go out at all, and to which hosts."""
    return Sending(settings.message_hosts, transport.is_there())


def may_have(grant: Grant) -> bool:
    """Whether an account may be told of alerts."""
    return disclosed.may_see(grant)


def check_administers(grant: Grant) -> None:
    """Refuse who does not look after the messages of the whole server.

    Raises
    ------
    NotPermittedError
        The grant does not manage accounts, or not of the whole country and every programme.
    """
    grant.check(Permission.MANAGE_ACCOUNTS)
    if not grant.scope.whole:
        raise NotPermittedError("messages are looked after by administrators of the whole country")


def own(database: Database, grant: Grant) -> list[Channel]:
    """The channels of the account that asks.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    """
    return channels.listed(database, account=_own_number(database, grant))


def own_messages(database: Database, grant: Grant, limit: int = 10) -> list[Message]:
    """The newest messages to the account that asks."""
    number = _own_number(database, grant)
    held = outbox.listed(database, channels=[one.id for one in channels.listed(database, account=number)])
    return sorted(held, key=lambda one: -one.id)[:limit]


def add_own(database: Database, grant: Grant, settings: Settings, given: Given) -> int:
    """Add a channel to the account that asks.

    Raises
    ------
    NotPermittedError
        The grant may not be shown alerts.
    UsageError
        Something of it will not do; says what.
    """
    number = _own_number(database, grant)
    if len(channels.listed(database, account=number)) >= MOST_CHANNELS:
        raise UsageError("an account has at most {most} channels: end one first", most=MOST_CHANNELS)
    values = _read(database, settings, given, needs_name=False)
    return channels.add(database, grant.actor, values | {"account": number, "name": grant.actor[:LONGEST]})


def end_own(database: Database, grant: Grant, channel: int) -> bool:
    """End a channel of the account that asks; whether there was one."""
    return _is_number(channel) and channels.end(
        database, grant.actor, channel, account=_own_number(database, grant)
    )


def test_own(database: Database, grant: Grant, channel: int) -> bool:
    """Put a test message in for a channel of the account that asks; whether there is one."""
    number = _own_number(database, grant)
    held = [one for one in channels.listed(database, account=number) if one.id == channel]
    return bool(held) and _put_test(database, held[0], number)


def _own_number(database: Database, grant: Grant) -> int:
    for permission in _OWNS:
        grant.check(permission)
    number = accounts.number_of(database, grant.actor)
    if number is None:
        raise UsageError("there is no account for {email}", email=grant.actor[:255])
    return number


def ways(database: Database) -> list[Gateway]:
    """Ways out that are in use; whoever shows them shows no address."""
    return channels.gateways(database)


def add_way(database: Database, grant: Grant, settings: Settings, name: str, address: str) -> int:
    """Add a way out.

    Raises
    ------
    NotPermittedError
        The grant does not look after messages.
    UsageError
        The name or the address will not do; says why, and nothing of the address.
    """
    check_administers(grant)
    checked = addresses.check(address)
    values = {
        "kind": checked.kind,
        "host": checked.host,
        "name": _name(name),
        "sealed": sealing.seal(_key(database, settings), address.strip()),
    }
    return channels.add_gateway(database, grant.actor, values)


def end_way(database: Database, grant: Grant, number: int) -> bool:
    """End a way out and every channel that uses it; whether there was one."""
    check_administers(grant)
    return _is_number(number) and channels.end_gateway(database, grant.actor, number)


def groups(database: Database, grant: Grant) -> list[Channel]:
    """Channels of groups and roles."""
    check_administers(grant)
    return [one for one in channels.listed(database) if one.account is None]


def add_group(database: Database, grant: Grant, settings: Settings, given: Given) -> int:
    """Add a group, which gets digests, or a role, whose people are told at the addresses of their accounts.

    Raises
    ------
    NotPermittedError
        The grant does not look after messages.
    UsageError
        Something of it will not do; says what.
    """
    check_administers(grant)
    if given.role and given.role not in ROLES:
        raise UsageError("role: choose a role that is shown alerts", "role")
    if not given.role and given.timing == "once":
        raise UsageError("timing: a group gets a digest, of each day or each week", "timing")
    values = _read(database, settings, given, needs_name=True)
    return channels.add(database, grant.actor, values | {"role": given.role or None})


def end_group(database: Database, grant: Grant, channel: int) -> bool:
    """End a channel of a group or a role; whether there was one."""
    held = [one.id for one in groups(database, grant)]
    return channel in held and channels.end(database, grant.actor, channel)


def test_group(database: Database, grant: Grant, channel: int) -> bool:
    """Put a test message in for a group; whether there is one."""
    held = [one for one in groups(database, grant) if one.id == channel and one.is_group]
    return bool(held) and _put_test(database, held[0], None)


def _put_test(database: Database, channel: Channel, account: int | None) -> bool:
    now = datetime.now(UTC)
    key = f"{outbox.TEST}:{now.timestamp():.0f}:{channel.id}:{account or ''}"
    with write_transaction(database.operations) as connection:
        outbox.put(connection, key, channel.id, account, outbox.TEST, {}, now, now)
    return True


@dataclass(frozen=True)
class Kept:
    """The outbox as it stands: messages, whom each is for, and how many there are in each status."""

    messages: tuple[Message, ...]
    names: Mapping[int, str]
    counts: Mapping[str, int]


def kept(database: Database, grant: Grant, limit: int | None = SHOWN) -> Kept:
    """The outbox: what a person has to decide first, then the newest.

    Raises
    ------
    NotPermittedError
        The grant does not look after messages.
    """
    check_administers(grant)
    held = outbox.listed(database, limit)
    named = channels.named(database, list({one.channel for one in held}))
    people = accounts.names(database, {one.account for one in held if one.account is not None})
    names = {
        one.id: people.get(one.account, "") if one.account is not None else named[one.channel].name
        for one in held
    }
    return Kept(tuple(held), names, outbox.counts(database))


def send_again(database: Database, grant: Grant, message: int) -> bool:
    """Let a message that failed or is unsure go out once more; whether there was one."""
    check_administers(grant)
    return _is_number(message) and outbox.again(database, message, grant.actor)


def settle(database: Database, grant: Grant, message: int) -> bool:
    """Close a message that failed or is unsure, since it arrived or need not; whether there was one."""
    check_administers(grant)
    return _is_number(message) and outbox.arrived(database, message, grant.actor)


def _is_number(number: int) -> bool:
    return 0 < number <= _HIGHEST


def _key(database: Database, settings: Settings) -> str:
    return store.secret_for_server(settings, store.is_demo(database))


def _read(database: Database, settings: Settings, given: Given, *, needs_name: bool) -> dict[str, Any]:
    """A channel as it is stored, from the texts of a form."""
    by_number = {str(one.id): one for one in channels.gateways(database)}
    way = by_number.get(given.gateway)
    if way is None:
        raise UsageError("gateway: choose one of the list", "gateway")
    if given.role and way.kind != addresses.MAIL:
        raise UsageError("gateway: people of a role are told by e-mail", "gateway")
    to = None if given.role else addresses.check_recipient(way.kind, given.to)
    if given.timing not in TIMINGS:
        raise UsageError("timing: choose one of the list", "timing")
    if given.language not in LANGUAGES:
        raise UsageError("language: choose one of the list", "language")
    quiet = [_hour(given.quiet_from, "quiet_from"), _hour(given.quiet_to, "quiet_to")]
    if (quiet[0] is None) != (quiet[1] is None):
        raise UsageError("quiet_from: give both hours of the quiet, or none", "quiet_from")
    return {
        "account": None,
        "role": None,
        "name": _name(given.name) if needs_name else "",
        "gateway": way.id,
        "sealed": None if to is None else sealing.seal(_key(database, settings), to),
        "shown": "" if to is None else addresses.tail(to),
        "language": given.language,
        "timing": given.timing,
        "hour": _hour(given.hour, "hour") or 0,
        "urgent": given.urgent,
        "quiet_from": quiet[0],
        "quiet_to": quiet[1],
        "through": given.through,
        "provinces": _codes(given.provinces, PROVINCES, "provinces"),
        "diseases": _codes(given.diseases, DISEASES, "diseases"),
    }


def _hour(text: str, name: str) -> int | None:
    if not text.strip():
        return None
    if not (text.isascii() and text.isdigit() and int(text) < 24):
        raise UsageError("{name}: give an hour from 0 to 23", name, name=name)
    return int(text)


def _codes(given: Sequence[str], known: Any, name: str) -> list[str] | None:
    wrong = [code for code in given if code not in known]
    if wrong:
        raise UsageError("{name}: choose from the list", name, name=name)
    return sorted(set(given)) or None


def _name(text: str) -> str:
    name = one_line(text)
    if not 0 < len(name) <= LONGEST:
        raise UsageError("name: write between 1 and {most} characters", "name", most=LONGEST)
    return name


def level_of(grant: Grant) -> str:
    """The level at which alerts come up to an account."""
    return recipients.level_of(grant.scope)
