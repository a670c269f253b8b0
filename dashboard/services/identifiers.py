"""Declaring whose numbers are the same person in every facility."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.values.codes import match_key
from db.intake.values.pseudonym import Pseudonymiser
from db.operations import outbox
from db.persons import issuers
from surveillance.errors import UsageError

_NO_KEY = "identifiers: issuers are known by a keyed token, and no key is set: set CHHLANG_SECRET_KEY"


@dataclass(frozen=True)
class Issuer:
    """Who issues persons' numbers. `name` is blank where no file gave it often enough to be kept.

    `persons`: how many are seen in more than one facility, by their numbers.
    """

    name: str
    shared: bool
    records: int
    facilities: int
    persons: int
    declared_at: str | None
    declared_by: str | None


_SEVERAL = 2
#: Columns of the list, as commands write them.
COLUMNS = ("name", "shared", "records", "facilities", "persons", "declared_at", "declared_by")


def listed(database: Database, grant: Grant, settings: Settings, *, every: bool = False) -> list[Issuer]:
    """Issuers of several facilities' records, and those that are declared; those with most records first.

    `every`: also those of one facility, whose numbers are linked as far as they can be.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    """
    grant.check(Permission.IMPORT_FILES)
    keyed = store.pseudonymiser(settings, database)
    with database.reading() as connection:
        known, declared = (
            issuers.known(connection),
            {row["mark"]: row for row in issuers.declared(connection)},
        )
        names = {_mark(keyed, name): name for name in issuers.names(connection)} if keyed.key else {}
    found = []
    for mark in known.keys() | declared.keys():
        said = declared.get(mark)
        if not every and said is None and known[mark][1] < _SEVERAL:
            continue
        found.append(
            Issuer(
                said["name"] if said else names.get(mark, ""),
                said is not None,
                *known.get(mark, (0, 0, 0)),
                said["shared_at"] if said else None,
                said["shared_by"] if said else None,
            )
        )
    return sorted(found, key=lambda one: (-one.records, one.name))


def share(database: Database, grant: Grant, settings: Settings, name: str) -> int:
    """Declare that numbers of an issuer are the same person in every facility; returns its current records.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UsageError
        The name is blank, or no key is set.
    ConfigurationError
        The key that is set is not this database's.
    """
    mark = _declarable(database, grant, settings, name)
    with database.writing() as connection:
        records = issuers.share(connection, mark, name.strip(), grant.actor)
        said = {"issuer": name.strip()[:80], "records": records}
        outbox.write(connection, database, grant.actor, "identifiers share", said)
    outbox.carry(database)
    return records


def unshare(database: Database, grant: Grant, settings: Settings, name: str) -> int:
    """Take the declaration of an issuer back; returns its current records.

    Raises
    ------
    UsageError
        It is not declared, besides what :func:`share` raises.
    """
    mark = _declarable(database, grant, settings, name)
    with database.writing() as connection:
        if not issuers.is_shared(connection, mark):
            raise UsageError(f"identifiers: '{name.strip()[:80]}' is not declared as shared")
        records = issuers.unshare(connection, mark)
        said = {"issuer": name.strip()[:80], "records": records}
        outbox.write(connection, database, grant.actor, "identifiers unshare", said)
    outbox.carry(database)
    return records


def _declarable(database: Database, grant: Grant, settings: Settings, name: str) -> str:
    grant.check(Permission.IMPORT_FILES)
    keyed = store.pseudonymiser(settings, database)
    if keyed.key is None:
        raise UsageError(_NO_KEY)
    if not match_key(name):
        raise UsageError(
            "identifiers: the name of the issuer is blank; give it as files have it in person_id_issuer"
        )
    store.hold_to_key(database, keyed)
    return _mark(keyed, name)


def _mark(keyed: Pseudonymiser, name: str) -> str:
    return keyed.token_of_issuer(match_key(name))
