"""How a scan tells how far it is, and how its clusters reach standard output and a file."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from dashboard.commands.output import say, write_table
from dashboard.components.clusters import shares
from dashboard.components.clusters import words as cluster_words
from dashboard.components.clusters.cautions import WIDENED
from dashboard.exports import files
from dashboard.exports.clusters import ClusterExport, cluster_rows, joined
from dashboard.exports.document import json_text
from dashboard.exports.tables import csv_text
from surveillance.errors import UsageError

_SHOWN = 5
_ALWAYS = ("rank", "centre", "n_locations", "observed", "expected", "observed_expected", "p_value")
#: Columns for reading, in their order; one of which every cell is empty is left out.
_READ = (
    "rank", "centre", "centre_name", "n_locations", "radius_km", "start", "end", "observed", "expected",
    "observed_expected", "relative_risk", "p_value", "recurrence_interval_days", "rate", "locations",
    "data_sets",
)  # fmt: skip


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Declare where the clusters go."""
    output = parser.add_argument_group("where the clusters go")
    output.add_argument(
        "--out",
        type=_path,
        metavar="FILE",
        help=f"a file; its ending says the format: {', '.join(files.FORMATS)}; zip: a folder for SaTScan",
    )
    output.add_argument(
        "--format",
        choices=("table", "csv", "json"),
        help="on standard output: table (unless --out is given), csv, json",
    )


def _path(text: str) -> Path:
    try:
        files.format_of(Path(text))
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return Path(text)


def check_out(options: argparse.Namespace, inputs: Iterable[Path] = (), no_map: str | None = None) -> None:
    """Find out before a long scan whether its file can be written.

    Parameters
    ----------
    options : argparse.Namespace
        With `out`.
    inputs : iterable of Path
        Files that must not be written over.
    no_map : str or None
        Why formats for maps cannot be written.

    Raises
    ------
    UsageError
        It cannot.
    """
    path: Path | None = options.out
    if path is None:
        return
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path}: cannot be written there; name a file in a folder that you may write to")
    if path.exists() and any(path.samefile(one) for one in inputs if one.exists()):
        raise UsageError(f"{path}: is one of the files that are read; name another")
    if no_map and files.ALL[files.format_of(path)].geographic:
        raise UsageError(f"{path}: {no_map}: write CSV, XLSX or JSON")


def deliver(export: ClusterExport, options: argparse.Namespace) -> None:
    """Write the file asked for, and what was asked for on standard output."""
    if options.out is not None:
        files.save(export, options.out)
    style = options.format or ("table" if options.out is None else "line")
    if style == "json":
        print(json_text(export))
    elif style == "csv":
        sys.stdout.write(csv_text(export))
    elif style == "table":
        _print_table(export)
    else:
        count = len(export.result.clusters)
        print(f"{options.out}: {count} cluster{'' if count == 1 else 's'}, run {export.run.id}")
    if export.note:
        say(export.note)


def summary(export: ClusterExport) -> str:
    """One line for people: what was asked, of how much."""
    used = export.result.parameters
    period = f", {used['start']} to {used['end']} in {used['time_unit']}s" if used.get("time_units") else ""
    counted = f"{cluster_words.told(used['cases'])} cases"
    if used.get("indicator"):
        counted = f"{cluster_words.told(used['cases'])} of {used['tested']:,} counted"
    if "cases_across" in used:
        here = cluster_words.told(used["cases_here"])
        counted = f"{here} cases here and {used['cases_across']:,} across the border"
    return (
        f"model {used['model']}, time {used['time']}{period}: {counted} in "
        f"{used['locations']:,} locations; {used['replicates']:,} replicates, seed {used['seed']}; "
        f"run {export.run.id}"
    )


