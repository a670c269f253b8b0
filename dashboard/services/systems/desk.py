"""What people do with other systems: connect one, ask it for a pull, look at what came, end it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.imports import saved_mappings
from dashboard.services.systems import credentials
from dashboard.services.systems.client import authorization, check_address
from dashboard.services.systems.pulling import REJECTED, totals
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings, system_credential
from db.core.engine import Database
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.model import value_key
from db.intake.systems.definition import DHIS2, KINDS, KOBO, ODK, Definition, read_definition
from db.operations import accounts
from db.operations.lease_queue import moment
from db.operations.systems import connected, pulls
from db.operations.systems.connected import Item, System
from db.operations.systems.pulls import Page, Pull
from surveillance.errors import MappingError, NotPermittedError, UsageError
from surveillance.reception.file_kinds import LINE_LIST

__all__ = ["DHIS2", "KINDS", "KOBO", "ODK", "Item", "Page", "Pull", "Standing", "System"]
#: What may become of rows: of files, of facilities and names.
OUTCOMES = (
    "rows",
    "accepted",
    "amended",
    "withdrawn",
    "duplicate",
    "rejected",
    "added",
    "changed",
    "unchanged",
)
#: Before the last whole pull, from when on changes are asked for again: clocks and time zones differ.
OVERLAP = timedelta(days=2)
#: Pulls of one system that are listed.
LISTED = 10


@dataclass(frozen=True)
class Standing:
    """How one system stands: its definition, the newest pull, what became of its rows, when all last came."""

    system: System
    definition: Definition
    newest: Pull | None
    counts: Mapping[str, int]
    whole: Pull | None


def check(grant: Grant) -> None:
    """Refuse who may not connect or ask other systems: those who import files of the whole country may.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or answers for some places only.
    """
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.national:
        raise NotPermittedError(
            "other systems hold records of every province; your account is for some places, so it may not "
            "pull them"
        )


def check_looks(grant: Grant) -> None:
    """Refuse who may not see what was pulled.

    Raises
    ------
    NotPermittedError
        The grant does not hold it, or not for the whole country.
    """
    grant.check(Permission.SEE_SYSTEMS)
    if not grant.scope.whole:
        raise NotPermittedError("other systems are looked after for the whole country")


def connect(
    database: Database,
    grant: Grant,
    settings: Settings,
    text: bytes,
    file: str,
    credential: str | None,
    kinds: Collection[str] = KINDS,
) -> System:
    """Connect a system by its text, or change what is pulled from one.

    Parameters
    ----------
    credential : str, optional
        What it is asked with; without one, what was given before stays, or the environment has it.

    Raises
    ------
    NotPermittedError
        The grant may not.
    MappingError
        The text, or a mapping that it names, cannot be used.
    UsageError, OtherSystemError
        The address or the credential will not do; says why, and nothing of the credential.
    """
    check(grant)
    definition = read_definition(text, file)
    if definition.kind not in kinds:
        raise MappingError("{file}: kind: needs one of {kinds}", file=file, kinds=", ".join(kinds))
    check_address(definition.address, settings.system_hosts)
    _check_mappings(database, definition)
    given = credential if credential is not None else system_credential(definition.name)
    held = connected.named(database, definition.name)
    if given is not None:
        authorization(definition.kind, given)
    elif held is None or held.sealed is None:
        raise UsageError("credential: give what the system is to be asked with", "credential")
    sealed = None if credential is None else credentials.sealed(database, settings, credential)
    number = connected.connect(
        database, grant.actor, definition.name, definition.kind, text.decode("utf-8-sig"), sealed
    )
    found = connected.get(database, number)
    assert found is not None  # noqa: S101 - it was stored just now
    return found


def _check_mappings(database: Database, definition: Definition) -> None:
    """Refuse mappings that are missing or read something else, and numbers that would come back."""
    for one in definition.values:
        found = saved_mappings.named(database, one.mapping)
        if not isinstance(found, AggregateMapping):
            raise MappingError(
                "{name}: reads no aggregate reports; [[values]] needs one that does", name=one.mapping
            )
        sent = [item.element for item in definition.push.values] if definition.push else []
        for name in (element for element in sent if value_key(element) in found.elements):
            raise MappingError(
                "push: {name} is pulled, too: what is sent would come back and be counted; send another "
                "data element",
                name=name,
            )
    for name in [one.mapping for one in definition.events] + [one.mapping for one in definition.submissions]:
        found = saved_mappings.named(database, name)
        if isinstance(found, AggregateMapping) or found.kind != LINE_LIST:
            raise MappingError("{name}: reads no line list; single records need one that does", name=name)


def end(database: Database, grant: Grant, number: int) -> bool:
    """End a system; what is asked with is forgotten, what was imported stays. Whether there was one."""
    check(grant)
    newest = pulls.newest(database, number)
    if newest is not None and not newest.over:
        pulls.cancel(database, newest.id, grant.actor)
    return connected.end(database, grant.actor, number)


def of_name(database: Database, name: str) -> System:
    """A system by its name.

    Raises
    ------
    UsageError
        None of this name is connected.
    """
    found = connected.named(database, name)
    if found is None:
        listed = ", ".join(one.name for one in connected.listed(database)) or "-"
        raise UsageError(
            "name: no system '{name}' is connected; there are {listed}", "name", name=name[:40], listed=listed
        )
    return found


def ask(
    database: Database,
    grant: Grant,
    settings: Settings,
    number: int,
    *,
    at_once: bool = False,
    whole: bool = False,
) -> Pull:
    """Ask for a pull of what changed since the last whole one; one that stopped midway goes on.

    Parameters
    ----------
    at_once : bool
        A command works on it itself.
    whole : bool
        All of it, also what did not change.

    Raises
    ------
    NotPermittedError
        The grant may not.
    UsageError
        There is no such system, or a pull of it is on the way.
    OtherSystemError
        Its host is not allowed.
    """
    check(grant)
    system = connected.get(database, number)
    if system is None:
        raise UsageError("there is no such system")
    definition = read_definition(system.text.encode(), system.name)
    check_address(definition.address, settings.system_hosts)
    asked = put(database, system, grant.actor, at_once=at_once, whole=whole)
    if asked is None:
        raise UsageError("a pull of {name} is on the way already; wait for it, or stop it", name=system.name)
    return asked


def put(database: Database, system: System, actor: str, *, at_once: bool, whole: bool = False) -> Pull | None:
    """Put a pull into the queue; None where one is on the way."""
    before = None if whole else pulls.newest_done(database, system.id, system.text)
    since: str | None = None
    if before is not None:
        since = moment(datetime.fromisoformat(before.made_at) - OVERLAP)[:23]
    return pulls.ask(database, system.id, actor, system.text, since, at_once=at_once)


def stop(database: Database, grant: Grant, number: int) -> bool:
    """Stop the pull of a system that is on the way; false where there is none."""
    check(grant)
    newest = pulls.newest(database, number)
    return newest is not None and not newest.over and pulls.cancel(database, newest.id, grant.actor)


def standing(database: Database, grant: Grant) -> list[Standing]:
    """Every system that is connected, and how it stands.

    Raises
    ------
    NotPermittedError
        The grant may not see it.
    """
    check_looks(grant)
    return [_standing(database, one) for one in connected.listed(database)]


def _standing(database: Database, system: System) -> Standing:
    newest = pulls.newest(database, system.id)
    try:
        definition = read_definition(system.text.encode(), system.name)
    except MappingError:  # of another version
        definition = Definition(system.name, system.kind, "", system.name, "")
    counts = {} if newest is None else totals(pulls.pages(database, newest.id))
    return Standing(system, definition, newest, counts, pulls.newest_done(database, system.id, system.text))


def as_row(one: Standing) -> dict[str, Any]:
    """How a system stands, as a row of a table."""
    newest = one.newest
    return {
        "name": one.system.name,
        "kind": one.system.kind,
        "address": one.definition.address,
        "hour": one.definition.hour,
        "status": None if newest is None else newest.status,
        "pages": None if newest is None else newest.pages,
        "asked_at": None if newest is None else newest.asked_at,
        "whole_at": None if one.whole is None else one.whole.ended_at,
        **{name: one.counts.get(name) for name in OUTCOMES},
        "error": newest.error.format(**newest.error_values) if newest is not None and newest.error else None,
    }


def of_number(database: Database, grant: Grant, number: int) -> Standing | None:
    """One system, and how it stands; None where there is none."""
    check_looks(grant)
    system = connected.get(database, number)
    return None if system is None else _standing(database, system)


def pulled(database: Database, grant: Grant, number: int) -> list[tuple[Pull, Sequence[Page]]]:
    """The newest pulls of a system with their pages, the newest first."""
    check_looks(grant)
    return [(one, pulls.pages(database, one.id)) for one in pulls.listed(database, number, LISTED)]


def rejected(settings: Settings, grant: Grant, pull: Pull | None) -> list[tuple[str, int, str, str]]:
    """Rejected rows of a pull, for a day: part, page, what the other system calls it, why."""
    check(grant)
    if pull is None or pull.folder is None:
        return []
    held: list[Any] = Folder.of(settings).noted(pull.folder, REJECTED) or []
    return [(str(part), int(page), str(name), str(why)) for part, page, name, why in held]


def items(database: Database, grant: Grant, number: int) -> list[tuple[Item, str]]:
    """What a system calls its data elements and categories, and what its mappings make of each.

    Raises
    ------
    NotPermittedError
        The grant may not see it.
    """
    check_looks(grant)
    found = of_number(database, grant, number)
    if found is None:
        return []
    readers = [saved_mappings.named(database, one.mapping) for one in found.definition.values]
    means: dict[tuple[str, str], str] = {}
    for reader in readers:
        if isinstance(reader, AggregateMapping):
            means |= {("element", key): f"{one.disease} {one.counts}" for key, one in reader.elements.items()}
            means |= {
                ("category", key): ", ".join(f"{axis} {code}" for axis, code in groups.items()) or "all"
                for key, groups in reader.categories.items()
            }
    return [(one, _meaning(one, means)) for one in connected.items(database, number)]


def _meaning(item: Item, means: Mapping[tuple[str, str], str]) -> str:
    for text in (item.uid, item.code, item.name):
        if text and (item.kind, value_key(text)) in means:
            return means[item.kind, value_key(text)]
    return ""


def grant_of(database: Database, actor: str) -> Grant:
    """The grant that who asked for a pull has now.

    Raises
    ------
    NotPermittedError
        The account is closed, or may not pull any more.
    """
    if actor == Grant.custodian().actor:
        return Grant.custodian()
    found = accounts.grant_facts(database, actor)
    if found is None:
        raise NotPermittedError(
            "the account that connected it is closed; somebody who may import files connects it anew"
        )
    grant = Grant(actor, *found)
    check(grant)
    return grant
