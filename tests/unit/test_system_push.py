"""Values that a DHIS2 is sent: as a role sees them, tried first, never a zero for what is hidden."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.coverage import view
from db.core.scope import Scope
from surveillance.report_periods import parse_report_period
from surveillance.status import Status
from tests.support import dhis2_server as fake
from tests.support import release_data
from tests.support.command_line import CommandLine
from tests.support.issued import issue
from tests.support.web import settings

pytestmark = pytest.mark.process
ENV = {"CHHLANG_SYSTEM_HOSTS": "127.0.0.1", "CHHLANG_SYSTEM_TESTS_DHIS2": fake.CREDENTIAL}
TODAY = date(2026, 1, 5)
PUSH = """
[push]
role = "{role}"
data_set = "Sent0000001"
periods = "{periods}"
[push.units]
KH01 = "ProvUnit001"
KH12 = "ProvUnit012"
KH16 = "ProvUnit016"
KH24 = "ProvUnit024"
[[push.values]]
element = "{element}"
disease = "malaria"
measure = "testing"
part = "{part}"
"""


@pytest.fixture(scope="module")
def filled(sqlite_files, tmp_path_factory):
    """Records of two years, a release of the first."""
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        release_data.fill(cli, tmp_path_factory.mktemp("push"))
        database = store.open_store(settings(url))
        issue(database, date(2024, 1, 1), date(2024, 12, 31), ("malaria",), axes=())
        with fake.dhis2_server() as dhis2:
            yield cli, database, dhis2, tmp_path_factory.mktemp("text")
        database.dispose()


def connected(filled, role="viewer", element=fake.OTHER, part="numerator", periods="quarter"):
    cli, _, dhis2, folder = filled
    dhis2.values, dhis2.refused_elements = [], set()
    path = folder / "dhis2.toml"
    path.write_text(
        fake.definition(dhis2) + PUSH.format(role=role, element=element, part=part, periods=periods),
        encoding="utf-8",
    )
    return cli("dhis2", "connect", path, env=ENV)


def tried(cli, first, last, code=0):
    done = cli("dhis2", "push", "tests-dhis2", "--from", first, "--to", last, "--format", "json", env=ENV)
    assert done.code == code, done.stderr
    return {(row["period"], row["province"]): row for row in done.json()}, done.stderr


def seen(database, role, period):
    start, end = parse_report_period(period)
    query = CoverageQuery(disease="malaria", by="province", measure="testing", start=start, end=end)
    found = view.table(database, Grant("x@example.org", role, Scope.everything()), query, TODAY)
    return {row.area.code: row.value for row in found.rows}


def test_what_is_sent_is_what_the_role_sees_and_hidden_is_left_out_and_listed(filled):
    cli, database, dhis2, _ = filled
    assert connected(filled).code == 0
    rows, said = tried(cli, "2024-01-01", "2024-12-31")
    assert len(rows) == 4 * 4
    hidden = shown = 0
    for (period, province), row in rows.items():
        value = seen(database, "viewer", period)[province]
        if value.status is Status.HIDDEN:
            assert (row["value"], row["left_out"]) == (None, "hidden")
            hidden += 1
        elif row["value"] is None:
            assert value.status is Status.NOT_REPORTED
        else:
            assert row["value"] == value.numerator
            assert row["value"] == 0 or row["value"] >= 5
            shown += 1
    assert hidden > 1
    assert shown > 2
    assert dhis2.values == []  # it was a try
    names = said.split("--send ")[1].split()[0]
    done = cli("dhis2", "push", "tests-dhis2", "--send", names, env=ENV)
    assert done.code == 0, done.stderr
    assert f"{shown} values are new there" in done.stdout
    there = {(one["period"], one["orgUnit"][-2:]): one["value"] for one in dhis2.values}
    assert there == {(p, c[-2:]): str(r["value"]) for (p, c), r in rows.items() if r["value"] is not None}
    again = cli("dhis2", "push", "tests-dhis2", "--send", names, env=ENV)
    assert again.code == 2
    assert "was sent already" in again.stderr
    assert "nothing was tried" in cli("dhis2", "push", "tests-dhis2", "--send", "other", env=ENV).stderr


def test_of_other_days_than_were_issued_nothing_is_sent(filled):
    cli, _, dhis2, _ = filled
    assert connected(filled).code == 0
    rows, said = tried(cli, "2025-01-01", "2025-06-30")
    assert {row["value"] for row in rows.values()} == {None}
    assert "--send" not in said
    assert dhis2.values == []


def test_a_role_that_sees_small_numbers_is_sent_them(filled):
    cli, database, _, _ = filled
    assert connected(filled, role="official", part="denominator", periods="month").code == 0
    rows, _ = tried(cli, "2025-03-01", "2025-04-15")
    values = seen(database, "official", "202503")
    assert {code: row["value"] for (_, code), row in rows.items()} == {
        code: values[code].denominator if values[code].status is not Status.NOT_REPORTED else None
        for code in ("KH01", "KH12", "KH16", "KH24")
    }
    assert any(0 < (row["value"] or 0) < 5 for row in rows.values())


def test_what_the_dhis2_would_not_take_is_not_sent(filled):
    cli, _, dhis2, _ = filled
    assert connected(filled).code == 0
    dhis2.refused_elements = {fake.OTHER}
    rows, said = tried(cli, "2024-01-01", "2024-12-31", code=1)
    assert any(row["value"] is not None for row in rows.values())
    assert f"Data element not found: {fake.OTHER}" in said
    assert "--send" not in said


def test_a_number_that_changed_since_it_was_tried_is_tried_again(filled):
    cli, _, dhis2, _ = filled
    assert connected(filled).code == 0
    _, said = tried(cli, "2024-01-01", "2024-12-31")
    names = said.split("--send ")[1].split()[0]
    assert connected(filled, part="denominator").code == 0  # as if the figures were others
    done = cli("dhis2", "push", "tests-dhis2", "--send", names, env=ENV)
    assert done.code == 2
    assert "a number is another than it was" in done.stderr
    assert dhis2.values == []


def test_what_is_pulled_is_not_sent(filled):
    done = connected(filled, element="MAL_TESTED")
    assert done.code == 2
    assert "what is sent would come back" in done.stderr
