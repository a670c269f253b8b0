"""Standard populations that rates are brought to, so that areas with other ages can be compared."""

from __future__ import annotations

from dataclasses import dataclass

from surveillance.denominators.ages import in_bands
from surveillance.texts import N_


@dataclass(frozen=True)
class Standard:
    """A standard population of both sexes, by five-year group."""

    code: str
    name: str
    source: str
    by_age: tuple[float, ...]
    """Its share of each group: 0-4, 5-9, and so on; the last one is open."""

    @property
    def bands(self) -> dict[str, float]:
        """Shares by age band of the records."""
        open_from = 5 * (len(self.by_age) - 1)
        groups = {f"{5 * n}-{5 * n + 4}": share for n, share in enumerate(self.by_age[:-1])}
        return in_bands(groups | {f"{open_from}+": self.by_age[-1]})


STANDARDS: dict[str, Standard] = {
    one.code: one
    for one in (
        Standard(
            "who",
            N_("WHO world standard, 2000 to 2025"),
            "Ahmad OB et al. (2001). Age standardization of rates: a new WHO standard. GPE Discussion Paper "
            "31, WHO",
            (
                *(8.86, 8.69, 8.60, 8.47, 8.22, 7.93, 7.61, 7.15, 6.59, 6.04, 5.37, 4.55, 3.72, 2.96, 2.21),
                *(1.52, 0.91, 0.44, 0.15, 0.04, 0.005),
            ),
        ),
        Standard(
            "segi",
            N_("Segi's world standard, 1960"),
            "Segi M (1960), as in Doll R, Payne P, Waterhouse J (1966). Cancer Incidence in Five Continents",
            (12, 10, 9, 9, 8, 8, 6, 6, 6, 6, 5, 4, 4, 3, 2, 1, 0.5, 0.5),
        ),
    )
}
