"""`coverage --as-of`: what was shown last month can be shown again as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import table as service
from dashboard.services.coverage import view
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.places import unmatched as unmatched_places
from dashboard.settings import Settings
from db.cubes.query import CubeQuery
from db.history import as_of
from db.tables.records import batch, cube_group, cube_total
from surveillance.errors import UsageError
from tests.support.command_line import KEY
from tests.support.examples import lane
from tests.support.files import record, write_csv

pytestmark = pytest.mark.sql

SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
TODAY = today_in_cambodia()
QUESTIONS = [
    {"disease": "tb", "by": "province", "measure": "testing"},
    {"disease": "tb", "by": "province", "place": "home", "measure": "testing"},
    {"disease": "tb", "by": "province", "measure": "testing", "sex": "male"},
    {"disease": "tb", "by": "province", "measure": "testing", "sex": "male,female", "residence": "mobile"},
    {"disease": "tb", "by": "crossing", "measure": "eligibility", "from": "2025-03-01", "to": "2025-05-01"},
    {"disease": "tb", "by": "facility", "measure": "testing", "from": "2025-01-01", "to": "2026-01-31"},
    {"disease": "tb", "by": "province", "measure": "completion"},
    {"disease": "malaria", "by": "province", "measure": "testing", "from": "2025-03-01", "to": "2025-03-31"},
    {"disease": "hiv", "by": "province", "measure": "testing"},
]


class Past:
    """A database whose files came on days of our choosing."""

    def __init__(self, database, folder):
        self.database, self.folder, self.files = database, folder, 0

    def bring(self, days_ago, *rows):
        self.files += 1
        path = write_csv(self.folder / f"{self.files}.csv", *rows)
        done = imports.import_file(
            self.database, Grant.custodian(), SETTINGS, path, ImportOptions(same_numbers="amend")
        )
        with self.database.writing() as connection:
            came = f"{TODAY - timedelta(days=days_ago)}T16:59:59+00:00"  # a second before midnight there
            connection.execute(batch.update().where(batch.c.id == self.files).values(received_at=came))
        return done.receipt

    def list_facilities(self, *facilities):
        import_facilities(self.database, Grant.custodian(), write_csv(self.folder / "f.csv", *facilities))

    def shown(self, days_ago=None, questions=QUESTIONS):
        """Every answer, as of some days ago or as it is."""
        day = None if days_ago is None else TODAY - timedelta(days=days_ago)
        found = []
        for question in questions:
            query = replace(CoverageQuery.read(question), as_of=day)
            area = "HC1" if query.by == "facility" else "KH01"
            table, panel, shift = view.view(self.database, Grant.custodian(), query, area, TODAY, "month")
            found.append((table.records(), str(panel), str(shift)))
        return found


@pytest.fixture
def past(database, tmp_path):
    """Such a database, with two facilities."""
    made = Past(database, tmp_path)
    made.list_facilities(
        {"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"}
    )
    return made


def rows(*numbers, **values):
    """Records with these numbers."""
    return [
        record(record_id=str(n), eligible="yes", tested=("yes", "no")[n % 2], residence="mobile")
        | {"facility_id": f"HC{1 + n % 2}", "sex": ("male", "female")[n // 2 % 2], "treated": ""}
        | {"date_visit": str(date(2025, 3, 4) + timedelta(days=9 * n)), "crossing": "Poipet"}
        | {"disease": ("tb", "tb", "hiv")[n % 3], "province_home": "", "date_treated": ""}
        | {"positive": "", "completed": "", "record_status": ""}
        | values
        for n in numbers
    ]


@pytest.mark.in_turn()
def test_completion_of_an_earlier_day_knows_the_outcomes_of_then(past):
    def course(number, outcome="", day="", **more):
        return record(record_id=str(number), disease="malaria", positive="yes", treated="yes", **more) | {
            "outcome": outcome,
            "date_outcome": day,
        }

    def then(days_ago):
        query = CoverageQuery.read({"disease": "malaria", "by": "province", "measure": "completion"})
        query = replace(query, as_of=TODAY - timedelta(days=days_ago))
        table = service.coverage(past.database, Grant.custodian(), query, TODAY)
        (row,) = [row for row in table.rows if row.area.code == "KH01"]
        return row.value.numerator, row.value.denominator, row.outcomes.sums.not_due, row.outcomes.known.last

    past.bring(30, course(1), course(2))
    past.bring(20, course(1, "cured", "2025-03-20"))
    past.bring(10, course(3, "cured", "2025-05-20", date_visit="2025-04-21"))
    past.bring(5, {"record_id": "3", "facility_id": "HC1", "record_status": "withdrawn"})
    change = TODAY - timedelta(days=20)  # a file of corrections speaks of the day on which it came
    assert then(30) == (0, 0, 2, None)
    assert then(20) == then(5) == (1, 2, 0, change)
    assert then(10) == (2, 3, 0, change)


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_storing.py
def test_each_earlier_day_shows_what_was_shown_on_it(past):
    taken = [{"record_id": "3", "facility_id": "HC2", "record_status": "withdrawn"}]
    deliveries = [
        rows(*range(6)),
        rows(2, 3, tested="yes", province_home="KH12"),
        [row | {"disease": "", "date_visit": ""} for row in rows(3, record_status="withdrawn")] and taken,
        rows(3, 4, disease="malaria"),
        rows(*range(6, 12), treated="yes", positive="yes", tested="yes", date_treated="2025-03-04"),
        rows(*range(12)),
    ]
    snapshots = []
    for number, delivery in enumerate(deliveries):
        past.bring(30 - number, *delivery)
        snapshots.append(past.shown(0))
    assert past.shown() == snapshots[-1]
    assert len({str(snapshot) for snapshot in snapshots}) == len(deliveries)
    for number, snapshot in enumerate(snapshots):
        some = slice(None) if lane() == "full" else slice(number % 3, None, 3)
        assert past.shown(30 - number, QUESTIONS[some]) == snapshot[some], f"after file {number + 1}"
    assert past.shown() == snapshots[-1]  # looking back leaves nothing behind


@pytest.mark.in_turn()
def test_facilities_and_resolved_places_are_those_known_now(past):
    past.bring(9, *rows(0, 1, disease="tb", province_home="Atlantis"))
    past.bring(5, *rows(0, disease="tb", tested="no"), *rows(4, disease="tb", facility_id="HC9"))
    past.list_facilities({"facility_id": "HC2", "province": "KH24"})
    unmatched_places.resolve(past.database, Grant.custodian(), SETTINGS, "Atlantis", "KH12")

    def counted(place, days_ago):
        query = CoverageQuery.read(
            {"disease": "tb", "by": "province", "measure": "eligibility", "place": place}
        )
        day = TODAY - timedelta(days=days_ago)
        table = service.coverage(past.database, Grant.custodian(), replace(query, as_of=day), TODAY)
        return {row.area.code: row.value.denominator for row in table.rows if row.value.denominator}

    assert counted("care", 9) == {"KH01": 1, "KH24": 1}
    assert counted("home", 9) == {"KH12": 2}
    assert counted("care", 0) == {"KH01": 1, "KH24": 1, "unknown": 1}
    assert counted("home", 0) == {"KH12": 1, "unknown": 2}


def test_a_day_ends_at_midnight_in_phnom_penh(past):
    past.bring(9, *rows(1))
    with past.database.reading() as connection:
        assert as_of.batch_at(connection, TODAY - timedelta(days=9)) == 1
        with pytest.raises(UsageError, match="the first file came on"):
            as_of.batch_at(connection, TODAY - timedelta(days=10))


def test_days_without_an_answer_are_refused(cli, tmp_path):
    asked = ("coverage", "--disease", "tb", "--by", "province", "--as-of")
    assert "no file has been imported yet" in cli(*asked, "2025-01-01").stderr
    cli("import", write_csv(tmp_path / "a.csv", record()))
    for day, said in (
        ("2025-01-01", "nothing had been imported by 2025-01-01; the first file came on"),
        (str(TODAY + timedelta(days=2)), "has not come yet"),
        ("yesterday", "as-of: 'yesterday' is not a day"),
    ):
        done = cli(*asked, day)
        assert (done.code, done.stdout) == (2, "")
        assert said in done.stderr
    done = cli(*asked, str(today_in_cambodia()))
    assert done.code == 0
    assert "As shown at the end of" in done.stderr


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_storing.py
def test_a_cube_that_the_question_does_not_ask_for_cannot_be_read_by_mistake(past):
    past.bring(9, *rows(0, 1))
    past.bring(5, *rows(2, 3))
    asked = CubeQuery("tb", "care", "testing")
    with as_of.reading_as_of(past.database, 1, asked) as connection:
        assert connection.execute(sa.select(sa.func.sum(cube_total["care"].c.records))).scalar() == 2
        with pytest.raises(sa.exc.DBAPIError):
            connection.execute(sa.select(sa.func.sum(cube_group["home"].c.records)))
