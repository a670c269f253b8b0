"""The demo's line list: synthetic records of migrants' care, made from a seed.

No row is about a real person. The same seed and number of rows give the same bytes on every machine.
What the figures are modelled on, and the planted clusters: docs/demo.md.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from dashboard.demo import people
from dashboard.demo.care import FACILITY_IDS, care
from dashboard.demo.cascade import BLANK_RATE, add_cascade
from dashboard.demo.course import ACQUIRED, METHODS, ORIGIN, OUTCOME, STATUS, add_course, report_to_come
from dashboard.demo.detail import detail
from dashboard.demo.draws import Draws
from dashboard.demo.follow_up import add_districts, add_follow_up
from dashboard.demo.people import Rows, add_people
from dashboard.demo.plan import Plan, make_plan
from dashboard.demo.plants import PLANTS
from dashboard.demo.profiles import DISEASES, SHARED_ISSUER, SHARED_NUMBER
from dashboard.demo.seasons import DAYS
from surveillance.line_list import BY_NAME

_CHUNK = 250_000
#: Number of the outbreak along a road among the planted clusters, after them all.
ALONG_A_ROAD = len(PLANTS)
#: Longest time from a visit to its report, in days.
_SLOWEST = 28
_DATES = np.array([*(day.isoformat() for day in DAYS), ""], dtype=object)
_ANSWERS = np.array(["no", "yes", ""], dtype=object)
#: Coded columns: (field, row value, names; a blank is the last name and -1).
_CODED: tuple[tuple[str, str, Sequence[str]], ...] = (
    ("facility_id", "facility", FACILITY_IDS),
    ("disease", "disease", DISEASES),
    ("province_home", "home", people.HOMES),
    ("crossing", "crossing", people.PASSED),
    ("place_infection", "acquired", ACQUIRED),
    ("sex", "sex", people.SEX),
    ("residence", "residence", people.RESIDENCE),
    ("activity", "activity", people.ACTIVITY),
    ("legal_status", "legal", people.LEGAL),
    ("movement", "movement", people.MOVEMENT),
    ("test_method", "method", METHODS),
    ("case_status", "status", STATUS),
    ("origin", "origin", ORIGIN),
    ("outcome", "outcome", OUTCOME),
)
_DATED = (
    "date_onset", "date_report", "date_tested", "date_result", "date_treated", "date_outcome",
    "date_notified", "date_investigated", "date_responded", "date_viral_load",
)  # fmt: skip
_AMOUNTS = ("g6pd_activity", "viral_load")
_STEPS = ("eligible", "tested", "positive", "treated", "completed")
#: Answers about the person that a facility may leave blank, with the share of its usual rate.
_LEFT_BLANK = (
    *(("home", 0.8), ("crossing", 0.6), ("sex", 0.1), ("age", 0.4), ("residence", 1.0)),
    *(("activity", 1.0), ("legal", 1.0), ("movement", 0.9)),
)
_ISSUERS = np.array([*FACILITY_IDS, SHARED_ISSUER, ""], dtype=object)


def _key(plan: Plan, stream: np.ndarray, index: np.ndarray) -> np.ndarray:
    """A key of its own for each row, whatever else is made with it."""
    return plan.draws.bits("row", stream.astype(np.uint64) * np.uint64(1 << 40) + index.astype(np.uint64))


def _rows(plan: Plan, part: slice) -> Rows:
    """Everything about some rows of the plan, as numbers."""
    rows = _known(plan, part)
    add_people(plan.draws, rows)
    add_cascade(plan.draws, rows)
    add_course(plan.draws, rows)
    add_follow_up(plan.draws, rows)
    rows["detail"] = detail(plan.draws, rows)
    return rows


def _known(plan: Plan, part: slice) -> Rows:
    """What the plan alone says of some rows."""
    stream = plan.stream[part]
    disease = np.array([DISEASES.index(s.disease) for s in plan.streams])
    plant = np.array([PLANTS.index(s.plant) if s.plant else -1 for s in plan.streams])
    return {
        "key": _key(plan, stream, plan.index[part]),
        "day": plan.day[part],
        "disease": disease[stream],
        "plant": np.where(plan.corridor[part] >= 0, ALONG_A_ROAD, plant[stream]),
        **care(plan, part),
    }


def still_to_come(seed: int = 1, n: int = 200_000) -> np.ndarray:
    """Which rows of :func:`records` are reported only after the last day, shape (n,).

    A line list that is delivered on the last day does not hold them: so the last weeks fall as they do in
    true data, and what is expected of them can be compared with the truth.
    """
    plan = make_plan(seed, n)
    last = slice(int(np.searchsorted(plan.day, plan.day[-1] - _SLOWEST)), n)
    found = np.zeros(n, bool)
    found[last] = report_to_come(plan.draws, _known(plan, last))
    return found


def _leave_blank(draws: Draws, rows: Rows) -> None:
    """Blanks about the person; what a planted cluster is about stays."""
    rate = BLANK_RATE[rows["facility"]] * (rows["plant"] < 0)
    for name, share in _LEFT_BLANK:
        rows[name] = np.where(draws.chance(f"blank {name}", rows["key"], share * rate), -1, rows[name])


def _numbered(draws: Draws, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Person number and issuer: the facility's own, a register's, or blank."""
    shared = np.isin(rows["disease"], [DISEASES.index(disease) for disease in SHARED_NUMBER])
    van = rows["van"] >= 0
    letter = np.where(van, "M", np.where(shared, "S", "P"))
    disease = np.where(van, 0, rows["disease"])
    text = [
        f"{kind}{of:02d}{number:07d}"
        for kind, of, number in zip(letter.tolist(), disease.tolist(), rows["number"].tolist(), strict=True)
    ]
    numbers = np.array(text, dtype=object)
    none = ~van & draws.chance("no number", rows["key"], 0.04)
    numbers[none] = ""
    local = ~van & ~shared & draws.chance("no issuer", rows["key"], 0.2)
    issuer = np.where(shared & ~van, len(FACILITY_IDS), np.where(none | local, -1, rows["facility"]))
    issuer[none] = -1
    return numbers, _ISSUERS[issuer]


