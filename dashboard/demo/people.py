"""Who the people are: sex, age, home, and the four axes of mobility."""

from __future__ import annotations

import numpy as np

from dashboard.demo.care import NO_PROVINCE, PCODES, PROVINCE_OF
from dashboard.demo.draws import Draws
from dashboard.demo.facilities import POST_GATES, facilities
from dashboard.demo.plants import PLANTS
from dashboard.demo.profiles import DISEASES, EMIGRANTS, PROFILES
from dashboard.demo.seasons import SURGE, day_number
from geodata.crossings import CROSSINGS
from geodata.provinces import PROVINCES
from surveillance import vocabulary as v

Rows = dict[str, np.ndarray]


def codes(values: tuple[v.Value, ...]) -> tuple[str, ...]:
    """Codes of a vocabulary in its order, and a blank at the end (so that -1 is blank)."""
    return (*(value.code for value in values), "")


SEX, RESIDENCE, ACTIVITY = codes(v.SEX), codes(v.RESIDENCE), codes(v.ACTIVITY)
MOVEMENT, LEGAL = codes(v.MOVEMENT), codes(v.LEGAL_STATUS)
FEMALE, MALE = SEX.index("female"), SEX.index("male")
_CHILD, _OTHER, FOREST_WORK = (ACTIVITY.index(code) for code in ("accompanying_child", "other", "forest"))
RETURNING, INTERNAL, NOT_MOVING = (MOVEMENT.index(code) for code in ("returning", "internal", "none"))
IRREGULAR, MOBILE = LEGAL.index("irregular"), RESIDENCE.index("mobile")

#: Homes: the provinces, three countries, the provinces as other lists spell them, blank.
HOMES = (*PCODES, "VN", "LA", "TH", *(province.name_cod for province in PROVINCES.values()), "")
_FOREIGN, _RESPELLED = len(PCODES), len(PCODES) + 3
#: Crossings: gates, the special ones, a spelling that no list has, blank.
PASSED = (*POST_GATES, "informal", "airport", "unknown", "Poy Pet old gate", "")
_AT_POIPET, _INFORMAL, _MISSPELT = (
    PASSED.index("TH01"),
    PASSED.index("informal"),
    PASSED.index("Poy Pet old gate"),
)

# Movement: outbound, returning, deported, commuter, internal, none, unknown.
_MOVEMENT_WHERE = np.array(
    (
        (0, 280, 715, 0, 0, 0, 5),  # van
        (0, 850, 145, 0, 0, 0, 5),  # van in the surge
        (200, 310, 50, 340, 40, 50, 10),  # border post
        (45, 170, 20, 110, 80, 560, 15),  # province with a gate to Thailand
        (35, 110, 10, 4, 110, 715, 16),  # elsewhere
    )
)
# Rows: movement. Columns: resident, migrant, mobile, unknown.
_RESIDENCE_OF = np.array(
    (
        (300, 250, 440, 10),
        (220, 400, 365, 15),
        (80, 370, 530, 20),
        (700, 60, 230, 10),
        (120, 430, 435, 15),
        (930, 40, 22, 8),
        (400, 200, 200, 200),
    )
)
# Rows: movement. Columns: the activities in the order of the vocabulary.
_ACTIVITY_OF = np.array(
    (
        (330, 270, 20, 140, 60, 80, 1, 40, 0, 50, 9),
        (290, 270, 20, 170, 90, 80, 1, 20, 0, 45, 14),
        (260, 330, 20, 150, 120, 60, 0, 5, 0, 40, 15),
        (330, 140, 10, 90, 10, 90, 3, 60, 0, 257, 10),
        (380, 210, 120, 130, 30, 30, 20, 10, 0, 60, 10),
        (250, 50, 60, 70, 30, 60, 20, 0, 0, 440, 20),
        (250, 150, 30, 70, 30, 60, 5, 5, 0, 200, 200),
    )
)
# Rows: movement. Columns: regular, irregular, unknown, blank.
_LEGAL_OF = np.array(
    (
        (450, 330, 120, 100),
        (300, 480, 140, 80),
        (20, 900, 60, 20),
        (620, 200, 100, 80),
        (60, 0, 40, 900),
        (40, 0, 20, 940),
        (100, 50, 350, 500),
    )
)
_GATES = (300, 90, 40, 80, 60, 60, 40, 45, 20, 10, 15, 20, 10, 8, 12, 110, 40, 25, 5, 30)
_VAN_AGES = (300, 600, 90, 10)
_VAN_AGE_EDGES = np.array(((18, 24), (25, 49), (50, 64), (65, 80)))
_CLINIC_AGE_EDGES = np.array([(low, min(high, 90)) for _, low, high in v.AGE_BANDS])
_EMIGRANTS = np.array([EMIGRANTS[pcode] for pcode in PCODES])
_IS_POST = np.array([*(facility.kind == "border_post" for facility in facilities()), False])
_POST_GATE = np.array([*(PASSED.index(f.crossing) if f.crossing in PASSED else -1 for f in facilities()), -1])
_THAI_SIDE = np.array([*("TH" in PROVINCES[facility.province].borders for facility in facilities()), False])


def _gate_table() -> np.ndarray:
    """Weight of each crossing by the province of care; gates of that province count for more."""
    table = np.tile(np.array(_GATES), (NO_PROVINCE + 1, 1))
    for column, gate in enumerate(POST_GATES):
        table[PCODES.index(str(CROSSINGS[gate].pcode)), column] += 600
    return table


_GATES_FROM = _gate_table()


