"""What indicators ask beyond the cascade: steps after a case of malaria, its village, G6PD, viral loads."""

from __future__ import annotations

import csv
from datetime import date
from functools import cache
from importlib import resources

import numpy as np

from dashboard.demo.care import NO_PROVINCE, PCODES, PROVINCE_OF
from dashboard.demo.cascade import BLANK, MALARIA, NO, YES
from dashboard.demo.course import LAST, ORIGIN
from dashboard.demo.draws import Draws
from dashboard.demo.people import Rows
from dashboard.demo.profiles import DISEASES
from dashboard.demo.seasons import day_number
from surveillance.diseases import DISEASES as FIELD_DISEASES

_HIV = DISEASES.index("hiv")
_WITHOUT_DISTRICT = [DISEASES.index(code) for code, one in FIELD_DISEASES.items() if one.sensitive]
#: First day on which facilities of the demo ask for districts.
_DISTRICTS_ASKED = day_number(date(2024, 7, 1))
_LOCAL = (ORIGIN.index("introduced"), ORIGIN.index("indigenous"))
_UNCLASSIFIED = ORIGIN.index("unknown")
#: Step -> the draw that says whether it was in time, days within which it is, and most days that it is late.
STEPS = {"notified": ("1", 1, 5), "investigated": ("3", 3, 9), "responded": ("7", 7, 20)}
#: Weights of yes and no of each step.
IN_TIME = {"1": (930, 70), "3": (840, 160), "7": (760, 240)}
#: Villages of a district that the demo names: numbers that no village has.
_FIRST_VILLAGE, _VILLAGES = 90, 8
#: Activity of G6PD in per cent, by the item `g6pd` of detail: normal, intermediate, deficient.
_ACTIVITY = np.array(((71, 130), (31, 69), (3, 29)))
_G6PD = (83, 6, 11)
_SUPPRESSED, _UNDETECTED = 0.94, 0.6


@cache
def _districts() -> list[list[str]]:
    """Numbers of the districts of each province, in the order of `PCODES`."""
    with resources.files("geodata").joinpath("data/districts.csv").open(encoding="utf-8") as handle:
        numbers = [row["code"] for row in csv.DictReader(handle)]
    return [[number for number in numbers if f"KH{number[:2]}" == pcode] for pcode in PCODES]


def quick(draws: Draws, rows: Rows, name: str, mask: np.ndarray) -> np.ndarray:
    """Whether a step was in time: 0 yes, 1 no, -1 for the rows outside `mask`."""
    return np.where(mask, draws.pick(f"detail {name}", rows["key"], IN_TIME[name]), BLANK)


def add_follow_up(draws: Draws, rows: Rows) -> None:
    """Add the fields, as day numbers and amounts with -1 for blank, and the village as text."""
    key = rows["key"]
    case = (rows["disease"] == MALARIA) & (rows["positive"] == YES)
    found = np.where(rows["date_result"] >= 0, rows["date_result"], rows["date_tested"])
    found = np.where(found >= 0, found, rows["day"])
    local = case & np.isin(rows["origin"], _LOCAL)
    for step, (name, within, most) in STEPS.items():
        asked = case if step != "responded" else local | (case & (rows["origin"] == _UNCLASSIFIED))
        said = quick(draws, rows, name, asked)
        late = draws.between(f"{step} late", key, within + 1, within + most)
        day = found + np.where(said == 0, draws.between(f"{step} after", key, 0, within), late)
        told = (said >= 0) & (day <= LAST) & ~draws.chance(f"no {step} day", key, 0.1)
        rows[f"date_{step}"] = np.where(told, day, BLANK)
    rows["focus"] = _villages(draws, rows, local | (case & (rows["origin"] == _UNCLASSIFIED)))
    g6pd = draws.pick("g6pd", key, _G6PD)
    low, high = _ACTIVITY[g6pd].T
    measured = case & draws.chance("g6pd measured", key, 0.25)
    rows["g6pd_activity"] = np.where(measured, draws.between("g6pd activity", key, low, high), BLANK)
    _add_viral_load(draws, rows)


def add_districts(draws: Draws, rows: Rows) -> None:
    """Add the administrative districts of home and of infection, where a row names the province of each.

    Facilities ask for them since the last two years alone, and not of everybody. HIV and syphilis never have
    any. The first districts of a province have more people than the others.
    """
    key = rows["key"]
    asked = (rows["day"] >= _DISTRICTS_ASKED) & ~np.isin(rows["disease"], _WITHOUT_DISTRICT)
    for name, place, share in (("home", "home", 0.4), ("infection", "acquired", 0.6)):
        province = rows[place]
        named = asked & (province >= 0) & (province < len(PCODES)) & draws.chance(f"{name} asked", key, share)
        which = draws.uniform(f"{name} district", key) ** 2
        out = np.full(len(key), "", dtype=object)
        for at in np.flatnonzero(named).tolist():
            districts = _districts()[province[at]]
            out[at] = districts[int(which[at] * len(districts))]
        rows[f"district_{name}"] = out


def _villages(draws: Draws, rows: Rows, mask: np.ndarray) -> np.ndarray:
    """Eight digits of a village near the facility; nine in ten cases name one, and few villages are named."""
    out = np.full(len(rows["key"]), "", dtype=object)
    province = PROVINCE_OF[rows["facility"]]
    named = mask & (province != NO_PROVINCE) & ~draws.chance("no village", rows["key"], 0.1)
    which = draws.between("village", rows["key"], 0, 10_000)
    for at in np.flatnonzero(named).tolist():
        districts = _districts()[province[at]]
        number = int(which[at])
        district = districts[number % min(len(districts), 3)]
        out[at] = f"{district}01{_FIRST_VILLAGE + number // 16 % _VILLAGES}"
    return out


def _add_viral_load(draws: Draws, rows: Rows) -> None:
    """Six months or more after treatment began, for six in ten."""
    key = rows["key"]
    day = rows["date_treated"] + draws.between("viral load day", key, 180, 330)
    treated = (rows["disease"] == _HIV) & (rows["treated"] == YES) & (rows["date_treated"] >= 0)
    measured = treated & (day <= LAST) & draws.chance("viral load", key, 0.6) & (rows["positive"] != NO)
    low = np.where(draws.chance("undetected", key, _UNDETECTED), 0, draws.between("low load", key, 20, 999))
    load = np.where(
        draws.chance("suppressed", key, _SUPPRESSED), low, draws.between("load", key, 1_000, 90_000)
    )
    rows["date_viral_load"] = np.where(measured, day, BLANK)
    rows["viral_load"] = np.where(measured, load, BLANK)
