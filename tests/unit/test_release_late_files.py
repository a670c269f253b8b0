"""Late files and corrections after a release: the next one is audited with it, and never sharpens it.

By the commands, with the suppression and the audit of the product.
"""

from __future__ import annotations

from types import SimpleNamespace
from unittest import mock

import pytest

from dashboard.services.releases import content, figures, preparing
from db.maintenance.opening import open_database
from db.operations import releases as stored
from tests.support import release_data, releases
from tests.support.files import write_csv

BY = ("--by", "epidemiologist@example.org")
#: A late file of the first half of the year: new records, two that were corrected, one that was withdrawn.
SENT = [
    row
    for row in release_data.rows()
    if row["disease"] == "malaria" and "2025-01" <= row["date_visit"] < "2025-06"
]
LATE = [
    *({**row, "record_id": f"late-{number}"} for number, row in enumerate(SENT[:3])),
    {**SENT[4], "crossing": "VN01"},
    {**SENT[5], "sex": "female", "residence": "mobile"},
    {**SENT[6], "record_status": "withdrawn"},
]


def given(cli, until):
    return cli("release", "prepare", *BY, "--since", "2025-01-01", "--until", until, "--lag", "0")


def sheets_of(database, number):
    with database.operations.connect() as connection:
        release = stored.get(connection, number)
    return {
        (threshold, disease): figures.of_release(database.operations, release, threshold).sheets(disease)
        for threshold in figures.THRESHOLDS
        for disease in ("malaria", "hiv")
    }


@pytest.fixture
def first(sqlite_prepared, sqlite_cli, sqlite_url, tmp_path):
    """A release of half a year in force, and a late file of the same half."""

    def make():
        with mock.patch.multiple(release_data, SIZES={"malaria": 400, "hiv": 60}):
            releases.fill(sqlite_cli, tmp_path)
        assert given(sqlite_cli, "2025-06-30").code == 0
        assert sqlite_cli("release", "audit", "1", *BY).code == 0
        assert sqlite_cli("release", "issue", "1", "--by", "administrator@example.org").code == 0
        done = sqlite_cli("import", write_csv(tmp_path / "late.csv", *LATE))
        assert done.code == 0, done.stderr

    sqlite_prepared(make, "release and a late file")
    database = open_database(sqlite_url)
    yield database
    database.dispose()


def test_the_next_release_is_audited_with_the_earlier_one_and_says_the_same_of_it(first, sqlite_cli):
    before = sheets_of(first, 1)
    first.dispose()
    assert given(sqlite_cli, "2025-12-31").code == 0
    done = sqlite_cli("release", "audit", "2", *BY)
    assert done.code == 0, done.stdout
    assert sqlite_cli("release", "issue", "2", "--by", "administrator@example.org").code == 0
    after = sheets_of(first, 2)
    assert any(sheet.state.any() for sheet in before[5, "malaria"])
    for key, earlier in before.items():
        assert content.changed(earlier, after[key]) is None, key
        assert sheets_of(first, 1)[key] is not None
    assert len(after[5, "malaria"][0].columns) > len(before[5, "malaria"][0].columns)


@pytest.mark.full
def test_a_release_that_says_otherwise_than_an_earlier_one_is_not_kept_nor_passed(first, sqlite_cli):
    """What was issued is read anew, as it is now: not kept, and not passed where that were overlooked."""
    first.dispose()
    with mock.patch.object(preparing, "held_before", lambda *_: {}):
        done = given(sqlite_cli, "2025-12-31")
        assert done.code != 0
        blind = SimpleNamespace(**vars(content))
        blind.changed = lambda *_: None
        with (
            mock.patch.object(preparing, "content", blind),
            mock.patch.object(preparing, "issued_patterns", lambda *_: None),
        ):
            done = given(sqlite_cli, "2025-12-31")
            assert done.code == 0, done.stderr
    number = done.stdout.split()[1]
    done = sqlite_cli("release", "audit", number, *BY)
    assert done.code == 1 and "a later release differs from an earlier one by" in done.stdout
    refused = sqlite_cli("release", "issue", number, "--by", "administrator@example.org")
    assert refused.code != 0 and "did not pass its audit" in refused.stderr
