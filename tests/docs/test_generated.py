"""The documentation says what the code does: generated parts are current, worked examples come out."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dashboard import settings
from dashboard.commands import serving
from dashboard.exports import columns
from dashboard.services.disclosure import rules
from surveillance import diseases, line_list, vocabulary
from surveillance.coverage import indicators
from surveillance.coverage.indicators import MEASURES, contribution
from surveillance.coverage.proportions import difference_interval, proportion_interval
from surveillance.epiweek import epiweek, time_cell_first_day, time_cell_last_day
from surveillance.status import Status
from tests.support.matrix import some

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def load():
    """The generator, by its place: `docs` is no package."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = load()
METHODS = (DOCS / "methods.md").read_text(encoding="utf-8")
DICTIONARY = (DOCS / "data_dictionary.md").read_text(encoding="utf-8")


def stale(folder: Path = DOCS) -> list[str]:
    """Files whose generated part is not what the code would write today."""
    return [
        filename
        for filename, (name, make) in generate.PARTS.items()
        if (text := (folder / filename).read_text(encoding="utf-8")) != generate.renewed(text, name, make())
    ]


def rows_of(text: str, heading: str) -> list[list[str]]:
    """Cells of the Markdown table whose header line begins with `heading`."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {heading}"))
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def test_the_generated_parts_are_current():
    assert not stale(), "run: python -m docs.generate"


def test_a_new_field_makes_the_data_dictionary_stale(monkeypatch):
    field = line_list.Field("temperature", "integer", "Body temperature.")
    monkeypatch.setattr(line_list, "FIELDS", (*line_list.FIELDS, field))
    assert stale() == ["data_dictionary.md"]


@pytest.mark.parametrize(
    "change",
    [
        {"required": True},
        {"sensitivity": "sensitive"},
        {"type": "text"},
        {"meaning": "Something else."},
        {"values": (*vocabulary.SEX, vocabulary.Value("x", "X"))},
        {"values": (replace(vocabulary.SEX[0], aliases=("lady",)), *vocabulary.SEX[1:])},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_change_of_a_field_makes_the_data_dictionary_stale(monkeypatch, change):
    fields = tuple(replace(f, **change) if f.name == "sex" else f for f in line_list.FIELDS)
    monkeypatch.setattr(line_list, "FIELDS", fields)
    assert stale() == ["data_dictionary.md"]


def test_a_change_of_the_detail_items_makes_the_data_dictionary_stale(monkeypatch):
    monkeypatch.setitem(line_list.DETAIL_ITEMS, "species", (("pf", "pv"), "Plasmodium species."))
    assert stale() == ["data_dictionary.md"]


def test_a_change_of_a_measure_makes_the_methods_stale(monkeypatch):
    monkeypatch.setitem(indicators.MEASURES, "testing", replace(MEASURES["testing"], denominator="records"))
    assert stale() == ["methods.md"]


def test_a_change_of_a_follow_up_time_makes_the_methods_stale(monkeypatch):
    malaria = replace(diseases.DISEASES["malaria"], follow_up_days=42)
    monkeypatch.setitem(diseases.DISEASES, "malaria", malaria)
    assert stale() == ["methods.md"]


def test_a_new_environment_variable_makes_the_deployment_page_stale(monkeypatch):
    variable = settings.Variable("CHHLANG_NEW", "no", "Something new.", "new")
    monkeypatch.setattr(settings, "VARIABLES", (*settings.VARIABLES, variable))
    assert stale() == ["deployment.md"]


def test_a_new_column_of_an_export_makes_the_page_of_clusters_stale(monkeypatch):
    column = columns.Column("weather", "text", "Something new.")
    monkeypatch.setattr(columns, "MEMBERS", (*columns.MEMBERS, column))
    assert stale() == ["clusters.md"]


def test_a_new_rule_of_disclosure_makes_its_page_stale(monkeypatch):
    new = rules.Rule("never shown", "the day of birth", "It tells one person from others.")
    monkeypatch.setattr(rules, "RULES", (*rules.RULES, new))
    assert stale() == ["disclosure.md"]


def test_a_new_option_makes_the_page_of_the_command_line_stale(monkeypatch):
    def more(below):
        add_to(below)
        below.add_parser("weather").add_argument("--rain", help="Something new.")

    add_to = serving.add_to
    monkeypatch.setattr(serving, "add_to", more)
    assert stale() == ["cli.md"]


def test_rewriting_mends_what_is_stale_and_touches_nothing_else(tmp_path, monkeypatch):
    for filename in generate.PARTS:
        shutil.copy(DOCS / filename, tmp_path)
    assert generate.main(tmp_path) == []
    monkeypatch.setitem(indicators.MEASURES, "testing", replace(MEASURES["testing"], name="Tried | tested"))
    assert generate.main(tmp_path) == ["methods.md"]
    written = (tmp_path / "methods.md").read_text(encoding="utf-8")
    assert r"| Tried \| tested | `testing` |" in written
    assert written.replace(r"Tried \| tested", "Tested") == METHODS
    assert stale(tmp_path) == []
    assert generate.main(tmp_path) == []


@pytest.mark.parametrize("text", ["", "B", "E", "EB", "BBE", "BEE"])
def test_a_missing_or_misplaced_marker_is_an_error_and_not_an_empty_page(text):
    text = text.replace("E", "<!-- end of generated: x -->").replace("B", "<!-- generated: x -->")
    with pytest.raises(ValueError, match="expected one '<!-- generated: x -->'"):
        generate.renewed(text, "x", "table")


@pytest.mark.process
@pytest.mark.parametrize(
    "command",
    some(
        [["-m", "docs.generate"], ["docs/generate.py"]],
        [["-m", "docs.generate"]],
    ),
)
@pytest.mark.full
def test_the_generator_runs_as_a_module_and_as_a_script(command, tmp_path):
    for name in ("docs", "dashboard", "db", "geodata", "surveillance"):
        left_out = shutil.ignore_patterns("*.nbi", "*.nbc", ".*", "images", "assets")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    done = subprocess.run(
        [sys.executable, *command], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "nothing to rewrite\n"


@pytest.mark.parametrize("field", line_list.FIELDS, ids=lambda field: field.name)
def test_the_data_dictionary_says_of_every_field_what_it_may_hold(field):
    (row,) = [cells for cells in rows_of(DICTIONARY, "field |") if cells[0] == f"`{field.name}`"]
    assert ("required" in row[2]) is field.required
    assert row[3] == field.sensitivity
    assert row[5] == field.meaning
    for value in field.values:
        assert f"`{value.code}`" in row[4]
        assert all(alias in DICTIONARY for alias in value.aliases)


@pytest.mark.parametrize("item", line_list.DETAIL_ITEMS)
def test_the_data_dictionary_lists_every_detail_item_with_its_values(item):
    (row,) = [cells for cells in rows_of(DICTIONARY, "item |") if cells[0] == f"`{item}`"]
    assert row[1] == ", ".join(f"`{value}`" for value in line_list.DETAIL_ITEMS[item][0])


def test_the_methods_list_every_measure_and_every_follow_up_time():
    assert [cells[1] for cells in rows_of(METHODS, "indicator | code")] == [f"`{code}`" for code in MEASURES]
    assert [cells[2] for cells in rows_of(METHODS, "disease | code")] == [
        f"{disease.follow_up_days} days" for disease in diseases.DISEASES.values()
    ]


def test_the_methods_explain_every_status():
    assert [cells[0] for cells in rows_of(METHODS, "status |")] == [status.value for status in Status]


def test_the_example_worked_by_hand_comes_out():
    answer = {"yes": True, "no": False, ".": None}
    records = [tuple(answer[cell] for cell in cells[1:]) for cells in rows_of(METHODS, "record |")]
    assert len(records) == 10
    printed = rows_of(METHODS, "indicator | numerator")
    assert {cells[0].strip("`") for cells in printed} == set(MEASURES)
    for code, numerator, denominator, unknown, outside, percent in printed:
        added = [contribution(MEASURES[code.strip("`")], record) for record in records]
        sums = [sum(column) for column in zip(*added, strict=True)]
        assert sums == [int(numerator), int(denominator), int(unknown)], code
        assert added.count((0, 0, 0)) == int(outside), code
        assert percent == shown(int(numerator), int(denominator)), code


def shown(x: int, n: int) -> str:
    """A proportion as the examples print it."""
    lower, upper = (100 * float(limit) for limit in proportion_interval(x, n))
    return f"{100 * x / n:.1f} ({lower:.1f}-{upper:.1f})"


def test_the_intervals_given_as_examples_come_out():
    for counts, percent, limits in rows_of(METHODS, "counts |"):
        x, n = (int(number) for number in counts.split(" of "))
        assert f"{percent} ({limits})" == shown(x, n)


@pytest.mark.parametrize(("now", "earlier"), [((72, 80), (60, 80)), ((9, 10), (8, 10))])
def test_the_changes_given_as_examples_come_out(now, earlier):
    points = [100 * float(value) for value in difference_interval(*now, *earlier)]
    text = " ".join(METHODS.split())
    sentence = rf"[Ff]rom {earlier[0]} of {earlier[1]} to {now[0]} of {now[1]} [a-z ]+ "
    assert re.search(sentence + re.escape("{:.1f} points ({:.1f} to {:.1f})".format(*points)), text)


def test_the_weeks_and_cells_given_as_examples_come_out():
    assert str(epiweek(date(2018, 12, 31))) == "2019-W01"
    assert str(epiweek(date(2020, 12, 31))) == str(epiweek(date(2021, 1, 1))) == "2020-W53"
    assert str(epiweek(date(2027, 1, 1))) == "2026-W53"
    for label in ("2019-W01", "2020-W53", "2026-W53"):
        assert label in METHODS
    march, april = date(2025, 3, 31), date(2025, 4, 6)
    assert epiweek(march) == epiweek(april) == (2025, 14)
    assert time_cell_first_day(march) == time_cell_last_day(march) == march
    assert (time_cell_first_day(april), time_cell_last_day(april)) == (date(2025, 4, 1), april)
    assert "Week 14 of 2025 (31 March to 6 April) has two cells" in " ".join(METHODS.split())
