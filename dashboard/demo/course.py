"""When each step happened and how it ended: dates in order, none after the last day."""

from __future__ import annotations

import numpy as np

from dashboard.demo.care import AT_MRC, FACILITY_IDS, NO_PROVINCE, PCODES, PROVINCE_OF
from dashboard.demo.cascade import BASES, BLANK, BLANK_RATE, MALARIA, NO, YES
from dashboard.demo.draws import Draws
from dashboard.demo.facilities import LATE_BATCH, LATE_FACILITIES, silences
from dashboard.demo.people import MOVEMENT, NOT_MOVING, Rows, codes
from dashboard.demo.plants import PLANTS
from dashboard.demo.profiles import DISEASES, FOREST, PROFILES
from dashboard.demo.seasons import N_DAYS, day_number, half_years
from surveillance import vocabulary as v

LAST = N_DAYS - 1
METHODS, STATUS, ORIGIN, OUTCOME = (
    codes(values) for values in (v.TEST_METHOD, v.CASE_STATUS, v.ORIGIN, v.OUTCOME)
)
#: Places of infection: the provinces, countries, unknown, blank.
ACQUIRED = (*PCODES, "TH", "VN", "LA", "MY", "unknown", "")
_ABROAD_WEIGHTS = (82, 6, 7, 5)
_DELAYS = np.array([PROFILES[disease].delays for disease in DISEASES])
_COURSE = np.array([PROFILES[disease].course for disease in DISEASES])
_HAS_ONSET = np.array([PROFILES[disease].onset for disease in DISEASES])
#: Imported of classified malaria cases, and cases without a class, per 1,000, by half-year.
_IMPORTED = np.array((30, 30, 35, 40, 50, 80, 100, 300, 420, 450))
_UNCLASSIFIED = np.array((260, 230, 200, 160, 120, 90, 60, 40, 30, 20))
_LOCAL_ORIGIN = (0, 120, 690, 185, 5)
_MOVING = np.array([code in ("outbound", "returning", "deported", "commuter") for code in MOVEMENT])


def _table(field: str, names: tuple[str, ...]) -> np.ndarray:
    """Weights of a profile's choices by disease, shape (n_diseases, n_names)."""
    return np.array([[getattr(PROFILES[d], field).get(name, 0) for name in names] for d in DISEASES])


def _after(draws: Draws, tag: str, rows: Rows, start: np.ndarray, most: np.ndarray) -> np.ndarray:
    """A day up to `most` days after `start`, sooner rather than later, never after the last day."""
    wait = (draws.uniform(tag, rows["key"]) ** 2 * (most + 1)).astype(np.int64)
    room = LAST - start
    again = draws.between(f"{tag} again", rows["key"], 0, room)
    return start + np.where(wait > room, again, wait)


def _slowest_report(draws: Draws, rows: Rows) -> np.ndarray:
    """Most days from the visit to the report: the reception centre reports at once, some records are slow."""
    return np.where(rows["facility"] == AT_MRC, 1, np.where(draws.chance("slow", rows["key"], 0.15), 28, 7))


def report_to_come(draws: Draws, rows: Rows) -> np.ndarray:
    """Whether a row would be reported only after the last day; of planted clusters everything is reported."""
    most = _slowest_report(draws, rows)
    wait = (draws.uniform("report", rows["key"]) ** 2 * (most + 1)).astype(np.int64)
    late: np.ndarray = (wait > LAST - rows["day"]) & (rows["plant"] < 0)
    return late


def _date_report(draws: Draws, rows: Rows) -> np.ndarray:
    """Within four weeks; a facility that is silent on that day reports in the week after its silence."""
    report = _after(draws, "report", rows, rows["day"], _slowest_report(draws, rows))
    for facility_id, (first, last) in silences().items():
        low, high = day_number(first), day_number(last)
        late = (rows["facility"] == FACILITY_IDS.index(facility_id)) & (report >= low) & (report <= high)
        report = np.where(late, high + 1 + (rows["key"] % np.uint64(7)).astype(np.int64), report)
    begun, ended, sent = map(day_number, LATE_BATCH)
    together = np.isin(rows["facility"], [FACILITY_IDS.index(name) for name in LATE_FACILITIES])
    report = np.where(together & (rows["day"] >= begun) & (rows["day"] <= ended), sent, report)
    return np.where(draws.chance("no report day", rows["key"], 0.02), BLANK, report)


def add_dates(draws: Draws, rows: Rows) -> None:
    """Add the dates, as day numbers with -1 for blank, and completed where the course could have ended."""
    key, visit, delays = rows["key"], rows["day"], _DELAYS[rows["disease"]]
    ill = _HAS_ONSET[rows["disease"]] & (rows["van"] < 0) & ~draws.chance("no onset", key, 0.15)
    before = (draws.uniform("onset", key) * (delays[:, 0] + 1)).astype(np.int64)
    rows["date_onset"] = np.where(ill & (visit >= before), visit - before, BLANK)
    rows["date_report"] = _date_report(draws, rows)
    tested = _after(draws, "test", rows, visit, delays[:, 1])
    result = _after(draws, "result", rows, tested, delays[:, 2])
    was_tested = rows["tested"] == YES
    started = np.where(was_tested, result, visit)
    treated = _after(draws, "treatment", rows, started, delays[:, 3])
    blank = {name: draws.chance(f"no {name} day", key, 0.5 * BLANK_RATE[rows["facility"]]) for name in "trs"}
    rows["date_tested"] = np.where(was_tested & ~blank["t"], tested, BLANK)
    rows["date_result"] = np.where(was_tested & (rows["positive"] >= NO) & ~blank["r"], result, BLANK)
    was_treated = rows["treated"] == YES
    rows["date_treated"] = np.where(was_treated & ~blank["s"], treated, BLANK)
    course = draws.between("course", key, _COURSE[rows["disease"], 0], _COURSE[rows["disease"], 1])
    ended = was_treated & (treated + course <= LAST)
    rows["completed"] = np.where(ended, rows["finished"], BLANK)
    rows["completed"][draws.chance("no end", key, BLANK_RATE[rows["facility"]])] = BLANK
    rows["ended"], rows["end"] = ended, treated + course


