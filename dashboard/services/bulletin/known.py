"""Cases of the period that are in a known outbreak already: in editions with small numbers alone."""

from __future__ import annotations

from dashboard.curve_filters import CurveQuery
from dashboard.services.bulletin.diseases import TOLD
from dashboard.services.bulletin.models import KnownCases
from dashboard.services.bulletin.source import Source
from dashboard.services.coverage.periods import Period
from dashboard.services.curves import read
from dashboard.services.curves.known import of_question
from dashboard.services.disclosure import alerts as disclosed
from db.operations.watch import outbreaks as stored


def known_of(source: Source) -> tuple[KnownCases, ...]:
    """Of each disease with a known outbreak of these days how many cases are in it; as known then."""
    edition = source.edition
    if not edition.own:
        return ()
    period, area = edition.period, edition.province or ""
    held = disclosed.shown(
        source.grant, stored.listed(source.database, source.grant.scope, before=source.until)
    )
    within = Period.covering(period.first, period.last)
    as_of = None if source.past is None else (source.past, source.until)
    with source.database.reading() as connection:
        begins = read.held_since(connection)
    found = []
    for code in TOLD:
        names = [
            one.name
            for one in held
            if one.disease == code and one.first <= period.last and (one.last or period.last) >= period.first
        ]
        if not names or not source.grant.scope.covers(code):
            continue
        if begins is not None and begins > period.first:
            found.append(KnownCases(code, None, tuple(names)))
            continue
        asked = CurveQuery(code, area=area, start=period.first, end=period.last)
        known = of_question(source.database, source.grant, asked, within, source.today, as_of=as_of)
        if known is not None:
            found.append(KnownCases(code, known.inside, known.names))
    return tuple(found)
