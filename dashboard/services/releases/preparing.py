"""Preparing a release: what is new is read, what was issued is carried over, what is hidden is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from dashboard.services.beside import each
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
from surveillance.errors import UserError
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
    works = [
        _Work(
            own.disease,
            sums.joined(before[own.disease], own) if own.disease in before else own,
            {threshold: earlier.get((own.disease, threshold), ()) for threshold in release.thresholds},
        )
        for own in new
    ]
    order = sorted(range(len(works)), key=lambda at: -works[at].size)
    alone = sum(work.size for work in works) < WORTH_PROCESSES
    made: dict[int, _Decided] = {}
    tell(0, len(new))
    for at, decided in each(_decide, [works[at] for at in order], stopping, alone=alone):
        made[order[at]] = decided
        tell(len(made), len(new))
    kept = {own.disease: sums.pack(own) for own in new if own.units or own.starts}
    every = [made[at] for at in range(len(new))]
    return Prepared(
        [part for one in every for part in one.parts], kept, [share for one in every for share in one.utility]
    )


#: Sums that are not zero, from which on other processes help: a whole country's year.
WORTH_PROCESSES = 50_000


@dataclass(frozen=True)
class _Work:
    """A disease with all its sums, and what was issued of it before, by threshold."""

    disease: str
    whole: Sums
    earlier: Mapping[int, Sequence[Sheet]]

    @property
    def size(self) -> int:
        """How many sums are not zero."""
        arrays = (*self.whole.places.values(), *self.whole.groups.values(), self.whole.cohort)
        return sum(int(np.count_nonzero(array)) for array in arrays)


@dataclass(frozen=True)
class _Decided:
    """What is stored of a disease."""

    parts: Sequence[Content]
    utility: Sequence[Mapping[str, Any]]


def _decide(work: _Work) -> _Decided:
    """Decide what is shown of a disease."""
    told, shares = _told(list(blocks(work.whole)), work.earlier)
    parts = []
    for threshold, one in told.items():
        made = content.sheets_of(work.disease, one)
        if not made:
            continue
        table = content.changed(work.earlier[threshold], made)
        if table is not None:
            raise UserError(_NOT_CARRIED, disease=DISEASES[work.disease].name, table=table)
        data = sheets.pack(made)
        parts.append(Content(work.disease, threshold, sheets.digest(data), sheets.squeeze(data)))
    return _Decided(parts, content.summed(shares))


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


def _told(
    every: Sequence[Block], earlier: Mapping[int, Sequence[Sheet]]
) -> tuple[dict[int, list[Published]], list[Mapping[str, Any]]]:
    """What is published of some blocks at each threshold, and how much of them is hidden."""
    told: dict[int, list[Published]] = {threshold: [] for threshold in earlier}
    shares: list[Mapping[str, Any]] = []
    for block in every:
        pattern: Pattern | None = None
        for threshold in sorted(earlier):
            issued = issued_patterns(block, threshold, earlier[threshold])
            pattern = suppress(block, threshold, issued, pattern)
            told[threshold].append(published(block, pattern))
            shares += content.utility(block, pattern)
    return told, shares
