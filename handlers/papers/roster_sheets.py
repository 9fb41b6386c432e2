"""A roster, read from a sheet: one row a role, people told apart by their numbers, groups with their contacts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from handlers.papers import cells, headings, titles, workbooks
from handlers.papers.faults import N_, Fault, Note, Translate, listed, worded
from handlers.papers.headings import Reading
from handlers.papers.lines import Line, data_lines
from handlers.papers.roster_columns import OFFERED_ROLES, PEOPLE, ROLES
from handlers.papers.workbooks import Value

REMARK_LIMIT = 2_000
NUMBER_LIMIT = 30
MAYOR = "市长"

_IN_UNIT = frozenset({"unit_head", "unit_deputy_head", "liaison", "handler"})
_PROPOSERS = frozenset({"deputy", "member"})
_GROUP = "团体"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One role of one person or group. Rows with the same `person` are the same person.

    `person` is `#` and the number on the roster, else the name; `contact` is a group's contact or a secretary's leader.
    """

    row: int
    person: str
    person_number: str | None
    name: str
    role: str
    unit: str | None
    post: str | None
    portfolio: tuple[str, ...]
    works_at: str | None
    under: str | None
    contact: str | None
    remark: str | None
    is_group: bool

    @property
    def is_mayor(self) -> bool:
        """Tell whether this is the mayor: the post says exactly so (chat.md 5)."""
        return self.role == "leader" and self.post == MAYOR


@dataclass(frozen=True, slots=True)
class AmbiguousName:
    """A question, not a fault: the same name in several rows, not all of them numbered, is one person or several."""

    name: str
    rows: tuple[int, ...]

    msgid = N_(
        "“%(name)s” stands in rows %(rows)s without a person number in each. Is it one person or are they several? "
        "Number the rows, or answer."
    )

    @property
    def facts(self) -> Mapping[str, object]:
        """Give what fills the sentence."""
        return {"name": self.name, "rows": listed(self.rows)}

    def say(self, translate: Translate) -> str:
        """Word the question."""
        return worded(self.msgid, self.facts, translate)


@dataclass(frozen=True, slots=True)
class RosterSheet:
    """What a roster says: how it was read, the rows that can go in, faults and notes by row, questions still open.

    While `questions` is not empty, the rows named there must not be written: `settled` answers them.
    """

    reading: Reading
    rows: tuple[PersonRow, ...]
    faults: tuple[Fault, ...]
    notes: tuple[Note, ...]
    questions: tuple[AmbiguousName, ...] = ()


def read_people(content: bytes, name: str) -> RosterSheet:
    """Read a roster from XLSX or CSV; raise `Unreadable` if there is none in it. Equal bytes give equal answers."""
    found = headings.find(workbooks.read(content, name), PEOPLE)
    titles.refuse_secret(found.reading.title, found.reading.sheet)
    missing = tuple(headings.missing(found.reading, PEOPLE))
    if missing:
        return RosterSheet(found.reading, (), missing, found.notes)
    lines, passed_over = data_lines(found, PEOPLE, telling="roles")
    read = [row for line in lines for row in _people(line)]
    rows, repeated = _once(read)
    faults = [*(fault for line in lines for fault in line.faults), *_number_clashes(rows)]
    bad = {fault.row for fault in faults}
    good = tuple(row for row in rows if row.row not in bad)
    return RosterSheet(
        found.reading,
        good,
        tuple(sorted(faults, key=lambda fault: fault.row)),
        tuple(sorted([*found.notes, *passed_over, *repeated], key=lambda note: note.row)),
        tuple(_questions(good)),
    )


def settled(sheet: RosterSheet, one_person: Mapping[str, bool]) -> RosterSheet:
    """Answer questions by name (True: one person); what is not answered stays open.

    One person takes the number that one of the rows has; with two numbers among them nobody can say which, and the
    question stays. Several persons are told apart by their rows.
    """
    numbered: defaultdict[str, set[str]] = defaultdict(set)
    for row in sheet.rows:
        if row.person_number:
            numbered[row.name].add(row.person)
    answers = {name: same for name, same in one_person.items() if not same or len(numbered[name]) < 2}  # noqa: PLR2004
    rows = tuple(
        replace(row, person=_person(row, numbered[row.name], same=answers[row.name]))
        if row.name in answers and not row.person_number
        else row
        for row in sheet.rows
    )
    return replace(sheet, rows=rows, questions=tuple(q for q in sheet.questions if q.name not in answers))


