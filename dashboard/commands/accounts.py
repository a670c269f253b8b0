"""`accounts`: who may sign in. Passwords come on standard input or are made here, never as an option."""

from __future__ import annotations

import argparse
import secrets
import sys
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import accounts, administration, store
from dashboard.settings import Settings
from surveillance.errors import ConfigurationError

#: Parts of a scope, each with an example of its codes, and what holds where it is not given.
_PARTS = {
    "provinces": "KH01[,KH02]",
    "districts": "NAME[,NAME]",
    "facilities": "NUMBER[,NUMBER]",
    "crossings": "poipet[,bavet]",
    "programmes": "cnm[,cenat]",
}
_UNLESS = dict.fromkeys(_PARTS, "every place unless a place is given") | {"programmes": "all unless given"}


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("accounts", help="who may sign in")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; prints a password unless --password-stdin")
    add.add_argument("email", help="the address that signs in")
    add.add_argument("--role", required=True, choices=tuple(accounts.ROLES), help="what the account may do")
    add.add_argument("--provinces", metavar="KH01[,KH02]", help="provinces of care; all unless given")
    add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    add.set_defaults(run=_add)
    password = actions.add_parser("password", help="give an account another password")
    password.add_argument("email", help="the address that signs in")
    password.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    password.set_defaults(run=_password)
    change = actions.add_parser("change", help="give an account another role and provinces")
    change.add_argument("email", help="the address that signs in")
    change.add_argument(
        "--role", required=True, choices=tuple(accounts.ROLES), help="what the account may do"
    )
    change.add_argument(
        "--provinces", required=True, metavar="KH01[,KH02]", help="provinces of care, or 'all'"
    )
    change.set_defaults(run=_change)
    role = actions.add_parser("role", help="give an account another role; ends its sessions")
    role.add_argument("email", help="the address that signs in")
    role.add_argument("role", choices=tuple(accounts.ROLES), help="what the account may do")
    role.set_defaults(run=_role)
    scope = actions.add_parser("scope", help="give an account other places and programmes; ends its sessions")
    scope.add_argument("email", help="the address that signs in")
    _add_scope(scope)
    scope.set_defaults(run=_scope)
    for name, active in (("close", False), ("open", True)):
        change = actions.add_parser(name, help=f"{name} an account")
        change.add_argument("email", help="the address that signs in")
        change.set_defaults(run=_set_active, active=active)
    listing = actions.add_parser("list", help="every account")
    listing.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    listing.set_defaults(run=_list)


def _add_scope(command: argparse.ArgumentParser) -> None:
    for part, example in _PARTS.items():
        command.add_argument(
            f"--{part}", metavar=example, help=f"{part} that it covers, several with commas; {_UNLESS[part]}"
        )


def _open() -> Any:
    """The database, named to whoever asks where no variable names it; none is made by the way.

    Raises
    ------
    ConfigurationError
        DATABASE_URL is not set, and there is no database where it would then be.
    """
    settings = Settings.read()
    if settings.database_url == Settings.read({}).database_url:
        place = settings.database_url.removeprefix("sqlite:///")
        if not Path(place).exists():
            raise ConfigurationError(
                f"DATABASE_URL is not set, and there is no database at {place}: set it as the service has it "
                "(set -a; . /etc/chhlang.env; set +a), so that the account is made where the service looks"
            )
        say(f"chhlang: DATABASE_URL is not set; the accounts are those of {place}")
    return store.open_store(settings)


def _choose_password(options: argparse.Namespace) -> tuple[str, bool]:
    if options.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    return secrets.token_urlsafe(18), True


def _add(options: argparse.Namespace) -> int:
    password, made = _choose_password(options)
    accounts.add(
        _open(),
        Grant.custodian(),
        email=options.email,
        password=password,
        role=options.role,
        provinces=_provinces(options.provinces),
    )
    _tell(options.email, password if made else None)
    return 0


def _provinces(text: str | None) -> tuple[str, ...] | None:
    return tuple(text.split(",")) if text else None


def _change(options: argparse.Namespace) -> int:
    provinces = None if options.provinces == "all" else _provinces(options.provinces)
    accounts.change(
        _open(),
        Grant.custodian(),
        options.email,
        role=options.role,
        provinces=provinces,
    )
    print(f"{options.email} is {options.role} for {options.provinces}")
    return 0


def _role(options: argparse.Namespace) -> int:
    administration.set_role(_open(), Grant.custodian(), options.email, options.role)
    print(f"{options.email} is {options.role}")
    return 0


def _scope(options: argparse.Namespace) -> int:
    database = _open()
    given = {part: (getattr(options, part) or "").split(",") for part in administration.PARTS}
    places = any(getattr(options, part) for part in administration.PARTS[:-1])
    everywhere = not places or options.provinces == "all"
    if everywhere:
        given["provinces"] = []
    scope = administration.scope_of(database, given, everywhere=everywhere)
    administration.set_scope(database, Grant.custodian(), options.email, scope)
    print(f"{options.email} is for {scope.text or 'all'}")
    return 0


def _password(options: argparse.Namespace) -> int:
    password, made = _choose_password(options)
    accounts.set_password(_open(), Grant.custodian(), options.email, password)
    _tell(options.email, password if made else None)
    return 0


def _tell(email: str, password: str | None) -> None:
    print(f"{email} may sign in" + (f" with the password {password}" if password else ""))


def _set_active(options: argparse.Namespace) -> int:
    accounts.set_active(_open(), Grant.custodian(), options.email, options.active)
    print(f"{options.email} is {'open' if options.active else 'closed'}")
    return 0


def _list(options: argparse.Namespace) -> int:
    rows = [
        {
            "email": a.email,
            "role": a.role,
            "provinces": ",".join(a.provinces) if a.provinces is not None else "all",
            "scope": a.scope.text or "all",
            "active": a.active,
            "demo": a.demo,
        }
        for a in accounts.listed(_open(), Grant.custodian())
    ]
    write(rows, ("email", "role", "provinces", "scope", "active", "demo"), options.format)
    return 0
