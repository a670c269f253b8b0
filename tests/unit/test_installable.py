"""Chhlang can be installed: a manifest that strangers may read, and icons made from the logo."""

from __future__ import annotations

import re
import struct

import pytest

from dashboard.figures import tokens
from scripts import icons
from tests.support.web import served

FOLDER = icons.ASSETS / "icons"


@pytest.fixture(scope="module")
def server(sqlite_files):
    """A server without a record."""
    with sqlite_files.fresh(migrated=True) as url, served(url) as made:
        yield made


def test_the_icons_are_those_that_the_logo_gives():
    made = icons.icons()
    assert {path.name for path in FOLDER.iterdir()} == set(made)
    for name, data in made.items():
        assert (FOLDER / name).read_bytes() == data, f"{name}: run `make assets`"


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_stranger_reads_the_manifest_and_every_icon_in_its_size(server, language):
    client = server.test_client()
    client.set_cookie("chhlang-language", language)
    answer = client.get("/manifest.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    said = answer.get_json(force=True)
    assert (said["start_url"], said["scope"], said["display"]) == ("/", "/", "standalone")
    assert said["lang"] == language
    assert said["theme_color"] == tokens.light("ground")
    assert {one["purpose"] for one in said["icons"]} == {"any", "maskable"}
    for one in said["icons"]:
        with client.get(one["src"]) as picture:
            assert picture.status_code == 200
            width, height = struct.unpack(">II", picture.data[16:24])
        assert one["sizes"] == f"{width}x{height}"


def test_every_page_names_the_manifest_and_its_icon(server):
    client = server.test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    for kind in ("manifest", "icon", "apple-touch-icon"):
        (address,) = re.findall(rf'<link rel="{kind}"[^>]*href="([^"]+)"', page)
        with client.get(address) as answer:
            assert answer.status_code == 200, kind
