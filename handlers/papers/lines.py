"""One row of data under known headings: asked for its fields, it gives plain values and gathers its faults."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TypeVar

from handlers.papers import cells
from handlers.papers.faults import Fault, Note, Term, shown
from handlers.papers.headings import Found, Lexicon, Reading, plain
from handlers.papers.workbooks import Cell, Row, Value

NAME_LIMIT = 50
SHORT_LIMIT = 100
SERIAL_WORDS = frozenset({"序号", "序", "顺序号", "流水号"})

Answer = TypeVar("Answer")

_FOOTER = re.compile(
    r"(?:合计|总计|小计|总数|共计|共\d+|共.{0,4}件|以上|填表|制表|填报|审核人|审核[:\uff1a]|经办人|负责人|联系电话|日期[:\uff1a]|"
    r"注[:\uff1a]|说明[:\uff1a]|备注[:\uff1a]|第\d+页|制表单位)"
)
_SECTION = re.compile(r"[(\uff08]?[一二三四五六七八九十]+[)\uff09]?[\u3001.\uff0e]")


class Line:
    """A row asked field by field; each question answers None or empty where it can not, and says why in `faults`."""

    def __init__(self, row: Row, reading: Reading, lexicon: Lexicon) -> None:
        self.number = row.number
        self.faults: list[Fault] = []
        self.notes: list[Note] = []
        self._row = row
        self._reading = reading
        self._lexicon = lexicon

    def label(self, code: str) -> Term:
        """Give the label of a field, to be shown in a fault."""
        return self._lexicon.label(code)

    def fault(self, code: str, **facts: object) -> None:
        """Note a fault of this row."""
        self.faults.append(Fault(self.number, code, facts))

    def note(self, code: str, **facts: object) -> None:
        """Note a decision about this row."""
        self.notes.append(Note(self.number, code, facts))

    def merged_from(self, code: str) -> int:
        """Give the row from which a merge brings the field's value down to this row, 0 where none does."""
        found = (self._row.cells.get(index) for index in self._reading.indexes(code))
        return next((cell.top for cell in found if cell and cell.spread == "down"), 0)

    def cells(self, code: str) -> Iterator[Cell]:
        """Give the field's cells; what is merged across columns counts in the first only, a formula is a fault."""
        for index in self._reading.indexes(code):
            cell = self._row.cells.get(index)
            if cell is None or cell.spread == "right":
                continue
            if cell.formula:
                self.fault("formula", field=self.label(code), value=shown(cell.value))
                continue
            yield cell

    def cell(self, code: str) -> Cell | None:
        """Give the field's only cell, None if it is blank."""
        return next(self.cells(code), None)

    def raw(self, code: str) -> str:
        """Give all that a field holds, formulas too, for looking at without judging."""
        found = (self._row.cells.get(index) for index in self._reading.indexes(code))
        return " ".join(cells.line(cell.value) for cell in found if cell and cell.spread != "right")

    def _limited(self, code: str, text: str, limit: int) -> str:
        if len(text) > limit:
            self.fault("too_long", field=self.label(code), length=len(text), limit=limit)
            return ""
        return text

    def text(self, code: str, limit: int) -> str | None:
        """Give a long text with its line breaks, None if it is blank."""
        cell = self.cell(code)
        return self._limited(code, cells.text(cell.value), limit) or None if cell else None

    def line(self, code: str, limit: int) -> str | None:
        """Give a text as one line, None if it is blank."""
        cell = self.cell(code)
        return self._limited(code, cells.line(cell.value), limit) or None if cell else None

    def short(self, code: str, limit: int = SHORT_LIMIT) -> str | None:
        """Give a short text without blanks between Han characters; words such as 无 count as blank."""
        cell = self.cell(code)
        return self._limited(code, cells.short(cell.value), limit) or None if cell else None

    def require(self, code: str, answer: object) -> None:
        """Note that a field which must be there is blank, unless it already has a fault of its own."""
        if not answer and not any(fault.facts.get("field") == self.label(code) for fault in self.faults):
            self.fault("missing", field=self.label(code))

    def names(self, code: str) -> tuple[str, ...]:
        """Give the people or groups that a field names."""
        found = tuple(dict.fromkeys(name for cell in self.cells(code) for name in cells.names(cell.value)))
        for name in found:
            if not cells.is_name(name):
                self.fault("bad_name", field=self.label(code), value=shown(cells.masked(name)))
            self._limited(code, name, NAME_LIMIT)
        return found

    def name(self, code: str) -> str | None:
        """Give the one person or group that a field names."""
        found = self.names(code)
        if len(found) > 1:
            self.fault("several_names", field=self.label(code), value=shown(", ".join(found)))
        return found[0] if found else None

    def units(self, code: str) -> tuple[str, ...]:
        """Give the units that a field names."""
        found = tuple(dict.fromkeys(unit for cell in self.cells(code) for unit in cells.units(cell.value)))
        for unit in found:
            self._limited(code, unit, NAME_LIMIT)
        return found

    def day(self, code: str, epoch: date) -> date | None:
        """Give a date."""
        cell = self.cell(code)
        if cell is None or not cells.short(cell.value):
            return None
        found = cells.day(cell.value, epoch)
        if found is None:
            self.fault("bad_date", field=self.label(code), value=shown(cell.value))
        return found

    def choice(self, code: str, read: Callable[[Value], Answer | None], offered: str) -> Answer | None:
        """Give the answer to a closed question, None if the cell is blank; `offered` words what may stand there."""
        cell = self.cell(code)
        if cell is None or not cells.short(cell.value):
            return None
        answer = read(cell.value)
        if answer is None:
            value = shown(cells.line(cell.value))
            self.fault("bad_choice", field=self.label(code), value=value, choices=offered)
        return answer


def data_lines(found: Found, lexicon: Lexicon, telling: str) -> tuple[list[Line], list[Note]]:
    """Give the rows that are entries, and a note for each that is none; what has the field `telling` is no footer."""
    lines, notes = [], []
    for row in found.rows:
        line = Line(row, found.reading, lexicon)
        code = _passed_over(row, found.reading, tells=bool(line.raw(telling)))
        if code is None:
            lines.append(line)
        else:
            notes.append(Note(row.number, code, {"value": shown(_first(row))}))
    return lines, notes


def _own(row: Row) -> dict[int, Cell]:
    return {column: cell for column, cell in row.cells.items() if not cell.spread}


def _first(row: Row) -> str:
    own = _own(row)
    return cells.line(own[min(own)].value) if own else ""


def _passed_over(row: Row, reading: Reading, *, tells: bool) -> str | None:
    """Tell why a row is no entry: a footer, a line across, the headings again, nothing in the columns that are read."""
    own = _own(row)
    known = {c.index: c for c in reading.columns}
    if len(own) > 1 and all(cells.line(cell.value) in known[i].heading.split(" / ") for i, cell in own.items()):
        return "heading_again"
    if not tells and _FOOTER.match(_first(row)):
        return "total"
    across = any(cell.spread == "right" for cell in row.cells.values())
    if len(own) == 1 and (across or _SECTION.match(_first(row))):
        return "divider"
    if not any(known[i].field and plain(known[i].heading) not in SERIAL_WORDS for i in own):
        return "nothing_read"
    return None
