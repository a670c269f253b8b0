"""Releases: two people, one content, nothing issued that was not audited; carried over; checked in files."""

from __future__ import annotations

import json
from datetime import date, timedelta
from unittest import mock

import pytest
import sqlalchemy as sa

from dashboard.services.releases import build, desk, figures, queue, verifying
from dashboard.services.releases.figures import State
from db.core.engine import write_transaction
from db.maintenance.opening import open_database
from db.operations import audit, lease_queue
from db.operations import releases as stored
from db.tables.releases import release, release_content, release_frozen
from surveillance.disclosure.audit import Report
from surveillance.errors import NotPermittedError, UnreadableFileError, UsageError, UserError
from tests.support import release_data, releases
from tests.support.files import write_csv
from tests.support.releases import made, stand_ins

YEAR = ("year", date(2025, 1, 1))


@pytest.fixture
def held(sqlite_prepared, sqlite_cli, sqlite_url, tmp_path):
    """A database with records and accounts."""
    sqlite_prepared(lambda: releases.fill(sqlite_cli, tmp_path), "release people")
    database = open_database(sqlite_url)
    yield database
    database.dispose()


def fill_and_issue(cli, folder):
    releases.fill(cli, folder)
    database = open_database(cli.url)
    desk.issue(database, who(database, "administrator"), made(database))
    database.dispose()


@pytest.fixture
def issued(sqlite_prepared, sqlite_cli, sqlite_url, tmp_path):
    """The same with a release of 2025 in force."""
    sqlite_prepared(lambda: fill_and_issue(sqlite_cli, tmp_path), "release in force")
    database = open_database(sqlite_url)
    yield database
    database.dispose()


@pytest.fixture
def on_both(prepared, cli, database_url, tmp_path):
    """The same, on each kind of database."""
    prepared(lambda: releases.fill(cli, tmp_path), "release people")
    database = open_database(database_url)
    yield database
    database.dispose()


def who(database, name):
    return desk.grant_of(database, f"{name}@example.org")


def read(database, number):
    with database.operations.connect() as connection:
        return stored.get(connection, number)


def in_force(database, threshold=5):
    with database.operations.connect() as connection:
        return figures.in_force(connection, threshold)


def trail(database):
    with database.operations.connect() as connection:
        rows = audit.found(connection)
    return [(row["action"], row["actor"]) for row in rows if row["action"].startswith("release")]


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_release_sums.py
@pytest.mark.sql
def test_one_prepares_and_another_issues_and_the_trail_says_both(on_both):
    assert in_force(on_both) is None
    number = made(on_both)
    assert in_force(on_both) is None
    with pytest.raises(NotPermittedError, match="somebody else has to issue it"):
        desk.issue(on_both, who(on_both, "epidemiologist"), number)
    done = desk.issue(on_both, who(on_both, "administrator"), number)
    assert (done.author, done.issued_by) == ("epidemiologist@example.org", "administrator@example.org")
    assert done.digest == done.audit_digest
    assert trail(on_both) == [
        ("release asked for", "epidemiologist@example.org"),
        ("release prepared", "epidemiologist@example.org"),
        ("release audited", "epidemiologist@example.org"),
        ("release issued", "administrator@example.org"),
    ]
    now = in_force(on_both)
    assert (now.stamp.release, now.stamp.threshold, now.stamp.data_until) == (number, 5, release_data.LAST)
    with pytest.raises(UsageError, match="issued already"):
        desk.issue(on_both, who(on_both, "other"), number)


@pytest.mark.sql
def test_the_database_refuses_to_change_what_was_issued_or_prepared(on_both):
    number = made(on_both)
    for table in (release_content, release_frozen):
        for change in (table.update().values(content=b"other"), table.delete()):
            refused_by_database(on_both, change)
    desk.issue(on_both, who(on_both, "administrator"), number)
    for change in (release.update().values(issued_by="nobody"), release.delete()):
        refused_by_database(on_both, change.where(release.c.id == number))


