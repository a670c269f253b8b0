"""Working through files that came through the browser: looking, trying, storing, one file at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from dashboard.field_names import field_name
from dashboard.messages import Translate, translator
from dashboard.permissions import Grant
from dashboard.services import leases
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import declared_coverage, pipeline, saved_mappings
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Imported
from dashboard.services.leases import Ended, Pulse, Work
from dashboard.services.reception import files as reception_files
from dashboard.services.uploads import files, first_look
from dashboard.services.uploads.folder import Folder
from dashboard.services.uploads.preview import preview
from dashboard.settings import Settings
from db.batches import receipts
from db.core.engine import Database
from db.intake.dates.parse import ORDERS
from db.intake.mappings.model import SAME_NUMBERS
from db.operations import accounts, uploads
from db.operations.lease_queue import CANCELLED, DONE, FAILED, OVER
from db.operations.uploads import ASKED, LOOK, READY, STORE, Upload
from surveillance.calendar.buddhist_era import ERAS
from surveillance.errors import (
    AmbiguousDatesError,
    AmbiguousEraError,
    NotPermittedError,
    SameNumbersError,
    UserError,
)
from surveillance.reception.file_kinds import LINE_LIST

_log = logging.getLogger("chhlang")
#: Records that are shown before anything is stored.
SHOWN = 8
COUNTS = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")


def wanted(database: Database) -> bool:
    """Whether any file waits for a runner."""
    return uploads.waiting(database)


class UploadPulse(Pulse, ImportObserver):
    """The pulse of a file; follows its import."""

    def __init__(self, database: Database, upload: Upload) -> None:
        super().__init__(f"file {upload.id}")
        self._database, self._number = database, upload.id
        self._rows = 0
        self.columns: Sequence[str] = ()
        self.first: list[tuple[Any, ...]] = []

    def beat(self) -> bool:
        """Renew the lease; whether to go on."""
        return uploads.pulse(self._database, self._number, self._rows)

    def progress(self, rows: int) -> None:
        """Take note of how far the import is."""
        self._rows = rows

    def before_commit(self) -> None:
        """From here on it can no longer be cancelled."""
        if not uploads.begin_final(self._database, self._number):
            self._halt.set()
            self.raise_if_cancelled()

    def seen(self, columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> None:
        """Keep the first records, to be shown."""
        self.columns = columns
        self.first += records[: SHOWN - len(self.first)]


def work(database: Database, settings: Settings) -> bool:
    """Take the next file and do what it waits for; whether there was one."""
    upload = leases.claimed(lambda: uploads.claim(database))
    if upload is None:
        return False
    leases.attend(_Step(database, settings, upload))
    return True


class _Step(Work):
    """What a file waits for: whatever happens, it asks its sender or it ends."""

    def __init__(self, database: Database, settings: Settings, upload: Upload) -> None:
        self._database, self._settings, self._upload = database, settings, upload
        self._folder = Folder.of(settings)
        self.pulse: UploadPulse = UploadPulse(database, upload)

    def do(self) -> Ended:
        """Look, try or store."""
        return _done(self._database, self._settings, self._folder, self._upload, self.pulse)

    def refused(self, error: UserError) -> Ended:
        """A sentence for the sender, who is asked where another answer may help."""
        return _refused(self._folder, self._upload, error)

    def broken(self, error: Exception, reference: str) -> Ended:
        """Failed, with what may be done about it."""
        said = _fault(error, reference, translator(self._upload.language))
        _note_receipt(self._folder, self._upload, said)
        return Ended(FAILED)

    def leave(self, ended: Ended) -> None:
        """Close the file, or ask its sender; what is over keeps nothing but what can be fetched."""
        number, status, values = self._upload.id, ended.status, dict(ended.values)
        if status == FAILED and not self._upload.final:
            values["final"] = False  # what it began to store has been undone
        # Only then the file goes: killed in between, it is there for the next runner, or for the sweeper.
        if uploads.close(self._database, number, status, **values) and status in OVER:
            kept = ("receipt.json", f"delivered-{number}.returned-") if status != CANCELLED else ()
            self._folder.drop(number, keep=kept)


def _fault(error: Exception, reference: str, t: Translate) -> dict[str, Any]:
    if isinstance(error, MemoryError):
        return {"problem": t("the machine has too little memory for it: split the file")}
    text = t("something went wrong; the server's log has it under reference {reference}")
    return {"problem": text.format(reference=reference)}


def _note_receipt(folder: Folder, upload: Upload, said: dict[str, Any]) -> None:
    """Keep what came of a file beside it, where there is space for that."""
    try:
        folder.note(upload.id, "receipt", said)
    except OSError as error:
        _log.warning("no note was kept of file %s: %s", upload.id, type(error).__name__)


def _refused(folder: Folder, upload: Upload, error: UserError) -> Ended:
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
        _note_receipt(folder, upload, said)
        return Ended(FAILED)
    folder.note(upload.id, "tried", said)
    return Ended(ASKED, {"task": uploads.TRY, "final": False})  # what it began to store has been undone


def _done(
    database: Database, settings: Settings, folder: Folder, upload: Upload, pulse: UploadPulse
) -> Ended:
    """Look, try or store."""
    if upload.task == LOOK:
        folder.note(upload.id, "look", first_look.look(folder, settings, upload))
        pulse.raise_if_cancelled()
        return Ended(ASKED)
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
        return Ended(ASKED)
    batch = done.receipt.batch
    if before:  # the runner was ended after the file was stored: what came of it then is what came of it
        said |= {"counts": {name: before[name] for name in COUNTS}, "repeated": True}
        batch = before["id"]
    _note_receipt(folder, upload, said)  # it is stored, whether or not there is space for what is said of it
    kept = {
        "counts": said["counts"],
        "batch": batch,
        "returned": READY if done.receipt.returned_file else None,
        "mapping": done.receipt.mapping["name"],
        "mapping_version": done.receipt.mapping["version"],
    }
    return Ended(DONE, kept)


def _stored_before(database: Database, upload: Upload) -> dict[str, Any] | None:
    """The receipt of this very import, where an earlier runner got as far as that."""
    if not upload.final or upload.kind != LINE_LIST:  # to store entries twice changes nothing
        return None
    since = f"{upload.asked_at[:19]}+00:00"
    with database.reading() as connection:
        return receipts.stored_since(connection, since, upload.source, upload.sha256, upload.actor)


def _import(
    database: Database,
    settings: Settings,
    folder: Folder,
    upload: Upload,
    pulse: UploadPulse,
    *,
    storing: bool,
) -> Imported:
    grant = grant_of(database, upload.actor)
    covers = upload.covers if upload.kind == LINE_LIST else {}
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
        mapping=saved_mappings.chosen(database, upload.mapping, upload.mapping_text, upload.kind),
        same_numbers=next((one for one in SAME_NUMBERS if one == numbers.get("same_numbers")), None),
        dates=next((order for order in ORDERS if order == upload.date_order), None),
        era=next((era for era in ERAS if era == folder.noted(upload.id, "era")), None),
        dry_run=not storing,
        declared=declared,
        sent_on=date.fromisoformat(covers["sent"]) if covers.get("sent") else None,
        called=upload.name,
        t=translator(upload.language),
        fields=partial(field_name, t=translator(upload.language)),
    )
    path = folder.file(upload.id, upload.ending)
    if upload.kind != LINE_LIST:
        return reception_files.import_records(
            database, grant, settings, path, upload.kind, options, observer=pulse
        )
    return pipeline.import_file(database, grant, settings, path, options, pulse)


def grant_of(database: Database, actor: str) -> Grant:
    """The grant that the sender's account has now.

    Raises
    ------
    NotPermittedError
        The account is closed, or answers for some provinces only.
    """
    found = accounts.grant_facts(database, actor)
    grant = Grant(actor, *found) if found is not None else None
    if grant is None or not files.may_bring(grant):
        raise NotPermittedError("your account may not import files any more; nothing was imported")
    return grant