def _print_table(export: ClusterExport) -> None:
    rows = cluster_rows(export)
    columns = [
        name for name in _READ if name in _ALWAYS or any(row.get(name) not in (None, "") for row in rows)
    ]
    write_table([{name: _short(name, row) for name in columns} for row in rows], columns)
    untold = export.result.parameters.get("withheld_clusters")  # the note says how many
    say(summary(export) if rows or untold else f"no clusters; {summary(export)}")
    for text in [*_smallest(rows, export.result.parameters["replicates"]), *to_read_beside(export)]:
        say(text)


class _Scan(NamedTuple):
    """What a scan's parameters say of its question."""

    by: str
    model: str
    time: str
    max_population_share: float
    max_reported_share: float | None
    purely_temporal: bool
    indicator: str | None


def to_read_beside(export: ClusterExport) -> list[str]:
    """What must be read with clusters: what else moved, incomplete days, what the answer does not say."""
    used = export.result.parameters
    said = [
        f"cluster {rank}: {moved}, since the time before" for rank, moved in used.get("moved", {}).items()
    ]
    said += [f"{place}: {text}" for place, text in used.get("cannot_be_judged", {}).items()]
    said += [f"cluster {rank}: {text}" for rank, text in used.get("clusters_across", {}).items()]
    said += used.get("across_border", [])
    if used.get("population_shift"):
        said.append(f"{used['population_shift']}; what grew looks like a late cluster")
    if used.get("reported_share_widened"):
        said.append(WIDENED.format(most=f"{used['max_population_share']:.0%}"))
    if used.get("ends_incomplete"):
        said.append(
            f"the period ends on {used['end']}; reports are complete enough up to "
            f"{used['last_complete_day']}: the last days may still grow"
        )
    if used.get("silences"):
        allowed = "allow" if used.get("silence_adjusted") else "do not allow"
        said.append(f"facilities fell silent {used['silences']} times; the expected cases {allowed} for it")
    asked = _Scan(
        by=used.get("by", "facility"),
        model=used["model"],
        time=used["time"],
        max_population_share=used.get("max_population_share", 0.5),
        max_reported_share=None
        if used.get("reported_share_widened")
        else used.get("reported_share_asked", used.get("max_reported_share")),
        purely_temporal=bool(used.get("purely_temporal")),
        indicator=used.get("indicator"),
    )
    said += shares.notes(asked, used, str)
    return said + cluster_words.limits(asked, str, own_files="cases_are" not in used and not asked.indicator)


def _smallest(rows: Iterable[dict[str, Any]], replicates: int) -> list[str]:
    """That a p-value is a bound, where it is the smallest that the replicates allow."""
    least = 1 / (replicates + 1)
    held = [row["p_value"] for row in rows]
    if not any(p is not None and p <= least * (1 + 1e-9) for p in held):
        return []
    return [
        f"p_value {least:.4g} is the smallest that {replicates:,} replicates allow: read it as at most that, "
        "and a recurrence interval made from it as at least that"
    ]


def _short(name: str, row: dict[str, Any]) -> Any:
    value = row[name]
    if name == "locations":
        return joined(value[:_SHOWN]) + (f" … ({len(value)})" if len(value) > _SHOWN else "")
    return value  # numbers are rounded once, where they are shown


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """Show replicates done and time left, on a terminal alone."""
    if not sys.stderr.isatty():
        yield None
        return
    began = time.monotonic()
    line = "preparing"
    widest = len(line)
    print(f"\r{line}", end="", file=sys.stderr, flush=True)

    def show(done: int, to_do: int) -> None:
        nonlocal began, widest
        if done == 0:
            began = time.monotonic()
        left = f", {_time(began, done, to_do)} left" if done else ""
        line = f"{done:,} of {to_do:,} replicates{left}"
        widest = max(widest, len(line))
        print(f"\r{line:<{widest}}", end="", file=sys.stderr, flush=True)

    try:
        yield show
    finally:  # an empty line for whatever comes next
        print(f"\r{'':<{widest}}\r", end="", file=sys.stderr, flush=True)


def _time(began: float, done: int, to_do: int) -> str:
    seconds = round((time.monotonic() - began) * (to_do - done) / done)
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"
