"""What a card of the first page is, and what it is made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from dashboard.components.calendar_words import closed_on
from dashboard.components.clusters import watched
from dashboard.components.clusters.watched import WatchView
from dashboard.components.today import clusters_of_area
from dashboard.messages import Translate
from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.clusters.watch import Watch, watch
from dashboard.services.disclosure.alerts import AlertSignal
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.once import Once
from dashboard.services.reception import centre
from dashboard.services.store import Database
from dashboard.services.today.alert_signals import signals as alert_signals
from dashboard.services.today.decisions import Decisions, decisions
from dashboard.services.today.overview import Overview
from dashboard.services.today.reporting import Reporting, reporting
from dashboard.services.today.signals import Signal, signals
from surveillance.calendar.entries import Entry

#: Where a card stands: the first column, the second, the third, or below them in the whole width.
Place = Literal["first", "second", "third", "below"]


@dataclass(frozen=True)
class Context:
    """What cards are made from; each thing is read once for all of them.

    Parameters
    ----------
    reader : Grant
        Of the account.
    grant : Grant
        The same within the area that the page shows: what is counted on it is counted with this one.
    area : str or None
        The province that was chosen; None: all that the account may see.
    looks : bool
        Whether the server looks for clusters by itself.
    others : mapping
        The first page of each province that the reader may choose, by its code.
    """

    database: Database
    reader: Grant
    grant: Grant
    area: str | None
    status: DataStatus
    today: date
    language: str
    t: Translate
    looks: bool
    found: Overview
    others: dict[str, str]

    @Once
    def entries(self) -> list[Entry]:
        """The calendar."""
        return calendar.entries(self.database, self.grant)

    @Once
    def closed(self) -> dict[str, str]:
        """Crossings that were closed on the last day of the last complete week, with since when."""
        return closed_on(self.entries, self.found.week and self.found.week.last, self.t)

    @Once
    def sent(self) -> Reporting:
        """Who has reported."""
        return reporting(self.database, self.grant)

    @Once
    def decisions(self) -> Decisions:
        """What was decided."""
        return decisions(self.database, self.grant, self.today)

    @Once
    def signals(self) -> tuple[Signal, ...]:
        """Clusters that the reader is told of as signals."""
        found = signals(self.database, self.reader)
        return tuple(one for one in found if self.area is None or self.area in one.provinces)

    @Once
    def alert_signals(self) -> tuple[AlertSignal, ...]:
        """Open alerts that the reader is told of as signals."""
        found = alert_signals(self.database, self.reader)
        return tuple(
            one for one in found if one.state != "closed" and (self.area is None or self.area == one.area)
        )

    @Once
    def watch(self) -> Watch | None:
        """What the standing questions found, without HIV and syphilis; None for who may not look for it."""
        if not self.reader.can(Permission.RUN_CLUSTERS):
            return None
        return clusters_of_area.shown(watch(self.database, self.reader, audited=False), self.area)

    @Once
    def reception(self) -> dict[str, int | None] | None:
        """What reception centres received and lost; None where there is nothing to say."""
        found = centre.brief(self.database, self.grant, self.today)
        return found if found is not None and any(number != 0 for number in found.values()) else None

    @Once
    def clusters(self) -> WatchView | None:
        """The same in words."""
        found = self.watch
        return None if found is None else watched.watch_view(found, self.language, self.t, looks=self.looks)


@dataclass(frozen=True)
class Card:
    """One card, declared once.

    Parameters
    ----------
    key : str
        Its id in the page.
    title : callable
        Its heading; blank where the template has one of its own.
    permission : Permission
        Who sees it.
    make : callable
        What its template is given as `shown`; None: the card is left out.
    template : str
        A fragment in `dashboard/templates/`.
    place, order : str, int
        Where it stands, and in which order there.
    copied : bool
        Whether it stands on a copy for a device without a connection too.
    """

    key: str
    title: Callable[[Context], str]
    permission: Permission
    make: Callable[[Context], Any]
    template: str
    place: Place
    order: int
    copied: bool = True


@dataclass(frozen=True)
class Shown:
    """A card that is made: what the page loops over."""

    key: str
    title: str
    template: str
    place: Place
    data: Any


def shown(cards: Iterable[Card], context: Context) -> Sequence[Shown]:
    """The cards that a reader is shown, in their order."""
    made = (
        (card, card.make(context))
        for card in sorted(cards, key=lambda card: card.order)
        if context.reader.can(card.permission)
    )
    return [
        Shown(card.key, card.title(context), card.template, card.place, data)
        for card, data in made
        if data is not None
    ]
