"""A list of suggestions or proposals, read from a sheet: rows that can go in, and a fault for each that cannot."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from handlers.papers import headings, titles, workbooks
from handlers.papers.case_columns import CASES
from handlers.papers.case_rows import CaseRow, Setting, case_row, recess_by_yes
from handlers.papers.faults import Fault, Note, listed
from handlers.papers.headings import How, Reading
from handlers.papers.lines import Line, data_lines


@dataclass(frozen=True, slots=True)
class CaseSheet:
    """What a sheet of cases says: how it was read, the rows that can go in, the faults and notes in the order of rows.

    `needs_kind` tells that some row has no type and none was given: ask for it and read again with `kind`.
    """

    reading: Reading
    rows: tuple[CaseRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]

    @property
    def needs_kind(self) -> bool:
        """Tell whether the type must still be asked for."""
        return any(row.kind is None for row in self.rows)


def read_cases(content: bytes, name: str, kind: str | None = None) -> CaseSheet:
    """Read a list of cases from XLSX or CSV; `kind` ("suggestion" or "proposal") stands where the sheet names none.

    Raises `Unreadable` if there is no list in it. Nothing is written anywhere; equal bytes give equal answers.
    """
    found = headings.find(workbooks.read(content, name), CASES)
    titles.refuse_secret(found.reading.title, found.reading.sheet)
    reading = _with_guesses(found.reading, name)
    missing = tuple(headings.missing(reading, CASES))
    if missing:
        return CaseSheet(reading, (), missing, found.notes)
    recess = reading.column("recess")
    setting = Setting(
        kind=kind or reading.kind_guess,
        session=reading.session_guess,
        epoch=found.sheet.epoch,
        recess_by_yes=recess is not None and recess_by_yes(recess.heading),
    )
    lines, passed_over = data_lines(found, CASES, telling="lead")
    rows = [row for line in lines if (row := case_row(line, setting))]
    merged = list(_merged(lines))
    apart = {fault.row for fault in merged}
    duplicates = _duplicates([row for row in rows if row.row not in apart])
    faults = [*(fault for line in lines for fault in line.faults), *merged, *duplicates]
    bad = {fault.row for fault in faults}
    notes = [*found.notes, *_guessed(reading, kind), *passed_over, *(note for line in lines for note in line.notes)]
    return CaseSheet(
        reading,
        tuple(row for row in rows if row.row not in bad),
        tuple(sorted(faults, key=lambda fault: fault.row)),
        tuple(sorted(notes, key=lambda note: note.row)),
    )


def _with_guesses(reading: Reading, name: str) -> Reading:
    words = " ".join(column.heading for column in reading.columns)
    return replace(
        reading,
        kind_guess=titles.kind_guess(reading.title, reading.sheet, words, name),
        session_guess=titles.session(reading.title),
    )


def _guessed(reading: Reading, kind: str | None) -> Iterator[Note]:
    """Say what was taken from the title of the sheet instead of from its rows."""
    number = reading.column("number")
    if number and number.how is How.STAND_IN:
        yield Note(0, "number_from_serial", {"column": number.letter})
    if reading.kind_guess and kind and kind != reading.kind_guess:
        yield Note(0, "kind_differs", {"kind": titles.KIND_WORDS[reading.kind_guess]})
    elif reading.kind_guess and not kind and not reading.indexes("kind"):
        yield Note(0, "kind_from_title", {"kind": titles.KIND_WORDS[reading.kind_guess]})
    if reading.session_guess and not reading.indexes("session"):
        yield Note(0, "session_from_title", {"session": reading.session_guess})


def _merged(lines: Iterable[Line]) -> Iterator[Fault]:
    """Refuse every row of a number merged over several: taking the first alone would lose what the others say."""
    groups: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if top := line.merged_from("number"):
            groups[top].append(line)
    for top, below in groups.items():
        numbers = [top, *(line.number for line in below)]
        facts = {"value": below[0].raw("number"), "rows": listed(numbers), "field": CASES.label("number")}
        yield from (Fault(number, "merged_number", facts) for number in numbers)


def _duplicates(rows: Sequence[CaseRow]) -> Iterator[Fault]:
    """Refuse all rows that share a number: which of them holds it is not for us to say."""
    groups: defaultdict[tuple[str | None, ...], list[CaseRow]] = defaultdict(list)
    for row in rows:
        groups[row.jurisdiction, row.kind, row.session, row.number].append(row)
    for same in groups.values():
        if len(same) > 1:
            facts = {"value": same[0].number, "rows": listed(row.row for row in same), "field": CASES.label("number")}
            yield from (Fault(row.row, "duplicate_number", facts) for row in same)
