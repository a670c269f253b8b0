"""A foreign table as one in the columns of the line list, each row with what its sender wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from itertools import zip_longest
from operator import itemgetter

from db.intake.files.formats.repeat_groups import ENTRY
from db.intake.files.readers import Row, Table
from db.intake.mappings.check import DETAIL
from db.intake.mappings.columns import Maker, copied, detailed, flagged, kept_reactive, ruled, with_reactive
from db.intake.mappings.event_status import no_visits
from db.intake.mappings.model import Mapping, Rule, column_key, value_key
from db.intake.mappings.personal_columns import companion_of
from db.intake.values.reasons import Reason
from surveillance.errors import UnreadableFileError
from surveillance.line_list import READ, RECORD_STATUS, RETURNED_COLUMNS, WITHDRAWN, Field
from surveillance.vocabulary import lookup, normalise

STATUS = "record_status"
_STATUS = lookup(RECORD_STATUS)


def known_columns(mapping: Mapping) -> frozenset[str]:
    """Names by which a reader may tell the header of a file from what stands above it."""
    if mapping.is_plain:
        return frozenset(mapping.fields)
    named = {column for columns in mapping.columns.values() for column in columns}
    named |= set(mapping.no_visit)
    named |= {column for rules in mapping.rules.values() for rule in rules for column in rule.columns}
    own = set(mapping.fields) if mapping.own_names else set()
    return frozenset(named | own | set(mapping.ignore))


def _companions(unread: Sequence[str], read: Sequence[str]) -> list[tuple[str, str]]:
    found = ((name, companion_of(name, read)) for name in unread)
    return [(name, other) for name, other in found if other is not None]


class Delivered:
    """A table whose columns are named as fields: it goes through as it is.

    Attributes
    ----------
    header : list of str
        Fields that the rows hold, and other columns.
    sent_header : list of str
        The header as it was sent.
    called : dict
        Field -> the column it is made of, as its sender calls it; several are joined by `, `.
    ignored : list of str
        Columns that nothing reads.
    """

    def __init__(self, table: Table, fields: ReadOnly[str, Field] = READ) -> None:
        self.table, self.fields = table, fields
        self.header = list(table.header)
        self.sent_header = list(table.sent_header) or list(table.header)
        self.called: dict[str, str] = {}
        #: Rows that are no visits, by the column and text that say so: how many, and the first.
        self.no_visits: dict[tuple[str, str], tuple[int, int]] = {}
        self._no_visit = self._not_held()
        named = {*fields, *RETURNED_COLUMNS, "", *(self.header[at] for at, _ in self._no_visit)}
        self.ignored = [name for name in self.header if name not in named]

    @property
    def chunks(self) -> Iterator[list[Row]]:
        """The rows in the columns of the line list."""
        return map(self._visits, self.table.chunks) if self._no_visit else self.table.chunks

    def _not_held(self, decided: Collection[str] = ()) -> list[tuple[int, frozenset[str]]]:
        """Where an undecided status of DHIS2 events stands, and the texts that say no visit."""
        keys = [column_key(name) for name in self.sent_header]
        planned = {column_key(name): texts for name, texts in no_visits(self.sent_header).items()}
        return [
            (keys.index(key), frozenset(map(value_key, texts)))
            for key, texts in planned.items()
            if key not in decided
        ]

    def _visits(self, rows: list[Row]) -> list[Row]:
        """The rows without those that are no visits, which are counted; what is withdrawn stays."""
        for at, texts in self._no_visit:
            keys = [value_key(row.cells[at]) if at < len(row.cells) else "" for row in rows]
            found = [
                key in texts and not self._is_withdrawn(row) for key, row in zip(keys, rows, strict=True)
            ]
            for row, no_visit in zip(rows, found, strict=True):
                if no_visit:
                    noted = self.sent_header[at].strip(), row.cells[at].strip()
                    count, first = self.no_visits.get(noted, (0, row.number))
                    self.no_visits[noted] = count + 1, first
            rows = [row for row, no_visit in zip(rows, found, strict=True) if not no_visit]
        return rows

    def _is_withdrawn(self, row: Row) -> bool:
        if STATUS not in self.header:
            return False
        at = self.header.index(STATUS)
        return at < len(row.cells) and _STATUS.get(normalise(row.cells[at])) == WITHDRAWN

    @property
    def sent_width(self) -> int:
        """Columns of the header as it was sent."""
        return len(self.sent_header)

    @property
    def excel_1904(self) -> bool:
        """Whether the reader says that day numbers count from 1904."""
        return self.table.excel_1904

    @property
    def day_columns(self) -> dict[str, int]:
        """Columns of days, and where in the row they stand."""
        return {
            name: i
            for i, name in enumerate(self.header)
            if name in self.fields and self.fields[name].type == "date"
        }

    @property
    def companions(self) -> list[tuple[str, str]]:
        """Columns that nothing reads though they may change what another means, and that other."""
        return _companions(self.ignored, [name for name in self.header if name in self.fields])

    @property
    def lacking(self) -> list[tuple[str, str]]:
        """Columns that a mapping names and the file has not, each with its field."""
        return []

    @property
    def groups(self) -> dict[str, int]:
        """Repeat groups of which nothing was read, and how many entries they hold."""
        sent = {name.strip() for name in self.sent_header}
        quiet = sent - {name.strip() for name in self.ignored}
        return {name: count for name, count in self.table.groups.items() if name not in quiet}

    def missing(self, field: str) -> str:
        """Where a field was looked for, for a message."""
        return field

    def in_senders_words(self, reason: Reason) -> Reason:
        """A reason with the sender's column behind the name of the field."""
        return reason


