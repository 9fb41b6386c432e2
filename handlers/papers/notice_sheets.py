"""A year's notice of days off as somebody sends it, XLSX or CSV: the cells as the rule reads them."""

import csv
import io
from datetime import datetime

from handlers.papers import delimited, workbooks
from handlers.papers.workbooks import Sheet
from storage.rules.calendar import Day, parse_notice

_ZIP = b"PK"


def read_days(content: bytes, name: str) -> list[Day]:
    """Read a notice whose number is `name` where its rows name none.

    Raises `Unreadable` where the file is no sheet, `NoticeError` with the row where a row is no day.
    """
    book = workbooks.read(content, name)  # holds the file against every limit first
    text = _text(book.sheets[0]) if content.startswith(_ZIP) else delimited.decoded(content)
    return parse_notice(text, source=name)


def _text(sheet: Sheet) -> str:
    """Write a sheet as CSV, each row on the line of its own number."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    written = 0
    for row in sheet.rows:
        lines.write("\n" * (row.number - written - 1))
        last = max(row.cells)
        writer.writerow(_cell(row.cells[at].value) if at in row.cells else "" for at in range(last + 1))
        written = row.number
    return lines.getvalue()


def _cell(value: object) -> str:
    """Write a cell on one line; a day without its hour."""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value if value is not None else "").split())
