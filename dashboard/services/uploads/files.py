"""Files that come through the browser: bringing one, answering what it asks, fetching what goes back.

A file is its sender's alone: whatever is asked of another's is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from dashboard.messages import DEFAULT_LANGUAGE, LANGUAGES
from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import declared_coverage, saved_mappings
from dashboard.services.imports.options import DEFAULT_SOURCE, SAME_NUMBERS
from dashboard.services.uploads.folder import Folder, ending_of, shown_name
from dashboard.settings import Settings
from db.core.engine import Database, together
from db.intake.dates.parse import ORDERS
from db.intake.files.readers import sha256_of
from db.intake.mappings import file as mapping_file
from db.intake.values.codes import clean_text
from db.operations import audit
from db.operations import uploads as rows
from db.operations.lease_queue import CANCELLED
from db.operations.uploads import ASKED, STORE, TRY, Upload
from surveillance.calendar.buddhist_era import ERAS
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.file_kinds import LINE_LIST, OF_A_CENTRE
from surveillance.reception.kinds import KINDS

#: Files that one person may have on the way at a time, and those that are listed.
MOST, LISTED = 5, 20
_MB = 1024 * 1024


def check(grant: Grant) -> None:
    """Refuse an account that may not upload files.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or answers for some provinces only. Nurses import referrals of their
        own crossings: a row of another one is returned.
    """
    if grant.can(Permission.IMPORT_REFERRALS):
        return
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.national:
        raise NotPermittedError(
            "a file holds records of every province; your account is for some places, so it may not "
            "import files"
        )


def may_bring(grant: Grant) -> bool:
    """Whether an account may upload files."""
    try:
        check(grant)
    except NotPermittedError:
        return False
    return True


def largest(settings: Settings) -> int:
    """Bytes that a file may have."""
    return settings.max_file_mb * _MB


def make_room(grant: Grant, settings: Settings, size: int) -> tuple[str, Path]:
    """A number for a new file, and the path at which to leave it for :func:`arrived`.

    Raises
    ------
    NotPermittedError
        As :func:`check`.
    UsageError
        It is too large, or the disk is full.
    """
    check(grant)
    if size > largest(settings):
        raise too_large(settings)
    folder = Folder.of(settings)
    number = folder.new(size)
    return number, folder.at(number) / "arriving"


def too_large(settings: Settings) -> UsageError:
    """The sentence on a file that is too large."""
    return UsageError(
        "the file is larger than {most} MB, the most that is read; split it into several files",
        most=settings.max_file_mb,
    )


def forget(settings: Settings, number: str) -> None:
    """Delete what came of a file that did not arrive."""
    Folder.of(settings).drop(number)


def arrived(
    database: Database, grant: Grant, settings: Settings, number: str, name: str, given: Mapping[str, Any]
) -> None:
    """Take a file in that lies where :func:`make_room` said.

    Parameters
    ----------
    name : str
        Its name, as its sender's browser gives it.
    given : mapping
        `source`; `kind` of its rows, a line list or reports unless said; `language` of its sender; and
        `facility`, `from`, `to`, `complete`: what the file covers, where it is said; and `sent`: the day on
        which the file was sent, today unless said.

    Raises
    ------
    UsageError
        The file is empty, too large, or of a kind that is not read; what it covers cannot be read; or too
        many of this person's files are on the way.
    """
    folder = Folder.of(settings)
    try:
        facts = _facts(database, grant, settings, folder, number, name, given)
        kept = {name: facts[name] for name in ("size", "sha256", "source")}
        with together(database.operations):
            rows.add(database, number, facts, most=MOST)
            audit.record(database, grant.actor, "file brought", {"file": number} | kept)
    except Exception:
        folder.drop(number)
        raise


def _facts(
    database: Database,
    grant: Grant,
    settings: Settings,
    folder: Folder,
    number: str,
    name: str,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """What is known of a file that has arrived; it gets its own place in its folder."""
    path = folder.at(number) / "arriving"
    size = path.stat().st_size
    if not size:
        raise UsageError("the file is empty")
    if size > largest(settings):
        raise too_large(settings)
    ending = ending_of(shown_name(name))
    covers = _kind(grant, given) or _covers(database, given) | _sent(given)
    path.replace(folder.file(number, ending))
    return {
        "actor": grant.actor,
        "name": shown_name(name),
        "ending": ending,
        "size": size,
        "sha256": sha256_of(folder.file(number, ending)),
        "source": clean_text(str(given.get("source", "")), 80) or DEFAULT_SOURCE,
        "covers": covers,
        "language": str(given.get("language", ""))
        if given.get("language") in LANGUAGES
        else DEFAULT_LANGUAGE,
    }


def kinds(grant: Grant) -> list[str]:
    """Kinds of file that this account may bring: referrals are for those who read them."""
    may_refer = grant.can(Permission.READ_REFERRALS)
    private = [kind for kind in OF_A_CENTRE if KINDS[kind].private and may_refer]
    if not grant.can(Permission.IMPORT_FILES):
        return private
    return [LINE_LIST, *(kind for kind in OF_A_CENTRE if kind in private or not KINDS[kind].private)]


def _kind(grant: Grant, given: Mapping[str, Any]) -> dict[str, Any]:
    """What each row is, where it is no visit."""
    kind = str(given.get("kind", "") or LINE_LIST)
    if kind not in kinds(grant):
        raise UsageError("choose from the list what the file holds")
    if kind == LINE_LIST:
        return {}
    if any(given.get(name) for name in ("facility", "from", "to", "complete", "sent")):
        raise UsageError(
            "what a file covers, and when it was sent, is said of line lists alone; leave it blank"
        )
    return {"kind": kind}


def _covers(database: Database, given: Mapping[str, Any]) -> dict[str, Any]:
    parts = [clean_text(str(given.get(name, "")), 80) for name in ("facility", "from", "to")]
    complete = bool(given.get("complete"))
    if not any(parts):
        if complete:
            raise UsageError("complete: say which facility and which days the file is complete for")
        return {}
    if not all(parts):
        raise UsageError("what the file covers: give the facility, the first day and the last day, or none")
    try:
        declared_coverage.read(
            database, [parts], complete=complete, withdraw_missing=False, today=today_in_cambodia()
        )
    except UsageError as error:
        raise UsageError(str(error).removeprefix("--covers: ")) from error
    return {"covers": [parts], "complete": complete}


def _sent(given: Mapping[str, Any]) -> dict[str, str]:
    """The day on which a file was sent, where it is said: as `import --sent` reads it."""
    try:
        day = declared_coverage.read_sent(
            clean_text(str(given.get("sent", "")), 80) or None, today_in_cambodia()
        )
    except UsageError as error:
        raise UsageError("sent: give a day that has come, as YYYY-MM-DD", "sent") from error
    return {} if day is None else {"sent": day.isoformat()}


def listed(database: Database, grant: Grant) -> list[Upload]:
    """The newest of this person's files."""
    check(grant)
    return rows.listed(database, grant.actor, LISTED)


