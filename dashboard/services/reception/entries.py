"""What the stations of a reception centre enter, and reading it back, within permission and scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal

from dashboard.permissions import Grant, Permission
from dashboard.services.places import districts
from db.core.engine import Database
from db.reception import read, store
from db.reception.store import Record
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.errors import NotPermittedError, QuestionError, UsageError, UserError
from surveillance.reception import entries as pure
from surveillance.reception.entries import Entry, Places
from surveillance.reception.kinds import KINDS, private_fields
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN

#: Entries that are received at a time: a tablet that was without a connection for a day has fewer.
MOST = 5_000
#: Codes that fields of a place may have.
PLACES = Places(frozenset(PROVINCES) | {"abroad", UNKNOWN}, frozenset(ALL_CROSSINGS))

#: Why an entry about an old record is refused.
SEALED = N_("this record is too old: only its sums are kept")
Status = Literal["accepted", "held", "refused"]
#: Current fields of the records of a subject, by kind and item.
Records = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Receipt:
    """What became of one entry. `id` is blank where it has none that can be read."""

    id: str
    status: Status
    reasons: tuple[UserError, ...] = ()


@dataclass(frozen=True)
class Person:
    """One person of a van, with the records that stand."""

    id: str
    tag: str
    number: int | None
    records: Records
    van: Records = field(default_factory=dict)

    def had(self, item: str, kind: str = "service") -> bool:
        """Whether the person had a service or session: by a record of hers, or by a mark on the van."""
        own = self.records.get((kind, item), {})
        if own.get("given_at") or own.get("held_at") or own.get("done"):
            return True
        mark = self.van.get((kind, item), {})
        return bool(mark.get("given_at") or mark.get("held_at")) and self.id not in mark.get("except", ())


@dataclass(frozen=True)
class Van:
    """A van with the marks on it and its people, by number."""

    id: str
    crossing: str
    day: date
    fields: Mapping[str, Any]
    marks: Records = field(default_factory=dict)
    people: tuple[Person, ...] = ()

    @property
    def arrived_at(self) -> datetime | None:
        """When it came, by the clock of Phnom Penh; None where nobody has said."""
        text = self.fields.get("arrived_at")
        return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True)
class Version:
    """One entry of the history of a record."""

    id: str
    made_at: datetime
    received_at: datetime
    author: str
    station: str
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Referral:
    """One referral of a person."""

    subject: str
    id: str
    van: str
    crossing: str
    day: date
    fields: Mapping[str, Any]


def receive(
    database: Database, grant: Grant, entries: Iterable[object], *, now: datetime, device: str = ""
) -> list[Receipt]:
    """Store what the stations entered; a refused entry keeps no other out.

    Parameters
    ----------
    entries
        As devices send them (`surveillance.reception.entries.read`), at most :data:`MOST`.
    now
        The moment of receipt, with its zone.
    device
        Which device sealed them, where one did.

    Returns
    -------
    list of Receipt
        One for each entry, in their order.

    Raises
    ------
    NotPermittedError
        The grant does not receive arrivals.
    UsageError
        There are too many at a time.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    given = list(entries)
    if len(given) > MOST:
        raise UsageError("send at most {most} entries at a time", most=MOST)
    places = PLACES
    if any(isinstance(raw, Mapping) and raw.get("kind") == "contact" for raw in given):
        known = districts.of_provinces(database)
        places = replace(PLACES, districts={name for names in known.values() for name in names})
    receipts: list[Receipt | None] = []
    good: list[Entry] = []
    for raw in given:
        try:
            entry = pure.read(raw, places)
            _check(grant, entry)
        except (QuestionError, NotPermittedError) as error:
            receipts.append(_refused(raw, error))
        else:
            good.append(entry)
            receipts.append(None)
    with store.writing(database) as connection:
        held = read.crossings_of(connection, {one.subject for one in good} | {one.van for one in good})
        allowed: list[Entry] = []
        kept_out: dict[int, Receipt] = {}
        for entry in good:
            gates = held.get(entry.subject, set()) | held.get(entry.van, set())
            if all(may_see(grant, gate) for gate in gates):
                allowed.append(entry)
            else:
                refusal = NotPermittedError("this record is of another crossing than those of your account")
                kept_out[id(entry)] = Receipt(entry.id, "refused", (refusal,))
        outcomes = store.store(connection, allowed, author=grant.actor, device=device, received=now)
    became = {id(one): _receipt(one, outcome) for one, outcome in zip(allowed, outcomes, strict=True)}
    became |= kept_out
    rest = iter(good)
    return [one if one is not None else became[id(next(rest))] for one in receipts]


