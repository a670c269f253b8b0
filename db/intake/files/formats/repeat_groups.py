"""Repeat groups of survey forms: persons inside the form of a household, each as a row of its own.

A row holds what was said of the form, and then what was said of the person. JSON nests the entries inside the
form; a workbook has a sheet for each group, tied to the form's sheet by its number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from db.intake.files.rows import Row, Table, fold
from surveillance.errors import UnreadableFileError

Item = dict[str, Any]
#: Column that the reader adds: which entry of its form a row is, from 1.
ENTRY = "chhlang_entry"
#: Why a form is left out: it has no entry in the group.
NO_ENTRY = "no_entry"
#: How rows are called where each is one entry.
ROW_WORD = "entry"
#: Columns by which the sheet of a group names its form (KoboToolbox), and the form's own.
PARENT, _INDEX, _TABLE = "_parent_index", "_index", "_parent_table_name"
_LONGEST_SHEET_NAME = 31


def entries_of(path: Path, items: list[Any], group: str) -> tuple[list[Any], list[int]]:
    """Each entry of the group as an item with its form's values; and the numbers of forms without any.

    Raises
    ------
    UnreadableFileError
        No form has such a group, or the group does not hold entries.

    >>> forms = [{"_uuid": "f1", "house/members": [{"house/members/sex": "female"}]}, {"_uuid": "f2"}]
    >>> entries_of(Path("a.json"), forms, "house/members")
    ([{'_uuid': 'f1', 'house/members/sex': 'female', 'chhlang_entry': '1'}], [2])
    """
    made: list[Any] = []
    without: list[int] = []
    found = False
    for number, form in enumerate(items, start=1):
        name, entries = _group_in(form, group)
        found = found or name is not None
        if not entries:
            without.append(number)
            continue
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise UnreadableFileError(
                "{file}: item {number}: '{group}' holds no list of entries; "
                "name a repeat group in the mapping",
                file=path.name,
                number=number,
                group=group,
            )
        shared = _without(form, name or group)
        made += [
            shared | _prefixed(entry, name or group) | {ENTRY: str(at)}
            for at, entry in enumerate(entries, start=1)
        ]
    if items and not found:
        raise UnreadableFileError(
            "{file}: no form has the group '{group}' that the mapping names", file=path.name, group=group
        )
    return made, without


def groups_of(form: Item, inside: str = "") -> dict[str, int]:
    """Lists of entries that a form holds, at any depth of its groups, and how many entries each has.

    What the server adds (`_attachments`) is no group of the form.

    >>> groups_of({"house": {"members": [{"sex": "f"}, {"sex": "m"}]}, "_notes": [{"note": ""}]})
    {'house/members': 2}
    """
    found: dict[str, int] = {}
    for name, value in form.items():
        full = f"{inside}/{name}" if inside else name
        if isinstance(value, dict):
            found |= groups_of(value, full)
        elif not name.startswith("_") and _holds_entries(value):
            found[full] = len(value)
    return found


def _holds_entries(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _group_in(form: Any, group: str) -> tuple[str | None, Any]:
    """The group's name as the form writes it, and its entries; at any depth of nested groups."""
    if not isinstance(form, dict):
        return None, None
    wanted, last = fold(group), fold(group.rpartition("/")[2])
    for name, value in form.items():
        if fold(name) == wanted or (isinstance(value, list) and fold(name.rpartition("/")[2]) == last):
            return name, value
    for name, value in form.items():
        if isinstance(value, dict):
            inner, entries = _group_in(value, last)
            if inner is not None:
                return f"{name}/{inner}", entries
    return None, None


def _without(form: Item, name: str) -> Item:
    """The form without the group, which may lie inside another."""
    if name in form:
        return {key: value for key, value in form.items() if key != name}
    for key, value in form.items():
        if isinstance(value, dict) and name.startswith(f"{key}/"):
            return form | {key: _without(value, name[len(key) + 1 :])}
    return dict(form)


def _prefixed(entry: Item, name: str) -> Item:
    """An entry's values under the full names of their questions."""
    return {key if key.startswith(f"{name}/") else f"{name}/{key}": value for key, value in entry.items()}


def sheet_of(names: list[str], group: str) -> str | None:
    """The sheet of a group: named like it, cut to the length that a sheet's name may have."""
    wanted = {fold(group), fold(group.rpartition("/")[2]), fold(group.replace("/", "_"))}
    wanted |= {name[:_LONGEST_SHEET_NAME] for name in wanted}
    return next((name for name in names if fold(name) in wanted), None)


def parent_of(entries: Table, rows: list[Row], names: list[str], own: str) -> str:
    """The sheet of the forms that a sheet of entries belongs to: the one it names, else the first other."""
    at = entries.header.index(_TABLE) if _TABLE in entries.header else None
    if at is not None:
        said = {fold(row.cells[at]) for row in rows if at < len(row.cells) and row.cells[at].strip()}
        for name in names:
            if {fold(name), fold(name)[:_LONGEST_SHEET_NAME]} & {s[:_LONGEST_SHEET_NAME] for s in said}:
                return name
    return next(name for name in names if name != own)


def joined(path: Path, forms: Table, form_rows: list[Row], entries: Table, rows: list[Row]) -> Table:
    """The entries with the columns of their forms before their own.

    Raises
    ------
    UnreadableFileError
        A column that ties them is missing, or an entry names no form.
    """
    for table, column in ((forms, _INDEX), (entries, PARENT)):
        if column not in table.header:
            raise UnreadableFileError(
                "{file}: the sheets of forms and entries are tied by '{column}', which is missing; "
                "export the workbook anew with these columns",
                file=path.name,
                column=column,
            )
    index, parent = forms.header.index(_INDEX), entries.header.index(PARENT)
    by_index = {_cell(row, index): row for row in form_rows}
    own = {fold(name) for name in entries.header}
    shared = [at for at, name in enumerate(forms.header) if name and name not in own and at != index]
    sent = [*(forms.sent_header[at] for at in shared), *entries.sent_header, ENTRY]
    seen: dict[str, int] = {}

    def made() -> Iterator[Row]:
        for row in rows:
            key = _cell(row, parent)
            form = by_index.get(key)
            if form is None:
                raise UnreadableFileError(
                    "{file}: row {number} belongs to form '{form}', which is not in the workbook",
                    file=path.name,
                    number=row.number,
                    form=key[:40],
                )
            seen[key] = seen.get(key, 0) + 1
            own_cells = row.cells + [""] * (len(entries.sent_header) - len(row.cells))
            yield Row(row.number, [*(_cell(form, at) for at in shared), *own_cells, str(seen[key])])

    header = [*(forms.header[at] for at in shared), *entries.header, ENTRY]
    with_entries = {_cell(row, parent) for row in rows}
    without = [(row.number, NO_ENTRY) for row in form_rows if _cell(row, index) not in with_entries]
    return replace(  # all other facts of the workbook stay
        entries,
        header=header,
        sent_header=sent,
        chunks=iter([list(made())]),
        left_out=list(dict.fromkeys((*entries.left_out, *forms.left_out, *without))),
        excel_1904=forms.excel_1904 or entries.excel_1904,
        form=entries.form or forms.form,
    )


def _cell(row: Row, at: int) -> str:
    return row.cells[at] if at < len(row.cells) else ""
