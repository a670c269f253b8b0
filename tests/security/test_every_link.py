"""Whatever a reader can press is answered: no link of any page leads to a fault, a refusal or nothing."""

from __future__ import annotations

import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
from werkzeug.exceptions import NotFound

from tests.support.cluster_site import cluster_site
from tests.support.examples import lane
from tests.support.web import signed_in

HREF = re.compile(r'\shref="([^"]+)"')
#: Pages that are opened of each kind, that is of each route with the same names of parameters.
OF_A_KIND = 2 if lane() == "full" else 1
#: Pages of one reader at most.
MOST = 150
#: What ends the session, and files: that they are given is tested elsewhere, and each costs a picture.
LEFT_OUT = re.compile(r"/sign-out|/assets/|/_dash|\.(png|svg|xlsx|csv|json|geojson|gpkg|webmanifest)(\?|$)")


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A server with records and two runs that are done."""
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("links")) as made:
        yield made


def kind(server, address):
    """The route of an address and the names of its parameters."""
    parts = urlsplit(address)
    names = tuple(sorted({part.partition("=")[0] for part in parts.query.split("&")}))
    endpoint, _ = server.url_map.bind("localhost").match(parts.path)
    return endpoint, names


@pytest.mark.slow
@pytest.mark.parametrize(
    "account",
    [
        "official",
        *(
            pytest.param(name, marks=pytest.mark.full)
            for name in ("viewer", "provincial", "epidemiologist", "reception", "manager")
        ),
    ],
)
def test_every_link_that_a_reader_sees_is_answered(site, account):
    client = signed_in(site.server, account)
    waiting, seen, opened, faults = deque([("/", "")]), {"/"}, Counter(), []
    while waiting and sum(opened.values()) < MOST:
        address, where = waiting.popleft()
        try:
            of = kind(site.server, address)
        except NotFound:
            faults.append((where, address, "no such page"))
            continue
        if opened[of] == OF_A_KIND:
            continue
        opened[of] += 1
        answer = client.get(address)
        if answer.status_code not in (200, 302, 303):
            faults.append((where, address, answer.status_code))
        text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
        for href in [*HREF.findall(text), answer.headers.get("Location", "")]:
            target = urlsplit(urljoin(f"http://localhost{address}", unescape(href)))
            path = target.path + (f"?{target.query}" if target.query else "")
            if target.netloc == "localhost" and path not in seen and not LEFT_OUT.search(path):
                seen.add(path)
                waiting.append((path, address))
    assert faults == []
    assert sum(opened.values()) > 20
    if account != "viewer" and account != "reception":
        assert "clusters.cluster" in {endpoint for endpoint, _ in opened}
