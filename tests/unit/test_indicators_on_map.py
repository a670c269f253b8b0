"""Indicators as measures of the map: the same numbers as the command, in words what cannot be known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from dashboard.components.indicators import painted
from dashboard.pages.explorer import indicator_view
from dashboard.pages.explorer.question import MapQuestion
from dashboard.permissions import Grant
from dashboard.services.indicators.model import IndicatorRow
from dashboard.services.places.areas import Area
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.errors import QuestionError, UsageError
from surveillance.indicators.model import BY
from surveillance.indicators.table import INDICATORS
from surveillance.indicators.values import Value, of_proportion
from surveillance.status import Status
from tests.support.web import callback_body, signed_in
from tests.unit.test_indicator_pages import site  # noqa: F401 - a fixture
from tests.unit.test_indicators_command import app  # noqa: F401 - a fixture

TODAY = date(2026, 11, 30)
DAYS = {"from": "2024-01-01", "to": "2024-12-31"}
PARTS = ("numerator", "denominator", "value", "lower", "upper", "status", "unknown")


def asked(**given: str) -> MapQuestion:
    return MapQuestion.read(given | DAYS)


def test_the_map_says_what_the_command_says_of_every_indicator(app, opened):  # noqa: F811
    """By each kind of area by which the map and the indicator are known; where either refuses, both do."""
    shown = 0
    for name, indicator in INDICATORS.items():
        for by in (
            ("province", "crossing", "facility") if indicator.id == "malaria_radical_cure" else ("province",)
        ):
            told = app(
                "indicators", "--id", name, "--by", by, "--from", DAYS["from"], "--to", DAYS["to"],
                "--format", "json",
            )  # fmt: skip
            answer = indicator_view.ask(opened, Grant.custodian(), asked(measure=name, by=by), TODAY)
            if told.code:
                assert answer.refused is not None, name
                continue
            assert answer.found is not None, (name, answer.refused)
            rows = {row["code"]: row for row in told.json()}
            ours = {row["code"]: row for row in answer.found.records()}
            assert rows.keys() == ours.keys(), name
            for code, row in rows.items():
                assert [row[part] for part in PARTS] == [ours[code][part] for part in PARTS], (name, code)
                shown += row["value"] is not None
            drawn = answer.painted(str)
            assert {code for code, one in drawn.items() if one.known} == {
                code for code, row in rows.items() if row["value"] is not None
            }
    assert shown > 20


@pytest.fixture
def opened(app, database_url):  # noqa: F811
    """The database that the command line asks."""
    return open_database(database_url)


def test_a_level_that_is_refused_is_said_and_nothing_is_drawn(app, opened):  # noqa: F811
    for name, by, words in (
        ("malaria_api", "crossing", "they do not live there"),
        ("malaria_api", "facility", "by province at the lowest"),
        ("hiv_suppressed", "facility", "could harm people"),
    ):
        answer = indicator_view.ask(opened, Grant.custodian(), asked(measure=name, by=by), TODAY)
        assert words in (indicator_view.refusal(answer, str) or "")
        assert answer.painted(str) == {}
    question = MapQuestion.read({"measure": "malaria_api", "from": "2023-06-01", "to": "2024-05-31"})
    answer = indicator_view.ask(opened, Grant.custodian(), question, TODAY)
    assert "one calendar year" in (indicator_view.refusal(answer, str) or "")
    question = asked(measure="malaria_radical_cure", sex="female")
    answer = indicator_view.ask(opened, Grant.custodian(), question, TODAY)
    assert "not kept by groups" in (indicator_view.refusal(answer, str) or "")


def test_an_account_of_some_places_is_told_why_a_rate_is_not_for_it(app, opened):  # noqa: F811
    grant = Grant("reader", "official", Scope(frozenset({"KH02"})))
    answer = indicator_view.ask(opened, grant, asked(measure="malaria_api"), TODAY)
    assert "some places" in (indicator_view.refusal(answer, str) or "").lower()
    answer = indicator_view.ask(opened, grant, asked(measure="malaria_radical_cure"), TODAY)
    assert {row.area.code for row in answer.found.rows if row.value.value is not None} == {"KH02"}
    viewer = Grant("reader", "viewer", Scope.everything())
    answer = indicator_view.ask(opened, viewer, asked(measure="malaria_radical_cure"), TODAY)
    assert {row.value.status for row in answer.found.rows} == {Status.HIDDEN}
    assert any("nothing is issued" in line for line in indicator_view.notes(answer.found, str))


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"measure": "malaria_api", "disease": "tb"}, "measure"),
        ({"measure": "malaria_api", "place": "care"}, "place"),
        ({"measure": "tb_yield", "place": "home"}, "place"),
        ({"measure": "tb_yield", "count": "persons"}, "count"),
        ({"measure": "tb_yield", "by": "facility", "place": "home"}, "place"),
    ],
)
def test_an_address_that_contradicts_an_indicator_is_refused(given, parameter):
    with pytest.raises((UsageError, QuestionError)) as caught:
        MapQuestion.read(given).check()
    assert caught.value.parameter == parameter


def test_an_indicator_says_of_which_disease_it_is_and_by_which_place():
    question = MapQuestion.read({"measure": "malaria_api"})
    assert (question.disease, question.place) == ("malaria", "home")
    question = MapQuestion.read({"measure": "tb_yield", "by": "facility"})
    assert (question.disease, question.place, question.by) == ("tb", "care", "facility")
    for indicator in INDICATORS.values():
        MapQuestion.read({"measure": indicator.id}).check()
        assert set(BY) >= set(indicator.may_be_by)


def row(value: Value, reports: tuple[int, int] | None = None) -> IndicatorRow:
    return IndicatorRow(Area("KH01", "One", ""), value, reports=reports)


def test_zero_unknown_hidden_and_few_reports_never_look_alike():
    indicator = INDICATORS["tb_treatment_success"]
    scale = painted.scale_of(indicator, 1.0)
    values = [
        of_proportion(indicator, Status.ZERO, 0, 900, 0),
        of_proportion(indicator, Status.VALUE, 850, 900, 0),
        *(Value(status) for status in (Status.NOBODY, Status.UNKNOWN, Status.NOT_REPORTED, Status.HIDDEN)),
    ]
    drawn = [painted.painted(row(value), indicator, scale, str) for value in values]
    few = painted.painted(row(values[1], (3, 8)), indicator, scale, str)
    assert len({one.look.key for one in [*drawn, few]}) == len(drawn) + 1
    assert len({one.kind for one in [*drawn, few]}) == len(drawn) + 1
    assert few.text == "†94%"
    assert "† 3 of 8 reports due came" in few.said
    assert "target 90%: met" in drawn[1].said
    assert "target 90%: not met" in painted.said(row(values[0]), indicator, str)


def test_classes_suit_the_unit():
    def names(indicator: str, most: float) -> list[str]:
        row = INDICATORS[indicator]
        return painted.class_names(row, painted.scale_of(row, most), str)

    assert names("tb_treatment_success", 0.9)[-1] == "90% and more"
    assert names("malaria_api", 37.0) == ["under 10", "10–20", "20–30", "30–40", "40 and more"]
    assert names("malaria_api", 0.4)[0] == "under 0.1"
    assert names("ids_measles_suspected", 3)[:2] == ["under 1", "1–2"]
    rate = INDICATORS["malaria_api"]
    assert painted.short(rate, 0.4) == "0.40"
    people = replace(row(Value(Status.UNKNOWN, 4, None, 0)), divisor=None)
    assert painted.absence(people, rate).label == painted.NO_PEOPLE


def test_the_map_its_table_and_its_files_show_an_indicator(site):  # noqa: F811
    reader = signed_in(site, "official")
    page = reader.get("/map?measure=malaria_radical_cure").get_data(as_text=True)
    assert "Banteay Meanchey: 60.0%" in page
    layout = reader.get("/_dash-layout").get_data(as_text=True)
    assert '["tb_treatment_success","TB: treatment success","tb"]' in layout
    said = reader.post(
        "/_dash-update-component",
        json=callback_body(reader, "?measure=malaria_radical_cure&area=KH01"),
    ).get_json()["response"]
    assert said["title"]["children"] == "Malaria: radical cure started"
    assert said["resolved"]["data"]["controls"]["measure"] == "malaria_radical_cure"
    assert "/clusters?indicator=malaria_radical_cure&by=province" in json.dumps(said)
    assert said["export"]["href"] == "/map.csv?measure=malaria_radical_cure&area=KH01"
    table = reader.get(said["resolved"]["data"]["table"]).get_data(as_text=True)
    assert "6 / 10" in table
    trend = reader.get("/map/trend?measure=malaria_radical_cure&area=KH01").get_data(as_text=True)
    assert "6 / 10" in trend
    assert "KH01,Banteay Meanchey,6,10,0.6" in reader.get(said["export"]["href"]).get_data(as_text=True)
    for path in ("/map.svg", "/map/trend.svg", "/provinces.svg"):
        assert reader.get(f"{path}?measure=malaria_radical_cure").get_data(as_text=True).startswith("<svg")
    for path in ("/map.json", "/map/trend.csv", "/provinces.csv", "/provinces.json"):
        assert reader.get(f"{path}?measure=malaria_radical_cure").status_code == 200, path
    page = reader.get("/provinces?measure=malaria_radical_cure").get_data(as_text=True)
    assert "<strong>60.0%</strong> <span>6 of 10</span>" in page
    page = reader.get("/beside?measure=malaria_radical_cure&beside=measure:malaria_testing").get_data(
        as_text=True
    )
    assert "Malaria: tested of suspected" in page
    assert 'value="measure:tb_yield"' in page


def test_what_has_no_answer_says_so_at_every_door(site):  # noqa: F811
    reader = signed_in(site, "official")
    asked = "measure=malaria_api&by=crossing"
    for path in ("/map", "/map/table"):
        answer = reader.get(f"{path}?{asked}")
        assert answer.status_code == 200
        assert "they do not live there" in answer.get_data(as_text=True), path
    for path in ("/map.csv", "/map.svg", "/map.json", "/map/trend.csv"):
        answer = reader.get(f"{path}?{asked}")
        assert answer.status_code == 400, path
        assert "they do not live there" in answer.get_data(as_text=True), path
    assert reader.get("/map/groups.csv?measure=malaria_radical_cure").status_code == 400
    assert reader.get("/records?measure=reporting_completeness").status_code in (400, 403)
    page = signed_in(site, "viewer").get("/map?measure=malaria_radical_cure").get_data(as_text=True)
    assert "nothing is issued" in page
    assert "60.0%" not in page
