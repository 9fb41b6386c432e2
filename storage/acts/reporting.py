"""Progress reports: text, photo or file, to the office and the lead leader; to the proposer what is marked for him."""

from collections.abc import Sequence

from storage import files
from storage.book import Book
from storage.queries import roster
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act
from storage.tables import Case, Part, Report


def check(book: Book, part_id: int) -> None:
    """Refuse whoever may not report on this part now."""
    part = book.get(Part, part_id)
    book.step(Act.REPORT, part.stage, book.get(Case, part.case_id), part)


def report(book: Book, part_id: int, text: str, file_ids: Sequence[int] = (), *, for_proposer: bool = False) -> Report:
    """Hand in a progress report."""
    check(book, part_id)
    book.refuse_unless(text or file_ids, "An empty report says nothing; please type it or send a file")
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    row = book.add(
        Report(
            case_id=case.id,
            part_id=part.id,
            person_id=book.person_id,
            text=text,
            for_proposer=for_proposer,
            reported_at=book.at,
        )
    )
    hashes = files.attach(book.read, "report", row.id, file_ids)
    book.record(
        "reported",
        case.id,
        {"report": row.id, "part": part.id, "files": hashes, "for_proposer": for_proposer},
        {"text": text},
    )
    facts = {"name": book.name(book.person_id), "unit": book.unit(part.unit_id), "text": text}
    book.tell(_hearers(book, case, for_proposer=for_proposer), case.id, "reported", subject_id=row.id, facts=facts)
    return row


def take_back(book: Book, report_id: int) -> None:
    """Take one's own report back; the record keeps that it was there, and who heard it is told."""
    row = book.get(Report, report_id)
    if row.person_id != book.person_id:
        raise Refused("Only who handed it in may take it back")
    if row.withdrawn_at is not None:
        raise Stale("This has been taken back already")
    book.change(row, withdrawn_at=book.at)
    book.record("report_withdrawn", row.case_id, {"report": row.id})
    case = book.get(Case, row.case_id)
    book.tell(_hearers(book, case, for_proposer=row.for_proposer), case.id, "report_withdrawn",
              facts={"name": book.name(book.person_id)})  # fmt: skip


def _hearers(book: Book, case: Case, *, for_proposer: bool) -> list[int]:
    """List who hears a report: the office, the lead leader; the proposer where it is marked for him."""
    people = roster.office(book.read)
    if case.lead_leader_id is not None:
        people.append(case.lead_leader_id)
    proposer = roster.reader_of(book.read, case)
    if for_proposer and proposer is not None:
        people.append(proposer)
    return people
