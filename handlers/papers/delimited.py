"""CSV as offices save it: its encoding, its separator, its records."""

import csv
import io
import re
from collections.abc import Sequence

from handlers.papers.faults import Unreadable

SEPARATORS = ",;\t"
SAMPLE_LINES = 30
FIELD_LIMIT = 131_072  # the csv module's own default; longer than any field that can go in

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
_DECLARED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)


def decoded(content: bytes) -> str:
    """Decode by byte order mark, else UTF-8, else GB 18030 (what Excel writes in China); refuse what is no text."""
    encodings = next(((name,) for mark, name in _MARKS if content.startswith(mark)), ("utf-8", "gb18030"))
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROLS.search(text):
            raise Unreadable("not_a_sheet")
        return text
    raise Unreadable("encoding")


def _fields(text: str, separator: str) -> int:
    """Count the fields that the first lines would have, read with this separator."""
    sample = "\n".join(text.splitlines()[:SAMPLE_LINES])
    try:
        return sum(len(record) for record in csv.reader(io.StringIO(sample, newline=""), delimiter=separator))
    except csv.Error:
        return 0


def separator_of(text: str) -> str:
    """Choose the separator that parts the first lines into most fields."""
    return max(SEPARATORS, key=lambda separator: _fields(text, separator))


def records(content: bytes) -> Sequence[tuple[int, list[str]]]:
    """Give every filled record with its number, counted as a spreadsheet program would count rows."""
    text = decoded(content)
    declared = _DECLARED.match(text)
    separator = declared[1] if declared else separator_of(text)
    if declared:
        text = text[declared.end() :]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found = []
    try:
        for number, record in enumerate(reader, start=1):
            if any(value.strip() for value in record):
                found.append((number, record))
    except csv.Error as error:
        raise Unreadable("quotes", {"line": reader.line_num}) from error
    return found
