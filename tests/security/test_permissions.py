"""Every role and every permission, written out by hand: what is not a yes here is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.filters import CoverageQuery
from dashboard.permissions import GRANTED, Grant, Permission
from dashboard.services import accounts
from dashboard.services.alerts import register as alerts
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.watch import watch
from dashboard.services.coverage import table as coverage
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports import saved_mappings
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.places import unmatched as unmatched_places
from dashboard.services.releases import desk as releases
from dashboard.services.today import decisions
from dashboard.services.today.reporting import reporting
from dashboard.services.uploads import files as uploads
from dashboard.settings import Settings
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations.accounts import ROLES
from surveillance.errors import NotPermittedError
from tests.support.files import record, write_csv
from tests.support.web import WHY

#: Letter -> permission. A role holds those of its letters.
LETTERS = {
    "C": Permission.SEE_COVERAGE,
    "R": Permission.SEE_REPORTING,
    "X": Permission.EXPORT_TABLES,
    "D": Permission.SEE_DATA_STATUS,
    "I": Permission.IMPORT_FILES,
    "A": Permission.MANAGE_ACCOUNTS,
    "K": Permission.RUN_CLUSTERS,
    "L": Permission.SEE_LINE_LIST,
    "S": Permission.SEE_SMALL_COUNTS,
    "H": Permission.SEE_SENSITIVE_DETAIL,
    "N": Permission.NOTE_DECISIONS,
    "E": Permission.EDIT_CALENDAR,
    "P": Permission.PREPARE_RELEASE,
    "Q": Permission.ISSUE_RELEASE,
    "V": Permission.RECEIVE_ARRIVALS,
    "F": Permission.READ_REFERRALS,
    "B": Permission.IMPORT_REFERRALS,
    "W": Permission.ANSWER_REFERRALS,
    "T": Permission.COUNT_ARRIVALS,
    "G": Permission.EDIT_EXPECTED,
    "M": Permission.MAINTAIN,
    "Y": Permission.MEND_DATA,
    "Z": Permission.SEE_SYSTEMS,
}
HELD = {
    "viewer": "CR",
    "partner": "CXW",
    "official": "CRXDKSHNT",
    "reception": "CRVT",
    "nurse": "CRVFBT",
    "data_manager": "CRXDIKSHEPTGYZ",
    "epidemiologist": "CRXDKLSHNPQTGY",
    "administrator": "CRDANEQZ",
    "custodian": "CRXDIAKLSHNEMPQVFBWTGYZ",
    "": "",
    "root": "",
    "Administrator": "",
}
MATRIX = {role: tuple(letter in held for letter in LETTERS) for role, held in HELD.items()}
PERMISSIONS = tuple(LETTERS.values())


def grant(role: str) -> Grant:
    """Somebody in this role, for the whole country."""
    return Grant("someone@health.example", role, Scope.everything())


def test_the_table_names_every_role_and_every_permission():
    assert set(PERMISSIONS) == set(Permission)
    assert {role for role in MATRIX if any(MATRIX[role])} == set(GRANTED)
    assert set(ROLES) | {"custodian"} == set(GRANTED)


def test_nobody_who_signs_in_can_be_the_custodian():
    assert "custodian" not in ROLES


@pytest.mark.parametrize("role", MATRIX)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role):
    for permission, granted in zip(PERMISSIONS, MATRIX[role], strict=True):
        assert grant(role).can(permission) is granted, permission
        if granted:
            grant(role).check(permission)
        else:
            with pytest.raises(NotPermittedError):
                grant(role).check(permission)


def test_what_a_role_may_do_does_not_depend_on_its_provinces():
    for role in MATRIX:
        for permission in PERMISSIONS:
            assert replace(grant(role), scope=Scope.of()).can(permission) is grant(role).can(permission)


@pytest.fixture
def acts(sqlite_url, tmp_path):
    """What each service that asks for a permission does, by permission."""
    database = open_database(sqlite_url)
    settings, path = Settings.read({}), write_csv(tmp_path / "list.csv", record())
    listed = write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
    someone = {"email": "new@health.example", "password": "long enough for it"}
    yield {
        Permission.SEE_COVERAGE: [
            lambda who: coverage.coverage(database, who, CoverageQuery("tb"), date(2025, 6, 1)),
        ],
        Permission.SEE_REPORTING: [
            lambda who: decisions.decisions(database, who, date(2025, 6, 1)),
            lambda who: reporting(database, who),
        ],
        Permission.IMPORT_FILES: [
            lambda who: imports.import_file(database, who, settings, path),
            lambda who: imports.import_file(database, who, settings, path, ImportOptions(dry_run=True)),
            lambda who: import_facilities(database, who, listed),
            lambda who: unmatched_places.waiting(database, who),
            lambda who: unmatched_places.one(database, who, "crossing", "0" * 32),
            lambda who: unmatched_places.find(database, who, settings, "Nowhere"),
            lambda who: unmatched_places.resolve(database, who, settings, "Nowhere", "KH01"),
            lambda who: unmatched_places.undo(database, who, settings, "Nowhere"),
            lambda who: imports.import_file(
                database, who, settings, Path("/nowhere/at-all.csv"), ImportOptions(dry_run=True)
            ),
        ],
        (Permission.IMPORT_FILES, Permission.IMPORT_REFERRALS): [
            lambda who: uploads.make_room(who, settings, 10),
            lambda who: uploads.listed(database, who),
            lambda who: uploads.get(database, who, "none"),
            lambda who: saved_mappings.listed(database, who),
            lambda who: saved_mappings.text_of(database, who, "none"),
            lambda who: saved_mappings.keep(database, who, "none", "text"),
        ],
        Permission.MANAGE_ACCOUNTS: [
            lambda who: accounts.add(database, who, **someone, role="viewer", provinces=None),
            lambda who: accounts.set_active(database, who, "new@health.example", False),
            lambda who: accounts.set_password(database, who, "new@health.example", "another one, long"),
            lambda who: accounts.listed(database, who),
        ],
        Permission.RUN_CLUSTERS: [
            lambda who: clusters.start(database, who, ClusterQuery("tb")),
            lambda who: clusters.status(database, who, "none"),
            lambda who: clusters.listed(database, who),
            lambda who: watch(database, who),
            lambda who: clusters.result(database, who, "none"),
            lambda who: clusters.cancel(database, who, "none"),
            lambda who: cluster_detail.detail(database, who, "none", 1),
            lambda who: alerts.register(database, who),
            lambda who: alerts.every(database, who),
            lambda who: alerts.alert(database, who, 1),
        ],
        Permission.NOTE_DECISIONS: [
            lambda who: decisions.add(database, who, {}, date(2025, 6, 1)),
            lambda who: decisions.mark_done(database, who, 1),
            lambda who: alerts.act(database, who, 1, "looked", {}),
        ],
        Permission.PREPARE_RELEASE: [
            lambda who: releases.ask(database, who),
            lambda who: releases.stop(database, who, 1),
        ],
        Permission.ISSUE_RELEASE: [lambda who: releases.issue(database, who, 1)],
        Permission.SEE_LINE_LIST: [lambda who: cluster_detail.line_list(database, who, "none", 1, **WHY)],
    }
    database.dispose()


@pytest.mark.parametrize("role", MATRIX)
def test_the_services_refuse_what_the_role_may_not_do_before_anything_else(role, acts):
    held = {one for one, granted in zip(PERMISSIONS, MATRIX[role], strict=True) if granted}
    for needed, refused in acts.items():
        if held.isdisjoint(needed if isinstance(needed, tuple) else (needed,)):
            for act in refused:
                with pytest.raises(NotPermittedError):
                    act(grant(role))
