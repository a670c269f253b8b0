"""Whether a PostgreSQL database will do, looked at before the first table: encoding, and our rights."""

from __future__ import annotations

from db.core.engine import Database
from surveillance.errors import ConfigurationError

_ASKED = """
SELECT current_database(), current_user, pg_encoding_to_char(encoding), current_schema(),
       coalesce(has_schema_privilege(current_schema(), 'CREATE'), false),
       has_database_privilege(current_database(), 'TEMPORARY')
FROM pg_database WHERE datname = current_database()
"""
_ANEW = "as postgres: createdb --owner={role} --encoding=UTF8 --template=template0 {name}"


def check(database: Database) -> None:
    """Refuse a database in which Khmer has no letters, or in which we may make no table.

    Raises
    ------
    ConfigurationError
        It will not do; says in one line what to do.
    """
    if database.dialect != "postgresql":
        return
    with database.records.connect() as connection:
        name, role, encoding, schema, creates, temporary = connection.exec_driver_sql(_ASKED).one()
    anew = _ANEW.format(role=role, name=name)
    if encoding != "UTF8":
        raise ConfigurationError(
            f"the database {name} has the encoding {encoding}, which cannot hold Khmer: make another ({anew})"
        )
    if schema is None or not creates or not temporary:
        what = "tables" if schema is None or not creates else "temporary tables"
        raise ConfigurationError(
            f"the account {role} may make no {what} in the database {name}: let it own the database (as "
            f"postgres: ALTER DATABASE {name} OWNER TO {role}), or make another ({anew})"
        )
