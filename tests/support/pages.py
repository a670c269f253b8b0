"""What the map page shows for an address: the answer of its callback, and the tables that it fetches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemLoader

import dashboard
from dashboard.components.coverage.table import AreaTable
from dashboard.components.coverage.trend_table import TrendTable
from tests.support.web import callback_body

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(dashboard.__file__).with_name("templates")), autoescape=True
)


def written(table: AreaTable | TrendTable) -> str:
    """A table as the page fetches it."""
    name = "area_table.html" if isinstance(table, AreaTable) else "trend_table.html"
    return _TEMPLATES.get_template(name).render(table=table)


def map_page(client: FlaskClient, search: str) -> dict[str, Any]:
    """The answer to an address, by the part of the page; `table` and `trend` are the text of those tables."""
    answer = client.post("/_dash-update-component", json=callback_body(client, search))
    assert answer.status_code == 200, answer.status_code
    parts = answer.get_json()["response"]
    return parts | {
        "table": fetched(client, parts["resolved"]["data"]["table"]),
        "trend": fetched(client, f"/map/trend{search}"),
    }


def fetched(client: FlaskClient, address: str) -> str:
    """A table as text."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    assert answer.mimetype == "text/html"
    return answer.get_data(as_text=True)
