"""The steps of care of each row: yes (1), no (0) or blank (-1), never against each other.

Testing and treatment fall short where the demo says they do: some provinces and facilities, mobile and
irregular migrants, and, more and more, people whose home is one of `WORSENING_HOME`.
"""

from __future__ import annotations

import numpy as np

from dashboard.demo.care import AT_MRC, FACILITY_IDS, NO_PROVINCE, PCODES, PROVINCE_OF
from dashboard.demo.draws import Draws
from dashboard.demo.people import FEMALE, FOREST_WORK, IRREGULAR, MALE, MOBILE, Rows
from dashboard.demo.profiles import (
    DISEASES,
    FOREST,
    LOW_CARE,
    PROFILES,
    RECEPTION_CASCADE,
    TB_POSITIVE_BY_SEX,
    WORSENING_CARE,
    WORSENING_HOME,
)
from dashboard.demo.seasons import MALARIA_POSITIVE, N_DAYS, half_years

YES, NO, BLANK = 1, 0, -1
TB, MALARIA = DISEASES.index("tb"), DISEASES.index("malaria")
#: Why treatment was given where no positive test calls for it; the last one is blank.
BASES = ("clinical", "presumptive", "preventive", "transfer", "test", "")
_BASIS_WEIGHTS = {"tb": (70, 5, 0, 25), "malaria": (10, 90, 0, 0), "hepatitis_b": (0, 0, 100, 0)}
_BASIS_TABLE = np.array([_BASIS_WEIGHTS.get(disease, (60, 40, 0, 0)) for disease in DISEASES])
_PREVENTIVE, _NO_BASIS = BASES.index("preventive"), -1
#: Makes up for the multiples below, so that the reception centre tests what IOM's screening did.
_RECEPTION_TESTING = 1.23
#: Share of passengers who answer as their van does; its square, .02, is the correlation of two passengers.
_AS_THE_VAN = 0.1414
_CASCADE = np.array(
    [
        [PROFILES[disease].cascade for disease in DISEASES],
        [RECEPTION_CASCADE.get(disease, PROFILES[disease].cascade) for disease in DISEASES],
    ]
)


def _facility_factor() -> np.ndarray:
    """How well each facility tests and treats, as a multiple; the reception centre's is 1."""
    spread = Draws(0).between("facility testing", np.arange(len(FACILITY_IDS)), 84, 108) / 100
    spread[AT_MRC] = 1.0
    return spread


def _blank_rate() -> np.ndarray:
    """Share of answers each facility leaves blank: a few per cent, and much more in one of twelve."""
    number = np.arange(len(FACILITY_IDS))
    usual = Draws(0).between("facility blanks", number, 8, 60)
    careless = Draws(0).between("careless facility", number, 180, 340)
    rate = np.where(Draws(0).chance("is careless", number, 1 / 12), careless, usual) / 1000
    rate[AT_MRC] = 0.015
    return rate


_FACTOR, BLANK_RATE = _facility_factor(), _blank_rate()
_LOW_CARE = np.array([*(LOW_CARE.get(pcode, 1.0) for pcode in PCODES), 1.0])


