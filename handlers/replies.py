"""Replying is enough: a reply is taken as what the message asks of this person, said in one line, undone if wrong."""

from collections.abc import Mapping
from typing import Any

from handlers.dialogues import TYPED_LIMIT
from handlers.notices import replies as papers
from handlers.office import Answer, Call, Office
from handlers.pages import text
from handlers.routes import Routes
from handlers.tongue import N_
from storage import files
from storage.acts import alerting, instructing, replies, reporting, urging
from storage.book import Book
from storage.outbox import Priority
from storage.queries import repliable
from storage.queries.repliable import CHOICES, Meant
from storage.rules.facts import unpack
from storage.rules.refusals import Refused
from storage.rules.takings import Taking, Thing, takings
from storage.tables import Case, File, Instruction, Letter, Note, Report, Slip

_BYTES = 20 * 1024 * 1024  # Bot API: what a bot can download
_TOO_LARGE = N_("“%(name)s” is larger than 20 MB and cannot be received here; please split it or hand it in on paper")
_SPOKEN = ("voice", "video_note")
_OWNERS: Mapping[Taking, tuple[type[Any], str]] = {
    Taking.INSTRUCTION: (Instruction, "instruction"),
    Taking.REPORT: (Report, "report"),
    Taking.SLIP_ANSWER: (Slip, "slip"),
    Taking.NOTE: (Note, "note"),
    Taking.MESSAGE: (Note, "note"),
    Taking.ANSWER: (Note, "note"),
}


async def take(call: Call, office: Office) -> Answer:
    """Take a reply; one that could be about several cases waits until it is said which."""
    refuse_odd(call)
    contents = [files.Content(sent.name, sent.mime, await office.fetch(sent.telegram_id)) for sent in call.files]
    return await office.act(call, _take, call, contents)


def refuse_odd(call: Call) -> None:
    """Refuse what cannot be taken: nothing, a voice, too much."""
    if any(sent.kind in _SPOKEN for sent in call.files):
        raise Refused(N_("A voice message cannot be taken here; please type it. Nothing was handed in."))
    if not call.words.strip() and not call.files:
        raise Refused(N_("There is nothing in it that could be handed in; please send words, a photo or a file."))
    if len(call.words) > TYPED_LIMIT:
        raise Refused(
            N_("That is %(count)d characters, at most %(limit)d fit here; please shorten it, or send it as a file"),
            {"count": len(call.words), "limit": TYPED_LIMIT},
        )
    for sent in call.files:
        if sent.size > _BYTES:
            raise Refused(_TOO_LARGE, {"name": sent.name})


def _take(book: Book, call: Call, contents: list[files.Content]) -> Answer:
    """Take a reply in one transaction: files, what it is, and the word that says how it was taken."""
    assert call.replies_to is not None
    found = repliable.meant(book.read, call.person_id, call.chat_id, call.replies_to, book.today)
    if found is None and not call.private:
        return Answer()  # in a group people reply to each other too
    kept = files.keep(book.read, contents, call.person_id, book.at)
    if found and len(found) == 1:
        hand_in(book, found[0], call.words.strip(), kept)
        return Answer()
    if not call.private:
        raise Refused(N_("Please see to it in the private chat: reply there to the case's card"))
    meant = found or tuple(Meant(Thing.CARD, case.id) for case in repliable.recent(book.read, call.person_id))
    if not meant:
        raise Refused(
            N_("No case of yours is known here yet; open one with its number, such as 072号, and reply to it.")
        )
    replies.hold(book, call.account, "reply_to", held(meant, call.words.strip(), kept))
    return Answer()


def held(meant: tuple[Meant, ...], words: str, file_ids: tuple[int, ...]) -> dict[str, object]:
    """Write what waits for a case as the facts of a draft."""
    choices = [[each.thing.value, each.case_id, each.row_id] for each in meant[:CHOICES]]
    return {"choices": choices, "words": words, "files": list(file_ids)}


def hand_in(book: Book, meant: Meant, words: str, file_ids: tuple[int, ...]) -> None:
    """Take a reply as what its message asks of this person."""
    ways = takings(meant.thing, book.standings(book.get(Case, meant.case_id)))
    if not ways:
        raise Refused(N_("A reply to this message asks nothing of you; please use its buttons. Nothing was handed in."))
    _act(book, ways[0], meant, words, file_ids)