def test_what_is_issued_is_what_the_records_say_or_hidden(issued):
    rows = [row for row in release_data.rows() if row["disease"] == "malaria" and row["date_visit"] >= "2025"]
    seen = dict.fromkeys(State, 0)
    for threshold in figures.THRESHOLDS:
        now = in_force(issued, threshold)
        assert now.cell("malaria", "records", "care", "", *YEAR).records == len(rows)
        crossing = now.cell("malaria", "records", "crossing", "TH01", *YEAR)
        assert crossing.records == sum(row["crossing"] == "TH01" for row in rows)
        for place, facility in (("KH01", "HC1"), ("KH12", "HC2"), ("KH16", "HC3"), ("unknown", "HC9")):
            for month in range(1, 13):
                own = [r for r in rows if r["facility_id"] == facility and int(r["date_visit"][5:7]) == month]
                cell = now.cell("malaria", "records", "care", place, "month", date(2025, month, 1))
                seen[cell.state] += 1
                hidden = 0 < len(own) < threshold
                assert cell.state is (State.HIDDEN if hidden else State.SHOWN)
                assert cell.records == (None if hidden else len(own))
        deported = now.cell("malaria", "testing", "care", "", *YEAR, "movement", "returning,deported")
        assert deported.records == sum(row["movement"] in ("returning", "deported") for row in rows)
        assert (
            now.cell("malaria", "testing", "care", "", *YEAR, "movement", "deported").state
            is State.NOT_ISSUED
        )
        assert now.places("hiv", "crossing") == ()
        assert now.periods("hiv", "care", "quarter") == ()
        begun = now.cell("malaria", "completion", "care", "", "quarter", date(2025, 1, 1))
        assert begun.state is not State.NOT_ISSUED
        assert now.cell("tb", "completion", "care", "", *YEAR).state is State.NOT_ISSUED
    assert seen[State.SHOWN] > 10 < seen[State.HIDDEN]


def test_the_same_records_make_the_same_content(held):
    digests = {read(held, made(held)).digest for _ in range(2)}
    assert len(digests) == 1
    assert read(held, made(held, until=date(2025, 11, 30))).digest not in digests


def test_a_later_release_carries_over_what_was_issued_whatever_came_since(held, sqlite_cli, tmp_path):
    first = made(held, until=date(2025, 4, 30))
    desk.issue(held, who(held, "administrator"), first)
    before = in_force(held)
    late = [
        {"disease": "malaria", "facility_id": "HC1", "date_visit": f"2025-0{month}-03", "crossing": "TH01"}
        for month in (2, 2, 5)
    ]
    held.dispose()
    assert sqlite_cli("import", write_csv(tmp_path / "late.csv", *late)).code == 0
    second = made(held)
    assert read(held, second).previous == first
    desk.issue(held, who(held, "administrator"), second)
    after = in_force(held)
    assert after.stamp.release == second
    compared = 0
    for disease in ("malaria", "tb", "hiv"):
        for sheet in before.sheets(disease):
            for place, value in sheet.rows:
                for kind, first_day in sheet.columns:
                    for measure in sheet.measures:
                        asked = (disease, measure, sheet.dimension, place, kind, first_day, sheet.axis, value)
                        assert after.cell(*asked) == before.cell(*asked), asked
                        compared += 1
    assert compared > 2_000
    quarter = after.cell("malaria", "records", "care", "", "quarter", date(2025, 1, 1))
    months = [("month", date(2025, month, 1)) for month in (1, 2, 3)]
    assert quarter.records == after.union("malaria", "records", "care", "", months).records
    with held.snapshot() as connection:
        now = build.read(
            connection, release_data.TODAY, build.Span(date(2025, 1, 1), release_data.LAST, 0), {}
        )
        malaria = next(one for one in now if one.disease == "malaria")
    assert malaria.places["care"][:, :3, 0].sum() == quarter.records + 2  # the late ones are not in it
    second_quarter = after.cell("malaria", "records", "care", "", "quarter", date(2025, 4, 1))
    assert malaria.places["care"][:, 3:6, 0].sum() == second_quarter.records


def test_a_release_that_was_overtaken_cannot_be_issued(held):
    first, second = made(held, until=date(2025, 6, 30)), made(held)
    desk.issue(held, who(held, "administrator"), second)
    with pytest.raises(UsageError, match=f"before release {second} was issued"):
        desk.issue(held, who(held, "administrator"), first)
    assert in_force(held).stamp.release == second


def refuses(told, k, truth=None, known=None, certificates=None):
    return Report((mock.Mock(sentence=("{lowest} can be told", {"lowest": 3})),), {}, k)


