"""What a reply leaves behind that no other act does: notes, messages between proposer and desk, annexes, take-backs."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import col, select

from storage import drafts, files, outbox, watches
from storage.book import Book
from storage.outbox import Priority, Shape
from storage.queries import roster
from storage.rules.refusals import N_, Refused, Stale
from storage.rules.stages import Stage
from storage.rules.words import CaseKind, Standing
from storage.tables import Attachment, Case, Instruction, Letter, Note, Part, Slip

WINDOW = timedelta(minutes=10)  # chat.md 4: so long a reply may be taken back
OFFICE, DESK, PROPOSER = "office", "desk", "proposer"  # whom a note is for
_BACK = N_("This has been taken back already")
_LATE = N_("Ten minutes are over; it stands. To correct it, please send the right words as a new reply.")
_OTHERS = N_("Only who wrote it may take it back")


def note(book: Book, case_id: int, text: str, file_ids: Sequence[int] = ()) -> Note:
    """Keep a note of the office or of the desk on a case; each reads its own."""
    case = book.get(Case, case_id)
    held = book.standings(case)
    of_desk = Standing.DESK in held
    book.refuse_unless(
        of_desk or held & {Standing.OFFICE_HEAD, Standing.CLERK},
        N_("Only the office and the proposers' desk keep notes"),
    )
    return _write(book, case, DESK if of_desk else OFFICE, "desk_noted" if of_desk else "noted", text, file_ids)


def message(book: Book, case_id: int, text: str, file_ids: Sequence[int] = ()) -> Note:
    """Bring a proposer's words to his desk; never to the unit, and never as a rating."""
    case = book.get(Case, case_id)
    book.refuse_unless(
        book.standings(case) & {Standing.PROPOSER, Standing.SECONDER},
        N_("Only who put the case forward writes to the desk so"),
    )
    row = _write(book, case, DESK, "message", text, file_ids)
    facts = {"name": book.name(book.person_id), "text": text}
    book.tell(roster.desk(book.read, CaseKind(case.kind)), case.id, "proposer_message", subject_id=row.id, facts=facts)
    return row


def answer(book: Book, note_id: int, text: str, file_ids: Sequence[int] = ()) -> Note:
    """Bring the desk's answer to the proposer whose message it is."""
    asked = book.get(Note, note_id)
    case = book.get(Case, asked.case_id)
    book.refuse_unless(Standing.DESK in book.standings(case), N_("Only the proposers' desk answers a message to it"))
    row = _write(book, case, PROPOSER, "message_answered", text, file_ids, asked.id)
    facts = {"name": book.name(book.person_id), "text": text}
    book.tell([asked.person_id], case.id, "desk_answer", subject_id=row.id, facts=facts)
    return row


def _write(
    book: Book, case: Case, audience: str, kind: str, text: str, file_ids: Sequence[int], answers: int | None = None
) -> Note:
    """Write a note with its files and its entry of the record."""
    row = book.add(Note(case_id=case.id, person_id=book.person_id, audience=audience, text=text, written_at=book.at))
    hashes = files.attach(book.read, "note", row.id, file_ids)
    facts = {"note": row.id, "audience": audience, "files": hashes, "answers": answers}
    book.record(kind, case.id, facts, {"text": text})
    return row


def attach_to_instruction(book: Book, row: Instruction, file_ids: Sequence[int]) -> None:
    """Put what a leader has sent along with an instruction to it."""
    if file_ids:
        hashes = files.attach(book.read, "instruction", row.id, file_ids)
        book.record("instruction_files", row.case_id, {"instruction": row.id, "files": hashes})


def annex(book: Book, case_id: int, words: str, file_ids: Sequence[int]) -> None:
    """Attach forwarded words to a case as what they are: somebody else's, labelled 转发, and nobody's report."""
    case = book.get(Case, case_id)
    held = book.standings(case) - {Standing.PROPOSER, Standing.SECONDER}
    book.refuse_unless(held, "Forwarded words are somebody else's; please type it yourself")
    ids = list(file_ids)
    if words:
        content = files.Content("转发.txt", "text/plain", words.encode())
        ids += files.keep(book.read, [content], book.person_id, book.at)
    hashes = files.attach(book.read, "annex", case.id, ids)
    book.record("annexed", case.id, {"files": hashes})


