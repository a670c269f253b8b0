"""The page of what was imported."""

from __future__ import annotations

from flask import Blueprint, render_template

from dashboard.components.imports.words import field_name
from dashboard.permissions import Permission
from dashboard.services.imports import data_status
from dashboard.web.access import needs
from dashboard.web.request_context import grant
from dashboard.web.site import database

pages = Blueprint("data", __name__)


@pages.get("/data")
@needs(Permission.SEE_DATA_STATUS)
def data() -> str:
    """Every receipt, and what was accepted without being understood."""
    return render_template(
        "data.html",
        receipts=data_status.receipts(database(), grant()),
        not_understood=data_status.not_understood(database(), grant()),
        field_name=field_name,
        may_place=grant().can(Permission.IMPORT_FILES),
    )
