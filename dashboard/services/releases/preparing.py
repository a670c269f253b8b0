"""Preparing a release: what is new is read, what was issued is carried over, what is hidden is decided."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from dashboard.services.beside import each
from dashboard.services.releases import build, content, sheets, sums
from dashboard.services.releases.blocks import blocks
from dashboard.services.releases.build import Span
from dashboard.services.releases.carried import issued_patterns
from dashboard.services.releases.numbers import numbers_of, unhidden
from dashboard.services.releases.sheets import Sheet
from dashboard.services.releases.sums import Sums
from db.core.engine import Connection, Database
from db.operations import releases as stored
from db.operations.releases import Content, Release
from surveillance.disclosure.model import Block, Pattern
from surveillance.disclosure.noise.added import noisy, table_of
from surveillance.disclosure.noise.attack import attack
from surveillance.disclosure.published import Published, published
from surveillance.disclosure.suppress import suppress
from surveillance.diseases import DISEASES
from surveillance.errors import UserError
from surveillance.texts import N_

Progress = Callable[[int, int], None]
Stopping = Callable[[], bool]
#: Ways to protect small numbers: hiding them and what tells them, or noise in every number.
SUPPRESSION, NOISE = "suppression", "noise"
METHODS = (SUPPRESSION, NOISE)
#: What is stored beside the sums of a release with noise: the secret of its keys, and a disease's keys.
_SECRET, _KEYS = "secret", "{} keys"
_OTHER_METHOD = N_(
    "release {before} is in force and was made by {method}; a later one is made the same way, so that nobody "
    "compares the two"
)
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


def _summed(connection: Connection, numbers: Sequence[int], *, keys: bool = False) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    for number in numbers:
        held = stored.frozen(connection, number)
        for disease in DISEASES:
            if (data := held.get(_KEYS.format(disease) if keys else disease)) is not None:
                new = sums.unpack(disease, data, keys=keys)
                found[disease] = sums.joined(found[disease], new) if disease in found else new
    return found


def prepare(
    database: Database,
    release: Release,
    today: date,
    tell: Progress,
    stopping: Stopping,
    method: str | None = None,
) -> Prepared:
    """Read, carry over, suppress; or add noise.

    Parameters
    ----------
    method : str, optional
        One of :data:`METHODS`; else that of the release in force, or suppression where there is none.

    Raises
    ------
    CancelledError
        `stopping` said so.
    UserError
        The cubes do not agree, what was issued could not be carried over, or was made by another method.
    """
    with database.operations.connect() as connection:
        before = held_before(connection, release)
        earlier = _sheets_of(connection, release.previous, release.thresholds)
        noise = _method(release, earlier, method) == NOISE
        keyed = _Keyed.held(connection, release) if noise else None
    assert release.since is not None  # noqa: S101 - noted when it was asked for
    days = Span(release.since, release.until, release.lag_days)
    with database.snapshot() as connection:
        new = list(build.read(connection, today, days, before))
        if keyed is None:
            every = _decided(_works(new, before, earlier, release), tell, stopping)
        else:
            # Who completed treatment is counted facility by facility, where nobody has a key.
            new = [replace(own, starts=(), cohort=own.cohort[:, :0]) for own in new]
            for attempt in range(_DRAWS):
                drawn = keyed.drawn() if attempt else keyed
                drawn = drawn.with_new(build.read_keys(connection, drawn.secret, days, drawn.every))
                every = _decided(_works(new, before, earlier, release, drawn), tell, stopping)
                if not any(one.refused for one in every):
                    break
            keyed = drawn
    kept = {own.disease: sums.pack(own) for own in new if own.units or own.starts}
    kept |= {} if keyed is None else keyed.packed()
    return Prepared(
        [part for one in every for part in one.parts], kept, [share for one in every for share in one.utility]
    )


def _works(
    new: Sequence[Sums],
    before: Mapping[str, Sums],
    earlier: Mapping[tuple[str, int], tuple[Sheet, ...]],
    release: Release,
    keyed: _Keyed | None = None,
) -> list[_Work]:
    """What is to be decided of each disease."""
    return [
        _Work(
            own.disease,
            sums.joined(before[own.disease], own) if own.disease in before else own,
            {threshold: earlier.get((own.disease, threshold), ()) for threshold in release.thresholds},
            None if keyed is None else keyed.every[own.disease],
        )
        for own in new
    ]


def _decided(works: Sequence[_Work], tell: Progress, stopping: Stopping) -> list[_Decided]:
    """Decide what is shown of each disease, the largest first."""
    order = sorted(range(len(works)), key=lambda at: -works[at].size)
    alone = sum(work.size for work in works) < WORTH_PROCESSES
    made: dict[int, _Decided] = {}
    tell(0, len(works))
    for at, decided in each(_decide, [works[at] for at in order], stopping, alone=alone):
        made[order[at]] = decided
        tell(len(made), len(works))
    return [made[at] for at in range(len(works))]


#: Sums that are not zero, from which on other processes help: a whole country's year.
WORTH_PROCESSES = 50_000
#: How often noise is drawn, at most, until nothing small can be told: sums give a number away by bad luck.
_DRAWS = 20


@dataclass(frozen=True)
class _Work:
    """A disease with all its sums, and what was issued of it before, by threshold."""

    disease: str
    whole: Sums
    earlier: Mapping[int, Sequence[Sheet]]
    #: Sums of keys, where numbers get noise.
    keys: Sums | None = None

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
    #: Whether the noise gives a small number away.
    refused: bool = False


def _decide(work: _Work) -> _Decided:
    """Decide what is shown of a disease."""
    every = list(blocks(work.whole))
    keys = None if work.keys is None else list(blocks(work.keys))
    told, shares = _told(every, work.earlier) if keys is None else _noisy(every, keys, work.earlier)
    parts, refused = [], False
    truth = None if keys is None else unhidden(work.whole)
    for threshold, one in told.items():
        made = content.sheets_of(work.disease, one, noise=keys is not None)
        if not made:
            continue
        table = content.changed(work.earlier[threshold], made)
        if table is not None:
            raise UserError(_NOT_CARRIED, disease=DISEASES[work.disease].name, table=table)
        if truth is not None:
            numbers = numbers_of(work.disease, made)
            refused |= attack(numbers, threshold, table_of(threshold), truth).refused
        data = sheets.pack(made)
        parts.append(Content(work.disease, threshold, sheets.digest(data), sheets.squeeze(data)))
    said = content.summed(shares)
    if keys is not None:
        said = [one | {"noise": _stated(one["threshold"])} for one in said]
    return _Decided(parts, said, refused)


def _stated(threshold: int) -> dict[str, float]:
    """The noise of numbers that are not small: its bound, and its standard deviation."""
    table = table_of(threshold)
    return {"bound": table.bound, "deviation": round(float(table.variances[-1]) ** 0.5, 2)}


def _noisy(
    every: Sequence[Block], keys: Sequence[Block], thresholds: Mapping[int, Sequence[Sheet]]
) -> tuple[dict[int, list[Published]], list[Mapping[str, Any]]]:
    """What is published of some blocks at each threshold with noise; nothing is hidden."""
    told: dict[int, list[Published]] = {threshold: [] for threshold in thresholds}
    shares: list[Mapping[str, Any]] = []
    for block, own in zip(every, keys, strict=True):
        for threshold in sorted(thresholds):
            one = noisy(block, own, threshold)
            told[threshold].append(one)
            states = {table.name: table.states for table in one.tables}
            shares += content.utility(block, Pattern(threshold, states))
    return told, shares


def _method(release: Release, earlier: Mapping[tuple[str, int], tuple[Sheet, ...]], asked: str | None) -> str:
    """By which method a release is made: that of the one in force."""
    sheets_then = [sheet for held in earlier.values() for sheet in held]
    if not sheets_then:
        return asked or SUPPRESSION
    method = NOISE if any(sheet.noise for sheet in sheets_then) else SUPPRESSION
    if asked not in (None, method):
        raise UserError(_OTHER_METHOD, before=release.previous, method=method)
    return method


@dataclass(frozen=True)
class _Keyed:
    """The secret of the keys, sums of keys by disease, and those that are new."""

    secret: bytes
    every: Mapping[str, Sums]
    new: Sequence[Sums] = ()

    @classmethod
    def held(cls, connection: Connection, release: Release) -> _Keyed:
        """Return those of the releases that were issued; with a new secret where there are none."""
        numbers = [one.id for one in stored.issued_up_to(connection, release.previous)]
        known = [stored.frozen(connection, number).get(_SECRET) for number in numbers]
        secret = next(filter(None, known), None) or secrets.token_bytes(32)
        return cls(secret, _summed(connection, numbers, keys=True))

    def drawn(self) -> _Keyed:
        """Return them with another secret for what is new; what was issued keeps its keys."""
        return replace(self, secret=secrets.token_bytes(32))

    def with_new(self, found: Iterable[Sums]) -> _Keyed:
        """Return them with keys of further periods."""
        new = list(found)
        every = {disease: Sums.empty(disease) for disease in DISEASES} | dict(self.every)
        every |= {own.disease: sums.joined(every[own.disease], own) for own in new}
        return _Keyed(self.secret, every, new)

    def packed(self) -> dict[str, bytes]:
        """Return what is stored of them."""
        keys = {_KEYS.format(own.disease): sums.pack(own, keys=True) for own in self.new if own.units}
        return {_SECRET: self.secret} | keys


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