def test_nothing_is_issued_that_did_not_pass_an_audit_of_this_very_content(held):
    issuer = who(held, "administrator")
    with stand_ins():
        number = desk.ask(held, who(held, "manager"), since=releases.SINCE, at_once=True)
        with pytest.raises(UsageError, match="still on the way"):
            desk.issue(held, issuer, number)
        queue.work_on(held, number)
    with pytest.raises(UsageError, match="not audited"):
        desk.issue(held, issuer, number)
    refused = made(held, audit=refuses)
    with pytest.raises(UsageError, match="did not pass"):
        desk.issue(held, issuer, refused)
    assert read(held, refused).report["5"]["findings"] == [["{lowest} can be told", {"lowest": 3}]] * 3
    other = made(held)
    with write_transaction(held.operations) as connection:
        connection.execute(release.update().where(release.c.id == other).values(digest="0" * 64))
    with pytest.raises(UsageError, match="did not pass"):
        desk.issue(held, issuer, other)
    assert in_force(held) is None
    with pytest.raises(UsageError, match="there is no release 99"):
        desk.issue(held, issuer, 99)


def test_content_that_was_changed_behind_the_databases_back_is_never_shown_or_passed(held):
    number = made(held)
    with write_transaction(held.operations) as connection:
        connection.exec_driver_sql("DROP TRIGGER release_content_no_update")
        one, other = (stored.content(connection, number, "malaria", k) for k in figures.THRESHOLDS)
        connection.execute(
            release_content.update()
            .where(release_content.c.disease == one.disease, release_content.c.threshold == one.threshold)
            .values(content=other.content)
        )
    with stand_ins():
        desk.ask_for_audit(held, who(held, "manager"), number, at_once=True)
        with pytest.raises(UserError, match="something went wrong"):
            queue.work_on(held, number)
    assert not read(held, number).passed
    shown = figures.of_release(held.operations, read(held, number), one.threshold)
    with pytest.raises(UserError, match="is not what was prepared"):
        shown.cell(one.disease, "records", "care", "", *YEAR)


def test_one_release_at_a_time_is_on_the_way_and_it_can_be_stopped(held):
    grant = who(held, "manager")
    number = desk.ask(held, grant)
    with pytest.raises(UsageError, match=f"release {number} is on the way"):
        desk.ask(held, grant)
    assert desk.stop(held, grant, number)
    assert not desk.stop(held, grant, number)
    assert read(held, number).status == "cancelled"
    with pytest.raises(UsageError, match="is not prepared"):
        desk.issue(held, who(held, "administrator"), number)
    again = desk.ask(held, grant, since=releases.SINCE)
    with stand_ins():
        assert queue.wanted(held)
        assert queue.work(held)
    assert read(held, again).passed
    assert not queue.work(held)


def test_a_command_that_is_gone_leaves_no_release_on_the_way(held):
    number = desk.ask(held, who(held, "manager"), at_once=True)
    with write_transaction(held.operations) as connection:
        gone = release.update().where(release.c.id == number)
        connection.execute(gone.values(heartbeat=release.c.heartbeat - lease_queue.SILENT_AFTER - 1))
    assert desk.ask(held, who(held, "manager")) == number + 1
    assert (read(held, number).status, read(held, number).error) == ("failed", stored.COMMAND_ENDED)


def test_releases_are_of_the_whole_country(held):
    for name in ("local", "viewer", "official"):
        for act in (
            lambda grant: desk.ask(held, grant),
            lambda grant: desk.issue(held, grant, 1),
            lambda grant: desk.ask_for_audit(held, grant, 1),
            lambda grant: desk.stop(held, grant, 1),
            lambda grant: desk.listed(held, grant),
            lambda grant: desk.find(held, grant, 1),
        ):
            with pytest.raises(NotPermittedError):
                act(who(held, name))
    with pytest.raises(NotPermittedError):
        desk.issue(held, who(held, "manager"), 1)
    with pytest.raises(NotPermittedError):
        desk.ask(held, who(held, "administrator"))


# --- files ---------------------------------------------------------------------------------------------


def lines(held, threshold=5):
    """Rows of a file as exports write them, of every place of care in 2025."""
    now = in_force(held, threshold)
    for place in now.places("malaria", "care")[1:]:
        cell = now.cell("malaria", "testing", "care", place, *YEAR)
        shown = cell.state is State.SHOWN
        yield {
            "code": place,
            "numerator": cell.numerator if shown else None,
            "denominator": cell.denominator if shown else None,
            "unknown": cell.unknown,
            "status": "value" if shown else "hidden",
            "issued": "yes",
            "release": now.stamp.release,
            "threshold": threshold,
            "periods": "year:2025-01-01",
            "disease": "malaria",
            "measure": "testing",
            "by": "province",
            "place": "care",
        }


