"""The map at two sizes of the same data: the service's query, and the whole page on the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import panel
from dashboard.services.coverage import table as coverage
from db.core.engine import Database
from tests.bench.data import EMAIL, PASSWORD, add_account, fill, settings_for, write_line_list
from tests.bench.measure import Took, median, say, show
from tests.support.servers import Sqlite

_YEAR = {"from": "2025-07-01", "to": "2026-06-30"}
_ALL = {"from": "2021-07-01", "to": "2026-06-30"}
_SEVERAL = {"residence": "mobile", "sex": "male", "age": "15-49"}
QUESTIONS: dict[str, dict[str, str]] = {
    "no filter, a year": {"disease": "malaria"} | _YEAR,
    "no filter, five years": {"disease": "malaria"} | _ALL,
    "one filter, a year": {"disease": "malaria", "movement": "returning"} | _YEAR,
    "one filter, five years": {"disease": "malaria", "movement": "returning"} | _ALL,
    "several filters, a year": {"disease": "malaria"} | _SEVERAL | _YEAR,
    "several filters, five years": {"disease": "malaria"} | _SEVERAL | _ALL,
    "home province, five years": {"disease": "tb", "place": "home"} | _ALL,
    "crossings, five years": {"disease": "tb", "by": "crossing"} | _ALL,
    "facilities, five years": {"disease": "tb", "by": "facility"} | _ALL,
    "operational districts, five years": {"disease": "tb", "by": "district"} | _ALL,
    "a district's panel, five years": {"disease": "tb", "by": "district", "area": "Demo OD 01-1"} | _ALL,
    "a province's panel, a year": {"disease": "malaria", "area": "KH01"} | _YEAR,
    "a province's panel, five years": {"disease": "malaria", "area": "KH01"} | _ALL,
}
_RUNS = 25


def _service(database: Database, question: dict[str, str]) -> Callable[[], object]:
    asked = {name: text for name, text in question.items() if name != "area"}
    query, grant, today = CoverageQuery.read(asked), Grant.custodian(), today_in_cambodia()
    if area := question.get("area"):
        return lambda: panel.panel(database, grant, query, area, today)
    return lambda: coverage.coverage(database, grant, query, today)


def signed_in(database: Database, url: str) -> FlaskClient:
    """A client with the session of the account of `add_account`."""
    from dashboard.server.factory import make_server

    client = make_server(settings_for(url), database).test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    form = client.get("/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    answer = client.post(
        "/sign-in",
        data={"email": EMAIL, "password": PASSWORD, "csrf_token": token[1] if token else ""},
    )
    if answer.status_code != 302:
        raise RuntimeError(f"sign-in answered {answer.status_code}")
    if "/sign-in" in answer.headers["Location"]:
        raise RuntimeError(f"sign-in leads to {answer.headers['Location']}: nothing would be measured")
    return client


def _callback(client: FlaskClient, question: dict[str, str]) -> Callable[[], object]:
    """The requests a browser sends when the address changes: for the map, and for the table beside it."""
    (callback,) = [
        item
        for item in client.get("/_dash-dependencies").get_json()
        if any(part["id"] == "url" and part["property"] == "search" for part in item["inputs"])
        and not item.get("clientside_function")
    ]
    parts = [part.rpartition(".") for part in callback["output"].strip(".").split("...")]
    request: dict[str, Any] = {
        "output": callback["output"],
        "outputs": [{"id": name, "property": what} for name, _, what in parts],
        "inputs": [{"id": "url", "property": "search", "value": f"?{urlencode(question)}"}],
        "state": [{**part, "value": "/"} for part in callback["state"]],
        "changedPropIds": ["url.search"],
    }

    def ask() -> None:
        answer = client.post("/_dash-update-component", json=request)
        if answer.status_code != 200:
            raise RuntimeError(
                f"the map answered {answer.status_code}: {answer.get_data(as_text=True)[:300]}"
            )
        table = client.get(answer.get_json()["response"]["resolved"]["data"]["table"])
        if table.status_code != 200:
            raise RuntimeError(f"the table answered {table.status_code}")

    return ask


def _measure(folder: Path, facilities: Path, line_list: Path, count: int) -> dict[str, tuple[Took, Took]]:
    say(f"importing {count:,} records for the map")
    (folder / str(count)).mkdir()
    with Sqlite(folder / str(count)).fresh(migrated=True) as url:
        database, took = fill(url, facilities, line_list)
        say(f"  took {took.wall:.0f} s, {count / took.wall:,.0f} rows/s")
        add_account(database)
        client = signed_in(database, url)
        found = {
            name: (
                median(_service(database, question), _RUNS),
                median(_callback(client, question), _RUNS),
            )
            for name, question in QUESTIONS.items()
        }
        database.dispose()
    return found


def run(folder: Path, facilities: Path, sizes: tuple[int, int]) -> None:
    """Measure at both sizes, and print a table with the ratios."""
    results = []
    for count in sizes:
        line_list = write_line_list(folder, count)
        results.append(_measure(folder, facilities, line_list, count))
        line_list.unlink(missing_ok=True)
    small, large = results
    for kind, title in enumerate(
        ("The service's query", "The page: its callback and its table, on the server")
    ):
        show(
            f"{title}: median of {_RUNS} runs, ms (SQLite)",
            ("", *(f"{size:,}: {clock}" for size in sizes for clock in ("wall", "cpu")), "cpu ratio"),
            [
                (
                    name,
                    *(
                        f"{1e3 * t:.1f}"
                        for took in results
                        for t in (took[name][kind].wall, took[name][kind].cpu)
                    ),
                    f"{large[name][kind].cpu / small[name][kind].cpu:.2f}",
                )
                for name in QUESTIONS
            ],
        )
