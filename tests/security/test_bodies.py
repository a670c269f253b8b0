"""How much may follow a header is said with whose it is, and too many at once are refused in words."""

from __future__ import annotations

import pytest

from dashboard.services.alerts.files.classes import LARGEST
from dashboard.services.uploads import files as uploads
from dashboard.web import bodies
from tests.support.accounts import add_accounts
from tests.support.web import served, signed_in


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as made:
        add_accounts(
            made.extensions["chhlang"].database,
            {"manager": ("data_manager", None), "epi": ("epidemiologist", None)},
        )
        yield made


def test_who_may_send_how_much_is_known_by_the_header_alone(site):
    def allowed(name, path="/imports"):
        cookie = signed_in(site, name).get_cookie("chhlang")
        return bodies.most(site, "POST", path, f"chhlang={cookie.value}")

    largest = uploads.largest(site.extensions["chhlang"].settings) + bodies.BESIDE_FILE
    assert allowed("manager") == (largest, "manager@example.org")
    assert allowed("manager", "/decisions") == (bodies.FORM, "manager@example.org")
    assert allowed("epi", "/cases") == (LARGEST + bodies.BESIDE_FILE, "epi@example.org")
    assert allowed("manager", "/cases") == (bodies.FORM, "manager@example.org")
    assert allowed("viewer") == (bodies.FORM, "viewer@example.org")
    assert bodies.most(site, "POST", "/imports", "chhlang=made-up") == (bodies.STRANGER, "")


def test_a_request_whose_body_was_not_read_is_answered_with_a_page(site):
    client = signed_in(site, "manager")
    environ = {f"HTTP_{bodies.AT_ONCE}": "yes", "CONTENT_LENGTH": "900000"}
    answer = client.post("/imports", environ_overrides=environ)
    assert answer.status_code == 429
    assert "Wait a minute" in answer.get_data(as_text=True)
