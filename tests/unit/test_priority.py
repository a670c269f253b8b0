"""Commands that take long give way to whoever looks at a page; the others do not."""

from __future__ import annotations

import os
from unittest import mock

import pytest

from dashboard import commands
from dashboard.commands import _LONG, main, parser

pytestmark = pytest.mark.skipif(not hasattr(os, "nice"), reason="no priorities of this kind here")


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize(
    ("arguments", "long"),
    [
        (["import", "nothing.csv"], True),
        (["verify"], True),
        (["accounts", "list"], False),
        (["serve"], False),
    ],
)
def test_a_long_command_steps_back_where_the_process_is_its_own(arguments, long, alone):
    def run(options):
        return 0

    parsed = parser().parse_args(arguments)
    parsed.run = run
    with (
        mock.patch.object(commands, "parser", lambda *_: mock.Mock(parse_args=lambda _: parsed)),
        mock.patch.object(os, "nice") as nice,
    ):
        assert main(arguments, alone=alone) == 0
    assert nice.call_count == (1 if long and alone else 0)


def offered(made):
    """Names of the commands that a parser knows."""
    return set(next(action for action in made._actions if action.dest == "command").choices)


def test_every_long_command_is_one():
    assert offered(parser()) >= _LONG


@pytest.mark.parametrize("names", commands._MODULES.values())
def test_a_command_loads_its_own_module_and_no_other(names):
    for name in names:
        assert offered(parser(command=name)) == set(names)
    assert offered(parser(command="nothing")) == {
        name for each in commands._MODULES.values() for name in each
    }
