"""Giving a case to a unit, be it at first or after a return: the part's clock, its numbered slip, and who is told."""

from dataclasses import asdict
from datetime import date

from sqlalchemy import func
from sqlmodel import col, select

from storage import watches
from storage.book import Book
from storage.queries import assignable, roster
from storage.rules.assigning import PartDays
from storage.rules.stages import Stage
from storage.rules.words import REPLYING, PartKind, SlipKind
from storage.tables import Case, Part, Slip


def give(book: Book, case: Case, part: Part, day: date, days: PartDays, common: date | None) -> Slip:
    """Begin a unit's clock and issue its assignment slip, numbered at once."""
    book.change(
        part,
        stage=Stage.AWAITING_RECEIPT,
        assigned_on=day,
        acknowledged_at=None,
        acknowledged_by_id=None,
        handler_id=None,
        light="green",
        **asdict(days),
    )
    slip = book.add(
        Slip(
            kind=SlipKind.ASSIGNMENT,
            case_id=case.id,
            part_id=part.id,
            year=book.today.year,
            serial=_next_serial(book),
            reason="assigned",
            facts={"day": day.isoformat(), "common": common.isoformat() if common else None},
            stage=Stage.ISSUED,
            drafted_at=book.at,
            drafted_by_id=book.person_id,
            signed_at=book.at,
            signed_by_id=book.person_id,
            due=part.due,
        )
    )
    watches.assigned(book, case, part)
    return slip


def _next_serial(book: Book) -> int:
    """Give the next number of this year's assignment slips."""
    highest = select(func.max(col(Slip.serial))).where(Slip.kind == SlipKind.ASSIGNMENT, Slip.year == book.today.year)
    return (book.read.exec(highest).one() or 0) + 1


def common_date(book: Book, part: Part) -> date | None:
    """Give the common date that a part was assigned under, from its newest slip."""
    slip = book.one(
        select(Slip).where(Slip.part_id == part.id, Slip.kind == SlipKind.ASSIGNMENT).order_by(col(Slip.id).desc())
    )
    day = slip.facts.get("common") if slip else None
    return date.fromisoformat(day) if day else None


def facts(slip: Slip, part: Part, days: PartDays) -> dict[str, object]:
    """Give what the record says of an assigned part, so that it can be read back from there."""
    dates = {name: day.isoformat() if day else None for name, day in asdict(days).items()}
    return {"part": part.id, "unit": part.unit_id, "kind": part.kind, "stage": part.stage, "slip": slip.id,
            "year": slip.year, "serial": slip.serial, **dates}  # fmt: skip


def hand_out(book: Book, case: Case, part: Part, slip: Slip, leader_id: int | None = None) -> None:
    """Bring a unit's desk and heads the slip; the lead leader among them has a letter of his own."""
    people = roster.unit_desk(book.read, part.unit_id) + assignable.unit_heads(book.read, part.unit_id)
    said = {
        "year": slip.year,
        "serial": slip.serial,
        "unit": book.unit(part.unit_id),
        "part": PartKind(part.kind),
        "sign_due": part.sign_due,
        "due": part.due,
    }
    for person_id in dict.fromkeys(people):
        if person_id != leader_id:
            book.turn([person_id], case.id, "assigned", subject_id=slip.id, facts=said)


def ask_leader(book: Book, case: Case) -> int | None:
    """Bring the lead leader the case to take on; give his id, or none where he has taken it on or nobody leads."""
    if case.lead_leader_id is None or case.taken_on_at is not None or case.paper_note:
        return None
    hosts = [book.unit(part.unit_id) for part in assignable.parts(book.read, case.id) if part.kind in REPLYING]
    book.turn([case.lead_leader_id], case.id, "assigned_lead", facts={"units": hosts, "due": case.reply_due})
    return case.lead_leader_id
