"""Which facility saw each row, and which of its patients the row is about."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

from dashboard.demo.draws import Draws
from dashboard.demo.facilities import MRC, facilities, silences
from dashboard.demo.plan import Plan, Stream, van_person
from dashboard.demo.profiles import DISEASES, MALARIA_PLACES, PROFILES, SHARED_NUMBER
from dashboard.demo.roads import DISEASE, corridor
from dashboard.demo.seasons import DAYS, N_DAYS, day_number
from geodata.provinces import PROVINCES

PCODES = tuple(PROVINCES)
#: Facilities by position; the last one is in no list.
FACILITY_IDS = (*(facility.facility_id for facility in facilities()), "DEMO-NOT-LISTED-1")
UNLISTED = len(FACILITY_IDS) - 1
AT_MRC = FACILITY_IDS.index(MRC)
#: Position of the province of each facility; the unlisted one is counted under none.
NO_PROVINCE = len(PCODES)
PROVINCE_OF = np.array([*(PCODES.index(facility.province) for facility in facilities()), NO_PROVINCE])
_KINDS = ("hospital", "health_centre", "health_post", "village_worker", "mobile_worker", "border_post")
_TRIES = 6
#: Takes those who find every facility closed.
_ALWAYS_OPEN = FACILITY_IDS.index("DEMO-PH-12-01")


@lru_cache(maxsize=1)
def open_days() -> np.ndarray:
    """Whether a facility reports on a day, shape (n_facilities, N_DAYS)."""
    is_open = np.ones((len(FACILITY_IDS), N_DAYS), dtype=bool)
    iso = np.array([day.isoformat() for day in DAYS])
    for number, facility in enumerate(facilities()):
        is_open[number, iso < facility.reports_from] = False
        if facility.reports_to:
            is_open[number, iso > facility.reports_to] = False
    for facility_id, (first, last) in silences().items():
        is_open[FACILITY_IDS.index(facility_id), day_number(first) : day_number(last) + 1] = False
    return is_open


@cache
def weights(disease: str) -> tuple[int, ...]:
    """Whole-number weight of each facility as the place of care for a disease."""
    size = Draws(0).between("facility size", np.arange(UNLISTED), 50, 150)
    result = []
    for number, facility in enumerate(facilities()):
        kind = PROFILES[disease].kinds[_KINDS.index(facility.kind)] if facility.kind in _KINDS else 0
        province = PROVINCES[facility.province]
        people = 20 + province.population_2019 // 10_000 + 30 * ("TH" in province.borders)
        place = MALARIA_PLACES[facility.province] if disease == "malaria" else people
        result.append(kind * place * int(size[number]))
    return (*result, sum(result) // 400)


def _open_facility(
    draws: Draws, stream: Stream, day: np.ndarray, key: np.ndarray, first: np.ndarray
) -> np.ndarray:
    """The first choice where it is open on the day, else another one that is."""
    facility = first.copy()
    for attempt in range(_TRIES):
        closed = np.flatnonzero(~open_days()[facility, day])
        if not len(closed):
            return facility
        facility[closed] = draws.pick(f"care {attempt}:{stream.name}", key[closed], weights(stream.disease))
    facility[~open_days()[facility, day]] = _ALWAYS_OPEN
    return facility


def _clinic(draws: Draws, stream: Stream, day: np.ndarray, key: np.ndarray) -> dict[str, np.ndarray]:
    """Patients number about six for each row, so that some are seen again."""
    choice = np.array(weights(stream.disease))
    facility = _open_facility(draws, stream, day, key, draws.pick(f"care:{stream.name}", key, choice))
    pool = 20 + 6 * stream.n * choice // choice.sum()
    number = draws.between(f"patient:{stream.name}", key, 0, pool[facility] - 1)
    person = draws.bits(f"person:{stream.disease}", facility * (1 << 32) + number)
    return {"facility": facility, "own": facility, "number": number, "person": person}


def _register(draws: Draws, stream: Stream, day: np.ndarray, key: np.ndarray) -> dict[str, np.ndarray]:
    """Patients with a shared number have a facility of their own and are at times seen elsewhere."""
    choice = weights(stream.disease)
    number = draws.between(f"patient:{stream.name}", key, 0, 8 * stream.n)
    person = draws.bits(f"person:{stream.disease}", number)
    own = draws.pick("own facility", person, choice)
    elsewhere = draws.chance(f"elsewhere:{stream.name}", key, 0.12)
    first = np.where(elsewhere, draws.pick(f"care:{stream.name}", key, choice), own)
    facility = _open_facility(draws, stream, day, key, first)
    return {"facility": facility, "own": own, "number": number, "person": person}


def _planted(draws: Draws, stream: Stream, day: np.ndarray, key: np.ndarray) -> dict[str, np.ndarray]:
    """Planted cases: in the facilities of the plant, or anywhere."""
    chosen = [FACILITY_IDS.index(name) for name in stream.plant.facilities] if stream.plant else []
    if chosen:
        facility = np.array(chosen)[draws.between(f"care:{stream.name}", key, 0, len(chosen) - 1)]
    else:
        first = draws.pick(f"care:{stream.name}", key, weights(stream.disease))
        facility = _open_facility(draws, stream, day, key, first)
    number = 5_000_000 + DISEASES.index(stream.disease) * 100_000 + key
    return {"facility": facility, "own": facility, "number": number, "person": draws.bits(stream.name, key)}


def _passenger(plan: Plan, stream: Stream, index: np.ndarray) -> dict[str, np.ndarray]:
    number = van_person(stream, plan.streams[0].n, index)
    facility = np.full(len(index), AT_MRC)
    van = np.searchsorted(plan.van_first, number, side="right") - 1
    person = plan.draws.bits("person:van", number)
    return {"facility": facility, "own": facility, "number": number, "person": person, "van": van}


def care(plan: Plan, rows: slice) -> dict[str, np.ndarray]:
    """Facility, own facility, patient number, person key and van (-1 for none) of each row."""
    of_stream, index, day = plan.stream[rows], plan.index[rows], plan.day[rows]
    out = {name: np.full(len(index), -1) for name in ("facility", "own", "number", "van")}
    out["person"] = np.zeros(len(index), dtype=np.uint64)
    for number, stream in enumerate(plan.streams):
        at = np.flatnonzero(of_stream == number)
        if stream.kind in ("reception", "screening"):
            part = _passenger(plan, stream, index[at])
        else:
            shared = stream.disease in SHARED_NUMBER
            make = _planted if stream.plant else _register if shared else _clinic
            part = make(plan.draws, stream, day[at], index[at])
        for name, values in part.items():
            out[name][at] = values
    _send_along(plan, rows, out)
    return out


def _send_along(plan: Plan, rows: slice, out: dict[str, np.ndarray]) -> None:
    """Move the cases of the outbreak along a road to its places; they are patients of these."""
    place, index = plan.corridor[rows], plan.index[rows]
    at = np.flatnonzero(place >= 0)
    if not len(at):
        return
    names = corridor(plan.draws.seed).facilities
    facility = np.array([FACILITY_IDS.index(name) for name in names])[place[at]]
    out["facility"][at] = out["own"][at] = facility
    out["number"][at] = 5_050_000 + DISEASES.index(DISEASE) * 100_000 + index[at]
    out["person"][at] = plan.draws.bits("corridor person", index[at])
