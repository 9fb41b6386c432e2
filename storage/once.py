"""Rows that are written once a key, whoever comes first."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col


def insert_once(session: Session, table: type[SQLModel], unique: str, /, **values: Any) -> int | None:
    """Insert a row unless another has its value of the column `unique`; give its id, or nothing.

    To look first and write then would have any two acts on PostgreSQL collide whose keys lie on one page of the index,
    as those of neighbouring updates do.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    identity = col(table.id)  # type: ignore[attr-defined]  # every such table has one
    statement = insert(table).values(**values).on_conflict_do_nothing(index_elements=[unique]).returning(identity)
    written: int | None = session.connection().execute(statement).scalar_one_or_none()
    return written
