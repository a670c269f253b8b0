"""Finding the header of a table: below titles, on one row or on two, with groups above the names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from db.intake.files.limits import Limits, check_columns
from db.intake.files.rows import Row, fold, is_blank
from surveillance.errors import UnreadableFileError

#: Rows with content among which the header is looked for.
SEARCHED = 30
#: Row number -> (first, last) place of cells merged into one, from 0.
Merged = Mapping[int, list[tuple[int, int]]]


@dataclass
class Header:
    """A header that was found among the first rows.

    Parameters
    ----------
    names : list of str
        Folded, each once.
    sent : list of str
        As they were written; a name below a group as `group/name` where that is its name.
    rows : list of list of str
        The header's own rows, by which it is known again further down.
    above : list of int
        Numbers of the rows above it.
    length : int
        How many of the rows it was looked for in are above it or belong to it.
    known : int
        How many of its names are known.
    """

    names: list[str]
    sent: list[str]
    rows: list[list[str]]
    above: list[int]
    length: int
    known: int


def folded(known: Iterable[str]) -> frozenset[str]:
    """Known names in the form in which they are compared."""
    return frozenset(name for name in map(fold, known) if name)


def find_header(
    path: Path, head: list[Row], known: frozenset[str], limits: Limits, merged: Merged | None = None
) -> Header:
    """The row, or two rows, of `head` with the most known names; the first row where none is known.

    Raises
    ------
    UnreadableFileError
        There is no row, no name, a known name stands twice, or there are too many columns.
    """
    if not head:
        raise UnreadableFileError("{file}: the file is empty", file=path.name)
    found = best_header(head, known, merged or {})
    while found.sent and not found.sent[-1].strip() and all(len(row) < len(found.sent) for row in found.rows):
        found.sent.pop()
    check_columns(path, len(found.sent), limits)
    found.names = each_once(path, found.sent, known)
    return found


def best_header(head: list[Row], known: frozenset[str], merged: Merged) -> Header:
    """The most likely header, its names not yet made different from each other."""
    best = max((_single(head, at, known, merged) for at in range(len(head))), key=lambda found: found.known)
    for at in range(len(head) - 1):  # two rows only where they know more than any one
        if head[at + 1].number - head[at].number == 1:
            found = _double(head, at, known, merged)
            if found.known > best.known:
                best = found
    return best


def _single(head: list[Row], at: int, known: frozenset[str], merged: Merged) -> Header:
    """One row of names, below a row of groups where there is one."""
    cells = head[at].cells
    count = sum(name in known for name in set(map(fold, cells)))
    if at and _are_groups(head[at - 1], head[at], known, merged):
        joined = _joined(head[at - 1], cells, known, merged)
        joined_count = sum(name in known for name in set(map(fold, joined)))
        if joined_count >= count and count:
            return _header(head, at - 1, at, joined, joined_count)
    return _header(head, at, at, list(cells), count)


def _double(head: list[Row], at: int, known: frozenset[str], merged: Merged) -> Header:
    """Two rows of names: groups above some of them, and names that reach over both rows."""
    names = _joined(head[at], head[at + 1].cells, known, merged)
    return _header(head, at, at + 1, names, sum(name in known for name in set(map(fold, names))))


def _header(head: list[Row], first: int, last: int, sent: list[str], known: int) -> Header:
    rows = [head[at].cells for at in range(first, last + 1)]
    return Header([], sent, rows, [row.number for row in head[:first]], last + 1, known)


def _are_groups(upper: Row, lower: Row, known: frozenset[str], merged: Merged) -> bool:
    """Whether a row names groups of the columns below it, and is not a title."""
    if lower.number - upper.number != 1:
        return False
    filled = [place for place, cell in enumerate(upper.cells) if cell.strip()]
    named = sum(bool(cell.strip()) for cell in lower.cells)
    if not filled or len(filled) >= named:
        return False
    if len(filled) > 1:
        return True
    spans = [span for span in merged.get(upper.number, ()) if span[0] == filled[0]]
    return filled[0] > 0 or any(last - first + 1 < named for first, last in spans)


def _joined(upper: Row, lower: list[str], known: frozenset[str], merged: Merged) -> list[str]:
    """Names of two rows as one: `group/name`, but the name alone where that is what is known."""
    groups = _spread(upper, len(lower), merged)
    alone = Counter(fold(cell) for cell in lower)
    names = []
    for place in range(max(len(lower), len(upper.cells))):
        name = lower[place] if place < len(lower) else ""
        own = upper.cells[place] if place < len(upper.cells) else ""
        group = groups[place] if place < len(groups) else ""
        if not name.strip():
            names.append(own)
        elif not group.strip():
            names.append(name)
        else:
            both = f"{group.strip()}/{name.strip()}"
            is_name = fold(both) not in known and fold(name) in known and alone[fold(name)] == 1
            names.append(name if is_name else both)
    return names


def _spread(upper: Row, width: int, merged: Merged) -> list[str]:
    """Each group over the columns it reaches: its merged cells, or up to the next group."""
    spans = dict(merged.get(upper.number, ()))
    groups = []
    group, until = "", width
    for place in range(width):
        cell = upper.cells[place] if place < len(upper.cells) else ""
        if cell.strip():
            group = cell
            until = spans.get(place, place) if spans else width
        groups.append(group if place <= until else "")
    return groups


def each_once(path: Path, sent: list[str], known: frozenset[str]) -> list[str]:
    """Folded names; an unknown one that stands twice is numbered.

    Raises
    ------
    UnreadableFileError
        There is no name at all, or a known one stands twice.
    """
    if is_blank(sent):
        raise UnreadableFileError("{file}: the first row holds no column names", file=path.name)
    names: list[str] = []
    taken = {fold(name) for name in sent}
    seen: set[str] = set()
    for name in map(fold, sent):
        if name and name in seen:
            if name in known:
                raise UnreadableFileError(
                    "{file}: column '{name}' stands twice in the header; keep one of them",
                    file=path.name,
                    name=name,
                )
            number = 2
            while f"{name} ({number})" in taken:
                number += 1
            name = f"{name} ({number})"  # noqa: PLW2901 - the same column under a name of its own
            taken.add(name)
        seen.add(name)
        names.append(name)
    return names
