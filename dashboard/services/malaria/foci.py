"""The register of foci: villages with local cases of malaria, for accounts that are shown small numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.malaria.worklist import check_covers
from db.core.engine import Database
from db.cubes import archived_sums
from db.malaria import cases as stored
from db.malaria.cases import DISEASE
from geodata.gazetteer import gazetteer
from surveillance.malaria import foci
from surveillance.malaria.foci import Focus, Status, VillageCases
from surveillance.vocabulary import UNKNOWN

#: Columns of the file, in order.
COLUMNS = (
    "village", "province", "commune", "status", "last_local", "local_cases", "imported_relapsing_induced",
    "unclassified", "last_unclassified",
)  # fmt: skip
#: Days within which cases that name no village are told.
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Register:
    """The foci on a day. `without`: cases of a year that may be local and name no village.

    `held_from`: first day of visits that are held one by one; villages whose cases all lie before it are not
    known. None: nothing was reduced to sums.
    """

    foci: tuple[Focus, ...]
    unclassified: tuple[VillageCases, ...]
    without: int
    day: date
    held_from: date | None

    def count(self, status: Status) -> int:
        """How many foci have a status."""
        return sum(focus.status == status for focus in self.foci)

    def records(self) -> list[dict[str, Any]]:
        """As rows of a file: foci, then villages whose cases are all of unknown origin, without a status."""
        found = [
            dict(
                zip(
                    COLUMNS,
                    (
                        one.village,
                        province(one.village),
                        one.village[:6],
                        one.status,
                        one.last_local,
                        one.local,
                        one.brought,
                        one.unclassified,
                        one.last_unclassified,
                    ),
                    strict=True,
                )
            )
            for one in self.foci
        ]
        blank: dict[str, Any] = dict.fromkeys(COLUMNS)
        return found + [
            blank
            | {
                "village": one.village,
                "province": province(one.village),
                "commune": one.village[:6],
                "local_cases": 0,
                "unclassified": one.cases,
                "last_unclassified": one.last,
            }
            for one in self.unclassified
        ]


def province(village: str) -> str:
    """The code of the province that a village's number begins with."""
    return gazetteer().match_place(village) or UNKNOWN


def register(database: Database, grant: Grant, *, today: date) -> Register:
    """The register of the account's places, as far as records are held.

    Raises
    ------
    NotPermittedError
        The account is not shown small numbers (each village is one), or does not cover malaria.
    """
    grant.check(Permission.SEE_COVERAGE)
    disclosed.check_line_list(grant, DISEASE)
    check_covers(grant)
    with database.reading() as connection:
        counted = stored.by_village(connection, grant.scope, today)
        without = stored.without_village(connection, grant.scope, today - _YEAR, today)
        held = archived_sums.held_from(connection)
    return Register(
        tuple(foci.register(counted, today)), tuple(foci.unclassified(counted)), without, today, held
    )
