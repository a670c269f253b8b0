"""What lies where others may read it: narrowed at start, or said."""

from __future__ import annotations

from pathlib import Path

from dashboard.services.upkeep import backups
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings, data_folder
from db.core import private_files
from db.core.urls import operations_url, parse_url


def narrowed(settings: Settings) -> list[str]:
    """Take from others what Chhlang made for itself; returns a sentence for each thing that stays open.

    The folder of the database may be shared with other things, if it was there before: it is named, and left.
    """
    ours = [Folder.of(settings).root, backups.folder_of(settings)]
    url = parse_url(settings.database_url)
    if url.get_backend_name() != "sqlite":
        return _said(ours)
    files = [Path(str(one.database)).absolute() for one in (url, operations_url(url))]
    for path in files:
        private_files.narrow_database(path)
    folder = files[0].parent
    if folder == data_folder():
        private_files.narrow(folder)
    return [*_said(ours), *_named([*files, folder])]


def _said(ours: list[Path]) -> list[str]:
    for path in ours:
        private_files.narrow(path)
    return _named(ours)


def _named(paths: list[Path]) -> list[str]:
    return [
        f"{path}: others on this machine may look into it; its owner mends that with: chmod "
        f"{'700' if path.is_dir() else '600'} {path}"
        for path in paths
        if private_files.open_to_others(path)
    ]
