"""`early-warning`: is a count higher than earlier ones let expect? On own counts, or the records."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from dashboard.parameters import of_buddhist_era
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.settings import Settings
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

_EARS = ("ears-c1", "ears-c2", "ears-c3")
_FARRINGTON = ("farrington", "farrington-original")
_GLM = ("glm-mean", "glm-trend", "glm-harmonic", "glm-harmonic-trend")
#: Options of the methods: name in the namespace -> the methods that take it.
_TAKEN_BY = {
    "alpha": (*_EARS, *_FARRINGTON, *_GLM),
    "baseline": _EARS,
    "min_sigma": _EARS,
    "b": _FARRINGTON,
    "w": _FARRINGTON,
    "limit54": _FARRINGTON,
    "powertrans": _FARRINGTON,
    "no_periods": ("farrington",),
    "weights_threshold": ("farrington",),
    "past_weeks_not_included": ("farrington", *_GLM),
    "p_threshold_trend": ("farrington",),
    "threshold_method": ("farrington",),
    "population_offset": ("farrington",),
    "changed": _GLM,
}
_DESCRIPTION = (
    "Say whether each count is higher than the counts before it let expect: EARS C1 to C3, Farrington's "
    "algorithm (farrington is the improved one, farringtonFlexible of R's package surveillance), or "
    "log-linear models of United4Surveillance. The counts are your own CSV or XLSX file (--counts): no "
    "database and no key is needed, and nothing is kept. Or they are counted in the records (--disease and "
    "--by). Options are named as in R, and what is not given is as in R. Files, "
    "methods and answers: docs/early_warning.md."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "early-warning", help="find counts that are higher than expected", description=_DESCRIPTION
    )
    command.add_argument(
        "--counts",
        type=Path,
        metavar="FILE",
        help="date,count[,place][,population]; a date is a day, or the number of a week",
    )
    command.add_argument(
        "--method", choices=(*_EARS, *_FARRINGTON, *_GLM), required=True, help="how to judge"
    )
    command.add_argument(
        "--from",
        dest="start",
        metavar="DATE",
        help="the first step that is judged; what lies before is history",
    )
    command.add_argument("--to", dest="end", metavar="DATE", help="the last step that is judged")
    _add_records(command.add_argument_group("on the records"))
    _add_options(command.add_argument_group("options of the methods"))
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


def _add_records(group: Any) -> None:
    group.add_argument("--disease", metavar="CODE", help="the disease whose records are counted")
    group.add_argument(
        "--by",
        choices=("country", "province", "district", "crossing", "facility"),
        help="the kind of place; a district is an operational one, as the facility list names it",
    )
    group.add_argument("--place", metavar="CODE", help="one place of that kind; all, unless given")
    group.add_argument(
        "--step",
        choices=("week", "day"),
        help="weeks, unless given; days are for EARS, working days and days off each by themselves",
    )
    group.add_argument(
        "--records", action="store_true", help="count every record; cases found positive, unless given"
    )
    group.add_argument(
        "--leave-out",
        action="append",
        metavar="FIRST..LAST[:PLACE]",
        help="days of a known outbreak: no history, and not judged; may be given again",
    )
    group.add_argument(
        "--silence-offset",
        action="store_true",
        help="farrington: allow for facilities that fell silent, each by its usual share of the cases",
    )
    group.add_argument(
        "--fewest", type=int, metavar="N", help="cases in all that a place needs to be judged, 5"
    )


_OF_RECORDS = ("by", "place", "step", "records", "leave_out", "silence_offset", "fewest")


def _add_options(group: Any) -> None:
    group.add_argument(
        "--alpha", type=float, metavar="P", help="share of steps that chance alone puts above the bound"
    )
    group.add_argument("--baseline", type=int, metavar="N", help="EARS: steps of the baseline, 7")
    group.add_argument("--min-sigma", type=float, metavar="X", help="EARS: least standard deviation, 0")
    group.add_argument("--b", type=int, metavar="N", help="Farrington: years back, 5")
    group.add_argument(
        "--w", type=int, metavar="N", help="Farrington: steps on each side of the same season, 3"
    )
    group.add_argument("--no-periods", type=int, metavar="N", help="farrington: blocks of a year, 1")
    group.add_argument(
        "--weights-threshold", type=float, metavar="X", help="farrington: residuals above it count less, 2.58"
    )
    group.add_argument(
        "--past-weeks-not-included",
        type=int,
        metavar="N",
        help="steps before the count that are no history: farrington as many as --w, models 4",
    )
    group.add_argument(
        "--p-threshold-trend",
        type=float,
        metavar="P",
        help="farrington: a trend below this p value is kept, 0.05",
    )
    group.add_argument(
        "--threshold-method",
        choices=("delta", "nbPlugin", "muan"),
        help="farrington: how the bound is made of the expected count, delta",
    )
    group.add_argument(
        "--powertrans", choices=("2/3", "1/2", "none"), help="Farrington: power of the transform, 2/3"
    )
    group.add_argument(
        "--limit54",
        metavar="CASES,STEPS",
        help="Farrington: no bound below so many cases in so many steps, 5,4",
    )
    group.add_argument(
        "--population-offset",
        action="store_true",
        default=None,
        help="farrington: take counts in proportion to the population",
    )
    group.add_argument(
        "--changed", metavar="DATE", help="models: the step from which there is a new level, and a new trend"
    )


def run(options: argparse.Namespace) -> int:
    """Judge, and print a row for each step."""
    from dashboard.services.own_files import early_warning  # noqa: PLC0415 - other commands need no SciPy
    from dashboard.services.own_files.counts import read_counts  # noqa: PLC0415
    from dashboard.services.own_files.days import Declared  # noqa: PLC0415

    question = early_warning.Question(
        options.method,
        _given(options),
        _day(options, "start"),
        _day(options, "end"),
        _day(options, "changed"),
    )
    if (options.counts is None) == (options.disease is None):
        raise UsageError("give either --counts FILE, or --disease and --by for the records")
    if options.disease is not None:
        return _on_records(options, question)
    for name in _OF_RECORDS:
        if getattr(options, name):
            raise UsageError(
                f"--{name.replace('_', '-')} is an option of --disease, and the counts are a file"
            )
    file = read_counts(options.counts, Declared(options.dates, options.era))
    answer = early_warning.judge(file, question)
    columns = ["date", "count", "expected", "upper", "alarm"]
    write(answer.rows, ["place", *columns] if "place" in answer.rows[0] else columns, options.format)
    for text in answer.said:
        say(text)
    if file.has_population and not options.population_offset:
        say(
            "the population is not used; --population-offset takes counts in proportion to it"
            if options.method == "farrington"
            else f"the population is not used: {options.method} takes no account of it"
        )
    return 0


def _on_records(options: argparse.Namespace, question: Any) -> int:
    from dashboard.services.early_warning import judge as on_records  # noqa: PLC0415 - other commands need none

    if options.disease not in DISEASES:
        raise UsageError(f"--disease: there is no '{options.disease}'; one of {', '.join(DISEASES)}")
    if options.by is None:
        raise UsageError("--disease needs --by: country, province, district, crossing or facility")
    for name in ("dates", "era", "population_offset"):
        if getattr(options, name):
            raise UsageError(
                f"--{name.replace('_', '-')} is an option of --counts, and the records are counted"
            )
    asked = on_records.RecordsQuestion(
        options.disease,
        options.by,
        question,
        options.step or "week",
        options.records,
        tuple(_left_out(text, on_records.LeftOut) for text in options.leave_out or ()),
        options.silence_offset,
        on_records.FEWEST if options.fewest is None else options.fewest,
        options.place or "",
    )
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    answer = on_records.judge(database, grant, asked)
    store.audit_use(
        database,
        grant,
        "early warning",
        {"disease": options.disease, "by": options.by, "method": options.method},
    )
    write(answer.rows, ["place", "date", "count", "expected", "upper", "alarm"], options.format)
    for text in answer.said:
        say(text)
    return 0


def _left_out(text: str, made: Any) -> Any:
    days, _, place = text.partition(":")
    first, dots, last = days.partition("..")
    try:
        found = made(date.fromisoformat(first), date.fromisoformat(last if dots else first), place)
    except ValueError:
        raise UsageError(
            f"--leave-out is '{text}'; write days as 2025-04-07..2025-04-20, or with :PLACE"
        ) from None
    if found.last < found.first:
        raise UsageError(f"--leave-out {text}: its last day lies before the first")
    return found


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The options of the method that were given, by the names of the settings."""
    given = {name: getattr(options, name) for name in _TAKEN_BY if getattr(options, name) is not None}
    for name in given:
        if options.method not in _TAKEN_BY[name]:
            option, methods = f"--{name.replace('_', '-')}", ", ".join(_TAKEN_BY[name])
            raise UsageError(f"{option} is an option of {methods}, and the method is {options.method}")
    given.pop("changed", None)
    if "powertrans" in given:
        given["power"] = given.pop("powertrans")
    if "limit54" in given:
        given["least_cases"], given["least_steps"] = _limit(given.pop("limit54"))
    return given


def _limit(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) != 2 or not all(part.strip().isdigit() for part in parts):
        raise UsageError(f"--limit54 is '{text}'; write cases and steps, as 5,4")
    return int(parts[0]), int(parts[1])


def _day(options: argparse.Namespace, name: str) -> str | None:
    text: str | None = getattr(options, name)
    if text is not None and of_buddhist_era(text):
        option = {"start": "--from", "end": "--to"}.get(name, f"--{name}")
        raise UsageError(
            f"{option}: '{text}' has a year of the Buddhist era; write the year of the common era"
        )
    return text
