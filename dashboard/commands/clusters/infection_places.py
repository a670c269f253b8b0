"""`infection-places`: where cases were infected, from their dated stays."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from surveillance.errors import UsageError

_DESCRIPTION = (
    "Tell where each case of a file was infected, as a probability for each place with its interval, and "
    "which share was imported: stays before the symptoms are weighed by the incubation period of the disease "
    "and the risk of each place. It needs no database and no key, and nothing is kept. Refused for vivax and "
    "other relapsing malaria, tuberculosis, HIV, syphilis, hepatitis, and syndromes of many causes. Files "
    "and answers: docs/infection_places.md."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "infection-places", help="tell where cases were infected, from their stays", description=_DESCRIPTION
    )
    command.add_argument(
        "--stays",
        type=Path,
        required=True,
        metavar="FILE",
        help="case,date_onset,place,from,to: a row for each stay of each case",
    )
    command.add_argument("--disease", required=True, metavar="CODE", help="the disease of all the cases")
    command.add_argument("--species", metavar="CODE", default="", help="of malaria: pf, pk")
    command.add_argument(
        "--incubation",
        metavar="MEDIAN,FACTOR",
        help="an incubation period of your own: its median in days, and the factor by which it spreads",
    )
    command.add_argument("--source", metavar="TEXT", default="", help="where that period was published")
    command.add_argument(
        "--risks",
        type=Path,
        metavar="FILE",
        help="place,relative_risk[,lower,upper]; all alike, unless given",
    )
    command.add_argument(
        "--person-days",
        type=Path,
        metavar="FILE",
        help="place,person_days of all people under watch, cases or not: risks are estimated from them",
    )
    command.add_argument(
        "--of", choices=("cases", "places"), default="cases", help="rows of cases, or of places and the share"
    )
    command.add_argument("--draws", type=int, default=2000, metavar="N", help="draws, 2000")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed draws the same, 0")
    command.add_argument(
        "--dates",
        choices=("day-first", "month-first"),
        help="how the file writes days as numbers, where it does not show it (03/04/2025)",
    )
    command.add_argument(
        "--era",
        choices=("thai", "cambodian"),
        help="of which reckoning its Buddhist years are, where it does not show it (2568-06-10)",
    )
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Tell, and print rows of cases or of places."""
    from dashboard.services.own_files import stays  # noqa: PLC0415 - other commands need no SciPy
    from dashboard.services.own_files.days import Declared  # noqa: PLC0415

    if not 100 <= options.draws <= 20_000:
        raise UsageError(f"--draws is {options.draws}; give 100 to 20000")
    if options.source and not options.incubation:
        raise UsageError("--source is of --incubation")
    answer = stays.told(
        options.stays,
        stays.Question(options.disease, options.species, _period(options), options.draws, options.seed),
        risks=options.risks,
        person_days=options.person_days,
        declared=Declared(options.dates, options.era),
    )
    rows = answer.cases if options.of == "cases" else answer.places
    write(rows, list(rows[0]), options.format)
    for text in answer.said:
        say(text)
    return 0


def _period(options: argparse.Namespace) -> tuple[float, float, str] | None:
    if not options.incubation:
        return None
    try:
        median, factor = map(float, options.incubation.split(","))
    except ValueError:
        raise UsageError(
            f"--incubation is '{options.incubation}'; write median and factor, as 12,1.3"
        ) from None
    return median, factor, options.source
