"""The panel beside the table: cohorts not yet due, silence and zero, cut periods, groups, the time before."""

from __future__ import annotations

import re
from datetime import date

import pytest

from dashboard.components.coverage.panel import area_groups, area_panel
from dashboard.components.coverage.trend_table import trend_table
from dashboard.components.coverage.words import total_name
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.table import coverage
from dashboard.services.coverage.view import view
from db.core.scope import Scope
from db.maintenance.opening import open_database
from surveillance.vocabulary import AXES, shown_values
from tests.support.files import record, write_csv
from tests.support.matrix import every_value
from tests.support.pages import written

TODAY = date(2026, 6, 15)
GRANT = Grant.custodian()
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01"},
    {"facility_id": "HC2", "province": "KH02"},
    {"facility_id": "HC3", "province": "KH03"},
)
STARTED = {"positive": "yes", "treated": "yes"}


@pytest.fixture
def held(cli, database_url, tmp_path, prepared):
    """Imports rows, and gives the database."""
    prepared(lambda: cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)))
    opened = []

    def imported(*rows):
        assert cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
        opened.append(open_database(database_url))
        return opened[-1]

    yield imported
    for database in opened:
        database.dispose()


def words(node) -> str:
    """Every text of a part of a page."""
    if isinstance(node, (list, tuple)):
        return "".join(map(words, node))
    if isinstance(node, str):
        return node
    return words(node.children) if getattr(node, "children", None) is not None else ""


def said(shown, measure="testing") -> str:
    """What the panel says in words, the trend as a table included."""
    parts = [*area_panel(shown, "Area", measure, "month", str), *area_groups(shown, str)]
    table = re.sub("<[^>]*>", " ", written(trend_table(shown, measure, str)))
    return " ".join((*map(words, parts), table))


def statuses(shown) -> dict[str, str]:
    """Status of each period of a trend."""
    return {point.label: point.value.status.value for point in shown.trend}


# --- cohorts that are not yet due --------------------------------------------------------------


def test_an_early_completer_of_a_cohort_that_is_not_due_is_in_no_trend_and_no_group(held):
    early = record(date_visit="2026-05-05", sex="female", **STARTED, completed="yes")
    later = record(date_visit="2026-06-02", sex="female", **STARTED)
    query = CoverageQuery("tb", measure="completion", start=date(2026, 5, 1), end=date(2026, 6, 15))
    shown = panel(held(early, later), GRANT, query, "KH01", TODAY, "month")
    assert shown.now.status == "not yet due"
    assert statuses(shown) == {"2026-05": "not yet due", "2026-06": "not yet due"}
    for point in shown.trend:
        assert (point.value.numerator, point.value.denominator, point.value.coverage) == (0, 0, None)
    females = dict(shown.groups["sex"])["female"]
    assert (females.status, females.numerator, females.coverage) == ("not yet due", 0, None)
    assert dict(shown.groups["sex"])["male"].status == "nobody"


def test_of_a_cohort_that_is_partly_due_each_step_counts_who_is_due(held):
    due = record(date_visit="2025-05-06", sex="male", **STARTED, completed="yes")
    early = record(date_visit="2026-05-05", sex="male", **STARTED, completed="yes")
    query = CoverageQuery("tb", measure="completion", start=date(2025, 5, 1), end=date(2026, 6, 15))
    shown = panel(held(due, early), GRANT, query, "KH01", TODAY, "quarter")
    assert shown.period.end == date(2026, 6, 21)
    assert (shown.now.numerator, shown.now.denominator) == (1, 1)
    assert shown.outcomes.sums.not_due == 1
    assert (statuses(shown)["2025-Q2"], statuses(shown)["2026-Q2"]) == ("value", "not yet due")
    assert dict(shown.groups["sex"])["male"].denominator == 1


