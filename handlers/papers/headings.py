"""The row of headings in a sheet and what each column means, so that it can be said before anything is written."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from handlers.papers import archives, cells
from handlers.papers.faults import N_, Fault, Note, Term, Translate, Unreadable, worded
from handlers.papers.workbooks import Book, Row, Sheet

SEARCHED_ROWS = 40  # filled rows from the top among which the headings are looked for
HEADING_LENGTH = 20
FEWEST = 2  # fields that a row must name to be one of headings

_BRACKETED = re.compile(r"[(\uff08\[\u3010<\u300a].*?[)\uff09\]\u3011>\u300b]")
_COUNTED = re.compile(r"(.+?)[0-9一二三四五六七八九十]+$")


class How(StrEnum):
    """How a column was understood."""

    OWN_NAME = "own_name"
    SYNONYM = "synonym"
    STAND_IN = "stand_in"
    REPEATED = "repeated"
    PRIVATE = "private"
    UNKNOWN = "unknown"
    UNNAMED = "unnamed"


HOW: Mapping[How, str] = {
    How.OWN_NAME: N_("Column %(letter)s “%(heading)s” → %(field)s"),
    How.SYNONYM: N_("Column %(letter)s “%(heading)s” → %(field)s"),
    How.STAND_IN: N_("Column %(letter)s “%(heading)s” → %(field)s (for want of a better column)"),
    How.REPEATED: N_("Column %(letter)s “%(heading)s”: not read, %(field)s is read from another column"),
    How.PRIVATE: N_(
        "Column %(letter)s “%(heading)s”: left out on purpose, telephone and identity numbers are not kept"
    ),
    How.UNKNOWN: N_("Column %(letter)s “%(heading)s”: not known, not read"),
    How.UNNAMED: N_("Column %(letter)s has values but no heading: not read"),
}


@dataclass(frozen=True, slots=True)
class Field:
    """What a sheet may tell: its code, its label (a msgid), and the headings it goes by, the office's own word first.

    `weak` words count only where no column has one of `words`. Several columns of a field with `many` are read
    together.
    """

    code: str
    label: Term
    words: tuple[str, ...]
    weak: tuple[str, ...] = ()
    many: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All fields of one kind of list, and the headings that are never read for the sake of privacy."""

    fields: tuple[Field, ...]
    private: frozenset[str] = frozenset()
    known: Mapping[str, tuple[Field, bool]] = field(init=False)

    def __post_init__(self) -> None:
        words = {plain(word): (entry, False) for entry in self.fields for word in entry.words}
        weak = {plain(word): (entry, True) for entry in self.fields for word in entry.weak}
        object.__setattr__(self, "known", weak | words)

    def label(self, code: str) -> Term:
        """Give the label of a field by its code."""
        return next(entry.label for entry in self.fields if entry.code == code)

    def find(self, heading: str) -> tuple[Field, bool] | None:
        """Give the field that a heading means, and whether the word is a weak one."""
        word = plain(heading)
        found = self.known.get(word)
        counted = _COUNTED.fullmatch(word)
        if found is None and counted:
            found = self.known.get(counted[1])
            return found if found and found[0].many else None
        return found


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """One column of the sheet and how it was read; `index` from 0, `field` None where it was not read."""

    index: int
    heading: str
    how: How
    field: str | None = None
    label: Term | None = None

    @property
    def letter(self) -> str:
        """Give the column as the office program names it."""
        return archives.column_letters(self.index)

    def say(self, translate: Translate) -> str:
        """Word how the column was read."""
        facts = {"letter": self.letter, "heading": self.heading, "field": self.label or Term("")}
        return worded(HOW[self.how], facts, translate)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a sheet was read: its columns, where its headings and its first row of data stand, what stood above them."""

    columns: tuple[ColumnRead, ...]
    heading_row: int
    first_data_row: int
    title: str
    sheet: str
    kind_guess: str | None = None
    session_guess: str | None = None

    def indexes(self, code: str) -> tuple[int, ...]:
        """Give the columns from which a field is read, left to right."""
        return tuple(column.index for column in self.columns if column.field == code)

    def column(self, code: str) -> ColumnRead | None:
        """Give the first column from which a field is read."""
        return next((column for column in self.columns if column.field == code), None)


@dataclass(frozen=True, slots=True)
class Found:
    """A sheet whose headings were found, and its rows below them."""

    sheet: Sheet
    reading: Reading
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]


def plain(heading: str) -> str:
    """Give a heading for comparing: what it says in brackets left out, unless that is all it says."""
    return cells.plain(_BRACKETED.sub("", heading)) or cells.plain(heading)


def find(book: Book, lexicon: Lexicon) -> Found:
    """Find the list in a workbook: the sheet and row with the most known headings; raise `Unreadable` without any."""
    places = [(_count(sheet, at, lexicon), sheet, at) for sheet in book.sheets for at in _places(sheet, lexicon)]
    best, sheet, at = max(places, key=lambda place: (place[0], place[2][1]))  # of equals the first
    if best < FEWEST:
        wanted = ", ".join(entry.words[0] for entry in lexicon.fields if entry.required)
        raise Unreadable("no_headings", {"headings": wanted})
    lists = {other.title for count, other, _ in places if count > FEWEST}
    return _found(sheet, at, lexicon, tuple(_left_out(book, sheet, lists)))


def missing(reading: Reading, lexicon: Lexicon) -> Iterator[Fault]:
    """Give a fault for each column without which no row can be read."""
    for entry in lexicon.fields:
        if entry.required and not reading.indexes(entry.code):
            yield Fault(reading.heading_row, "missing_column", {"field": entry.label})


def _left_out(book: Book, chosen: Sheet, lists: set[str]) -> Iterator[Note]:
    for sheet in book.sheets:
        if sheet is not chosen:
            yield Note(0, "other_list" if sheet.title in lists else "other_sheet", {"sheet": sheet.title})
    for title in book.hidden:
        yield Note(0, "hidden_sheet", {"sheet": title})


def _places(sheet: Sheet, lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """Give where headings may stand, as (first, count) among the filled rows: one row, or two under one another."""
    for first, row in enumerate(sheet.rows[:SEARCHED_ROWS]):
        yield first, 1
        below = sheet.rows[first + 1 : first + 2]
        if below and _count(sheet, (first, 1), lexicon) >= FEWEST and _grouping(row, below[0], lexicon):
            yield first, 2


def _grouping(upper: Row, lower: Row, lexicon: Lexicon) -> bool:
    """Tell whether the upper row heads groups of the lower: known headings, or short words where a group spans."""
    words = {column: cells.line(cell.value) for column, cell in lower.cells.items() if not cell.spread}
    known = {column for column, word in words.items() if lexicon.find(word)}
    short = all(isinstance(lower.cells[c].value, str) and len(word) <= HEADING_LENGTH for c, word in words.items())
    placed = all(column in known or _in_group(upper, column) for column in words)
    return bool(known) and short and placed and lower.number == upper.number + 1


def _in_group(upper: Row, column: int) -> bool:
    """Tell whether the upper row leaves this column to a group: blank or merged here, or to the right of here."""
    around = (upper.cells.get(column), upper.cells.get(column + 1))
    return any(cell is None or cell.spread == "right" for cell in around)


def _headings(rows: Sequence[Row]) -> dict[int, tuple[str, ...]]:
    """Give each column's headings from the top down; a word merged over a group of columns belongs to each of them."""
    headings: dict[int, tuple[str, ...]] = {}
    for row in rows:
        for column, cell in row.cells.items():
            word = cells.line(cell.value)
            if word not in headings.get(column, ()):
                headings[column] = (*headings.get(column, ()), word)
    return headings


