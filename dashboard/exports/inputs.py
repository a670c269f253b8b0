"""What was scanned, to be written beside what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Inputs:
    """What was scanned, as `surveillance.scan.scan` takes it."""

    cases: Sequence[pd.DataFrame]
    locations: pd.DataFrame
    population: pd.DataFrame | None = None
    neighbours: pd.DataFrame | None = None
    network: pd.DataFrame | None = None
    relative_risks: pd.DataFrame | None = None
    silent: pd.DataFrame | None = None
    flows: pd.DataFrame | None = None
    #: Places that roads or flows lead through and that are not scanned.
    through: Sequence[str] = ()

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables there are, by the name of their file."""
        found = {f"cases{n}" if n > 1 else "cases": table for n, table in enumerate(self.cases, 1)}
        for name, table in vars(self).items():
            if name not in ("cases", "through") and table is not None:
                found["silences" if name == "silent" else name] = table
        return found
