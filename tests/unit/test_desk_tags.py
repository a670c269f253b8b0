"""Tags of a desk on both databases: two desks at once give none twice; old ones and revoked devices go."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import chain, repeat

import pytest
import sqlalchemy as sa

from db.core.engine import write_transaction
from db.maintenance.opening import open_database
from db.operations import desk_devices, desk_tags
from db.tables.reception.desk import desk_tag

pytestmark = pytest.mark.sql


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def test_tags_are_given_once_to_desks_at_the_same_moment(database):
    def give(number):
        return desk_tags.give(database, "TH01 2025-06-01", f"van {number}", "A", desk_tags.next_letter)

    with ThreadPoolExecutor(4) as several:
        given = list(several.map(give, range(12)))
    assert sorted(given) == list("ABCDEFGHIJKL")
    assert give(3) == given[3], "the one it has"


def test_a_code_that_was_printed_is_not_drawn_again_until_it_is_old(database):
    drawn = chain(["AAAAAA", "AAAAAA", "BBBBBB"], repeat("CCCCCC"))
    printed = desk_tags.keep_codes(database, lambda: next(drawn), 2, date(2024, 5, 1))
    assert printed == ["AAAAAA", "BBBBBB"]
    again = chain(["BBBBBB"], repeat("DDDDDD"))
    assert desk_tags.keep_codes(database, lambda: next(again), 1, date(2025, 5, 1)) == ["DDDDDD"]
    desk_tags.give(database, "TH01 2024-05-01", "van", "A", desk_tags.next_letter)
    desk_tags.give(database, "TH01 2025-05-01", "other", "A", desk_tags.next_letter)
    for van in ("van", "other"):
        desk_tags.give(database, van, "person", "1", desk_tags.next_number)
    with write_transaction(database.operations) as connection:
        desk_tags.forget(connection, date(2025, 1, 1), ["van"])
        held = set(connection.scalars(sa.select(desk_tag.c.within)))
        assert held == {"stickers 2025-05-01", "TH01 2025-05-01", "other"}
        assert not desk_tags.is_kept(connection, "AAAAAA") and desk_tags.is_kept(connection, "DDDDDD")


def test_a_device_that_was_revoked_long_ago_goes_and_its_number_is_not_given_again(database):
    for name in "abc":
        desk_devices.add(database, "n", identifier=name * 12, name=name, crossing="TH01", token_hash="h")
    lost = desk_devices.found(database, "a" * 12)
    desk_devices.revoke(database, "n", lost)
    with write_transaction(database.operations) as connection:
        assert desk_devices.forget_revoked(connection, "2000-01-01") == 0
        assert desk_devices.forget_revoked(connection, "2999-01-01") == 1
    desk_devices.add(database, "n", identifier="d" * 12, name="d", crossing="TH01", token_hash="h")
    assert sorted(one.number for one in desk_devices.listed(database, ["TH01"])) == [2, 3, 4]
