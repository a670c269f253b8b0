"""Write the parts of the documentation that the code already knows.

`python -m docs.generate` or `python docs/generate.py` rewrites what stands between the markers of methods.md,
data_dictionary.md, indicators.md, deployment.md, clusters.md, disclosure.md, cli.md, design.md,
conformance.md and api.md. A test fails while one is out of date.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE.parent) not in sys.path:  # run as a script, only docs/ is on the path
    sys.path.insert(0, str(HERE.parent))

from dashboard import permissions, settings  # noqa: E402 - needs the path above
from dashboard.api.table import RESOURCES  # noqa: E402 - needs the path above
from dashboard.exports import columns  # noqa: E402 - needs the path above
from dashboard.exports.sheets import population as population_columns  # noqa: E402 - needs the path above
from dashboard.figures import tokens  # noqa: E402 - needs the path above
from dashboard.services.disclosure import rules  # noqa: E402 - needs the path above
from surveillance import diseases, line_list  # noqa: E402 - needs the path above
from surveillance.coverage import indicators  # noqa: E402 - needs the path above
from surveillance.denominators import kinds as denominators  # noqa: E402 - needs the path above
from surveillance.indicators.model import (  # noqa: E402 - needs the path above
    PROGRAMMES,
    OfHouseholds,
    OfMeasure,
    OfReports,
)
from surveillance.indicators.table import INDICATORS  # noqa: E402 - needs the path above
from surveillance.reception import kinds  # noqa: E402 - needs the path above

#: Field types in words.
TYPE_WORDS = {
    "text": "text",
    "date": "day",
    "yes_no": "yes, no or blank",
    "code": "one of a list",
    "integer": "whole number",
    "place": "place",
    "detail": "items",
    "moment": "day and time",
    "codes": "some of a list",
    "people": "people of the van",
    "letters": "one or two letters",
    "slip": "code of a slip",
    "district": "operational district",
}
#: Kinds of exported columns in words.
KINDS = {"text": "text", "count": "whole number", "number": "number", "date": "day"}


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def indicator_table() -> str:
    """Every measure with its numerator and denominator, and when each disease's completion is due."""
    measures = table(
        ("indicator", "code", "numerator", "denominator", "counted in the period of", "source"),
        (
            (
                m.name,
                f"`{m.code}`",
                m.numerator,
                m.denominator,
                "the start of treatment, once due" if m.by_start else "the visit",
                m.source,
            )
            for m in indicators.MEASURES.values()
        ),
    )
    due = table(
        ("disease", "code", "completion is due after", "because"),
        (
            (d.name, f"`{d.code}`", f"{d.follow_up_days} days", d.follow_up_source)
            for d in diseases.DISEASES.values()
        ),
    )
    return f"{measures}\n\n{due}"


def programme_indicators() -> str:
    """Every indicator of every programme with its definition."""
    parts = []
    for code, name in PROGRAMMES.items():
        rows = [row for row in INDICATORS.values() if row.programme == code]
        parts.append(
            f"### {name}\n\n"
            + table(
                ("indicator", "id", "numerator / denominator", "unit, interval", "by", "target", "source"),
                (
                    (
                        row.name,
                        f"`{row.id}`",
                        row.numerator + (f" / {row.denominator}" if row.denominator else ""),
                        f"{row.unit}; {row.interval}",
                        ", ".join(row.may_be_by) + ("; cohort" if row.period == "cohort" else ""),
                        "" if row.target is None else f"{row.target:g} ({row.target_source})",
                        f"{row.source}{_counted(row.counted)}",
                    )
                    for row in rows
                ),
            )
        )
    return "\n\n".join(parts)


def _counted(how: object) -> str:
    if isinstance(how, OfMeasure):
        return f". Counted as `{how.measure}` of the map"
    if isinstance(how, OfHouseholds):
        return ". Counted from visits of households"
    return ". Counted from reports" if isinstance(how, OfReports) else ""


