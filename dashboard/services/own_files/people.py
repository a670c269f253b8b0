"""Places that a table of people says nothing of: a scan names them.

In a person's own files such a place counts as one without people, as in SaTScan; with dates it is
refused. A scan of the database leaves it out, with its cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dashboard.messages import Translate
from surveillance.texts import N_

if TYPE_CHECKING:  # pages take the words from here, and a web worker does without pandas
    import pandas as pd

#: Said of a run of the database, whose places come from the records.
NOT_IN_POPULATION = N_(
    "Places without a row in the file of the population: {count:,} ({places}). They were not scanned. If "
    "people live there, add their number and scan again."
)
_NOBODY_LIVES = (
    "Places without a row in the file of the population: {count:,} ({places}). They count as places where "
    "nobody lives. If people live there, add their number and scan again."
)
_MOST_NAMED = 5


def places_without_row(locations: Iterable[str], population: pd.DataFrame | None) -> dict[str, Any]:
    """Parameters of a run: how many places have no row, and the first of them; none where each has one.

    >>> import pandas as pd
    >>> places_without_row(["a", "b", "c"], pd.DataFrame({"location": ["b"], "population": ["7"]}))
    {'without_population': 2, 'without_population_first': ['a', 'c']}
    """
    if population is None or "location" not in population:
        return {}
    held = set(population["location"].dropna().astype(str).str.strip())
    missing = [place for place in map(str, locations) if place.strip() not in held]
    if not missing:
        return {}
    return {"without_population": len(missing), "without_population_first": missing[:_MOST_NAMED]}


def without_row(used: Mapping[str, Any], named: Callable[[str], str], t: Translate) -> list[str]:
    """The same as a sentence, from the parameters of a run; `named` gives the name of a place's code."""
    count = used.get("without_population", 0)
    if not count:
        return []
    first = used["without_population_first"]
    places = ", ".join(map(named, first)) + (" …" if count > len(first) else "")
    said = NOT_IN_POPULATION if "cases_are" in used else _NOBODY_LIVES
    return [t(said).format(count=count, places=places)]
