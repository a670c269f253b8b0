"""A copy on a device tells nobody more of a release than the account itself is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dashboard.filters import CoverageQuery
from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services import store
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.table import table_of
from dashboard.services.coverage.view import others_of
from dashboard.web import own_device
from db.core.scope import Scope
from surveillance.status import Status
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.issued import issue
from tests.support.web import served, settings, signed_in

COPY = {own_device.ASKS: "yes"}
#: Tested people of the quarter: KH01 has too few for any threshold, KH02 for that of partners.
TESTED = {"KH01": 3, "KH02": 7, "KH03": 40}
QUARTER = date(2025, 1, 1), date(2025, 3, 31)


@pytest.fixture(scope="module")
def address(sqlite_files, tmp_path_factory):
    """A database with a release of a quarter of malaria."""
    folder = tmp_path_factory.mktemp("files")
    lines = [
        record(
            record_id=f"{code}-{number}",
            disease="malaria",
            facility_id=f"F{code[2:]}",
            date_visit="2025-02-03",
            eligible="yes",
            tested="yes",
        )
        for code, count in TESTED.items()
        for number in range(count)
    ]
    lines.append(record(record_id="later", facility_id="F03", date_visit="2025-04-20"))
    with sqlite_files.fresh(migrated=True) as url:
        cli = CommandLine(url)
        places = [{"facility_id": f"F{code[2:]}", "province": code} for code in TESTED]
        assert cli("facilities", "import", write_csv(folder / "f.csv", *places)).code == 0
        assert cli("import", write_csv(folder / "l.csv", *lines)).code == 0
        database = store.open_store(settings(url))
        add_accounts(database, {"partner": ("partner", None), "of-one": ("official", ("KH01",))})
        issue(database, *QUARTER, ("malaria",), axes=())
        database.dispose()
        yield url


@pytest.fixture(scope="module")
def site(address):
    with served(address) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/map?disease=malaria", "/provinces/KH02?disease=malaria"])
def test_a_copy_of_a_partner_has_the_threshold_of_partners(site, path):
    client = signed_in(site, "partner")
    client.post("/device", data={"own": "yes"})
    copy = client.get(path, headers=COPY).get_data(as_text=True)
    assert 'id="copied"' in copy
    assert "no number from 1 to 10 is shown" in copy
    assert "1 to 4" not in copy
    assert "/reporting" not in copy


def test_a_copy_of_an_official_of_one_province_hides_what_her_own_numbers_would_tell(address):
    database = store.open_store(settings(address))
    grant = Grant("of-one@example.org", "official", Scope.of("KH01"))
    query = CoverageQuery("malaria", "province", measure="testing", start=QUARTER[0], end=QUARTER[1])
    try:
        with reading_of(database, grant, query, QUARTER[1]) as reading:
            others = others_of(database, reading)
            assert others is not None
            assert table_of(others).total.status is Status.HIDDEN
        shown = {}
        for name, asking in (("copy", grant.on_device()), ("viewer", replace(grant, role="viewer"))):
            with reading_of(database, asking, query, QUARTER[1]) as reading:
                shown[name] = table_of(reading).total.status
    finally:
        database.dispose()
    assert shown == {"copy": Status.HIDDEN, "viewer": Status.VALUE}


@pytest.mark.parametrize("role", sorted(GRANTED))
@pytest.mark.parametrize("scope", [Scope.everything(), Scope.of("KH01")])
def test_a_copy_is_drawn_for_nobody_who_may_do_more(role, scope):
    grant = Grant("a@example.org", role, scope)
    copy = grant.on_device()
    assert copy.threshold >= grant.threshold
    assert not [one for one in Permission if copy.can(one) and not grant.can(one)]
    assert not copy.can(Permission.SEE_SMALL_COUNTS)


def test_who_is_not_told_who_reported_is_not_told_that_nobody_ever_did(site):
    page = signed_in(site, "partner").get("/provinces/KH02").get_data(as_text=True)
    assert "Last report" not in page
    assert "Last report" in signed_in(site, "viewer").get("/provinces/KH02").get_data(as_text=True)
