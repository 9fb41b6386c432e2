"""A leader's instruction: his own, or typed by his secretary and confirmed by him."""

from sqlmodel import col, select

from storage.book import Book
from storage.queries import roster
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Act, Stage
from storage.rules.words import Standing
from storage.tables import Case, Instruction, Part

_WITHOUT = frozenset({Stage.PROPOSED, Stage.HANDED_BACK})  # stages of a part in which its unit has no case


def check(book: Book, case_id: int) -> None:
    """Refuse whoever may not instruct on this case now."""
    case = book.get(Case, case_id)
    book.step(Act.INSTRUCT, case.stage, case)


def instruct(book: Book, case_id: int, words: str) -> Instruction:
    """Write an instruction; a secretary's counts once the leader has confirmed it."""
    check(book, case_id)
    case = book.get(Case, case_id)
    leader_id = _leader(book, case)
    row = book.add(
        Instruction(
            case_id=case.id,
            leader_id=leader_id,
            typed_by_id=book.person_id,
            text=words,
            given_at=book.at,
            confirmed_at=book.at if leader_id == book.person_id else None,
        )
    )
    book.record("instructed", case.id, {"instruction": row.id, "leader": leader_id}, {"text": words})
    if row.confirmed_at is None:
        book.send("instruction_to_confirm", leader_id, case_id=case.id, subject_id=row.id, facts={"text": words})
    else:
        _announce(book, row)
    return row


def confirm(book: Book, instruction_id: int) -> None:
    """Have the leader confirm what his secretary typed for him."""
    row = book.get(Instruction, instruction_id)
    if row.leader_id != book.person_id:
        raise Refused("Only the leader himself confirms what was typed for him")
    if row.confirmed_at is not None:
        raise Stale("This has been confirmed already")
    if row.withdrawn_at is not None:
        raise Stale("This has been taken back already")
    book.change(row, confirmed_at=book.at)
    book.record("instruction_confirmed", row.case_id, {"instruction": row.id})
    _announce(book, row)


def _leader(book: Book, case: Case) -> int:
    """Give whose instruction it is: a secretary types for the lead leader he serves."""
    held = book.standings(case)
    if held & {Standing.LEAD_LEADER, Standing.LEADER}:
        return book.person_id
    assert case.lead_leader_id is not None
    return case.lead_leader_id


def _announce(book: Book, row: Instruction) -> None:
    """Tell the office, and of each unit that has the case its desk and whoever handles it, what the leader wants."""
    people = roster.office(book.read)
    standing = select(Part).where(Part.case_id == row.case_id, col(Part.stage).not_in(_WITHOUT))
    for part in book.all(standing.order_by(col(Part.id))):
        people += roster.unit_desk(book.read, part.unit_id)
        people += [part.handler_id] if part.handler_id is not None else []
    facts = {"name": book.name(row.leader_id), "text": row.text}
    book.tell([person for person in people if person != row.leader_id], row.case_id, "instructed",
              subject_id=row.id, facts=facts)  # fmt: skip