def _act(book: Book, way: Taking, meant: Meant, words: str, file_ids: tuple[int, ...]) -> None:
    """Do the act that a reply stands for, and say how it was taken."""
    said = words or _names(book, file_ids)
    match way:
        case Taking.INSTRUCTION:
            row = instructing.instruct(book, meant.case_id, said)
            replies.attach_to_instruction(book, row, file_ids)
            row_id = row.id
        case Taking.REPORT:
            row_id = reporting.report(book, _part(book, meant), words, file_ids).id
        case Taking.SLIP_ANSWER:
            urging.answer(book, meant.row_id, said, file_ids)
            row_id = meant.row_id
        case Taking.NOTE:
            row_id = replies.note(book, meant.case_id, said, file_ids).id
        case Taking.MESSAGE:
            row_id = replies.message(book, meant.case_id, said, file_ids).id
        case Taking.ANSWER:
            row_id = replies.answer(book, meant.row_id, said, file_ids).id
    facts = {"taking": way.value, "thing": meant.thing.value, "of": meant.row_id}
    book.send("reply_taken", book.person_id, case_id=meant.case_id, subject_id=row_id, facts=facts,
              priority=Priority.ANSWER)  # fmt: skip


def _names(book: Book, file_ids: tuple[int, ...]) -> str:
    """Name the files of a reply that has no words."""
    return "、".join(book.get(File, file_id).name for file_id in file_ids)


def _part(book: Book, meant: Meant) -> int:
    """Give the part that a report is about."""
    if meant.thing is Thing.SLIP and meant.row_id:
        return book.get(Slip, meant.row_id).part_id
    part_id = repliable.own_part(book.read, meant.case_id, book.person_id, book.today)
    if part_id is None:
        raise Refused(N_("No report can be handed in on this case now; nothing was handed in"))
    return part_id


# taking it back


def _own(book: Book, letter_id: int) -> Letter:
    """Load the word on one's own reply."""
    letter = book.get(Letter, letter_id)
    if letter.kind != "reply_taken" or letter.person_id != book.person_id:
        raise Refused(N_("Only who wrote it may take it back"))
    return letter


async def undo(call: Call, office: Office) -> Answer:
    """Take a reply back."""
    assert call.button is not None
    await office.act(call, _undo, call.button.id)
    said = call.say(N_("Taken back; who had heard it has been told."))
    return Answer(call.say(N_("Taken back")), edit=text(said))


def _undo(book: Book, letter_id: int) -> tuple[str, tuple[int, ...], Meant]:
    """Withdraw what a reply was taken as; give its words, its files and what it was about."""
    letter = _own(book, letter_id)
    facts = unpack(letter.facts)
    way = Taking(facts["taking"])
    assert letter.subject_id is not None
    assert letter.case_id is not None
    table, owner = _OWNERS[way]
    row = book.get(table, letter.subject_id)
    words = row.answer if way is Taking.SLIP_ANSWER else row.text
    kept = tuple(file.id for file in files.of(book.read, owner, row.id))
    match way:
        case Taking.INSTRUCTION:
            replies.withdraw_instruction(book, row.id)
        case Taking.REPORT:
            replies.check_window(book, row.reported_at)
            reporting.take_back(book, row.id)
        case Taking.SLIP_ANSWER:
            replies.withdraw_slip_answer(book, row.id)
        case _:
            replies.withdraw_note(book, row.id)
    return words, kept, Meant(Thing(facts["thing"]), letter.case_id, facts["of"])


async def take_otherwise(call: Call, office: Office) -> Answer:
    """Take a reply as something else: back, and in anew, in one transaction."""
    assert call.button is not None
    way = Taking(call.button.argument)
    await office.act(call, _again, call.button.id, way)
    return Answer(call.say(N_("Taken otherwise")), edit=text(call.say(N_("Taken otherwise: see the newest message."))))


def _again(book: Book, letter_id: int, way: Taking) -> None:
    """Withdraw a reply and hand it in as something else that it may be."""
    words, kept, meant = _undo(book, letter_id)
    if way not in takings(meant.thing, book.standings(book.get(Case, meant.case_id))):
        raise Refused(N_("A reply to this message asks nothing of you; please use its buttons. Nothing was handed in."))
    _act(book, way, meant, words, kept)


async def use_for_alert(call: Call, office: Office) -> Answer:
    """Take the words of a note as what settles the alert that was replied to."""
    assert call.button is not None
    closed = await office.act(call, _settle, call.button.id)
    if closed:
        said = call.say("Noted; this alert is closed.")
    else:
        said = call.say("Noted; the proposers' desk has been asked to confirm it. The alert closes with its word.")
    return Answer(said, edit=text(said))


def _settle(book: Book, letter_id: int) -> bool:
    """Note the alert as handled with the words of one's note; tell whether that closes it."""
    letter = _own(book, letter_id)
    facts = unpack(letter.facts)
    written = repliable.note_of(book.read, letter.subject_id or 0)
    if written is None or facts["thing"] != Thing.ALERT:
        raise Refused(N_("This note has been taken back; nothing was changed"))
    return alerting.handled(book, facts["of"], written.text)


ROUTES = Routes(
    presses={"reply.undo": undo, "reply.as": take_otherwise, "alert.use": use_for_alert}, notices=papers.NOTICES
)