def may_see(grant: Grant, crossing: str) -> bool:
    """Whether a crossing is one of the grant's: by itself, or by its province.

    What came by no gate (informal route, airport, unknown) is everybody's who receives.
    """
    scope = grant.scope
    gate = ALL_CROSSINGS.get(crossing)
    if scope.national or crossing in scope.crossings:
        return True
    if gate is None:
        return False
    return gate.kind == "special" or (gate.pcode is not None and scope.holds(gate.pcode))


def vans(
    database: Database, grant: Grant, crossing: str, since: date, until: date, *, still_open: bool = False
) -> list[Van]:
    """Vans of a crossing that came on some days, each with its people, the newest first.

    Parameters
    ----------
    still_open : bool
        Those alone whose people are not all entered.

    Raises
    ------
    NotPermittedError
        The grant does not receive arrivals, or not at this crossing.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    _check_crossing(grant, crossing)
    with database.operations.connect() as connection:
        found = read.between(connection, "van", [crossing], since, until)
        standing = [one for one in found if not one.withdrawn]
        if still_open:
            standing = [one for one in standing if not one.values.get("closed_at")]
        rows = read.of_vans(connection, [one.subject for one in standing])
    groups: dict[str, list[Record]] = {}
    for row in rows:
        groups.setdefault(row.van, []).append(row)
    made = [one for one in (_van(grant, group) for group in groups.values()) if one is not None]
    return sorted(made, key=lambda one: (one.fields.get("arrived_at", ""), one.id), reverse=True)


def van(database: Database, grant: Grant, number: str) -> Van | None:
    """One van with its people; None where it is absent, or of another crossing.

    Raises
    ------
    NotPermittedError
        The grant does not receive arrivals.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    with database.operations.connect() as connection:
        found = _van(grant, read.of_van(connection, number))
    return found if found is not None and may_see(grant, found.crossing) else None


