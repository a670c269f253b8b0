"""The database and the settings of the server that answers: every view reaches them here."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from dashboard.services.store import Database
from dashboard.settings import Settings

_KEY = "chhlang"


@dataclass(frozen=True)
class Site:
    """What one server works on."""

    database: Database
    settings: Settings


def set_up(server: Flask, database: Database, settings: Settings) -> None:
    """Give a server its database and its settings."""
    server.extensions[_KEY] = Site(database, settings)


def database() -> Database:
    """The database of the server that answers this request."""
    return _site().database


def settings() -> Settings:
    """The settings of the server that answers this request."""
    return _site().settings


def _site() -> Site:
    found: Site = current_app.extensions[_KEY]
    return found
