"""What the reception centres did in the period: sums of their days, of the account's crossings."""

from __future__ import annotations

from datetime import datetime

from dashboard.services.bulletin.models import CrossingArrivals, ReceptionPart
from dashboard.services.bulletin.source import Source
from dashboard.services.reception import centre
from dashboard.services.reception.centre import Centre, Home, Then
from surveillance.windows import Window

#: Homes that are listed: those with the most arrivals.
MOST_HOMES = 10


def reception_of(source: Source) -> ReceptionPart:
    """Day sums of the centres; as of an earlier day those of the entries that had come by its end."""
    if not source.edition.own or not centre.may_see(source.grant):
        return ReceptionPart(told=False)
    period = source.edition.period
    now, then = (_known(source, Window(span.first, span.last)) for span in (period, period.before))
    if now is None or then is None:
        return ReceptionPart(told=True, known=False)
    return ReceptionPart(
        True,
        True,
        now.answer["arrived"],
        now.answer["assessed"],
        now.answer["tested"],
        now.answer["referred"],
        now.answer["reached"],
        then.answer["arrived"],
        now.lost,
        tuple(_arrivals(one) for one in now.crossings if one.arrived),
        tuple(_arrivals(one) for one in now.homes[:MOST_HOMES] if one.arrived),
    )


def _known(source: Source, window: Window) -> Centre | Then | None:
    """What is known of some days, or was; None where entries of then are kept as sums alone."""
    if source.past is not None:
        return centre.known_then(source.database, source.grant, window, datetime.fromisoformat(source.until))
    return centre.page(source.database, source.grant, None, window, source.today)


def _arrivals(one: Home) -> CrossingArrivals:
    return CrossingArrivals(one.code, one.arrived, one.tested.numerator)
