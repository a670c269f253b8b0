"""Reading episodes in the order of the cells in which they count, some at a time.

An episode counts where its visit was and, where treatment began in another cell, there too: it is then read
twice. In this order each part has its cells to itself, whatever the order and the size of a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.columns.encoding import WholeParts, gather, little_cache
from db.columns.sums import BOTH, START, VISIT, Records
from db.tables.records import episode

#: Rows summed at a time: bounds the memory, whatever the size of an import.
PART = 50_000
#: Rows of one cell of periods that may be summed at once, so that its sums are written once.
MOST = 200_000


def parts(
    connection: Connection,
    chosen: sa.ColumnElement[bool],
    places: Mapping[str, str | sa.ColumnElement[str]],
    starting: Sequence[int],
) -> Iterator[Records]:
    """The chosen episodes, some at a time.

    Parameters
    ----------
    places
        Kind of place -> the column of `episode` that names it, or what is made of some.
    starting
        Cascades that add something where treatment began.
    """
    texts = [episode.c[name] if isinstance(name, str) else name for name in ("disease", *places.values())]
    numbers = [episode.c.stratum, episode.c.cascade]
    same = episode.c.start_period == episode.c.period
    visits = select(*texts, episode.c.period, *numbers, sa.case((same, BOTH), else_=VISIT)).where(chosen)
    starts = select(*texts, episode.c.start_period, *numbers, sa.literal(START)).where(
        chosen, ~same, episode.c.cascade.in_(starting)
    )
    query = sa.union_all(visits, starts).order_by("period").execution_options(stream_results=True)
    with little_cache(connection):  # the rows are put in order when the first of them is asked for
        rows = WholeParts(connection.execute(query), len(texts), PART, MOST)
        found = gather(rows.part(), texts=len(texts))
    try:
        while found:
            disease, *coded = (column.part(np.arange(len(column.codes))) for column in found.texts)
            period, stratum, cascade, moment = (column.astype(np.int64) for column in found.numbers)
            named = dict(zip(places, coded, strict=True))
            yield Records(disease, named, period, stratum, cascade, moment, not rows.amid)
            found = gather(rows.part(), texts=len(texts))
    finally:
        rows.close()
