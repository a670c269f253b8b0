"""Addresses of a page that somebody made up: the page answers, and says what is wrong."""

from __future__ import annotations

import re

import pytest

from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.web import callback_body, served, signed_in

DAYS = ("0001-01-01", "0001-03-01", "1989-12-31", "2101-01-01", "9999-12-31", "20250101", "2025-W01-1", "x")


@pytest.fixture(scope="module")
def client(sqlite_files, tmp_path_factory):
    """An official, on a database with some records."""
    with sqlite_files.fresh(migrated=True) as url:
        rows = [record(date_visit=day, eligible="yes") for day in ("2024-02-29", "2024-06-03", "2025-03-04")]
        path = write_csv(tmp_path_factory.mktemp("rows") / "a.csv", *rows)
        assert CommandLine(url)("import", path).code == 0
        with served(url) as server:
            yield signed_in(server, "official")


def shown(client, search):
    """The map's answer to an address."""
    answer = client.post("/_dash-update-component", json=callback_body(client, search))
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("name", ["from", "to"])
def test_a_day_that_is_none_or_far_away_is_said_to_be_wrong(client, name, day):
    answer = shown(client, f"?disease=tb&{name}={day}").get_json()["response"]
    assert day in str(answer["problem"]["children"])
    assert client.get(f"/export/coverage.csv?disease=tb&{name}={day}").status_code == 400


@pytest.mark.parametrize("day", ["1990-01-01", "2100-12-31", "2024-02-29"])
@pytest.mark.parametrize("name", ["from", "to"])
def test_days_at_the_ends_of_what_may_be_asked_for_are_answered(client, name, day):
    shown(client, f"?disease=tb&{name}={day}")
    assert client.get(f"/export/coverage.csv?disease=tb&{name}={day}").status_code in (200, 400)


@pytest.mark.parametrize("step", ["week", "month", "quarter", "year"])
def test_a_question_about_a_century_is_answered_as_briefly_as_one_about_the_data(client, step):
    century = shown(client, f"?disease=tb&from=1990-01-01&to=2100-12-31&step={step}")
    data = shown(client, f"?disease=tb&from=2024-02-29&to=2025-03-04&step={step}")
    assert len(century.data) < 1.5 * len(data.data)


def test_a_period_before_or_after_all_data_has_no_trend(client):
    for days in ("from=1990-01-01&to=1990-12-31", "from=2090-01-01&to=2100-12-31"):
        answer = shown(client, f"?disease=tb&{days}")
        assert '"trend"' not in answer.get_data(as_text=True)


def test_a_number_that_no_database_holds_is_that_of_nothing(client):
    """Each route that takes a number, also one that is added later: none fails, and none finds anything."""
    rules = [rule for rule in client.application.url_map.iter_rules() if "<int:" in rule.rule]
    assert len(rules) > 8
    for rule in rules:
        method = "POST" if "POST" in rule.methods else "GET"
        for number in (2**31, 2**63, 10**30):
            path = re.sub(r"<int:[^>]*>", str(number), rule.rule)
            path = re.sub(r"<any\(([^,)]*)[^>]*>", r"\1", path)
            path = re.sub(r"<[^>]*>", "x", path)
            assert client.open(path, method=method, data={"name": "x"}).status_code == 404, path