def get(database: Database, grant: Grant, number: str) -> Upload | None:
    """One of the person's own files; None for an unknown number."""
    check(grant)
    return rows.get(database, grant.actor, number)


def noted(settings: Settings, upload: Upload, name: str) -> Any:
    """What was seen in a file (`look`, `match`, `tried`, `receipt`); None once it is gone."""
    return Folder.of(settings).noted(upload.id, name)


def choose(database: Database, grant: Grant, settings: Settings, upload: Upload, name: str) -> None:
    """Try a file with a mapping that there is.

    Raises
    ------
    MappingError
        No mapping has that name.
    UsageError
        The file does not ask.
    """
    check(grant)
    text = None if name in mapping_file.shipped() else saved_mappings.text_of(database, grant, name)
    saved_mappings.chosen(database, name, text, upload.kind)
    Folder.of(settings).forget(upload.id, "match", "tried", "era", "numbers")
    _ask(database, upload, TRY, mapping=name, mapping_text=text, date_order=None)


def answer_dates(database: Database, grant: Grant, upload: Upload, order: str) -> None:
    """Say which of day and month comes first in a file, and try it again.

    Raises
    ------
    UsageError
        That is no answer, or the file does not ask.
    """
    check(grant)
    if order not in ORDERS:
        raise UsageError("choose one of the two readings of the dates")
    _ask(database, upload, TRY, date_order=order)


