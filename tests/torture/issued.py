"""A viewer, a reception centre, a partner and an official of one province attack the release of a whole demo.

Each round asks pages, files and programs' resources for every view over other days. Every number that was
seen must be one that was published, or a sum of such numbers. Then every small number of the demo is attacked
with all that was seen (`tests/security/attacks/reckoning.py`): by the readers within the programme together,
who know more than each of them; by the partner; and by the official with her own province's numbers. Where
readers together work something out, each of them is asked alone.

What a part brought is kept in the folder `--state`: the same command goes on there after it was stopped.
"""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from surveillance.diseases import DISEASES
from tests.security.attacks import issued_country
from tests.security.attacks.issued import Cell, Collected, Told, days_asked, walk
from tests.security.attacks.issued_country import NEWER, OWN, PAGES, RESOURCES, THRESHOLDS, Country
from tests.security.attacks.reckoning import Reckoned, reckoned
from tests.support.accounts import cheap_hashing
from tests.support.command_line import CommandLine

#: Records of the demo, and days that one reader asks for in a round, beside every issued period.
RECORDS, DAYS = 200_000, 12
#: Days that are asked first: the issued periods of a year, and some that lie across them.
_PERIODS = 17 + 6
READERS = ("viewer", "reception", "partner", "of-one")
_AREAS: Mapping[str, Sequence[str]] = {
    "care": ("", "KH01", "KH02", "KH06", "KH12", "KH16"),
    "home": ("", "KH01", "KH06", "KH14", "TH"),
    "crossing": ("", "TH01", "TH03", "informal", "VN01"),
}
#: Seconds that the demo may take to make on a busy machine.
_PATIENCE = 1_800


@dataclass(frozen=True)
class Attackers:
    """Readers who put together what they have seen; kinds of place by which one knows her own province."""

    names: tuple[str, ...]
    knowing: tuple[str, ...] = ()

    @property
    def threshold(self) -> int:
        """From how many on the numbers are shown to them."""
        return THRESHOLDS.get(self.names[0], 5)

    def __str__(self) -> str:
        """Name them."""
        own = f", knowing {OWN} by {' and '.join(self.knowing)}" if self.knowing else ""
        return " and ".join(self.names) + own


TOGETHER = (
    Attackers(("viewer", "reception", "of-one")),
    Attackers(("partner",)),
    Attackers(("of-one",), ("care",)),
    Attackers(("of-one",), ("care", "home")),  # more than she knows
)


def _once(told: Sequence[Told]) -> list[Told]:
    """Each number once, with the first address that showed it."""
    return [*{(one.cell, one.periods, *sorted(one.numbers.items())): one for one in reversed(told)}.values()]


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


def _demo(run: Run) -> str:
    """Make the demo, unless the folder holds it whole."""
    url, whole = f"sqlite:///{run.folder / 'chhlang.db'}", run.folder / "demo-is-made"
    if not whole.exists():
        for left in run.folder.glob("chhlang*"):
            left.unlink()
        run.tell(f"making a demo of {RECORDS:,} records")
        with CommandLine(url).start("demo", "--records", str(RECORDS)) as process:
            try:
                _, said = process.communicate(timeout=_PATIENCE)
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, "demo", stderr=said)
        whole.touch()
    return url


def _asked(run: Run, country: Country, name: str) -> Iterator[tuple[str, Part]]:
    """All that one reader sees, part by part."""
    own = (OWN,) if name == "of-one" else ()
    periods = list(islice(days_asked(country.first, country.last), _PERIODS))

    def of_round(number: int) -> Part:
        chance = random.Random(f"{run.seed} {name} {number}")
        other = islice(days_asked(country.first, country.last, chance), _PERIODS, _PERIODS + DAYS)
        days = [*(periods if not number else ()), *other]
        return Part.of(walk(country.reader(name, own), country.diseases, days, _AREAS, every=not number))

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

    for number in range(run.count):
        said = f"round {number + 1}"
        yield f"{said} of {run.count}", run.part(f"{name} {said}", lambda number=number: of_round(number))
    yield "other pages", run.part(f"{name} pages", of_pages)
    yield "as a program", run.part(f"{name} program", of_program)


