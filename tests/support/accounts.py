"""Accounts of tests. Their password is hashed once in a process: a good hash takes as long as a test."""

from __future__ import annotations

from functools import cache
from unittest import mock

from argon2 import PasswordHasher

from dashboard.permissions import Grant
from dashboard.services import accounts
from db.core.engine import Database

PASSWORD = "a long enough password"


class _Once:
    @staticmethod
    @cache
    def hash(password: str) -> str:
        """As the product hashes it."""
        return PasswordHasher().hash(password)


def add_accounts(database: Database, wanted: dict[str, tuple[str, tuple[str, ...] | None]]) -> None:
    """Name in the address -> role, provinces; all with the same password."""
    with mock.patch.object(accounts, "PasswordHasher", _Once):
        for name, (role, provinces) in wanted.items():
            accounts.add(
                database,
                Grant.custodian(),
                email=f"{name}@example.org",
                password=PASSWORD,
                role=role,
                provinces=provinces,
            )
