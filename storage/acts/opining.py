"""A co-handling unit's opinion: given to the host, never to the proposer; the host may send an empty one back."""

from storage import files, watches
from storage.book import Book
from storage.queries import replies, roster, standing
from storage.rules.refusals import Stale
from storage.rules.stages import Act, Fact
from storage.tables import Case, CoOpinion, Part


def check(book: Book, part_id: int) -> None:
    """Refuse whoever may not give this part's opinion now."""
    part = book.get(Part, part_id)
    book.step(Act.OPINE, part.stage, book.get(Case, part.case_id), part)


def opine(book: Book, part_id: int, text: str, file_ids: tuple[int, ...] = ()) -> None:
    """Give an opinion to the host; with the last one it is the host's turn to reply."""
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    step = book.step(Act.OPINE, part.stage, case, part)
    book.refuse_unless(text.strip() or file_ids, "An opinion needs words or a file")
    row = book.add(CoOpinion(case_id=case.id, part_id=part.id, person_id=book.person_id, text=text, given_at=book.at))
    hashes = files.attach(book.read, "coopinion", row.id, file_ids)
    book.change(part, stage=step.target)
    facts = {"opinion": row.id, "part": part.id, "stage": step.target, "files": hashes}
    book.record("opined", case.id, facts, {"text": text})
    _tell(book, case, part, row)
    book.refresh(case.id)


def _tell(book: Book, case: Case, part: Part, row: CoOpinion) -> None:
    """Tell those who reply what the unit says, and when no opinion is missing any more."""
    facts = {"unit": book.unit(part.unit_id), "name": book.name(book.person_id), "text": row.text}
    for host in replies.hosts(book.read, case):
        people = replies.desk(book.read, case, host)
        book.tell(people, case.id, "co_opinion", subject_id=row.id, facts=facts)
        if Fact.OPINIONS_IN in standing.facts(book.read, case, host, book.today):
            book.turn(people, case.id, "opinions_in")


def check_back(book: Book, part_id: int, version: int | None = None) -> None:
    """Refuse whoever may not send this opinion back now."""
    part = book.get(Part, part_id)
    book.step(Act.RETURN_OPINION, part.stage, book.get(Case, part.case_id), part)
    book.current(part, version)


def send_back(book: Book, part_id: int, reason: str, version: int | None = None) -> None:
    """Send an opinion back to its unit, which gives it anew within `co_opinion_redo`, or by its own date if later."""
    check_back(book, part_id, version)
    part = book.get(Part, part_id)
    case, row = book.get(Case, part.case_id), replies.opinion(book.read, part.id)
    if row is None:
        raise Stale("This is no longer there; please open the case anew")
    step = book.step(Act.RETURN_OPINION, part.stage, case, part)
    anew = book.rules(case).co_opinion_redo.after(book.today, book.calendar())
    later = part.due is None or anew.rolled > part.due
    dates = {"due_raw": anew.raw, "due": anew.rolled} if later else {}
    book.change(row, returned_at=book.at, return_reason=reason)
    book.change(part, stage=step.target, **dates)
    facts = {"opinion": row.id, "part": part.id, "stage": step.target, **dates}
    book.record("opinion_sent_back", case.id, facts, {"reason": reason})
    watches.assigned(book, case, part)
    book.turn(
        dict.fromkeys([*roster.unit_desk(book.read, part.unit_id), row.person_id]),
        case.id,
        "opinion_sent_back",
        subject_id=row.id,
        facts={"name": book.name(book.person_id), "reason": reason, "due": part.due},
    )
    book.refresh(case.id)
