"""Tables of the operations database around sign-in: second factors, links, guesses, identities, tokens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Integer, String, Table, Text

from db.tables.operations import Base
from db.tables.records import RowNumber


def _account(**options: Any) -> Column:
    return Column("account", ForeignKey("account.id"), **options)


#: The authenticator of an account. `secret`: sealed. `last_counter`: of the newest code that was used; no
#: code up to it is taken again.
account_totp = Table(
    "account_totp",
    Base.metadata,
    _account(primary_key=True),
    Column("secret", Text, nullable=False),
    Column("confirmed_at", String(32), nullable=False),
    Column("last_counter", BigInteger, nullable=False),
)

#: Recovery codes that were not used yet, as fingerprints.
recovery_code = Table(
    "recovery_code",
    Base.metadata,
    _account(primary_key=True),
    Column("hash", String(64), primary_key=True),
)

#: Links by which a person sets her password once: an invitation, or a reset. `hash`: of what stands in it.
one_time_link = Table(
    "one_time_link",
    Base.metadata,
    Column("hash", String(64), primary_key=True),
    _account(nullable=False, index=True),
    Column("purpose", String(10), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("expires", Float, nullable=False),
)

#: Failed guesses, by a fingerprint of whom they are counted for. `last`: when the newest was made; `until`:
#: when the next one may be.
sign_in_guess = Table(
    "sign_in_guess",
    Base.metadata,
    Column("key", String(64), primary_key=True),
    Column("failures", Float, nullable=False),
    Column("last", Float, nullable=False, index=True),
    Column("until", Float, nullable=False),
)

#: Addresses and devices from where an account has signed in, as fingerprints.
known_place = Table(
    "known_place",
    Base.metadata,
    _account(primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("seen", Float, nullable=False),
)

#: Who an account is at the provider of identities.
linked_identity = Table(
    "linked_identity",
    Base.metadata,
    _account(primary_key=True),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("mark", String(64), nullable=False, unique=True),
)

#: Tokens by which programs ask for an account. `hash`: of the token, which is stored nowhere; `tail`: its
#: last letters. `role`, `scope` (as `Scope.text` writes it; NULL means all): never above the account's own.
#: `authority`: fingerprint of what the account could do when it was made; with another one it is over.
#: `expires`: when it ends by itself. `per_minute`: how often it may ask; `counted`: how often it did in
#: `minute` (since 1970), over all processes. `ended_why`: person, expired or account.
api_token = Table(
    "api_token",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    _account(nullable=False, index=True),
    Column("name", String(80), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("tail", String(4), nullable=False),
    Column("role", String(40), nullable=False),
    Column("scope", Text),
    Column("authority", String(32), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("expires", Float, nullable=False),
    Column("per_minute", Integer, nullable=False),
    Column("minute", BigInteger, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("used_at", String(32)),
    Column("ended_at", String(32)),
    Column("ended_by", String(255)),
    Column("ended_why", String(10)),
)
