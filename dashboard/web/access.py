"""Who may call a route: written above each view, and asked for at start-up.

A view says one of three things: `@public` (a stranger may call it), `@signed_in` (every account may), or
`@needs(...)` (these permissions). The server does not start with a route that says nothing. Services check
the permission again, since commands call them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask

from dashboard.permissions import Grant, Permission
from dashboard.web import request_context

View = TypeVar("View", bound=Callable[..., Any])
#: Refuses what a grant does not hold; it is also told the values of the address.
Check = Callable[[Grant, Permission, Mapping[str, Any]], None]
_KEY = "chhlang-access"
#: Address without values -> its endpoint.
_PATHS = "chhlang-paths"
#: The address that Dash adds for whatever has none.
ANYWHERE = "/<path:path>"
#: The folder of scripts, styles and fonts, which Dash serves.
ASSETS = "_dash_assets.static"


@dataclass(frozen=True)
class Access:
    """Who may call a route: strangers too, or accounts that hold the permissions, or one of them (`one`)."""

    public: bool = False
    permissions: tuple[Permission, ...] = ()
    one: bool = False


def public(view: View) -> View:
    """Let a stranger call a view."""
    return _marked(view, Access(public=True))


def signed_in(view: View) -> View:
    """Let every account call a view: the gate keeps strangers out."""
    return _marked(view, Access())


def needs(*permissions: Permission, check: Check | None = None) -> Callable[[View], View]:
    """Refuse accounts that do not hold every one of the permissions.

    Parameters
    ----------
    permissions : Permission
        What the account must hold, asked for in this order.
    check : callable, optional
        Is asked first: it refuses more, or audits the refusal.
    """
    _named(permissions)

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**values: Any) -> Any:
            grant = request_context.grant()
            for permission in permissions:
                _refuse(grant, permission, values, check)
            return view(**values)

        return cast("View", _marked(checked, Access(permissions=permissions)))

    return decorate


def needs_one_of(*permissions: Permission, check: Check | None = None) -> Callable[[View], View]:
    """Refuse accounts that hold none of the permissions; the refusal names the first."""
    _named(permissions)

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(**values: Any) -> Any:
            grant = request_context.grant()
            if not any(grant.can(permission) for permission in permissions):
                _refuse(grant, permissions[0], values, check)
            return view(**values)

        return cast("View", _marked(checked, Access(permissions=permissions, one=True)))

    return decorate


def _named(permissions: tuple[Permission, ...]) -> None:
    if not permissions:
        raise TypeError("name a permission, or write @signed_in")


def _refuse(grant: Grant, permission: Permission, values: Mapping[str, Any], check: Check | None) -> None:
    if check is not None:
        check(grant, permission, values)
    grant.check(permission)


#: Routes that libraries add, by endpoint. Another version of a library may add one: it is refused until it is
#: looked at and written here.
OF_LIBRARIES: dict[str, Callable[[Any], Any]] = {
    "security.login": public,
    ASSETS: signed_in,  # the gate lets a stranger have what the sign-in page is drawn with
    "/": needs(Permission.SEE_COVERAGE),
    ANYWHERE: needs(Permission.SEE_COVERAGE),  # the gate answers 404
    "/_dash-layout": needs(Permission.SEE_COVERAGE),
    "/_dash-dependencies": needs(Permission.SEE_COVERAGE),
    "/_dash-update-component": needs(Permission.SEE_COVERAGE),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": signed_in,
    "/_reload-hash": signed_in,
    "/_favicon.ico": signed_in,
}


def settle(server: Flask) -> None:
    """Mark the routes of libraries, and refuse a server with a route that does not say who may call it.

    Raises
    ------
    RuntimeError
        A route is neither marked nor listed, or a listed one does not exist.
    """
    if gone := sorted(set(OF_LIBRARIES) - set(server.view_functions)):
        raise RuntimeError(f"no library adds these routes any more: {', '.join(gone)}")
    for endpoint, decorate in OF_LIBRARIES.items():
        server.view_functions[endpoint] = decorate(_as_function(server.view_functions[endpoint]))
    rules = {rule.endpoint: str(rule) for rule in server.url_map.iter_rules()}
    found = {endpoint: getattr(server.view_functions[endpoint], "access", None) for endpoint in rules}
    if unmarked := sorted(f"{rules[name]} ({name})" for name in rules if not isinstance(found[name], Access)):
        raise RuntimeError(
            "a route must say who may call it (@needs, @signed_in or @public): " + ", ".join(unmarked)
        )
    server.extensions[_KEY] = found
    server.extensions[_PATHS] = {
        str(rule): rule.endpoint for rule in server.url_map.iter_rules() if "GET" in (rule.methods or ())
    }


def may_open(server: Flask, path: str, grant: Grant) -> bool:
    """Whether there is a page at an address without values, and an account may call it."""
    endpoint = server.extensions.get(_PATHS, {}).get(path)
    if endpoint is None:
        return False
    held = access_of(server, endpoint)
    return any(map(grant.can, held.permissions)) if held.one else all(map(grant.can, held.permissions))


def access_of(server: Flask, endpoint: str | None) -> Access:
    """Who may call an endpoint; what was not there at start-up is not for strangers."""
    table: dict[str, Access] = server.extensions.get(_KEY, {})
    return table.get(endpoint or "", Access())


def _as_function(view: Callable[..., Any]) -> Callable[..., Any]:
    """A view that can be marked: Dash's are methods."""

    @wraps(view)
    def called(**values: Any) -> Any:
        return view(**values)

    return called


def _marked(view: View, access: Access) -> View:
    view.access = access  # type: ignore[attr-defined]
    return view