@pytest.mark.parametrize("threshold", figures.THRESHOLDS)
def test_a_file_says_what_its_release_says_or_each_fault_is_named(issued, sqlite_cli, tmp_path, threshold):
    rows = list(lines(issued, threshold))
    path = write_csv(tmp_path / "table.csv", *rows)
    done = sqlite_cli("release", "verify", path)
    assert (done.code, "numbers agree" in done.stdout) == (0, True), done.stdout + done.stderr
    at = next(number for number, row in enumerate(rows) if row["denominator"])
    hidden = next(number for number, row in enumerate(rows) if row["status"] == "hidden")
    rows[at] |= {"denominator": rows[at]["denominator"] + 1}
    rows[hidden] |= {"numerator": 2}
    rows.append(rows[at] | {"issued": "no", "denominator": 1})
    done = sqlite_cli("release", "verify", write_csv(path, *rows))
    assert done.code == 1
    assert f"row {at + 2} ({rows[at]['code']}): denominator is" in done.stdout
    assert (
        f"row {hidden + 2} ({rows[hidden]['code']}): numerator is 2, and hidden in the release" in done.stdout
    )
    assert "2 things in it" in done.stdout


def test_a_file_of_another_role_or_day_is_named(issued, sqlite_cli, tmp_path):
    path, stamp = tmp_path / "table.csv", {"shown_to_role": "viewer", "data_until": "2025-12-31"}
    rows = [row | stamp for row in lines(issued)]
    assert sqlite_cli("release", "verify", write_csv(path, *rows)).code == 0
    other = {"shown_to_role": "partner", "data_until": "2025-12-30"}
    said = sqlite_cli("release", "verify", write_csv(path, *(row | other for row in rows))).stdout
    assert "shown_to_role is partner" in said and "data_until is 2025-12-30, and 2025-12-31" in said


def test_a_file_without_a_stamp_or_of_no_release_is_refused_in_one_line(issued, sqlite_cli, tmp_path):
    (row, *_) = lines(issued)
    for given, said in (
        ({name: text for name, text in row.items() if name != "periods"}, "has no column 'periods'"),
        (row | {"release": 9}, "which was not issued here"),
        (row | {"threshold": 7}, "which was not issued here"),
        (row | {"release": "x"}, "does not name one release"),
        (row | {"periods": "year:first"}, "cannot be understood"),
        (row | {"disease": "plague"}, "cannot be understood"),
    ):
        done = sqlite_cli("release", "verify", write_csv(tmp_path / "table.csv", given))
        assert (done.code, done.stdout) == (3, "")
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    with pytest.raises(UnreadableFileError):
        verifying.verify(issued, desk.Grant.custodian(), tmp_path / "none.csv")


# --- commands ------------------------------------------------------------------------------------------


