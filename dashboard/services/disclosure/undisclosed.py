"""Counts before any decision about them: what reading returns, and what only this package opens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NoReturn, TypeVar

Held_co = TypeVar("Held_co", covariant=True)
Made = TypeVar("Made")
Other = TypeVar("Other")


class Undisclosed(Generic[Held_co]):
    """A closed box around counts.

    Readers may go on counting inside (:meth:`map`, :meth:`with_`); what they get is another box. A box has no
    text, no number, no truth, no order and no length of what it holds, and is never copied or pickled.
    `dashboard.services.disclosure.opening` opens it, for the modules of this package.

    `issued`: its counts are those of an issued release, which everybody may be shown; whatever the release
    hides is hidden in them. It stays with what is counted from issued counts alone.

    >>> Undisclosed(3).map(lambda count: count + 1)
    <undisclosed>
    >>> issued, own = Undisclosed(3, issued=True), Undisclosed(3)
    >>> issued.map(str).issued, issued.with_(own).issued
    (True, False)
    """

    __slots__ = ("__held", "__issued")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, held: Held_co, *, issued: bool = False) -> None:
        self.__held, self.__issued = held, issued

    @property
    def issued(self) -> bool:
        """Whether everything in it comes from an issued release."""
        return self.__issued

    def map(self, count: Callable[[Held_co], Made]) -> Undisclosed[Made]:
        """Count on inside: what `count` makes of the counts, undisclosed as they are."""
        return Undisclosed(count(self.__held), issued=self.__issued)

    def with_(self, other: Undisclosed[Other]) -> Undisclosed[tuple[Held_co, Other]]:
        """Both in one box, which is issued where both are."""
        return Undisclosed((self.__held, other.__held), issued=self.__issued and other.issued)

    def __repr__(self) -> str:
        """Nothing of what is inside."""
        return "<undisclosed>"

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("these counts are undisclosed: only dashboard.services.disclosure opens them")

    def __eq__(self, other: object) -> bool:
        """Refused, as is whatever else would tell of the counts."""
        self._refuse()

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Refused."""
        self._refuse()

    __bool__ = __len__ = __iter__ = __int__ = __float__ = __index__ = __getitem__ = __contains__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __add__ = __radd__ = __sub__ = __rsub__ = _refuse
