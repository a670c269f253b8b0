"""Mappings that can be chosen in the browser: those that come with Chhlang, and those made and kept here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from db.core.engine import Database, together
from db.intake.mappings import file as mapping_file
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.model import Mapping
from db.operations import audit
from db.operations import saved_mappings as saved
from geodata.gazetteer import gazetteer
from surveillance.errors import MappingError
from surveillance.reception.file_kinds import LINE_LIST, OF_A_CENTRE

_VERSION = re.compile(r"^version = \d+$", re.MULTILINE)
_TRIES = 20


def shipped() -> list[Mapping | AggregateMapping]:
    """Those that come with Chhlang."""
    return [mapping_file.load(name) for name in mapping_file.shipped()]


def fitting(kind: str) -> list[Mapping | AggregateMapping]:
    """Those that come with Chhlang and read files of a kind."""
    return shipped() if kind == LINE_LIST else [mapping_file.plain(kind)]


def _check(grant: Grant) -> None:
    if not grant.can(Permission.IMPORT_REFERRALS):
        grant.check(Permission.IMPORT_FILES)


def listed(database: Database, grant: Grant, kind: str | None = None) -> list[dict[str, Any]]:
    """Those that were made here, the newest version of each: `name, version, made_at, author`.

    Parameters
    ----------
    kind : str, optional
        Those alone that read files of this kind; reports count as line lists.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    """
    _check(grant)
    found = saved.listed(database)
    return found if kind is None else [one for one in found if _kind_of(database, one["name"]) == kind]


def _kind_of(database: Database, name: str) -> str:
    found = saved.text_of(database, name)
    return _kind_in(found[1]) if found else LINE_LIST


def _kind_in(text: str) -> str:
    said = tomllib.loads(text).get("kind")
    return str(said) if said in OF_A_CENTRE else LINE_LIST


def text_of(database: Database, grant: Grant, name: str, version: int | None = None) -> str | None:
    """The text of one that was made here, the newest where no version is asked for.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    """
    _check(grant)
    found = saved.text_of(database, name, version)
    return None if found is None else found[1]


def named(database: Database, name: str) -> Mapping | AggregateMapping:
    """A mapping that comes with Chhlang, the path of one, or one made in the browser: for the custodian.

    Raises
    ------
    MappingError
        The mapping is unknown, or cannot be used.
    """
    try:
        return mapping_file.load(name, gazetteer())
    except MappingError:
        found = saved.text_of(database, name)
        if found is None or Path(name).exists() or name in mapping_file.shipped():
            raise
    return mapping_file.parse(found[1].encode(), name, gazetteer())


def chosen(
    database: Database, name: str | None, text: str | None, kind: str = LINE_LIST
) -> Mapping | AggregateMapping:
    """A mapping by its text, else by its name, for files of a kind. A name is never a path.

    Raises
    ------
    MappingError
        No mapping has that name, it cannot be used, or it reads files of another kind.
    """
    found = _chosen(database, name, text)
    is_report = isinstance(found, AggregateMapping) and kind == LINE_LIST
    return found if is_report else mapping_file.of_kind(found, kind)


def _chosen(database: Database, name: str | None, text: str | None) -> Mapping | AggregateMapping:
    if text is None and name in mapping_file.shipped():
        return mapping_file.load(str(name), gazetteer())
    if text is None:
        found = saved.text_of(database, name or "")
        if found is None:
            raise MappingError("there is no mapping '{name}'; choose one of the list", name=name)
        text = found[1]
    return mapping_file.parse(text.encode(), name or "mapping", gazetteer())


def next_version(database: Database, name: str) -> int:
    """The version that a change of a mapping will have.

    Raises
    ------
    MappingError
        The name is that of one that comes with Chhlang.
    """
    if name in mapping_file.shipped():
        raise MappingError(
            "'{name}' is the name of a mapping that comes with Chhlang; choose another", name=name
        )
    found = saved.text_of(database, name)
    return 1 if found is None else found[0] + 1


def keep(database: Database, grant: Grant, name: str, text: str) -> str:
    """Keep a mapping; what it already says under that name is not kept twice. Returns its text as kept.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    MappingError
        Others keep changing the same mapping, or one of that name reads files of another kind.
    """
    _check(grant)
    for _ in range(_TRIES):
        held = saved.text_of(database, name)
        if held and _VERSION.sub("", held[1]) == _VERSION.sub("", text):
            return held[1]
        if held and _kind_in(held[1]) != _kind_in(text):
            raise MappingError(
                "a mapping '{name}' is kept that reads files of another kind; choose another name", name=name
            )
        version = next_version(database, name)
        text = _VERSION.sub(f"version = {version}", text, count=1)
        with together(database.operations):
            if saved.keep(database, name, version, text, grant.actor):
                audit.record(database, grant.actor, "mapping saved", {"name": name, "version": version})
                return text
    raise MappingError("the mapping '{name}' is being changed by others; try again", name=name)
