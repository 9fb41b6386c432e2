"""Words compare by their characters' codes in both databases, whatever language a server was set up in.

SQLite knows nothing else. A PostgreSQL set up in another locale would order numbers and names in another way and fold
other letters; so its columns are given the collation “C”.
"""

from sqlalchemy import text
from sqlalchemy.engine import Connection

_OTHERS = text(
    "SELECT relname, attname FROM pg_attribute "
    "JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' "
    "JOIN pg_collation ON pg_collation.oid = attcollation "
    "WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 AND NOT attisdropped "
    "AND atttypid = 'varchar'::regtype AND collname <> 'C' ORDER BY relname, attnum"
)


def settle(connection: Connection) -> None:
    """Give every column of words in a PostgreSQL the collation “C”, those too that a migration has just added."""
    if connection.dialect.name != "postgresql":
        return
    quote = connection.dialect.identifier_preparer.quote
    columns: dict[str, list[str]] = {}
    for table, column in connection.execute(_OTHERS):
        columns.setdefault(table, []).append(f'ALTER COLUMN {quote(column)} TYPE varchar COLLATE "C"')
    for table, changes in columns.items():
        connection.exec_driver_sql(f"ALTER TABLE {quote(table)} {', '.join(changes)}")
