"""One pull, from its first page to its last: each page is asked for once, imported once, and noted.

A page is noted before it is imported and again when it is stored. Ended in between, the next runner looks
whether the import was stored, and imports the page where it was not; what is held already is a duplicate.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services.imports import pipeline, saved_mappings
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.options import ImportOptions
from dashboard.services.systems import dhis2, parts, surveys
from dashboard.services.systems.client import Client
from dashboard.services.systems.dhis2 import ElementPart, EventPart, FacilityPart
from dashboard.services.systems.parts import Answer, Item, Part
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings
from db.batches import receipts
from db.core.engine import Database
from db.intake.files.formats.tracked_entities import events_of
from db.intake.mappings.model import Mapping as LineMapping
from db.intake.systems.definition import DHIS2, Definition
from db.operations.lease_queue import DONE, moment
from db.operations.systems import connected, pulls
from db.operations.systems.pulls import STORING, Page, Pull
from geodata.gazetteer import gazetteer
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import OtherSystemError
from surveillance.texts import N_

#: How often a part is asked for from its first page, where it changes under our hands.
MOST_BEGINNINGS = 3
UNSTEADY = N_(
    "{host}: {name} changed each time while they were read ({times} times): pull again when less is entered "
    "there"
)
#: Rejected rows of a pull that are kept for its page.
MOST_REASONS = 200
REJECTED = "rejected"
Tell = Callable[[str, int, Mapping[str, int]], None]


@dataclass
class Pulling:
    """One pull that goes on.

    Parameters
    ----------
    tell : callable
        Is told of each page that is done: its part, its number, what became of its rows.
    """

    database: Database
    settings: Settings
    grant: Grant
    definition: Definition
    pull: Pull
    client: Client
    observer: ImportObserver
    tell: Tell = lambda part, page, counts: None

    def run(self) -> dict[str, int]:
        """Pull what was not pulled yet; what became of all rows.

        Raises
        ------
        UserError
            The system refuses, or a page cannot be imported: says why. What was stored stays.
        CancelledError
            The observer stopped it between two pages.
        """
        self._folder = Folder.of(self.settings)
        self._number = self._own_folder()
        for part in self._parts():
            for _ in range(MOST_BEGINNINGS):
                if self._whole(part):
                    break
                pulls.forget_part(self.database, self.pull.id, part.key)
            else:
                raise OtherSystemError(UNSTEADY, host=self.client.host, name=part.key, times=MOST_BEGINNINGS)
        return totals(pulls.pages(self.database, self.pull.id))

    def _parts(self) -> list[Part]:
        begun = datetime.fromisoformat(self.pull.made_at).astimezone(TIME_ZONE).date()
        if self.definition.kind == DHIS2:
            return dhis2.parts_of(self.definition, self.pull.since, begun)
        named = {name: saved_mappings.named(self.database, name) for name in self.definition.mappings}
        nested = {name: isinstance(one, LineMapping) and bool(one.repeat) for name, one in named.items()}
        return surveys.parts_of(self.definition, self.pull.since, nested=nested)

    def _own_folder(self) -> str:
        """The private folder of this pull, for a day."""
        held = self.pull.folder
        if held is not None and self._folder.at(held).is_dir():
            return held
        number = self._folder.new(0)
        pulls.keep_folder(self.database, self.pull.id, number)
        return number

    def _whole(self, part: Part) -> bool:
        """Ask for the pages of a part that are not done; whether all of it has come."""
        held = {one.page: one for one in self._pages(part)}
        number = 1
        while True:
            self.observer.raise_if_cancelled()
            page = held.get(number)
            if page is not None and page.state == STORING:
                page = self._settled(part, page)
            if page is None:
                path, asked = part.asked(number)
                answer = part.read(self.client.host, number, self.client.get(path, asked))
                if _fell(answer, held):
                    return False
                page = self._kept(part, number, answer)
            held[number] = page
            if page.last:
                return _complete(list(held.values()), part)
            number += 1

    def _pages(self, part: Part) -> list[Page]:
        return [one for one in pulls.pages(self.database, self.pull.id) if one.part == part.key]

    def _settled(self, part: Part, page: Page) -> Page | None:
        """A page whose import had begun when its runner was ended: as stored, or None to ask for it anew."""
        if part.into != parts.FILE:
            return None
        with self.database.reading() as connection:
            found = receipts.stored_since(
                connection,
                f"{page.begun_at[:19]}+00:00",
                self.definition.source,
                page.sha256,
                self.grant.actor,
            )
        if found is None:
            return None
        counts = {name: int(found[name]) for name in COUNTS}
        return self._done(replace(page, batch=found["id"], counts=counts))

    def _kept(self, part: Part, number: int, answer: Answer) -> Page:
        """Import a page that has come."""
        content = json.dumps(part.content(answer.items), ensure_ascii=False).encode()
        page = Page(
            part.key, number, STORING, moment(), hashlib.sha256(content).hexdigest(), len(answer.items),
            answer.total, answer.last, " ".join(_marks(part, answer)), None, {},
        )  # fmt: skip
        pulls.begin_page(self.database, self.pull.id, page)
        batch: int | None = None
        counts: Mapping[str, int] = {}
        if answer.items:
            if isinstance(part, FacilityPart):
                counts = self._facilities(part, answer)
            elif isinstance(part, ElementPart):
                counts = connected.keep_items(self.database, self.pull.system, part.rows(answer.items))
            else:
                batch, counts = self._file(part, number, answer, content)
        return self._done(replace(page, batch=batch, counts=counts))

    def _done(self, page: Page) -> Page:
        pulls.finish_page(self.database, self.pull.id, page.part, page.page, page.batch, page.counts)
        self.tell(page.part, page.page, page.counts)
        return replace(page, state=DONE)

    def _file(
        self, part: Part, number: int, answer: Answer, content: bytes
    ) -> tuple[int | None, Mapping[str, int]]:
        """Import a page as a file of its own, as any file that is brought."""
        path = self._folder.at(self._number) / "page.json"
        path.write_bytes(content)
        mapping = saved_mappings.named(self.database, part.mapping)
        said = getattr(mapping, "same_numbers", None)
        options = ImportOptions(
            source=self.definition.source,
            mapping=mapping,
            same_numbers=said or "amend",  # what another system names an item by is its own, for good
            called=f"{self.definition.name} {part.key} page {number}",
            t=translator(self.definition.language),
        )
        try:
            done = pipeline.import_file(
                self.database, self.grant, self.settings, path, options, self.observer
            )
        finally:
            path.unlink(missing_ok=True)
        if done.receipt.returned_file:
            Path(done.receipt.returned_file).unlink(missing_ok=True)
        repeated = isinstance(mapping, LineMapping) and bool(mapping.repeat)
        self._note(part, number, () if repeated else answer.items, done.reasons)
        return done.receipt.batch, {name: getattr(done.receipt, name) for name in COUNTS}

    def _facilities(self, part: FacilityPart, answer: Answer) -> Mapping[str, int]:
        """Import organisation units as a list of facilities; those without a point say nothing of one."""
        known = gazetteer()
        rows = [part.row(unit) for unit in answer.items]
        for row in rows:
            code = row.pop("province_code")
            if known.match_province(row["province"]) is None and code:
                row["province"] = code
        total: Counter[str] = Counter()
        for columns in (
            ("facility_id", "name_en", "province", "longitude", "latitude"),
            ("facility_id", "name_en", "province"),
        ):
            chosen = [row for row in rows if ("longitude" in row) == ("longitude" in columns)]
            if not chosen:
                continue
            path = self._folder.at(self._number) / "facilities.csv"
            with path.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, columns)
                writer.writeheader()
                writer.writerows(chosen)
            try:
                receipt, messages = import_facilities(self.database, self.grant, path)
            finally:
                path.unlink(missing_ok=True)
            total.update({name: getattr(receipt, name) for name in FACILITY_COUNTS})
            ids = [chosen[at - 2]["facility_id"] for at, _ in messages]
            self._keep_reasons(
                [(part.key, 0, name, text) for name, (_, text) in zip(ids, messages, strict=True)]
            )
        return dict(total)

    def _note(
        self, part: Part, number: int, given: Sequence[Item], reasons: Sequence[tuple[int, str]]
    ) -> None:
        """Keep why rows were rejected, with what the other system calls them, where that is known."""
        items = events_of(list(given)) if isinstance(part, EventPart) else given
        found = []
        for row, text in reasons:
            item = items[row - 1] if 0 < row <= len(items) else {}
            name = item.get("event") or item.get(part.identity) or item.get("orgUnit") or ""
            found.append((part.key, number, str(name), text))
        self._keep_reasons(found)

    def _keep_reasons(self, found: Sequence[tuple[str, int, str, str]]) -> None:
        if found:
            held = self._folder.noted(self._number, REJECTED) or []
            self._folder.note(self._number, REJECTED, [*held, *found][:MOST_REASONS])


#: What becomes of the rows of a page: of a file, of a list of facilities.
COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
FACILITY_COUNTS = ("rows", "added", "changed", "unchanged", "rejected")


def totals(pages: Sequence[Page]) -> dict[str, int]:
    """What became of all rows of some pages."""
    found: Counter[str] = Counter()
    for page in pages:
        found.update(page.counts)
    return dict(found)


def _fell(answer: Answer, held: Mapping[int, Page]) -> bool:
    """Whether there are fewer items than a page before said: what came after has moved to it unseen."""
    said = [one.total for one in held.values() if one.total is not None]
    return answer.total is not None and bool(said) and answer.total < max(said)


def _marks(part: Part, answer: Answer) -> list[str]:
    if not part.identity:
        return []
    names = (str(item.get(part.identity) or "") for item in answer.items)
    return [hashlib.blake2b(name.encode(), digest_size=6).hexdigest() for name in names]


def _complete(pages: Sequence[Page], part: Part) -> bool:
    """Whether as many different items came as the system says there are."""
    last = max(pages, key=lambda one: one.page)
    if not part.identity or last.total is None:
        return True
    different = {mark for one in pages for mark in one.marks.split()}
    return len(different) >= last.total
