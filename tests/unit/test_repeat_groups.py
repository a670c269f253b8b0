"""Persons inside the form of a household: each becomes a record, with what the form says of all of them."""

from __future__ import annotations

import json

import pytest

from tests.support.stored import records_of

MAPPING = """
name = "household"
version = 1
kind = "line-list"
own_names = true
group_separators = ["/"]
repeat = "household/members"
ignore = ["_id", "_uuid", "_index"]
[columns]
record_id = "_uuid"
facility_id = "post"
date_visit = "visited"
age_years = "age"
[constants]
disease = "malaria"
"""
FORMS = [
    {"_id": 1, "_uuid": "f1", "post": "HC1", "visited": "2025-03-04", "household/members": [
        {"household/members/sex": "female", "household/members/age": "30", "household/members/tested": "yes"},
        {"household/members/sex": "male", "household/members/age": "4", "household/members/tested": "no"}]},
    {"_id": 2, "_uuid": "f2", "post": "HC1", "visited": "2025-03-05"},
    {"_id": 3, "_uuid": "f3", "post": "HC2", "visited": "2025-03-06", "household/members": [
        {"household/members/sex": "female", "household/members/age": "61",
         "household/members/tested": "yes"}]},
]  # fmt: skip
HELD = [("f1/1", "HC1", "female", 30), ("f1/2", "HC1", "male", 4), ("f3/1", "HC2", "female", 61)]


@pytest.fixture
def bring(sqlite_cli, tmp_path):
    mapping = tmp_path / "household.toml"

    def brought(path, text: str = MAPPING):
        mapping.write_text(text, encoding="utf-8")
        done = sqlite_cli("import", path, "--mapping", mapping)
        held = records_of(sqlite_cli.url)
        return done, [(r["record_id"], r["facility_id"], r["sex"], r["age_years"]) for r in held]

    return brought


def _nested(form):
    """The form as the API nests it: groups as objects, questions without their path."""
    members = form.get("household/members")
    kept = {name: value for name, value in form.items() if name != "household/members"}
    if members is None:
        return kept
    return kept | {
        "household": {"members": [{k.rpartition("/")[2]: v for k, v in m.items()} for m in members]}
    }


@pytest.mark.parametrize("nested", [False, True])
def test_each_person_of_a_form_is_a_record(bring, tmp_path, nested):
    path = tmp_path / "forms.json"
    forms = [_nested(form) for form in FORMS] if nested else FORMS
    path.write_text(json.dumps({"results": forms}), encoding="utf-8")
    done, held = bring(path)
    assert held == HELD
    assert "3 rows" in done.stdout
    assert "form 2 has no entry in the group that the mapping names, and was left out" in done.stdout
    assert bring(path)[1] == HELD


def test_the_sheet_of_a_group_is_read_with_its_forms(bring, tmp_path):
    import xlsxwriter

    path = tmp_path / "forms.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        main, members = book.add_worksheet("Household survey"), book.add_worksheet("members")
        main.write_row(0, 0, ["post", "visited", "_uuid", "_index"])
        members.write_row(0, 0, ["sex", "age", "tested", "_index", "_parent_table_name", "_parent_index"])
        line = 1
        for number, form in enumerate(FORMS, start=1):
            main.write_row(number, 0, [form["post"], form["visited"], form["_uuid"], number])
            for member in form.get("household/members", ()):
                members.write_row(line, 0, [*member.values(), line, "Household survey", number])
                line += 1
    done, held = bring(path)
    assert held == HELD
    assert "form 3 has no entry" in done.stdout  # the row of its sheet


def test_a_number_of_the_persons_own_is_kept_as_it_is(bring, tmp_path):
    forms = [
        dict(FORMS[0])
        | {"household/members": [{"household/members/code": "P7", "household/members/age": "3"}]}
    ]
    path = tmp_path / "forms.json"
    path.write_text(json.dumps(forms), encoding="utf-8")
    text = MAPPING.replace('record_id = "_uuid"', 'record_id = "household/members/code"')
    assert [row[0] for row in bring(path, text)[1]] == ["P7"]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (
            "forms.json",
            json.dumps([{"_uuid": "a", "people": []}]),
            "no form has the group 'household/members'",
        ),
        ("forms.json", json.dumps([{"household/members": "two"}]), "holds no list of entries"),
        ("forms.csv", "post,visited\nHC1,2025-03-04\n", "which text files do not hold"),
    ],
)
def test_a_file_without_the_group_is_refused_in_words(bring, tmp_path, name, content, says):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    done, held = bring(path)
    assert (done.code, held) == (3, [])
    assert says in done.stderr


