"""A mapped file gives the records of the same content in the schema's columns; rules are read as written."""

from __future__ import annotations

import random
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.intake.cleaning.delivery import open_delivery, order_of, places_of
from db.intake.cleaning.line_list import Cleaner
from db.intake.files.readers import read_table
from db.intake.mappings.columns import ruled
from db.intake.mappings.file import load, parse
from db.intake.mappings.model import Mapping, Rule, value_key
from db.intake.values.pseudonym import Pseudonymiser
from geodata.gazetteer import Gazetteer
from tests.support import messy
from tests.support.files import write_csv

PLACES = Gazetteer()


def cleaned(path: Path, mapping: Mapping):
    """Records, rejected row numbers with their cells, and notices of a file."""
    opener = partial(read_table, path)
    table = open_delivery(opener, path.name, mapping)
    cleaner = Cleaner(
        table.header, "test", date(2026, 1, 1), places_of(mapping, PLACES), Pseudonymiser(b"k" * 32), False,
        order_of(opener, path.name, mapping, None, table.called), sent_width=table.sent_width,
    )  # fmt: skip
    records, rejected = [], []
    for chunk in table.chunks:
        done = cleaner.clean(chunk)
        records += done.records
        rejected += [(item.row.number, item.row.sent or item.row.cells) for item in done.rejected]
    return records, rejected, cleaner.notices.rows


@pytest.mark.parametrize("seed", range(8))
def test_a_mapped_file_gives_the_records_of_the_schemas_columns(seed, tmp_path):
    chance = random.Random(seed)
    rows = [written for written, _ in messy.rows(400, seed)]
    for row in rows:
        row["facility_id"] = chance.choice((row["facility_id"], row["facility_id"], ""))
    columns = list(rows[0])
    foreign = dict(
        zip(columns, (f"Col {number} ({name[:2]})" for number, name in enumerate(columns)), strict=True)
    )
    shuffled = chance.sample(columns, len(columns))
    plain = write_csv(tmp_path / "plain.csv", *rows)
    other = write_csv(
        tmp_path / "other.csv", *({foreign[name]: row[name] for name in shuffled} for row in rows)
    )
    text = 'name = "other"\nversion = 1\nkind = "line-list"\n[columns]\n'
    kept = [name for name in columns if name not in ("sex", "tested")]
    text += "".join(f'{name} = ["not {name}", "{foreign[name].upper()}"]\n' for name in kept)
    text += f'[rules]\nsex = {{ column = "{foreign["sex"]}" }}\n'
    text += f'tested = [{{ column = "{foreign["tested"]}", yes = ["Y"] }}, {{ column = "not there" }}]\n'
    mapping = parse(text.encode(), "other.toml")
    records, rejected, notices = cleaned(plain, load("schema"))
    assert rejected
    mapped, returned, other_notices = cleaned(other, mapping)
    assert mapped == records
    assert other_notices == notices
    assert [number for number, _ in returned] == [number for number, _ in rejected]
    for number, cells in returned:
        assert cells == [rows[number - 2][name] for name in shuffled]


def slowly(rules: list[Rule], row: dict[str, str]) -> str:
    """What rules say of one row, read as documentation reads."""
    for rule in rules:
        held = []
        for column in rule.columns:
            text = row[column]
            if text.strip() != "" and value_key(text) not in rule.blank:
                held.append(text)
        said = ""
        if not held:
            said = rule.otherwise
        elif rule.way == "filled":
            said = "yes"
        elif rule.way == "join":
            said = rule.separator.join(t.strip() for t in held) if len(held) == len(rule.columns) else ""
        elif rule.way == "copy":
            said = held[0]
        else:
            meanings = [rule.answers[value_key(text)] for text in held if value_key(text) in rule.answers]
            said = min(meanings, key=rule.prefer.index) if meanings else held[0]
        if said:
            return said
    return ""


TEXTS = st.sampled_from(["", " ", "-", "A", "a ", "b", "B", "++", "x"])
ANSWERS = st.dictionaries(st.sampled_from(["a", "b", "++"]), st.sampled_from(["yes", "no"]), min_size=1)


@st.composite
def any_rule(draw) -> Rule:
    """A rule over the columns c0, c1, c2."""
    columns = tuple(draw(st.lists(st.sampled_from(["c0", "c1", "c2"]), min_size=1, max_size=3, unique=True)))
    way = draw(st.sampled_from(["copy", "answers", "filled", "join"]))
    answers = draw(ANSWERS) if way == "answers" else {}
    blank = frozenset(draw(st.lists(st.sampled_from(["-", "a"]), max_size=2)))
    otherwise = draw(st.sampled_from(["", "no"])) if way != "join" else ""
    return Rule(columns, way, answers, tuple(dict.fromkeys(answers.values())), blank, otherwise)


@given(
    st.lists(any_rule(), min_size=1, max_size=3),
    st.lists(st.fixed_dictionaries({"c0": TEXTS, "c1": TEXTS, "c2": TEXTS}), min_size=1, max_size=12),
)
def test_rules_by_column_say_what_they_say_row_by_row(rules, rows):
    names = ["c0", "c1", "c2"]
    columns = [tuple(row[name] for row in rows) for name in names]
    placed = [(rule, [names.index(name) for name in rule.columns]) for rule in rules]
    assert list(ruled(placed, {}, "")(columns)) == [slowly(rules, row) for row in rows]
