"""The attack on a release, written apart from what hides: it knows what is published, and nothing of how.

`audit` computes the bounds of every hidden number by arithmetic first, and by linear programmes for what
remains. This package imports nothing of the modules that decide what is hidden.
"""

from surveillance.disclosure.audit.attack import audit
from surveillance.disclosure.audit.numbers import (
    BLANK,
    COHORT,
    HIDDEN,
    NOT_ISSUED,
    SHOWN,
    VISITS,
    Numbers,
    Row,
)
from surveillance.disclosure.audit.words import Finding, Report, What

__all__ = [
    "BLANK",
    "COHORT",
    "HIDDEN",
    "NOT_ISSUED",
    "SHOWN",
    "VISITS",
    "Finding",
    "Numbers",
    "Report",
    "Row",
    "What",
    "audit",
]
