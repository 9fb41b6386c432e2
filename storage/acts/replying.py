"""A unit's reply before it leaves the house: drafted, checked by the deputy head, signed by the head, reviewed."""

from dataclasses import dataclass

from storage import files
from storage.book import Book
from storage.queries import replies, roster
from storage.rules import replies as rules
from storage.rules.refusals import Stale
from storage.rules.replies import Wording
from storage.rules.stages import Act, Stage
from storage.rules.words import Role
from storage.tables import Case, Part, Promise, Reply


@dataclass(frozen=True)
class Submitted:
    """Whom a reply has gone to."""

    stage: Stage
    names: tuple[str, ...]  # of those who have joined and can go on with it


_ASKS = {
    Stage.DEPUTY_REVIEW: "reply_to_check",
    Stage.HEAD_SIGNATURE: "reply_to_sign",
    Stage.OFFICE_REVIEW: "reply_to_review",
}


def check_draft(book: Book, part_id: int) -> None:
    """Refuse whoever may not submit a reply for this part now."""
    part = book.get(Part, part_id)
    book.step(Act.DRAFT_REPLY, part.stage, book.get(Case, part.case_id), part)


def draft(book: Book, part_id: int, wording: Wording) -> Submitted:
    """Submit a reply: a new edition, that goes to the deputy head, or to the head where there is none."""
    part = book.get(Part, part_id)
    case = book.get(Case, part.case_id)
    step = book.step(Act.DRAFT_REPLY, part.stage, case, part)
    rules.check_promise(wording, book.today)
    rules.check_publicity(wording.publicity, replies.wish(book.read, case.id))
    book.refuse_unless(wording.text.strip() or wording.file_ids, "A reply needs words or a file")
    hashes = replies.hashes(book.read, wording.file_ids)
    rules.refuse_repeated(wording.text, hashes, replies.former(book.read, part.id))
    reply = _write(book, case, part, wording, step.target)
    book.change(part, stage=step.target)
    asked = _ask(book, case, part, reply, step.target)
    book.refresh(case.id)
    return Submitted(step.target, tuple(book.name(person) for person in roster.bound(book.read, asked)))


def _write(book: Book, case: Case, part: Part, wording: Wording, target: Stage) -> Reply:
    """Add the edition, its promise and its files, and record them."""
    before = replies.latest(book.read, part.id)
    reply = book.add(
        Reply(
            case_id=case.id,
            part_id=part.id,
            round=case.round,
            edition=before.edition + 1 if before else 1,
            result_class=wording.result_class,
            text=wording.text,
            publicity=wording.publicity,
            drafted_by_id=book.person_id,
            drafted_at=book.at,
        )
    )
    hashes = files.attach(book.read, "reply", reply.id, wording.file_ids)
    facts = {"reply": reply.id, "part": part.id, "round": reply.round, "edition": reply.edition, "stage": target}
    facts |= {"class": wording.result_class, "publicity": wording.publicity, "files": hashes}
    words = {"text": wording.text}
    if wording.promise and wording.promise_due is not None:
        promise = book.add(Promise(case_id=case.id, reply_id=reply.id, text=wording.promise, due=wording.promise_due))
        facts |= {"promise": promise.id, "promise_due": promise.due}
        words["promise"] = promise.text
    book.record("reply_drafted", case.id, facts, words)
    return reply


def _ask(book: Book, case: Case, part: Part, reply: Reply, stage: Stage) -> list[int]:
    """Put the reply before those whose turn it is, with its text in a message that stays; give who they are."""
    match stage:
        case Stage.DEPUTY_REVIEW:
            deputies = roster.holders(book.read, Role.UNIT_DEPUTY_HEAD, part.unit_id)
            asked = replies.insiders(book.read, case, deputies)
        case Stage.HEAD_SIGNATURE:
            asked = replies.heads(book.read, case, part)
        case _:
            reviewers = [person for person in roster.office(book.read) if person != reply.drafted_by_id]
            asked = replies.insiders(book.read, case, reviewers)
    for person_id in asked:
        book.send("reply_text", person_id, case_id=case.id, subject_id=reply.id)
    facts = {"stage": stage, "direct": stage is Stage.HEAD_SIGNATURE and reply.checked_by_id is None}
    book.turn(asked, case.id, _ASKS[stage], subject_id=reply.id, facts=facts)
    return asked


def approve(book: Book, part_id: int, version: int | None = None) -> Stage:
    """Pass the reply on: the deputy head to the head, the office to those who deliver it."""
    case, part, reply = _before_me(book, part_id, version)
    step = book.step(Act.APPROVE, part.stage, case, part)
    if step.source is Stage.OFFICE_REVIEW:
        rules.refuse_own(book.person_id, reply.drafted_by_id)
        book.change(reply, passed_by_id=book.person_id, passed_at=book.at)
    else:
        book.change(reply, checked_by_id=book.person_id)
    book.change(part, stage=step.target)
    book.record(
        "reply_approved", case.id, {"reply": reply.id, "part": part.id, "from": step.source, "stage": step.target}
    )
    if step.target is Stage.TO_DELIVER:
        book.turn(replies.desk(book.read, case, part), case.id, "reply_to_deliver", subject_id=reply.id)
    else:
        _ask(book, case, part, reply, step.target)
    book.refresh(case.id)
    return step.target


def sign(book: Book, part_id: int, version: int | None = None) -> None:
    """Have the unit's head sign the reply; it goes to the office's review."""
    case, part, reply = _before_me(book, part_id, version)
    step = book.step(Act.SIGN, part.stage, case, part)
    book.change(reply, signed_by_id=book.person_id, signed_at=book.at)
    book.change(part, stage=step.target)
    book.record("reply_signed", case.id, {"reply": reply.id, "part": part.id, "stage": step.target})
    _ask(book, case, part, reply, step.target)
    book.refresh(case.id)


def check_back(book: Book, part_id: int, version: int | None = None) -> None:
    """Refuse whoever may not send this reply back now, or has another edition before him."""
    case, part, reply = _before_me(book, part_id, version)
    step = book.step(Act.SEND_BACK, part.stage, case, part)
    if step.source is Stage.OFFICE_REVIEW:
        rules.refuse_own(book.person_id, reply.drafted_by_id)


def send_back(book: Book, part_id: int, reason: str, version: int | None = None) -> None:
    """Send the reply back to be changed; whoever prepares it is told why."""
    check_back(book, part_id, version)
    case, part, reply = _before_me(book, part_id, version)
    step = book.step(Act.SEND_BACK, part.stage, case, part)
    book.change(reply, sent_back=reason)
    book.change(part, stage=step.target)
    facts = {"reply": reply.id, "part": part.id, "from": step.source, "stage": step.target}
    book.record("reply_sent_back", case.id, facts, {"reason": reason})
    book.turn(
        replies.desk(book.read, case, part),
        case.id,
        "reply_sent_back",
        subject_id=reply.id,
        facts={"name": book.name(book.person_id), "reason": reason},
    )
    book.refresh(case.id)


def _before_me(book: Book, part_id: int, version: int | None) -> tuple[Case, Part, Reply]:
    """Load the part and the edition that a card showed; a card of another edition is stale."""
    part = book.get(Part, part_id)
    reply = replies.latest(book.read, part.id)
    if reply is None:
        raise Stale("This is no longer there; please open the case anew")
    book.current(part, version)
    return book.get(Case, part.case_id), part, reply
