"""A facility list may hold any name: on the map it is text, and never markup."""

from __future__ import annotations

import json

from tests.support.files import record, write_csv
from tests.support.web import callback_body, served, signed_in

NAMES = ('<a href="https://evil.example">x</a>', "<img src=x onerror=alert(1)>", "<b>bold</b>", "R & D")


def test_names_of_facilities_are_escaped_where_plotly_reads_html(sqlite_cli, tmp_path):
    where = {"province": "KH01", "latitude": "13.6", "longitude": "102.6"}
    rows = [
        {"facility_id": f"F{n}", "name_en": name, "name_km": name} | where for n, name in enumerate(NAMES)
    ]
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "f.csv", *rows)).code == 0
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record(facility_id="F0"))).code == 0
    with served(sqlite_cli.url) as server:
        client = signed_in(server, "viewer")
        body = callback_body(client, "?disease=tb&by=facility")
        answer = client.post("/_dash-update-component", json=body).get_json()["response"]
    texts = json.dumps([trace.get("text") for trace in answer["map"]["figure"]["data"]])
    for name in NAMES:
        assert json.dumps(name)[1:-1] not in texts
    assert "&lt;img src=x" in texts
    assert "R &amp; D" in texts
