"""The navigation: every page that has a place in it, one declaration for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dashboard.components.addresses import map_page
from dashboard.messages import Translate
from dashboard.permissions import Grant, Permission
from surveillance.texts import N_

#: The page that opens with a question of the reader's choice.
_MAP = "/map"


@dataclass(frozen=True)
class Entry:
    """One page of the navigation.

    Parameters
    ----------
    path : str
        Its address, as its route is written. Who may call the route is shown the page; an address without
        a route is left out.
    name : str
        What people call it.
    more : bool
        Whether it stands behind "More".
    national : bool
        Whether its route refuses accounts of single provinces.
    but : Permission, optional
        Whose holders are shown it all the same.
    over : tuple of str
        How addresses of pages begin that are reached from it, beside those beneath its own.
    alone : bool
        Whether pages beneath its address are reached from another entry.
    """

    path: str
    name: str
    more: bool = False
    national: bool = False
    over: tuple[str, ...] = ()
    but: Permission | None = None
    alone: bool = False

    def is_for(self, grant: Grant) -> bool:
        """Whether its route refuses no account for the places of its scope."""
        return not self.national or grant.scope.national or (self.but is not None and grant.can(self.but))


#: In the order of the page.
ENTRIES: tuple[Entry, ...] = (
    Entry("/", N_("Today")),
    Entry(_MAP, N_("Map")),
    Entry("/find", N_("Places"), over=("/provinces/", "/districts/", "/crossings/", "/facilities/")),
    Entry("/curves", N_("Curves")),
    Entry("/clusters/standing", N_("Clusters"), over=("/clusters",)),
    Entry("/alerts", N_("Alerts"), over=("/cases",)),
    Entry("/reporting", N_("Reporting")),
    Entry("/indicators", N_("Indicators")),
    Entry("/desk", N_("Desk")),
    Entry("/reception", N_("Reception centre")),
    Entry("/worklists", N_("Worklists")),
    Entry("/referral", N_("Answer a referral")),
    Entry("/imports", N_("Files"), national=True, but=Permission.IMPORT_REFERRALS),
    Entry("/decisions", N_("Decisions")),
    Entry("/bulletin", N_("Bulletin"), more=True),
    Entry("/cascade", N_("Cascades"), more=True),
    Entry("/funnel", N_("Places and chance"), more=True),
    Entry("/malaria/foci", N_("Malaria"), more=True, over=("/malaria",)),
    Entry("/views", N_("Saved views"), more=True),
    Entry("/records", N_("Records"), more=True),
    Entry("/calendar", N_("Calendar"), more=True),
    Entry("/rates", N_("Rates"), more=True),
    Entry("/denominators", N_("Population"), more=True),
    Entry("/districts", N_("Districts"), more=True, alone=True),
    Entry("/data", N_("Data"), more=True),
    Entry("/data-quality", N_("Data quality"), more=True),
    Entry("/releases", N_("Releases"), more=True, national=True),
    Entry("/systems", N_("Other systems"), more=True, national=True),
    Entry("/administration", N_("Administration"), more=True),
    Entry("/account/messages", N_("Messages to you"), more=True),
    Entry("/sessions", N_("Your sessions"), more=True),
    Entry("/account/tokens", N_("For other programs"), more=True),
    Entry("/device", N_("This device"), more=True),
)


@dataclass(frozen=True)
class Link:
    """One link of the navigation. `current`: the value of aria-current, or blank."""

    address: str
    name: str
    more: bool
    current: str


def links(
    grant: Grant,
    may_open: Callable[[str], bool],
    here: str,
    t: Translate,
    opening: Mapping[str, str] | None = None,
    entries: Iterable[Entry] = ENTRIES,
) -> list[Link]:
    """The pages that a reader may open.

    Parameters
    ----------
    may_open : callable
        Whether there is a route at an address, and the reader may call it.
    here : str
        The address of the page that is drawn.
    opening : mapping, optional
        The question that the map opens with.
    """
    return [
        Link(
            map_page(opening) if entry.path == _MAP else entry.path,
            t(entry.name),
            entry.more,
            _current(entry, here),
        )
        for entry in entries
        if may_open(entry.path) and entry.is_for(grant)
    ]


def _current(entry: Entry, here: str) -> str:
    """Whether a page is the one that is drawn ("page"), or stands above it ("true")."""
    if entry.path == here:
        return "page"
    above = entry.over if entry.path == "/" or entry.alone else (entry.path + "/", *entry.over)
    return "true" if here.startswith(above) else ""
