"""Statements written once, and what they find: compiled for each kind of database and then run by its driver.

SQLAlchemy writes the SQL; its own way of running it took most of a press's time.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from sqlalchemy import Dialect, inspect
from sqlalchemy.exc import DBAPIError, MultipleResultsFound, NoResultFound
from sqlalchemy.sql import Delete, Insert, Update
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel
from sqlmodel.sql.expression import Select, SelectOfScalar

T = TypeVar("T")
_SLOTS = ("__pydantic_extra__", "__pydantic_private__")  # without which pydantic compares no two rows
_Processor = Callable[[Any], Any] | None


class Found(list[T]):
    """What a statement found, in its order."""

    def first(self) -> T | None:
        """Give the first, if any."""
        return self[0] if self else None

    def one(self) -> T:
        """Give the only one; raise `NoResultFound` or `MultipleResultsFound` where it is not the only one."""
        if len(self) != 1:
            raise MultipleResultsFound if self else NoResultFound
        return self[0]

    def all(self) -> Sequence[T]:
        """Give all of them."""
        return self


class Prepared(Generic[T]):
    """A statement written once, its values given at each use by the names of its `bindparam`s.

    It is compiled once for each kind of database and then costs what the driver costs: for what runs at every press or
    tick. `columns` names what an insert or an update writes; raise `TypeError` for a value that nobody gives.
    """

    def __init__(
        self,
        statement: SelectOfScalar[T] | Select[*tuple[Any, ...]] | Insert | Update | Delete,
        columns: Iterable[str] | None = None,
    ) -> None:
        self._statement = statement
        self._columns = list(columns) if columns is not None else None
        self._compiled: dict[str, _Compiled] = {}
        self.shape = Shape(statement) if isinstance(statement, Select | SelectOfScalar) else None

    def on(self, dialect: Dialect) -> "_Compiled":
        """Give it as this kind of database takes it."""
        made = self._compiled.get(dialect.name)
        if made is None:
            made = self._compiled[dialect.name] = _Compiled(self._statement, self._columns, dialect)
        return made


class Shape:
    """How a row of columns becomes what was asked for."""

    def __init__(self, statement: Any) -> None:
        self._pieces: list[tuple[_Table | None, int, int]] = []
        start = 0
        for column in statement.column_descriptions:
            table = _table(column["expr"]) if isinstance(column["expr"], type) else None
            end = start + (len(table.names) if table else 1)
            self._pieces.append((table, start, end))
            start = end
        self._scalar = isinstance(statement, SelectOfScalar)

    def read(self, rows: Iterable[Sequence[Any]], known: dict[tuple[type[SQLModel], Any], SQLModel]) -> Found[Any]:
        """Read rows as what was asked for."""
        if self._scalar:
            table = self._pieces[0][0]
            return Found([table.row(values, known) for values in rows] if table else [values[0] for values in rows])
        if not any(table for table, _start, _end in self._pieces):
            return Found(rows)
        return Found(
            tuple(table.row(row[start:end], known) if table else row[start] for table, start, end in self._pieces)
            for row in rows
        )


class _Table:
    """How a table's row becomes an object of its class."""

    def __init__(self, table: type[SQLModel]) -> None:
        mapped = inspect(table).local_table
        self._class = table
        self.names = [column.key for column in mapped.columns]
        self._key = self.names.index(next(iter(mapped.primary_key.columns)).key)

    def row(self, values: Sequence[Any], known: dict[tuple[type[SQLModel], Any], SQLModel]) -> SQLModel | None:
        """Give the object that this row is, the one that is known where there is one; none where a join found none."""
        if values[self._key] is None:
            return None
        place = (self._class, values[self._key])
        row = known.get(place)
        if row is None:
            row = known[place] = object.__new__(self._class)
            row.__dict__.update(zip(self.names, values, strict=True))
            for slot in _SLOTS:
                object.__setattr__(row, slot, None)
        return row


