"""The command line: the custodian's. Full scope, no prompt, every use audited.

Exit codes: 0 done, 1 what was verified does not agree, 2 wrong usage or setting, 3 a file that cannot be
read, 4 the disk or the database's file refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from dashboard.server.priority import step_back
from dashboard.services.private import keep_private
from dashboard.settings import VERSION
from surveillance.errors import UserError

#: Modules that hold commands, in the order of the help text, and the commands of each. Only the module of the
#: command that runs is loaded: with all of them, each command would begin a second later.
_MODULES = {
    "serving": ("serve",),
    "demo": ("demo",),
    "importing": ("import",),
    "reception": ("reception",),
    "watching": ("watch",),
    "mapping": ("mapping",),
    "facilities": ("facilities",),
    "figures.districts": ("districts",),
    "figures.neighbours": ("neighbours",),
    "denominators.population": ("population",),
    "denominators.rates": ("rates",),
    "places": ("places",),
    "calendar": ("calendar",),
    "identifiers": ("identifiers",),
    "coverage": ("coverage",),
    "cascades.command": ("cascade",),
    "indicators.command": ("indicators",),
    "indicators.malaria": ("malaria",),
    "figures.reporting": ("reporting",),
    "figures.bulletin": ("bulletin",),
    "aggregates": ("aggregates",),
    "quality.nowcast": ("nowcast",),
    "quality.data_quality": ("data-quality",),
    "quality.delays": ("delays",),
    "clusters.command": ("clusters",),
    "clusters.routes": ("routes",),
    "clusters.early_warning": ("early-warning",),
    "clusters.forecast": ("forecast",),
    "clusters.infection_places": ("infection-places",),
    "clusters.found_by_lists": ("found-by-lists",),
    "clusters.alerts": ("alerts",),
    "clusters.cases": ("cases",),
    "verifying": ("verify",),
    "access.accounts": ("accounts",),
    "access.audit": ("audit",),
    "releases": ("release",),
    "systems.dhis2": ("dhis2",),
    "systems.surveys": ("surveys",),
    "upkeep": ("backup", "restore", "rekey", "retain"),
}
#: Take minutes, beside people who look at pages.
_LONG = frozenset(
    {
        "alerts",
        "dhis2",
        "import",
        "watch",
        "clusters",
        "verify",
        "backup",
        "rekey",
        "release",
        "retain",
        "surveys",
    }
)


def parser(program: str = "app.py", command: str | None = None) -> argparse.ArgumentParser:
    """Make the parser of the whole command line, or of one command where such a command exists."""
    top = argparse.ArgumentParser(
        prog=program,
        description="Chhlang: disease surveillance for Cambodia's migrant and mobile populations.",
    )
    top.add_argument("--version", action="version", version=f"Chhlang {VERSION}")
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    found = [name for name, offered in _MODULES.items() if command in offered]
    for name in found or _MODULES:
        import_module(f"dashboard.commands.{name}").add_to(commands)
    return top


def run() -> int:
    """Run the command of the installed program `chhlang`."""
    return main(sys.argv[1:], program="chhlang", alone=True)


def main(arguments: Sequence[str], *, program: str = "app.py", alone: bool = False) -> int:
    """Run one command; without one, serve.

    Parameters
    ----------
    program
        The name that usage messages give.
    alone
        This process does nothing else: what takes long may step back behind others, and what it makes is for
        its owner alone.
    """
    if alone:
        keep_private()
    given = list(arguments)
    if not given or given[0] in ("--host", "--port"):
        given = ["serve", *given]
    options = parser(program, given[0]).parse_args(given)
    if alone and options.command in _LONG:
        step_back()
    try:
        return int(options.run(options))
    except UserError as error:
        print(f"chhlang: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:
        from dashboard.services import store  # noqa: PLC0415 - loads the database; a scan of files needs none

        if (refusal := store.refusal(error)) is None:
            raise
        print(f"chhlang: {refusal}", file=sys.stderr)
        return refusal.exit_code
    except KeyboardInterrupt:
        print("chhlang: stopped; what was begun and not finished is not stored", file=sys.stderr)
        return 130