def _sex(draws: Draws, rows: Rows, van: np.ndarray) -> np.ndarray:
    """About a third of a van are women; at clinics it depends on the disease."""
    male = np.array([PROFILES[disease].male for disease in DISEASES])[rows["disease"]] / 1000
    is_male = draws.chance("sex", rows["person"], np.where(van, 0.667, male))
    return np.where(is_male, MALE, FEMALE)


def _age(draws: Draws, rows: Rows, van: np.ndarray) -> np.ndarray:
    """Age in years; a twelfth of a van are children under 18."""
    person = rows["person"]
    table = np.array([PROFILES[disease].ages for disease in DISEASES])
    edges = _CLINIC_AGE_EDGES[draws.pick_by("age band", person, table, rows["disease"])]
    adult = _VAN_AGE_EDGES[draws.pick("van age band", person, _VAN_AGES)]
    child = draws.chance("child", person, 1 / 12)
    low = np.where(van, np.where(child, 0, adult[:, 0]), edges[:, 0])
    high = np.where(van, np.where(child, 17, adult[:, 1]), edges[:, 1])
    return draws.between("age", person, low, high)


def _movement(draws: Draws, rows: Rows, van: np.ndarray) -> np.ndarray:
    surge = (rows["day"] >= day_number(SURGE[0])) & (rows["day"] <= day_number(SURGE[1]))
    own = rows["own"]
    clinic = np.where(_IS_POST[own], 2, np.where(_THAI_SIDE[own], 3, 4))
    return draws.pick_by(
        "movement", rows["person"], _MOVEMENT_WHERE, np.where(van, surge, clinic).astype(int)
    )


def _home(draws: Draws, rows: Rows, van: np.ndarray) -> np.ndarray:
    """Home province: mostly that of care for residents, that of emigrants for those who move."""
    person = rows["person"]
    care = PROVINCE_OF[rows["own"]]
    emigrant = draws.pick("home", person, _EMIGRANTS)
    local = np.where(rows["movement"] == NOT_MOVING, 0.95, 0.45) * ~van
    home = np.where(draws.chance("local", person, local) & (care != NO_PROVINCE), care, emigrant)
    foreign = draws.chance("foreign", person, 0.004) & ~van
    home = np.where(foreign, _FOREIGN + draws.between("country", person, 0, 2), home)
    respelled = draws.chance("respelled", rows["key"], 0.004) & (home < _FOREIGN)
    return np.where(respelled, home + _RESPELLED, home)


def _activity(draws: Draws, rows: Rows) -> np.ndarray:
    """Forest work stands out among malaria patients; children accompany, or have none."""
    activity = draws.pick_by("activity", rows["person"], _ACTIVITY_OF, rows["movement"])
    malaria = rows["disease"] == DISEASES.index("malaria")
    goers = malaria & (rows["van"] < 0) & draws.chance("forest", rows["person"], 0.45)
    activity = np.where(goers, FOREST_WORK, activity)
    child = np.where(rows["movement"] == NOT_MOVING, _OTHER, _CHILD)
    return np.where(rows["age"] < 15, child, activity)


def _crossing(draws: Draws, rows: Rows, van: np.ndarray) -> np.ndarray:
    """The gate passed; blank for those who did not cross. Some spellings are in no list."""
    key = rows["key"]
    passed = draws.pick_by("crossing", key, _GATES_FROM, PROVINCE_OF[rows["facility"]])
    informal = (rows["legal"] == IRREGULAR) & draws.chance("informal", key, 0.3)
    passed = np.where(informal, _INFORMAL, passed)
    at_post = _IS_POST[rows["facility"]] & draws.chance("own gate", key, 0.9)
    passed = np.where(at_post, _POST_GATE[rows["facility"]], passed)
    odd = draws.uniform("odd gate", key)
    poipet = np.where(odd < 0.012, _MISSPELT, np.where(odd < 0.03, -1, _AT_POIPET))
    crossed = (rows["movement"] != NOT_MOVING) & (rows["movement"] != INTERNAL)
    return np.where(van, poipet, np.where(crossed, passed, -1))


def _planted_by(rows: Rows, by: str) -> np.ndarray:
    """Whether a row belongs to a plant of this kind of place."""
    return np.isin(rows["plant"], [number for number, plant in enumerate(PLANTS) if plant.by == by])


def _share_place(rows: Rows, by: str, places: tuple[str, ...]) -> None:
    """Planted cases that share a home or a crossing have it, whatever else they are."""
    for number, plant in enumerate(PLANTS):
        if plant.by == by:
            rows[by] = np.where(rows["plant"] == number, places.index(plant.where), rows[by])


def add_people(draws: Draws, rows: Rows) -> None:
    """Add sex, age, movement, residence, activity, legal status, home and crossing to the rows."""
    van = rows["van"] >= 0
    rows["sex"] = _sex(draws, rows, van)
    rows["age"] = _age(draws, rows, van)
    rows["movement"] = _movement(draws, rows, van)
    rows["movement"] = np.where(_planted_by(rows, "home"), INTERNAL, rows["movement"])
    rows["movement"] = np.where(_planted_by(rows, "crossing"), RETURNING, rows["movement"])
    rows["residence"] = draws.pick_by("residence", rows["person"], _RESIDENCE_OF, rows["movement"])
    rows["activity"] = _activity(draws, rows)
    rows["legal"] = draws.pick_by("legal", rows["person"], _LEGAL_OF, rows["movement"])
    rows["home"] = _home(draws, rows, van)
    rows["crossing"] = _crossing(draws, rows, van)
    _share_place(rows, "home", HOMES)
    _share_place(rows, "crossing", PASSED)