class _Compiled:
    """SQL, with what turns values for the driver and back."""

    def __init__(self, statement: Any, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        unnamed = (*compiled.insert_prefetch, *compiled.update_prefetch)
        if any(not column.default.is_scalar for column in unnamed):
            raise TypeError([column.key for column in unnamed])
        fixed = {column.key: column.default.arg for column in unnamed}
        bound: dict[str, BindParameter[Any]] = {name: bind for bind, name in compiled.bind_names.items()}
        wanted = {name: None for name, bind in bound.items() if bind.required}
        state = compiled.construct_expanded_state(wanted)
        self.sql = str(state.statement)
        self._dialect = dialect
        self._positional = bool(compiled.positional)
        names = list(state.positiontup) if state.positiontup else list(state.parameters)
        self._fixed = {name: value for name, value in state.parameters.items() if name not in wanted} | fixed
        self._names = names
        processors = [_processor(bound[name].type, dialect) if name in bound else None for name in names]
        self._processors = [(place, given) for place, given in enumerate(processors) if given is not None]
        found = getattr(statement, "exported_columns", ())
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in found]
        self._readers = [(place, reader) for place, reader in enumerate(readers) if reader is not None]

    def rows(self, driver: Any, given: dict[str, Any]) -> list[Sequence[Any]]:
        """Run it and read every row."""
        rows: list[Sequence[Any]] = self._cursor(driver, self._given(given)).fetchall()
        if self._readers:
            return [self._read(row) for row in rows]
        return rows

    def run(self, driver: Any, given: dict[str, Any]) -> int:
        """Run it; give how many rows it met."""
        return int(self._cursor(driver, self._given(given)).rowcount)

    def run_all(self, driver: Any, given: Iterable[dict[str, Any]], alike: dict[str, Any]) -> None:
        """Run it once for each of these values; those that are alike in all of them are turned for the driver once."""
        known = self._fixed | alike
        turns = dict(self._processors)
        row, open_ = [], []
        for place, name in enumerate(self._names):
            turn = turns.get(place)
            row.append(turn(known[name]) if turn and name in known else known.get(name))
            if name not in known:
                open_.append((place, name, turn))
        self._cursor(driver, [self._filled(row, open_, each) for each in given], many=True)

    def _filled(self, row: list[Any], places: Iterable[tuple[int, str, _Processor]], given: dict[str, Any]) -> Any:
        """Put into a copy of a row what differs from row to row."""
        values = row.copy()
        try:
            for place, name, turn in places:
                values[place] = turn(given[name]) if turn else given[name]
        except KeyError as missing:
            raise TypeError(missing.args[0]) from None
        return values if self._positional else dict(zip(self._names, values, strict=True))

    def _cursor(self, driver: Any, values: Any, *, many: bool = False) -> Any:
        """Run it on a connection of the driver's; its errors become SQLAlchemy's."""
        try:
            if not many:
                return driver.execute(self.sql, values)
            cursor = driver.cursor()
            cursor.executemany(self.sql, values)
        except self._dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(self.sql, values, error, self._dialect.loaded_dbapi.Error) from error
        return cursor

    def _given(self, given: dict[str, Any]) -> Any:
        """Put the values in the driver's order, as it takes them."""
        known = self._fixed | given if self._fixed else given
        try:
            values = [known[name] for name in self._names]
        except KeyError as missing:
            raise TypeError(missing.args[0]) from None
        for place, processor in self._processors:
            values[place] = processor(values[place])
        return values if self._positional else dict(zip(self._names, values, strict=True))

    def _read(self, row: Sequence[Any]) -> Sequence[Any]:
        """Turn what the driver gives into what the columns hold; nothing is nothing in all of them."""
        values = list(row)
        for place, reader in self._readers:
            if values[place] is not None:
                values[place] = reader(values[place])
        return values


def _processor(kind: TypeEngine[Any], dialect: Dialect) -> _Processor:
    """Give what turns a value for the driver, if anything does."""
    return kind.dialect_impl(dialect).bind_processor(dialect)


_TABLES: dict[type, _Table] = {}


def _table(table: Any) -> _Table:
    """Give a table's shape, worked out once."""
    if table not in _TABLES:
        _TABLES[table] = _Table(table)
    return _TABLES[table]
