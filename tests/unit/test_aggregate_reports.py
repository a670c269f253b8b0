"""Aggregate reports on the way to what is shown: values, periods, marks, comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import aggregates
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.table import COLUMNS, REPORTS, coverage
from dashboard.services.imports import declared_coverage
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.reporting.table import reporting_table
from dashboard.settings import Settings
from db.intake.cleaning.aggregate_reports import ValueCleaner
from db.intake.files.readers import Row
from db.intake.mappings.data_elements import Element, ElementMap
from db.maintenance import verify
from db.maintenance.opening import open_database
from db.tables.aggregates import aggregate_care
from db.tables.records import batch, notice
from surveillance.errors import NotPermittedError, UsageError
from surveillance.report_periods import parse_report_period
from surveillance.status import Status
from tests.support.aggregates import deliver
from tests.support.files import write_csv

TODAY = date(2026, 1, 31)
GRANT = Grant.custodian()
HEADER = ["data_element", "period", "org_unit", "category", "value"]


def value(
    element: str, period: str, count: object, category: str = "", facility: str = "HC1"
) -> dict[str, object]:
    """One row of a data value set."""
    return {
        "dataElement": element,
        "period": period,
        "orgUnit": facility,
        "categoryOptionCombo": category,
        "value": count,
    }


def clean(*rows: list[str], elements: ElementMap | None = None):
    """Clean a few rows of text."""
    cleaner = ValueCleaner(HEADER, "default", TODAY, elements or ElementMap())
    return cleaner, cleaner.clean([Row(i, list(cells)) for i, cells in enumerate(rows, start=2)])


@pytest.fixture
def listed(database_url, prepared, tmp_path):
    """A database with two facilities, and a line list of the first."""
    prepared(lambda: _fill(database_url, tmp_path))
    database = open_database(database_url)
    yield database
    database.dispose()


def _fill(url, tmp_path):
    database = open_database(url)
    facilities = [{"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"}]
    import_facilities(database, GRANT, write_csv(tmp_path / "facilities.csv", *facilities))
    rows = [
        {"record_id": n, "facility_id": "HC1", "disease": "malaria", "date_visit": day, "eligible": "yes"}
        | {"tested": "yes" if n % 2 else "no"}
        for n, day in enumerate(("2025-01-06", "2025-01-20", "2025-02-03", "2025-04-07"))
    ]
    path = write_csv(tmp_path / "list.csv", *rows)
    imports.import_file(database, GRANT, Settings.read({}), path, ImportOptions(today=TODAY))
    database.dispose()


def asked(database, **question):
    """The rows of a coverage table that carry anything, by code."""
    query = CoverageQuery.read({"disease": "malaria", "by": "province", "measure": "testing"} | question)
    table = coverage(database, GRANT, query, TODAY)
    return table, {r["code"]: (r["numerator"], r["denominator"], r["unknown"]) for r in table.records()}


def test_a_month_counts_in_the_month_and_not_in_its_weeks(listed, tmp_path):
    rows = [value("malaria eligible", "202501", 40), value("malaria tested", "202501", 30)]
    deliver(listed, write_csv(tmp_path / "report.csv", *rows), TODAY)
    table, month = asked(listed, **{"from": "2025-01-01", "to": "2025-01-31"})
    assert month["KH01"] == (30, 40, 0)
    assert table.columns == (*COLUMNS, REPORTS)
    assert {row["code"]: row[REPORTS] for row in table.records()}["KH01"] == 1
    table, week = asked(listed, **{"from": "2025-01-06", "to": "2025-01-12"})
    assert week["KH01"] == (0, 1, 0)
    assert table.columns == COLUMNS
    _, half = asked(listed, **{"from": "2025-01-01", "to": "2025-06-30"})
    assert half["KH01"] == (30 + 1, 40 + 2, 0)  # the records of February and April stand beside the report


def test_homes_and_crossings_know_no_reports(listed, tmp_path):
    deliver(listed, write_csv(tmp_path / "report.csv", value("malaria eligible", "202501", 40)), TODAY)
    table, rows = asked(listed, place="home", **{"from": "2025-01-01", "to": "2025-01-31"})
    assert rows["unknown"] == (1, 2, 0)
    assert not table.reports


def test_a_report_of_another_number_is_an_amendment_and_an_old_file_changes_nothing(listed, tmp_path):
    first = write_csv(
        tmp_path / "a.csv", value("malaria eligible", "202501", 40), value("malaria tested", "202501", 1)
    )
    second = write_csv(tmp_path / "b.csv", value("malaria eligible", "202501", 50))
    assert deliver(listed, first, TODAY).accepted == 2
    assert deliver(listed, second, TODAY).amended == 1
    again = deliver(listed, first, TODAY)
    assert (again.rows, again.duplicate) == (2, 2)
    _, rows = asked(listed, **{"from": "2025-01-01", "to": "2025-01-31"})
    assert rows["KH01"] == (1, 50, 0)


def test_a_value_may_be_taken_back(listed, tmp_path):
    deliver(listed, write_csv(tmp_path / "a.csv", value("malaria eligible", "202501", 40)), TODAY)
    taken = value("malaria eligible", "202501", "") | {"deleted": "true"}
    counts = deliver(listed, write_csv(tmp_path / "b.csv", taken), TODAY)
    assert (counts.rows, counts.withdrawn) == (1, 1)
    table, rows = asked(listed, **{"from": "2025-01-01", "to": "2025-01-31"})
    assert rows["KH01"] == (1, 2, 0)
    assert not table.reports
    assert deliver(listed, write_csv(tmp_path / "c.csv", taken, taken), TODAY).duplicate == 2


def test_a_line_list_that_is_declared_complete_counts_and_the_report_does_not(listed, tmp_path):
    rows = [value("malaria eligible", "202501", 40), value("malaria eligible", "202502", 30)]
    deliver(listed, write_csv(tmp_path / "report.csv", *rows), TODAY)
    covers = declared_coverage.read(
        listed, [("HC1", "2025-01-01", "2025-01-31")], complete=True, withdraw_missing=False, today=TODAY
    )
    path = write_csv(
        tmp_path / "january.csv",
        *(
            {"facility_id": "HC1", "disease": "malaria", "date_visit": d, "eligible": "yes"}
            for d in ("2025-01-06",)
        ),
    )
    imports.import_file(listed, GRANT, Settings.read({}), path, ImportOptions(today=TODAY, declared=covers))
    assert asked(listed, **{"from": "2025-01-01", "to": "2025-01-31"})[1]["KH01"] == (1, 2, 1)
    assert asked(listed, **{"from": "2025-02-01", "to": "2025-02-28"})[1]["KH01"] == (0, 0, 30)
    found = {c.start: c.counts for c in aggregates.comparisons(listed, GRANT, "malaria", "testing")}
    assert found == {date(2025, 1, 1): "line list", date(2025, 2, 1): "report"}
    assert is_sound(listed)


def test_what_a_file_covers_cannot_be_declared_of_reports(listed, tmp_path):
    path = write_csv(tmp_path / "report.csv", value("malaria eligible", "202501", 40))
    covers = declared_coverage.read(
        listed, [("HC1", "2025-01-01", "2025-01-31")], complete=False, withdraw_missing=False, today=TODAY
    )
    with pytest.raises(UsageError, match="line lists"):
        imports.import_file(
            listed,
            GRANT,
            Settings.read({}),
            path,
            ImportOptions(mapping="dhis2-values", today=TODAY, declared=covers),
        )


def test_an_earlier_day_is_shown_with_the_reports_of_then(listed, tmp_path):
    deliver(listed, write_csv(tmp_path / "a.csv", value("malaria eligible", "202501", 40)), TODAY)
    with listed.writing() as connection:
        connection.execute(batch.update().values(received_at="2026-01-10T05:00:00+00:00"))
    deliver(listed, write_csv(tmp_path / "b.csv", value("malaria eligible", "202501", 50)), TODAY)
    with listed.writing() as connection:
        last = connection.execute(select(func.max(batch.c.id))).scalar_one()
        late = batch.update().where(batch.c.id == last)
        connection.execute(late.values(received_at="2026-01-20T05:00:00+00:00"))
    query = CoverageQuery.read(
        {"disease": "malaria", "by": "province", "from": "2025-01-01", "to": "2025-01-31"}
    )

    def unknown(day):
        table = coverage(listed, GRANT, replace(query, as_of=day), TODAY)
        return {row.area.code: row.value.unknown for row in table.rows}["KH01"]

    assert (unknown(date(2026, 1, 15)), unknown(date(2026, 1, 25)), unknown(None)) == (40, 50, 50)


def test_verification_finds_and_mends_what_reports_add(listed, tmp_path):
    deliver(listed, write_csv(tmp_path / "a.csv", value("malaria eligible", "202501", 40)), TODAY)
    assert is_sound(listed)
    with listed.writing() as connection:
        connection.execute(aggregate_care.update().values(testing_unknown=1))
    assert not is_sound(listed)
    with listed.writing() as connection:
        assert verify.verify(connection, rebuild=True).rebuilt
    assert is_sound(listed)


def is_sound(database) -> bool:
    """Whether verification finds nothing."""
    with database.writing() as connection:
        return verify.verify(connection, rebuild=False).sound


def test_filters_keep_the_groups_that_a_report_names(listed, tmp_path):
    rows = [
        value(f"malaria {item}", "202501", count, category)
        for category, counts in (("Male", (20, 15)), ("Female", (10, 9)))
        for item, count in zip(("eligible", "tested"), counts, strict=True)
    ]
    deliver(listed, write_csv(tmp_path / "report.csv", *rows), TODAY)
    period = {"from": "2025-01-01", "to": "2025-01-31"}
    assert asked(listed, sex="male", **period)[1]["KH01"] == (15, 20, 0)
    assert asked(listed, sex="male", age="unknown", **period)[1]["KH01"] == (15, 20, 0)
    assert asked(listed, sex="unknown", **period)[1]["KH01"] == (0, 0, 0)
    assert asked(listed, **period)[1]["KH01"] == (24, 30, 0)


def test_the_trend_counts_a_report_where_the_whole_of_it_lies(listed, tmp_path):
    rows = [value("malaria eligible", "2025Q1", 90), value("malaria tested", "2025Q1", 80)]
    deliver(listed, write_csv(tmp_path / "report.csv", *rows), TODAY)
    query = CoverageQuery.read(
        {"disease": "malaria", "by": "province", "from": "2025-01-01", "to": "2025-06-30"}
    )

    def counted(kind):
        found = panel(listed, GRANT, query, "KH01", TODAY, kind)
        return {p.label: (p.value.numerator, p.value.denominator) for p in found.trend if p.value.denominator}

    assert counted("quarter") == {"2025-Q1": (80, 90), "2025-Q2": (1, 1)}
    assert counted("month") == {"2025-01": (1, 2), "2025-02": (0, 1), "2025-04": (1, 1)}
    assert panel(listed, GRANT, query, "KH01", TODAY).reports == 1


def test_a_facility_that_only_reports_counts_as_reporting(listed, tmp_path):
    rows = [
        value("malaria eligible", "202501", 0, facility="HC2"),
        value("tb seen", "202501", 3, facility="HC9"),
    ]
    deliver(listed, write_csv(tmp_path / "report.csv", *rows), TODAY)
    period = {"from": "2025-01-01", "to": "2025-01-31"}
    table, _ = asked(listed, by="facility", **period)
    status = {row.area.code: row.value.status for row in table.rows}
    assert status["HC2"] is Status.NOBODY
    _, tb = asked(listed, disease="tb", measure="yield", **period)
    assert tb["unknown"] == (0, 0, 3)


@pytest.mark.sql
def test_a_report_of_a_month_answers_for_each_of_its_weeks_and_zero_is_a_report(listed, tmp_path):
    first = [
        value("malaria eligible", "202501", 0, facility="HC2"),
        value("hiv positive", "202502", 4, facility="HC2"),
    ]
    deliver(listed, write_csv(tmp_path / "report.csv", *first), TODAY)
    days = {"first": date(2025, 1, 1), "last": date(2025, 2, 28)}

    def weeks(**asked):
        rows = reporting_table(listed, GRANT, by="facility", **days, **asked)
        (row,) = [row for row in rows if row.code == "HC2"]
        return row.due, row.received, row.zero

    # Weeks that lie in January alone: three. A report of HIV tells nothing, whatever is asked for.
    assert weeks(disease=None) == (7, 3, 3)
    assert weeks(disease="malaria") == (7, 3, 3)
    assert weeks(disease="tb") == (7, 0, 0)
    assert weeks(disease="hiv") == (7, 0, None)
    amended = [value("malaria eligible", "202501", 5, facility="HC2")]
    deliver(listed, write_csv(tmp_path / "again.csv", *amended), TODAY)
    assert weeks(disease="malaria") == (7, 3, 0)
    deliver(listed, write_csv(tmp_path / "more.csv", value("tb seen", "202502", 2, facility="HC2")), TODAY)
    assert weeks(disease=None) == (7, 7, 0)  # both months answer for the week across them


def test_what_a_sender_writes_is_read_or_comes_back_with_all_its_reasons():
    cleaner, cleaned = clean(
        ["Malaria tested", "202501", "HC1", "Female, 5-14", "12.0"],
        ["Malaria tested", "202501", "HC1", "<1 year", "3"],
        ["Bed nets", "2025-13", "", "", "-4"],
        ["hiv positive", "202602", "HC1", "", ""],
        elements=ElementMap(ignored=frozenset({"stock"})),
    )
    assert len(cleaned.records) == 2
    first, second = (dict(enumerate(item.reasons)) for item in cleaned.rejected)
    assert [reason.split(":")[0] for reason in first.values()] == [
        "dataElement",
        "period",
        "orgUnit",
        "value",
    ]
    assert [reason.split(":")[0] for reason in second.values()] == ["period", "value"]
    assert dict(cleaner.notices.rows) == {("unread_value", "category", "<1 year"): 1}


def test_a_mapping_names_elements_and_categories_and_what_is_not_wanted():
    elements = ElementMap(
        {"abc123": Element("malaria", "positive", {"age": "0-4"})},
        {"m": {"sex": "male"}},
        frozenset({"stock"}),
    )
    cleaner, cleaned = clean(
        ["ABC123", "2025W01", "HC1", "m", "7"], ["Stock", "2025", "HC1", "", "9"], elements=elements
    )
    assert cleaner.left_out == 1
    assert not cleaned.rejected
    assert len(cleaned.records) == 1


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2025W01", "2024-12-30", "2025-01-05"),
        ("2025-W1", "2024-12-30", "2025-01-05"),
        ("2020W53", "2020-12-28", "2021-01-03"),
        ("202402", "2024-02-01", "2024-02-29"),
        ("2025S2", "2025-07-01", "2025-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
    ],
)
def test_periods_have_their_first_and_last_day(text, first, last):
    assert [day.isoformat() for day in parse_report_period(text)] == [first, last]


@pytest.mark.parametrize(
    "text", ["", "20250101", "2025W54", "2025W00", "202500", "2025Q5", "1800", "២០២៥", "2025April"]
)
def test_what_is_no_period_is_refused(text):
    with pytest.raises(ValueError, match=f"^{text}$"):
        parse_report_period(text)


def test_reports_and_line_lists_are_shown_side_by_side(listed, tmp_path):
    rows = [value("malaria eligible", p, n) for p, n in (("202501", 40), ("2025W05", 5), ("2025Q1", 90))]
    deliver(listed, write_csv(tmp_path / "report.csv", *rows), TODAY)
    found = {
        item.record()["from"]: item.record()
        for item in aggregates.comparisons(listed, GRANT, "malaria", "testing")
    }
    assert found["2025-01-27"]["counts"] == "report"
    quarter, month = (
        next(i for i in aggregates.comparisons(listed, GRANT, "malaria", "testing") if i.end == end)
        for end in (date(2025, 3, 31), date(2025, 1, 31))
    )
    assert month.counts == "neither"  # it lies across the fifth week
    assert (
        quarter.record() | {"difference": 87, "report_records": 90, "line_list_records": 3}
        == quarter.record()
    )
    with pytest.raises(NotPermittedError):
        aggregates.comparisons(listed, GRANT, "hiv", "testing")


def test_two_numbers_for_one_value_in_a_file_are_named(listed, tmp_path):
    rows = [value("MAL_TESTED", "202501", 10), value("MAL_TESTED", "202502", 7)]
    rows += [value("MAL_TESTED", "202501", 12), value("MAL_TESTED", "202502", 7)]
    path = write_csv(tmp_path / "twice.csv", *rows)
    done = imports.import_file(
        listed,
        GRANT,
        Settings.read({}),
        path,
        ImportOptions(mapping="dhis2-values", today=TODAY, dry_run=True),
    )
    assert ("repeated_value", "value", "2, 4", 2, 2) in done.notices
    deliver(listed, path, TODAY)
    with listed.reading() as connection:
        kept = connection.execute(select(notice).where(notice.c.kind == "repeated_value")).mappings().all()
    assert [(row["text"], row["rows"], row["first_row"]) for row in kept] == [("", 2, 2)]


def test_one_number_given_twice_is_not_named(listed, tmp_path):
    rows = [value("MAL_TESTED", "202501", 10, "Male"), value("MAL_TESTED", "202501", 12, "Female")]
    path = write_csv(tmp_path / "once.csv", *rows, rows[0])
    done = imports.import_file(
        listed, GRANT, Settings.read({}), path, ImportOptions(mapping="dhis2-values", today=TODAY)
    )
    assert "repeated_value" not in {kind for kind, *_ in done.notices}
