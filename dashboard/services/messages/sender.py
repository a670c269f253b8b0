"""The sender: takes one message after the other, looks whether it still may go, and lets it go out once.

That it goes out is written down before anything leaves. Refused for now, it waits, longer each time; refused
for good, it is given up; handed over and not answered, or its sender lost meanwhile, a person decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from dashboard.services import leases, store
from dashboard.services.disclosure import alerts as disclosed
from dashboard.services.leases import Ended, Pulse, Work
from dashboard.services.messages import addresses, recipients, sealing, transport, wording
from dashboard.services.messages.transport import Outcome
from dashboard.settings import Settings
from db.core.engine import Database
from db.operations import accounts
from db.operations import alerts as register
from db.operations.accounts import AccountFacts
from db.operations.lease_queue import CANCELLED, DONE, FAILED
from db.operations.messages import channels, outbox
from db.operations.messages.channels import Channel, Gateway
from db.operations.messages.outbox import LATER, UNSURE, Message
from surveillance.alerts.telling import TOO_OLD, next_try
from surveillance.errors import UserError

#: Why a message does not go out.
OLD, GONE, OTHER_KEY, FAULT = "old", "gone", "other_key", "fault"
#: Sends by an address: title, text, hosts.
Send = Callable[[str, str, str, Iterable[str]], Outcome]


def wanted(database: Database, settings: Settings) -> bool:
    """Whether a message is to go out: none is while no host is allowed."""
    return bool(settings.message_hosts) and outbox.wanted(database, datetime.now(UTC))


def work(database: Database, settings: Settings, send: Send = transport.send) -> bool:
    """Take the next message and let it go out; whether there was one."""
    if not settings.message_hosts:
        return False
    taken = leases.claimed(lambda: outbox.claim(database, datetime.now(UTC)))
    if taken is None:
        return False
    leases.attend(_Sending(database, settings, taken, send))
    return True


class _MessagePulse(Pulse):
    """The pulse of a message."""

    def __init__(self, database: Database, number: int) -> None:
        super().__init__(f"message {number}")
        self._database, self._number = database, number

    def beat(self) -> bool:
        """Renew the lease; whether to go on."""
        return outbox.pulse(self._database, self._number)


class _Sending(Work):
    """One message, from taken to its end."""

    def __init__(self, database: Database, settings: Settings, taken: Message, send: Send) -> None:
        self._database, self._settings, self._message, self._send = database, settings, taken, send
        self._going_out = False
        self.pulse: Pulse = _MessagePulse(database, taken.id)

    def do(self) -> Ended | None:
        """Look whether it still may go, and let it go."""
        held = self._message
        now = datetime.now(UTC)
        if now - datetime.fromisoformat(held.made_at) > TOO_OLD:
            return Ended(FAILED, {"reason": OLD})
        ready = self._ready()
        if isinstance(ready, Ended):
            return ready
        address, said = ready
        if not outbox.begin(self._database, held.id):
            return Ended(CANCELLED, {"reason": outbox.ENDED})
        self._going_out = True
        outcome = self._send(address, said.title, said.body, self._settings.message_hosts)
        return _ended(outcome, held.tries + 1)

    def _ready(self) -> Ended | tuple[str, wording.Said]:
        """The address and the words of the message; or why it does not go."""
        held = self._message
        channel = channels.named(self._database, [held.channel]).get(held.channel)
        gateway = None if channel is None else channels.gateway(self._database, channel.gateway)
        if channel is None or channel.ended_at is not None or gateway is None:
            return Ended(CANCELLED, {"reason": outbox.ENDED})
        detail = dict(held.detail)
        account = None
        if not channel.is_group:
            account = _account(self._database, channel, held)
            grant = None if account is None else recipients.grant_of(account)
            if account is None or grant is None:
                return Ended(CANCELLED, {"reason": GONE})
            if detail.get("alerts"):
                numbers = register.of_numbers(self._database, account.scope, detail["alerts"])
                detail["alerts"] = [one.number for one in disclosed.leaving(disclosed.shown(grant, numbers))]
                if not detail["alerts"]:
                    return Ended(CANCELLED, {"reason": GONE})
        address = self._address(channel, gateway, account)
        if address is None:
            return Ended(FAILED, {"reason": OTHER_KEY})
        said = wording.said(
            held.kind, detail, channel.language, self._settings.address, group=channel.is_group
        )
        return address, said

    def _address(self, channel: Channel, gateway: Gateway, account: AccountFacts | None) -> str | None:
        """The address that reaches the recipient; None where it was sealed under another key."""
        key = store.secret_for_server(self._settings, store.is_demo(self._database))
        way = sealing.opened(key, gateway.sealed)
        to = sealing.opened(key, channel.sealed) if channel.role is None else account and account.email
        if way is None or not to:
            return None
        return addresses.complete(way, gateway.kind, to, reference(self._message))

    def refused(self, error: UserError) -> Ended:
        """The disk or the database refused: before anything left it waits, afterwards nobody knows."""
        return self._broken()

    def broken(self, error: Exception, reference: str) -> Ended:
        """A fault of ours."""
        return self._broken()

    def _broken(self) -> Ended:
        if self._going_out:
            return Ended(UNSURE, {"reason": FAULT})
        return _ended(Outcome(transport.LATER, FAULT), self._message.tries + 1)

    def leave(self, ended: Ended) -> None:
        """Store the end. One that is stopped while it goes out is not cancelled: it may have gone."""
        status, values = ended.status, dict(ended.values)
        if status == CANCELLED and self._going_out:
            status, values = UNSURE, {"reason": outbox.KILLED}
        outbox.close(self._database, self._message.id, status, **values)


def reference(held: Message) -> str:
    """What marks a message: the same at each attempt."""
    return hashlib.sha256(held.key.encode()).hexdigest()[:24]


def _account(database: Database, channel: Channel, held: Message) -> AccountFacts | None:
    """The account that a message is for, where the channel is still for it."""
    known = recipients.accounts_of(channel, accounts.listed(database))
    return next((one for one in known if one.number == held.account), None)


def _ended(outcome: Outcome, tries: int) -> Ended:
    said: dict[str, Any] = {"reason": outcome.reason or None, "code": outcome.code, "tries": tries}
    if outcome.kind == transport.SENT:
        return Ended(DONE, said)
    if outcome.kind == transport.UNSURE:
        return Ended(UNSURE, said)
    pause = next_try(tries) if outcome.kind == transport.LATER else None
    if pause is None:
        return Ended(FAILED, said)
    return Ended(LATER, said | {"due": datetime.now(UTC) + pause})