def hold(book: Book, chat_id: int, dialogue: str, facts: dict[str, object]) -> None:
    """Keep what was sent until it is said which case it belongs to."""
    draft_id = drafts.begin(book.read, book.person_id, chat_id, dialogue, "case", facts, book.at)
    book.send("prompt", book.person_id, chat_id=chat_id, shape=Shape.PROMPT, subject_id=draft_id,
              facts={"version": 1}, priority=Priority.ANSWER)  # fmt: skip


def edited(book: Book, message_id: int, words: str) -> None:
    """Note that somebody has edited a message after it was taken; what was handed in stays as it was."""
    book.record("edited", facts={"message": message_id}, words={"text": words})


# taking back


def check_window(book: Book, at: datetime | None) -> None:
    """Refuse to take back what has stood for more than ten minutes."""
    book.refuse_unless(at is not None and book.at - at <= WINDOW, _LATE)


def withdraw_note(book: Book, note_id: int) -> Note:
    """Take a note or message back; who was told of it is told of that."""
    row = book.get(Note, note_id)
    _mine(book, row.person_id, row.written_at, gone=row.withdrawn_at is not None)
    book.change(row, withdrawn_at=book.at)
    book.record("note_withdrawn", row.case_id, {"note": row.id, "audience": row.audience})
    _tell_hearers(book, row.case_id, row.id, ("proposer_message", "desk_answer"))
    return row


def withdraw_instruction(book: Book, instruction_id: int) -> Instruction:
    """Take an instruction back; the leader's own, or what a secretary typed and he has not confirmed yet."""
    row = book.get(Instruction, instruction_id)
    _mine(book, row.typed_by_id, row.given_at, gone=row.withdrawn_at is not None)
    book.refuse_unless(
        row.leader_id == book.person_id or row.confirmed_at is None,
        "The leader has confirmed it already; he alone may take it back",
    )
    book.change(row, withdrawn_at=book.at)
    book.record("instruction_withdrawn", row.case_id, {"instruction": row.id})
    _tell_hearers(book, row.case_id, row.id, ("instructed", "instruction_to_confirm"))
    return row


def withdraw_slip_answer(book: Book, slip_id: int) -> Slip:
    """Take the answer to a slip back while the office has not struck it off."""
    row = book.get(Slip, slip_id)
    if row.stage != Stage.SLIP_ANSWERED:
        raise Stale(_BACK if row.answered_at is None else N_("The office has struck this slip off already"))
    _mine(book, row.answered_by_id, row.answered_at, gone=False)
    before = Stage.SLIP_ACKNOWLEDGED if row.acknowledged_at is not None else Stage.ISSUED
    told_of = row.answered_at
    book.change(row, stage=before, answer="", answered_at=None, answered_by_id=None)
    book.read.connection().execute(
        delete(Attachment).where(col(Attachment.owner) == "slip", col(Attachment.owner_id) == row.id)
    )
    book.record("slip_answer_withdrawn", row.case_id, {"slip": row.id, "stage": before})
    _tell_hearers(book, row.case_id, row.id, ("slip_answered",), told_of)
    watches.relight(book, book.get(Case, row.case_id), book.get(Part, row.part_id), at_once=True)
    book.refresh(row.case_id)
    return row


def _mine(book: Book, writer_id: int | None, at: datetime | None, *, gone: bool) -> None:
    """Refuse whoever did not write it, what is gone already, and what has stood too long."""
    if writer_id != book.person_id:
        raise Refused(_OTHERS)
    if gone:
        raise Stale(_BACK)
    check_window(book, at)


def _tell_hearers(book: Book, case_id: int, row_id: int, kinds: Sequence[str], since: datetime | None = None) -> None:
    """Tell those who were told; a letter that has not gone out yet does not go at all."""
    mine = [col(Letter.case_id) == case_id, col(Letter.subject_id) == row_id, col(Letter.kind).in_(kinds)]
    if since is not None:
        mine.append(col(Letter.created_at) >= since)
    waiting = update(Letter).where(*mine, col(Letter.settled_at).is_(None))
    book.read.connection().execute(waiting.values(settled_at=book.at, outcome=outbox.DROPPED))
    sent = select(Letter.person_id).where(*mine, Letter.outcome == outbox.SENT)
    told = book.read.exec(sent.order_by(col(Letter.id)))
    people = [person_id for person_id in told if person_id is not None]
    book.tell(people, case_id, "taken_back", facts={"name": book.name(book.person_id)})
