"""Why rows are returned is told in the language of who sent them, wherever a file comes in."""

from __future__ import annotations

import pytest

from db.intake.values.reasons import Reason
from surveillance.errors import UnreadableFileError
from tests.support.files import read_csv, record, write_csv

YES = {"eligible": "yes", "tested": "yes"}
WRONG = (
    {"date_visit": ""},
    {"date_visit": "some day"},
    {"date_visit": "2099-01-01"},
    {"disease": "plague"},
    {"facility_id": ""},
    {"eligible": "no", "tested": "yes"},
    {**YES, "positive": "no", "treated": "yes"},
    {"record_status": "gone"},
    {"record_status": "withdrawn", "record_id": ""},
    {"record_status": "withdrawn", "record_id": "nobody"},
)


def is_khmer(text: str) -> bool:
    return any("\u1780" <= letter <= "\u17ff" for letter in text)


@pytest.fixture
def returned(cli, tmp_path):
    """Reasons of the returned rows of a file, in a language."""

    def reasons(language: str, *rows, **options: str) -> list[str]:
        path = write_csv(tmp_path / f"{language}.csv", *rows)
        more = [part for name, value in options.items() for part in (f"--{name}", value)]
        done = cli("import", path, "--language", language, *more, "--format", "json")
        assert done.code == 0, done.stderr
        return [row["chhlang_reason"] for row in read_csv(done.json()[0]["returned_file"])]

    return reasons


def test_every_reason_of_a_line_list_is_told_in_khmer(returned):
    rows = [record(**{"record_id": str(n)} | wrong) for n, wrong in enumerate(WRONG)]
    english, khmer = returned("en", *rows), returned("km", *rows)
    assert len(english) == len(khmer) == len(WRONG)
    for one, other in zip(english, khmer, strict=True):
        assert not is_khmer(one) and is_khmer(other)
        assert one.partition(":")[0] == other.partition("៖")[0], "the field is named as the file names it"
        assert not {"write", "cannot", "blank", "leave"} & set(other.split())


def test_reasons_of_reports_are_told_in_khmer(returned):
    good = {"dataElement": "malaria tested", "period": "202501", "orgUnit": "HC1", "value": "4"}
    bad = ({"dataElement": "x"}, {"period": "soon"}, {"period": "209901"}, {"orgUnit": ""}, {"value": "-1"})
    rows = [good, *(good | wrong for wrong in (*bad, {"value": ""}, {"dataElement": ""}))]
    found = returned("km", *rows, mapping="dhis2-values")
    assert found and all(map(is_khmer, found))


def test_a_watched_folder_answers_in_khmer_too(cli, tmp_path):
    write_csv(tmp_path / "list.csv", record(record_id="1"), record(record_id="2", date_visit="some day"))
    assert cli("watch", str(tmp_path), "--once", "--seconds", "0.1", "--language", "km").code == 0
    (row,) = read_csv(tmp_path / "done" / "list.returned.csv")
    assert is_khmer(row["chhlang_reason"])


def test_a_senders_text_is_never_taken_for_a_sentence():
    said = Reason("{field}: '{text}' cannot be read; {advice}", field="f", text="{0} no", advice=Reason("no"))
    assert said == "f: '{0} no' cannot be read; no"
    loud = {said.text: "{field} | {text} | {advice}", "no": "NO", "{0} no": "translated", "f": "translated"}
    assert said.in_words(loud.__getitem__) == "f | {0} no | NO"


def test_a_sentence_names_the_senders_column_too():
    said = Reason("{field}: is blank", field="date_visit")
    assert said.with_field(lambda field: f"{field} (Day)") == "date_visit (Day): is blank"
    assert Reason("too wide").with_field(str.upper) == "too wide"


def test_what_a_file_names_is_shown_as_it_is_and_advice_is_translated():
    text = "{file}: '{name}' is wrong; {advice}"
    error = UnreadableFileError(text, file="a", name="Female", advice="mend it")
    khmer = {text: "{file}៖ '{name}' ខុស; {advice}", "mend it": "សូមកែ", "Female": "ស្រី"}
    assert error.in_words(lambda said: khmer.get(said, said)) == "a៖ 'Female' ខុស; សូមកែ"
