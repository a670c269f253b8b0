"""Whose data a query may return. Every query that returns people's data takes one; there is no default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scope:
    """Provinces of care whose records may be counted; `None` means all of them."""

    provinces: frozenset[str] | None

    @classmethod
    def everything(cls) -> Scope:
        """The scope of the custodian and of national roles."""
        return cls(None)

    @classmethod
    def of(cls, *provinces: str) -> Scope:
        """The scope of a role that answers for these provinces of care."""
        return cls(frozenset(provinces))

    @property
    def national(self) -> bool:
        """Whether every province of care is in scope."""
        return self.provinces is None

    def holds(self, province: str) -> bool:
        """Whether a province of care is in scope."""
        return self.provinces is None or province in self.provinces
