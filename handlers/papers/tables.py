"""Tables that people receive, as XLSX or CSV, in which no cell can become a formula."""

import csv
import io
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, TypeAlias

from handlers.papers.archives import column_letters

Entry: TypeAlias = str | int | float | date | datetime | None

CELL_LIMIT = 32_000  # characters; the format ends at 32,767
NARROWEST, WIDEST = 6, 50  # columns, in half-width characters

# What Excel or WPS takes for the beginning of a formula (OWASP, CSV injection), the full-width forms too.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_SHEET_NAME_LENGTH = 31


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Entry]], sheet: str = "Sheet1") -> bytes:
    """Write one sheet: bold, frozen headings, real dates, every string a string.

    Times are written as they stand: bring them into the office's zone before.
    """
    from openpyxl import Workbook  # noqa: PLC0415 (heavy, and a bot that writes no table goes without)

    entries = [[_plain(entry) for entry in row] for row in rows]
    book = Workbook(write_only=True)
    page = book.create_sheet(_SHEET_NAME.sub(" ", sheet)[:_SHEET_NAME_LENGTH] or "Sheet1")
    page.freeze_panes = "A2"
    for column, width in enumerate(_widths([list(headings), *entries])):
        page.column_dimensions[column_letters(column)].width = width
    page.append([_text(page, str(_plain(heading) or ""), wrapped=True, bold=True) for heading in headings])
    for row in entries:
        page.append([_written(page, entry) for entry in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Entry]]) -> bytes:
    """Write UTF-8 with its mark, as Excel needs it in China; what could begin a formula gets an apostrophe."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_guarded(heading) for heading in headings])
    writer.writerows([_guarded(_plain(entry)) for entry in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")


def _plain(entry: Entry) -> Entry:
    """Leave out what neither format can hold: zones, control characters, no-numbers; cut what is too long, visibly."""
    if isinstance(entry, str):
        text = _NO_XML.sub("", entry)
        return text or None if len(text) <= CELL_LIMIT else text[: CELL_LIMIT - 1] + "…"
    if isinstance(entry, datetime):
        return entry.replace(tzinfo=None, microsecond=0)
    return None if isinstance(entry, float) and not math.isfinite(entry) else entry


def _guarded(entry: Entry) -> str | int | float:
    """Give a value for CSV; numbers and dates of ours are no formulas."""
    if entry is None:
        return ""
    if isinstance(entry, datetime):
        return entry.isoformat(" ", "minutes")
    if isinstance(entry, date):
        return entry.isoformat()
    return f"'{entry}" if isinstance(entry, str) and _FORMULA.match(entry) else entry


def _written(page: Any, entry: Entry) -> Any:
    """Give what openpyxl is to write: a bare value, or a cell where a bare value would change its kind or its look."""
    if not isinstance(entry, str):
        return entry
    long = "\n" in entry or _width(entry) > WIDEST
    if not long and not _FORMULA.match(entry) and not entry.startswith("#"):
        return entry
    return _text(page, entry, wrapped=long)


def _text(page: Any, text: str, *, wrapped: bool, bold: bool = False) -> Any:
    """Give a cell that stays text, also when somebody edits it later (`quotePrefix`, ECMA-376 part 1, 18.8.45)."""
    made, wrapping, heavy = _looks()
    cell = made(page, value=text)
    cell.data_type = "s"  # openpyxl has made a formula or an error of it by now
    if _FORMULA.match(text):
        cell.quotePrefix = True
    if wrapped:
        cell.alignment = wrapping
    if bold:
        cell.font = heavy
    return cell


@cache
def _looks() -> tuple[Any, Any, Any]:
    """Give openpyxl's kind of cell, its wrapped lines and its bold letters."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 (as above)
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415 (as above)

    return WriteOnlyCell, Alignment(wrap_text=True, vertical="top"), Font(bold=True)


def _width(entry: Entry) -> int:
    """Measure the longest line in half-width characters, as East Asian fonts set them (UAX 11)."""
    if entry is None:
        return 0
    lines = str(entry)[:CELL_LIMIT].split("\n")
    return max(len(line) + sum(unicodedata.east_asian_width(c) in "WFA" for c in line[:WIDEST]) for line in lines)


def _widths(rows: Iterable[Sequence[Entry]]) -> list[int]:
    widths: list[int] = []
    for row in rows:
        widths.extend([NARROWEST] * (len(row) - len(widths)))
        for column, entry in enumerate(row):
            if widths[column] < WIDEST:
                widths[column] = min(max(widths[column], _width(entry) + 2), WIDEST)
    return widths
