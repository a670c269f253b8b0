"""What the reception centres did in the period: sums of their days, of the account's crossings."""

from __future__ import annotations

from dashboard.services.bulletin.models import CrossingArrivals, ReceptionPart
from dashboard.services.bulletin.source import Source
from dashboard.services.reception import centre
from dashboard.services.reception.centre import Home
from surveillance.windows import Window

#: Homes that are listed: those with the most arrivals.
MOST_HOMES = 10


def reception_of(source: Source) -> ReceptionPart:
    """Day sums of the centres; of an earlier day they are not known, since entries come later, too."""
    if not source.edition.own or not centre.may_see(source.grant):
        return ReceptionPart(told=False)
    if source.past is not None:
        return ReceptionPart(told=True, known=False)
    period = source.edition.period
    found = centre.page(source.database, source.grant, None, Window(period.first, period.last), source.today)
    before = centre.page(
        source.database,
        source.grant,
        None,
        Window(period.before.first, period.before.last),
        source.today,
    )
    answer = found.answer
    return ReceptionPart(
        True,
        True,
        answer["arrived"],
        answer["assessed"],
        answer["tested"],
        answer["referred"],
        answer["reached"],
        before.answer["arrived"],
        found.lost,
        tuple(_arrivals(one) for one in found.crossings if one.arrived),
        tuple(_arrivals(one) for one in found.homes[:MOST_HOMES] if one.arrived),
    )


def _arrivals(one: Home) -> CrossingArrivals:
    return CrossingArrivals(one.code, one.arrived, one.tested.numerator)
