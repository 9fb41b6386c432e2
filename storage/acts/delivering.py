"""A reply leaves the house: delivered by the unit, told to its proposer by the bot itself, received by him."""

from storage import files, forms, watches
from storage.book import Book
from storage.queries import replies, roster
from storage.rules.refusals import Refused, Stale
from storage.rules.replies import NUMBER_LIMIT
from storage.rules.stages import Act, Stage
from storage.rules.words import CaseKind, DeliveryWay
from storage.tables import Case, Part, Reply

_DONE = (Stage.DELIVERED, Stage.RECEIVED)


def check(book: Book, part_id: int) -> None:
    """Refuse whoever may not deliver this reply now."""
    part = book.get(Part, part_id)
    book.step(Act.DELIVER, part.stage, book.get(Case, part.case_id), part)


def deliver(book: Book, part_id: int, number: str, way: DeliveryWay, file_ids: tuple[int, ...] = ()) -> bool:
    """Note the reply as delivered, draw its form and tell the proposer; tell whether he can read it in the chat.

    The proposer's clock stops with the last replying part (chat.md 4).
    """
    check(book, part_id)
    part = book.get(Part, part_id)
    case, reply = book.get(Case, part.case_id), _reply(book, part)
    if not 0 < len(number) <= NUMBER_LIMIT:
        raise Refused("A reply needs its number, at most %(limit)d characters", {"limit": NUMBER_LIMIT})
    reader = roster.reader_of(book.read, case)
    joined = replies.proposer_joined(book.read, case.id)
    if way is DeliveryWay.CHAT and not joined:
        raise Refused(
            "The proposer has not joined: nothing can be handed to him in the chat; please choose another way"
        )
    step = book.step(Act.DELIVER, part.stage, case, part)
    book.change(reply, number=number, way=way, delivered_at=book.at, delivered_by_id=book.person_id)
    book.change(part, stage=step.target)
    hashes = files.attach(book.read, replies.SCAN, reply.id, file_ids)
    if all(other.stage in _DONE for other in replies.hosts(book.read, case)):
        book.change(case, stage=book.step(Act.DELIVER, case.stage, case).target)
    facts = {"reply": reply.id, "part": part.id, "stage": step.target, "case_stage": case.stage, "files": hashes}
    book.record("reply_delivered", case.id, {**facts, "number": number, "way": way})
    forms.draw(book, case, part, reply)
    watches.delivered(book, case, part, reply)
    _tell(book, case, part, reply, reader)
    book.refresh(case.id)
    return joined


def _tell(book: Book, case: Case, part: Part, reply: Reply, reader: int | None) -> None:
    """Tell the proposer, whose receipt is awaited, then the desk that owns him and the office."""
    facts = {"unit": book.unit(part.unit_id), "number": reply.number, "way": DeliveryWay(reply.way or "")}
    if reader is not None:
        book.send("reply_letter", reader, case_id=case.id, subject_id=reply.id)
        book.turn([reader], case.id, "reply_delivered", subject_id=reply.id, facts=facts)
    staff = [*roster.desk(book.read, CaseKind(case.kind)), *roster.office(book.read)]
    book.tell([person for person in staff if person != reader], case.id, "reply_served", facts=facts)


def receive(book: Book, part_id: int, version: int | None = None) -> None:
    """Take the proposer's receipt; the form opens some working days after it."""
    part = book.get(Part, part_id)
    case, reply = book.get(Case, part.case_id), _reply(book, part)
    step = book.step(Act.RECEIVE, part.stage, case, part)
    book.current(part, version)
    book.change(reply, received_at=book.at)
    book.change(part, stage=step.target)
    book.record("reply_received", case.id, {"reply": reply.id, "part": part.id, "stage": step.target})
    forms.received(book, reply)
    people = [*replies.desk(book.read, case, part), *roster.office(book.read)]
    book.tell(people, case.id, "reply_received", facts={"unit": book.unit(part.unit_id)})
    book.refresh(case.id)


def _reply(book: Book, part: Part) -> Reply:
    """Load the edition that was passed."""
    reply = replies.latest(book.read, part.id)
    if reply is None:
        raise Stale("This is no longer there; please open the case anew")
    return reply