def test_a_blank_outcome_whose_time_has_passed_is_not_evaluated(held):
    due = record(date_visit="2025-05-06", **STARTED)
    lately = record(date_visit="2026-05-05", **STARTED, completed="yes")
    query = CoverageQuery("tb", measure="completion", start=date(2025, 5, 1), end=date(2026, 6, 15))
    table = coverage(held(due, lately), GRANT, query, TODAY)
    (row,) = [row for row in table.rows if row.area.code == "KH01"]
    assert (row.value.status, row.value.unknown, row.value.denominator) == ("zero", 0, 1)
    assert (row.outcomes.sums.not_evaluated, row.outcomes.sums.not_due) == (1, 1)


# --- silence and zero --------------------------------------------------------------------------


def test_a_province_whose_facilities_sent_other_diseases_has_nobody_to_count(held):
    cholera = record(disease="cholera", facility_id="HC1", date_visit="2025-03-04", eligible="yes")
    other = record(disease="malaria", facility_id="HC2", date_visit="2025-03-05", eligible="no")
    hiv = record(disease="hiv", facility_id="HC2", date_visit="2025-04-08", eligible="no")
    database = held(cholera, other, hiv)
    span = {"start": date(2025, 3, 1), "end": date(2025, 4, 30)}
    for by, codes in (("province", ("KH01", "KH02", "KH03")), ("facility", ("HC1", "HC2", "HC3"))):
        table = coverage(database, GRANT, CoverageQuery("cholera", by=by, **span), TODAY)
        found = {row.area.code: row.value.status.value for row in table.rows}
        assert [found[code] for code in codes] == ["unknown", "nobody", "not reported"]
        query = CoverageQuery("cholera", by=by, **span)
        trends = [statuses(panel(database, GRANT, query, code, TODAY, "month")) for code in codes]
        assert trends[0] == {"2025-03": "unknown", "2025-04": "not reported"}
        assert trends[1] == {"2025-03": "nobody", "2025-04": "not reported"}  # in April it sent HIV alone
        assert trends[2] == {"2025-03": "not reported", "2025-04": "not reported"}


def test_the_panel_counts_the_facilities_that_the_status_rests_on(held):
    rows = [record(disease="malaria", facility_id=f"HC{n}", date_visit="2025-03-04") for n in (1, 2)]
    query = CoverageQuery("cholera", start=date(2025, 3, 1), end=date(2025, 3, 31))
    table, shown, _ = view(held(*rows), GRANT, query, None, TODAY)
    assert (shown.reporting.reported, shown.reporting.due) == (2, 3)
    assert sum(row.value.status == "nobody" for row in table.rows if row.area.code != "unknown") == 2


@pytest.mark.parametrize(
    ("query", "groups"),
    every_value(
        [
            CoverageQuery("measles", place="home"),
            CoverageQuery("measles", place="infection"),
            CoverageQuery("measles", by="crossing"),
            CoverageQuery("measles"),
            CoverageQuery("measles", by="facility"),
        ],
        [{}, {"sex": ("male",)}, {"sex": ("male",), "age": ("0-4",)}],
    ),
)
def test_a_place_says_of_one_period_what_its_trend_says_of_it(query, groups, held):
    rows = [
        record(disease="measles", facility_id="HC1", date_visit="2025-03-04", eligible="yes", sex="male"),
        record(disease="measles", facility_id="ELSEWHERE", date_visit="2025-03-05", sex="female"),
        record(disease="malaria", facility_id="HC2", date_visit="2025-03-06"),
    ]
    measure = "treatment" if query.place == "infection" else "testing"
    asked = CoverageQuery(
        query.disease, query.by, query.place, measure, date(2025, 3, 1), date(2025, 3, 31), groups=groups
    )
    database = held(*rows)
    for row in coverage(database, GRANT, asked, TODAY).rows:
        shown = panel(database, GRANT, asked, row.area.code, TODAY, "month")
        assert shown.now == row.value
        assert [point.value.status for point in shown.trend] == [row.value.status], row.area


# --- periods that are cut off ------------------------------------------------------------------


