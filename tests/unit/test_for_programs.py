"""Beside every figure: how a program asks for it. What is written there runs, and gives its numbers."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pandas as pd
import pytest
from werkzeug.serving import make_server

from surveillance.indicators.table import INDICATORS
from tests.support.cluster_site import cluster_site
from tests.support.programs import program, token
from tests.support.web import signed_in

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.process
QUESTION = "disease=measles&area=KH01&step=month"
#: Page of a figure -> the file that holds its numbers.
FIGURES = {
    f"/for-programs/map?{QUESTION}": f"/map.csv?{QUESTION}",
    f"/for-programs/trend?{QUESTION}": f"/map/trend.csv?{QUESTION}",
    f"/for-programs/groups?{QUESTION}": f"/map/groups.csv?{QUESTION}",
    "/for-programs/map?measure=ids_measles_confirmed": "/map.csv?measure=ids_measles_confirmed",
    "/for-programs/curve?disease=measles": "/curves.csv?disease=measles",
    "/for-programs/cascade?disease=measles": "/cascade.csv?disease=measles",
    "/for-programs/times?disease=measles": "/cascade/times.csv?disease=measles",
    "/for-programs/indicators/ids_measles_confirmed?by=facility": (
        "/indicators/ids_measles_confirmed.csv?by=facility"
    ),
}


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("snippets")) as made:
        yield made


@pytest.fixture(scope="module")
def reader(site):
    return signed_in(site.server, "epidemiologist")


def snippets(reader, page):
    answer = reader.get(page)
    assert answer.status_code == 200
    said = re.findall(
        r'<pre class="snippet"[^>]*><code>(.*?)</code></pre>', answer.get_data(as_text=True), re.S
    )
    return [html.unescape(one) for one in said]


@pytest.mark.parametrize("page", FIGURES)
def test_the_address_gives_the_numbers_of_the_figure(site, reader, page):
    curl, pandas, r = snippets(reader, page)
    (address,) = re.findall(r'"http://localhost(/api/[^"]+)"', curl)
    assert address in pandas and address in r
    answer = program(site.server, "epidemiologist").get(address)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    ours = answer.get_json()["rows"]
    theirs = list(csv.DictReader(io.StringIO(reader.get(FIGURES[page]).get_data().decode("utf-8-sig"))))
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        names = (one.keys() & other.keys()) - {"note", "name"}
        assert len(names) > 4
        for name in names:
            assert ("" if one[name] is None else str(one[name])) == other[name], (page, name)


def test_every_page_with_a_figure_leads_there(reader):
    for page, figures in {
        "/map?disease=measles": ("map", "trend", "groups"),
        "/curves?disease=measles": ("curve",),
        "/cascade?disease=measles": ("cascade", "times"),
        "/reporting": ("reporting",),
        "/indicators/ids_measles_confirmed": ("indicators/ids_measles_confirmed",),
    }.items():
        text = reader.get(page).get_data(as_text=True)
        for figure in figures:
            (link,) = re.findall(rf'href="(/for-programs/{figure}(?:\?[^"]*)?)"', text)
            assert reader.get(html.unescape(link)).status_code == 200


@pytest.fixture(scope="module")
def served(site):
    """The same server on a port of this machine, and what a program needs to ask it."""
    server = make_server("127.0.0.1", 0, site.server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", token(site.server, "epidemiologist").text
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def written(site, reader, served):
    """What stands on the page, and the figure as it is."""
    base, text = served
    said = snippets(reader, f"/for-programs/trend?{QUESTION}")
    said = [one.replace("http://localhost", base) for one in said]
    client = program(site.server, "epidemiologist")
    (address,) = re.findall(r'"http://127\.0\.0\.1:\d+(/api/[^"]+)"', said[0])
    return said, client.get(address).get_json()["rows"], os.environ | {"TOKEN": text}


def test_what_is_written_for_curl_runs(written):
    (curl, _, _), rows, environment = written
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    done = subprocess.run(["sh", "-c", f"{curl} --silent"], env=environment, capture_output=True, check=True)
    assert json.loads(done.stdout)["rows"] == rows


def test_what_is_written_for_pandas_runs(written, monkeypatch):
    (_, pandas, _), rows, environment = written
    monkeypatch.setenv("TOKEN", environment["TOKEN"])
    found = {}
    exec(pandas, found)
    pd.testing.assert_frame_equal(found["table"], pd.DataFrame(rows))


def test_what_is_written_for_r_runs(written, tmp_path):
    (_, _, r), rows, environment = written
    if shutil.which("Rscript") is None:
        pytest.skip("R is not here")
    script = tmp_path / "figure.R"
    script.write_text(r + '\nwrite.csv(table, "table.csv", row.names = FALSE, na = "")\n', encoding="utf-8")
    subprocess.run(["Rscript", str(script)], env=environment, cwd=tmp_path, check=True, capture_output=True)
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == len(rows)
    for one, other in zip(found, rows, strict=True):
        for name in ("numerator", "denominator", "coverage", "status", "period"):
            value = other[name]
            if isinstance(value, float):
                assert float(one[name]) == pytest.approx(value, rel=1e-14)
            else:
                assert one[name] == ("" if value is None else str(value))


def test_days_that_a_page_does_not_name_are_named(reader):
    curl = snippets(reader, "/for-programs/curve?disease=measles")[0]
    assert re.search(r"from=\d{4}-\d\d-\d\d&to=\d{4}-\d\d-\d\d", curl)
    wrong = reader.get("/for-programs/curve?disease=none")
    assert "is not one of" in wrong.get_data(as_text=True)


def with_values(client):
    """An indicator of which these records tell a proportion."""
    for name, one in INDICATORS.items():
        if one.interval == "wilson":
            said = client.get(f"/api/indicators/{name}")
            if said.status_code == 200 and any(row["numerator"] for row in said.get_json()["rows"]):
                return name
    raise AssertionError("there is none")


def test_the_notebook_of_the_documentation_recomputes_three_figures(site, served, monkeypatch):
    base, text = served
    indicator = with_values(program(site.server, "epidemiologist"))
    monkeypatch.setenv("CHHLANG", base)
    monkeypatch.setenv("TOKEN", text)
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert len(blocks) == 4
    found = {}
    for block in blocks:
        exec(block.replace("malaria_testing", indicator), found)
    assert len(found["shown"]) > 0 and len(found["weeks"]) > 0 and len(found["known"]) > 0
    assert all(len(found[name].data[0].x) for name in ("coverage", "curve", "indicator"))
