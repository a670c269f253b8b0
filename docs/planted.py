"""Fill a demo, scan for its planted clusters, and write what was found into demo.md.

`python -m docs.planted` takes four minutes. It is run by hand; a test checks the commands, and that every
planted cluster is found on fewer records, too.
"""

from __future__ import annotations

import shlex
import sys
import tempfile
from pathlib import Path

from dashboard.cluster_filters import ClusterQuery
from dashboard.demo.plant_scans import command, plants, question, untouched, where
from dashboard.demo.plants import REFERENCE_N, Plant
from dashboard.permissions import Grant
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import Cluster
from dashboard.services.upkeep import demo
from dashboard.settings import Settings
from db.core.engine import Database
from db.maintenance.opening import open_database
from docs.generate import renewed, table

PAGE = Path(__file__).with_name("demo.md")
HEADER = ("planted cluster", "command", "found: where", "when", "observed / expected", "p")


def found_by(database: Database, asked: dict[str, str]) -> Cluster:
    """The first cluster of a scan that should find a planted one."""
    grant = Grant.custodian()
    number = clusters.start(database, grant, ClusterQuery.read(asked))
    cluster_queue.work(database)
    return clusters.result(database, grant, number).clusters[0]


def row(plant: Plant, asked: dict[str, str], cluster: Cluster) -> tuple[str, ...]:
    """One row of the table: the planted locations in the cluster, and how many others."""
    planted = [code for code in cluster.locations if code in where(plant)]
    others = cluster.n_locations - len(planted)
    places = ", ".join(planted) + (f" and {others} more" if others else "")
    missed = len(where(plant)) - len(planted)
    return (
        plant.code,
        f"`{shlex.join(shlex.split(command(plant, asked))[2:])}`",
        places + (f" ({missed} missed)" if missed else ""),
        f"{cluster.start} to {cluster.end}",
        f"{cluster.observed} / {cluster.expected:.1f}",
        f"{cluster.p_value:g}",
    )


def main() -> None:
    """Rewrite the tables."""
    with tempfile.TemporaryDirectory(prefix="chhlang-planted-") as folder:
        database = open_database(f"sqlite:///{folder}/chhlang.db")
        try:
            settings = Settings.read({})
            demo.fill(database, Grant.custodian(), settings, seed=1, count=REFERENCE_N, say=lambda _: None)
            rows = {
                name: [row(plant, ask(plant), found_by(database, ask(plant))) for plant in plants()]
                for name, ask in (("planted", question), ("untouched", untouched))
            }
        finally:
            database.dispose()
    text = PAGE.read_text(encoding="utf-8")
    for name, found in rows.items():
        text = renewed(text, name, table(HEADER, found))
    PAGE.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