def _person(row: PersonRow, numbered: Iterable[str], *, same: bool) -> str:
    """Give what an unnumbered row of an ambiguous name is known by once that is answered."""
    return next(iter(numbered), row.name) if same else f"{row.name}@{row.row}"


def _people(line: Line) -> Iterator[PersonRow]:
    """Give one entry for each role in the line, none if anything in it could not be read."""
    number, name = _person_number(line), line.name("name")
    roles = line.choice("roles", _roles, OFFERED_ROLES) or ()
    portfolio, contact = line.units("portfolio"), line.name("contact")
    unit, post, remark = line.short("unit"), line.short("post"), line.text("remark", REMARK_LIMIT)
    works_at, under = line.short("works_at"), line.short("under")
    line.require("name", name)
    line.require("roles", roles)
    is_group = not _PROPOSERS.isdisjoint(roles) and (_GROUP in (post or "") or bool(contact))
    _complete(line, name or "", roles, unit=unit, contact=contact, is_group=is_group)
    if line.faults or name is None:
        return
    person = f"#{number}" if number else name
    for role in roles:
        yield PersonRow(
            line.number, person, number, name, role, unit, post, portfolio, works_at, under, contact, remark, is_group
        )


def _roles(value: Value) -> tuple[str, ...] | None:
    words = [cells.plain(part) for part in cells.parts(value)]
    known = [ROLES[word] for word in words if word in ROLES]
    return tuple(dict.fromkeys(known)) if known and len(known) == len(words) else None


def _person_number(line: Line) -> str | None:
    """Give the number on the roster as text; a count loses its leading zeros, which office programs drop anyway."""
    told = line.short("person_number", NUMBER_LIMIT)
    if told is None:
        return None
    folded = cells.folded(told)
    return folded.lstrip("0") or "0" if folded.isdecimal() else folded


def _complete(
    line: Line, name: str, roles: Iterable[str], *, unit: str | None, contact: str | None, is_group: bool
) -> None:
    """Note what a role cannot do without."""
    if is_group and not contact:
        line.fault("group_contact", value=name, field=line.label("contact"))
    if "secretary" in roles and not contact:
        line.fault("secretary_leader", value=name, field=line.label("contact"))
    if not _IN_UNIT.isdisjoint(roles) and not unit:
        line.fault("unit_needed", value=name, field=line.label("unit"))


def _once(rows: Iterable[PersonRow]) -> tuple[list[PersonRow], list[Note]]:
    """Leave out rows that say the same as an earlier one; without a number, the same name may be another person."""
    first: dict[PersonRow, int] = {}
    kept, notes = [], []
    for row in rows:
        same = replace(row, row=0)
        if row.person_number and same in first:
            notes.append(Note(row.row, "same_row", {"other": first[same]}))
        else:
            first.setdefault(same, row.row)
            kept.append(row)
    return kept, notes


def _number_clashes(rows: Iterable[PersonRow]) -> Iterator[Fault]:
    """Refuse every row of a number that stands for different names: which is right is not for us to say."""
    groups: defaultdict[str, list[PersonRow]] = defaultdict(list)
    for row in rows:
        if row.person_number:
            groups[row.person_number].append(row)
    for number, same in groups.items():
        if len({row.name for row in same}) > 1:
            numbers = dict.fromkeys(row.row for row in same)
            facts = {"value": number, "rows": listed(numbers), "field": PEOPLE.label("person_number")}
            yield from (Fault(row, "number_two_names", facts) for row in numbers)


def _questions(rows: Iterable[PersonRow]) -> Iterator[AmbiguousName]:
    groups: defaultdict[str, list[PersonRow]] = defaultdict(list)
    for row in rows:
        groups[row.name].append(row)
    for name, same in groups.items():
        numbers = tuple(dict.fromkeys(row.row for row in same))
        if len(numbers) > 1 and not all(row.person_number for row in same):
            yield AmbiguousName(name, numbers)