def _frame(plan: Plan, part: slice) -> pd.DataFrame:
    """Some rows of the plan, as text."""
    rows = _rows(plan, part)
    _leave_blank(plan.draws, rows)
    add_districts(plan.draws, rows)
    columns: dict[str, np.ndarray] = {
        field: np.array(names, dtype=object)[rows[name]] for field, name, names in _CODED
    }
    columns |= {name: _DATES[rows[name]] for name in _DATED}
    columns |= {step: _ANSWERS[rows[step]] for step in _STEPS}
    ages = np.array([*map(str, range(131)), ""], dtype=object)
    columns["age_years"] = ages[rows["age"]]
    columns["date_visit"] = _DATES[rows["day"]]
    columns["person_id"], columns["person_id_issuer"] = _numbered(plan.draws, rows)
    columns["arrival_id"] = np.append(plan.van_code, "")[rows["van"]]
    columns["detail"] = rows["detail"]
    columns["focus"] = rows["focus"]
    for name in ("district_home", "district_infection"):
        columns[name] = rows[name]
    for name in _AMOUNTS:
        columns[name] = np.where(rows[name] >= 0, rows[name].astype(str), "").astype(object)
    numbers = range(part.start + 1, part.start + 1 + len(rows["key"]))
    columns["record_id"] = np.array([f"R{number:08d}" for number in numbers], dtype=object)
    return pd.DataFrame({name: columns[name] for name in BY_NAME if name in columns}, dtype="str")


def record_chunks(seed: int = 1, n: int = 200_000, chunk: int = _CHUNK) -> Iterator[pd.DataFrame]:
    """The rows of :func:`records`, `chunk` at a time, in the same order and with the same content.

    Parameters
    ----------
    seed
        Chooses one of the possible demos.
    n
        Rows in all, at least 1,000.
    chunk
        Most rows of one frame.

    Raises
    ------
    ValueError
        `n` is too small to hold one row of each kind.
    """
    plan = make_plan(seed, n)
    for start in range(0, n, chunk):
        yield _frame(plan, slice(start, min(start + chunk, n)))


def records(seed: int = 1, n: int = 200_000) -> pd.DataFrame:
    """Synthetic line list of `n` rows, in order of the day of the visit.

    Columns are the fields of `surveillance.line_list`, all text; a blank is an empty text. Dates are ISO,
    from 2021-07-01 to 2026-06-30.
    """
    return pd.concat(list(record_chunks(seed, n)), ignore_index=True)


def of_diseases(
    diseases: Collection[str], seed: int = 1, n: int = 200_000
) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of some diseases as delivered on the last day, and the planted cluster of each, -1 being none.

    They say what those of :func:`records` say, but for their `record_id`: they are numbered anew.
    """
    plan = make_plan(seed, n)
    of_stream = np.array([stream.disease in diseases for stream in plan.streams])
    kept = of_stream[plan.stream] & ~still_to_come(seed, n)
    part = replace(
        plan,
        stream=plan.stream[kept],
        index=plan.index[kept],
        day=plan.day[kept],
        corridor=plan.corridor[kept],
    )
    planted = np.array([PLANTS.index(stream.plant) if stream.plant else -1 for stream in plan.streams])
    number = np.where(part.corridor >= 0, ALONG_A_ROAD, planted[part.stream])
    return _frame(part, slice(0, int(kept.sum()))), number
