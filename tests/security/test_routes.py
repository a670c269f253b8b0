"""Every route, method and role, written out by hand: a route that is not listed here fails, and one that does
not say who may call it stops the server from starting."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Blueprint, g

from dashboard.permissions import Grant, Permission
from dashboard.server import factory
from dashboard.services import store
from dashboard.services.signing_in import tokens
from dashboard.web import access
from dashboard.web import site as request_site
from db.core.scope import Scope
from surveillance.errors import NotPermittedError
from tests.support.accounts import add_accounts
from tests.support.examples import lane
from tests.support.web import ACCOUNTS, callback_body, served, settings, signed_in

TEMPLATES = Path(factory.__file__).resolve().parents[1] / "templates"
#: Accounts beside those that each server of the tests has. Name in the address -> role, provinces.
OTHERS = {
    "reception": ("reception", None),
    "nurse": ("nurse", None),
    "partner": ("partner", None),
    "manager": ("data_manager", None),
    "epidemiologist": ("epidemiologist", None),
    "provincial-manager": ("data_manager", ("KH02",)),
    "provincial-viewer": ("viewer", ("KH02",)),
}
ALL = {*ACCOUNTS, *OTHERS}
PROGRAMME = ALL - {"partner"}
STRANGERS = ALL | {"stranger"}
ANALYSES = {"official", "manager", "epidemiologist", "provincial", "provincial-manager"}
EXPORTS = ANALYSES | {"partner"}
DATA = ANALYSES | {"administrator"}
LINES = {"epidemiologist"}
FILES = {"manager"}
UPLOADS = {"manager", "nurse"}
NOTES = {"official", "epidemiologist", "provincial", "administrator"}
CALENDAR = {"manager", "administrator"}
MENDS = {"manager", "epidemiologist", "provincial-manager"}
ADMINISTRATION = {"administrator"}
SYSTEMS = {"manager", "administrator"}
PREPARES = {"manager", "epidemiologist"}
ISSUES = {"epidemiologist", "administrator"}
NURSES = {"nurse"}
PARTNERS = {"partner"}
RELEASES = PREPARES | ISSUES
RECEIVES = {"reception", "nurse"}
PROVINCIAL = {"provincial", "provincial-manager"}
CHANGES = "<any(role,scope,open,close,link,code):what>"
STEPS = "<any(owner,looked,verified,refuted,event,note,closed):kind>"
STUCK = "<any(ways,groups,outbox):kind>/<int:number>/<any(end,test,again,arrived):what>"
#: Method and route -> who is let through. A stranger is sent to sign in or answered 401, an account 403.
TABLE = {
    ("GET", "/sign-in"): STRANGERS,
    ("POST", "/sign-in"): STRANGERS,
    ("GET", "/sign-in/code"): STRANGERS,
    ("POST", "/sign-in/code"): STRANGERS,
    ("GET", "/sign-in/set-up"): STRANGERS,
    ("POST", "/sign-in/set-up"): STRANGERS,
    ("GET", "/invitation/<token>"): STRANGERS,
    ("POST", "/invitation/<token>"): STRANGERS,
    ("POST", "/sign-out"): ALL,
    ("GET", "/language/<code>"): STRANGERS,
    ("GET", "/look/<code>"): STRANGERS,
    ("GET", "/components"): ALL,
    ("GET", "/healthz"): STRANGERS,
    ("GET", "/readyz"): STRANGERS,
    ("GET", "/metrics"): STRANGERS,  # who ask on the machine itself, or by a token
    ("GET", "/manifest.webmanifest"): STRANGERS,
    ("GET", "/service-worker.js"): STRANGERS,
    ("GET", "/sessions"): ALL,
    ("GET", "/sessions.<any(csv,xlsx,json):kind>"): ALL,
    ("POST", "/sessions/end"): ALL,
    ("POST", "/sessions/<session>/end"): ALL,
    ("GET", "/device"): ALL,
    ("POST", "/device"): ALL,
    ("GET", "/"): ALL,
    ("POST", "/today/area"): ALL,
    ("POST", "/tour"): ALL,
    ("GET", "/map"): ALL,
    ("GET", "/reporting"): PROGRAMME,
    ("GET", "/reception/movement"): RECEIVES | ANALYSES,
    ("GET", "/reception/movement.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/movement.<any(png,svg):kind>"): ANALYSES,
    ("GET", "/malaria"): LINES,
    ("GET", "/malaria.<any(csv,xlsx,json):kind>"): LINES,
    ("GET", "/malaria/foci"): ANALYSES,
    ("GET", "/malaria/foci.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/releases"): RELEASES,
    ("GET", "/releases.<any(csv,xlsx,json):kind>"): RELEASES,
    ("GET", "/releases/<int:number>.<any(csv,xlsx,json):kind>"): RELEASES,
    ("POST", "/releases"): PREPARES,
    ("GET", "/releases/<int:number>"): RELEASES,
    ("GET", "/releases/<int:number>/status"): RELEASES,
    ("POST", "/releases/<int:number>/cancel"): PREPARES,
    ("POST", "/releases/<int:number>/audit"): RELEASES,
    ("POST", "/releases/<int:number>/issue"): ISSUES,
    ("GET", "/data-quality"): ANALYSES,
    ("GET", "/data-quality.<any(csv,xlsx):kind>"): ANALYSES,
    ("GET", "/data-quality.json"): ANALYSES,
    ("GET", "/data-quality/delays"): ANALYSES,
    ("GET", "/data-quality/delays.<any(csv,xlsx):kind>"): ANALYSES,
    ("GET", "/data-quality/delays.json"): ANALYSES,
    ("GET", "/data-quality/finding"): ANALYSES,
    ("POST", "/data-quality/finding"): MENDS,
    ("GET", "/decisions"): PROGRAMME,
    ("POST", "/decisions"): NOTES,
    ("POST", "/decisions/<int:decision>/done"): NOTES,
    ("GET", "/decisions.<any(csv,xlsx):kind>"): ANALYSES,
    ("GET", "/decisions.json"): PROGRAMME,
    ("GET", "/bulletin"): PROGRAMME,
    ("GET", "/bulletin/<period>.<any(html,pdf,docx,png):kind>"): PROGRAMME,
    ("GET", "/bulletin/<period>/meeting.<any(html,pdf,docx):kind>"): ANALYSES,
    ("GET", "/reporting.<any(csv,xlsx):kind>"): ANALYSES,
    ("GET", "/reporting.json"): PROGRAMME,
    ("GET", "/indicators"): ALL,
    ("GET", "/indicators.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/indicators.json"): ALL,
    ("GET", "/indicators/<name>"): ALL,
    ("GET", "/indicators/<name>.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/indicators/<name>.<any(png,svg):kind>"): ALL,
    ("GET", "/indicators/<name>.json"): ALL,
    ("GET", "/reporting/figures.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reporting/weeks.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/indicators/<name>/course.<any(csv,xlsx,json):kind>"): EXPORTS,
    ("GET", "/calendar"): ALL,
    ("GET", "/calendar.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/calendar.json"): ALL,
    ("POST", "/calendar"): CALENDAR,
    ("POST", "/calendar/import"): CALENDAR,
    ("POST", "/calendar/<key>/remove"): CALENDAR,
    ("GET", "/rates"): ALL,
    ("GET", "/rates.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/rates.json"): ALL,
    ("GET", "/denominators"): ALL,
    ("POST", "/denominators"): FILES,
    ("GET", "/denominators.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/denominators.json"): ALL,
    ("GET", "/districts"): ALL,
    ("POST", "/districts"): FILES,
    ("GET", "/districts.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/districts.json"): ALL,
    ("GET", "/provinces/<name>/districts"): ANALYSES - PROVINCIAL,
    ("GET", "/provinces/<name>/districts.<any(csv,xlsx,json):kind>"): ANALYSES - PROVINCIAL,
    ("GET", "/curves"): ALL,
    ("GET", "/curves.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/curves.<any(png,svg):kind>"): ALL,
    ("GET", "/curves.json"): ALL,
    ("GET", "/cascade"): ALL,
    ("GET", "/cascade.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/cascade/times.<any(csv,xlsx,json):kind>"): EXPORTS,
    ("GET", "/cascade.<any(png,svg):kind>"): ALL,
    ("GET", "/cascade.json"): ALL,
    ("GET", "/funnel"): ALL,
    ("GET", "/funnel.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/funnel.<any(png,svg):kind>"): ALL,
    ("GET", "/funnel.json"): ALL,
    ("GET", "/today.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/today.<any(png,svg):kind>"): ALL,
    ("GET", "/today.json"): ALL,
    ("GET", "/provinces/<name>"): ALL,  # answered 404 where it is not the account's, as what does not exist
    ("GET", "/districts/<path:name>"): ALL,
    ("GET", "/crossings/<name>"): ALL,
    ("GET", "/facilities/<path:name>"): ALL,
    ("GET", "/provinces/<name>.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/districts/<path:name>.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/crossings/<name>.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/facilities/<path:name>.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/provinces/<name>/<any(course,ranks):part>.<any(png,svg):kind>"): ALL,
    ("GET", "/districts/<path:name>/<any(course,ranks):part>.<any(png,svg):kind>"): ALL,
    ("GET", "/crossings/<name>/<any(course,ranks):part>.<any(png,svg):kind>"): ALL,
    ("GET", "/facilities/<path:name>/<any(course,ranks):part>.<any(png,svg):kind>"): ALL,
    ("GET", "/provinces/<name>.json"): ALL,
    ("GET", "/districts/<path:name>.json"): ALL,
    ("GET", "/crossings/<name>.json"): ALL,
    ("GET", "/facilities/<path:name>.json"): ALL,
    ("GET", "/provinces.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/provinces.<any(png,svg):kind>"): ALL,
    ("GET", "/provinces.json"): ALL,
    ("GET", "/find"): ALL,
    ("GET", "/data"): DATA,
    ("GET", "/data.<any(csv,xlsx):kind>"): ANALYSES,
    ("GET", "/data.json"): DATA,
    ("GET", "/geo/<name>"): ALL,
    ("GET", "/export/coverage.csv"): EXPORTS,
    ("GET", "/map/areas"): ALL,
    ("GET", "/map.<any(csv,xlsx):kind>"): EXPORTS,
    ("GET", "/map.<any(png,svg):kind>"): ALL,
    ("GET", "/map.json"): ALL,
    ("GET", "/map/trend.<any(csv,xlsx,json):kind>"): EXPORTS,
    ("GET", "/map/trend.<any(png,svg):kind>"): ALL,
    ("GET", "/map/groups.<any(csv,xlsx,json):kind>"): EXPORTS,
    ("GET", "/map/groups.<any(png,svg):kind>"): ALL,
    ("GET", "/map/table"): ALL,
    ("GET", "/views"): ALL,
    ("POST", "/views"): ALL,
    ("POST", "/views/<int:number>/<any(rename,share,delete,open):what>"): ALL,
    ("GET", "/records"): LINES,
    ("POST", "/records"): LINES,
    ("GET", "/records/reason"): LINES,
    ("POST", "/records/reason"): LINES,
    ("GET", "/administration"): ADMINISTRATION,
    ("POST", "/administration"): ADMINISTRATION,
    ("GET", "/administration.<any(csv,xlsx,json):kind>"): ADMINISTRATION,
    ("GET", "/administration/sessions.<any(csv,xlsx,json):kind>"): ADMINISTRATION,
    ("GET", "/administration/settings.<any(csv,xlsx,json):kind>"): ADMINISTRATION,
    ("GET", "/administration/accounts/<int:number>"): ADMINISTRATION,
    (
        "POST",
        "/administration/accounts/<int:number>/<any(role,scope,open,close,link,code):what>",
    ): ADMINISTRATION,
    ("GET", "/administration/sessions"): ADMINISTRATION,
    ("POST", "/administration/sessions/<session>/end"): ADMINISTRATION,
    ("GET", "/administration/settings"): ADMINISTRATION,
    ("GET", "/administration/trail"): ADMINISTRATION,
    ("GET", "/administration/trail.csv"): ADMINISTRATION,
    ("GET", "/reception"): ANALYSES | {"reception", "nurse"},
    ("GET", "/reception/day"): ANALYSES | {"reception", "nurse"},
    ("GET", "/reception.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/day.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/expected/figures.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/remote.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/expected"): ANALYSES | {"reception", "nurse"},
    ("POST", "/reception/expected/figures"): PREPARES,
    ("GET", "/reception/expected.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/prevention"): ANALYSES | {"reception", "nurse"},
    ("GET", "/reception/prevention.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/reception/remote"): ANALYSES | {"reception", "nurse"},
    ("POST", "/reception/remote"): FILES,
    ("GET", "/reception/visits"): RECEIVES,
    ("POST", "/reception/visits"): RECEIVES,
    ("GET", "/worklists"): NURSES,
    ("GET", "/worklists/slips/<subject>/<referral>"): NURSES,
    ("POST", "/worklists/slips/<subject>/<referral>"): NURSES,
    ("GET", "/worklists/slips/<subject>/<referral>/sticker"): NURSES,
    ("GET", "/worklists/stickers"): NURSES,
    ("POST", "/worklists/stickers"): NURSES,
    ("GET", "/worklists/handover/<subject>"): NURSES,
    ("POST", "/worklists/handover/<subject>"): NURSES,
    ("GET", "/worklists/contacts/<van>"): NURSES,
    ("POST", "/worklists/contacts/<van>"): NURSES,
    ("GET", "/referral"): PARTNERS,
    ("POST", "/referral"): PARTNERS,
    ("POST", "/referral/outcome"): PARTNERS,
    ("GET", "/map/trend"): ALL,
    ("GET", "/provinces"): ALL,
    ("GET", "/beside"): ALL,
    ("GET", "/clusters"): ANALYSES,
    ("GET", "/clusters.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("POST", "/clusters"): ANALYSES,
    ("GET", "/clusters/question"): ANALYSES,
    ("GET", "/alerts"): ALL,
    ("GET", "/alerts/<int:number>"): ALL,
    ("GET", "/alerts/digest"): ALL,
    ("GET", "/alerts/digest.<any(html,txt):kind>"): ALL,
    ("GET", "/account/messages"): ANALYSES,
    ("POST", "/account/messages"): ANALYSES,
    ("POST", "/account/messages/<int:channel>/<any(end,test):what>"): ANALYSES,
    ("GET", "/administration/messages"): ADMINISTRATION,
    ("POST", "/administration/messages/<any(ways,groups):what>"): ADMINISTRATION,
    ("POST", f"/administration/messages/{STUCK}"): ADMINISTRATION,
    ("POST", f"/alerts/<int:number>/{STEPS}"): NOTES & ANALYSES,
    ("GET", "/cases"): LINES,
    ("POST", "/cases"): LINES,
    ("GET", "/cases/<int:number>"): LINES,
    ("POST", "/cases/<int:number>"): LINES,
    ("GET", "/alerts/outbreaks"): ANALYSES,
    ("POST", "/alerts/outbreaks"): NOTES & ANALYSES,
    ("GET", "/alerts/outbreaks/<int:number>"): ANALYSES,
    ("POST", "/alerts/outbreaks/<int:number>"): NOTES & ANALYSES,
    ("GET", "/clusters/standing"): ANALYSES,
    ("GET", "/clusters/standing.<any(csv,xlsx):kind>"): ANALYSES,
    ("GET", "/clusters/standing.json"): ANALYSES,
    ("GET", "/clusters/<number>"): ANALYSES,
    ("GET", "/clusters/<number>/status"): ANALYSES,
    ("POST", "/clusters/<number>/cancel"): ANALYSES,  # of a run that exists also who looks after accounts
    ("GET", "/clusters/<number>/export.<kind>"): ANALYSES,
    ("GET", "/clusters/<number>.<any(csv,xlsx,geojson,gpkg):kind>"): ANALYSES,
    ("GET", "/clusters/<number>.<any(png,svg):kind>"): ANALYSES,
    ("GET", "/clusters/<number>.json"): ANALYSES,
    ("GET", "/clusters/<number>/<int:rank>.<any(png,svg):kind>"): ANALYSES,
    ("GET", "/clusters/<number>/<int:rank>/curve.<any(png,svg):kind>"): ANALYSES,
    ("GET", "/clusters/<number>/<int:rank>/curve.<any(csv,xlsx,json):kind>"): ANALYSES,
    ("GET", "/clusters/<number>/<int:rank>"): ANALYSES,
    ("GET", "/clusters/<number>/<int:rank>/records"): LINES,
    ("GET", "/imports"): UPLOADS,
    ("POST", "/imports"): UPLOADS,
    ("POST", "/imports/neighbours"): FILES,
    ("GET", "/imports.<any(csv,xlsx,json):kind>"): UPLOADS,
    ("GET", "/imports/places.<any(csv,xlsx,json):kind>"): FILES,
    ("GET", "/imports/<number>"): UPLOADS,
    ("GET", "/imports/<number>/status"): UPLOADS,
    ("POST", "/imports/<number>/<answer>"): UPLOADS,
    ("POST", "/imports/<number>/cancel"): UPLOADS,
    ("POST", "/imports/<number>/returned"): UPLOADS,
    ("GET", "/imports/mappings/<name>/<int:version>.toml"): UPLOADS,
    ("GET", "/imports/places"): FILES,
    ("GET", "/systems"): SYSTEMS,
    ("POST", "/systems"): FILES,
    ("GET", "/systems/<int:number>"): SYSTEMS,
    ("POST", "/systems/<int:number>/<any(pull,whole,stop,end):what>"): FILES,
    ("POST", "/imports/places"): FILES,
    ("GET", "/imports/places/<field>/<mark>"): FILES,
    ("POST", "/imports/places/<field>/<mark>"): FILES,
    ("POST", "/imports/places/<field>/<mark>/undo"): FILES,
    ("GET", "/desk"): RECEIVES,
    ("GET", "/desk/state"): RECEIVES,
    ("POST", "/desk/entries"): RECEIVES,
    ("POST", "/desk/entries/discard"): RECEIVES,
    ("POST", "/desk/pin"): RECEIVES,
    ("POST", "/desk/lock"): RECEIVES,
    ("POST", "/desk/unlock"): RECEIVES,
    ("GET", "/desk/paper"): RECEIVES,
    ("GET", "/desk/devices"): RECEIVES,
    ("POST", "/desk/devices"): RECEIVES,
    ("POST", "/desk/devices/<device>/<any(revoke,allow):what>"): RECEIVES,
    ("GET", "/assets/<path:filename>"): ALL,  # and to strangers what the sign-in page is drawn with
    ("GET", "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"): ALL,
    ("GET", "/_dash-layout"): ALL,
    ("GET", "/_dash-dependencies"): ALL,
    ("POST", "/_dash-update-component"): ALL,
    ("GET", "/_reload-hash"): ALL,
    ("GET", "/_favicon.ico"): ALL,
    ("GET", "/<path:path>"): ALL,  # answered 404
    ("GET", "/account/tokens"): ALL,
    ("POST", "/account/tokens"): ALL,
    ("POST", "/account/tokens/<int:token>/end"): ALL,
    ("GET", "/administration/accounts/<int:number>/tokens"): ADMINISTRATION,
    ("POST", "/administration/accounts/<int:number>/tokens"): ADMINISTRATION,
    ("POST", "/administration/accounts/<int:number>/tokens/<int:token>/end"): ADMINISTRATION,
    ("GET", "/for-programs/<any(map,trend,groups,curve,cascade,times,reporting):figure>"): ALL,
    ("GET", "/for-programs/indicators/<name>"): ALL,
    # What programs ask: by the token of an account, and by no session.
    ("GET", "/api/openapi.json"): ALL,
    ("GET", "/api/coverage"): ALL,
    ("GET", "/api/coverage/trend"): ALL,
    ("GET", "/api/coverage/groups"): ALL,
    ("GET", "/api/indicators"): ALL,
    ("GET", "/api/indicators/<name>"): ALL,
    ("GET", "/api/indicators/<name>/course"): ALL,
    ("GET", "/api/cascades"): ALL,
    ("GET", "/api/cascades/times"): ALL,
    ("GET", "/api/curves"): ALL,
    ("GET", "/api/reporting"): PROGRAMME,
    ("GET", "/api/arrivals"): ANALYSES | RECEIVES,
    ("GET", "/api/arrivals/places"): ANALYSES | RECEIVES,
    ("GET", "/api/clusters"): ANALYSES,
    ("GET", "/api/clusters/<run>"): ANALYSES,
    ("GET", "/api/clusters/<run>/members"): ANALYSES,
    ("GET", "/api/alerts"): ANALYSES,
    ("GET", "/api/alerts/elsewhere"): ALL,
    ("GET", "/api/releases"): RELEASES,
    ("GET", "/api/facilities"): ALL,
    ("GET", "/api/neighbours"): ALL,
    ("GET", "/api/neighbours/areas"): ALL,
    ("GET", "/api/neighbours/population"): ALL,
    ("GET", "/api/status"): ALL,
    ("GET", "/api/catalogue/diseases"): ALL,
    ("GET", "/api/catalogue/measures"): ALL,
    ("GET", "/api/catalogue/fields"): ALL,
    ("GET", "/api/catalogue/groups"): ALL,
    ("GET", "/api/catalogue/provinces"): ALL,
    ("GET", "/api/crossings"): ALL,
}
#: What stands in an address.
VALUES = {
    "<code>": "km",
    "<device>": "0" * 12,
    "<any(revoke,allow):what>": "revoke",
    "<any(pull,whole,stop,end):what>": "stop",
    "<token>": "none",
    "<name>": "none",
    "<number>": "0" * 12,
    "<int:number>": "999",
    "<int:token>": "999",
    "<any(rename,share,delete,open):what>": "rename",
    CHANGES: "role",
    STEPS: "looked",
    "<session>": "0" * 8,
    "<kind>": "csv",
    "<any(csv,xlsx):kind>": "csv",
    "<any(csv,xlsx,json):kind>": "csv",
    "<any(csv,xlsx,geojson,gpkg):kind>": "csv",
    "<any(png,svg):kind>": "svg",
    "<period>": "2025-W20",
    "<any(html,pdf,docx,png):kind>": "html",
    "<any(html,pdf,docx):kind>": "html",
    "<any(course,ranks):part>": "ranks",
    "<int:rank>": "1",
    "<int:decision>": "1",
    "<int:channel>": "999",
    "<any(end,test):what>": "end",
    "<any(ways,groups):what>": "ways",
    "<any(html,txt):kind>": "txt",
    "<any(ways,groups,outbox):kind>": "ways",
    "<any(end,test,again,arrived):what>": "end",
    "<key>": "nothing",
    "<answer>": "dates",
    "<int:version>": "1",
    "<field>": "crossing",
    "<mark>": "0" * 32,
    "<any(map,trend,groups,curve,cascade,times,reporting):figure>": "curve",
    "<run>": "0" * 12,
    "<subject>": "0" * 32,
    "<referral>": "0" * 32,
    "<van>": "0" * 32,
    "<path:filename>": "clusters.js",
    "<path:name>": "none",
    "<string:package_name>": "dash",
    "<path:fingerprinted_path>": "none.js",
    "<path:path>": "nothing-here",
}
#: What a callback of Dash answers with, first of all -> who is let through.
CALLBACKS = {"title.children": ALL}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: To a stranger these are no pages: 401, and no way to sign in.
NO_PAGES = ("/api/", "/desk/state", "/geo/", "/export/", "/map/", "/assets/", "/_")


def address(route: str) -> str:
    """A route with values in it."""
    for name, value in VALUES.items():
        route = route.replace(name, value)
    assert "<" not in route, f"say in VALUES what stands in {route}"
    return route


@pytest.fixture(scope="module")
def site(sqlite_files):
    """A server with an account of each role, for the country and for a province."""
    with sqlite_files.fresh(migrated=True) as url:
        database = store.open_store(settings(url))
        add_accounts(database, OTHERS)
        database.dispose()
        with served(url) as made:
            yield made


@pytest.fixture(scope="module")
def clients(site):
    """Everybody signed in, and a stranger."""
    return {name: signed_in(site, name) for name in ALL} | {"stranger": site.test_client()}


@pytest.fixture(scope="module")
def programs(site):
    """What a program of each account brings: a token of the account's own role."""
    found = {}
    with site.app_context():
        database = request_site.database()
    for name, (role, provinces) in (ACCOUNTS | OTHERS).items():
        scope = Scope.everything() if provinces is None else Scope.of(*provinces)
        email = f"{name}@example.org"
        grant = Grant(email, role, scope)
        made = tokens.make(database, grant, email, name="tests", role=role, days="1", per_minute="600")
        found[name] = {"headers": {"Authorization": f"Bearer {made.text}"}}
    return found


