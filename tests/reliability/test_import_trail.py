"""Killed after a file was stored and before it was audited: the next import writes the line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports import trail as import_trail
from dashboard.settings import Settings
from db.operations import audit
from tests.support.files import record, write_csv

pytestmark = pytest.mark.sql


def lines(database):
    """Lines of imports in the trail, oldest first: who, and which batch."""
    found = [line for line in audit.latest(database) if line.action == "import"]
    return [(line.actor, json.loads(line.detail)["batch"]) for line in reversed(found)]


def test_an_import_that_was_killed_before_its_audit_gets_its_line_from_the_next_one(
    database, tmp_path, monkeypatch
):
    def bring(number):
        path = write_csv(tmp_path / f"{number}.csv", record(record_id=str(number)))
        imports.import_file(database, Grant.custodian(), Settings.read({}), path)

    bring(1)
    with monkeypatch.context() as patched:
        patched.setattr(import_trail, "write", lambda *_: None)  # as if killed there
        bring(2)
    bring(3)
    assert [batch for _, batch in lines(database)] == [1, 3]
    later = datetime.now(UTC) + timedelta(minutes=11)
    assert import_trail.mend(database, later) == [2]
    assert lines(database)[-1] == ("command line", 2)
    assert import_trail.mend(database, later) == []
    detail = json.loads(audit.latest(database)[0].detail)
    assert (detail["accepted"], detail["written"]) == (1, "late")
    with monkeypatch.context() as patched:
        patched.setattr(import_trail, "write", lambda *_: None)
        bring(4)
        patched.setattr(import_trail, "GRACE", -timedelta(minutes=1))
        bring(5)
    assert [batch for _, batch in lines(database)] == [1, 3, 2, 4]
