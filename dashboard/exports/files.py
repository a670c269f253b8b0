"""Every format in which clusters leave Chhlang, and writing one so that no half file is ever seen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dashboard.exports.clusters import ClusterExport
from dashboard.exports.document import json_bytes
from dashboard.exports.geographic import geojson_bytes, geopackage_bytes
from dashboard.exports.satscan import FOLDER, folder_bytes
from dashboard.exports.tables import csv_bytes, xlsx_bytes
from surveillance.errors import UsageError


@dataclass(frozen=True)
class Format:
    """A kind of file. `geographic`: needs latitude and longitude of every location."""

    write: Callable[[ClusterExport], bytes]
    media_type: str
    geographic: bool = False


FORMATS: dict[str, Format] = {
    "csv": Format(csv_bytes, "text/csv; charset=utf-8"),
    "xlsx": Format(xlsx_bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": Format(geojson_bytes, "application/geo+json", geographic=True),
    "gpkg": Format(geopackage_bytes, "application/geopackage+sqlite3", geographic=True),
    "json": Format(json_bytes, "application/json"),
}
#: With the folder that SaTScan opens, for accounts that are entitled to the counts.
ALL = FORMATS | {FOLDER: Format(folder_bytes, "application/zip")}


def format_of(path: Path) -> str:
    """The format that a file's ending names.

    Raises
    ------
    UsageError
        No format has this ending.
    """
    ending = path.suffix.lower().lstrip(".")
    if ending not in ALL:
        raise UsageError(f"{path.name}: the ending says the format; use one of {', '.join(ALL)}")
    return ending


def render(export: ClusterExport, kind: str) -> bytes:
    """A file of one of `ALL` formats.

    Raises
    ------
    UsageError
        The format is for maps, and a location has no latitude and longitude.
    """
    return ALL[kind].write(export)


def save(export: ClusterExport, path: Path) -> None:
    """Write a file; it appears under its name only when it is whole.

    Raises
    ------
    UsageError
        It cannot be written, or the format is for maps and a location has no latitude and longitude.
    """
    content = render(export, format_of(path))
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):  # a missing folder was named above
            partial.unlink(missing_ok=True)
