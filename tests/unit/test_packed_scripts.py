"""Scripts in their packed form: the same script, a tenth smaller, for browsers that take it."""

from __future__ import annotations

import brotli
import pytest

from scripts.fetch_assets import ASSETS, PACKED
from tests.support.web import served, signed_in


@pytest.mark.parametrize("name", PACKED)
def test_the_packed_form_is_the_script(name):
    packed = (ASSETS / f"{name}.br").read_bytes()
    assert brotli.decompress(packed) == (ASSETS / name).read_bytes(), "run `make assets`"


def test_browsers_that_take_it_are_given_the_packed_form_and_others_the_script(sqlite_url):
    (name,) = PACKED
    whole, packed = (ASSETS / name).read_bytes(), (ASSETS / f"{name}.br").read_bytes()
    with served(sqlite_url) as server:
        client = signed_in(server, "viewer")
        taken = client.get(f"/assets/{name}?m=1", headers={"Accept-Encoding": "gzip, br"})
        assert (taken.headers["Content-Encoding"], taken.get_data()) == ("br", packed)
        assert "Accept-Encoding" in taken.headers["Vary"] and "javascript" in taken.content_type
        assert "immutable" in taken.headers["Cache-Control"] and taken.content_length == len(packed)
        plain = client.get(f"/assets/{name}?m=1", headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers and plain.get_data() == whole
        assert plain.get_etag() != taken.get_etag()
        plain.close()
        assert server.test_client().get(f"/assets/{name}").status_code in (302, 303, 401)
