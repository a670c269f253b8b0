"""What a row of a file can be, and the fields that it is read into: one table for every door."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import get_args

from surveillance.line_list import AGE_SOURCES, READ, REQUIRED, Field, FieldType
from surveillance.reception.kinds import KINDS

#: Each row is a visit.
LINE_LIST = "line-list"
#: Kinds of record of a reception centre that come in files: whoever hands a child over enters it.
OF_A_CENTRE: tuple[str, ...] = tuple(kind.code for kind in KINDS.values() if kind.counted)
_TYPES: dict[str, FieldType] = {
    "moment": "date",
    "codes": "code",
    "people": "text",
    "letters": "text",
    "slip": "text",
}
_TYPES |= {name: name for name in get_args(FieldType)}


@cache
def fields_of(kind: str) -> Mapping[str, Field]:
    """Return the columns that a file of one kind may have.

    Parameters
    ----------
    kind : str
        :data:`LINE_LIST`, or one of :data:`OF_A_CENTRE`.

    Returns
    -------
    mapping of str to Field
        A moment is a `date` here, and some of several codes a `code`.

    Examples
    --------
    >>> list(fields_of("service"))[:5], fields_of("service")["given_at"].type
    (['record_id', 'van_id', 'item', 'crossing', 'record_status'], 'date')
    """
    if kind == LINE_LIST:
        return READ
    asked = KINDS[kind]
    found = [
        Field("record_id", "text", "The sender's own number of the person, van or visit.", "identifying")
    ]
    if asked.subject != "own":
        found.append(Field("van_id", "text", "The sender's own number of the van.", "identifying"))
    if asked.items:
        found.append(Field("item", "code", "What it was.", required=True, values=asked.items))
    elif asked.many:
        found.append(Field("item", "text", "The sender's own number, where one person has several."))
    found.append(Field("crossing", "place", "Crossing of the centre.", required=True))
    for one in asked.fields:
        type_ = _TYPES[one.type]
        found.append(Field(one.name, type_, one.meaning, one.sensitivity, one.required, one.values))
    found += AGE_SOURCES if "age_years" in asked.by_name else ()
    return {one.name: one for one in found}


@cache
def needed_of(kind: str) -> tuple[str, ...]:
    """Return the fields that every row needs.

    Parameters
    ----------
    kind : str
        :data:`LINE_LIST`, or one of :data:`OF_A_CENTRE`.

    Returns
    -------
    tuple of str
        A row that withdraws a record needs fewer.

    Examples
    --------
    >>> needed_of("van"), needed_of("session")
    (('record_id', 'crossing', 'arrived_at'), ('item', 'crossing'))
    """
    if kind == LINE_LIST:
        return REQUIRED
    own = () if KINDS[kind].subject == "van or person" else ("record_id",)
    return (*own, *(one.name for one in fields_of(kind).values() if one.required))
