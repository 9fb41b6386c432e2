"""A file that somebody sent, as a grid of plain cells: XLSX and CSV in, nothing interpreted yet."""

import io
import math
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from handlers.papers import archives, delimited
from handlers.papers.faults import Unreadable

SIZE_LIMIT = 20 * archives.MEGABYTE  # what the Bot API lets a bot download
ROW_LIMIT = 20_000
COLUMN_LIMIT = 100
SPREAD_LIMIT = 2_000_000

WINDOWS_DAY_ZERO = date(1899, 12, 30)  # so that day 61 is 1 March 1900, as in Lotus 1-2-3

Value = str | int | float | datetime | None

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHER_KINDS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_ESCAPED_BREAK = re.compile(r"_x000[DdAa9]_")
_GUARDED = re.compile(r"'[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell; `spread` tells in which direction a merge brought the value here, `top` from which row."""

    value: Value
    formula: bool = False
    spread: Literal["", "down", "right"] = ""
    top: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One filled row: its number as the office program shows it, and its filled cells by column from 0."""

    number: int
    cells: Mapping[int, Cell]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One visible sheet with its filled rows; `epoch` is the day 0 of its date serials."""

    title: str
    rows: tuple[Row, ...]
    epoch: date = WINDOWS_DAY_ZERO


@dataclass(frozen=True, slots=True)
class Book:
    """All visible, filled sheets of a file, and the names of those that are hidden."""

    name: str
    sheets: tuple[Sheet, ...]
    hidden: tuple[str, ...] = ()


def read(content: bytes, name: str) -> Book:
    """Read an XLSX or CSV file by what its bytes are, whatever its name says; raise `Unreadable` with the reason."""
    if len(content) > SIZE_LIMIT:
        size = f"{len(content) / archives.MEGABYTE:.1f}"
        raise Unreadable("too_big", {"size": size, "limit": SIZE_LIMIT // archives.MEGABYTE})
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise Unreadable("empty")
    if content.startswith(_OLE):
        raise Unreadable("password" if _ENCRYPTED in content else "old_format")
    if content.startswith(b"PK"):
        book = _workbook(content, name)
    elif content.startswith(_OTHER_KINDS) or content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Unreadable("not_a_sheet")
    else:
        book = Book(name, (Sheet("", _delimited_rows(content)),))
    filled = tuple(sheet for sheet in book.sheets if sheet.rows)
    if not filled:
        raise Unreadable("empty")
    return replace(book, sheets=filled)


def _delimited_rows(content: bytes) -> tuple[Row, ...]:
    rows: list[Row] = []
    for number, record in delimited.records(content):
        cells = {column: _text_cell(value) for column, value in enumerate(record) if value.strip()}
        rows.append(_checked(Row(number, cells), len(rows)))
    return tuple(rows)


def _text_cell(value: str) -> Cell:
    """Undo the guard that our own exports put before a leading `=`; unguarded, it is a formula to whoever opens it."""
    if _GUARDED.match(value):
        return Cell(value[1:])
    return Cell(value, formula=value.lstrip().startswith("="))


def _checked(row: Row, filled_before: int) -> Row:
    """Hold a row against the limits of rows and columns."""
    if filled_before >= ROW_LIMIT:
        raise Unreadable("too_many_rows", {"limit": ROW_LIMIT})
    last = max(row.cells)
    if last >= COLUMN_LIMIT:
        raise Unreadable(
            "too_many_columns",
            {"column": archives.column_letters(min(last, archives.ROW_CELLS_LIMIT - 1)), "limit": COLUMN_LIMIT},
        )
    return row


def _workbook(content: bytes, name: str) -> Book:
    merges = archives.merged_ranges(content)
    try:
        # openpyxl warns of styles and validations it leaves out; none of them carries a value.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _opened(content, name, merges)
    except Unreadable:
        raise
    except Exception as error:  # a foreign file in a foreign parser: whatever it raises, the file is damaged
        raise Unreadable("corrupt") from error


def _opened(content: bytes, name: str, merges: Mapping[str, tuple[archives.Merge, ...]]) -> Book:
    import openpyxl  # noqa: PLC0415 (heavy, and a bot that is handed no workbook goes without)

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        sheets, hidden = [], []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                hidden.append(sheet.title)
                continue
            sheet.reset_dimensions()  # the size that a file declares is not to be trusted
            rows = _spread(_filled_rows(sheet.iter_rows()), merges.get(sheet.title, ()))
            sheets.append(Sheet(sheet.title, rows, book.epoch.date()))
        return Book(name, tuple(sheets), tuple(hidden))
    finally:
        book.close()


def _filled_rows(rows: Iterable[Iterable[Any]]) -> dict[int, dict[int, Cell]]:
    found: dict[int, dict[int, Cell]] = {}
    for number, row in enumerate(rows, start=1):
        cells = {}
        for cell in row:
            if cell.value is None:
                continue
            made = _made(cell.value, cell.data_type)
            if made.value != "":
                cells[cell.column - 1] = made
        if cells:
            _checked(Row(number, cells), len(found))
            found[number] = cells
    return found


def _made(value: Any, data_type: str) -> Cell:
    """Turn what openpyxl gives into a plain value; formulas and their errors keep only their text."""
    if data_type in {"f", "e"}:
        return Cell(str(getattr(value, "text", value)), formula=True)
    if isinstance(value, str):
        return Cell(_ESCAPED_BREAK.sub("\n", value).strip())
    if isinstance(value, bool):
        return Cell(str(value).upper())
    if isinstance(value, float) and not math.isfinite(value):
        return Cell(str(value), formula=True)
    if isinstance(value, int | float | datetime):
        return Cell(value)
    return Cell(str(value))  # times and durations: no field of ours is one


def _spread(grid: dict[int, dict[int, Cell]], merges: Iterable[archives.Merge]) -> tuple[Row, ...]:
    """Copy each merged value over its range, into filled rows only: a merge alone does not make a row."""
    budget = SPREAD_LIMIT
    for merge in merges:
        origin = grid.get(merge.top, {}).get(merge.left)
        if origin is None:
            continue
        # A range is at most as long as the grid: never walk a million empty rows.
        long = merge.bottom - merge.top >= len(grid)
        rows = [n for n in grid if merge.top <= n <= merge.bottom] if long else range(merge.top, merge.bottom + 1)
        columns = range(merge.left, min(merge.right, COLUMN_LIMIT - 1) + 1)
        budget -= len(rows) * (len(columns) + 1)
        if budget < 0:
            raise Unreadable("too_many_cells")
        for number in rows:
            for column in columns:
                _copy(grid, origin, merge, (number, column))
    return tuple(Row(number, grid[number]) for number in sorted(grid))


def _copy(grid: dict[int, dict[int, Cell]], origin: Cell, merge: archives.Merge, at: tuple[int, int]) -> None:
    number, column = at
    if number in grid and at != (merge.top, merge.left):
        direction: Literal["down", "right"] = "down" if column == merge.left else "right"
        grid[number].setdefault(column, Cell(origin.value, origin.formula, direction, merge.top))