def answer_numbers(database: Database, grant: Grant, settings: Settings, upload: Upload, answer: str) -> None:
    """Say what numbers are that are held for other people, and try the file again.

    Raises
    ------
    UsageError
        That is no answer, or the file does not ask.
    """
    check(grant)
    if answer not in SAME_NUMBERS:
        raise UsageError("choose what the numbers are")
    tried = noted(settings, upload, "tried")
    if upload.status != ASKED or not (tried or {}).get("numbers"):
        raise UsageError("this file waits for no answer now; look at where it stands")
    Folder.of(settings).note(upload.id, "numbers", {"same_numbers": answer})
    _ask(database, upload, TRY)


def answer_era(database: Database, grant: Grant, settings: Settings, upload: Upload, era: str) -> None:
    """Say of which reckoning the Buddhist years of a file are, and try it again.

    The answer lies beside the file, and goes with it; what was imported keeps it in its receipt and in the
    audit trail.

    Raises
    ------
    UsageError
        That is no answer, or the file does not ask.
    """
    check(grant)
    if era not in ERAS:
        raise UsageError("choose one of the two reckonings of the years")
    Folder.of(settings).note(upload.id, "era", era)
    _ask(database, upload, TRY)


def retry(database: Database, grant: Grant, upload: Upload, name: str, text: str) -> None:
    """Try a file with a mapping that was made for it.

    Raises
    ------
    UsageError
        The file does not ask.
    """
    check(grant)
    _ask(database, upload, TRY, mapping=name, mapping_text=text)


def store(database: Database, grant: Grant, settings: Settings, upload: Upload) -> None:
    """Import a file that has been tried; a mapping that was made for it is kept.

    Raises
    ------
    UsageError
        The file has not been tried, or does not ask.
    """
    check(grant)
    tried = noted(settings, upload, "tried")
    if upload.status != ASKED or upload.task != TRY or not tried or "counts" not in tried:
        raise UsageError("preview the file first")
    text = upload.mapping_text
    if noted(settings, upload, "match") is not None and upload.mapping and text:
        text = saved_mappings.keep(database, grant, upload.mapping, text)
    _ask(database, upload, STORE, mapping_text=text)


def _ask(database: Database, upload: Upload, task: str, **answers: Any) -> None:
    if not rows.ask(database, upload.actor, upload.id, task, **answers):
        raise UsageError("this file waits for no answer now; look at where it stands")


def cancel(database: Database, grant: Grant, settings: Settings, upload: Upload) -> bool:
    """Stop a file, and delete it; false where it is too late."""
    check(grant)
    with together(database.operations):
        ended = rows.cancel(database, grant.actor, upload.id)
        if ended:
            audit.record(database, grant.actor, "file cancelled", {"file": upload.id})
    if ended == CANCELLED:
        Folder.of(settings).drop(upload.id)
    return ended is not None


def take_returned(
    database: Database, grant: Grant, settings: Settings, upload: Upload
) -> tuple[IO[bytes], str] | None:
    """A file's rejected rows, opened, and their ending; they are deleted. None where there are none."""
    check(grant)
    folder = Folder.of(settings)
    path = folder.returned(upload.id)
    if path is None:
        return None
    with together(database.operations):
        if not rows.take_returned(database, grant.actor, upload.id):
            return None
        said = {"file": upload.id, "batch": upload.batch}
        audit.record(database, grant.actor, "returned rows fetched", said)
    handle = path.open("rb")
    folder.drop(upload.id, keep=("receipt.json",))  # what is open can still be read
    return handle, path.suffix
