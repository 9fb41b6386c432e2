"""Registering: a sheet of cases, a single case, and who is proposed to handle it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import select

from storage import entries, levels
from storage.book import Book
from storage.queries import entries as standing
from storage.queries import roster
from storage.queries.entries import Change, Finding
from storage.rules.entry import NewCase
from storage.rules.refusals import N_, Refused
from storage.rules.stages import Act
from storage.rules.words import OFFICE_ROLES, CaseKind
from storage.tables import Case, Unit


@dataclass(frozen=True)
class Source:
    """The sheet that cases come from: its name, and the SHA-256 of its bytes in hex."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Entered:
    """What came of a sheet: ids of new cases, how many were known, what differs (written or not), what stayed out."""

    new: tuple[int, ...]
    known: int
    changes: tuple[Change, ...]
    amended: int
    faults: tuple[Finding, ...]
    notes: tuple[Finding, ...]


def kinds(book: Book) -> frozenset[CaseKind]:
    """Give the kinds of case that the actor may enter; refuse whoever may enter none."""
    found = standing.may_enter(book.read, book.by.person_id)
    book.refuse_unless(found, N_("Cases are entered by the office and the desks; nothing was changed"))
    return found


def enter(book: Book, cases: Sequence[NewCase], source: Source | None = None, *, update: bool = False) -> Entered:
    """Enter every good row of a sheet at once; one that is known already adds nothing.

    A known number with other content is a change: reported, and written only with `update`.
    """
    found = standing.examine(book.read, cases, kinds(book))
    ids = entries.write(book, found.new)
    notes = [*found.notes]
    for change in found.changes if update else ():
        notes += entries.amend(book, change)
    amended = len(found.changes) if update else 0
    if ids or amended:
        facts = {"cases": len(ids), "first": min(ids, default=None), "last": max(ids, default=None),
                 "amended": amended, "sheet": source.sha256 if source else None}  # fmt: skip
        book.record("imported", facts=facts, words={"name": source.name} if source else {})
    if ids:
        waiting = sum(ready.case.replied_on is None and not ready.case.taken_over for ready in found.new)
        _tell_office(book, len(ids), waiting)
    return Entered(tuple(ids), found.known, found.changes, amended, found.faults, tuple(notes))


def _tell_office(book: Book, count: int, waiting: int) -> None:
    """Tell the office once a sheet, however many cases it has."""
    facts = {"count": count, "waiting": waiting, "name": book.name(book.by.person_id)}
    for person_id in roster.office(book.read):
        if person_id != book.by.person_id:
            book.send("cases_imported", person_id, facts=facts)


def check_office(book: Book) -> None:
    """Refuse whoever is not of the office."""
    roles = {post.role for post in roster.posts(book.read, book.person_id)}
    book.refuse_unless(roles & OFFICE_ROLES, N_("Cases are registered by the office; nothing was changed"))


def register(book: Book, case: NewCase) -> int:
    """Register a single case by hand and give its id; a number that stands already is refused."""
    check_office(book)
    found = standing.examine(book.read, [case])
    for fault in found.faults:
        raise Refused(fault.msgid, fault.facts)
    if not found.new:
        raise Refused(
            N_("%(kind)s %(number)s of this session stands already; nothing was registered"),
            {"kind": case.kind, "number": case.number},
        )
    (case_id,) = entries.write(book, found.new, "registered")
    book.turn([book.person_id], case_id, "case_registered")
    book.tell(roster.office(book.read), case_id, "case_registered", facts={"name": book.name(book.person_id)})
    return case_id


def check_proposal(book: Book, case_id: int) -> None:
    """Refuse whoever may not propose the handling of this case now."""
    case = book.get(Case, case_id)
    book.step(Act.PROPOSE_HANDLING, case.stage, case)


def propose_handling(
    book: Book, case_id: int, host_ids: Sequence[int], co_handler_ids: Sequence[int], version: int | None = None
) -> None:
    """Propose who handles a case: several hosts answer apart; a level that was set before falls with it."""
    case = book.get(Case, case_id)
    step = book.step(Act.PROPOSE_HANDLING, case.stage, case)
    book.current(case, version)
    hosts, co_handlers = list(dict.fromkeys(host_ids)), list(dict.fromkeys(co_handler_ids))
    book.refuse_unless(hosts, N_("A case needs a host unit; nothing was changed"))
    for unit_id in set(hosts) & set(co_handlers):
        raise Refused(N_("%(unit)s cannot be host and co-handler at once"), {"unit": book.unit(unit_id)})
    handling = set(standing.units(book.read).values())
    for unit_id in (*hosts, *co_handlers):
        if unit_id not in handling:
            unit = book.one(select(Unit).where(Unit.id == unit_id))
            raise Refused(N_("%(unit)s does not handle cases any more"), {"unit": unit.name if unit else "—"})
    levels.withdraw(book, case)
    parts = entries.replace_parts(book, case.id, hosts, co_handlers)
    gone = levels.cleared(case)
    book.change(case, stage=step.target, **gone)
    book.record("handling_proposed", case.id, {"stage": step.target, "parts": parts, **gone})
    book.turn([book.person_id], case.id, "handling_proposed")
    book.refresh(case.id)
