"""Random people of a made-up country, and the whole truth of a release of them: before anything is hidden."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date

import numpy as np

from surveillance.coverage.indicators import MEASURES, all_states, contradiction, contribution
from surveillance.disclosure.audit import BLANK, HIDDEN, NOT_ISSUED, SHOWN, VISITS, Numbers
from surveillance.disclosure.lattice import ALL_CROSSINGS, COUNTRY, NO_CROSSING, Column
from surveillance.disclosure.model import VISITS as MODEL_VISITS
from surveillance.disclosure.model import Block, Tree, star
from surveillance.disclosure.model import Table as ModelTable

#: What one record can add: records, then numerator, denominator, unknown of testing, positivity, treatment.
KINDS_OF_PEOPLE = np.array(
    sorted(
        {
            (1, *(number for name in VISITS[1:] for number in contribution(MEASURES[name], answers)))
            for _, answers in all_states()
            for basis in (False, True)
            if not contradiction(answers, basis)
        }
    )
)
#: What one person due for completion can add: numerator, denominator.
KINDS_OF_COHORT = np.array([[0, 1, 0], [1, 1, 0]])
#: Values of each axis, and how common they are.
AXES = {
    "residence": (0.55, 0.2, 0.15, 0.1),
    "activity": (0.3, 0.2, 0.1, 0.1, 0.05, 0.05, 0.02, 0.03, 0.1, 0.05),
    "movement": (0.4, 0.3, 0.1, 0.1, 0.05, 0.05),
    "sex": (0.48, 0.5, 0.01, 0.01),
    "age": (0.1, 0.2, 0.15, 0.25, 0.2, 0.08, 0.02),
}
ACUTE = {"care": 3, "crossing": 3, "home": 2, "group": 2, "cohort": 2}
CHRONIC = {"care": 2, "crossing": 2, "home": 1, "group": 2, "cohort": 1}
SENSITIVE = {"care": 1, "home": 1, "cohort": 1}


@dataclass(frozen=True)
class Country:
    """How many places there are, and how people spread over them."""

    provinces: int = 25
    crossings: int = 41
    homes: int = 32
    axes: dict[str, tuple[float, ...]] = field(default_factory=lambda: AXES)
    #: How unequal places are: 0 for equal ones.
    steep: float = 1.1
    without_crossing: float = 0.6


@dataclass(frozen=True)
class Table:
    """One table of the truth: `counts` are people by leaf row, month and kind of person."""

    dimension: str
    axis: str
    by_place: bool
    finest: int
    rows: list[tuple[str, str]]
    counts: np.ndarray
    #: Never issued: ties tables of groups together.
    joint: bool = False


def _weights(count: int, steep: float, random: np.random.Generator) -> np.ndarray:
    weights = (1 + np.arange(count)) ** -steep if steep else np.ones(count)
    return random.permutation(weights / weights.sum())


def people_kinds(random: np.random.Generator) -> np.ndarray:
    """How common each kind of person is: most are known in full."""
    known = (KINDS_OF_PEOPLE[:, [3, 6, 9]].sum(axis=1) == 0) * 0.9 + 0.03
    weights = known * random.dirichlet(np.full(len(KINDS_OF_PEOPLE), 0.7))
    return weights / weights.sum()


def year_of(
    country: Country, count: int, lattice: dict[str, int], months: int, random: np.random.Generator
) -> list[Table]:
    """Draw `count` people of one disease and year, and count them in every table of its lattice."""

    def of(size: int, steep: float = country.steep) -> np.ndarray:
        return random.choice(size, count, p=_weights(size, steep, random))

    care, home, month = of(country.provinces + 1), of(country.homes), of(months, 0)
    gate = np.where(random.random(count) < country.without_crossing, -1, of(country.crossings))
    kinds = random.choice(len(KINDS_OF_PEOPLE), count, p=people_kinds(random))
    values = {
        axis: random.choice(len(shares), count, p=np.array(shares) / sum(shares))
        for axis, shares in country.axes.items()
    }

    def table(dimension: str, axis: str, by_place: bool, finest: int, row: np.ndarray, names: list) -> Table:
        shape = (len(names), months, len(KINDS_OF_PEOPLE))
        seen = row >= 0
        flat = np.ravel_multi_index((row[seen], month[seen], kinds[seen]), shape)
        counts = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape)
        return Table(dimension, axis, by_place, finest, names, counts)

    def named(letter: str, size: int) -> list[tuple[str, str]]:
        return [(f"{letter}{number:02d}", "") for number in range(size)]

    tables = [table("care", "", True, lattice["care"], care, named("P", country.provinces + 1))]
    if "crossing" in lattice:
        tables.append(table("crossing", "", True, lattice["crossing"], gate, named("X", country.crossings)))
    tables.append(table("home", "", True, lattice["home"], home, named("H", country.homes)))
    if "group" in lattice:
        for axis, value in values.items():
            size = len(country.axes[axis])
            alone = [("", f"{axis}{one}") for one in range(size)]
            tables.append(table("care", axis, False, lattice["group"], value, alone))
            if "group by place" not in lattice:
                continue
            both = [(f"P{p:02d}", f"{axis}{v}") for p in range(country.provinces + 1) for v in range(size)]
            tables.append(table("care", axis, True, lattice["group by place"], care * size + value, both))
            if months == 12 and lattice["group"] == 2:
                tables.append(replace(tables[-1], finest=2, joint=True))
    return tables


def _columns(finest: int, year: int, months: int) -> list[tuple[str, date, list[int]]]:
    """Months, quarters and years that are over, up to the finest kind (1: years alone; 3: months too)."""
    found = []
    if finest == 3:
        found += [("month", date(year, m + 1, 1), [m]) for m in range(months)]
    if finest >= 2:
        found += [("quarter", date(year, m + 1, 1), [m, m + 1, m + 2]) for m in range(0, months - 2, 3)]
    if months == 12:
        found.append(("year", date(year, 1, 1), list(range(12))))
    return found


def truth_of(disease: str, year: int, months: int, tables: list[Table]) -> Numbers:
    """Every number of the tables, with totals, as a release would tell it if nothing were hidden."""
    columns: list[list] = [[] for _ in range(12)]
    for table in tables:
        status = NOT_ISSUED if table.joint else SHOWN
        for kind, first, parts in _columns(table.finest, year, months):
            if table.joint and kind != "quarter":
                continue
            counts = table.counts[:, parts].sum(axis=1)
            rows = [(place, value, counts[row]) for row, (place, value) in enumerate(table.rows)]
            if not table.axis:
                rows.append(("", "", counts.sum(axis=0)))
            for place, value, people in rows:
                numbers = people @ KINDS_OF_PEOPLE
                for level, measure in enumerate(VISITS):
                    own = (
                        (numbers[0], BLANK, 0)
                        if not level
                        else tuple(numbers[1 + 3 * (level - 1) : 1 + 3 * level])
                    )
                    row = (
                        disease,
                        measure,
                        table.dimension,
                        place,
                        table.axis,
                        value,
                        kind,
                        first,
                        *own,
                        status,
                    )
                    for column, entry in zip(columns, row, strict=True):
                        column.append(entry)
    kinds = [*["U"] * 7, "datetime64[D]", *[np.int64] * 3, np.int8]
    return Numbers(*(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))


def joined(parts: list[Numbers]) -> Numbers:
    """Several sets of rows under each other."""
    return Numbers(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Numbers)}
    )


def issued(truth: Numbers) -> Numbers:
    """The truth without what is never issued."""
    return truth.where(truth.status != NOT_ISSUED)


def told(truth: Numbers, hidden: np.ndarray, k: int) -> Numbers:
    """What is published of the truth where these rows are hidden."""
    small = (truth.unknown >= 1) & (truth.unknown < k)
    return replace(
        truth,
        numerator=np.where(hidden, BLANK, truth.numerator),
        denominator=np.where(hidden, BLANK, truth.denominator),
        unknown=np.where(hidden | small, BLANK, truth.unknown),
        status=np.where(hidden, HIDDEN, truth.status).astype(np.int8),
    )


def primary(truth: Numbers, k: int) -> np.ndarray:
    """Rows of which a number is small."""
    rest = truth.denominator - truth.numerator

    def small(numbers: np.ndarray) -> np.ndarray:
        return (numbers >= 1) & (numbers < k)

    of_measure = small(truth.numerator) | small(rest) | small(truth.denominator)
    return np.where(truth.measure == "records", small(truth.numerator), of_measure)


#: Numbers as the model of suppression keeps them: complements, and no denominators.
_MODEL = KINDS_OF_PEOPLE.copy()
_MODEL[:, [2, 5, 8]] -= _MODEL[:, [1, 4, 7]]


def block_of(disease: str, year: int, months: int, tables: list[Table]) -> Block:
    """The same tables as suppression takes them."""
    made, joint, care = [], {}, tables[0]
    for table in tables:
        numbers = table.counts @ _MODEL
        if table.joint:
            if months < 12:
                continue
            values = len({value for _, value in table.rows})
            quarters = numbers.reshape(len(table.rows), 4, 3, -1).sum(axis=2)
            joint[table.axis] = quarters.reshape(len(care.rows), values, 4, -1).transpose(0, 2, 1, 3)
            continue
        if table.axis and table.by_place:
            if months == 12:
                names = list(dict.fromkeys(value for _, value in table.rows))
                sums = numbers.sum(axis=1).reshape(len(care.rows), len(names), -1)
                rows = star(COUNTRY, [place for place, _ in care.rows])
                made.append(ModelTable(f"care:{table.axis}", rows, star("", names), sums))
            continue
        columns, width = _tree(table.finest, year, months)
        if not columns.names:
            continue
        leaves = columns.names and len(columns.leaves) * width
        sums = numbers[:, :leaves].reshape(len(table.rows), len(columns.leaves), width, -1).sum(axis=2)
        name, never = table.dimension, frozenset()
        names = [value or place for place, value in table.rows]
        rows = star(COUNTRY, names)
        if table.axis:
            name = f"group:{table.axis}"
        elif table.dimension == "crossing":
            whole = care.counts.sum(axis=0) @ _MODEL
            own = whole[:leaves].reshape(1, len(columns.leaves), width, -1).sum(axis=2)
            sums = np.concatenate([sums, own - sums.sum(axis=0, keepdims=True)])
            rows = Tree((COUNTRY, ALL_CROSSINGS, *names, NO_CROSSING), (-1, 0, *[1] * len(names), 0))
            never = frozenset({NO_CROSSING})
        made.append(ModelTable(name, rows, columns, sums, never))
    made.sort(key=lambda one: one.grouped)
    return Block(disease, MODEL_VISITS, year, tuple(made), joint)


def _tree(finest: int, year: int, months: int) -> tuple[Tree, int]:
    """Columns of a table as a tree, and how many months its leaves have."""
    names, above = [], []
    whole = months == 12
    if whole:
        names.append(Column("year", date(year, 1, 1)))
        above.append(-1)
    quarters = {}
    if finest >= 2:
        for first in range(0, months - 2, 3):
            quarters[first // 3] = len(names)
            names.append(Column("quarter", date(year, first + 1, 1)))
            above.append(0 if whole else -1)
    if finest == 3:
        for month in range(months):
            names.append(Column("month", date(year, month + 1, 1)))
            above.append(quarters.get(month // 3, -1))
    return Tree(tuple(names), tuple(above)), {1: 12, 2: 3, 3: 1}[finest]
