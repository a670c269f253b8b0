"""Alerts, accounts and channels for tests of messages, without records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from dashboard.permissions import Grant
from dashboard.services import accounts as account_services
from dashboard.services.messages import desk, recipients
from dashboard.services.messages.desk import Given
from dashboard.settings import Settings
from db.core.engine import Database
from db.core.scope import Scope
from db.operations import alerts as register
from db.operations.alerts import Where
from surveillance.alerts.evaluate import Verdict
from surveillance.alerts.levels import Alarm
from surveillance.alerts.rules import RULES
from tests.support.web import GOOD_KEY

ADMINISTRATOR = Grant("administrator@example.org", "administrator", Scope.everything())
#: Words that no message may hold: a facility and a district.
FACILITY, DISTRICT = "CANARY-FACILITY", "CANARY-DISTRICT"


def settings(url: str, hosts: str = "127.0.0.1", **more: str) -> Settings:
    """Settings of a server that sends messages to this machine."""
    given = {"DATABASE_URL": url, "CHHLANG_SECRET_KEY": GOOD_KEY, "CHHLANG_MESSAGE_HOSTS": hosts}
    return Settings.read(given | {"CHHLANG_ADDRESS": "https://chhlang.example"} | more)


def account(database: Database, name: str, role: str = "epidemiologist", *provinces: str) -> Grant:
    """An account, as it asks."""
    email = f"{name}@example.org"
    account_services.add(
        database, Grant.custodian(), email=email, password=None, role=role, provinces=provinces or None
    )
    return Grant(email, role, Scope.of(*provinces) if provinces else Scope.everything())


def way(database: Database, chosen: Settings, address: str, name: str = "Mail") -> int:
    """A way out."""
    return desk.add_way(database, ADMINISTRATOR, chosen, name, address)


def channel(database: Database, who: Grant, chosen: Settings, gateway: int, /, **more: Any) -> int:
    """A channel of an account, told at once by e-mail unless said otherwise."""
    given = {"gateway": str(gateway), "to": who.actor, "language": "en", "timing": "once", "hour": "7"}
    return desk.add_own(database, who, chosen, Given(**given | more))


def group(database: Database, chosen: Settings, gateway: int, **more: Any) -> int:
    """A group with a daily digest."""
    given = {"gateway": str(gateway), "to": "group@example.org", "name": "Group", "language": "en"}
    return desk.add_group(
        database, ADMINISTRATOR, chosen, Given(**given | {"timing": "day", "hour": "7"} | more)
    )


def raise_alerts(
    database: Database,
    now: datetime,
    rule: str = "measles-suspected",
    places: Sequence[tuple[str, str]] = ((DISTRICT, "KH01"),),
    day: date = date(2026, 5, 10),
) -> int:
    """Raise alerts of places in provinces, and tell who is to be told; how many are new."""
    facility = RULES[rule].levels[0] == "facility"
    alarms = []
    for number, (place, province) in enumerate(places):
        on = day + timedelta(days=number)
        verdict = Verdict(on, on - timedelta(days=3), 7, 5.0, True, counts=((on, 7),))
        where = Where(province, DISTRICT, FACILITY) if facility else Where(province, place)
        level = "facility" if facility else "district"
        alarms.append((Alarm(RULES[rule], level, place, verdict), where, {on: 7}))
    return register.tell(database, alarms, 1, now, recipients.at_once(database))