#: Columns in which KoboToolbox and ODK number a form.
_FORM_NUMBERS = ("_uuid", "_submission__uuid", "instanceID", "_id", "_submission__id")


class MappedTable(Delivered):
    """Applies a mapping to a table.

    Parameters
    ----------
    file : str
        The file's name, for messages.
    fields
        Those to make, where not all are wanted.

    Raises
    ------
    UnreadableFileError
        Two columns of a survey's groups could both be meant.
    """

    def __init__(
        self, table: Table, mapping: Mapping, file: str, fields: Collection[str] | None = None
    ) -> None:
        super().__init__(table, mapping.fields)
        self._wanted = mapping.fields.keys() if fields is None else fields
        self._mapping, self._file = mapping, file
        self._keys = list(map(column_key, table.header))
        self._keys += [""] * (len(self.sent_header) - len(self._keys))
        self._place = self._places()
        self._used: set[int] = set()
        makers = self._makers()
        self._number_entries(makers)
        self.header = list(makers)
        self._make = list(makers.values())
        self._status = makers.get(STATUS)
        self._no_visit = [
            (at, texts) for column, texts in mapping.no_visit.items() for at in self._place.get(column, [])
        ]
        self._no_visit += self._not_held(self._decided())
        self._used.update(at for at, _ in self._no_visit)
        quiet = {column_key(name) for name in (*mapping.ignore, *RETURNED_COLUMNS)}
        self.ignored = [
            name
            for i, (name, key) in enumerate(zip(self.sent_header, self._keys, strict=False))
            if i not in self._used and key and not {key, self._last(key)} & quiet
        ]

    @property
    def chunks(self) -> Iterator[list[Row]]:
        """The rows in the columns of the line list."""
        width = len(self.sent_header)
        for delivered in self.table.chunks:
            rows = self._visits(delivered)
            columns = list(zip_longest(*(row.cells for row in rows), fillvalue=""))
            columns += [("",) * len(rows)] * (width - len(columns))
            made = zip(*(make(columns) for make in self._make), strict=True)
            yield [
                Row(row.number, list(cells), row.cells if row.sent is None else row.sent)
                for row, cells in zip(rows, made, strict=True)
            ]

    def _decided(self) -> set[str]:
        """Columns of a status of which the mapping itself says what is no visit."""
        return {*self._mapping.no_visit, *(self._keys[at] for at, _ in self._no_visit)}

    def _form_number(self) -> Maker | None:
        """The number that the survey's server gave a form, where the mapping names none."""
        for name in _FORM_NUMBERS:
            for at in self._place.get(column_key(name), [])[:1]:
                self._used.add(at)
                self.called["record_id"] = self.sent_header[at].strip()
                return itemgetter(at)
        return None

    def _number_entries(self, makers: dict[str, Maker]) -> None:
        """Tell the records of one form apart: the form's number, and which of its entries a record is."""
        (at,) = self._place.get(ENTRY, [None])
        if at is None:
            return
        self._used.add(at)
        maker = makers.get("record_id") or self._form_number()
        if maker is None or "record_id" not in self._wanted:
            return
        group = column_key(self._mapping.repeat)
        if any(column_key(name).startswith(f"{group}/") for name in self.called["record_id"].split(", ")):
            return  # a number that each entry has of its own

        def numbered(columns: Sequence[Sequence[str]]) -> Sequence[str]:
            pairs = zip(maker(columns), columns[at], strict=True)
            return [f"{number.strip()}/{entry}" if number.strip() else "" for number, entry in pairs]

        makers["record_id"] = numbered

    def _is_withdrawn(self, row: Row) -> bool:
        if self._status is None:
            return False
        cells = row.cells + [""] * (len(self.sent_header) - len(row.cells))
        (said,) = self._status([(cell,) for cell in cells])
        return _STATUS.get(normalise(said)) == WITHDRAWN

    @property
    def companions(self) -> list[tuple[str, str]]:
        """Columns that nothing reads though they may change what another means, and that other."""
        used = [self.sent_header[i].strip() for i in sorted(self._used)]
        unread = [
            name.strip()
            for i, (name, key) in enumerate(zip(self.sent_header, self._keys, strict=False))
            if i not in self._used and key
        ]
        return _companions(unread, used)

    @property
    def lacking(self) -> list[tuple[str, str]]:
        """Columns that the file has not, each the only one that the mapping names for its field."""
        named = {field: list(columns) for field, columns in self._mapping.columns.items()}
        for field, rules in self._mapping.rules.items():
            named[field] = list(dict.fromkeys(column for rule in rules for column in rule.columns))
        made = set(self.called)
        return [
            (columns[0], field)
            for field, columns in named.items()
            if len(columns) == 1 and field not in made and field.split(".")[0] in self._wanted
        ]

    def missing(self, field: str) -> str:
        """Where a field was looked for, for a message."""
        looked = [*self._mapping.columns.get(field, ())]
        looked += [column for rule in self._mapping.rules.get(field, ()) for column in rule.columns]
        if self._mapping.own_names and field not in looked:
            looked.insert(0, field)
        return f"{field} (looked for {', '.join(looked)})" if looked else f"{field} (not in the mapping)"

    def in_senders_words(self, reason: Reason) -> Reason:
        """A reason with the sender's column behind the name of the field."""

        def shown(field: str) -> str:
            column = self.called.get(field, field)
            return field if column_key(column) == field else f"{field} ({column})"

        return reason.with_field(shown)

    def _last(self, key: str) -> str:
        for separator in self._mapping.group_separators:
            key = key.rpartition(separator)[2]
        return key.strip()

    def _places(self) -> dict[str, list[int]]:
        """Name of a column, also without its groups -> where it stands; whole names go first."""
        whole: dict[str, list[int]] = {}
        last: dict[str, list[int]] = {}
        inside: dict[str, list[int]] = {}
        for i, key in enumerate(self._keys):
            if key and key not in RETURNED_COLUMNS:
                whole.setdefault(key, []).append(i)
                last.setdefault(self._last(key), []).append(i)
                if self._is_inside(key):
                    inside.setdefault(key.rpartition("/")[2].strip(), []).append(i)
        return last | whole | inside

    def _is_inside(self, key: str) -> bool:
        """Whether a column is a question of the repeat group: its short name means it, not the form's."""
        group = column_key(self._mapping.repeat)
        return bool(group) and f"/{group.rpartition('/')[2]}/" in f"/{key}"

    def _named_in_full(self, column: str) -> list[int]:
        """Where a question of the repeat group stands whose sheet names it without the group's path."""
        group = column_key(self._mapping.repeat)
        inside = bool(group) and column.startswith(f"{group}/")
        return self._place.get(column.rpartition("/")[2], []) if inside else []

    def _find(self, columns: tuple[str, ...], field: str) -> list[int]:
        """Where the columns of these names stand, in their order."""
        found = []
        for column in columns:
            places = self._place.get(column) or self._named_in_full(column)
            if len(places) > 1:
                raise UnreadableFileError(
                    "{file}: each of {names} could be {field}; "
                    "name one of them in full in a mapping of your own",
                    file=self._file,
                    names=", ".join(f"'{self.sent_header[i]}'" for i in places),
                    field=field,
                )
            found += places
        self._used.update(found)
        if found:
            held = [self.called[field]] if field in self.called else []
            self.called[field] = ", ".join(
                dict.fromkeys([*held, *(self.sent_header[i].strip() for i in found)])
            )
        return found

    def _makers(self) -> dict[str, Maker]:
        mapping = self._mapping
        makers: dict[str, Maker] = {}
        items: dict[str, Maker] = {}
        items_of_detail = (name for name in (*mapping.rules, *mapping.constants) if name not in self.fields)
        for field in (*self.fields, *items_of_detail):
            if (field if field in self.fields else "detail") not in self._wanted:
                continue
            maker = self._maker(field)
            if maker is not None and field.startswith(DETAIL):
                items[field.removeprefix(DETAIL)] = maker
            elif maker is not None:
                makers[field] = maker
        if items:
            makers["detail"] = detailed(makers.get("detail"), items)
        return makers

    def _maker(self, field: str) -> Maker | None:
        mapping = self._mapping
        values = self._values_of(field)
        constant = mapping.constants.get(field, "")
        if field in mapping.rules:
            maker = self._by_rules(field, mapping.rules[field], constant)
        else:
            at = self._column_of(field)
            maker = None if at is None else copied(at, values, constant)
        if maker is None and constant:
            return lambda columns: [constant] * len(columns[0])
        return maker

    def _values_of(self, field: str) -> ReadOnly[str, str]:
        values = self._mapping.values.get(field, {})
        return kept_reactive(values) if field == "positive" else values

    def _column_of(self, field: str) -> int | None:
        columns = self._mapping.columns.get(field, ())
        taken = {column for given in self._mapping.columns.values() for column in given}
        if self._mapping.own_names and (field in columns or field not in taken):
            columns = (field, *columns)
        for column in dict.fromkeys(columns):
            found = self._find((column,), field)
            if found:
                return found[0]
        return None

    def _by_rules(self, field: str, rules: tuple[Rule, ...], constant: str) -> Maker | None:
        values = self._values_of(field)
        if field == "positive":
            rules = tuple(with_reactive(rule) for rule in rules)
        if rules[0].way == "flags":  # stands alone
            places = {code: self._find(columns, field) for code, columns in rules[0].flags.items()}
            return flagged(rules[0], places, constant) if any(places.values()) else None
        placed = [(rule, self._find(rule.columns, field)) for rule in rules]
        placed = [
            (rule, here)
            for rule, here in placed
            if here and (rule.way != "join" or len(here) == len(rule.columns))
        ]
        return ruled(placed, values, constant) if placed else None
