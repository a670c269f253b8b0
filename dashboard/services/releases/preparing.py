"""Preparing a release: what is new is read, what was issued is carried over, what is hidden is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.services.releases import build, content, sheets, sums
from dashboard.services.releases.blocks import blocks
from dashboard.services.releases.build import Span
from dashboard.services.releases.carried import issued_patterns
from dashboard.services.releases.sheets import Sheet
from dashboard.services.releases.sums import Sums
from db.core.engine import Connection, Database
from db.operations import releases as stored
from db.operations.releases import Content, Release
from surveillance.disclosure.model import Block, Pattern
from surveillance.disclosure.published import Published, published
from surveillance.disclosure.suppress import suppress
from surveillance.diseases import DISEASES
from surveillance.errors import CancelledError, UserError
from surveillance.texts import N_

Progress = Callable[[int, int], None]
Stopping = Callable[[], bool]
_NOT_CARRIED = N_(
    "{disease}: what was issued of {table} could not be carried over as it was; nothing was kept"
)


@dataclass(frozen=True)
class Prepared:
    """What is stored of a release: `sums` only of the periods that it is the first to issue."""

    parts: Sequence[Content]
    sums: Mapping[str, bytes]
    utility: Sequence[Mapping[str, Any]]

    @property
    def digest(self) -> str:
        """Fingerprint of all that it publishes."""
        return sheets.digest_of([(one.disease, one.threshold, one.digest) for one in self.parts])


def held_before(connection: Connection, release: Release) -> dict[str, Sums]:
    """Return the sums of everything that was issued before a release, by disease."""
    return _summed(connection, [one.id for one in stored.issued_up_to(connection, release.previous)])


def held_by(connection: Connection, release: Release) -> dict[str, Sums]:
    """Return the sums behind a release that is prepared, by disease."""
    earlier = [one.id for one in stored.issued_up_to(connection, release.previous)]
    return _summed(connection, [*earlier, release.id])


def _summed(connection: Connection, numbers: Sequence[int]) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    for number in numbers:
        for disease, data in stored.frozen(connection, number).items():
            new = sums.unpack(disease, data)
            found[disease] = sums.joined(found[disease], new) if disease in found else new
    return found


def prepare(
    database: Database, release: Release, today: date, tell: Progress, stopping: Stopping
) -> Prepared:
    """Read, carry over, suppress.

    Raises
    ------
    CancelledError
        `stopping` said so.
    UserError
        The cubes do not agree, or what was issued could not be carried over.
    """
    with database.operations.connect() as connection:
        before = held_before(connection, release)
        earlier = _sheets_of(connection, release.previous, release.thresholds)
    assert release.since is not None  # noqa: S101 - noted when it was asked for
    days = Span(release.since, release.until, release.lag_days)
    with database.snapshot() as connection:
        new = list(build.read(connection, today, days, before))
    parts: list[Content] = []
    found: list[Mapping[str, Any]] = []
    kept: dict[str, bytes] = {}
    for number, own in enumerate(new):
        tell(number, len(new))
        disease = own.disease
        if own.units or own.starts:
            kept[disease] = sums.pack(own)
        whole = sums.joined(before[disease], own) if disease in before else own
        told, shares = _decided(list(blocks(whole)), release.thresholds, earlier, stopping)
        found += content.summed(shares)
        for threshold, one in told.items():
            made = content.sheets_of(disease, one)
            if not made:
                continue
            table = content.changed(earlier.get((disease, threshold), ()), made)
            if table is not None:
                raise UserError(
                    _NOT_CARRIED,
                    disease=DISEASES[disease].name,
                    table=table,
                )
            data = sheets.pack(made)
            parts.append(Content(disease, threshold, sheets.digest(data), sheets.squeeze(data)))
    tell(len(new), len(new))
    return Prepared(parts, kept, found)


def _sheets_of(
    connection: Connection, number: int | None, thresholds: Sequence[int]
) -> dict[tuple[str, int], tuple[Sheet, ...]]:
    """What a release published, by disease and threshold."""
    if number is None:
        return {}
    held = stored.contents(connection, number)
    return {
        (one.disease, one.threshold): sheets.unpack(sheets.expand(one.content))
        for one in held
        if one.threshold in thresholds
    }


def _decided(
    every: Sequence[Block],
    thresholds: Sequence[int],
    earlier: Mapping[tuple[str, int], Sequence[Sheet]],
    stopping: Stopping,
) -> tuple[dict[int, list[Published]], list[Mapping[str, Any]]]:
    """What is published of some blocks at each threshold, and how much of them is hidden."""
    told: dict[int, list[Published]] = {threshold: [] for threshold in thresholds}
    shares: list[Mapping[str, Any]] = []
    for block in every:
        pattern: Pattern | None = None
        for threshold in sorted(thresholds):
            if stopping():
                raise CancelledError("stopped")
            issued = issued_patterns(block, threshold, earlier.get((block.disease, threshold), ()))
            pattern = suppress(block, threshold, issued, pattern)
            told[threshold].append(published(block, pattern))
            shares += content.utility(block, pattern)
    return told, shares
