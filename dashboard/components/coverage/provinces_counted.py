"""How many provinces, in words: Phnom Penh is none, and counts as one of 25 areas."""

from __future__ import annotations

from collections.abc import Collection

from dashboard.messages import Translate
from geodata.provinces import PROVINCES

CAPITAL = "KH12"


def provinces_counted(codes: Collection[str] | int, t: Translate) -> str:
    """Name so many provinces; `codes`: which ones, or how many where that is all that is known.

    >>> provinces_counted(25, str), provinces_counted(["KH01", "KH12"], str), provinces_counted(["KH01"], str)
    ('24 provinces and Phnom Penh', '1 province and Phnom Penh', '1 province')
    """
    count = codes if isinstance(codes, int) else len(codes)
    capital = count == len(PROVINCES) if isinstance(codes, int) else CAPITAL in codes
    if not capital:
        return t("{count} provinces").format(count=count) if count != 1 else t("1 province")
    if count == len(PROVINCES):
        return t("24 provinces and Phnom Penh")
    if count == 1 + 1:
        return t("1 province and Phnom Penh")
    return (
        t("{count} provinces and Phnom Penh").format(count=count - 1) if count > 1 else t("Phnom Penh alone")
    )
