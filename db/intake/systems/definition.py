"""What is pulled from another system and sent to it: a small text (TOML), checked as a whole.

It says where the system is and which mapping reads what of it; it holds no password. What a system is asked
with is sealed beside it, or stands in the environment.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from db.intake.systems.reading import Problems, Reader
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import disease_lookup
from surveillance.errors import MappingError
from surveillance.report_periods import REPORT_PERIODS
from surveillance.vocabulary import normalise

DHIS2, ODK, KOBO = "dhis2", "odk", "kobo"
KINDS = (DHIS2, ODK, KOBO)
#: What single records of a DHIS2 are asked for as.
EVENTS, ENROLLMENTS, ENTITIES = "events", "enrollments", "tracked_entities"
#: How metadata are named.
SCHEMES = ("uid", "code", "name")
STRATEGIES = ("CREATE_AND_UPDATE", "CREATE", "UPDATE")
NUMERATOR, DENOMINATOR = "numerator", "denominator"
#: Roles that another system may be sent what they see; outside the programme first.
ROLES = ("partner", "viewer", "official", "epidemiologist")
_LARGEST = 200_000
_LONGEST = 40
_PAGE = 500
_KEYS = {
    DHIS2: ("facilities", "elements", "values", "events", "push"),
    ODK: ("submissions",),
    KOBO: ("submissions",),
}
_COMMON = ("name", "kind", "address", "source", "hour", "language")


@dataclass(frozen=True)
class Facilities:
    """Organisation units that are facilities: those of a level, each in the province above it."""

    level: int
    province_level: int
    known_by: str
    page_size: int


@dataclass(frozen=True)
class Values:
    """Counts of data sets, for organisation units and all below them, period by period since a day."""

    key: str
    mapping: str
    data_sets: tuple[str, ...]
    units: tuple[str, ...]
    periods: str
    since: date
    elements_by: str
    units_by: str


@dataclass(frozen=True)
class Events:
    """Single records of a program: events, or enrollments or persons with their events."""

    key: str
    what: str
    mapping: str
    program: str
    units: tuple[str, ...]
    page_size: int
    elements_by: str
    units_by: str
    fields: str


@dataclass(frozen=True)
class Submissions:
    """What was sent in by a form of ODK Central (of a project) or KoboToolbox."""

    key: str
    form: str
    mapping: str
    project: int
    page_size: int


@dataclass(frozen=True)
class Sent:
    """One number of each province and period: a data element, and what it counts."""

    element: str
    category: str
    disease: str
    measure: str
    part: str


@dataclass(frozen=True)
class Push:
    """What is sent: as a role sees it, for organisation units that stand for provinces."""

    role: str
    data_set: str
    periods: str
    strategy: str
    #: P-code of a province -> organisation unit.
    units: Mapping[str, str]
    values: tuple[Sent, ...]


@dataclass(frozen=True)
class Definition:
    """What is pulled from a system and sent to it. `hour`: of the day, at which it is pulled by itself."""

    name: str
    kind: str
    address: str
    source: str
    fingerprint: str
    hour: int | None = None
    language: str = "en"
    facilities: Facilities | None = None
    elements: bool = False
    values: tuple[Values, ...] = ()
    events: tuple[Events, ...] = ()
    submissions: tuple[Submissions, ...] = ()
    push: Push | None = None
    #: Names of the mappings that it needs.
    mappings: tuple[str, ...] = field(default=())


def read_definition(raw: bytes, file: str) -> Definition:
    """Check the text of a definition.

    Raises
    ------
    MappingError
        The text is wrong; the message holds everything that is wrong with it.
    """
    if len(raw) > _LARGEST:
        raise MappingError("{file}: is too large to say what is pulled from a system", file=file)
    try:
        given = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise MappingError("{file}: the text is not UTF-8", file=file) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MappingError("{file}: is not TOML ({error})", file=file, error=str(error)) from error
    problems = Problems()
    found = _definition(Reader(given, "", problems), sha256(raw).hexdigest()[:12])
    if problems.found:
        listed = "".join(f"\n  - {one}" for one in problems.found)
        raise MappingError("{file}: cannot be used:{listed}", file=file, listed=listed)
    return found


def _definition(top: Reader, fingerprint: str) -> Definition:
    kind = top.one_of("kind", KINDS, DHIS2)
    top.known((*_COMMON, *_KEYS[kind]))
    name = top.name("name", _LONGEST)
    facilities = top.table("facilities")
    push = top.table("push")
    values = tuple(_values(one, f"values {at}") for at, one in enumerate(top.tables("values"), 1))
    events = tuple(_events(one, f"events {at}") for at, one in enumerate(top.tables("events"), 1))
    forms = tuple(
        _submissions(one, kind, f"form {at}") for at, one in enumerate(top.tables("submissions"), 1)
    )
    named = [one.mapping for one in values] + [one.mapping for one in events] + [one.mapping for one in forms]
    found = Definition(
        name=name,
        kind=kind,
        address=top.text("address"),
        source=top.text("source", name)[:80],
        fingerprint=fingerprint,
        hour=top.whole("hour", 0, 23, None),
        language=top.one_of("language", ("en", "km"), "en"),
        facilities=None if facilities is None else _facilities(facilities),
        elements=top.flag("elements", bool(values)),
        values=values,
        events=events,
        submissions=forms,
        push=None if push is None else _push(push),
        mappings=tuple(dict.fromkeys(named)),
    )
    if not (facilities or values or events or forms or push or found.elements):
        top.problem(f"says nothing that is pulled or sent: give one of {', '.join(_KEYS[kind])}")
    return found


def _facilities(given: Reader) -> Facilities:
    given.known(("level", "province_level", "known_by", "page_size"))
    level = given.whole("level", 2, 12, 5)
    above = given.whole("province_level", 1, 11, 2)
    if above >= level:
        given.problem("province_level: is above level, so that it is a smaller number")
    return Facilities(level, above, given.one_of("known_by", SCHEMES[:2], "code"), _size(given))


def _values(given: Reader, key: str) -> Values:
    given.known(("mapping", "data_sets", "units", "periods", "since", "elements_by", "units_by"))
    return Values(
        key,
        given.text("mapping", "dhis2-values"),
        given.identifiers("data_sets"),
        given.identifiers("units"),
        given.one_of("periods", tuple(REPORT_PERIODS), "month"),
        given.day("since"),
        given.one_of("elements_by", SCHEMES, "uid"),
        given.one_of("units_by", SCHEMES[:2], "code"),
    )


def _events(given: Reader, key: str) -> Events:
    given.known(("what", "mapping", "program", "units", "page_size", "elements_by", "units_by", "fields"))
    return Events(
        key,
        given.one_of("what", (EVENTS, ENROLLMENTS, ENTITIES), EVENTS),
        given.text("mapping", "dhis2-events"),
        given.identifier("program"),
        given.identifiers("units"),
        _size(given),
        given.one_of("elements_by", SCHEMES, "code"),
        given.one_of("units_by", SCHEMES[:2], "code"),
        given.text("fields", "*,!relationships,!notes,!programOwners"),
    )


def _submissions(given: Reader, kind: str, key: str) -> Submissions:
    given.known(("form", "mapping", "page_size", *(("project",) if kind == ODK else ())))
    project = given.whole("project", 1, 2**31 - 1, None if kind == ODK else 0)
    if project is None:
        given.problem("project: give its number, as in the address of its page")
    return Submissions(
        key, given.identifier("form"), given.text("mapping", kind), project or 0, _size(given, 1_000)
    )


def _size(given: Reader, most: int = 5_000) -> int:
    return given.whole("page_size", 1, most, _PAGE) or _PAGE


def _push(given: Reader) -> Push:
    given.known(("role", "data_set", "periods", "strategy", "units", "values"))
    units = given.table("units")
    named = {} if units is None else units.plain_texts()
    if not named:
        given.problem('units: give [push.units], lines of a province and an organisation unit (KH01 = "...")')
    values = tuple(_sent(one) for one in given.tables("values"))
    if not values:
        given.problem("values: give [[push.values]], one for each data element")
    keys = [(one.element, one.category) for one in values]
    if len(set(keys)) < len(keys):
        given.problem("values: a data element with its category stands twice")
    return Push(
        given.one_of("role", ROLES, ROLES[0]),
        given.identifier("data_set", needed=False),
        given.one_of("periods", ("month", "quarter", "year"), "month"),
        given.one_of("strategy", STRATEGIES, STRATEGIES[0]),
        named,
        values,
    )


def _sent(given: Reader) -> Sent:
    given.known(("element", "category", "disease", "measure", "part"))
    said = given.text("disease")
    disease = disease_lookup().get(normalise(said), "")
    if said and not disease:
        given.problem(f"disease: '{said}' is no disease of the line list")
    return Sent(
        given.identifier("element"),
        given.identifier("category", needed=False),
        disease,
        given.one_of("measure", tuple(MEASURES), "testing"),
        given.one_of("part", (NUMERATOR, DENOMINATOR), NUMERATOR),
    )
