"""The command line: the custodian's. Full scope, no prompt, every use audited.

Exit codes: 0 done, 1 what was verified does not agree, 2 wrong usage or setting, 3 a file that cannot be
read, 4 the disk or the database's file refused.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from dashboard.commands import (
    accounts,
    aggregates,
    coverage,
    demo,
    facilities,
    identifiers,
    importing,
    mapping,
    places,
    serving,
    upkeep,
    verifying,
    watching,
)
from dashboard.commands.clusters import command as clusters
from dashboard.server.priority import step_back
from dashboard.services import store
from dashboard.settings import VERSION
from surveillance.errors import UserError

_COMMANDS = (
    serving,
    demo,
    importing,
    watching,
    mapping,
    facilities,
    places,
    identifiers,
    coverage,
    aggregates,
    clusters,
    verifying,
    accounts,
    upkeep,
)
#: Take minutes, beside people who look at pages.
_LONG = frozenset({"import", "watch", "clusters", "verify", "backup", "rekey", "retain"})


def parser(program: str = "app.py") -> argparse.ArgumentParser:
    """Make the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog=program,
        description="Chhlang: disease surveillance for Cambodia's migrant and mobile populations.",
    )
    top.add_argument("--version", action="version", version=f"Chhlang {VERSION}")
    commands = top.add_subparsers(title="commands", dest="command", metavar="COMMAND")
    for module in _COMMANDS:
        module.add_to(commands)
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
        This process does nothing else: what takes long may step back behind others.
    """
    given = list(arguments)
    if not given or given[0] in ("--host", "--port"):
        given = ["serve", *given]
    options = parser(program).parse_args(given)
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
        if (refusal := store.refusal(error)) is None:
            raise
        print(f"chhlang: {refusal}", file=sys.stderr)
        return refusal.exit_code
    except KeyboardInterrupt:
        print("chhlang: stopped; what was begun and not finished is not stored", file=sys.stderr)
        return 130