def _add_outcome(draws: Draws, rows: Rows) -> None:
    """Outcome of treatments that have ended; of the others some are said to be still under way."""
    key, disease = rows["key"], rows["disease"]
    good = draws.pick_by("good end", key, _table("good_ends", OUTCOME[:-1]), disease)
    bad = draws.pick_by("bad end", key, _table("bad_ends", OUTCOME[:-1]), disease)
    under_way = (rows["treated"] == YES) & ~rows["ended"] & draws.chance("under way", key, 0.5)
    outcome = np.where(under_way, OUTCOME.index("on_treatment"), BLANK)
    outcome = np.where(rows["ended"] & (rows["completed"] == NO), bad, outcome)
    rows["outcome"] = np.where(rows["ended"] & (rows["completed"] == YES), good, outcome)
    dated = rows["ended"] & (rows["outcome"] >= 0) & ~draws.chance("no end day", key, 0.08)
    rows["date_outcome"] = np.where(dated, rows["end"], BLANK)


def _add_malaria_origin(draws: Draws, rows: Rows) -> None:
    """Class of each confirmed malaria case: more and more are imported, fewer and fewer unclassified."""
    key, half = rows["key"], half_years()[rows["day"]]
    van = rows["van"] >= 0
    moved = _MOVING[rows["movement"]]
    share = np.minimum(_IMPORTED[half] / 1000 * np.where(moved, 2.0, 0.7), 0.9)
    imported = (van | draws.chance("imported", key, share)) & (rows["plant"] < 0)
    local = draws.pick("local origin", key, _LOCAL_ORIGIN)
    unclassified = draws.chance("unclassified", key, _UNCLASSIFIED[half] / 1000)
    origin = np.where(
        unclassified, ORIGIN.index("unknown"), np.where(imported, ORIGIN.index("imported"), local)
    )
    confirmed = (rows["disease"] == MALARIA) & (rows["positive"] == YES)
    rows["origin"] = np.where(confirmed, origin, BLANK)


def _add_acquired(draws: Draws, rows: Rows) -> None:
    """Where infection was acquired, for confirmed cases: abroad, a province, unknown or blank."""
    key = rows["key"]
    abroad = ACQUIRED.index("TH") + draws.pick("abroad", key, _ABROAD_WEIGHTS)
    care = PROVINCE_OF[rows["facility"]]
    forest = np.array([PCODES.index(pcode) for pcode in FOREST])
    elsewhere = forest[draws.between("forest place", key, 0, len(forest) - 1)]
    malaria = rows["disease"] == MALARIA
    inside = np.where(malaria & draws.chance("other place", key, 0.15), elsewhere, care)
    inside = np.where(inside == NO_PROVINCE, ACQUIRED.index("unknown"), inside)
    moved_abroad = _MOVING[rows["movement"]] & draws.chance("caught abroad", key, 0.6)
    place = np.where(rows["origin"] == ORIGIN.index("imported"), abroad, inside)
    place = np.where(~malaria & moved_abroad, abroad, place)
    told = draws.uniform("place told", key)
    said = np.where(malaria, 0.86, np.where(rows["movement"] == NOT_MOVING, 0.35, 0.55))
    place = np.where(told < said, place, np.where(told < said + 0.06, ACQUIRED.index("unknown"), BLANK))
    for number, plant in enumerate(PLANTS):
        if plant.by == "infection":
            place = np.where(rows["plant"] == number, ACQUIRED.index(plant.where), place)
    rows["acquired"] = np.where(rows["positive"] == YES, place, BLANK)


def _add_status(draws: Draws, rows: Rows) -> None:
    """Confirmed by a positive test, probable where treated on clinical grounds, else suspected or blank."""
    clinical = (rows["basis"] >= 0) & (rows["basis"] <= BASES.index("presumptive"))
    suspected = (rows["eligible"] == YES) & (rows["tested"] != YES)
    status = np.where(suspected, STATUS.index("suspected"), BLANK)
    status = np.where(clinical, STATUS.index("probable"), status)
    status = np.where(rows["positive"] == YES, STATUS.index("confirmed"), status)
    unclear = draws.chance("unclear status", rows["key"], 0.01) & (status >= 0) & (rows["plant"] < 0)
    rows["status"] = np.where(unclear, STATUS.index("unknown"), status)
    method = draws.pick_by("method", rows["key"], _table("methods", METHODS[:-1]), rows["disease"])
    named = (rows["tested"] == YES) & ~draws.chance("no method", rows["key"], BLANK_RATE[rows["facility"]])
    rows["method"] = np.where(named, method, BLANK)


def add_course(draws: Draws, rows: Rows) -> None:
    """Add dates, completed, outcome, origin, place of infection, case status and test method."""
    add_dates(draws, rows)
    _add_outcome(draws, rows)
    _add_malaria_origin(draws, rows)
    _add_acquired(draws, rows)
    _add_status(draws, rows)
