"""A viewer, a reception centre, a partner and an official of one province attack the release of a whole demo.

Each round asks pages, files and programs' resources for every view over other days. Every number that was
seen must be one that was published, or a sum of such numbers. Every small number of the demo is attacked
(`tests/security/attacks/reckoning.py`): with the whole release at each threshold; with all that the readers
within the programme have seen together, who know more than each of them, so that each is tried alone only
where they work something out; with what the partner has seen; and with what the official has seen and her own
province's numbers.

What a part brought is kept in the folder `--state`: the same command goes on there after it was stopped.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from itertools import islice, product
from pathlib import Path
from typing import Any

from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_last_day
from tests.security.attacks import issued_country
from tests.security.attacks.issued import Cell, Collected, Published, Told, days_asked, walk
from tests.security.attacks.issued_country import NEWER, OWN, PAGES, RESOURCES, THRESHOLDS, Country
from tests.security.attacks.reckoning import Reckoned, reckoned
from tests.support.accounts import cheap_hashing
from tests.support.command_line import CommandLine

#: Records of the demo, and days that one reader asks for in a round, beside every issued period.
RECORDS, DAYS = 200_000, 12
#: Days that are asked first: the issued periods of a year, and some that lie across them.
_PERIODS = 17 + 6
#: A reception centre is shown what a viewer is (`tests/security/test_issued_attack.py`): it asks for less.
READERS = ("viewer", "reception", "partner", "of-one")
#: What is issued.
KINDS: tuple[PeriodKind, ...] = ("month", "quarter", "year")
_AREAS: Mapping[str, Sequence[str]] = {
    "care": ("", "KH01", "KH02", "KH06", "KH12", "KH16"),
    "home": ("", "KH01", "KH06", "KH14", "TH"),
    "crossing": ("", "TH01", "TH03", "informal", "VN01"),
}
#: Seconds that the demo may take to make on a busy machine.
_PATIENCE = 1_800


@dataclass(frozen=True)
class Attackers:
    """Readers who put together what they have seen; nobody in particular holds the whole release.

    `knowing` are kinds of place by which an official knows her own province.
    """

    names: tuple[str, ...] = ()
    threshold: int = 5
    knowing: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name them."""
        if not self.names:
            return f"the whole release from {self.threshold} on"
        own = f", knowing {OWN} by {' and '.join(self.knowing)}" if self.knowing else ""
        return " and ".join(self.names) + own


WHOLE = (Attackers(), Attackers(threshold=11))
TOGETHER = (
    Attackers(("viewer", "reception", "of-one")),
    Attackers(("partner",), threshold=11),
    Attackers(("of-one",), knowing=("care",)),
    Attackers(("of-one",), knowing=("care", "home")),  # more than she knows
)


def _once(told: Sequence[Told]) -> list[Told]:
    """Each number once, with the first address that showed it."""
    return [*{(one.cell, one.periods, *sorted(one.numbers.items())): one for one in reversed(told)}.values()]


def _in_tables(truth: Sequence[Told], published: Published) -> list[Told]:
    """Numbers of the tables of which something is issued."""
    tables = published.tables()
    return [
        one
        for one in truth
        if (one.cell.disease, one.cell.measure, one.cell.dimension, *one.periods) in tables
    ]


