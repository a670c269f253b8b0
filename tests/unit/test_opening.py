"""A database that cannot be opened is left alone: no connection to it stays open."""

from __future__ import annotations

from unittest import mock

import pytest
import sqlalchemy as sa

from db.maintenance import opening
from surveillance.errors import ConfigurationError


@pytest.mark.sql
@pytest.mark.parametrize(
    "error",
    [
        ConfigurationError("made by a later version"),
        KeyboardInterrupt(),
        sa.exc.DBAPIError("", {}, OSError()),
    ],
)
def test_what_cannot_be_opened_leaves_no_connection(database_url, error):
    made = []

    def connect(text):
        made.append(connect_as_ever(text))
        opened = made[-1].records
        sa.event.listen(opened, "connect", lambda one, _: held.add(id(one)))
        sa.event.listen(opened, "close", lambda one, _: held.discard(id(one)))
        return made[-1]

    held: set[int] = set()
    connect_as_ever = opening.connect
    with (
        mock.patch.object(opening, "connect", connect),
        mock.patch.object(opening.outbox, "carry", side_effect=error),
        pytest.raises(type(error)),
    ):
        opening.open_database(database_url)
    assert made and held == set()
