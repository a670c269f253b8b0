"""Working through files that came through the browser: looking, trying, storing, one file at a time.

What goes wrong ends in a sentence for its sender. A fault of ours goes to the log by a reference, without the
error's own words: those may quote a cell.
"""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
from collections.abc import Sequence
from functools import partial
from typing import Any

from dashboard.field_names import field_name
from dashboard.messages import Translate, translator
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import declared_coverage, pipeline, saved_mappings
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Imported
from dashboard.services.uploads import first_look
from dashboard.services.uploads.folder import Folder
from dashboard.services.uploads.preview import preview
from dashboard.settings import Settings
from db.batches import receipts
from db.core.engine import Database
from db.intake.dates.parse import ORDERS
from db.intake.mappings.model import SAME_NUMBERS
from db.operations import accounts, uploads
from db.operations.uploads import ASKED, CANCELLED, DONE, FAILED, LOOK, READY, STORE, Upload
from surveillance.buddhist_era import ERAS
from surveillance.errors import (
    AmbiguousDatesError,
    AmbiguousEraError,
    CancelledError,
    NotPermittedError,
    SameNumbersError,
    UserError,
)

_log = logging.getLogger("chhlang")
#: Seconds between two signs of life: progress is written no more often, and cancelling is noticed so fast.
BEAT = 1.0
#: Records that are shown before anything is stored.
SHOWN = 8
COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")


def wanted(database: Database) -> bool:
    """Whether any file waits for a runner."""
    return uploads.waiting(database)


