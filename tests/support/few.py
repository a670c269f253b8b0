"""People of whom some are few, and what of them pages and files tell."""

from __future__ import annotations

import csv
import html
import io
import json
import random
import re
import sqlite3
from datetime import date, timedelta

from python_calamine import CalamineWorkbook

from tests.support.files import record

FEW = range(1, 5)


def people():
    """Two years of tuberculosis and of HIV: many in some facilities, groups and weeks, few in others."""
    draw, found = random.Random(11), []
    for number in range(1_500):
        disease = ("tb", "tb", "hiv")[number % 3]
        facility = draw.choices(("F1", "F2", "F12", "F15", "NOWHERE"), (60, 25, 12, 2, 1))[0]
        day = date(2024, 1, 8) + timedelta(days=int(draw.triangular(0, 700, 650)))
        tested = draw.choices(("yes", "no", ""), (80, 15, 5))[0]
        eligible = "no" if tested != "yes" and draw.random() < 0.3 else "yes"
        positive = draw.choices(("yes", "no"), (35, 65))[0] if tested == "yes" else ""
        treated = draw.choices(("yes", "no"), (85, 15))[0] if positive == "yes" else ""
        done = treated == "yes" and draw.random() < 0.8
        found.append(
            record(
                record_id=f"p{number}", person_id=f"Q{number % 1_200}", facility_id=facility, disease=disease,
                date_visit=day.isoformat(), eligible=eligible,
                tested=tested, positive=positive, treated=treated,
                date_treated=day.isoformat() if treated == "yes" else "",
                completed="yes" if done else "", outcome=draw.choice(("cured", "completed")) if done else "",
                date_outcome=(day + timedelta(days=190)).isoformat() if done else "",
                sex=draw.choices(("female", "male", ""), (70, 27, 3))[0], age_years=str(draw.randint(1, 80)),
                residence=draw.choices(("mobile", "resident"), (10, 90))[0], movement="none",
                activity=draw.choices(("forest", "mining"), (95, 5))[0],
                province_home=draw.choices(("KH05", "KH06", "TH", ""), (80, 10, 5, 5))[0],
                crossing=draw.choices(("TH01", "TH03", "informal", ""), (60, 4, 6, 30))[0],
                province_infection=draw.choices(("KH11", "KH16", ""), (80, 10, 10))[0],
            )
        )  # fmt: skip
    return found


#: Columns of files that hold people.
PEOPLE = {
    "numerator", "denominator", "unknown", "observed", "population", "records", "cases", "tested", "cured",
    "completed", "died", "failed", "lost", "not_evaluated", "moved_to_second_line", "not_yet_due",
    "records_without_person", "change_people_left_out", "report_records", "line_list_records", "difference",
    "report_numerator", "report_denominator", "line_list_numerator", "line_list_denominator",
}  # fmt: skip


def people_in(rows):
    """Numbers of people in the rows of a file."""
    found = []
    for row in rows:
        for name, text in row.items():
            if name in PEOPLE and re.fullmatch(r"-?[\d.]+", str(text)):
                found.append(float(text))
    return found


def rows_of(content: bytes, kind: str):
    """The rows of an exported file, whatever its kind."""
    if kind == "csv":
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    if kind == "json":
        return list(mappings_in(json.loads(content)))
    if kind == "geojson":
        return [feature["properties"] for feature in json.loads(content)["features"]]
    if kind == "xlsx":
        found = []
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in book.sheet_names:
            head, *rows = book.get_sheet_by_name(name).to_python() or [[]]
            found += [dict(zip(head, row, strict=False)) for row in rows]
        return [row for row in found if set(row) & PEOPLE]
    held = sqlite3.connect(":memory:")
    held.deserialize(content)
    held.row_factory = sqlite3.Row
    names = [row[0] for row in held.execute("SELECT table_name FROM gpkg_contents")]
    return [dict(row) for name in names for row in held.execute(f'SELECT * FROM "{name}"')]


def mappings_in(value):
    """Every object in a JSON document."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings_in(item)


SMALL = re.compile(
    r"(?<![\d,.])(?:[1-4] / \d[\d,]*|\d[\d,]* / [1-4]|[1-4] of \d[\d,]*|unknown: [1-4]|[1-4] unknown"
    r"|[1-4] cases|[1-4] people|observed [1-4])(?![\d,.])"
)
PAIR = re.compile(r"(?<![\d,.])(\d[\d,]*) (?:/|of) (\d[\d,]*)(?![\d,.])")


def small_in(text: str) -> list[str]:
    """Small counts in what a page says, complements included."""
    text = re.sub(r'<section class="card" id="reports".*?</section>', "", text, flags=re.DOTALL)
    said = html.unescape(re.sub(r"<[^>]+>", " ", text))
    said = re.sub(r"release \d+ of|rank \d+ of \d+", "", said)
    found = [match[0] for match in SMALL.finditer(said) if "facilities" not in said[match.end() :][:12]]
    for match in PAIR.finditer(said):
        numerator, denominator = (int(number.replace(",", "")) for number in match.groups())
        if denominator - numerator in FEW and "facilities" not in said[match.end() :][:12]:
            found.append(match[0])
    return found
