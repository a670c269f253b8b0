"""Aggregate reports into a database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Receipt
from dashboard.settings import Settings
from db.core.engine import Database


def deliver(database: Database, path: Path, today: date) -> Receipt:
    """Import a file of values."""
    done = imports.import_file(
        database,
        Grant.custodian(),
        Settings.read({}),
        path,
        ImportOptions(mapping="dhis2-values", today=today),
    )
    return done.receipt