def _meaning(words: tuple[str, ...], lexicon: Lexicon) -> tuple[Field, bool] | None:
    """Find what a column means: the group's word and its own together, else its own, a weak one if the group agrees."""
    if len(words) == 1:
        return lexicon.find(words[0])
    joined, group, own = lexicon.find("".join(words)), lexicon.find(words[0]), lexicon.find(words[-1])
    if joined or own is None:
        return joined
    agreed = not own[1] or (group is not None and group[0].code == own[0].code)
    return own if agreed else None


def _count(sheet: Sheet, at: tuple[int, int], lexicon: Lexicon) -> int:
    """Count the different fields that the headings at this place would name."""
    headings = _headings(sheet.rows[at[0] : sum(at)])
    return len({meaning[0].code for words in headings.values() if (meaning := _meaning(words, lexicon))})


def _found(sheet: Sheet, at: tuple[int, int], lexicon: Lexicon, notes: tuple[Note, ...]) -> Found:
    first, count = at
    headings = _headings(sheet.rows[first : first + count])
    data = sheet.rows[first + count :]
    reading = Reading(
        columns=tuple(_columns(headings, data, lexicon)),
        heading_row=sheet.rows[first].number,
        first_data_row=sheet.rows[first + count - 1].number + 1,
        title=_title(sheet.rows[:first]),
        sheet=sheet.title,
    )
    return Found(sheet, reading, data, notes)


def _title(above: Iterable[Row]) -> str:
    texts = (cells.line(cell.value) for row in above for cell in row.cells.values() if not cell.spread)
    return " ".join(text for text in texts if text)


def _columns(headings: Mapping[int, tuple[str, ...]], data: Iterable[Row], lexicon: Lexicon) -> Iterator[ColumnRead]:
    meanings = {column: _meaning(words, lexicon) for column, words in headings.items()}
    strong = {meaning[0].code for meaning in meanings.values() if meaning and not meaning[1]}
    filled = {column for row in data for column, cell in row.cells.items() if not cell.spread}
    taken: set[str] = set()
    for column in sorted(headings.keys() | filled):
        words = headings.get(column, ())
        heading, meaning = " / ".join(words), meanings.get(column)
        if meaning is None:
            yield ColumnRead(column, heading, _unread(words, lexicon))
            continue
        found, weak = meaning
        lost = (weak and found.code in strong) or (found.code in taken and not found.many)
        own = plain(words[-1]) == plain(found.words[0])
        how = How.REPEATED if lost else How.STAND_IN if weak else How.OWN_NAME if own else How.SYNONYM
        if not lost:
            taken.add(found.code)
        yield ColumnRead(column, heading, how, None if lost else found.code, found.label)


def _unread(words: tuple[str, ...], lexicon: Lexicon) -> How:
    if not words:
        return How.UNNAMED
    return How.PRIVATE if plain(words[-1]) in lexicon.private else How.UNKNOWN
