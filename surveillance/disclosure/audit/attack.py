"""The audit of a release: the attack of a reader who knows everything published, and what it finds."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, MutableMapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from surveillance.disclosure.audit.cells import NO_CROSSING, Cells, cells_of
from surveillance.disclosure.audit.certify import NEARLY, Targets, certify
from surveillance.disclosure.audit.differences import differences, revisions
from surveillance.disclosure.audit.exchanges import reach
from surveillance.disclosure.audit.flows import flow
from surveillance.disclosure.audit.judge import PROTECTED, Wanted, finding, true_values, wanted
from surveillance.disclosure.audit.nearby import nearby
from surveillance.disclosure.audit.numbers import BLANK, COHORT, SHOWN, VISITS, Numbers
from surveillance.disclosure.audit.programme import Piece, pieces
from surveillance.disclosure.audit.propagate import ContradictionError, propagate
from surveillance.disclosure.audit.words import Finding, Report, What

#: What was found of each block, by the digest of all that it depends on. Text and numbers, for storing.
Certificates = MutableMapping[str, list[Any]]
#: Changes with what the audit does, so that proofs of another version are not taken for proofs of this one.
VERSION = 3
#: Up to so many numbers of a block, the programme of all of them is cheaper than further exchanges.
SMALL = 5_000


def audit(
    releases: Sequence[Numbers],
    k: int,
    truth: Numbers | None = None,
    known: Numbers | None = None,
    certificates: Certificates | None = None,
    thorough: bool = False,
) -> Report:
    """Attack a release with all that it and the earlier ones tell.

    The attacker knows every published number, how numbers sum, and how the measures of a cascade bound each
    other. Her bounds are computed from published numbers alone. `truth` is used to judge them: which hidden
    numbers are small.

    Parameters
    ----------
    releases : sequence of Numbers
        What is published, the earliest first; the last is the one that is audited.
    k : int
        The smallest number of people that may be told.
    truth : Numbers, optional
        The rows of the last release with nothing hidden. A release that is told without it is judged only by
        what is certain: a number that must lie within 1 to k - 1.
    known : Numbers, optional
        What an insider knows beside, such as every number of her province. What she could narrow is counted
        in the figures `insider` and `insider_of`, and is no finding.
    certificates : mapping, optional
        What earlier audits proved. New proofs are added, so that pieces which are the same are not audited
        again.
    thorough : bool
        Whether numbers that are not issued are attacked by all means, too, not by sums and differences alone.

    Returns
    -------
    Report

    References
    ----------
    .. [1] Fischetti M, Salazar JJ. Solving the cell suppression problem on tabular data with linear
    constraints.
       Manag Sci 2001;47:1008-1027. doi:10.1287/mnsc.47.7.1008.9805
    .. [2] Giessing S. Survey on methods for tabular data protection in ARGUS. LNCS 2004;3050:1-13.
       doi:10.1007/978-3-540-25955-8_1

    Examples
    --------
    A country of two provinces; one has three people, and both are hidden, but the total gives a bound.

    >>> from datetime import date
    >>> from surveillance.disclosure.audit.numbers import Row
    >>> def row(place, records, status=0):
    ...     day = date(2024, 1, 1)
    ...     return Row("tb", "records", "care", place, "", "", "year", day, records, status=status)
    >>> told = Numbers.of([row("", 3), row("A", -1, 1), row("B", -1, 1)])
    >>> for found in audit([told], 5).findings:
    ...     print(found.what, found.lowest, found.highest)
    shown 3 3
    difference 3 3
    """
    found: list[Finding] = []
    figures: Counter[str] = Counter()
    certificates = {} if certificates is None else certificates
    for disease, year, chain, told, whole in blocks_of(releases, truth):
        own = None if known is None else _of(known, disease, year, chain)
        name = _digest([*told, *filter(None, (whole, own))], f"{k} {thorough} {whole is None} {own is None}")
        if name not in certificates:
            counts: Counter[str] = Counter()
            block = Block(disease, year, chain, k, thorough, counts)
            findings = _audited(block, told, whole, own)
            certificates[name] = [[one.stored for one in findings], dict(counts)]
        else:
            figures["kept"] += 1
        findings_then, counts_then = certificates[name]
        found += [Finding.of(one) for one in findings_then]
        figures.update(counts_then)
    return Report(tuple(found), dict(figures), k)


@dataclass(frozen=True)
class Block:
    """What is audited at a time: no sum goes from one disease, year or chain to another."""

    disease: str
    year: int
    chain: tuple[str, ...]
    k: int
    thorough: bool
    figures: Counter[str]


def _audited(
    block: Block, told: list[Numbers], truth: Numbers | None, known: Numbers | None
) -> list[Finding]:
    """Attack one block."""
    versions = _versions(told)
    try:
        own = [cells_of(one, block.disease, block.year, block.chain, block.k) for one in versions]
        shown = own[-1].least.copy()
        for cells in own:
            propagate(cells)
    except ContradictionError as error:
        contradicted = What.CONTRADICTION, block.disease, error.measure, error.part, error.key
        return [Finding(*contradicted, 0, 0, block.k)]
    cells = own[-1]
    truths = None if truth is None else true_values(cells, truth)
    found = [*revisions(own, block.k), *_shown(cells, shown, block.k), *differences(cells, block.k)]
    found += _attack(cells, truths, block)
    if known is not None and len(known):
        _insider(versions[-1], known, cells, truths, block)
    return found


def _digest(numbers: list[Numbers], said: str) -> str:
    """Name everything that the proofs of a block depend on."""
    one = hashlib.blake2b(f"{VERSION} {said}".encode(), digest_size=20)
    for part in numbers:
        for field in fields(part):
            one.update("|".join(map(str, getattr(part, field.name).tolist())).encode())
            one.update(b"#")
    return one.hexdigest()


def _of(numbers: Numbers, disease: str, year: int, chain: tuple[str, ...]) -> Numbers:
    """Return the rows of one disease, year and chain."""
    years = numbers.first_day.astype("datetime64[Y]").astype(int) + 1970
    return numbers.where((numbers.disease == disease) & (years == year) & np.isin(numbers.measure, chain))


def blocks_of(
    releases: Sequence[Numbers], truth: Numbers | None
) -> Iterator[tuple[str, int, tuple[str, ...], list[Numbers], Numbers | None]]:
    """Part what is published, and the truth, by disease, year and chain: no sum goes from one to another.

    Parameters
    ----------
    releases : sequence of Numbers
        The last one says which diseases and years there are.
    truth : Numbers, optional

    Yields
    ------
    tuple of (str, int, tuple of str, list of Numbers, Numbers or None)
        Disease, year, chain; what each release publishes about the three, and the truth.

    Examples
    --------
    >>> from surveillance.disclosure.audit.example import family
    >>> told = Numbers.of([family("", 40, 60), family("KH01", 33, 45)])
    >>> [(disease, year, chain, len(of[0])) for disease, year, chain, of, _ in blocks_of([told], None)]
    [('tb', 2024, ('completion',), 2)]
    """
    last = releases[-1]
    years = last.first_day.astype("datetime64[Y]").astype(int) + 1970
    for disease in sorted(set(last.disease.tolist())):
        ours = [numbers.where(numbers.disease == disease) for numbers in releases]
        for year in sorted(set(years[last.disease == disease].tolist())):
            for chain in (VISITS, COHORT):
                told = [_of(numbers, disease, year, chain) for numbers in ours]
                if len(told[-1]):
                    whole = None if truth is None else _of(truth, disease, year, chain)
                    yield disease, year, chain, [numbers for numbers in told if len(numbers)], whole


def _versions(told: list[Numbers]) -> list[list[Numbers]]:
    """Put releases together that say the same; one that says otherwise begins a revision."""
    versions: list[tuple[list[Numbers], dict[tuple[object, ...], tuple[int, ...]]]] = []
    for numbers in told:
        values = {tuple(row[:8]): tuple(row[8:10]) for row in numbers.rows() if row.status == SHOWN}
        if versions and all(versions[-1][1].get(key, value) == value for key, value in values.items()):
            versions[-1][0].append(numbers)
            versions[-1][1].update(values)
        else:
            versions.append(([numbers], values))
    return [numbers for numbers, _ in versions]


def _shown(cells: Cells, told: np.ndarray, k: int) -> list[Finding]:
    """Find published numbers that are small themselves."""
    small = cells.told[:, cells.levels] & cells.of_names(*PROTECTED) & (told >= 1) & (told < k)
    return [
        finding(cells, What.SHOWN, cell, number, told[cell, number], told[cell, number], k)
        for cell, number in np.argwhere(small)
    ]


def _attack(cells: Cells, truth: np.ndarray | None, block: Block) -> list[Finding]:
    """Find the bounds of every hidden number that is attacked, and judge them."""
    k, figures = block.k, block.figures
    asked = wanted(cells, truth, k, block.thorough)
    figures["families"] += int((cells.told | cells.hidden).sum())
    figures["hidden"] += int(cells.hidden.sum())
    figures["targets"] += int(asked.proved.sum())
    figures["by_sums"] += int((asked.small & ~asked.proved).sum())
    least, most = cells.least.astype(np.float64), cells.most.astype(np.float64)
    open_ = asked
    if truth is not None:
        small = cells.least.size <= SMALL
        reached = reach(cells, truth, k, asked, common=small)
        if not small:
            figures["flows"] += flow(cells, truth, k, asked, reached)
        open_ = reached.without(asked, k)
    figures["exchanged"] += int((asked.proved | asked.loose).sum() - (open_.proved | open_.loose).sum())
    # What programmes reach: inner bounds, or the exact ones where those are too narrow.
    for piece in pieces(cells):
        which, targets = _targets(piece, cells, open_, k)
        if len(which):
            if truth is not None:
                _begin(piece, cells, targets, truth)
            certify(piece, targets)
            figures["pieces"] += 1
            figures["asked"] += targets.asked
            _narrow(which, targets, least, most)
    return list(_judged(cells, asked, truth, (least, most), k, figures))


def _narrow(which: np.ndarray, targets: Targets, least: np.ndarray, most: np.ndarray) -> None:
    """Keep the exact bounds of targets that cannot go as far as they should."""
    exact = targets.exact
    for one in np.flatnonzero(targets.not_down | exact):
        least.flat[which[one]] = targets.least[one]
    for one in np.flatnonzero(targets.not_up | exact):
        most.flat[which[one]] = targets.most[one]


def _begin(piece: Piece, cells: Cells, targets: Targets, truth: np.ndarray) -> None:
    """Begin with the true table, where it is known: it agrees with what is published. Then look near it."""
    point = truth.ravel()[piece.number].astype(np.float64)
    if np.any(point == BLANK):
        return
    value = piece.rows.matrix @ point
    if np.all(value >= piece.rows.least) and np.all(value <= piece.rows.most):
        targets.seen(point)
        nearby(piece, cells, targets, point)


def _targets(piece: Piece, cells: Cells, asked: Wanted, k: int) -> tuple[np.ndarray, Targets]:
    """List the attacked numbers of a piece: which they are among all numbers, and where they stand in it."""
    width = len(cells.parts)
    place = np.full(cells.least.size, -1)
    place[piece.number] = np.arange(len(piece.number))
    denominator = np.flatnonzero(cells.of_names("denominator"))
    of_piece = np.zeros(cells.least.size, np.bool_)
    of_piece[piece.number] = True
    square = of_piece.reshape(-1, width)
    square[:, denominator] = square[:, denominator - 1] | square[:, denominator - 2]
    open_ = cells.least < cells.most
    reachable = (cells.least <= 1) & (cells.most >= k - 1)
    which = np.flatnonzero((square & open_ & (asked.loose | asked.proved & reachable)).ravel())
    is_denominator = np.isin(which % width, denominator)
    one = np.where(is_denominator, which - 2, which)
    two = np.where(is_denominator, which - 1, -1)
    first, second = place[one], np.where(two < 0, -1, place[two])
    known = np.where(is_denominator & (first < 0), cells.least.ravel()[one], 0)
    known = known + np.where(is_denominator & (second < 0), cells.least.ravel()[two], 0)
    first, second = np.where(first < 0, second, first), np.where(first < 0, -1, second)
    count = len(which)
    targets = Targets(
        first,
        second,
        known.astype(np.float64),
        np.full(count, 1.0),
        np.full(count, float(k - 1)),
        asked.loose.ravel()[which],
    )
    return which, targets


def _judged(
    cells: Cells,
    asked: Wanted,
    truth: np.ndarray | None,
    bounds: tuple[np.ndarray, np.ndarray],
    k: int,
    figures: Counter[str],
) -> Iterator[Finding]:
    """Say what the bounds give away."""
    least, most = bounds
    too_narrow = asked.small & ((least > 1 + NEARLY) | (most < k - 1 - NEARLY))
    if truth is None:  # only what must be small, whatever the truth
        maybe = too_narrow & (least < k) & (most >= 1)
        too_narrow = maybe & (least >= 1 - NEARLY) & (most < k)
        figures["may"] += int((maybe & ~too_narrow).sum())
    for cell, number in np.argwhere(too_narrow):
        yield finding(cells, What.NARROW, cell, number, least[cell, number], most[cell, number], k)
    exact = most - least < 1 - NEARLY
    for cell, number in np.argwhere(asked.loose & exact & ~asked.zero):
        what = What.ZERO if most[cell, number] < NEARLY else What.EXACT
        yield finding(cells, what, cell, number, least[cell, number], most[cell, number], k)
    yield from _whole_families(cells, asked, exact, bounds, k)
    if truth is not None:
        zeros = cells.hidden[:, cells.levels] & (truth == 0) & ~asked.zero & (most < k - 1) & (most > 0)
        figures["zeros"] += int(zeros.sum())


def _whole_families(
    cells: Cells, asked: Wanted, exact: np.ndarray, bounds: tuple[np.ndarray, np.ndarray], k: int
) -> Iterator[Finding]:
    """Find hidden families of which everything can be worked out."""
    protected = cells.of_names(*PROTECTED)
    for level in range(len(cells.chain)):
        numbers = np.flatnonzero((cells.levels == level) & protected).tolist()
        whole = cells.hidden[:, level] & exact[:, numbers].all(axis=1) & ~asked.zero[:, numbers].all(axis=1)
        told = asked.small[:, numbers] | asked.loose[:, numbers]
        for cell in np.flatnonzero(whole & ~told.any(axis=1)).tolist():
            if cells.keys[cell].place != NO_CROSSING:
                value = bounds[0][cell, numbers[-1]]
                yield finding(cells, What.FAMILY, cell, numbers[-1], value, value, k)


def _insider(
    told: list[Numbers], known: Numbers, outside: Cells, truth: np.ndarray | None, block: Block
) -> None:
    """Count what an insider could narrow beside what she knows."""
    cells = cells_of([*told, known], block.disease, block.year, block.chain, block.k)
    propagate(cells)
    if truth is not None:
        order = {key: cell for cell, key in enumerate(outside.keys)}
        truth = truth[[order[key] for key in cells.keys]]
    count: Counter[str] = Counter()
    narrowed = _attack(cells, truth, replace(block, figures=count))
    block.figures["insider"] += sum(one.what is What.NARROW for one in narrowed) + count["may"]
    block.figures["insider_of"] += count["targets"] + count["by_sums"]
