"""Cells in which facilities lay in remote areas, as a condition on rows that name a facility and a cell."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlalchemy as sa

Condition = sa.ColumnElement[bool]
#: First and last cell of a stay, both included.
Span = tuple[int, int]


@dataclass(frozen=True)
class Stays:
    """Facilities while they lay in remote areas, or (not `inside`) all else.

    `held`: for each set of stays the facilities that have it. `version`: of the list of remote areas.
    """

    held: tuple[tuple[tuple[Span, ...], tuple[str, ...]], ...]
    inside: bool = True
    version: int = 0

    @property
    def facilities(self) -> frozenset[str]:
        """Facilities that lay in a remote area in any cell."""
        return frozenset(name for _, names in self.held for name in names)

    def condition(
        self,
        of: Callable[[Collection[str]], Condition],
        first: sa.ColumnElement[int],
        last: sa.ColumnElement[int] | None = None,
    ) -> Condition:
        """Rows of the group.

        Parameters
        ----------
        of : callable
            Says that a row names one of some facilities.
        first, last : columns
            The first and last cell of a row; without `last` a row has one cell. Of several all must lie in
            the stay.
        """
        end = first if last is None else last
        within = [
            sa.and_(of(names), sa.or_(*(sa.and_(first >= begins, end <= ends) for begins, ends in spans)))
            for spans, names in self.held
        ]
        found = sa.or_(*within) if within else sa.false()
        return found if self.inside else sa.not_(found)