def history(database: Database, grant: Grant, kind: str, subject: str, item: str = "") -> list[Version]:
    """The entries of a record, the newest first; none where it is absent, or of another crossing.

    Raises
    ------
    NotPermittedError
        The grant does not receive arrivals, or the kind is for nurses alone.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    if kind not in KINDS:
        return []
    if KINDS[kind].private:
        grant.check(Permission.READ_REFERRALS)
    with database.operations.connect() as connection:
        held = read.crossings_of(connection, [subject]).get(subject, set())
        if not held or not all(may_see(grant, place) for place in held):
            return []
        found = read.versions(connection, kind, subject, item)
    return [
        Version(
            one.entry.id,
            one.entry.made_at,
            datetime.fromisoformat(one.received_at),
            one.author,
            one.entry.station,
            _shown(grant, kind, one.entry.fields),
        )
        for one in found
    ]


def referrals(
    database: Database, grant: Grant, crossing: str | None, since: date, until: date
) -> list[Referral]:
    """Referrals that stand of a crossing, or of every one of the grant's, by the day they were sent.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals, or not of this crossing.
    """
    grant.check(Permission.READ_REFERRALS)
    if crossing is not None:
        _check_crossing(grant, crossing)
    wanted = [crossing] if crossing else [code for code in ALL_CROSSINGS if may_see(grant, code)]
    with database.operations.connect() as connection:
        found = read.between(connection, "referral", wanted, since, until)
    return [_referral(one) for one in sorted(found, key=lambda one: (one.day, one.item)) if not one.withdrawn]


#: What a partner is shown of a referral, and what a partner answers.
PARTNER_SEES = ("partner", "urgency", "direction", "sent_at", "arrived_at", "outcome", "outcome_at")
PARTNER_WRITES = frozenset({"arrived_at", "outcome", "outcome_at"})


def by_slip(database: Database, grant: Grant, slip: str) -> Referral | None:
    """The referral of a slip, where it is to a partner of the account; without medicine, purpose, register.

    Raises
    ------
    NotPermittedError
        The grant does not answer referrals.
    """
    grant.check(Permission.ANSWER_REFERRALS)
    with database.operations.connect() as connection:
        found = read.by_slip(connection, slip, grant.scope.partners)
    if found is None:
        return None
    shown = _referral(found)
    fields = {name: value for name, value in shown.fields.items() if name in PARTNER_SEES}
    return Referral("", shown.id, "", "", shown.day, fields)


def answer(
    database: Database, grant: Grant, slip: str, fields: Mapping[str, Any], *, entry: str, now: datetime
) -> Receipt:
    """Store what a partner says of a person who came with a slip.

    Parameters
    ----------
    fields
        Some of :data:`PARTNER_WRITES`.
    entry
        The answer's own id, made once with the form: a second sending is held.

    Raises
    ------
    NotPermittedError
        The grant does not answer referrals.
    """
    grant.check(Permission.ANSWER_REFERRALS)
    with store.writing(database) as connection:
        found = read.by_slip(connection, slip, grant.scope.partners)
        if found is None or not set(fields) <= PARTNER_WRITES:
            text = "there is no such code among those referred to you"
            wrong = UsageError(text) if found is None else UsageError("write the day or the outcome alone")
            return Receipt(entry, "refused", (wrong,))
        raw = {
            "id": entry,
            "kind": found.kind,
            "subject": found.subject,
            "item": found.item,
            "van": found.van,
            "crossing": found.crossing,
            "station": "partner",
            "made_at": now.astimezone(UTC).isoformat(),
            "fields": dict(fields),
        }
        try:
            made = pure.read(raw, PLACES)
        except QuestionError as error:
            return _refused(raw, error)
        outcomes = store.store(connection, [made], author=grant.actor, device="", received=now)
    return _receipt(made, outcomes[0])


def _check(grant: Grant, entry: Entry) -> None:
    """Refuse what the grant may not enter."""
    if entry.station == "partner":
        raise NotPermittedError("a partner answers on the partner's own page")
    if not may_see(grant, entry.crossing):
        raise NotPermittedError("this crossing is none of your account's")
    private = any((entry.kind, name) in private_fields() for name in entry.fields)
    if private or KINDS[entry.kind].private:
        grant.check(Permission.READ_REFERRALS)


def _check_crossing(grant: Grant, crossing: str) -> None:
    if not may_see(grant, crossing):
        raise NotPermittedError("this crossing is none of your account's")


def _refused(raw: object, error: UserError) -> Receipt:
    number = raw.get("id", "") if isinstance(raw, Mapping) else ""
    reasons = tuple(error.faults) if isinstance(error, QuestionError) else (error,)
    return Receipt(number if pure.is_id(number) else "", "refused", reasons)


def _receipt(entry: Entry, outcome: str) -> Receipt:
    if outcome == store.DIFFERS:
        error = UsageError("another entry with this number is held; enter it again")
        return Receipt(entry.id, "refused", (error,))
    if outcome == store.SEALED:
        return Receipt(entry.id, "refused", (UsageError(SEALED),))
    return Receipt(entry.id, "accepted" if outcome == store.ACCEPTED else "held")


def _shown(grant: Grant, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that a grant may see."""
    if grant.can(Permission.READ_REFERRALS):
        return dict(fields)
    private = private_fields()
    return {name: value for name, value in fields.items() if (kind, name) not in private}


def _van(grant: Grant, rows: Sequence[Record]) -> Van | None:
    own = next((row for row in rows if row.kind == "van"), None)
    if own is None or own.withdrawn:
        return None
    fields = own.values
    letter = fields.get("letter", "")
    standing: dict[str, dict[tuple[str, str], Mapping[str, Any]]] = {}
    nurse = grant.can(Permission.READ_REFERRALS)
    for row in rows:
        if not row.withdrawn and (nurse or not KINDS[row.kind].private):
            shown = _shown(grant, row.kind, row.values)
            standing.setdefault(row.subject, {})[row.kind, row.item] = shown
    marks = {key: said for key, said in standing.pop(own.subject, {}).items() if key[0] != "van"}
    people = []
    for subject, records in standing.items():
        number = records.get(("arrival", ""), {}).get("number")
        tag = f"{letter}-{number}" if letter and number else str(number or "")
        people.append(Person(subject, tag, number, records, marks))
    people.sort(key=lambda one: (one.number is None, one.number or 0, one.id))
    return Van(own.subject, own.crossing, own.day, fields, marks, tuple(people))


def _referral(row: Record) -> Referral:
    return Referral(row.subject, row.item, row.van, row.crossing, row.day, row.values)
