"""Whose data a query may return. Every query that returns people's data takes one; there is no default.

A scope is place and programme. The places are provinces of care, operational districts, facilities and
crossings. What is counted or listed by province holds the provinces alone; by facility, the facilities in
them, in the districts, and those that are named; by crossing, what the provinces cared for, and all of the
crossings that are named. So a part of a place is never shown as if it were the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from surveillance.diseases import diseases_of
from surveillance.errors import NotPermittedError

_NATIONAL = "all"
_KINDS = {
    "district": "districts",
    "facility": "facilities",
    "crossing": "crossings",
    "programme": "programmes",
    "partner": "partners",
}


@dataclass(frozen=True)
class Scope:
    """Places whose records may be counted, and the programmes whose diseases may; None means all of them.

    `partners`: whose referrals from reception centres may be answered. They widen and narrow nothing else.
    """

    provinces: frozenset[str] | None
    districts: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    crossings: frozenset[str] = frozenset()
    programmes: frozenset[str] | None = None
    partners: frozenset[str] = frozenset()

    @classmethod
    def everything(cls) -> Scope:
        """The scope of the custodian and of national roles."""
        return cls(None)

    @classmethod
    def of(cls, *provinces: str) -> Scope:
        """The scope of a role that answers for these provinces of care."""
        return cls(frozenset(provinces))

    @classmethod
    def made(
        cls,
        provinces: Iterable[str] | None = None,
        districts: Iterable[str] = (),
        facilities: Iterable[str] = (),
        crossings: Iterable[str] = (),
        programmes: Iterable[str] | None = None,
        partners: Iterable[str] = (),
    ) -> Scope:
        """A scope of places and programmes: of the whole country where no place is named."""
        narrow = (frozenset(districts), frozenset(facilities), frozenset(crossings))
        own = frozenset(provinces or ())
        country = provinces is None and not any(narrow)
        limited = None if programmes is None else frozenset(programmes)
        return cls(None if country else own, *narrow, limited, frozenset(partners))

    @classmethod
    def read(cls, text: str | None) -> Scope:
        """A scope from :attr:`text`. What cannot be understood holds nothing."""
        if text is None:
            return cls.everything()
        found: dict[str, set[str]] = {}
        for word in text.split():
            kind, colon, value = word.partition(":")
            found.setdefault(_KINDS.get(kind, kind) if colon else "provinces", set()).add(
                unquote(value) if colon else kind
            )
        own = found.pop("provinces", set())
        programmes = found.pop("programmes", None)
        places = {name: frozenset(found.get(name, ())) for name in ("districts", "facilities", "crossings")}
        return cls(
            None if own == {_NATIONAL} and not any(places.values()) else frozenset(own),
            **places,
            programmes=None if programmes is None else frozenset(programmes - {""}),
            partners=frozenset(found.get("partners", ())),
        )

    @property
    def text(self) -> str | None:
        """As it is stored; two are the same exactly where their texts are. None for everything.

        Examples
        --------
        >>> Scope.made(["KH02", "KH01"], crossings=["poipet"], programmes=["cnm"]).text
        'KH01 KH02 crossing:poipet programme:cnm'
        """
        if self == Scope.everything():
            return None
        words = [_NATIONAL] if self.provinces is None else sorted(self.provinces)
        for kind, name in _KINDS.items():
            words += [f"{kind}:{quote(value, safe='')}" for value in sorted(getattr(self, name) or ())]
        if self.programmes == frozenset():
            words.append("programme:")
        return " ".join(words)

    @property
    def national(self) -> bool:
        """Whether every place is in scope."""
        return self.provinces is None

    @property
    def whole(self) -> bool:
        """Whether every place and every programme is in scope."""
        return self.provinces is None and self.programmes is None

    @property
    def diseases(self) -> frozenset[str] | None:
        """Diseases that may be counted; None means all."""
        return None if self.programmes is None else diseases_of(self.programmes)

    @property
    def placed(self) -> bool:
        """Whether any place is in scope."""
        return bool(
            self.provinces is None or self.provinces or self.districts or self.facilities or self.crossings
        )

    def holds(self, province: str) -> bool:
        """Whether a province of care is in scope."""
        return self.provinces is None or province in self.provinces

    def holds_facility(self, facility: str, province: str, district: str | None) -> bool:
        """Whether a facility is in scope: by its province, its operational district, or itself."""
        return self.holds(province) or district in self.districts or facility in self.facilities

    def reaches(self, dimension: str) -> bool:
        """Whether it has places that a kind of place is counted by; what has no place at all is not asked."""
        own: dict[str, Collection[str]] = {
            "facility": self.districts | self.facilities,
            "district": self.districts,
            "crossing": self.crossings,
            "border": self.crossings,
        }
        return not self.placed or self.national or bool(self.provinces or own.get(dimension, ()))

    def covers(self, disease: str) -> bool:
        """Whether a disease is of a programme in scope."""
        return self.diseases is None or disease in self.diseases

    def covered(self, diseases: Collection[str]) -> list[str]:
        """Those of some diseases that are of a programme in scope, in order."""
        return [code for code in diseases if self.covers(code)]

    def includes(self, other: Scope) -> bool:
        """Whether every place and programme of another scope is in this one."""
        if self.provinces is not None:
            if other.provinces is None or not other.provinces <= self.provinces:
                return False
            for own, theirs in (
                (self.districts, other.districts),
                (self.facilities, other.facilities),
                (self.crossings, other.crossings),
            ):
                if not theirs <= own:
                    return False
        if self.programmes is None:
            return True
        return other.programmes is not None and other.programmes <= self.programmes

    def within(self, province: str) -> Scope:
        """The same programmes, for one of its provinces; of no place where it does not hold it."""
        held = frozenset((province,)) if self.holds(province) else frozenset()
        return replace(Scope(held), programmes=self.programmes)

    def check(self, disease: str) -> None:
        """Refuse a disease of another programme.

        Raises
        ------
        NotPermittedError
            The scope does not cover it.
        """
        if not self.covers(disease):
            raise NotPermittedError("your account is for other programmes than that of this disease")