def _worsening(table: dict[str, tuple[float, float]], place: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Multiple of each row: it goes in a straight line from the first day to the last."""
    ends = np.ones((NO_PROVINCE + 1, 2))
    for pcode, span in table.items():
        ends[PCODES.index(pcode)] = span
    position = np.where((place < 0) | (place > NO_PROVINCE), NO_PROVINCE, place)
    first, last = ends[position, 0], ends[position, 1]
    return first + (last - first) * day / (N_DAYS - 1)


def _reach(rows: Rows) -> np.ndarray:
    """Multiple of the usual share for the person and the places."""
    reach = _worsening(WORSENING_HOME, rows["home"], rows["day"])
    reach = reach * _worsening(WORSENING_CARE, PROVINCE_OF[rows["facility"]], rows["day"])
    reach = reach * np.where(rows["residence"] == MOBILE, 0.84, 1.0)
    return reach * np.where(rows["legal"] == IRREGULAR, 0.92, 1.0)


def _positive_share(rows: Rows, share: np.ndarray) -> np.ndarray:
    """Positive of tested. Malaria: by time, place, sex, age and forest work; else the disease's own."""
    grown_man = (rows["sex"] == MALE) & (rows["age"] >= 15) & (rows["age"] < 50)
    forest = np.array([*(pcode in FOREST for pcode in PCODES), False])[PROVINCE_OF[rows["facility"]]]
    malaria = np.array(MALARIA_POSITIVE)[half_years()[rows["day"]]] / 1000
    malaria = malaria * np.where(forest, 1.15, 0.4) * np.where(grown_man, 1.35, 0.5)
    malaria = malaria * np.where(rows["activity"] == FOREST_WORK, 1.3, 0.85)
    van = rows["van"] >= 0
    malaria = np.where(van, malaria * 0.15, malaria)
    by_sex = np.where(rows["sex"] == FEMALE, TB_POSITIVE_BY_SEX["female"], TB_POSITIVE_BY_SEX["male"]) / 1000
    share = np.where((rows["disease"] == TB) & van, by_sex, share)
    return np.where(rows["disease"] == MALARIA, np.minimum(malaria, 0.9), share)


def _answers(draws: Draws, rows: Rows) -> list[np.ndarray]:
    """Eligible, tested, positive, treated and completed as they happened, without basis or blanks."""
    van = rows["van"] >= 0
    usual = _CASCADE[van.astype(int), rows["disease"]] / 1000
    reach, factor = _reach(rows), _FACTOR[rows["facility"]]
    low = _LOW_CARE[PROVINCE_OF[rows["facility"]]]
    tb_van = van & (rows["disease"] == TB)
    tested_share = usual[:, 1] * reach * factor * low * np.where(tb_van, _RECEPTION_TESTING, 1.0)
    shares = (
        usual[:, 0],
        np.minimum(tested_share, 0.995),
        _positive_share(rows, usual[:, 2]),
        np.minimum(usual[:, 3] * (0.45 + 0.55 * reach * low), 0.995),
        np.minimum(usual[:, 4] * (0.6 + 0.4 * reach) * np.minimum(factor, 1.0), 0.99),
    )
    planted = rows["plant"] >= 0
    answers: list[np.ndarray] = []
    before = np.ones(len(van), dtype=bool)
    for step, share in enumerate(shares):
        happens = _fate(draws, rows, step) < share
        before = before & (happens | (planted & (step < 3)))
        answers.append(before)
    return answers


def _fate(draws: Draws, rows: Rows, step: int) -> np.ndarray:
    """A number in [0, 1) for each row: the person's own, or for some passengers that of their van."""
    own = draws.uniform(f"step {step}", rows["key"])
    van = rows["van"] * len(DISEASES) + rows["disease"]
    shared = (rows["van"] >= 0) & draws.chance(f"as the van {step}", rows["key"], _AS_THE_VAN)
    return np.where(shared, draws.uniform(f"van step {step}", van), own)


def _treat_without_test(draws: Draws, rows: Rows, answers: list[np.ndarray]) -> np.ndarray:
    """Treatment that no positive test calls for: its basis, by position in BASES, or -1."""
    eligible, _, positive, _, _ = answers
    share = np.array([PROFILES[disease].untested_treated for disease in DISEASES])[rows["disease"]] / 1000
    wanted = eligible & ~positive & draws.chance("without test", rows["key"], share)
    basis = draws.pick_by("basis", rows["key"], _BASIS_TABLE, rows["disease"])
    contact = (rows["disease"] == TB) & (rows["van"] < 0) & ~eligible
    contact &= draws.chance("contact", rows["key"], 0.03)
    return np.where(contact, _PREVENTIVE, np.where(wanted, basis, _NO_BASIS))


def add_cascade(draws: Draws, rows: Rows) -> None:
    """Add eligible, tested, positive, treated, finished (completed before it is known to be due) and basis.

    Where an answer is blank, so are those that rest on it. After a no, some facilities write no and some
    nothing. A treatment after a no always has a basis.
    """
    happened = _answers(draws, rows)
    basis = _treat_without_test(draws, rows, happened)
    eligible, tested, positive, treated, finished = (answer.astype(np.int8) for answer in happened)
    planted = rows["plant"] >= 0
    rate = BLANK_RATE[rows["facility"]] * ~planted
    lost = {
        step: draws.chance(f"blank {step}", rows["key"], rate) for step in ("tested", "positive", "treated")
    }
    silent = draws.chance("blank after no", rows["key"], 0.35)

    tested_known = (eligible == NO) | ~lost["tested"]
    positive_known = tested_known & ((tested == NO) | ~lost["positive"])
    treated_known = positive_known & ((positive == NO) | ~lost["treated"])
    rows["eligible"] = np.where(draws.chance("blank eligible", rows["key"], rate * 0.4), BLANK, eligible)
    rows["tested"] = np.where(tested_known & ~((eligible == NO) & silent), tested, BLANK)
    rows["positive"] = np.where(positive_known & ~((tested == NO) & silent), positive, BLANK)
    rows["treated"] = np.where(treated_known & ~((positive == NO) & silent), treated, BLANK)
    rows["finished"] = np.where(treated_known, finished, BLANK)

    based = basis >= 0
    completes = draws.chance("based completes", rows["key"], 0.85).astype(np.int8)
    rows["treated"] = np.where(based, YES, rows["treated"])
    rows["finished"] = np.where(based, completes, rows["finished"])
    says_test = (rows["treated"] == YES) & ~based & draws.chance("says test", rows["key"], 0.2)
    rows["basis"] = np.where(based, basis, np.where(says_test, BASES.index("test"), _NO_BASIS))
