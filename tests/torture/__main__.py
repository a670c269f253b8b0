"""`python -m tests.torture [WHAT] --seed N --count N --database sqlite|postgresql`."""

from __future__ import annotations

import argparse
import importlib
import sys
import time

MODULES = {
    "kills": "kills",
    "full-disk": "full_disk",
    "served-full-disk": "served_full_disk",
    "files": "mutated_files",
    "bombs": "bombs",
    "properties": "properties",
    "strangers": "strangers",
    "viewer": "viewer",
    "guesses": "guesses",
    "formulas": "formulas",
    "cubes": "cubes",
    "issued": "issued",
    "attacks": "attacks",
    "delivery": "delivery",
    "alerts": "alerts",
    "pulls": "pulls",
}
COUNTS = {
    "kills": 500,
    "full-disk": 200,
    "served-full-disk": 200,
    "files": 100_000,
    "bombs": 1_000,
    "properties": 50,
    "strangers": 40,
    "viewer": 280,
    "guesses": 10_000,
    "formulas": 100_000,
    "cubes": 10_000,
    "issued": 1,
    "attacks": 3,
    "delivery": 200,
    "alerts": 200,
    "pulls": 100,
}
#: What uses databases of its own choosing.
_ALONE = ("files", "bombs", "properties", "strangers", "viewer", "formulas", "cubes", "issued", "attacks")


def main() -> None:
    """Do what was asked for; without a name everything, for hours. The same seed does the same again."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=main.__doc__)
    parser.add_argument("what", nargs="?", choices=MODULES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--count",
        type=int,
        help="how often: 500 kills, 200 full disks each, 100,000 files, 1,000 bombs, "
        "50 rounds of properties, 40 attacks without a proxy and as many through each, "
        "280 rounds of a viewer (200,000 forged callbacks, as many other calls), 10,000 guesses, "
        "100,000 texts that a spreadsheet might run, 10,000 cubes of issued figures, "
        "1 round of readers of the demo's issued figures, "
        "3 rounds of every attack that found something, "
        "200 rounds of messages about alerts, "
        "200 nights of the watch, 100 rounds of pulls from a DHIS2",
    )
    parser.add_argument(
        "--after", type=int, metavar="N", help="viewer, delivery, alerts: go on after N rounds of the seed"
    )
    parser.add_argument(
        "--state", metavar="FOLDER", help="issued: keep what each part brought there; go on after a stop"
    )
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="one of them; both unless given")
    options = parser.parse_args()
    if options.after and options.what not in {"viewer", "delivery", "alerts"}:
        parser.error("--after goes on with the rounds of `viewer`, `delivery` and `alerts` alone")
    if options.state and options.what != "issued":
        parser.error("--state keeps the parts of `issued` alone")
    for what in [options.what] if options.what else MODULES:
        try:
            module = importlib.import_module(f"tests.torture.{MODULES[what]}")
        except ModuleNotFoundError:
            print(f"{what}: not here")
            continue
        count = options.count or COUNTS[what]
        both = ("sqlite", "postgresql") if what not in _ALONE else ("",)
        for database in [options.database] if options.database and what not in _ALONE else both:
            began = time.monotonic()
            if database:
                more = {"after": options.after} if options.after else {}
                counts = dict(module.run(options.seed, count, database, **more) or {})
            else:
                more = {"after": options.after} if options.after else {}
                more |= {"state": options.state} if options.state else {}
                reached = module.run(options.seed, count, **more)
                named = ("files", "rounds", "wrong")
                counts = (
                    dict(reached)
                    if isinstance(reached, dict)
                    else {name: getattr(reached, name) for name in named if hasattr(reached, name)}
                )
            took = time.monotonic() - began
            print(f"{what} {database} seed {options.seed} count {count}: {counts}, {took:.0f} s")
            if counts.get("wrong"):  # how many, or which
                sys.exit(1)


if __name__ == "__main__":
    main()
