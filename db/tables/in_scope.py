"""A scope as conditions on records, facilities and cubes: the one place that turns it into SQL."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import select

from db.core.scope import Scope
from db.tables.records import BORDER, episode, facility
from surveillance.errors import NotPermittedError

Conditions = list[sa.ColumnElement[bool]]


def programmes(scope: Scope, column: sa.ColumnElement[str]) -> Conditions:
    """Of the diseases that a scope covers; `column` holds their codes."""
    return [] if scope.diseases is None else [column.in_(sorted(scope.diseases))]


def facilities(scope: Scope, *, by: str = "facility") -> Conditions:
    """Of the facilities of the list that a scope holds; `by` care: of those in its provinces alone.

    `by` district: of those of whole districts, and no facility that is named by itself.
    """
    if scope.provinces is None:
        return []
    own = facility.c.province.in_(scope.provinces)
    if by == "care" or not (scope.districts or scope.facilities):
        return [own]
    if by == "district":
        return [sa.or_(own, facility.c.operational_district.in_(sorted(scope.districts)))]
    return [
        sa.or_(
            own,
            facility.c.operational_district.in_(sorted(scope.districts)),
            facility.c.facility_id.in_(sorted(scope.facilities)),
        )
    ]


def named_facilities(scope: Scope, column: sa.ColumnElement[str], *, by: str = "facility") -> Conditions:
    """Of rows whose `column` names a facility that a scope holds, as :func:`facilities`."""
    return [
        column.in_(select(facility.c.facility_id).where(*found))
        for found in [facilities(scope, by=by)]
        if found
    ]


def care(scope: Scope, column: sa.ColumnElement[str]) -> Conditions:
    """Of rows whose `column` names a province of care that a scope holds."""
    return [] if scope.provinces is None else [column.in_(sorted(scope.provinces))]


def border(scope: Scope, care: sa.ColumnElement[str], crossing: sa.ColumnElement[str]) -> Conditions:
    """Of rows by crossing: cared for in the provinces of a scope, or at a crossing of its own."""
    if scope.provinces is None:
        return []
    own = care.in_(sorted(scope.provinces))
    return [sa.or_(own, crossing.in_(sorted(scope.crossings))) if scope.crossings else own]


def records(scope: Scope, dimension: str) -> Conditions:
    """Of the records that a scope holds, counted or listed by one kind of place.

    Raises
    ------
    NotPermittedError
        A limited scope asks by home or place of infection, which do not know who gave care.
    """
    found = programmes(scope, episode.c.disease)
    if scope.provinces is None:
        return found
    if dimension == "care":
        return found + care(scope, episode.c.province_care)
    if dimension == "facility":
        own = episode.c.province_care.in_(sorted(scope.provinces))
        if not (scope.districts or scope.facilities):
            return [*found, own]
        return [*found, sa.or_(own, *named_facilities(scope, episode.c.facility))]
    if dimension == "district":
        theirs = facility.c.operational_district.in_(sorted(scope.districts))
        own = episode.c.province_care.in_(sorted(scope.provinces))
        named = episode.c.facility.in_(select(facility.c.facility_id).where(theirs))
        return [*found, sa.or_(own, named) if scope.districts else own]
    if dimension in ("crossing", BORDER):
        return found + border(scope, episode.c.province_care, episode.c.crossing)
    raise NotPermittedError("this view counts people from every province; your account is for some places")
