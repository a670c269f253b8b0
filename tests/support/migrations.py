"""One migration by its revision, to be run on its own."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

from alembic.config import Config
from alembic.script import ScriptDirectory

import db.maintenance.migrate

FOLDER = Path(db.maintenance.migrate.__file__).parents[1] / "migrations"


def script(history: str, revision: str) -> ModuleType:
    """The module of a revision, with its `upgrade` and `downgrade`."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / history))
    config.set_main_option("path_separator", "newline")
    found = ScriptDirectory.from_config(config).get_revision(revision)
    return found.module