def test_the_returned_rows_of_a_group_are_read_by_the_same_mapping(bring, tmp_path):
    path = tmp_path / "forms.json"
    path.write_text(json.dumps([dict(FORMS[0]) | {"visited": "no day"}]), encoding="utf-8")
    done, held = bring(path)
    assert ("2 rows" in done.stdout, held) == (True, [])
    returned = next(tmp_path.glob("*.returned-*"))
    returned.write_text(returned.read_text("utf-8-sig").replace(",no day", ",2025-03-04"), encoding="utf-8")
    assert bring(returned)[1] == HELD[:2]


SHORT = MAPPING.replace('group_separators = ["/"]\n', "").replace("own_names = true\n", "") + (
    '[values.tested]\n"yes" = "yes"\n'
)
SHORT = SHORT.replace("[constants]", 'sex = "sex"\ntested = "tested"\n[constants]')


@pytest.mark.parametrize("nested", [False, True])
def test_the_questions_of_a_group_are_found_under_their_short_names(bring, tmp_path, nested):
    path = tmp_path / "forms.json"
    forms = [_nested(form) for form in FORMS] if nested else FORMS
    path.write_text(json.dumps([form | {"sex": "other", "age": "99"} for form in forms]), encoding="utf-8")
    done, held = bring(path, SHORT)
    assert (done.code, held) == (0, HELD)


def _workbook(path, dates_1904, visited, *, short=True):
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"date_1904": dates_1904}) as book:
        main, members = book.add_worksheet("Form"), book.add_worksheet("members")
        main.write_row(0, 0, ["post", "visited", "_uuid", "_index"])
        main.write_row(1, 0, ["HC1", visited, "f1", 1])
        members.write_row(0, 0, ["sex", "age", "_index", "_parent_index"])
        members.write_row(1, 0, ["female", 30, 1, 1])


@pytest.mark.parametrize(("dates_1904", "number"), [(True, 44258), (False, 45720)])
def test_the_day_numbers_of_a_group_count_from_where_its_workbook_says(
    bring, sqlite_cli, tmp_path, dates_1904, number
):
    path = tmp_path / "forms.xlsx"
    _workbook(path, dates_1904, number)
    bring(path)
    assert [str(row["date_visit"]) for row in records_of(sqlite_cli.url)] == ["2025-03-04"]


def test_the_sheet_of_a_group_is_read_by_the_full_names_of_its_questions(bring, tmp_path):
    path = tmp_path / "forms.xlsx"
    _workbook(path, False, 45720)
    text = MAPPING.replace('age_years = "age"', 'age_years = "household/members/age"')
    assert bring(path, text.replace('group_separators = ["/"]\n', ""))[1] == HELD[:1]


def test_a_group_that_the_mapping_does_not_read_is_named_with_its_entries(bring, tmp_path):
    text = MAPPING.replace('repeat = "household/members"\n', "")
    path = tmp_path / "forms.json"
    path.write_text(json.dumps([_nested(form) for form in FORMS]), encoding="utf-8")
    said = "'{}' with {} entries was not read: name it in the mapping (repeat)"
    assert said.format("household/members", 3) in bring(path, text)[0].stdout
    book = tmp_path / "forms.xlsx"
    _workbook(book, False, 45720)
    assert said.format("members", 1) in bring(book, text)[0].stdout


def test_a_column_that_the_mapping_names_and_the_file_lacks_is_named(bring, tmp_path):
    path = tmp_path / "forms.json"
    path.write_text(json.dumps(FORMS), encoding="utf-8")
    done = bring(path, MAPPING.replace('age_years = "age"', 'age_years = "years"'))[0]
    assert "the mapping names column 'years' for age_years, and the file does not have it" in done.stdout


def test_a_record_is_numbered_by_its_form_where_the_mapping_names_no_number(bring, tmp_path):
    path = tmp_path / "forms.json"
    path.write_text(json.dumps(FORMS), encoding="utf-8")
    done, held = bring(path, MAPPING.replace('record_id = "_uuid"\n', "").replace('"_uuid", ', ""))
    assert held == HELD
    assert "no record_id" not in done.stdout
    assert "chhlang_entry" not in done.stdout
    assert "'_uuid'" not in done.stdout


def test_a_group_that_holds_what_the_header_lacks_is_named(bring, tmp_path):
    path = tmp_path / "forms.json"
    path.write_text(json.dumps(FORMS), encoding="utf-8")
    text = MAPPING.replace('repeat = "household/members"\n', "").replace('disease = "malaria"', "")
    done, held = bring(path, text.replace("[constants]\n", ""))
    assert (done.code, held) == (3, [])
    assert "lacks disease. Entries of a repeat group (household/members: 3) were not read" in done.stderr