def data_dictionary() -> str:
    """Every field of the line list, the values of the coded ones, and the items of `detail`."""
    fields = table(
        ("field", "type", "required", "sensitivity", "allowed values", "meaning"),
        (
            (
                f"`{f.name}`",
                TYPE_WORDS[f.type],
                "**required**" if f.required else "",
                f.sensitivity,
                _allowed(f),
                f.meaning,
            )
            for f in line_list.FIELDS
        ),
    )
    lists = "\n\n".join(_values(f) for f in line_list.FIELDS if f.values)
    items = table(
        ("item", "allowed values", "meaning"),
        (
            (f"`{name}`", _codes(values), meaning)
            for name, (values, meaning) in line_list.DETAIL_ITEMS.items()
        ),
    )
    returned = " and ".join(f"`{name}`" for name in line_list.RETURNED_COLUMNS)
    return "\n\n".join(
        (
            "## Fields",
            fields,
            "Where `age_years` is blank, these are read to compute it on the day of the visit (in this "
            "order; a year of birth gives the age reached in that year). They are never stored.",
            table(
                ("column", "type", "meaning"),
                ((f"`{f.name}`", TYPE_WORDS[f.type], f.meaning) for f in line_list.AGE_SOURCES),
            ),
            f"The columns {returned} are written by Chhlang into a file that it sends back. They are ignored "
            "when the corrected file comes in again.",
            "## Values of the coded fields",
            lists,
            "## Items of `detail`",
            items,
            "## Records of a reception centre",
            "A record is of a kind, of a subject (a van, a person; a household or an outreach is its own) "
            "and, for services and sessions, of an item. Moments are to the minute, in Phnom Penh, or "
            "the day alone. There is no name and no free text. Referrals and handovers "
            "are entered and seen by nurses alone. `reception import --kind KIND FILE` reads them, and "
            "`record_id` (the sender's number of the arrival, household or outreach, never a person's), "
            "`van_id`, `item` and `crossing`.",
            *map(_kind, kinds.KINDS.values()),
            "## Population figures",
            "What rates are divided by. `population import FILE` reads these columns, in English or Khmer, "
            "`population export` writes them. The first three are needed. `record_status` may say "
            "`withdrawn`: the figure of this area, year, sex, age and kind is taken back.",
            table(
                ("column", "meaning"), ((f"`{one.name}`", one.meaning) for one in population_columns.COLUMNS)
            ),
            table(
                ("kind", "unit", "what it counts", "lowest level", "interval needed"),
                (
                    (
                        f"`{one.code}`",
                        one.unit,
                        one.meaning,
                        one.lowest,
                        f"below the {one.interval_below}" if one.interval_below else "",
                    )
                    for one in denominators.KINDS.values()
                ),
            ),
        )
    )


def _kind(kind: kinds.Kind) -> str:
    """One kind of record of a reception centre."""
    rows = (
        (
            f"`{f.name}`",
            TYPE_WORDS[f.type],
            f.sensitivity,
            _codes(value.code for value in f.values),
            f.meaning,
        )
        for f in kind.fields
    )
    parts = [f"### {kind.name} (`{kind.code}`)", kind.meaning]
    if kind.items:
        parts.append(f"Items: {_codes(value.code for value in kind.items)}.")
    return "\n\n".join((*parts, table(("field", "type", "sensitivity", "allowed values", "meaning"), rows)))


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _allowed(field: line_list.Field) -> str:
    if field.values:
        return _codes(value.code for value in field.values)
    if field.type == "yes_no":
        return _codes(("yes", "no")) + ", blank"
    return "see the items below" if field.type == "detail" else ""


def _values(field: line_list.Field) -> str:
    rows = ((f"`{v.code}`", v.name, ", ".join(v.spellings[2:])) for v in field.values)
    return f"### `{field.name}`\n\n" + table(("code", "name", "also read"), rows)


def environment_table() -> str:
    """Every environment variable that Chhlang reads."""
    return table(
        ("variable", "unless set", "what it does"),
        ((f"`{v.name}`", v.default, v.meaning) for v in settings.VARIABLES),
    )


def cluster_columns() -> str:
    """The columns of every table in which clusters leave Chhlang."""

    def described(rows: Iterable[columns.Column]) -> str:
        return table(
            ("column", "holds", "meaning"), ((f"`{c.name}`", KINDS[c.kind], c.meaning) for c in rows)
        )

    parts = (
        ("Clusters", columns.CLUSTERS),
        ("Clusters of two lists", columns.LISTS),
        ("Clusters of several data sets", columns.SETS),
        ("Members", columns.MEMBERS),
        ("Parameters", columns.PARAMETERS),
    )
    only = columns.PARAMETERS_CELL
    return "\n\n".join(
        (
            *(f"### {name}\n\n{described(rows)}" for name, rows in parts),
            f"The CSV has one column more, `{only.name}`: {only.meaning}. JSON holds `run_id` and `note` "
            "once, among the parameters, and leaves `location_names` to the members.",
        )
    )


def disclosure_table() -> str:
    """Every rule of what is not stored or not shown, for whom, and why."""
    return table(
        ("what", "is", "for", "because"),
        ((rule.what, rule.kind, _for_whom(rule), rule.reason) for rule in rules.RULES),
    )


def _for_whom(rule: rules.Rule) -> str:
    if rule.lacking is not None:
        roles = (
            role
            for role, granted in permissions.GRANTED.items()
            if rule.lacking not in granted and rule.unless not in granted
        )
        return ", ".join(f"`{role}`" for role in roles)
    if rule.foreign:
        return "accounts of some programmes"
    return "accounts of some provinces" if rule.scoped else "everybody"


