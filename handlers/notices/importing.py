"""What is said of a sheet: how its columns were read, what can go in, and each row that cannot."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.buttons import Button
from handlers.office import Reader
from handlers.pages import Block, Document, Key, Page, Quote, Text, Title
from handlers.papers.case_columns import CASES
from handlers.papers.case_sheets import CaseSheet
from handlers.papers.faults import Fault, Note
from handlers.papers.tables import write_csv
from handlers.tongue import N_
from storage.queries.entries import NAMING, Change, Examined, Finding
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.words import DESK_ROLES
from storage.tables import Letter

SHOWN = 10  # lines in the message; all of them go along as a file
_NAMES = frozenset({"several_leads", "lead_among", "several_names", "bad_name"})  # findings that repeat a person's name
_HIDDEN = "…"


@dataclass(frozen=True)
class Found:
    """What a sheet says by itself, in the importer's language: columns, and lines of (row, sentence)."""

    name: str
    sha256: str
    columns: tuple[str, ...]
    faults: tuple[tuple[int, str], ...]
    notes: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Told:
    """What would come of a sheet: counts, and every line about it, faults first."""

    good: int
    known: int
    changed: int
    bad: int
    lines: tuple[tuple[int, str], ...]

    def state(self, name: str, columns: tuple[str, ...]) -> dict[str, Any]:
        """Give it as a draft keeps it: the first lines only."""
        return {
            "name": name,
            "columns": list(columns),
            "good": self.good,
            "known": self.known,
            "changed": self.changed,
            "bad": self.bad,
            "lines": [line for _row, line in self.lines[:SHOWN]],
            "more": max(0, len(self.lines) - SHOWN),
        }


def found(name: str, sha256: str, sheet: CaseSheet, reader: Reader) -> Found:
    """Word what a sheet says by itself."""
    columns = tuple(column.say(reader.say) for column in sheet.reading.columns)
    return Found(name, sha256, columns, _lines(sheet.faults, reader), _lines(sheet.notes, reader))


def _lines(findings: Iterable[Fault | Note], reader: Reader) -> tuple[tuple[int, str], ...]:
    """Word findings of a sheet; where names may not travel, only the row is told."""
    veiled = _veiled(reader)
    return tuple(
        (each.row, _only_row(each.row, reader) if veiled and each.code in _NAMES else each.say(reader.say))
        for each in findings
    )


def untold(sheet: Found, good: int) -> Told:
    """Say what can be said before the type is known."""
    return Told(good, 0, 0, _rows(sheet.faults), (*sheet.faults, *sheet.notes))


def told(sheet: Found, examined: Examined, reader: Reader) -> Told:
    """Say what would come of a sheet."""
    veiled = _veiled(reader)
    own = [(each.row, _finding(each, reader, veiled)) for each in examined.faults]
    changes = [(change.ready.case.row, change_line(change, reader)) for change in examined.changes]
    noted = [(each.row, _finding(each, reader, veiled)) for each in examined.notes]
    bad = sorted([*sheet.faults, *own], key=_row)
    lines = (*bad, *changes, *sorted([*sheet.notes, *noted], key=_row))
    return Told(len(examined.new), examined.known, len(examined.changes), _rows(bad), lines)


def _row(line: tuple[int, str]) -> int:
    """Give the row that a line speaks of."""
    return line[0]


def _rows(lines: Iterable[tuple[int, str]]) -> int:
    """Count the rows that lines speak of; the whole sheet counts as one."""
    return len({row for row, _line in lines})


def _veiled(reader: Reader) -> bool:
    """Tell whether proposers' names stay out: in light mode they travel to a desk alone (chat.md 5)."""
    desk = reader.person is not None and bool(reader.person.roles & DESK_ROLES)
    return not reader.full and not desk


def _only_row(row: int, reader: Reader) -> str:
    """Say that something is to be seen in a row, without saying whose name it is."""
    return reader.say(N_("Row %(row)d: please look at the names of the proposers."), row=row)


def _finding(finding: Finding, reader: Reader, veiled: bool) -> str:
    """Word what the database knows of a row."""
    facts = dict(finding.facts)
    if veiled and finding.msgid in NAMING:
        facts["value"] = _HIDDEN
    return reader.say(finding.msgid, **facts)


def change_line(change: Change, reader: Reader) -> str:
    """Word a known number with other content."""
    case = change.ready.case
    fields = [reader.say(str(CASES.label(code))) for code in change.fields]
    return reader.say(
        N_("Row %(row)d: %(kind)s %(number)s stands already with other content (%(fields)s); it is left as it was."),
        row=case.row,
        kind=case.kind,
        number=case.number,
        fields=fields,
    )


def report(lines: Sequence[tuple[int, str]], reader: Reader) -> bytes | None:
    """Write every line as a table, where there are more than the message shows."""
    if len(lines) <= SHOWN:
        return None
    return write_csv((reader.say(N_("Row")), reader.say(N_("What was found"))), lines)


def preview(state: dict[str, Any], attached: bytes | None, reader: Reader) -> tuple[tuple[Block, ...], list[Document]]:
    """Show how a sheet was read and what can go in, before anything is written."""
    blocks: list[Block] = [Title(state["name"]), *(Text(line) for line in _counts(state, reader))]
    blocks += [Text(line) for line in state["lines"]]
    if state["more"]:
        blocks.append(Text(reader.say(N_("%(count)d more lines are in the file below."), count=state["more"])))
    blocks.append(Quote("\n".join(state["columns"])))
    return tuple(blocks), [Document(reader.say(N_("rows.csv")), attached)] if attached else []


def _counts(state: dict[str, Any], reader: Reader) -> Iterator[str]:
    """Say how many rows can go in, and how many cannot."""
    yield reader.say(N_("%(count)d rows can go in."), count=state["good"])
    if state["known"]:
        yield reader.say(N_("%(count)d stand already as they are here; they add nothing."), count=state["known"])
    if state["changed"]:
        yield reader.say(N_("%(count)d stand already with other content."), count=state["changed"])
    if state["bad"]:
        yield reader.say(N_("%(count)d rows cannot go in."), count=state["bad"])


def imported(read: Read, letter: Letter, reader: Reader) -> Page | None:  # noqa: ARG001 (every notice's form)
    """Tell the office of an import, with the way to what waits."""
    facts = unpack(letter.facts)
    lines = [reader.say(N_("%(count)d cases have been imported, %(waiting)d of them wait for their handling to be "
                           "proposed."), count=facts["count"], waiting=facts["waiting"])]  # fmt: skip
    if facts["name"]:
        lines.append(reader.say(N_("Imported by: %(name)s"), name=facts["name"]))
    rows = ((Key(reader.say(N_("To do")), Button("todo")),),) if facts["waiting"] else ()
    return Page(tuple(Text(line) for line in lines), rows)
