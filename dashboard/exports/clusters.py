"""What an export is made of: a scan's result, names and places for it, and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dashboard.exports.columns import CLUSTERS, LISTS, MEMBERS, SETS, Column
from dashboard.exports.stamp import Stamp
from dashboard.messages import DEFAULT_LANGUAGE, translator
from dashboard.settings import VERSION

if TYPE_CHECKING:  # the engine loads Numba, which writing a file does not need
    from dashboard.exports.inputs import Inputs
    from surveillance.scan import ScanResult

Row = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """Where a result comes from. Who holds a file must be able to find its run, and to run it again."""

    id: str
    made_at: datetime
    data_version: str = ""
    author: str = ""
    link: str = ""

    def record(self) -> Row:
        """As names and values."""
        return {
            "run_id": self.id,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "author": self.author,
            "data_version": self.data_version,
            "link": self.link,
        }


@dataclass(frozen=True)
class ClusterExport:
    """Everything that the files are written from.

    names : name of each location in the reader's language; a location without one has an empty name.
    positions : latitude and longitude in degrees; empty for locations on a plane.
    polygons : area of a location, as GeoJSON or a shapely geometry; without one a member is a point.
    synthetic : whether the data are the demo's; every file then says so.
    notes : what else a reader must know, as sentences: what was withheld, which locations were not scanned.
    attribution : whom the polygons are owed to.
    inputs : what was scanned, for the folder that SaTScan opens.
    stamp : to whom it was shown, of which data; None for a scan of somebody's own files.
    """

    result: ScanResult
    run: Run
    names: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    polygons: Mapping[str, Any] = field(default_factory=dict)
    language: str = DEFAULT_LANGUAGE
    synthetic: bool = False
    notes: Sequence[str] = ()
    attribution: str = ""
    stamp: Stamp | None = None
    inputs: Inputs | None = None

    @property
    def note(self) -> str:
        """The sentences that stand on every row."""
        t = translator(self.language)
        synthetic = (
            (t("Synthetic data: invented. No real person is in these data."),) if self.synthetic else ()
        )
        return " ".join((*synthetic, *self.notes))

    def parameters(self) -> Row:
        """Everything needed to find the run and to run it again; a parameter not given is None."""
        own = self.run.record() | {
            "chhlang": VERSION,
            "language": self.language,
            "synthetic": "yes" if self.synthetic else "no",
            "note": self.note,
            "attribution": self.attribution,
        }
        if self.stamp is not None:
            own |= {"issued": "no", **self.stamp.facts()}
        return {name: value for name, value in own.items() if value} | dict(self.result.parameters)

    def flat_parameters(self) -> Row:
        """The same for a table of two columns: versions by their dotted names, lists joined."""
        found: Row = {}
        for name, value in self.parameters().items():
            if isinstance(value, Mapping):
                found |= {f"{name}.{inner}": part for inner, part in value.items()}
            else:
                found[name] = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
        return found


def cluster_rows(export: ClusterExport) -> list[Row]:
    """One row for each cluster, as `cluster_columns` says, but `locations` as a list."""
    rows = []
    for record in export.result.clusters.to_dict("records"):
        row = {str(name): _plain(value) for name, value in record.items()}
        codes = [str(code) for code in record["locations"]]
        row |= {
            "locations": codes,
            "centre_name": _name(export, row["centre"]),
            "location_names": "; ".join(filter(None, (_name(export, code) for code in codes))),
        } | _trace(export)
        row |= {column.name: _yes_no(row.get(column.name)) for column in LISTS}
        rows.append({column.name: row[column.name] for column in cluster_columns(export)})
    return rows


def cluster_columns(export: ClusterExport) -> tuple[Column, ...]:
    """The columns of a row for each cluster: of lists, and of data sets, where there are several."""
    held = export.result.clusters.columns
    more = (part for part in (LISTS, SETS) if all(column.name in held for column in part))
    return (*CLUSTERS, *(column for part in more for column in part))


def _yes_no(value: Any) -> str | None:
    return None if value is None else "yes" if value else "no"


def member_rows(export: ClusterExport) -> list[Row]:
    """One row for each location of each cluster, as `columns.MEMBERS` says."""
    rows = []
    for record in export.result.members.to_dict("records"):
        row = {str(name): _plain(value) for name, value in record.items()}
        latitude, longitude = export.positions.get(row["location"], (None, None))
        row |= {"name": _name(export, row["location"]), "latitude": latitude, "longitude": longitude}
        row |= _trace(export)
        rows.append({column.name: row[column.name] for column in MEMBERS})
    return rows


def joined(codes: Sequence[str]) -> str:
    """Codes in one cell.

    >>> joined(["HC1", "HC 2"])
    'HC1 "HC 2"'
    """
    return " ".join(f'"{code}"' if any(map(str.isspace, code)) else code for code in codes)


def _name(export: ClusterExport, code: str | None) -> str:
    return "" if code is None else export.names.get(code, "")


def _trace(export: ClusterExport) -> Row:
    return {"run_id": export.run.id, "note": export.note}


def _plain(value: Any) -> Any:
    """A value without NumPy and pandas: what is not there is None, what is infinite stays so."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
