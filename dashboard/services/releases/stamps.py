"""What a table, a panel or a curve says of the release that it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.exports.stamp import COLUMNS
from dashboard.services.releases.figures import Stamp
from dashboard.services.releases.periods import Issued

__all__ = ["COLUMNS", "Release"]


@dataclass(frozen=True)
class Release:
    """The release that answers, and its periods.

    Parameters
    ----------
    stamp : Stamp or None
        None: nothing has been issued yet.
    periods : tuple
        The issued periods that the values are of.
    role : str
        The role of the account that is answered.
    """

    stamp: Stamp | None
    periods: tuple[Issued, ...] = ()
    role: str = ""

    @property
    def said(self) -> str:
        """The periods, as files name them: kind and first day of each."""
        return " ".join(f"{kind}:{first.isoformat()}" for kind, first in self.periods)

    def facts(self) -> Mapping[str, Any]:
        """What files say of the release beside their table; nothing where none answers."""
        if self.stamp is None:
            return {}
        return {
            "release": self.stamp.release,
            "issued_on": self.stamp.issued_on.isoformat(),
            "data_until": self.stamp.data_until.isoformat(),
            "threshold_of_release": self.stamp.threshold,
            "periods": self.said,
        }

    def columns(self, *, issued: bool, said: str = "") -> dict[str, Any]:
        """A row's `COLUMNS`. `issued`: whether the row is of the release; `said`: its own periods."""
        stamp = self.stamp if issued else None
        if stamp is None:
            return dict.fromkeys(COLUMNS) | {
                "issued": "yes" if issued else "no",
                "shown_to_role": self.role,
            }
        until = stamp.data_until.isoformat()
        told = ("yes", stamp.release, stamp.threshold, said or self.said, until, self.role)
        return dict(zip(COLUMNS, told, strict=True))

    @property
    def number(self) -> int | None:
        """Number of the release."""
        return None if self.stamp is None else self.stamp.release