def token_table() -> str:
    """Every token: colours light and dark, then sizes."""
    colours = table(
        ("token", "light", "dark", "for"),
        ((f"`--{name}`", f"`{one.light}`", f"`{one.dark}`", one.use) for name, one in tokens.TOKENS.items()),
    )
    sizes = table(
        ("token", "size", "for"),
        ((f"`--{name}`", f"`{size}`", use) for name, (size, use) in tokens.SIZES.items()),
    )
    return f"{colours}\n\n{sizes}"


def command_reference() -> str:
    """Describe every command with its options, from the parser of the command line."""
    from dashboard.commands import parser  # noqa: PLC0415 - loads every package

    return "\n\n".join(_described(parser("app.py"), (), ""))


def _described(command: argparse.ArgumentParser, path: tuple[str, ...], job: str) -> Iterator[str]:
    below = [action for action in command._actions if isinstance(action, argparse._SubParsersAction)]
    own = [
        action for action in command._actions if action not in below and "--help" not in action.option_strings
    ]
    if path:
        yield f"### {' '.join(path)}"
        yield _sentence(command.description or job)
    if own:
        yield table(("argument", "meaning"), ((_argument(one), _meaning(command, one)) for one in own))
    for action in below:
        jobs = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for name, inner in action.choices.items():
            yield from _described(inner, (*path, name), jobs.get(name, ""))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _argument(action: argparse.Action) -> str:
    """Write an argument as usage lines do: alternatives in braces, what may be absent in brackets."""
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    if action.choices is not None:
        value = action.metavar or "{" + ",".join(map(str, action.choices)) + "}"
    words = " ".join(value) if isinstance(value, tuple) else str(value)
    if action.nargs in ("+", "*"):
        words += " ..."
    text = f"{', '.join(action.option_strings)} {words}".strip()
    needed = action.required if action.option_strings else action.nargs not in ("*", "?")
    return f"`{text}`" if needed else f"`[{text}]`"


def _meaning(command: argparse.ArgumentParser, action: argparse.Action) -> str:
    return command._get_formatter()._expand_help(action) if action.help else ""


#: What is said of a requirement, in the order of the summary.
CONFORMANCE_STATES = ("met", "partly", "not", "not ours")


def resources() -> str:
    """What programs may ask, and who may."""
    rows = []
    for one in RESOURCES:
        path = "/api" + one.path.replace("<", "{").replace(">", "}")
        said = (" or " if one.one else " and ").join(f"*{each}*" for each in one.permissions)
        rows.append((f"`{path}`", one.summary, said))
    return table(("address", "what it answers", "the role must"), rows)


def requirements() -> list[dict[str, str]]:
    """Each requirement of WHO's kit: id, need in our words, state, where it is met, reason."""
    with (HERE / "conformance.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def conformance() -> str:
    """How many requirements are met, and each of them."""
    rows = requirements()
    counted = Counter(row["state"] for row in rows)
    parts = [
        table(
            ("state", "requirements"),
            [*((state, str(counted[state])) for state in CONFORMANCE_STATES), ("all", str(len(rows)))],
        )
    ]
    for title, mark in (
        ("Functional requirements", ".FXNREQ."),
        ("Non-functional requirements", ".NFXNREQ."),
    ):
        listed = [
            (row["id"], row["need"], row["state"], f"`{row['where']}`" if row["where"] else "", row["reason"])
            for row in rows
            if mark in row["id"]
        ]
        parts += [f"## {title}", table(("id", "need", "state", "where", "reason or limit"), listed)]
    return "\n\n".join(parts)


#: file -> (name between its markers, what is written there).
PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "methods.md": ("indicators", indicator_table),
    "data_dictionary.md": ("data dictionary", data_dictionary),
    "indicators.md": ("programme indicators", programme_indicators),
    "deployment.md": ("environment", environment_table),
    "clusters.md": ("cluster columns", cluster_columns),
    "disclosure.md": ("disclosure rules", disclosure_table),
    "cli.md": ("commands", command_reference),
    "design.md": ("tokens", token_table),
    "conformance.md": ("conformance", conformance),
    "api.md": ("resources", resources),
}


def renewed(text: str, name: str, generated: str) -> str:
    """`text` with what stands between the two markers of `name` replaced.

    Raises
    ------
    ValueError
        The text does not hold each marker once.
    """
    begin, end = f"<!-- generated: {name} -->", f"<!-- end of generated: {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"expected one '{begin}' and, after it, one '{end}'")
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    return pattern.sub(lambda _: f"{begin}\n\n{generated}\n\n{end}", text)


def main(folder: Path = HERE) -> list[str]:
    """Rewrite the generated part of every file; the names of those that changed."""
    changed = []
    for filename, (name, make) in PARTS.items():
        path = folder / filename
        before = path.read_text(encoding="utf-8")
        after = renewed(before, name, make())
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            changed.append(filename)
    return changed


if __name__ == "__main__":
    sys.stdout.write("".join(f"rewritten: docs/{name}\n" for name in main()) or "nothing to rewrite\n")
