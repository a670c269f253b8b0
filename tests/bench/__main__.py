"""`python -m tests.bench [imports|maps|pages|large|scans|distributed|load|release|reception|...]`: costs."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.bench import (
    alerts,
    distributed,
    imports,
    large,
    load,
    maps,
    pages,
    reception,
    release,
    reporting,
    scans,
)
from tests.bench.data import write_facilities, write_line_list

SIZES = (200_000, 2_000_000)
SMALL = (20_000, 200_000)


def main() -> None:
    """Measure what was asked for; without a name, everything (some minutes)."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=(
            "imports",
            "maps",
            "pages",
            "large",
            "scans",
            "distributed",
            "load",
            "release",
            "reception",
            "reporting",
            "alerts",
        ),
    )
    parser.add_argument("--small", action="store_true", help="a tenth of the records, and of the replicates")
    parser.add_argument(
        "--records", type=int, metavar="N", help="records of the import alone, of `pages` or `large`"
    )
    parser.add_argument(
        "--imported", type=int, metavar="N", help="of `pages` and `large`: so many imported, others copied"
    )
    parser.add_argument(
        "--database", metavar="URL", help="filled already: of `large`, which adds to it, or of `pages`"
    )
    parser.add_argument("--minutes", type=float, default=3.0, help="of `load`: for how long")
    parser.add_argument("--readers", type=int, default=200, help="of `load`: how many at once")
    parser.add_argument(
        "--thinks", type=float, default=10.0, help="of `load`: seconds between two pages of one"
    )
    parser.add_argument(
        "--importing", type=int, default=0, metavar="N", help="of `load`: import files of N rows meanwhile"
    )
    parser.add_argument(
        "--files", type=int, metavar="N", help="of `load --importing`: N files, evenly spread, and no more"
    )
    parser.add_argument(
        "--write", action="store_true", help="of `distributed`: put the figures into docs/scale.md"
    )
    options = parser.parse_args()
    if options.what in (None, "scans"):
        scans.run(share=10 if options.small else 1)
    if options.what == "scans":
        return
    if options.what == "distributed":
        distributed.run(share=10 if options.small else 1, write=options.write)
        return
    if options.what in (None, "release"):
        release.run(options.small)
    if options.what == "release":
        return
    sizes = SMALL if options.small else SIZES
    with tempfile.TemporaryDirectory(prefix="chhlang-bench-") as name:
        folder = Path(name)
        if options.what == "load":
            count = options.records or sizes[0]
            own = options.readers, options.thinks, options.minutes, count, options.importing, options.files
            load.run(folder, load.Asked(*own))
            return
        if options.what in (None, "reception"):
            reception.run(folder, options.records or (1_000 if options.small else 10_000), 31)
        if options.what == "reception":
            return
        if options.what in (None, "reporting"):
            reporting.run(folder, options.records or (46_000 if options.small else 460_000))
        if options.what == "reporting":
            return
        facilities = write_facilities(folder)
        if options.what == "large":
            count = options.records or 50 * sizes[0]
            imported = min(count, options.imported or count // 10)
            large.run(folder, facilities, options.database, imported, count, sizes[0])
            return
        if options.what in (None, "alerts"):
            count = options.records or sizes[0]
            alerts.run(folder, facilities, options.database, min(count, options.imported or count), count)
        if options.what == "alerts":
            return
        if options.what in (None, "pages"):
            count = options.records or sizes[0]
            imported = min(count, options.imported or count)
            pages.run(folder, facilities, count, imported, filled=options.database)
        if options.what == "pages":
            return
        if options.what != "maps":
            count = options.records or sizes[0]
            line_list = write_line_list(folder, count)
            imports.run(folder, facilities, line_list, count)
            line_list.unlink(missing_ok=True)
        if options.what != "imports":
            maps.run(folder, facilities, sizes)


if __name__ == "__main__":
    main()