def _attacked(
    run: Run, who: Attackers, seen: Mapping[str, Sequence[Told]], truth: Sequence[Told]
) -> list[tuple[Attackers, Part]]:
    """Work out what these readers can; where several find something, each of them alone, too."""

    def attack(some: Attackers) -> Part:
        told = _once([one for name in some.names for one in seen[name]])
        known = [one for one in truth if one.cell.place == OWN and one.cell.dimension in some.knowing]

        def tell(said: str) -> None:
            run.tell(f"{some}: {said}")

        return Part(reckoned=reckoned(told, truth, some.threshold, known, tell=tell))

    def part(some: Attackers) -> tuple[Attackers, Part]:
        return some, run.part(f"attack of {run.count} by {some}", lambda: attack(some))

    together = part(who)
    alone = who.names if len(who.names) > 1 and together[1].reckoned.found else ()
    return [together, *(part(Attackers((name,))) for name in alone)]


def run(seed: int, count: int, _database: str = "", state: str = "") -> dict[str, Any]:
    """Make the demo once, and attack it `count` rounds long; how many numbers were seen and attacked."""
    found: list[str] = []
    counts = dict.fromkeys(("asked", "numbers", "attacked", "exact", "narrow", "programmes"), 0)
    seconds = {"asking": 0.0, "reckoning": 0.0}
    with ExitStack() as open_ones:
        kept = state or open_ones.enter_context(tempfile.TemporaryDirectory(prefix="chhlang-issued-"))
        folder = Path(kept).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        this = Run(folder, seed, count)
        url = _demo(this)
        open_ones.enter_context(cheap_hashing())
        country = open_ones.enter_context(issued_country.attacked(url, tuple(DISEASES)))
        published = {k: country.published(k) for k in {one.threshold for one in TOGETHER}}
        seen: dict[str, list[Told]] = {}
        for at, name in enumerate(READERS):
            said = published[THRESHOLDS.get(name, 5)]
            for what, part in _asked(this, country, name):
                wrong = [*part.faults, *said.wrong(Collected(part.told, part.pairs))]
                found += [f"{name}: {one}" for one in wrong]
                seen.setdefault(name, []).extend(part.told)
                counts["asked"] += part.asked
                counts["numbers"] += len(part.told) + len(part.pairs)
                seconds["asking"] += part.seconds
                this.tell(
                    f"reader {at + 1} of {len(READERS)} ({name}), {what}: {part.asked:,} views, "
                    f"{len(part.told) + len(part.pairs):,} numbers, {part.seconds:.0f} s, found: {len(found)}"
                )
        truth = {
            k: this.part(f"truth {k}", lambda k=k: Part(told=country.truth(country.diseases, published[k])))
            for k in published
        }
        seconds["asking"] += sum(part.seconds for part in truth.values())
        for who in TOGETHER:
            for some, part in _attacked(this, who, seen, truth[who.threshold].told):
                reached = part.reckoned
                found += [f"{some}: {one}" for one in reached.found]
                for what in ("attacked", "exact", "narrow", "programmes"):
                    counts[what] += getattr(reached, what)
                seconds["reckoning"] += part.seconds
                this.tell(
                    f"{some}: {reached.attacked:,} small numbers attacked, {reached.exact} exact, "
                    f"{reached.narrow} too narrow, {reached.programmes:,} programmes, {part.seconds:.0f} s"
                )
    for one in dict.fromkeys(found):
        print(f"  {one}", flush=True)
    spent = {f"seconds of {what}": round(took) for what, took in seconds.items()}
    return {"rounds": count, **counts, **spent, "wrong": len(found)}