class Pulse(threading.Thread, ImportObserver):
    """Says that a file is being worked on and how far it is, and hears when that should stop."""

    def __init__(self, database: Database, upload: Upload) -> None:
        super().__init__(name=f"pulse of {upload.id}", daemon=True)
        self._database, self._number = database, upload.id
        self._rows = 0
        self._halt, self._over = threading.Event(), threading.Event()
        self.columns: Sequence[str] = ()
        self.first: list[tuple[Any, ...]] = []

    def run(self) -> None:
        """Beat until the work is over."""
        while not self._over.wait(BEAT):
            try:
                if not uploads.pulse(self._database, self._number, self._rows):
                    self._halt.set()
            except Exception as error:  # noqa: BLE001 - a store that is busy now may answer the next beat
                _log.warning(
                    "no sign of life was written for file %s: %s", self._number, type(error).__name__
                )

    def progress(self, rows: int) -> None:
        """Called by the import after each chunk."""
        self._rows = rows

    def stopping(self) -> bool:
        """Whether its sender has cancelled it."""
        return self._halt.is_set()

    def before_commit(self) -> None:
        """From here on it can no longer be cancelled."""
        if not uploads.begin_final(self._database, self._number):
            self._halt.set()
            self.raise_if_cancelled()

    def seen(self, columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> None:
        """Keep the first records, to be shown."""
        self.columns = columns
        self.first += records[: SHOWN - len(self.first)]

    def finish(self) -> None:
        """The work is over."""
        self._over.set()
        self.join()


def work(database: Database, settings: Settings) -> bool:
    """Take the next file and do what it waits for; whether there was one."""
    upload = uploads.claim(database)
    if upload is None:
        return False
    attend(database, settings, upload)
    return True


def attend(database: Database, settings: Settings, upload: Upload) -> None:
    """Do what a file that has been taken waits for: whatever happens, it asks its sender or it ends."""
    folder = Folder.of(settings)
    pulse = Pulse(database, upload)
    pulse.start()
    try:
        status, values = _done(database, settings, folder, upload, pulse)
    except KeyboardInterrupt:
        uploads.close(database, upload.id, CANCELLED)
        raise
    except CancelledError:
        status, values = CANCELLED, {}
    except UserError as error:
        status, values = _refused(folder, upload, error)
    except Exception as error:  # noqa: BLE001 - the queue goes on; the note says where to look
        reference = secrets.token_hex(4)
        where = "".join(traceback.format_tb(error.__traceback__))
        _log.error("failure %s in file %s: %s\n%s", reference, upload.id, type(error).__name__, where)
        status, values = FAILED, {}
        _note_problem(folder, upload, _fault(error, reference, translator(upload.language)))
    finally:
        pulse.finish()
    if status == FAILED and not upload.final:
        values["final"] = False  # what it began to store has been undone
    # Only then the file goes: killed in between, it is still there for the next runner, or for the sweeper.
    if uploads.close(database, upload.id, status, **values) and status in uploads.OVER:
        kept = ("receipt.json", f"delivered-{upload.id}.returned-") if status != CANCELLED else ()
        folder.drop(upload.id, keep=kept)


def _fault(error: Exception, reference: str, t: Translate) -> dict[str, Any]:
    if isinstance(error, MemoryError):
        return {"problem": t("the machine has too little memory for it: split the file")}
    text = t("something went wrong; the server's log has it under reference {reference}")
    return {"problem": text.format(reference=reference)}


def _note_problem(folder: Folder, upload: Upload, said: dict[str, Any]) -> None:
    try:
        folder.note(upload.id, "receipt", said)
    except OSError as error:
        _log.warning("no note was kept of file %s: %s", upload.id, type(error).__name__)


def _refused(folder: Folder, upload: Upload, error: UserError) -> tuple[str, dict[str, Any]]:
    """A sentence for the sender: where another mapping may help they are asked, else it is the end."""
    text = error.in_words(translator(upload.language)).replace(
        folder.file(upload.id, upload.ending).name, upload.name
    )
    said: dict[str, Any] = {"problem": text}
    if isinstance(error, AmbiguousDatesError):
        text, row, *days = error.example or ("", 0)
        shown = (day.isoformat() if day else "" for day in days)
        said["dates"] = (text, row, *shown) if days else ("", 0, "", "")
    if isinstance(error, AmbiguousEraError):
        said["era"] = error.example or ("", 0, "", "")
    if isinstance(error, SameNumbersError):
        said["numbers"] = {"rows": list(error.rows), "fields": list(error.fields), "inside": error.inside}
    if upload.task == LOOK or upload.final or isinstance(error, NotPermittedError):
        _note_problem(folder, upload, said)
        return FAILED, {}
    folder.note(upload.id, "tried", said)
    return ASKED, {"task": uploads.TRY, "final": False}  # what it began to store has been undone


def _done(
    database: Database, settings: Settings, folder: Folder, upload: Upload, pulse: Pulse
) -> tuple[str, dict[str, Any]]:
    """Look, try or store; the status that this leaves, and what is kept with it."""
    if upload.task == LOOK:
        folder.note(upload.id, "look", first_look.look(folder, settings, upload))
        pulse.raise_if_cancelled()
        return ASKED, {}
    storing = upload.task == STORE
    before = _stored_before(database, upload)
    done = _import(database, settings, folder, upload, pulse, storing=storing)
    said: dict[str, Any] = {
        "counts": {name: getattr(done.receipt, name) for name in COUNTS},
        "notices": done.notices,
        "reasons": done.reasons,
        "mapping": done.receipt.mapping,
    }
    if not storing:
        folder.note(upload.id, "tried", said | {"preview": preview(pulse.columns, pulse.first)})
        return ASKED, {}
    batch = done.receipt.batch
    if before:  # the runner was ended after the file was stored: what came of it then is what came of it
        said |= {"counts": {name: before[name] for name in COUNTS}, "repeated": True}
        batch = before["id"]
    folder.note(upload.id, "receipt", said)
    return DONE, {
        "counts": said["counts"],
        "batch": batch,
        "returned": READY if done.receipt.returned_file else None,
        "mapping": done.receipt.mapping["name"],
        "mapping_version": done.receipt.mapping["version"],
    }


def _stored_before(database: Database, upload: Upload) -> dict[str, Any] | None:
    """The receipt of this very import, where an earlier runner got as far as that."""
    if not upload.final:
        return None
    since = f"{upload.asked_at[:19]}+00:00"
    with database.reading() as connection:
        return receipts.stored_since(connection, since, upload.source, upload.sha256, upload.actor)


def _import(
    database: Database, settings: Settings, folder: Folder, upload: Upload, pulse: Pulse, *, storing: bool
) -> Imported:
    grant = grant_of(database, upload.actor)
    covers = upload.covers
    numbers = folder.noted(upload.id, "numbers") or {}
    declared = declared_coverage.read(
        database,
        covers.get("covers", []),
        complete=bool(covers.get("complete")),
        withdraw_missing=False,
        today=today_in_cambodia(),
    )
    options = ImportOptions(
        source=upload.source,
        mapping=saved_mappings.chosen(database, upload.mapping, upload.mapping_text),
        same_numbers=next((one for one in SAME_NUMBERS if one == numbers.get("same_numbers")), None),
        dates=next((order for order in ORDERS if order == upload.date_order), None),
        era=next((era for era in ERAS if era == folder.noted(upload.id, "era")), None),
        dry_run=not storing,
        declared=declared,
        called=upload.name,
        t=translator(upload.language),
        fields=partial(field_name, t=translator(upload.language)),
    )
    path = folder.file(upload.id, upload.ending)
    return pipeline.import_file(database, grant, settings, path, options, pulse)


def grant_of(database: Database, actor: str) -> Grant:
    """The grant that the sender's account has now.

    Raises
    ------
    NotPermittedError
        The account is closed, or answers for some provinces only.
    """
    found = accounts.grant_facts(database, actor)
    if found is None or not found[1].national:
        raise NotPermittedError("your account may not import files any more; nothing was imported")
    return Grant(actor, *found)