def test_a_period_cut_at_an_edge_shows_its_days_and_an_open_point(held):
    days = ("2025-01-15", "2025-02-12", "2025-03-12", "2025-04-15")
    rows = [record(date_visit=day, eligible="yes", tested="yes") for day in days]
    query = CoverageQuery("tb", start=date(2025, 1, 6), end=date(2025, 3, 16))
    shown = panel(held(*rows), GRANT, query, "KH01", TODAY, "month")
    assert [(p.start, p.end, p.whole) for p in shown.trend] == [
        (date(2025, 1, 13), date(2025, 1, 31), False),
        (date(2025, 2, 1), date(2025, 2, 28), True),
        (date(2025, 3, 1), date(2025, 3, 16), False),
    ]
    text = said(shown)
    assert "2025-01-13 – 2025-01-31" in text
    assert "2025-02-01" not in text
    trend = next(g for g in graphs(area_panel(shown, "Area", "testing", "month", str)) if g.id == "trend")
    (line,) = [trace for trace in trend.figure["data"] if trace["mode"] == "lines+markers"]
    assert line["marker"]["symbol"] == ["circle-open", "circle", "circle-open"]
    assert "(2025-01-13 – 2025-01-31)" in line["text"][0]
    assert "2025-02-" not in line["text"][1].replace("<b>2025-02</b>", "")


def graphs(node) -> list:
    """Every graph of a part of a page."""
    if isinstance(node, (list, tuple)):
        return [graph for part in node for graph in graphs(part)]
    if type(node).__name__ == "Graph":
        return [node]
    return graphs(node.children) if getattr(node, "children", None) is not None else []


# --- groups ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["KH01", None])
@pytest.mark.parametrize("by", ["province", "facility", "crossing"])
def test_groups_are_those_of_the_records_that_the_filters_keep(by, code, held):
    rows = [
        record(sex="male", age_years="30", residence="mobile", eligible="yes", tested="yes"),
        record(sex="male", age_years="30", residence="resident", eligible="yes", tested="no"),
        record(sex="male", age_years="3", residence="mobile", eligible="yes"),
        record(sex="female", age_years="30", residence="mobile", eligible="yes", tested="yes"),
    ]
    place = code if by == "province" else {"facility": "HC1", "crossing": "unknown"}[by] if code else None
    database = held(*rows)
    whole = panel(database, GRANT, CoverageQuery("tb", by=by), place, TODAY)
    assert {axis: len(values) for axis, values in whole.groups.items()} == {
        axis: len(shown_values(axis)) for axis in AXES
    }
    assert dict(whole.groups["residence"])["mobile"].numerator == 2
    assert "Groups, within the filters" not in said(whole)

    men = panel(database, GRANT, CoverageQuery("tb", by=by, groups={"sex": ("male",)}), place, TODAY)
    assert [value for value, _ in men.groups["sex"]] == ["male"]
    residence = dict(men.groups["residence"])
    assert (residence["mobile"].numerator, residence["mobile"].unknown) == (1, 1)
    assert residence["resident"].denominator == 1
    assert "Groups, within the filters" in said(men)

    several = {"sex": ("male",), "age": ("15-24", "25-49")}
    grown = panel(database, GRANT, CoverageQuery("tb", by=by, groups=several), place, TODAY)
    assert dict(grown.groups["residence"])["mobile"].unknown == 0
    for shown in (men, grown):
        for values in shown.groups.values():
            assert sum(value.denominator for _, value in values) == shown.now.denominator


# --- hidden rows -------------------------------------------------------------------------------


def test_a_sum_without_the_hidden_rows_says_so(held):
    database = held(record(eligible="yes", tested="yes"))
    query = CoverageQuery("tb")
    official = Grant("official@health.example", "official", Scope.of("KH01"))
    assert total_name(coverage(database, GRANT, query, TODAY), GRANT, str) == "All areas together"
    table = coverage(database, official, query, TODAY)
    assert total_name(table, official, str) == "Your provinces together"
    assert [row.area.code for row in table.rows] == ["KH01"]


