"""What an alert was closed as."""

from __future__ import annotations

from surveillance.texts import N_

OUTCOMES: dict[str, str] = {
    "outbreak": N_("An outbreak"),
    "cases": N_("Cases, and no outbreak"),
    "not_cases": N_("No cases of this disease"),
    "data": N_("A mistake in the data"),
    "other": N_("Something else"),
    "past": N_("Over before the watch began: found by looking back"),
}
