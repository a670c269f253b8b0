"""Tables of the operations database: accounts and the audit trail.

With SQLite they live in a second file, so that a long import never keeps anybody from signing in.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, MetaData, String, Table, Text
from sqlalchemy.orm import DeclarativeBase, relationship

from db.schema import RowNumber, metadata


class Base(DeclarativeBase):
    """Operations tables share the naming rules of the records tables, not their metadata."""

    metadata = MetaData(naming_convention=metadata.naming_convention)


account_roles = Table(
    "account_role",
    Base.metadata,
    Column("account", ForeignKey("account.id"), primary_key=True),
    Column("role", ForeignKey("role.id"), primary_key=True),
)


class Role(Base):
    """What a person may do; the table of what each role may do is dashboard/permissions.py."""

    __tablename__ = "role"
    id = Column(RowNumber, primary_key=True)
    name = Column(String(40), unique=True, nullable=False)
    description = Column(String(200))
    permissions = Column(Text)

    def get_permissions(self) -> set[str]:
        """None of the sign-in library's own: what a role may do is decided in one table."""
        return set()


class Account(Base):
    """A person who may sign in. `provinces`: provinces of care in scope, space-separated; NULL means all."""

    __tablename__ = "account"
    id = Column(RowNumber, primary_key=True)
    email = Column(String(255), unique=True, nullable=False)
    password = Column(String(255))
    active = Column(Boolean, nullable=False)
    fs_uniquifier = Column(String(64), unique=True, nullable=False)
    provinces = Column(Text)
    demo = Column(Boolean, nullable=False, default=False)
    created_at = Column(String(32), nullable=False)
    roles = relationship("Role", secondary=account_roles, lazy="joined")


audit = Table(
    "audit",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Index("ix_audit_at", "at"),
)