def brought(programs, name, route):
    """What an account brings to a route beside its session."""
    return programs.get(name, {}) if route.startswith("/api/") else {}


def test_the_table_names_every_route_and_method(site):
    known = {
        (method, str(rule))
        for rule in site.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert known == set(TABLE)


ROUTES = sorted({route for _, route in TABLE})


@pytest.mark.parametrize(("method", "route"), TABLE, ids=lambda text: text)
def test_a_route_lets_through_those_of_the_table_and_nobody_else(site, clients, programs, method, route):
    # Whoever is refused is always tried; of those let through every third in turn, in `make full` all.
    admitted = sorted(TABLE[method, route])
    if lane() != "full":
        admitted = admitted[ROUTES.index(route) % max(1, min(3, len(admitted))) :: 3]
    for name in sorted({*clients} - TABLE[method, route] | {*admitted}):
        more = brought(programs, name, route)
        with clients[name].open(address(route), method=method, **more) as answer:
            got = answer.status_code
        if route == "/sign-out" and name != "stranger":
            clients[name] = signed_in(site, name)
        if name in TABLE[method, route]:
            assert got not in (401, 403), name
        elif name == "stranger":
            assert got == (302 if method == "GET" and not route.startswith(NO_PAGES) else 401)
        else:
            assert got == 403, name


def test_a_session_is_answered_nothing_that_is_for_programs(clients):
    for route in (route for route in ROUTES if route.startswith("/api/")):
        for name in ("viewer", "epidemiologist", "administrator", "stranger"):
            answer = clients[name].get(address(route))
            assert answer.status_code == 401, (route, name)
            assert answer.content_type == "application/problem+json"


def test_a_token_opens_no_page(site, programs):
    client = site.test_client()
    for method, route in sorted(TABLE):
        if route.startswith("/api/") or TABLE[method, route] == STRANGERS:
            continue
        got = client.open(address(route), method=method, **programs["epidemiologist"]).status_code
        assert got == (302 if method == "GET" and not route.startswith(NO_PAGES) else 401), (method, route)


def test_the_table_names_every_callback(clients):
    listed = clients["viewer"].get("/_dash-dependencies").get_json()
    served_here = [one for one in listed if not one.get("clientside_function")]
    assert [one["output"].strip(".").split("...")[0] for one in served_here] == list(CALLBACKS)


@pytest.mark.parametrize("first", CALLBACKS)
def test_a_callback_answers_those_of_the_table_and_nobody_else(clients, first):
    body = callback_body(clients["viewer"], "?disease=malaria")
    assert body["output"].strip(".").split("...")[0] == first
    for name in sorted(clients):
        for method in METHODS:
            got = clients[name].open("/_dash-update-component", method=method, json=body).status_code
            if name == "stranger":
                assert got in (302, 401, 415), (name, method)
            elif method != "POST":
                assert got in (404, 405, 415), (name, method)
            else:
                assert got == (200 if name in CALLBACKS[first] else 403), name


#: Who asks by methods that are not listed. Of each route one of them tries two methods in turn; in
#: `make full` all try all.
ASKING = ("viewer", "manager", "epidemiologist", "administrator")


@pytest.mark.parametrize("route", ROUTES)
def test_another_method_finds_nothing(clients, programs, route):
    listed = {method for method, name in TABLE if name == route}
    turn = ROUTES.index(route)
    tried = METHODS if lane() == "full" else METHODS[turn % 3 :: 3]
    for number, method in enumerate(tried, turn):
        if method in listed or (method == "HEAD" and "GET" in listed):
            continue
        strangers = ["stranger"] if any(TABLE.get((m, route)) == STRANGERS for m in METHODS) else []
        asking = ASKING if lane() == "full" else (ASKING[number % len(ASKING)],)
        for name in (*asking, *strangers):
            more = brought(programs, name, route)
            got = clients[name].open(address(route), method=method, **more).status_code
            # `status` is posted to as if it were an answer: refused like any other.
            assert got in (403, 404, 405), (method, name, got)


@pytest.fixture
def start(sqlite_url):
    """Makes a server."""
    chosen = settings(sqlite_url)
    database = store.open_store(chosen)
    yield lambda: factory.make_server(chosen, database)
    database.dispose()


def test_a_route_that_does_not_say_who_may_call_it_stops_the_start(start, monkeypatch):
    pages = Blueprint("open", __name__)
    pages.add_url_rule("/open/door", view_func=lambda: "come in")
    monkeypatch.setattr(factory, "_PAGES", (*factory._PAGES, pages))
    with pytest.raises(RuntimeError, match=r"who may call it .*: /open/door"):
        start()


@pytest.mark.parametrize("endpoint", access.OF_LIBRARIES)
def test_a_librarys_route_that_is_not_listed_stops_the_start(start, monkeypatch, endpoint):
    monkeypatch.delitem(access.OF_LIBRARIES, endpoint)
    with pytest.raises(RuntimeError, match="who may call it"):
        start()


def test_a_listed_route_that_no_library_adds_stops_the_start(start, monkeypatch):
    monkeypatch.setitem(access.OF_LIBRARIES, "/_dash-gone", access.signed_in)
    with pytest.raises(RuntimeError, match="/_dash-gone"):
        start()


def test_a_new_page_answers_those_who_hold_its_permission(start, monkeypatch):
    pages = Blueprint("new", __name__)
    pages.add_url_rule("/new", view_func=access.needs(Permission.EXPORT_TABLES)(lambda: "here"))
    monkeypatch.setattr(factory, "_PAGES", (*factory._PAGES, pages))
    made = start()
    assert made.test_client().get("/new").status_code == 302
    with made.test_request_context("/new"):
        assert access.access_of(made, "new.<lambda>").permissions == (Permission.EXPORT_TABLES,)
    assert access.access_of(made, "never-there") == access.Access()


def test_templates_write_no_address_themselves():
    """All come from `url_for` or its helpers: one that no route has fails when the page is drawn."""
    written = re.compile(r'(?:href|src|action|data-[a-z]+)="/')
    found = [
        path.name for path in TEMPLATES.glob("*.html") if written.search(path.read_text(encoding="utf-8"))
    ]
    assert len(list(TEMPLATES.glob("*.html"))) > 20
    assert found == []


@pytest.mark.parametrize("decorator", [access.needs, access.needs_one_of])
def test_needs_without_a_permission_is_refused(decorator):
    with pytest.raises(TypeError, match="signed_in"):
        decorator()


@pytest.mark.parametrize("decorator", [access.needs, access.needs_one_of])
def test_a_check_of_ones_own_takes_no_refusal_away(site, decorator):
    view = decorator(Permission.MAINTAIN, check=lambda *_: None)(lambda: "in")
    with site.test_request_context("/"):
        g.grant = Grant("someone@health.example", "viewer", Scope.everything())
        with pytest.raises(NotPermittedError):
            view()
        g.grant = Grant.custodian()
        assert view() == "in"


#: Tables that have no description at an address of their own, and where it is.
DESCRIBED = {
    "/export/coverage.csv": "/map.json says it of the same table",
    "/administration/trail.csv": "lines of the trail, which docs/security.md describes",
}


def test_every_table_has_a_description_beside_it():
    routes = {route for method, route in TABLE if method == "GET"}
    tables = {route for route in routes if "csv" in route and "json" not in route}
    alone = {route for route in tables if f"{route.partition('.')[0]}.json" not in routes}
    assert alone == set(DESCRIBED)
