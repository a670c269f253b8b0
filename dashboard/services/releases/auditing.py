"""The audit of a release: the attack on what it and the earlier ones publish, and its report."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.services.beside import each
from dashboard.services.releases import content, sheets
from dashboard.services.releases.numbers import numbers_of, unhidden
from dashboard.services.releases.preparing import held_by
from dashboard.services.releases.sheets import Sheet
from dashboard.services.releases.sums import Sums
from db.core.engine import Database
from db.operations import releases as stored
from db.operations.releases import Release
from surveillance.disclosure.audit import Report, audit
from surveillance.disclosure.noise import attack as noise
from surveillance.disclosure.noise.added import table_of
from surveillance.diseases import DISEASES

Progress = Callable[[int, int], None]
#: What audits proved, by the digest of what it is about.
Proofs = dict[str, list[list[float]]]
#: Findings whose sentences are kept, of each threshold.
MOST = 50


@dataclass(frozen=True)
class Audited:
    """Whether a content passed, the report as it is stored, and what was proved."""

    digest: str
    passed: bool
    report: dict[str, Any]
    proofs: bytes


def attack(database: Database, release: Release, tell: Progress, stopping: Callable[[], bool]) -> Audited:
    """Attack a release that is prepared, at each of its thresholds, with all that was issued before.

    Raises
    ------
    CancelledError
        `stopping` said so.
    """
    assert release.digest is not None  # noqa: S101 - it is prepared
    with database.operations.connect() as connection:
        earlier = stored.issued_up_to(connection, release.previous)
        contents = {one.id: stored.contents(connection, one.id) for one in (*earlier, release)}
        behind = held_by(connection, release)
        proofs: Proofs = _read_proofs(stored.proofs(connection, release.previous or 0))
    digest = sheets.digest_of([(one.disease, one.threshold, one.digest) for one in contents[release.id]])
    opened = {
        (number, one.disease, one.threshold): _opened(one)
        for number, every in contents.items()
        for one in every
    }
    works = []
    for threshold in release.thresholds:
        for disease in DISEASES:
            now = opened.get((release.id, disease, threshold), ())
            if not any(_tells(sheet) for sheet in now):
                continue
            told = [
                before
                for one in earlier
                if (before := opened.get((one.id, disease, threshold), ()))
                and content.changed(before, now) is not None
            ]
            works.append(_Work(disease, threshold, (*told, now), behind.get(disease), proofs))
    held = {threshold: (Report((), {}, threshold), 0.0) for threshold in release.thresholds}
    order = sorted(range(len(works)), key=lambda at: -works[at].size)
    alone = sum(work.size for work in works) < WORTH_PROCESSES
    made: dict[int, _Found] = {}
    tell(0, len(works))
    for at, one in each(_attacked, [works[at] for at in order], stopping, alone=alone):
        made[order[at]] = one
        proofs.update(one.proofs)
        tell(len(made), len(works))
    for at, work in enumerate(works):
        so_far, seconds = held[work.threshold]
        held[work.threshold] = _both(so_far, made[at].report), seconds + made[at].seconds
    passed = digest == release.digest and not any(one.refused for one, _ in held.values())
    report = {str(threshold): _stored(one, seconds) for threshold, (one, seconds) in held.items()}
    return Audited(digest, passed, report, zlib.compress(json.dumps(proofs).encode()))


#: Numbers that are told or hidden, from which on other processes help: a whole country's year.
WORTH_PROCESSES = 100_000


@dataclass(frozen=True)
class _Work:
    """A disease at a threshold: what was told of it, the last release last, and the sums behind it."""

    disease: str
    threshold: int
    told: Sequence[tuple[Sheet, ...]]
    behind: Sums | None
    proofs: Proofs

    @property
    def size(self) -> int:
        """How many numbers the release tells or hides."""
        return sum(
            int(np.count_nonzero(sheet.state) + np.count_nonzero(sheet.numerator)) for sheet in self.told[-1]
        )


@dataclass(frozen=True)
class _Found:
    """What an attack found, what it proved, and how long it took."""

    report: Report
    proofs: Proofs
    seconds: float


def _attacked(work: _Work) -> _Found:
    """Attack one disease at one threshold."""
    began = time.perf_counter()
    proofs = dict(work.proofs)
    truth = None if work.behind is None else unhidden(work.behind)
    numbers = [numbers_of(work.disease, one) for one in work.told]
    if any(sheet.noise for sheet in work.told[-1]):
        assert truth is not None  # noqa: S101 - it was prepared from sums
        report = noise.attack(numbers[-1], work.threshold, table_of(work.threshold), truth)
        return _Found(report, {}, time.perf_counter() - began)
    report = audit(numbers, work.threshold, truth, certificates=proofs)
    new = {name: proof for name, proof in proofs.items() if name not in work.proofs}
    return _Found(report, new, time.perf_counter() - began)


def _both(one: Report, other: Report) -> Report:
    """Two reports of different diseases as one."""
    names = dict.fromkeys((*one.figures, *other.figures))
    figures = {name: one.figures.get(name, 0) + other.figures.get(name, 0) for name in names}
    return Report((*one.findings, *other.findings), figures, one.k)


def _stored(report: Report, seconds: float) -> dict[str, Any]:
    """A report as it is stored: the verdict, sentences of findings, figures, and how long it took."""
    verdict = len(report.words) - len(report.findings)
    said = [[text, dict(values)] for text, values in report.words[: verdict + MOST]]
    return {
        "words": said[:verdict],
        "findings": said[verdict:],
        "count": len(report.findings),
        "figures": dict(report.figures),
        "seconds": round(seconds, 2),
    }


def _opened(one: stored.Content) -> tuple[Sheet, ...]:
    """The sheets of a content, whose fingerprint is what was noted: else it is audited as another."""
    data = sheets.expand(one.content)
    if sheets.digest(data) != one.digest:
        raise ValueError(f"the content of {one.disease} is not what was prepared")
    return sheets.unpack(data)


def _tells(sheet: Sheet) -> bool:
    """Whether a sheet has anything but shown zeros."""
    return bool(sheet.state.any() or sheet.numerator.any() or sheet.denominator.any())


def _read_proofs(data: bytes | None) -> Proofs:
    found: Proofs = json.loads(zlib.decompress(data)) if data else {}
    return found