def test_the_commands_go_from_records_to_a_release_in_force(held, sqlite_cli):
    held.dispose()
    by = "--by", "epidemiologist@example.org"
    with stand_ins():
        done = sqlite_cli(
            "release", "prepare", *by, "--since", "2025-01-01", "--until", "2025-12-31", "--lag", "0"
        )
        assert done.code == 0, done.stderr
        assert "release 1 is prepared: records of 2025-01-01 to 2025-12-31" in done.stdout
        done = sqlite_cli("release", "audit", "1", *by)
        assert (done.code, "release 1 passed its audit" in done.stdout) == (0, True), done.stderr
    done = sqlite_cli("release", "issue", "1", *by)
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert "somebody else has to issue it" in done.stderr
    assert sqlite_cli("release", "issue", "1", "--by", "other@example.org").code == 0
    (row,) = sqlite_cli("release", "list", "--format", "json").json()
    assert (row["state"], row["audit"], row["prepared_by"], row["issued_by"]) == (
        "issued",
        "passed",
        "epidemiologist@example.org",
        "other@example.org",
    )
    assert "other@example.org" in sqlite_cli("release", "list").stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("prepare", "--by", "nobody@example.org"), "there is no open account nobody@example.org"),
        (("prepare", "--by", "viewer@example.org"), "your account may not prepare releases"),
        (("prepare", "--by", "local@example.org"), "releases are of the whole country"),
        (("prepare", "--by", "manager@example.org", "--lag", "-1"), "--lag: give a number of days"),
        (("prepare", "--by", "manager@example.org", "--until", "2999-01-01"), "is not over yet"),
        (("audit", "7", "--by", "manager@example.org"), "there is no release 7"),
        (("issue", "7", "--by", "other@example.org"), "there is no release 7"),
    ],
)
def test_a_command_that_cannot_be_done_says_so_in_one_line(held, sqlite_cli, arguments, said):
    held.dispose()
    done = sqlite_cli("release", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_audit_that_refuses_ends_with_code_1(held, sqlite_cli):
    held.dispose()
    with stand_ins(refuses):
        by = "--by", "manager@example.org"
        assert sqlite_cli("release", "prepare", *by, "--since", "2025-01-01").code == 0
        done = sqlite_cli("release", "audit", "1", *by)
    assert done.code == 1
    assert "3 can be told" in done.stdout
    assert "did not pass" in done.stdout


def test_how_much_is_hidden_is_counted_by_disease_measure_and_threshold(issued):
    utility = read(issued, 1).utility
    found = {(one["disease"], one["measure"], one["threshold"]): one for one in utility}
    malaria = found["malaria", "records", 5]
    rows = [row for row in release_data.rows() if row["disease"] == "malaria" and row["date_visit"] >= "2025"]
    assert malaria["people"] == len(rows)
    assert 0 < malaria["hidden"] < malaria["cells"]
    assert malaria["people_hidden"] < 5 * malaria["hidden"]
    assert found["malaria", "records", 11]["hidden"] > malaria["hidden"]
    assert json.dumps(list(found.values()))
    assert timedelta(days=desk.LAG_DAYS) == timedelta(30)


def test_a_backup_carries_releases_and_the_sums_behind_them(issued, sqlite_cli, tmp_path):
    before = in_force(issued).cell("malaria", "testing", "care", "KH01", *YEAR)
    with issued.operations.connect() as connection:
        sums = stored.frozen(connection, 1)
    issued.dispose()
    assert sqlite_cli("backup", tmp_path / "kept.backup").code == 0
    done = sqlite_cli("restore", tmp_path / "kept.backup", "--replace")
    assert done.code == 0, done.stderr
    database = open_database(sqlite_cli.url)
    assert in_force(database).cell("malaria", "testing", "care", "KH01", *YEAR) == before
    with database.operations.connect() as connection:
        assert stored.frozen(connection, 1) == sums
    refused_by_database(database, release_content.delete())
    refused_by_database(database, release.update().values(issued_by="nobody"))
    database.dispose()


def refused_by_database(database, change):
    """A trigger refuses a change."""
    with (
        pytest.raises(sa.exc.DBAPIError, match="not changed"),
        write_transaction(database.operations) as made,
    ):
        made.execute(change)


# --- the real suppression and audit --------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.slow
def test_what_is_really_suppressed_passes_the_real_audit_and_is_carried_over(held):
    preparer, issuer = who(held, "epidemiologist"), who(held, "administrator")
    shown = []
    for until in (date(2025, 3, 31), date(2025, 4, 30)):
        number = desk.ask(held, preparer, since=releases.SINCE, until=until, lag_days=0, at_once=True)
        queue.work_on(held, number)
        desk.ask_for_audit(held, preparer, number, at_once=True)
        done = queue.work_on(held, number)
        assert done.passed, done.report
        assert all(said["figures"]["hidden"] and said["figures"]["targets"] for said in done.report.values())
        desk.issue(held, issuer, number)
        shown.append([in_force(held, threshold) for threshold in figures.THRESHOLDS])
    for before, after in zip(*shown, strict=True):
        for sheet in before.sheets("malaria"):
            for place, value in sheet.rows:
                for kind, first in sheet.columns:
                    asked = (sheet.dimension, place, kind, first, sheet.axis, value)
                    for measure in sheet.measures:
                        assert after.cell("malaria", measure, *asked) == before.cell(
                            "malaria", measure, *asked
                        )
    within, leaving = shown[-1]
    hidden = {threshold.stamp.threshold: _hidden(threshold) for threshold in (within, leaving)}
    assert hidden[5] < hidden[11]


def _hidden(now):
    """Cells of malaria that are not shown."""
    return {
        (sheet.name, measure, *row, *column)
        for sheet in now.sheets("malaria")
        for measure in sheet.measures
        for row in sheet.rows
        for column in sheet.columns
        if now.cell("malaria", measure, sheet.dimension, row[0], *column, sheet.axis, row[1]).state
        is not State.SHOWN
    }
