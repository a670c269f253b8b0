"""Every resource of the programs' interface, in the order of its contract; and serving them."""

from __future__ import annotations

from flask import Flask

from dashboard.api import (
    catalogue,
    contract,
    coverage,
    flow,
    indicators,
    neighbours,
    places,
    reports,
    signals,
)
from dashboard.api.resource import Resource

RESOURCES: tuple[Resource, ...] = (
    *coverage.RESOURCES,
    *indicators.RESOURCES,
    *flow.RESOURCES,
    *reports.RESOURCES,
    *signals.RESOURCES,
    *places.RESOURCES,
    *neighbours.RESOURCES,
    *catalogue.RESOURCES,
)


def set_up(server: Flask) -> None:
    """Serve every resource, and the contract."""
    contract.serve(server, RESOURCES)
