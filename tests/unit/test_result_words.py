"""Results of tests as laboratories write them, through the import to the stored answer."""

from __future__ import annotations

import json

import pytest

from surveillance.coverage.indicators import all_states
from surveillance.results import read_item, read_result
from tests.support.files import csv_text
from tests.support.stored import records_of

ANSWERS = dict(all_states())
POSITIVE = 2


@pytest.fixture
def answer(sqlite_cli, tmp_path):
    """Import rows of one disease with these words; returns (positive, detail) of each, and what is said."""

    def asked(disease: str, words: list[str], detail: str = ""):
        rows = [
            {"record_id": f"R{n:02}", "facility_id": "HC1", "disease": disease, "date_visit": "2025-03-04",
             "tested": "yes", "positive": word, "detail": detail}
            for n, word in enumerate(words)
        ]  # fmt: skip
        path = tmp_path / "results.csv"
        path.write_text(csv_text(rows), encoding="utf-8")
        done = sqlite_cli("import", path)
        assert done.code == 0, done.stderr
        held = records_of(sqlite_cli.url)
        found = [(ANSWERS[row["cascade"]][POSITIVE], json.loads(row["detail"] or "{}")) for row in held]
        return found, done.stdout + done.stderr

    return asked


@pytest.mark.parametrize(
    ("word", "positive"),
    [
        ("positive", True), ("Negative", False), ("POS", True), ("neg", False), ("+", True), ("-", False),
        ("++", True), ("+ve", True), ("-ve", False), ("វិជ្ជមាន", True), ("អវិជ្ជមាន", False), ("ผลบวก", True),
        ("ผลลบ", False), ("detected", True), ("Not detected", False), ("invalid", None), ("error", None),
        ("indeterminate", None), ("yes", True), ("0", False), ("2+", True), ("scanty", True),
        ("non-reactive", False), ("reactive", True),
    ],
)  # fmt: skip
def test_a_word_for_a_result_is_read(word, positive):
    assert read_result(word, "malaria").positive is positive


@pytest.mark.parametrize("word", ["T", "RR", "TI", "I", "trace", "MTB detected low"])
def test_codes_of_a_cartridge_say_nothing_of_another_disease(word):
    with pytest.raises(ValueError, match=word):
        read_result(word, "malaria")


@pytest.mark.parametrize("word", ["maybe", "12", "5+", "n.d.", "–", "--", "positive?"])
def test_a_word_that_is_no_result_is_refused(word):
    with pytest.raises(ValueError):
        read_result(word, "tb")


def test_codes_of_xpert_are_results_and_details(answer):
    found, said = answer(
        "tb", ["N", "T", "RR", "TI", "I", "trace", "MTB DETECTED VERY LOW, RIF RESISTANCE INDETERMINATE"]
    )
    assert found == [
        (False, {}),
        (True, {"xpert": "positive"}),
        (True, {"xpert": "rif_resistant"}),
        (True, {"xpert": "rif_indeterminate"}),
        (None, {"xpert": "error"}),
        (None, {"xpert": "trace"}),
        (True, {"xpert": "rif_indeterminate"}),
    ]
    assert "cannot be read" not in said


def test_grades_of_a_smear_are_kept(answer):
    found, _ = answer("tb", ["scanty", "1+", "+++", "+", "0"])
    assert found == [
        (True, {"smear": "scanty"}),
        (True, {"smear": "1+"}),
        (True, {"smear": "3+"}),
        (True, {}),
        (False, {}),
    ]


def test_what_detail_says_itself_is_not_overwritten(answer):
    found, _ = answer("tb", ["RR"], "xpert=positive; site=pulmonary")
    assert found == [(True, {"xpert": "positive", "site": "pulmonary"})]


def test_a_reactive_test_for_hiv_is_never_a_positive(answer):
    found, said = answer("hiv", ["reactive", "weakly reactive", "non-reactive", "positive"])
    assert [positive for positive, _ in found] == [None, None, False, True]
    assert "reactive" in said
    assert "screening result" in said


