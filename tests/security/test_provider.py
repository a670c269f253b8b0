"""Sign-in by a provider of identities, against one on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import warnings
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from dashboard.pages.signing_in import provider as provider_pages
from dashboard.permissions import Grant
from dashboard.services import accounts
from dashboard.services.signing_in import identities
from dashboard.services.signing_in.guesses import ADDRESS
from dashboard.services.signing_in.identities import Identity
from dashboard.settings import Settings
from db.operations import audit
from surveillance.errors import ConfigurationError, UsageError
from tests.support import authenticator
from tests.support.web import served, sign_in, signed_in

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of its own use of Authlib
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the provider's use of Authlib
GRANT = Grant.custodian()
PEOPLE = (
    User(sub="17", claims={"email": "viewer@example.org", "email_verified": True}),
    User(sub="18", claims={"email": "official@example.org", "email_verified": False}),
    User(sub="19", claims={"email": "nobody@example.org", "email_verified": True}),
    User(sub="20", claims={"email": "administrator@example.org", "email_verified": True}),
    User(sub="21", claims={"email": "provincial@example.org", "email_verified": "true"}),
    User(sub="22", claims={"email": "demo@example.org", "email_verified": True}),
    User(
        sub="23",
        claims={"email": "administrator@example.org", "email_verified": True, "amr": ["pwd", "otp"]},
    ),
)


@pytest.fixture(scope="module")
def provider():
    with run_server_in_thread(require_nonce=True, user_claims=PEOPLE) as running:
        yield f"http://localhost:{running.server_port}"


@contextmanager
def linked(url, issuer, **more):
    named = {"ISSUER": issuer, "CLIENT_ID": "chhlang", "CLIENT_SECRET": "said at the provider"}
    given = {f"CHHLANG_OIDC_{name}": value for name, value in named.items()}
    with served(url, **given | more) as made:
        yield made


@pytest.fixture
def site(provider, sqlite_url):
    with linked(sqlite_url, provider) as made:
        yield made


def database_of(site):
    return site.extensions["chhlang"].database


def leave(client):
    """Where the provider is to be asked."""
    answer = client.get("/sign-in/provider")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location


def agree(address, subject):
    """The way back, once somebody has signed in at the provider."""
    answer = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=20)
    assert answer.status_code in (302, 303), answer.text
    parts = urlsplit(answer.headers["Location"])
    assert (parts.netloc, parts.path) == ("localhost", "/sign-in/provider/back")
    return f"{parts.path}?{parts.query}"


def by_provider(site, subject):
    client = site.test_client()
    return client, client.get(agree(leave(client), subject))


def is_in(client):
    return client.get("/").status_code == 200


def test_off_by_default_no_route_answers_and_no_page_names_it(shared_server):
    client = shared_server.test_client()
    assert not [rule for rule in shared_server.url_map.iter_rules() if "provider" in str(rule)]
    assert "provider" not in client.get("/sign-in").get_data(as_text=True)
    assert signed_in(shared_server, "viewer").get("/sign-in/provider").status_code == 404


def test_two_routes_are_added_and_both_are_for_strangers(site):
    added = {
        str(rule): rule.methods - {"HEAD", "OPTIONS"}
        for rule in site.url_map.iter_rules()
        if rule.endpoint.startswith("provider")
    }
    assert added == {"/sign-in/provider": {"GET"}, "/sign-in/provider/back": {"GET"}}
    assert "/sign-in/provider" in site.test_client().get("/sign-in").get_data(as_text=True)


def test_who_has_an_account_of_her_verified_address_is_signed_in_and_linked(site):
    client, answer = by_provider(site, "17")
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_in(client)
    assert client.get("/data").status_code == 403  # the role is the account's
    again, _ = by_provider(site, "17")
    assert is_in(again)
    lines = [(line.actor, line.action) for line in audit.latest(database_of(site))]
    assert lines.count(("viewer@example.org", "identity linked")) == 1
    assert lines.count(("viewer@example.org", "signed in")) == 2


def test_others_are_refused_and_nothing_is_made_for_them(site):
    before = accounts.listed(database_of(site), GRANT)
    others = {"18": "not verified", "19": "no account", "21": "verified in words alone", "24": "no claims"}
    for subject, why in others.items():
        client, answer = by_provider(site, subject)
        assert (answer.status_code, is_in(client)) == (403, False), why
        assert audit.latest(database_of(site))[0].action == "sign-in failed"
    assert accounts.listed(database_of(site), GRANT) == before


def test_an_account_that_is_linked_is_nobody_elses_whatever_the_address(site):
    by_provider(site, "20")
    client, answer = by_provider(site, "23")  # the same address, another subject
    assert (answer.status_code, is_in(client)) == (403, False)


def test_closed_accounts_and_those_of_the_demo_are_refused(site):
    database = database_of(site)
    assert is_in(by_provider(site, "17")[0])
    accounts.set_active(database, GRANT, "viewer@example.org", False)
    accounts.add(
        database,
        GRANT,
        email="demo@example.org",
        password="chhlang-demo",
        role="viewer",
        provinces=None,
        demo=True,
    )
    for subject in ("17", "22"):
        client, answer = by_provider(site, subject)
        assert (answer.status_code, is_in(client)) == (403, False)


def test_a_code_is_asked_for_unless_the_provider_asked_for_one(provider, sqlite_url):
    with linked(sqlite_url, provider, CHHLANG_TOTP_ROLES="administrator") as site:
        client, answer = by_provider(site, "20")
        assert (answer.location, is_in(client)) == ("/sign-in/set-up", False)
        authenticator.set_up(client)
        assert is_in(client)
        database = database_of(site)
        identities.link(database, GRANT, "administrator@example.org", provider, "23")
        client, answer = by_provider(site, "23")
        assert (answer.location, is_in(client)) == ("/", True)


def test_the_request_has_a_state_a_nonce_and_a_challenge_of_its_own(site):
    asked = [parse_qs(urlsplit(leave(site.test_client())).query) for _ in range(2)]
    for query in asked:
        assert query["response_type"] == ["code"]
        assert query["code_challenge_method"] == ["S256"]
        assert query["scope"] == ["openid email"]
        assert query["redirect_uri"] == ["http://localhost/sign-in/provider/back"]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name] and len(asked[0][name][0]) >= 20
    assert "said at the provider" not in str(asked)


def test_an_answer_without_the_question_or_given_twice_is_refused(site):
    mine, other = site.test_client(), site.test_client()
    back = agree(leave(mine), "17")
    leave(other)
    assert other.get(back).status_code == 502  # the state is another browser's
    assert not is_in(other)
    assert site.test_client().get(back).status_code == 502
    assert mine.get(back.replace("state=", "state=x")).status_code == 502
    for address in ("/sign-in/provider/back", "/sign-in/provider/back?error=access_denied&state=a"):
        assert mine.get(address).status_code == 502
    assert mine.get(back).status_code == 302
    mine.post("/sign-out")
    assert mine.get(back).status_code == 502


@pytest.fixture
def exchanged(site, monkeypatch):
    """What is sent to the provider for a token, and a place to change what it answers."""
    seen = {"sent": {}, "change": lambda token: token}
    kind = type(site.extensions["chhlang-provider"])
    original = kind.fetch_access_token

    def fetch(self, **given):
        seen["sent"] = given
        token = original(self, **given)
        return token | {"id_token": seen["change"](token["id_token"])}

    monkeypatch.setattr(kind, "fetch_access_token", fetch)
    return seen


def test_the_verifier_of_the_challenge_is_sent_with_the_code(site, exchanged):
    client = site.test_client()
    address = leave(client)
    assert client.get(agree(address, "17")).location == "/"
    challenge = hashlib.sha256(exchanged["sent"]["code_verifier"].encode()).digest()
    said = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
    assert parse_qs(urlsplit(address).query)["code_challenge"] == [said]


def claims_changed(**claims):
    def change(token):
        head, body, signature = token.split(".")
        said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | claims
        body = base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()
        return ".".join((head, body, signature))

    return change


def unsigned(token):
    body = token.split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{body}."


def other_nonce(token):
    """Signed, and of another sign-in."""
    return OTHER.get("token") or OTHER.setdefault("token", token)


OTHER = {}


def test_a_token_that_was_changed_is_not_signed_or_is_of_another_sign_in_is_refused(site, exchanged):
    changes = [claims_changed(sub="20"), claims_changed(x=1), unsigned, lambda _: "", lambda _: "a.b.c"]
    for change in changes:
        exchanged["change"] = change
        client, answer = by_provider(site, "17")
        assert (answer.status_code, is_in(client)) == (502, False)
    exchanged["change"] = other_nonce
    assert is_in(by_provider(site, "17")[0])  # its own
    assert by_provider(site, "17")[1].status_code == 502  # that one again: its nonce is another's


def test_a_provider_that_calls_itself_by_another_name_is_refused(site, monkeypatch):
    client = site.test_client()
    back = agree(leave(client), "17")
    other = {**site.extensions["chhlang-provider"].server_metadata, "issuer": "http://localhost:1"}
    monkeypatch.setattr(site.extensions["chhlang-provider"], "server_metadata", other)
    assert (client.get(back).status_code, is_in(client)) == (502, False)


def test_a_provider_that_is_away_is_said_in_words(sqlite_url):
    with linked(sqlite_url, "http://localhost:9") as site:
        answer = site.test_client().get("/sign-in/provider")
        assert answer.status_code == 502
        assert "tell the administrator" in answer.get_data(as_text=True)
        assert sign_in(site.test_client(), "viewer").status_code == 302


def test_a_provider_that_hangs_keeps_no_more_than_two_threads(site, monkeypatch):
    hangs, entered = threading.Event(), threading.Semaphore(0)

    def hang(*_given, **_more):
        entered.release()
        hangs.wait(20)
        raise requests.ConnectTimeout

    monkeypatch.setattr(type(site.extensions["chhlang-provider"]), "load_server_metadata", hang)
    monkeypatch.setattr(provider_pages, "_PATIENCE", 0.01)
    threads = [threading.Thread(target=lambda: site.test_client().get("/sign-in/provider")) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=20) and entered.acquire(timeout=20)
    try:
        assert site.test_client().get("/sign-in/provider").status_code == 502
    finally:
        hangs.set()
        for thread in threads:
            thread.join(20)


def test_whoever_comes_from_there_in_vain_is_slowed_down_and_fills_no_trail(provider, sqlite_url):
    with linked(sqlite_url, provider, limited=True) as site:
        client = site.test_client()
        statuses = [client.get("/sign-in/provider/back").status_code for _ in range(ADDRESS.free + 3)]
        assert statuses == [502] * ADDRESS.free + [429] * 3
        lines = [line for line in audit.latest(database_of(site), 1000) if line.action == "sign-in failed"]
        assert len(lines) == ADDRESS.free


def test_the_service_takes_a_subject_that_is_linked_by_hand_and_no_strange_one(site, provider):
    database = database_of(site)
    identities.link(database, GRANT, "official@example.org", provider, "18")
    assert is_in(by_provider(site, "18")[0])
    with pytest.raises(UsageError):
        identities.link(database, GRANT, "viewer@example.org", provider, "18")
    for subject in ("", "x" * 256):
        with pytest.raises(UsageError):
            identities.link(database, GRANT, "viewer@example.org", provider, subject)
        assert identities.account_of(database, Identity(provider, subject, "viewer@example.org")) is None
    assert identities.account_of(database, Identity("https://other.example", "18", None)) is None
    assert identities.unlink(database, GRANT, "official@example.org")
    assert by_provider(site, "18")[1].status_code == 403


@pytest.mark.parametrize(
    "given",
    [
        {"CHHLANG_OIDC_ISSUER": "https://login.example.org"},
        {"CHHLANG_OIDC_CLIENT_SECRET": "alone"},
        {"CHHLANG_OIDC_ISSUER": "http://login.example.org", "CHHLANG_OIDC_CLIENT_ID": "a"},
        {"CHHLANG_OIDC_ISSUER": "login", "CHHLANG_OIDC_CLIENT_ID": "a", "CHHLANG_OIDC_CLIENT_SECRET": "b"},
    ],
)
def test_a_setting_by_halves_is_refused(given):
    with pytest.raises(ConfigurationError, match="CHHLANG_OIDC_ISSUER"):
        Settings.read(given)
