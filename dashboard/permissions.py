"""What each role may do. Nothing is granted that is not in this table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from db.core.scope import Scope
from surveillance.errors import NotPermittedError
from surveillance.texts import N_

__all__ = [
    "CUSTODIAN",
    "GRANTED",
    "ON_DEVICE",
    "SYSTEM",
    "THRESHOLD",
    "THRESHOLDS",
    "Grant",
    "Permission",
    "Scope",
]


class Permission(StrEnum):
    """One thing a person may be allowed to do."""

    SEE_COVERAGE = N_("see coverage")
    EXPORT_TABLES = N_("export tables")
    SEE_REPORTING = N_("see who reported, and what was decided")
    SEE_DATA_STATUS = N_("see what was imported")
    IMPORT_FILES = N_("import files")
    MANAGE_ACCOUNTS = N_("manage accounts")
    RUN_CLUSTERS = N_("look for clusters")
    SEE_LINE_LIST = N_("see the records behind a cluster")
    SEE_SMALL_COUNTS = N_("see small numbers, and whatever has not been issued")
    SEE_SENSITIVE_DETAIL = N_("see HIV and syphilis by other than province and year")
    NOTE_DECISIONS = N_("note decisions")
    EDIT_CALENDAR = N_("edit the calendar")
    MEND_DATA = N_("work through what is wrong with the data")
    PREPARE_RELEASE = N_("prepare releases")
    ISSUE_RELEASE = N_("issue releases")
    RECEIVE_ARRIVALS = N_("record arrivals at a reception centre")
    READ_REFERRALS = N_("refer arrivals, and see referrals and medicines")
    IMPORT_REFERRALS = N_("import files of referrals")
    ANSWER_REFERRALS = N_("answer referrals")
    COUNT_ARRIVALS = N_("see how many people a reception centre received")
    EDIT_EXPECTED = N_("edit what to expect of arrivals")
    SEE_SYSTEMS = N_("see what other systems are connected, and what came of them")
    MAINTAIN = N_("maintain the database")


#: Who holds the database itself, and is shown everything that is held.
CUSTODIAN = "custodian"
#: Who asks the standing questions; no account can have this name, which is no address.
SYSTEM = "standing scans"
_P = Permission
_SEES = frozenset({_P.SEE_COVERAGE, _P.SEE_REPORTING})
_ANALYSES = _SEES | {
    _P.SEE_SMALL_COUNTS,
    _P.EXPORT_TABLES,
    _P.SEE_DATA_STATUS,
    _P.RUN_CLUSTERS,
    _P.SEE_SENSITIVE_DETAIL,
    _P.COUNT_ARRIVALS,
}
GRANTED: dict[str, frozenset[Permission]] = {
    "viewer": _SEES,
    "partner": frozenset({_P.SEE_COVERAGE, _P.EXPORT_TABLES, _P.ANSWER_REFERRALS}),
    "official": _ANALYSES | {_P.NOTE_DECISIONS},
    "reception": _SEES | {_P.RECEIVE_ARRIVALS, _P.COUNT_ARRIVALS},
    "nurse": _SEES | {_P.RECEIVE_ARRIVALS, _P.READ_REFERRALS, _P.IMPORT_REFERRALS, _P.COUNT_ARRIVALS},
    "data_manager": _ANALYSES
    | {_P.IMPORT_FILES, _P.EDIT_CALENDAR, _P.MEND_DATA, _P.EDIT_EXPECTED, _P.PREPARE_RELEASE, _P.SEE_SYSTEMS},
    "epidemiologist": _ANALYSES
    | {
        _P.SEE_LINE_LIST,
        _P.NOTE_DECISIONS,
        _P.MEND_DATA,
        _P.EDIT_EXPECTED,
        _P.PREPARE_RELEASE,
        _P.ISSUE_RELEASE,
    },
    "administrator": _SEES
    | {
        _P.SEE_DATA_STATUS,
        _P.MANAGE_ACCOUNTS,
        _P.NOTE_DECISIONS,
        _P.EDIT_CALENDAR,
        _P.ISSUE_RELEASE,
        _P.SEE_SYSTEMS,
    },
    CUSTODIAN: frozenset(_P),
}
#: Whom a copy on a device is drawn for, of an account that is shown more of some places than a viewer: what a
#: viewer is shown, less what she could work out with the numbers of her own. No account has this role.
ON_DEVICE = "on device"
_HELD = GRANTED | {ON_DEVICE: GRANTED["viewer"]}
#: Fewest people that an issued figure tells of: within the programme, and for roles outside it.
THRESHOLD = 5
THRESHOLDS: dict[str, int] = {"partner": 11}


@dataclass(frozen=True)
class Grant:
    """Who asks, in which role, for which provinces of care."""

    actor: str
    role: str
    scope: Scope

    @classmethod
    def custodian(cls) -> Grant:
        """Return the grant of the command line: its user holds the database itself."""
        return cls("command line", CUSTODIAN, Scope.everything())

    @property
    def is_custodian(self) -> bool:
        """Whether identifiers that could name a person are shown, whoever brought them."""
        return self.role == CUSTODIAN

    @property
    def threshold(self) -> int:
        """The threshold of the issued figures that this role reads."""
        return THRESHOLDS.get(self.role, THRESHOLD)

    def within(self, province: str) -> Grant:
        """The same grant for one of its provinces; for none where its scope does not hold it."""
        return replace(self, scope=self.scope.within(province))

    def on_device(self) -> Grant:
        """The grant that a copy on a device is drawn for: a viewer's, and nothing that this one has not."""
        if not GRANTED["viewer"] <= GRANTED.get(self.role, frozenset()):
            return self
        knows_more = self.can(_P.SEE_SMALL_COUNTS) and not self.scope.national
        return replace(self, role=ON_DEVICE if knows_more else "viewer")

    def can(self, permission: Permission) -> bool:
        """Whether this is granted."""
        return permission in _HELD.get(self.role, frozenset())

    def check(self, permission: Permission) -> None:
        """Refuse what is not granted.

        Raises
        ------
        NotPermittedError
            The role does not hold the permission.
        """
        if not self.can(permission):
            raise NotPermittedError(
                "your account may not {permission}; ask the administrator", permission=permission
            )
