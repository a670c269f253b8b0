"""Disease-specific items of each row, as `item=value; item=value`.

Radical cure follows Cambodia's figures of 2019-20 (3,239 vivax and mixed, 1,282 tested for G6PD, 959 started
on primaquine), with testing that grows over the years.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dashboard.demo.cascade import BASES, NO, YES
from dashboard.demo.draws import Draws
from dashboard.demo.follow_up import IN_TIME, quick
from dashboard.demo.people import FEMALE, Rows
from dashboard.demo.profiles import DISEASES
from dashboard.demo.seasons import N_DAYS, half_years

Items = list[tuple[str, tuple[str, ...], np.ndarray]]
_ADULT_WOMAN = (15, 49)
_G6PD_TESTED = np.array((360, 390, 430, 480, 530, 580, 630, 670, 700, 720)) / 1000
_VIVAX = np.array((840, 870, 900, 905, 910, 915, 920, 920, 920, 920))
_SPECIES = ("pv", "pf", "mixed")
_SEVERE = ("mild", "moderate", "severe")
_DEHYDRATED = ("none", "some", "severe")
_YES_NO = ("yes", "no")
_SMEARS = ("negative", "scanty", "1+", "2+", "3+")


def _some(draws: Draws, name: str, rows: Rows, mask: np.ndarray, weights: Sequence[int]) -> np.ndarray:
    """A choice for the rows of `mask`, -1 for the others."""
    return np.where(mask, draws.pick(f"detail {name}", rows["key"], weights), -1)


def _pregnant(draws: Draws, rows: Rows, share: int) -> Items:
    low, high = _ADULT_WOMAN
    woman = (rows["sex"] == FEMALE) & (rows["age"] >= low) & (rows["age"] <= high)
    choice = _some(draws, "pregnant", rows, woman, (share, 960 - share, 40))
    return [("pregnant", (*_YES_NO, "unknown"), choice)]


def _tb(draws: Draws, rows: Rows) -> Items:
    """Nine in ten presumptive are X-rayed first; the Xpert result is that of `positive`."""
    presumptive = rows["eligible"] == YES
    found = rows["positive"] == YES
    negative = (rows["tested"] == YES) & (rows["positive"] == NO)
    resistant = draws.chance("rifampicin", rows["key"], 0.02)
    xpert = np.where(found, np.where(resistant, 2, 1), np.where(negative, 0, -1))
    patient = rows["treated"] == YES
    return [
        (
            "xray",
            ("abnormal", "normal", "yes", "no"),
            _some(draws, "xray", rows, presumptive, (360, 430, 103, 107)),
        ),
        ("xpert", ("negative", "positive", "rif_resistant"), xpert),
        ("smear", _SMEARS, _some(draws, "smear", rows, found, (40, 12, 22, 14, 12))),
        ("site", ("pulmonary", "extrapulmonary"), _some(draws, "site", rows, found, (88, 12))),
        ("history", ("new", "relapse", "retreatment"), _some(draws, "history", rows, patient, (91, 6, 3))),
        (
            "hiv_status",
            ("negative", "positive", "unknown"),
            _some(draws, "hiv", rows, patient, (880, 24, 96)),
        ),
        *_pregnant(draws, rows, 45),
        *_prevention(draws, rows),
    ]


def _primaquine(draws: Draws, rows: Rows, species: np.ndarray, g6pd: np.ndarray) -> np.ndarray:
    """Falciparum: a single dose. Vivax and mixed: a course, mostly where G6PD is normal."""
    given = rows["treated"] == YES
    vivax = (species == _SPECIES.index("pv")) | (species == _SPECIES.index("mixed"))
    course = np.where(draws.chance("long course", rows["key"], 0.8), 4, 3)
    starts = draws.chance("primaquine", rows["key"], np.where(g6pd == 0, 0.95, 0.05))
    single = np.where(draws.chance("single dose", rows["key"], 0.86), 2, 1)
    radical = np.where(starts & (g6pd >= 0) & (g6pd < 2), course, 1)
    return np.where(given & vivax, radical, np.where(given & (species >= 0), single, -1))


def _malaria(draws: Draws, rows: Rows) -> Items:
    found, half = rows["positive"] == YES, half_years()[rows["day"]]
    pv = _VIVAX[half]
    table = np.stack((pv, (1000 - pv) * 3 // 4, (1000 - pv) // 4), axis=1)
    species = np.where(found, draws.pick_by("species", rows["key"], table, np.arange(len(pv))), -1)
    vivax = found & (species != _SPECIES.index("pf"))
    measured = draws.chance("g6pd tested", rows["key"], _G6PD_TESTED[half])
    activity = draws.pick("g6pd", rows["key"], (83, 6, 11))
    g6pd = np.where(vivax, np.where(measured, activity, 3), -1)
    in_time = [quick(draws, rows, name, found) for name in IN_TIME]
    drug = _some(draws, "antimalarial", rows, rows["treated"] == YES, (905, 40, 25, 20, 10))
    return [
        ("species", _SPECIES, species),
        ("g6pd", ("normal", "intermediate", "deficient", "not_tested"), g6pd),
        (
            "primaquine",
            (*_YES_NO, "single_dose", "7_days", "14_days"),
            _primaquine(draws, rows, species, g6pd),
        ),
        ("notified_within_1_day", _YES_NO, in_time[0]),
        ("investigated_within_3_days", _YES_NO, in_time[1]),
        ("responded_within_7_days", _YES_NO, in_time[2]),
        ("severity", _SEVERE, _some(draws, "severity", rows, found, (90, 8, 2))),
        ("antimalarial", ("asmq", "pa", "al", "dp", "other"), drug),
    ]


def _antenatal(draws: Draws, rows: Rows) -> Items:
    return _pregnant(draws, rows, 420)


def _hiv(draws: Draws, rows: Rows) -> Items:
    known = _some(draws, "previously diagnosed", rows, rows["positive"] == YES, (220, 780))
    return [*_antenatal(draws, rows), ("previously_diagnosed", _YES_NO, known)]


def _eligible(draws: Draws, rows: Rows, share: int) -> Items:
    chosen = np.where(
        rows["treated"] == YES, 0, draws.pick("detail for treatment", rows["key"], (share, 1000 - share))
    )
    return [("treatment_eligible", _YES_NO, np.where(rows["positive"] == YES, chosen, -1))]


def _hepatitis_b(draws: Draws, rows: Rows) -> Items:
    return [*_antenatal(draws, rows), *_eligible(draws, rows, 260)]


def _hepatitis_c(draws: Draws, rows: Rows) -> Items:
    return _eligible(draws, rows, 930)


def _prevention(draws: Draws, rows: Rows) -> Items:
    """A contact who is not ill may be given preventive treatment, mostly is, and mostly ends it."""
    key, old = rows["key"], rows["day"] < N_DAYS - 200
    contact = draws.chance("contact", key, 0.06) & (rows["positive"] != YES) & (rows["treated"] != YES)
    eligible = contact & draws.chance("tpt eligible", key, 0.62) & (rows["eligible"] != YES)
    started = eligible & draws.chance("tpt started", key, 0.78)
    completed = started & old & draws.chance("tpt completed", key, 0.74)
    answers = ((contact, contact), (contact, eligible), (eligible, started), (started & old, completed))
    names = ("contact", "tpt_eligible", "tpt_started", "tpt_completed")
    return [
        (name, _YES_NO, np.where(asked, np.where(said, 0, 1), -1))
        for name, (asked, said) in zip(names, answers, strict=True)
    ]


def _screening(draws: Draws, rows: Rows) -> Items:
    """Whoever passed a crossing was screened for symptoms; those with some are referred and followed."""
    key = rows["key"]
    screened = rows["crossing"] >= 0
    ill = screened & ((rows["eligible"] == YES) | draws.chance("symptomatic", key, 0.05))
    referred = ill & draws.chance("referred", key, 0.86)
    followed = ill & draws.chance("followed", key, 0.58)
    answers = (
        (screened, screened),
        (screened, ill),
        (screened, screened & ~ill),
        (ill, referred),
        (ill, followed),
    )
    names = ("screened", "symptomatic", "cleared", "referred", "followed_14_days")
    return [
        (name, _YES_NO, np.where(asked, np.where(said, 0, 1), -1))
        for name, (asked, said) in zip(names, answers, strict=True)
    ]


def _fever(draws: Draws, rows: Rows) -> Items:
    severity = _some(draws, "severity", rows, rows["eligible"] == YES, (70, 24, 6))
    stays = np.where(severity == 2, 0, np.where(draws.chance("admitted", rows["key"], 0.18), 0, 1))
    return [("severity", _SEVERE, severity), ("admitted", _YES_NO, np.where(severity >= 0, stays, -1))]


def _vaccinated(draws: Draws, rows: Rows, weights: Sequence[int]) -> Items:
    every = np.ones(len(rows["key"]), dtype=bool)
    return [("vaccinated", (*_YES_NO, "partly", "unknown"), _some(draws, "vaccinated", rows, every, weights))]


def _measles(draws: Draws, rows: Rows) -> Items:
    return [*_fever(draws, rows)[1:], *_vaccinated(draws, rows, (38, 27, 15, 20))]


def _covid(draws: Draws, rows: Rows) -> Items:
    seen = _screening(draws, rows)
    return [*_fever(draws, rows), *_vaccinated(draws, rows, (68, 10, 12, 10)), *seen]


def _sari(draws: Draws, rows: Rows) -> Items:
    every = np.ones(len(rows["key"]), dtype=bool)
    return [
        ("severity", _SEVERE, _some(draws, "severity", rows, every, (10, 60, 30))),
        ("admitted", _YES_NO, np.where(every, 0, -1)),
    ]


def _diarrhoea(draws: Draws, rows: Rows) -> Items:
    dehydrated = _some(draws, "dehydration", rows, rows["eligible"] == YES, (52, 37, 11))
    stays = np.where(dehydrated == 2, 0, 1)
    return [
        ("dehydration", _DEHYDRATED, dehydrated),
        ("admitted", _YES_NO, np.where(dehydrated >= 0, stays, -1)),
    ]


_MAKERS = {
    "tb": _tb,
    "malaria": _malaria,
    "hiv": _hiv,
    "syphilis": _antenatal,
    "hepatitis_b": _hepatitis_b,
    "hepatitis_c": _hepatitis_c,
    "dengue": _fever,
    "measles": _measles,
    "covid19": _covid,
    "sari": _sari,
    "awd": _diarrhoea,
    "cholera": _diarrhoea,
}


def _text(items: Items) -> np.ndarray:
    """One text for each row; every combination is written once, and shared by the rows that have it."""
    number = np.zeros(len(items[0][2]), dtype=np.int64)
    for _, values, choice in items:
        number = number * (len(values) + 1) + choice + 1
    kinds, first, of_row = np.unique(number, return_index=True, return_inverse=True)
    texts = np.empty(len(kinds), dtype=object)
    for position, row in enumerate(first.tolist()):
        texts[position] = "; ".join(f"{name}={values[c[row]]}" for name, values, c in items if c[row] >= 0)
    return texts[of_row]


def detail(draws: Draws, rows: Rows) -> np.ndarray:
    """The items of each row as text, shape (n,); blank where there are none."""
    out = np.full(len(rows["key"]), "", dtype=object)
    for number, disease in enumerate(DISEASES):
        at = np.flatnonzero(rows["disease"] == number)
        if not len(at):
            continue
        part = {name: values[at] for name, values in rows.items()}
        items: Items = [("treatment_basis", BASES[:-1], part["basis"])]
        if disease in _MAKERS:
            items += _MAKERS[disease](draws, part)
        out[at] = _text(items)
    return out
