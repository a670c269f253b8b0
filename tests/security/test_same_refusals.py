"""The same faulty question meets the same refusal at every door: address, export, command, form."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from dashboard.cluster_filters import ClusterQuery
from dashboard.commands import parser
from dashboard.filters import CoverageQuery
from tests.support.files import record, write_csv
from tests.support.web import callback_body, served, signed_in

#: What a door does with a question: whether it refuses it, and what it says.
Door = Callable[[Mapping[str, str]], tuple[bool, str]]
TB = {"disease": "tb", "by": "province"}
#: What is asked besides, and what is said of it, once for each fault.
FAULTY: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "a disease that is none": (
        {"disease": "plague"},
        ("disease: 'plague' is not one of malaria, tb,",),
    ),
    "an area that is none": (
        {"by": "village"},
        ("by: 'village' is not one of province, crossing, facility",),
    ),
    "a place that is none": ({"place": "school"}, ("place: 'school' is not one of care, home, infection",)),
    "a crossing has no home": (
        {"by": "crossing", "place": "home"},
        ("place: 'home' goes with provinces; a crossing has no home",),
    ),
    "a measure that is none": ({"measure": "mood"}, ("measure: 'mood' is not one of testing,",)),
    "no such day": ({"from": "2025-02-30"}, ("from: '2025-02-30' is not a day as YYYY-MM-DD",)),
    "a day in another form": ({"to": "28/02/2025"}, ("to: '28/02/2025' is not a day as YYYY-MM-DD",)),
    "a year of the Buddhist era": (
        {"from": "2568-01-01"},
        ("from: '2568-01-01' has a year of the Buddhist era; write the year of the common era",),
    ),
    "from after to": (
        {"from": "2025-02-02", "to": "2025-02-01"},
        ("from: 2025-02-02 lies after to (2025-02-01)",),
    ),
    "as of no day": ({"as_of": "yesterday"}, ("as-of: 'yesterday' is not a day as YYYY-MM-DD",)),
    "as of a day to come": ({"as_of": "2099-01-01"}, ("as-of: 2099-01-01 has not come yet",)),
    "as of a day before the first file": ({"as_of": "2001-01-01"}, ("as-of: ",)),
    "a sex that is none": ({"sex": "f3male"}, ("sex: 'f3male' is not one of female, male,",)),
    "an empty group": ({"movement": "deported,"}, ("movement: '' is not one of outbound,",)),
    "half an age band": ({"age": "15-30"}, ("age: '15-30' is not made of whole age bands",)),
    "nothing that can be counted": (
        {"count": "people"},
        ("count: 'people' is not one of episodes, persons",),
    ),
    "nothing to compare with": ({"compare": "week"}, ("compare: 'week' is not one of before, year",)),
    "persons who complete": (
        {"count": "persons", "measure": "completion"},
        ("count: completion follows courses of treatment, not persons",),
    ),
    "persons of two groups": (
        {"count": "persons", "sex": "female", "age": "15-49"},
        ("count: persons are counted by one group at a time; sex, age are given",),
    ),
    "everything at once": (
        {"disease": "plague", "from": "1989-12-31", "sex": "x", "by": "facility", "place": "home"},
        ("disease: 'plague'", "from: '1989-12-31'", "sex: 'x'", "place: 'home' goes with provinces"),
    ),
}


#: The same of clusters; doors call a parameter by its name, its option or its control.
FAULTY_CLUSTERS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "a disease that is none": ({"disease": "plague"}, (": 'plague' is not one of malaria, tb,",)),
    "an area that is none": ({"by": "village"}, (": 'village' is not one of province, crossing, facility",)),
    "a crossing has no home": (
        {"by": "crossing", "place": "home"},
        (": 'home' goes with provinces; a crossing has no home",),
    ),
    "a model that is none": ({"model": "gamma"}, (": 'gamma' is not one of poisson, bernoulli,",)),
    "no such day": ({"from": "2025-02-30"}, (": '2025-02-30' is not a day as YYYY-MM-DD",)),
    "a day before our times": ({"to": "1989-12-31"}, (": '1989-12-31' is not a day as YYYY-MM-DD",)),
    "a year of the Buddhist era": (
        {"from": "2568-01-01"},
        (": '2568-01-01' has a year of the Buddhist era; write the year of the common era",),
    ),
    "from after to": (
        {"from": "2025-02-02", "to": "2025-02-01"},
        (": 2025-02-02 lies after to (2025-02-01)",),
    ),
    "too many data sets": ({"replicates": "10000"}, (": '10000' is not a whole number from 1 to 9999",)),
    "half a case": ({"min_cases": "0.5"}, (": '0.5' is not a whole number from 0 to 1000",)),
    "more than all": (
        {"max_population_share": "1.5"},
        (": '1.5' is not a number above 0 and at most 1",),
    ),
    "too long a share": (
        {"max_duration": "1.0"},
        (": '1.0' is neither a whole number nor a share between 0 and 1",),
    ),
    "a column that is none": (
        {"covariates": "sex,person"},
        (": 'person' is not one of weekday, residence,",),
    ),
    "shorter than the shortest": ({"min_duration": "5", "max_duration": "4"}, (": 4 is below ",)),
    "more reported than scanned": (
        {"max_population_share": "0.2", "max_reported_share": "0.3"},
        (": 0.3 is above the largest share that is scanned (0.2)",),
    ),
    "everything at once": (
        {"disease": "plague", "from": "2568-01-01", "replicates": "x", "by": "facility", "place": "home"},
        ("'plague' is not", "'2568-01-01' has a year", "'x' is not a whole", "'home' goes with provinces"),
    ),
}


@pytest.fixture
def server(sqlite_cli, tmp_path) -> Iterator[Flask]:
    """A small database that is served."""
    facility = {"facility_id": "HC1", "province": "KH01"}
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", facility)).code == 0
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record(date_visit="2025-03-05"))).code == 0
    with served(sqlite_cli.url) as made:
        yield made


@pytest.fixture
def doors(sqlite_cli, server) -> dict[str, Door]:
    """The ways by which a question of coverage comes in: what each says of it, where it answers nothing."""
    client = signed_in(server, "official")

    def command(asked: Mapping[str, str]) -> tuple[bool, str]:
        done = sqlite_cli("coverage", *options(asked), "--format", "json")
        return done.code == 2 and not done.stdout, done.stderr

    def export(asked: Mapping[str, str]) -> tuple[bool, str]:
        answer = client.get("/export/coverage.csv", query_string=dict(asked))
        return answer.status_code == 400, html.unescape(answer.get_data(as_text=True))

    def address(asked: Mapping[str, str]) -> tuple[bool, str]:
        """The page answers what is left of the address, and says what is left out."""
        shown = client.post("/_dash-update-component", json=callback_body(client, f"?{urlencode(asked)}"))
        said = words(shown.get_json()["response"]["problem"])
        return "This part of the address is left out" in said, said

    return {"command": command, "export": export, "address": address}


@pytest.fixture
def cluster_doors(sqlite_cli, server) -> dict[str, Door]:
    """The ways by which a question of clusters comes in."""
    client = signed_in(server, "official")

    def command(asked: Mapping[str, str]) -> tuple[bool, str]:
        done = sqlite_cli("clusters", *options(asked))
        return done.code == 2 and not done.stdout, done.stderr

    def form(asked: Mapping[str, str]) -> tuple[bool, str]:
        answer = client.post("/clusters", data=dict(asked))
        return answer.status_code == 400, html.unescape(answer.get_data(as_text=True))

    def address(asked: Mapping[str, str]) -> tuple[bool, str]:
        return True, html.unescape(client.get("/clusters", query_string=dict(asked)).get_data(as_text=True))

    def while_typing(asked: Mapping[str, str]) -> tuple[bool, str]:
        answer = client.get("/clusters/question", query_string=dict(asked)).get_json()
        return not answer["asks"], answer["problem"]

    return {"command": command, "form": form, "address": address, "while typing": while_typing}


def options(asked: Mapping[str, str]) -> list[str]:
    """A question as options of a command."""
    return [text for name, value in asked.items() for text in (f"--{name.replace('_', '-')}", value)]


def words(part: Any) -> str:
    """Every text in a part of a page, in order."""
    if isinstance(part, dict):
        return words(part.get("children", words(part.get("props", ""))))
    return "".join(map(words, part)) if isinstance(part, list) else str(part or "")


def unlike(doors: Mapping[str, Door], faulty: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Doors that let something faulty in, or do not say each fault once."""
    return [
        (case, name, said)
        for case, (wrong, wanted) in faulty.items()
        for name, door in doors.items()
        for refused, said in [door(TB | wrong)]
        if not refused or any(said.count(words) != 1 for words in wanted)
    ]


def test_every_door_of_coverage_refuses_the_same_in_the_same_words(doors):
    assert not unlike(doors, FAULTY)


def test_every_door_of_clusters_refuses_the_same_in_the_same_words(cluster_doors):
    assert not unlike(cluster_doors, FAULTY_CLUSTERS)


def test_options_parameters_and_fields_of_a_question_have_the_same_names():
    for question, command in ((CoverageQuery, "coverage"), (ClusterQuery, "clusters")):
        known = vars(parser().parse_args([command, *options({"disease": "tb", "by": "province"})]))
        assert set(question.names()) <= known.keys()


@pytest.mark.parametrize("asked", [{"by": "crossing"}, {"by": "facility"}, {"movement": "deported"}], ids=str)
def test_what_is_never_shown_has_the_same_reason_at_every_door(asked, doors):
    for name, door in doors.items():
        refused, said = door(TB | {"disease": "hiv"} | asked)
        assert not refused, name
        assert "it could harm people" in said, name
