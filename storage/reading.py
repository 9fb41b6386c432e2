"""One open transaction, seen from inside: statements in, rows out.

A row is an object of its table's class, the same one throughout a transaction, and only to be read: writing goes
through statements. SQLAlchemy's session stays out, since that took most of a press's time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, TypeVarTuple, overload

from sqlalchemy import Connection, bindparam, inspect
from sqlalchemy.exc import NoResultFound
from sqlmodel import SQLModel, select
from sqlmodel.sql.expression import Select, SelectOfScalar

from storage.prepared import Found, Prepared, Shape

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
M = TypeVar("M", bound=SQLModel)


class Read:
    """An open transaction; what is read twice in it is the same object.

    What a prepared statement has found is kept until the transaction writes: rights, cards and letters ask again and
    again who holds which post.
    """

    def __init__(self, connection: Connection, owner: str | None = None) -> None:
        self._connection = connection
        self._dialect = connection.dialect
        self.kind: str = self._dialect.name  # of database: `sqlite` or `postgresql`
        self._driver: Any = connection.connection.driver_connection
        self.owner = owner  # the replica that sends what is written here; none: nobody does
        self._rows: dict[tuple[type[SQLModel], Any], SQLModel] = {}
        self._answers: dict[tuple[Prepared[Any], tuple[tuple[str, Any], ...]], Found[Any]] = {}
        self.posted: list[Any] = []

    def connection(self) -> Connection:
        """Give the connection, for statements that write and for rows of columns."""
        self._answers.clear()
        return self._connection

    @overload
    def exec(self, statement: Prepared[T] | SelectOfScalar[T], **given: Any) -> Found[T]: ...
    @overload
    def exec(self, statement: Select[*Ts], **given: Any) -> Found[tuple[*Ts]]: ...
    def exec(self, statement: Any, **given: Any) -> Found[Any]:
        """Run a statement that finds something: whole rows, single values, or tuples of both; values by their names."""
        if isinstance(statement, Prepared):
            asked = (statement, tuple(given.items()))
            known = self._answers.get(asked)
            if known is None:
                assert statement.shape is not None
                rows = statement.on(self._dialect).rows(self._driver, given)
                known = self._answers[asked] = statement.shape.read(rows, self._rows)
            return known
        return Shape(statement).read(self._connection.execute(statement, given).fetchall(), self._rows)

    def run(self, statement: Prepared[Any], **given: Any) -> int:
        """Run a statement that writes; give how many rows it met."""
        self._answers.clear()
        return statement.on(self._dialect).run(self._driver, given)

    def run_all(self, statement: Prepared[Any], given: Iterable[dict[str, Any]], **alike: Any) -> None:
        """Run a statement that writes once for each of these values, and those that are alike in all of them."""
        self._answers.clear()
        statement.on(self._dialect).run_all(self._driver, given, alike)

    def rows(self, statement: Prepared[Any], **given: Any) -> list[Sequence[Any]]:
        """Run a statement that writes and returns columns; give these, row by row."""
        self._answers.clear()
        return statement.on(self._dialect).rows(self._driver, given)

    def get(self, table: type[M], key: Any) -> M | None:
        """Give a row by its key, if it is there."""
        known = self._rows.get((table, key))
        if known is not None:
            return known  # type: ignore[return-value]  # kept by its table
        return self.exec(_by_key(table), key=key).first()

    def get_one(self, table: type[M], key: Any) -> M:
        """Give a row by its key; raise `NoResultFound` where it is missing."""
        row = self.get(table, key)
        if row is None:
            raise NoResultFound
        return row

    def post(self, *things: Any) -> None:
        """Leave things for the calls of `Database.after_commit`; what is undone has left nothing."""
        self.posted.extend(things)

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._rows.clear()
        self._answers.clear()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what is done within when it fails, and forget what was read and posted in it."""
        before = len(self.posted)
        try:
            with self._connection.begin_nested():
                yield
        except BaseException:
            self.forget()
            del self.posted[before:]
            raise


Work = Callable[[Read], T]


_KEYS: dict[type, Prepared[Any]] = {}


def _by_key(table: type[M]) -> Prepared[M]:
    """Give the statement that finds a table's row by its key, prepared once."""
    if table not in _KEYS:
        key = next(iter(inspect(table).local_table.primary_key.columns))
        _KEYS[table] = Prepared(select(table).where(key == bindparam("key")))
    return _KEYS[table]
