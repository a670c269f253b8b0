"""A release with noise in place of hiding: what is published, stated, carried over, and attacked."""

from __future__ import annotations

from datetime import date
from itertools import chain, repeat
from unittest import mock

import numpy as np
import pytest

from dashboard.components.coverage import issued_words
from dashboard.messages import translator
from dashboard.services.releases import build, desk, figures, preparing, queue, sheets
from db.cubes import keyed
from db.cubes.archived_sums import Seal, add_seal
from db.maintenance.opening import open_database
from db.operations import releases as stored
from surveillance.disclosure.audit import Numbers, Row
from surveillance.disclosure.audit.words import What
from surveillance.disclosure.cell_key import KEYS
from surveillance.disclosure.noise.added import table_of
from surveillance.disclosure.noise.attack import attack
from tests.support import release_data, releases, web
from tests.support.files import write_csv
from tests.support.releases import SINCE

YEAR = ("year", date(2025, 1, 1))
BY = ("--by", "epidemiologist@example.org")


@pytest.fixture
def held(sqlite_prepared, sqlite_cli, sqlite_url, tmp_path):
    """A database with records and accounts."""
    sqlite_prepared(lambda: releases.fill(sqlite_cli, tmp_path), "release people")
    database = open_database(sqlite_url)
    yield database
    database.dispose()


def given(cli, *more, until="2025-12-31"):
    return cli("release", "prepare", *BY, "--since", "2025-01-01", "--until", until, "--lag", "0", *more)


def issue(cli, number):
    audited = cli("release", "audit", str(number), *BY)
    assert audited.code == 0, audited.stdout + audited.stderr
    assert cli("release", "issue", str(number), "--by", "administrator@example.org").code == 0
    return audited.stdout


def published(database, threshold):
    with database.operations.connect() as connection:
        return figures.in_force(connection, threshold)


def everything(now):
    """Each number of a release by what it is of."""
    found = {}
    for disease in release_data.SIZES:
        for sheet in now.sheets(disease):
            for (m, r, c), state in np.ndenumerate(sheet.state):
                key = (
                    disease,
                    sheet.measures[m],
                    sheet.dimension,
                    sheet.rows[r],
                    sheet.axis,
                    sheet.columns[c],
                )
                parts = (sheet.numerator, sheet.denominator, sheet.unknown)
                found[key] = (int(state), *(int(part[m, r, c]) for part in parts))
    return found


def test_a_release_with_noise_is_prepared_audited_issued_stated_and_carried_over(
    held, sqlite_cli, sqlite_url, tmp_path
):
    held.dispose()
    assert given(sqlite_cli, "--method", "noise", until="2025-06-30").code == 0
    said = issue(sqlite_cli, 1)
    assert "stand behind numbers with noise" in said and "0 of them are hidden" in said
    for threshold in figures.THRESHOLDS:
        every = everything(published(held, threshold))
        assert {state for state, *_ in every.values()} == {sheets.SHOWN}
        told = {number for _, *numbers in every.values() for number in numbers}
        assert told & set(range(1, threshold)) == set() and {0, threshold} < told and min(told) == 0
    now = published(held, 5)
    assert now.stamp.noise == (10, 1.41)
    words = issued_words.stamped(now.stamp, translator("en"))
    assert "1 to 4 is shown as 0 or 5; a larger one differs by 1.41" in words and "by 10 at most" in words
    before = everything(now)
    late = {"disease": "malaria", "facility_id": "HC1", "date_visit": "2025-02-03", "crossing": "TH01"}
    held.dispose()
    assert sqlite_cli("import", write_csv(tmp_path / "late.csv", late)).code == 0
    refused = given(sqlite_cli, "--method", "suppression")
    assert (refused.code, refused.stdout) != (0, "") and "was made by noise" in refused.stderr
    done = given(sqlite_cli)
    assert done.code == 0, done.stderr
    number = int(done.stdout.split()[1])
    issue(sqlite_cli, number)
    after = everything(published(held, 5))
    assert before.items() <= after.items() and len(after) > len(before)
    with mock.patch.object(web, "ACCOUNTS", {}), web.served(sqlite_url) as server:
        assert "Every number has noise" in web.signed_in(server, "viewer").get("/").get_data(as_text=True)


def test_noise_that_gives_a_number_away_is_drawn_again(held, sqlite_cli, sqlite_url):
    held.dispose()
    drawn = [bytes([1]) * 32, bytes([2]) * 32]
    secrets, unlucky, luck = iter(drawn), mock.Mock(refused=True), mock.Mock(refused=False)
    with (
        mock.patch.object(preparing.secrets, "token_bytes", lambda size: next(secrets)),
        mock.patch.object(preparing, "attack", side_effect=chain([unlucky], repeat(luck))),
    ):
        assert given(sqlite_cli, "--method", "noise", until="2025-02-28").code == 0
    assert list(secrets) == []
    database = open_database(sqlite_url)
    with database.operations.connect() as connection:
        assert stored.frozen(connection, 1)["secret"] == drawn[1]
    database.dispose()


