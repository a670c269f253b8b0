"""The demo's calendar: its first and last day, the days of each disease, and arrivals at Poipet."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from dashboard.demo.draws import Draws

FIRST_DAY = date(2021, 7, 1)
LAST_DAY = date(2026, 6, 30)
N_DAYS = (LAST_DAY - FIRST_DAY).days + 1
SURGE = (date(2025, 8, 1), date(2025, 9, 30))
VAN_SEATS = 43

DAYS: tuple[date, ...] = tuple(FIRST_DAY + timedelta(days=number) for number in range(N_DAYS))

#: Relative numbers from January to December.
_MONTHS: dict[str, tuple[int, ...]] = {
    "malaria": (95, 75, 65, 65, 80, 105, 130, 135, 125, 120, 120, 105),
    "dengue": (25, 20, 25, 40, 80, 190, 260, 230, 170, 110, 60, 35),
    "ili": (80, 75, 75, 65, 80, 110, 140, 150, 150, 120, 85, 75),
    "sari": (85, 80, 80, 75, 85, 105, 125, 135, 130, 115, 95, 90),
    "awd": (80, 85, 110, 135, 140, 125, 105, 95, 90, 85, 75, 75),
    "cholera": (20, 30, 90, 200, 240, 180, 90, 60, 40, 20, 15, 15),
    "measles": (120, 150, 170, 150, 110, 80, 70, 60, 60, 70, 75, 85),
}
#: Relative numbers of each half-year from July 2021 to June 2026.
_HALVES: dict[str, tuple[int, ...]] = {
    "malaria": (190, 200, 190, 140, 110, 90, 75, 70, 65, 60),
    "dengue": (70, 80, 95, 110, 150, 95, 80, 85, 110, 90),
    "measles": (25, 30, 40, 60, 90, 130, 160, 150, 120, 110),
    "tb": (85, 88, 95, 100, 105, 108, 112, 112, 115, 115),
    "hepatitis_c": (60, 70, 80, 95, 105, 110, 115, 120, 120, 120),
    "cholera": (100, 20, 10, 160, 30, 20, 10, 220, 40, 30),
    "ili": (60, 70, 85, 95, 105, 110, 110, 110, 120, 115),
}
#: COVID-19 by month from July 2021: Delta, Omicron, then small waves.
_COVID_MONTHS = (
    *(420, 400, 380, 240, 120, 70, 110, 480, 340, 120, 50, 35),
    *(40, 45, 35, 30, 25, 20, 20, 20, 60, 130, 110, 45),
    *(25, 20, 20, 20, 25, 30, 30, 25, 20, 25, 35, 40),
    *(35, 25, 20, 20, 20, 20, 20, 18, 18, 20, 40, 45),
    *(30, 22, 20, 18, 16, 16, 16, 16, 15, 15, 15, 15),
)
_CLINIC_WEEK = np.array((110, 105, 103, 100, 98, 48, 26))
_VAN_WEEK = np.array((105, 104, 103, 102, 102, 78, 60))
#: Positive of tested for malaria, per 1,000, in each half-year from July 2021, before the modifiers.
MALARIA_POSITIVE = (390, 350, 290, 222, 168, 108, 66, 35, 23, 27)

_MONTH = np.array([day.month - 1 for day in DAYS])
_WEEKDAY = np.array([day.weekday() for day in DAYS])
_HALF = np.array([2 * (day.year - 2021) + (day.month > 6) - 1 for day in DAYS])
_MONTH_NUMBER = np.array([12 * (day.year - 2021) + day.month - 7 for day in DAYS])
_IN_SURGE = np.array([SURGE[0] <= day <= SURGE[1] for day in DAYS])


def half_years() -> np.ndarray:
    """Number of the half-year of each day, shape (N_DAYS,): 0 is July to December 2021."""
    return _HALF


def day_number(day: date) -> int:
    """Position of a day in the period."""
    return (day - FIRST_DAY).days


def disease_days(draws: Draws, disease: str) -> np.ndarray:
    """Whole-number weight of each day for care of a disease at clinics, shape (N_DAYS,)."""
    noise = draws.between(f"noise:{disease}", np.arange(N_DAYS), 80, 120)
    if disease == "covid19":
        level = np.array(_COVID_MONTHS)[_MONTH_NUMBER] * 100
    else:
        flat = (100,) * 12
        level = np.array(_MONTHS.get(disease, flat))[_MONTH] * np.array(_HALVES.get(disease, flat))[_HALF]
    return level * _CLINIC_WEEK[_WEEKDAY] * noise


def daily_vans(draws: Draws) -> np.ndarray:
    """Vans that reach the reception centre at Poipet on each day, shape (N_DAYS,).

    Two to five of about 43 people, so 90 to 230 people a day; ten times as many in the surge of August
    and September 2025.
    """
    spread = draws.between("vans", np.arange(N_DAYS), 210, 530) * _VAN_WEEK[_WEEKDAY]
    vans = np.clip((spread + 4800) // 9600, 2, 5)
    return np.where(_IN_SURGE, 10 * vans, vans)


def van_days(draws: Draws) -> np.ndarray:
    """Whole-number weight of each day for vans that are screened, shape (N_DAYS,); fewer in the surge."""
    return daily_vans(draws) * np.where(_IN_SURGE, 5, 10)
