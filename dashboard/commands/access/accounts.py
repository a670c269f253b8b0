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
from dashboard.services.signing_in import identities, links, second_factor
from dashboard.settings import Settings
from surveillance.errors import ConfigurationError, UsageError

#: Parts of a scope, each with an example of its codes, and what holds where it is not given.
_PARTS = {
    "provinces": "KH01[,KH02]",
    "districts": "NAME[,NAME]",
    "facilities": "NUMBER[,NUMBER]",
    "crossings": "poipet[,bavet]",
    "programmes": "cnm[,cenat]",
    "partners": "poipet_hospital[,tb_service]",
}
_MORE = {
    "provinces": "; `all` for every place",
    "programmes": "; all unless given",
    "partners": "; whose referrals it answers",
}


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("accounts", help="who may sign in")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="add an account; prints a password unless --password-stdin")
    add.add_argument("email", help="the address that signs in")
    add.add_argument("--role", required=True, choices=tuple(accounts.ROLES), help="what the account may do")
    add.add_argument("--provinces", metavar="KH01[,KH02]", help="provinces of care; all unless given")
    how = add.add_mutually_exclusive_group()
    how.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    how.add_argument(
        "--invite", action="store_true", help="no password: print a link by which its person sets one"
    )
    add.set_defaults(run=_add)
    for name, help_, run in (
        ("link", "print a link by which the person of an account sets another password", _link),
        ("totp-reset", "take an account's authenticator and recovery codes away", _totp_reset),
    ):
        one = actions.add_parser(name, help=help_)
        one.add_argument("email", help="the address that signs in")
        one.set_defaults(run=run)
    identity = actions.add_parser("identity", help="link an account to a person's account at the provider")
    identity.add_argument("email", help="the address that signs in")
    which = identity.add_mutually_exclusive_group(required=True)
    which.add_argument("--subject", help="what the provider calls the person (`sub`)")
    which.add_argument("--remove", action="store_true", help="take the link away")
    identity.set_defaults(run=_identity)
    password = actions.add_parser("password", help="give an account another password")
    password.add_argument("email", help="the address that signs in")
    password.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    password.set_defaults(run=_password)
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
            f"--{part}",
            metavar=example,
            help=f"{part} that it covers, several with commas{_MORE.get(part, '')}",
        )


def _open() -> Any:
    """The database. Without DATABASE_URL its place is said, and none is made.

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
    password, made = (None, False) if options.invite else _choose_password(options)
    database = _open()
    accounts.add(
        database,
        Grant.custodian(),
        email=options.email,
        password=password,
        role=options.role,
        provinces=_provinces(options.provinces),
    )
    if options.invite:
        return _show(links.issue(database, Grant.custodian(), options.email), options.email)
    _tell(options.email, password if made else None)
    return 0


def _link(options: argparse.Namespace) -> int:
    return _show(links.issue(_open(), Grant.custodian(), options.email), options.email)


def _show(issued: links.Issued, email: str) -> int:
    what = "set her or his password" if issued.purpose == links.INVITATION else "set another password"
    print(
        f"Once, and until {issued.expires:%Y-%m-%d %H:%M} UTC, {email} can {what} at this server's address,"
    )
    print("followed by what stands in the next line. It is shown only now: hand it on by a safe way.")
    print(issued.path)
    return 0


def _totp_reset(options: argparse.Namespace) -> int:
    had = second_factor.reset(_open(), Grant.custodian(), options.email)
    print(
        f"{options.email} has no authenticator" + (" any more" if had else "; nothing was to be taken away")
    )
    return 0


def _identity(options: argparse.Namespace) -> int:
    if options.remove:
        had = identities.unlink(_open(), Grant.custodian(), options.email)
        print(f"{options.email} is not linked" + (" any more" if had else ": there was no link"))
        return 0
    issuer = Settings.read().oidc_issuer
    if issuer is None:
        raise ConfigurationError("CHHLANG_OIDC_ISSUER is not set: there is no provider to link with")
    identities.link(_open(), Grant.custodian(), options.email, issuer, options.subject)
    print(f"{options.email} is {options.subject} at {issuer}")
    return 0


def _provinces(text: str | None) -> tuple[str, ...] | None:
    return tuple(text.split(",")) if text else None


def _role(options: argparse.Namespace) -> int:
    administration.set_role(_open(), Grant.custodian(), options.email, options.role)
    print(f"{options.email} is {options.role}")
    return 0


def _scope(options: argparse.Namespace) -> int:
    database = _open()
    given = {part: (getattr(options, part) or "").split(",") for part in administration.PARTS}
    if not any(getattr(options, part) for part in administration.PLACES):
        raise UsageError("say for which places the account is; for every place: --provinces all", "provinces")
    everywhere = options.provinces == "all"
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
