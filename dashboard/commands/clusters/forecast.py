"""`forecast`: how many cases the next weeks or months bring, from own counts or the records."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.settings import Settings
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

_DESCRIPTION = (
    "Tell how many cases the next steps of time bring at each place, with an interval, and how likely there "
    "are more than a threshold: an endemic-epidemic model (hhh4 of R's package surveillance), in which a "
    "count follows from the season, the place's own last count and, where asked, those of other places. The "
    "counts are your own CSV or XLSX file (--counts): no database and no key is needed, and nothing is kept. "
    "Or they are counted in the records (--disease and --by). --scores says how well it would have foretold "
    "the last steps. Files, options and answers: docs/forecast.md."
)
_OF_RECORDS = ("by", "place", "step", "records", "other_side", "other_side_held")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "forecast", help="tell how many cases the next weeks or months bring", description=_DESCRIPTION
    )
    command.add_argument(
        "--counts",
        type=Path,
        metavar="FILE",
        help="date,count[,place]; a date is the first day of a day, week or month, or the number of a week",
    )
    command.add_argument("--ahead", type=int, default=4, metavar="N", help="steps ahead, 4")
    command.add_argument(
        "--threshold", type=float, metavar="CASES", help="tell the probability of more cases than these"
    )
    command.add_argument("--level", type=float, default=0.95, metavar="P", help="of the interval, 0.95")
    command.add_argument(
        "--others",
        choices=("none", "neighbours", "power-law", "flows"),
        help="how other places' last counts matter: not; those of neighbours; of all, less with each border "
        "between; by the people who went from there. power-law where neighbours are known, unless given",
    )
    command.add_argument(
        "--neighbours", type=Path, metavar="FILE", help="place,neighbour: a row for each pair"
    )
    command.add_argument(
        "--flows", type=Path, metavar="FILE", help="from,to,people: who went from one place to another"
    )
    command.add_argument(
        "--waves",
        type=int,
        metavar="N",
        help="harmonics of a year: 2 with four years of counts, 1 with two, else none",
    )
    command.add_argument("--trend", action="store_true", help="let the endemic part grow or fall by the year")
    command.add_argument("--fewest", type=int, metavar="N", help="cases in all that a place needs, 10")
    command.add_argument(
        "--scores",
        type=int,
        default=0,
        metavar="N",
        help="foretell the last N steps once more, each from what was known before, beside naive forecasts",
    )
    command.add_argument("--draws", type=int, default=1000, metavar="N", help="futures that are drawn, 1000")
    command.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed draws the same, 0")
    records = command.add_argument_group("on the records")
    records.add_argument("--disease", metavar="CODE", help="the disease whose records are counted")
    records.add_argument(
        "--by",
        choices=("country", "province", "district", "crossing", "facility"),
        help="the kind of place; a district is an operational one, as the facility list names it",
    )
    records.add_argument(
        "--other-side",
        type=Path,
        metavar="FILE",
        help="date,place,count of areas across the border, foretold beside the provinces; --neighbours says "
        "which of them border on which",
    )
    records.add_argument(
        "--other-side-held",
        action="store_true",
        help="the same with the counts that are held of provinces across the border (`neighbours import`), "
        "by their codes",
    )
    records.add_argument("--place", metavar="CODE", help="one place of that kind; all, unless given")
    records.add_argument("--step", choices=("week", "month"), help="weeks, unless given")
    records.add_argument(
        "--records", action="store_true", help="count every record; cases found positive, unless given"
    )
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
    """Foretell, and print a row for each place and step; with --scores the scores instead."""
    from dashboard.services.own_files import forecast  # noqa: PLC0415 - other commands need no SciPy
    from dashboard.services.own_files.counts import read_counts  # noqa: PLC0415
    from dashboard.services.own_files.days import Declared  # noqa: PLC0415

    if (options.counts is None) == (options.disease is None):
        raise UsageError("give either --counts FILE, or --disease and --by for the records")
    if options.neighbours is not None and options.flows is not None:
        raise UsageError("--neighbours and --flows each say how places are joined: take one of them")
    ways = None
    if options.flows is not None:
        ways = forecast.read_flows(options.flows)
    elif options.neighbours is not None:
        ways = forecast.read_neighbours(options.neighbours)
    question = forecast.Question(
        options.ahead, _others(options), options.waves, options.trend, options.threshold, options.level,
        forecast.FEWEST if options.fewest is None else options.fewest, options.scores, options.draws,
        options.seed,
    )  # fmt: skip
    if options.disease is not None:
        answer = _on_records(options, question, ways)
    else:
        for name in _OF_RECORDS:
            if getattr(options, name):
                raise UsageError(
                    f"--{name.replace('_', '-')} is an option of --disease, and the counts are a file"
                )
        file = read_counts(options.counts, Declared(options.dates, options.era))
        answer = forecast.foretell(file, question, ways)
        if file.has_population:
            say("the population is not used: each place has a level of its own")
    rows = answer.scores if options.scores else answer.rows
    write(rows, list(rows[0]), options.format)
    for text in answer.said:
        say(text)
    return 0


def _others(options: argparse.Namespace) -> Any:
    """Say how other places matter, from what is given."""
    wanted = options.others
    if options.flows is not None:
        if wanted not in (None, "flows"):
            raise UsageError(f"--flows says how places are joined, and --others is {wanted}")
        return "flows"
    if wanted == "flows":
        raise UsageError("--others flows needs --flows FILE")
    across = options.other_side is not None or options.other_side_held
    by_province = options.disease is not None and options.by == "province" and not options.place
    if options.neighbours is not None and options.disease is not None and not across:
        raise UsageError(
            "--neighbours beside --disease needs --other-side: neighbours of provinces are known"
        )
    if options.other_side is not None and options.other_side_held:
        raise UsageError("--other-side and --other-side-held: take one of them")
    if across and not by_province:
        raise UsageError("--other-side stands beside provinces: give --by province, and no --place")
    known = options.neighbours is not None or by_province
    if wanted in ("neighbours", "power-law") and not known:
        raise UsageError(
            f"--others {wanted} needs neighbours: give --neighbours FILE, or ask the records --by province"
        )
    return wanted or ("power-law" if known else "none")


def _on_records(options: argparse.Namespace, question: Any, ways: Any) -> Any:
    from dashboard.services.early_warning import foretell  # noqa: PLC0415 - other commands need none
    from dashboard.services.own_files.counts import read_counts  # noqa: PLC0415
    from dashboard.services.own_files.days import Declared  # noqa: PLC0415

    if options.disease not in DISEASES:
        raise UsageError(f"--disease: there is no '{options.disease}'; one of {', '.join(DISEASES)}")
    if options.by is None:
        raise UsageError("--disease needs --by: country, province, district, crossing or facility")
    for name in ("dates", "era"):
        if getattr(options, name) and options.other_side is None:
            raise UsageError(f"--{name} is an option of --counts, and the records are counted")
    other = None
    if options.other_side is not None:
        other = read_counts(options.other_side, Declared(options.dates, options.era))
    asked = foretell.RecordsQuestion(
        options.disease, options.by, question, options.step or "week", options.records, options.place or "",
        ways, other, options.other_side_held,
    )  # fmt: skip
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    answer = foretell.foretell(database, grant, asked)
    store.audit_use(database, grant, "forecast", {"disease": options.disease, "by": options.by})
    return answer
