"""Accounts of tests. A good hash of a password takes as long as a test: in tests hashing is cheap.

One test (tests/security/test_sign_in.py) lets the product hash as it does, and looks at how it does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from unittest import mock

import flask_security.core
from argon2 import PasswordHasher

from dashboard.permissions import Grant
from dashboard.services import accounts
from db.core.engine import Database, together
from db.operations import accounts as stored

PASSWORD = "a long enough password"
_CHEAP = {"time_cost": 1, "memory_cost": 64, "parallelism": 1}


@contextmanager
def _hashing(**work: int) -> Iterator[None]:
    options = {f"argon2__{name}": value for name, value in work.items()}
    with (
        mock.patch.object(accounts, "PasswordHasher", partial(PasswordHasher, **work)),
        mock.patch.dict(flask_security.core._default_config, PASSWORD_HASH_PASSLIB_OPTIONS=options),
    ):
        yield


def cheap_hashing() -> AbstractContextManager[None]:
    """Hash and check passwords in this process in a moment: by argon2, with less work."""
    return _hashing(**_CHEAP)


def real_hashing() -> AbstractContextManager[None]:
    """Hash and check them as the product does."""
    return _hashing()


#: What `PASSWORD` became by each way of hashing: the same for every account of the tests.
_HASHED: dict[object, str] = {}


def _hashed(password: str, email: str, *, demo: bool = False) -> str:
    made = accounts.PasswordHasher
    if made not in _HASHED:
        _HASHED[made] = _HASHES(password, email, demo=demo)
    return _HASHED[made]


_HASHES = accounts.hashed


def add_accounts(database: Database, wanted: dict[str, tuple[str, tuple[str, ...] | None]]) -> None:
    """Name in the address -> role, provinces; all with the same password, in one transaction."""
    with together(database.operations), mock.patch.object(accounts, "hashed", _hashed):
        stored.ensure_roles(database)
        with mock.patch.object(stored, "ensure_roles", lambda _: None):
            for name, (role, provinces) in wanted.items():
                accounts.add(
                    database,
                    Grant.custodian(),
                    email=f"{name}@example.org",
                    password=PASSWORD,
                    role=role,
                    provinces=provinces,
                )