def test_a_reactive_test_for_syphilis_is_a_positive(answer):
    assert [positive for positive, _ in answer("syphilis", ["Reactive", "Non-Reactive"])[0]] == [True, False]


def test_an_unread_word_is_noted_and_unknown(answer):
    found, said = answer("malaria", ["positive", "RR"])
    assert [positive for positive, _ in found] == [True, None]
    assert "'RR'" in said


@pytest.mark.parametrize(
    ("item", "word", "value"),
    [
        ("xpert", "N", "negative"), ("xpert", "T", "positive"), ("xpert", "RR", "rif_resistant"),
        ("xpert", "TI", "rif_indeterminate"), ("xpert", "I", "error"), ("xpert", "Trace", "trace"),
        ("xpert", "MTB not detected", "negative"), ("xpert", "MTB detected (medium)", "positive"),
        ("smear", "Scanty 4", "scanty"), ("smear", "++", "2+"), ("smear", "negative", None),
        ("xray", "T", None),
    ],
)  # fmt: skip
def test_an_item_of_detail_takes_the_words_of_a_laboratory(item, word, value):
    assert read_item(item, word) == value


def test_detail_in_the_file_takes_codes(answer):
    found, _ = answer("tb", [""], "xpert=RR; smear=scanty")
    assert found == [(None, {"xpert": "rif_resistant", "smear": "scanty"})]


@pytest.mark.parametrize(
    ("word", "positive", "item"),
    [
        ("TT", None, ("xpert", "trace")),
        ("Trace detected", None, ("xpert", "trace")),
        ("MTB detected (trace)", None, ("xpert", "trace")),
        ("MTB trace, RIF indeterminate", None, ("xpert", "trace")),
        ("MTB Trace Detected; RIF Resistance INDETERMINATE", None, ("xpert", "trace")),
        ("MTB not detected.", False, ("xpert", "negative")),
        ("Pos.", True, None),
        ("neg.", False, None),
        ("(++)", True, ("smear", "2+")),
    ],
)
def test_words_with_stops_brackets_and_traces_are_read(word, positive, item):
    found = read_result(word, "tb")
    assert (found.positive, found.item) == (positive, item)


@pytest.mark.parametrize("disease", ["hiv", "syphilis", "hepatitis_b", "dengue"])
def test_a_grade_of_a_smear_says_nothing_of_a_disease_without_smears(answer, disease):
    found, said = answer(disease, ["1+", "scanty", "(++)", "+"])
    assert [positive for positive, _ in found] == [None, None, None, True]
    assert "'scanty' cannot be read" in said


@pytest.mark.parametrize(
    "text",
    [
        '[rules]\npositive = {column = "r", yes = ["Reactive"], no = ["NR"]}\n',
        '[rules]\npositive = {column = "r", values = {reactive = "yes", NR = "no"}}\n',
        '[columns]\npositive = "r"\n[values.positive]\nreactive = "yes"\nNR = "no"\n',
    ],
)
def test_no_mapping_makes_a_positive_of_a_reactive_test_for_hiv(sqlite_cli, tmp_path, text):
    path, mapping = tmp_path / "results.csv", tmp_path / "own.toml"
    head = 'name = "own"\nversion = 1\nkind = "line-list"\nown_names = true\n'
    mapping.write_text(head + text, encoding="utf-8")
    rows = [f"R{n},HC1,{d},2025-03-04,yes,{r}" for n, (d, r) in enumerate(
        [("hiv", "REACTIVE"), ("hiv", "NR"), ("syphilis", "reactive"), ("hiv", "positive")])]  # fmt: skip
    lines = ["record_id,facility_id,disease,date_visit,tested,r", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = sqlite_cli("import", path, "--mapping", mapping)
    assert done.code == 0, done.stderr
    found = [ANSWERS[row["cascade"]][POSITIVE] for row in records_of(sqlite_cli.url)]
    assert found == [None, False, True, True]
    assert "is a screening result, not a diagnosis" in done.stdout