@dataclass
class Part:
    """What one part of the run brought: numbers that were seen, or what was worked out."""

    seconds: float = 0.0
    asked: int = 0
    told: list[Told] = field(default_factory=list)
    pairs: list[tuple[str, int, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    reckoned: Reckoned = field(default_factory=Reckoned)

    @classmethod
    def of(cls, found: Collected) -> Part:
        """Keep each number once, with the first address that showed it."""
        pairs = {(one, other): (where, one, other) for where, one, other in reversed(found.pairs)}
        faults = list(dict.fromkeys(found.faults))
        return cls(0.0, found.asked, _once(found.told), list(pairs.values()), faults)

    def written(self) -> bytes:
        """As JSON."""
        return gzip.compress(json.dumps(asdict(self), default=date.isoformat).encode())

    @classmethod
    def read(cls, written: bytes) -> Part:
        """From JSON."""
        held = json.loads(gzip.decompress(written))
        told = [
            Told(
                one["where"],
                Cell(*one["cell"]),
                tuple((kind, date.fromisoformat(first)) for kind, first in one["periods"]),
                one["numbers"],
            )
            for one in held.pop("told")
        ]
        pairs = [tuple(one) for one in held.pop("pairs")]
        return cls(told=told, pairs=pairs, reckoned=Reckoned(**held.pop("reckoned")), **held)


class Run:
    """The parts of a run, and the folder that keeps them."""

    def __init__(self, folder: Path, seed: int, count: int) -> None:
        self.folder, self.seed, self.count = folder, seed, count
        self._began = time.monotonic()

    def part(self, name: str, make: Callable[[], Part]) -> Part:
        """Make a part, or read it from the folder."""
        held = self.folder / f"{self.seed} {name}.json.gz"
        if held.exists():
            return Part.read(held.read_bytes())
        began = time.process_time()
        made = make()
        made.seconds = time.process_time() - began
        beside = held.with_suffix(".writing")
        beside.write_bytes(made.written())
        beside.replace(held)
        return made

    def tell(self, said: str) -> None:
        """Say how far it is."""
        print(f"  {time.monotonic() - self._began:6.0f} s  {said}", file=sys.stderr, flush=True)


def _demo(run: Run) -> Path:
    """Make the demo, unless the folder holds it whole; the folder of its databases."""
    made, whole = run.folder / "demo", run.folder / "demo-is-made"
    if not whole.exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        run.tell(f"making a demo of {RECORDS:,} records")
        command = CommandLine(f"sqlite:///{made / 'chhlang.db'}")
        with command.start("demo", "--records", str(RECORDS)) as process:
            try:
                _, said = process.communicate(timeout=_PATIENCE)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, "demo", stderr=said)
        whole.touch()
    return made


def _asked(run: Run, country: Country, name: str, published: Published) -> Iterator[tuple[str, Part]]:
    """All that one reader sees, part by part: in the first round every view over every period that it has."""
    tables = published.tables()
    own = (OWN,) if name == "of-one" else ()
    periods = list(islice(days_asked(country.first, country.last), _PERIODS))

    def issued(disease: str, measure: str, dimension: str, start: date, end: date) -> bool:
        table = (disease, measure, dimension)
        return any(
            (*table, (kind, start)) in tables and end == period_last_day(start, kind) for kind in KINDS
        )

    def of_round(number: int, disease: str) -> Part:
        chance = random.Random(f"{run.seed} {name} {number}")
        other = islice(days_asked(country.first, country.last, chance), _PERIODS, _PERIODS + DAYS)
        days = [*(periods if not number else ()), *other]
        first = not number and name != "reception" and issued
        return Part.of(walk(country.reader(name, own), (disease,), days, _AREAS, every=first))

    def of_pages() -> Part:
        reader = country.reader(name, own)
        for path in (*PAGES, *NEWER):
            reader.looks(path)
        return Part.of(reader.found)

    def of_program() -> Part:
        asking = country.program(name, own)
        walk(asking, country.diseases, periods, _AREAS)
        for path in RESOURCES:
            asking.looks(path)
        return Part.of(asking.found)

    for number, disease in product(range(run.count), country.diseases):
        said = f"round {number + 1} of {run.count}, {disease}"
        yield said, run.part(f"{name} {number + 1} {disease}", partial(of_round, number, disease))
    yield "other pages", run.part(f"{name} pages", of_pages)
    yield "as a program", run.part(f"{name} program", of_program)


def _attacked(
    run: Run, who: Attackers, told: Mapping[str, Sequence[Told]], truth: Sequence[Told]
) -> list[tuple[Attackers, Part]]:
    """Work out what these readers can; where several find something, each of them alone, too."""

    def attack(some: Attackers) -> Part:
        seen = _once([one for name in some.names or told for one in told[name]])
        known = [one for one in truth if one.cell.place == OWN and one.cell.dimension in some.knowing]

        def tell(said: str) -> None:
            run.tell(f"{some}: {said}")

        return Part(reckoned=reckoned(seen, truth, some.threshold, known, tell=tell))

    def part(some: Attackers) -> tuple[Attackers, Part]:
        rounds = f" after {run.count}" if some.names else ""
        return some, run.part(f"attack by {some}{rounds}", lambda: attack(some))

    together = part(who)
    alone = who.names if len(who.names) > 1 and together[1].reckoned.found else ()
    return [together, *(part(Attackers((name,))) for name in alone)]


class Tally:
    """What the parts of a run found and cost."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.found: list[str] = []
        names = ("asked", "numbers", "attacked", "exact", "narrow", "programmes")
        self.counts = dict.fromkeys(names, 0)
        self.asking = self.reckoning = 0.0

    def saw(self, who: str, part: Part, said: Published) -> None:
        """Compare what a reader saw with what was published."""
        wrong = [*part.faults, *said.wrong(Collected(part.told, part.pairs))]
        self.found += [f"{who}: {one}" for one in wrong]
        numbers = len(part.told) + len(part.pairs)
        self.counts["asked"] += part.asked
        self.counts["numbers"] += numbers
        self.asking += part.seconds
        self.run.tell(f"{who}: {part.asked:,} views, {numbers:,} numbers, found: {len(self.found)}")

    def worked_out(self, who: Attackers, part: Part) -> None:
        """Add an attack."""
        reached = part.reckoned
        self.found += [f"{who}: {one}" for one in reached.found]
        for what in ("attacked", "exact", "narrow", "programmes"):
            self.counts[what] += getattr(reached, what)
        self.reckoning += part.seconds
        self.run.tell(
            f"{who}: {reached.attacked:,} small numbers attacked, {reached.exact} exact, {reached.narrow} "
            f"too narrow, {reached.programmes:,} programmes, {part.seconds:.0f} s"
        )


def run(seed: int, count: int, _database: str = "", state: str = "") -> dict[str, Any]:
    """Make the demo once, and attack it `count` rounds long; how many numbers were seen and attacked."""
    with ExitStack() as open_ones:
        beside = Path(open_ones.enter_context(tempfile.TemporaryDirectory(prefix="chhlang-issued-")))
        folder = Path(state).resolve() if state else beside
        folder.mkdir(parents=True, exist_ok=True)
        this = Run(folder, seed, count)
        tally = Tally(this)
        # Accounts of the attackers are added to a copy: the next run begins with the demo as it was.
        url = f"sqlite:///{shutil.copytree(_demo(this), beside / 'attacked') / 'chhlang.db'}"
        open_ones.enter_context(cheap_hashing())
        country = open_ones.enter_context(issued_country.attacked(url, tuple(DISEASES)))
        published = {one.threshold: country.published(one.threshold) for one in WHOLE}
        every = this.part("truth", lambda: Part(told=country.truth(country.diseases, *published.values())))
        tally.asking += every.seconds
        this.tell(f"{len(every.told):,} true numbers, {every.seconds:.0f} s")
        truth = {k: _in_tables(every.told, one) for k, one in published.items()}
        for who in WHOLE:
            issued = {"": published[who.threshold].told()}
            for some, part in _attacked(this, who, issued, truth[who.threshold]):
                tally.worked_out(some, part)
        seen: dict[str, list[Told]] = {}
        for at, name in enumerate(READERS):
            release = published[THRESHOLDS.get(name, 5)]
            for what, part in _asked(this, country, name, release):
                said = f"{name} (reader {at + 1} of {len(READERS)}), {what}"
                tally.saw(said, part, release)
                seen.setdefault(name, []).extend(part.told)
        for who in TOGETHER:
            for some, part in _attacked(this, who, seen, truth[who.threshold]):
                tally.worked_out(some, part)
    for one in dict.fromkeys(tally.found):
        print(f"  {one}", flush=True)
    seconds = {"asking": round(tally.asking), "reckoning": round(tally.reckoning)}
    return {"rounds": count, **tally.counts, "processor_seconds": seconds, "wrong": len(tally.found)}