def test_keys_are_summed_of_the_people_who_are_counted(held):
    days = build.Span(SINCE, release_data.LAST, 0)
    with held.snapshot() as connection:
        counts = {one.disease: one for one in build.read(connection, release_data.TODAY, days, {})}
        with mock.patch.object(keyed, "_keys", lambda records, _: np.ones(len(records.period), np.int64)):
            ones = {one.disease: one for one in build.read_keys(connection, b"s", days, {})}
        one, other = (
            {found.disease: found for found in build.read_keys(connection, secret, days, {})}
            for secret in (b"one", b"other")
        )
    for disease in release_data.SIZES:
        assert counts[disease].units == ones[disease].units
        for name, array in counts[disease].places.items():
            assert np.array_equal(array, ones[disease].places[name]), (disease, name)
        for axis, array in counts[disease].groups.items():
            assert np.array_equal(array, ones[disease].groups[axis]), (disease, axis)
    assert counts["malaria"].places["care"].sum() > 500
    key = [found["malaria"].places["care"][..., 0] for found in (one, other)]
    assert not np.array_equal(*key) and np.array_equal(key[0] == 0, key[1] == 0)
    assert np.array_equal(key[0].sum(axis=0), one["malaria"].places["home"][..., 0].sum(axis=0))


def test_noise_is_small_has_no_direction_and_is_the_same_for_the_same_people(held):
    held.dispose()
    grant = desk.grant_of(held, "epidemiologist@example.org")
    with mock.patch.object(preparing.secrets, "token_bytes", lambda size: b"7" * size):
        number = desk.ask(held, grant, since=SINCE, until=release_data.LAST, lag_days=0, at_once=True)
        release = queue.work_on(held, number, None, "noise")
    now = figures.of_release(held.operations, release, 5)
    with held.operations.connect() as connection:
        counts = preparing.held_by(connection, release)["malaria"]
    true = counts.places["care"][..., 0].sum(axis=1)
    rows = now.places("malaria", "care")[1:]
    told = [now.cell("malaria", "records", "care", row, *YEAR).records for row in rows]
    apart = np.array(told) - true
    assert (np.abs(apart) <= 10).all() and (apart[true == 0] == 0).all()
    months = np.array(
        [
            now.cell("malaria", "records", "care", "", "month", date(2025, month, 1)).records
            for month in range(1, 13)
        ]
    )
    apart = months - counts.places["care"][..., 0].sum(axis=0)
    assert np.abs(apart).max() > 0 and abs(apart.mean()) < 2
    assert now.cell("malaria", "records", "care", "", *YEAR) == now.cell(
        "malaria", "records", "home", "", *YEAR
    )


def test_archived_records_have_no_keys_and_noise_says_so(held, sqlite_cli):
    with held.writing() as connection:
        add_seal(connection, Seal("2027-01-01", keyed.day_number(date(2025, 3, 1)), 10))
    held.dispose()
    done = given(sqlite_cli, "--method", "noise")
    assert done.code != 0 and "archived as sums: give --since 2025-" in done.stderr


def rows(*records):
    names = ("", "A", "B", "C")
    return Numbers.of(
        Row("tb", "records", "care", name, "", "", "year", date(2024, 1, 1), number)
        for name, number in zip(names, records, strict=False)
    )


@pytest.mark.parametrize(
    ("told", "true", "what"),
    [
        ((21, 18, 5), (20, 17, 3), []),
        ((21, 18, 0), (20, 17, 3), []),
        ((21, 18, 3), (20, 17, 3), [What.SHOWN]),  # a small number that noise left
        ((20, 38, 0), (20, 17, 3), [What.NARROW]),  # so far apart that the third can be one of two alone
        ((20, 60, 0), (20, 17, 3), [What.CONTRADICTION]),
    ],
)  # fmt: skip
def test_the_attack_on_noise_finds_what_sums_tell(told, true, what):
    found = attack(rows(*told), 5, table_of(5), rows(*true)).findings
    assert list(dict.fromkeys(one.what for one in found)) == what


@pytest.mark.parametrize("k", [5, 11])
def test_a_small_number_becomes_nobody_or_the_threshold_and_never_any_other(k):
    table = table_of(k)
    for count in range(1, k):
        likely = count + np.flatnonzero(table.probabilities[count] > 0.5 / KEYS) - table.bound
        assert likely.tolist() == [0, k]
        assert table.probabilities[count] @ np.arange(-table.bound, table.bound + 1) == pytest.approx(
            0, abs=1e-6
        )
