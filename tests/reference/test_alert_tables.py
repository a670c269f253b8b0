"""WHO's decision tables for cholera and measles, line by line; skipped where they are not at hand."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from surveillance.alerts.case_classes import (
    CholeraSigns,
    MeaslesSigns,
    cholera_case,
    class_of_record,
    measles_case,
)
from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.rules import NOT_ANSWERED, RULES

#: WHO's tables are theirs, and are read where they lie beside the project.
TABLES = Path(__file__).resolve().parents[3] / "shared" / "dak"
DAY = date(2026, 5, 20)
pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="WHO's tables are not on this machine")


def tables(name):
    """Name of the table -> lines by number, as texts; a blank output is that of the line above."""
    found, lines = {}, {}
    output = None
    with (TABLES / name).open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if row[0].endswith("table ID"):
                lines, output = found.setdefault(row[1], {}), None
            if row[0] == "U":
                output = row.index("Output(s)")
            elif output is not None and re.fullmatch(r"\d+\.0", row[0]):
                before = lines.get(int(float(row[0])) - 1, ((), ""))[1]
                lines[int(float(row[0]))] = (row[1:output], row[output] or before)
    return found


def number(text):
    words = {"one": 1, "two": 2}
    found = re.findall(r"\d+|\bone\b|\btwo\b", text)
    return [words.get(word, 0) or int(word) for word in found]


def alarm(rule, cases, tested=None, day=DAY):
    held = PlaceCounts("A", DAY - timedelta(days=800), DAY, cases, tested or {})
    (verdict,) = evaluate(RULES[rule], held, [day])
    return verdict.alarm


def test_cholera_thresholds_line_by_line():
    (lines,) = tables("threshold_cholera.csv").values()
    assert set(lines) == {*range(1, 9), *NOT_ANSWERED}
    for line, (inputs, output) in lines.items():
        suspected, positive, tested, days, confirmed, local, _ = inputs
        if line in NOT_ANSWERED:
            assert not any(number(text) for text in inputs), "a line that names a number could be answered"
        elif line == 1:
            (least,), (_, window) = number(suspected), (0, number(days)[0])
            assert (least, window) == (RULES["cholera-suspected"].least, RULES["cholera-suspected"].window)
            assert alarm("cholera-suspected", {DAY: 1, DAY - timedelta(days=window - 1): least - 1})
            assert not alarm("cholera-suspected", {DAY: 1, DAY - timedelta(days=window): least - 1})
            assert not alarm("cholera-suspected", {DAY: least - 1})
        elif line == 2:
            assert number(suspected) == number(positive) == number(tested) == [1]
            assert alarm("cholera-rdt", {DAY: 1}, {DAY: 1})
            assert not alarm("cholera-rdt", {}, {DAY: 1})
        elif line < 8:
            assert output == "Flag as a probable cholera outbreak"
            (least,), (low, high) = number(positive), number(tested)
            for people in (low, high):
                assert alarm("cholera-probable", {DAY: least}, {DAY: people}), line
                assert not alarm("cholera-probable", {DAY: least - 1}, {DAY: people}), line
        else:
            assert (number(confirmed), local) == ([1], "Yes")
            assert alarm("cholera-confirmed", {DAY: 1})
    window = number(lines[3][0][3])[0]
    assert window == RULES["cholera-probable"].window
    edge = DAY - timedelta(days=window - 1)
    assert alarm("cholera-probable", {edge: 3}, {edge: 3})
    assert not alarm("cholera-probable", {edge - timedelta(days=1): 3}, {edge - timedelta(days=1): 3})


def test_the_measles_threshold():
    (lines,) = tables("threshold_measles.csv").values()
    assert list(lines) == [1]
    assert number(lines[1][0][0]) == [2]
    for apart in range(30):
        held = {DAY: 1, DAY - timedelta(days=apart): 1} if apart else {DAY: 2}
        assert alarm("measles-outbreak", held) is (7 <= apart <= 23), apart


def test_cholera_cases_line_by_line():
    lines = tables("case_cholera.csv")["CHOLSRV.C2.DT"]
    assert len(lines) == 34
    expected = {"suspected": "suspected", "confirmed": "confirmed", "not": "discarded"}
    for line, (inputs, output) in lines.items():
        age, _, severe, _, cause, culture, pcr, toxigenic, outbreak, _ = inputs
        signs = CholeraSigns(
            age=2 if age.startswith("Age") else 1,
            diarrhoea=True,
            severe=severe == "Severe dehydration",
            died_of_diarrhoea=cause == "Acute watery diarrhoea",
            culture=_result(culture),
            pcr=_result(pcr),
            toxigenic=True if toxigenic == "Toxigenic" else None,
            outbreak=outbreak == "Yes",
        )
        word = re.search(r"not|suspected|confirmed", output).group()
        assert cholera_case(signs) == expected[word], line


def test_a_record_that_a_laboratory_found_negative_is_discarded_as_in_the_tables():
    """Lines with a negative result end in discarded: so do records with one, whatever is suspected."""
    lines = tables("case_cholera.csv")["CHOLSRV.C2.DT"]
    negative = {"culture": 5, "molecular": 6}
    for method, column in negative.items():
        said = {output for inputs, output in lines.values() if inputs[column] == "Negative"}
        assert len(said) == 1 and "not a suspected" in said.pop()
        for status in (None, "suspected", "probable"):
            assert class_of_record("cholera", status, method, False) == "discarded"
    lines = tables("case_measles.csv")["MSLSRV.E6.DT"]
    for method, column, word in (("serology", 6, "IgM negative"), ("molecular", 7, "Negative RT-PCR")):
        said = {output for inputs, output in lines.values() if inputs[column] == word}
        assert len(said) == 1 and "discarded" in said.pop()
        for status in (None, "suspected", "probable"):
            assert class_of_record("measles", status, method, False) == "discarded"


def _result(text):
    if text.startswith("Positive"):
        return "both" if " and " in text else text.split()[1]
    return "negative" if text == "Negative" else None


#: Lines that say less than they mean: 16 gives fever and rash alone, which is line 1; 19 names no rash.
UNCLEAR = {16, 19}


def test_measles_cases_line_by_line():
    found = tables("case_measles.csv")
    lines = found["MSLSRV.C2.DT"] | found["MSLSRV.E6.DT"]
    assert len(lines) == 19
    words = {"suspected": "suspected", "laboratory": "confirmed", "epi": "confirmed"}
    words |= {"clinically": "probable", "non": "discarded"}
    for line, (inputs, output) in lines.items():
        if line in UNCLEAR:
            continue
        rectal, axillary, rash, cough, coryza, eyes, igm, pcr, specimen, link = (*inputs, *[""] * 10)[:10]
        signs = MeaslesSigns(
            38.6 if rectal.startswith("Rectal") else None,
            38.1 if axillary.startswith("Axillary") else None,
            rash == "Yes",
            "Yes" in (cough, coryza, eyes),
            {"IgM positive": True, "IgM negative": False}.get(igm),
            {"Positive RT-PCR": True, "Negative RT-PCR": False}.get(pcr),
            29 if "greater than 28" in specimen else None,
            "measles" if link == "Epi-linked to measles" else None,
        )
        word = re.search(r"suspected|laboratory|epi|clinically|non", output).group()
        assert measles_case(signs) == words[word], line
