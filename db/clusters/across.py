"""Whether runs on both sides of the border can be made again: what they kept against what is held."""

from __future__ import annotations

import json
from datetime import date

from sqlalchemy import select

from db.clusters.run_rows import Run, read_run
from db.core.engine import Connection, Database
from db.neighbours import store
from db.operations.lease_queue import DONE
from db.tables.operations import cluster_run as run


def problems(connection: Connection, database: Database) -> list[str]:
    """Runs whose areas across the border had other counts, as of the files that they rest on."""
    asked = run.c.query.like('%"with_neighbours": true%')
    with database.operations.connect() as operations:
        rows = operations.execute(select(run).where(run.c.status == DONE, asked)).mappings().all()
    return [problem for row in rows for problem in _of_run(connection, read_run(row))]


def _of_run(connection: Connection, one: Run) -> list[str]:
    kept = one.parameters.get("across")
    if not kept:
        return [f"run {one.id} does not say what it took of the areas across the border"]
    codes = [area["code"] for area in kept["areas"]]
    first, last = (date.fromisoformat(one.parameters[name]) for name in ("start", "end"))
    rows = store.counts(
        connection, json.loads(one.query)["disease"], kept["step"], first=first, last=last, only=codes,
        until=kept["files"][2],
    )  # fmt: skip
    sums, steps = dict.fromkeys(codes, 0), dict.fromkeys(codes, 0)
    for row in rows:
        sums[row["area"]] += row["cases"]
        steps[row["area"]] += 1
    return [
        f"run {one.id}: {area['code']} had {area['cases']} cases in {kept['steps']} steps; held are "
        f"{sums[area['code']]} in {steps[area['code']]}"
        for area in kept["areas"]
        if (sums[area["code"]], steps[area["code"]]) != (area["cases"], kept["steps"])
    ]