def test_the_panel_of_a_hidden_row_has_no_number(held):
    database = held(record(disease="hiv", eligible="yes", tested="yes"))
    official = Grant("official@health.example", "official", Scope.of("KH01"))
    for query, grant, code in (
        (CoverageQuery("hiv", by="facility"), GRANT, "HC1"),
        (CoverageQuery("hiv", by="facility"), official, "HC1"),
    ):
        _, shown, _ = view(database, grant, query, code, TODAY)
        assert (shown.now.status, shown.trend, shown.groups, shown.reporting) == ("hidden", [], {}, None)


def test_an_area_outside_the_provinces_of_an_account_is_not_looked_at(held):
    database = held(record(disease="hiv", eligible="yes", tested="yes"))
    official = Grant("official@health.example", "official", Scope.of("KH01"))
    query = CoverageQuery("hiv")
    assert panel(database, official, query, "KH02", TODAY).now.status == "hidden"
    table, shown, _ = view(database, official, query, "KH02", TODAY)
    assert (shown.code, shown.now) == (None, table.total)


# --- the earlier period ------------------------------------------------------------------------


def eligible(day, yes="yes", **values):
    """A record of somebody eligible."""
    return record(date_visit=day, eligible="yes", tested=yes, **values)


def test_a_change_compares_with_the_same_length_directly_before(held):
    database = held(eligible("2025-01-02"), eligible("2025-03-05", "no"), eligible("2025-04-02"))
    query = CoverageQuery("tb", start=date(2025, 4, 1), end=date(2025, 4, 30))
    shown = panel(database, GRANT, query, "KH01", TODAY)
    earlier = shown.facts.earlier
    assert (earlier.start, earlier.end) == (date(2025, 3, 1), date(2025, 3, 31))
    assert shown.change.difference == 1
    assert "against the period before (2025-03-01 – 2025-03-31)" in said(shown)


def test_an_earlier_period_that_begins_before_the_records_do_is_not_compared_with(held):
    database = held(eligible("2025-03-25", "no"), eligible("2025-04-02"))
    query = CoverageQuery("tb", start=date(2025, 4, 1), end=date(2025, 4, 30))
    shown = panel(database, GRANT, query, "KH01", TODAY)
    assert (shown.earlier, shown.change) == (None, None)
    assert (
        "No change is shown against the period before (2025-03-01 – 2025-03-31): "
        "there are no records before 2025-03-24."
    ) in said(shown)


def test_before_the_first_record_there_is_no_earlier_period(held):
    query = CoverageQuery("tb", start=date(2025, 4, 1), end=date(2025, 4, 30))
    shown = panel(held(eligible("2025-04-02")), GRANT, query, "KH01", TODAY)
    assert "No earlier period of the same length to compare with." in said(shown)


@pytest.mark.parametrize(
    ("earlier", "status"),
    [
        ([], "not reported"),
        ([record(date_visit="2025-03-05", eligible="yes")], "unknown: not recorded"),
        ([record(date_visit="2025-03-05", eligible="no")], "no people to count"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_where_the_earlier_period_has_no_value_its_dates_and_status_are_said(earlier, status, held):
    database = held(eligible("2025-01-02", facility_id="HC2"), *earlier, eligible("2025-04-02"))
    query = CoverageQuery("tb", start=date(2025, 4, 1), end=date(2025, 4, 30))
    shown = panel(database, GRANT, query, "KH01", TODAY)
    assert shown.change is None
    assert (
        "No change is shown against the period before (2025-03-01 – 2025-03-31): 2025-03-01 – 2025-03-31 "
        f"is without a value ({status})."
    ) in said(shown)


def test_where_the_period_itself_has_no_value_that_is_said(held):
    database = held(eligible("2025-01-02"), eligible("2025-03-05"), record(date_visit="2025-04-02"))
    query = CoverageQuery("tb", start=date(2025, 4, 1), end=date(2025, 4, 30))
    text = said(panel(database, GRANT, query, "KH01", TODAY))
    assert "(2025-03-01 – 2025-03-31): 2025-04-01 – 2025-04-30 is without a value (unknown" in text
