"""What desks send, opened and stored; and what a desk shows of the vans that are open.

An entry counts for who made it. The page of a desk is given a voucher of the account that is signed in: it
comes back sealed within each entry, so that another account of the centre may send what the first one made.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from dashboard.permissions import GRANTED, Grant, Permission, Scope
from dashboard.services import store
from dashboard.services.reception import devices, entries, sealed
from dashboard.settings import Settings
from db.core.engine import Database
from db.operations import audit, desk_tags
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UserError

#: Days that a voucher is good for, and how long after it was given an entry may have been made under it.
_VOUCHER_DAYS = 14
_SHIFT = timedelta(hours=14)
_EARLY = timedelta(minutes=10)
#: How long after its arrival a van is shown at the desk.
_SHOWN = timedelta(hours=48)
#: Provinces with keys of their own: the most frequent of the open vans, and these where there are too few.
_OFTEN, _USUAL = 4, ("KH01", "KH02", "KH17", "KH14")


@dataclass(frozen=True)
class Answer:
    """What became of one entry. `given`: a letter or number in place of the one that it asked for."""

    id: str
    taken: bool
    why: tuple[UserError, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Opened:
    entry: dict[str, Any]
    device: str
    maker: Grant
    given: dict[str, Any]


def voucher(database: Database, settings: Settings, grant: Grant, device: str) -> str:
    """What an entry says of who made it: signed, and of no use but within a sealed entry of this device."""
    said = {"a": grant.actor, "r": grant.role, "s": grant.scope.text, "d": device}
    return str(_signer(database, settings).dumps(said))


def take(database: Database, settings: Settings, grant: Grant, text: str, now: datetime) -> list[Answer]:
    """Open and store what a desk sends; one answer for each envelope, in their order.

    Raises
    ------
    UsageError
        It is no list of envelopes.
    NotPermittedError
        The grant does not receive arrivals.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    pairs = sealed.held(database, settings)
    answers: list[Answer] = []
    opened: list[tuple[int, _Opened]] = []
    for envelope in sealed.read(text):
        if isinstance(envelope, tuple):
            answers.append(Answer(envelope[0], False, (envelope[1],)))
            continue
        answers.append(Answer(envelope.id, False))
        try:
            device = devices.taken_from(database, grant, envelope.device)
            entry = sealed.opened(envelope, pairs)
            maker = _maker(database, settings, grant, device.id, entry)
            opened.append((len(answers) - 1, _Opened(entry, device.id, maker, _tags(database, maker, entry))))
        except UserError as error:
            answers[-1] = Answer(envelope.id, False, (error,))
    for (device_id, maker), some in groupby(opened, lambda one: (one[1].device, one[1].maker)):
        batch = list(some)
        found = entries.receive(database, maker, [one.entry for _, one in batch], now=now, device=device_id)
        for (place, one), receipt in zip(batch, found, strict=True):
            taken = receipt.status in ("accepted", "held")
            answers[place] = Answer(answers[place].id, taken, tuple(receipt.reasons), one.given)
    return answers


def discard(database: Database, grant: Grant, text: str) -> int:
    """Note in the trail that a desk discards entries which were not taken; how many."""
    grant.check(Permission.RECEIVE_ARRIVALS)
    known = [one for one in sealed.read(text) if not isinstance(one, tuple)]
    for one in known:
        audit.record(database, grant.actor, "desk entry discarded", {"entry": one.id, "device": one.device})
    return len(known)


def state(database: Database, grant: Grant, crossing: str, now: datetime) -> dict[str, Any]:
    """The vans that are open at a crossing, with their people, as the desk's page holds them."""
    today = now.astimezone(TIME_ZONE)
    earliest = (today - _SHOWN).strftime("%Y-%m-%dT%H:%M")
    found = entries.vans(database, grant, crossing, (today - _SHOWN).date(), today.date(), still_open=True)
    shown = [
        {
            "id": van.id,
            "crossing": van.crossing,
            "fields": dict(van.fields),
            "marks": _records(van.marks),
            "people": [
                {"id": one.id, "number": one.number, "records": _records(one.records)} for one in van.people
            ],
        }
        for van in found
        if not van.fields.get("closed_at") and str(van.fields.get("arrived_at") or "") >= earliest
    ]
    return {"vans": shown, "often": _often(shown)}


def digest(told: Mapping[str, Any]) -> str:
    """A short name of what a desk was told: the same where nothing changed."""
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _records(told: Mapping[tuple[str, str], Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{kind}/{item}" if item else kind: dict(fields) for (kind, item), fields in told.items()}


def _often(vans: Sequence[Mapping[str, Any]]) -> list[str]:
    homes = Counter(
        str(one["records"].get("arrival", {}).get("province_home") or "")
        for van in vans
        for one in van["people"]
    )
    ranked = [code for code, _ in homes.most_common() if code.startswith("KH")]
    return list(dict.fromkeys([*ranked[:_OFTEN], *_USUAL]))[:_OFTEN]


def _tags(database: Database, grant: Grant, entry: dict[str, Any]) -> dict[str, Any]:
    """Give a van its letter and a person the number, each once; the entry is changed where another has it."""
    fields = entry.get("fields")
    subject, van, crossing = (str(entry.get(name)) for name in ("subject", "van", "crossing"))
    if not isinstance(fields, dict) or crossing not in devices.crossings(grant):
        return {}
    if entry.get("kind") == "van" and isinstance(fields.get("letter"), str):
        day = str(fields.get("arrived_at"))[:10]
        name, asked = "letter", fields["letter"]
        given: Any = desk_tags.give(database, f"{crossing} {day}", subject, asked, desk_tags.next_letter)
    elif entry.get("kind") == "arrival" and type(fields.get("number")) is int:
        name, asked = "number", fields["number"]
        given = int(desk_tags.give(database, van, subject, str(asked), desk_tags.next_number))
    else:
        return {}
    fields[name] = given
    return {} if given == asked else {name: given}


def _maker(
    database: Database, settings: Settings, sender: Grant, device: str, entry: dict[str, Any]
) -> Grant:
    """Who made an entry: the account of its voucher, else who sends it."""
    given = entry.pop("by", None)
    if not isinstance(given, str) or not given:
        return sender
    try:
        said, at = _signer(database, settings).loads(
            given, max_age=_VOUCHER_DAYS * 86400, return_timestamp=True
        )
        made = datetime.fromisoformat(str(entry.get("made_at")))
        if said["d"] != device or said["r"] not in GRANTED or not at - _EARLY <= made <= at + _SHIFT:
            return sender
        return replace(sender, actor=said["a"], role=said["r"], scope=Scope.read(said["s"]))
    except (BadSignature, ValueError, TypeError, KeyError):
        return sender


def _signer(database: Database, settings: Settings) -> URLSafeTimedSerializer:
    secret = store.secret_for_server(settings, store.is_demo(database))
    return URLSafeTimedSerializer(secret, salt="chhlang desk: who made an entry")
