"""What is said of replies: to those who check and sign them, and to the proposer they are for."""

from handlers.notices.kinds import Notice, about, private, with_files
from handlers.office import Reader
from handlers.pages import Block, Page, Quote, Text, Title
from handlers.tongue import N_
from storage import files
from storage.queries import replies
from storage.queries.replies import SCAN, ReplyView
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.words import DeliveryWay
from storage.tables import Letter


def lines(reply: ReplyView, reader: Reader) -> tuple[Block, ...]:
    """Say what a reply claims and undertakes; its own words travel in full mode only."""
    said: list[Block] = [
        Text(
            reader.say(
                N_("%(class)s; %(publicity)s; edition %(edition)d"),
                **{"class": reply.result_class, "publicity": reply.publicity, "edition": reply.edition},
            )
        )
    ]
    if reply.promise and reply.promise_due is not None:
        said.append(Text(reader.say(N_("Promise, until %(day)s:"), day=reply.promise_due)))
        said += private(reply.promise, reader)
    return tuple(said)


def draft_text(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Bring the words and files of a draft in a message that stays; in light mode they are not sent."""
    reply = replies.view(read, letter.subject_id)
    if reply is None or not reply.latest or not reader.full:
        return None
    head = reader.say(N_("%(unit)s: draft of the reply, edition %(edition)d"), unit=reply.unit, edition=reply.edition)
    body: tuple[Block, ...] = (Quote(reply.text),) if reply.text else ()
    return with_files(read, Page((Title(head), *body)), "reply", reply.id, reader)


def asks(msgid: str, direct: str = "") -> Notice:
    """Make the notice that puts a draft before somebody; it is not sent once the draft has moved on."""

    def notice(read: Read, letter: Letter, reader: Reader) -> Page | None:
        reply = replies.view(read, letter.subject_id)
        facts = unpack(letter.facts)
        if reply is None or not reply.latest or reply.stage is not facts["stage"]:
            return None
        worded = direct if direct and facts["direct"] else msgid
        said = reader.say(worded, unit=reply.unit, name=reply.drafted_by)
        where = () if reader.full else private(reply.text or " ", reader)
        return about(read, letter, reader, said, (*lines(reply, reader), *where))

    return notice


def reply_letter(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Bring the reply itself to its proposer; files come along where the chat is the way of delivery."""
    reply = replies.view(read, letter.subject_id)
    if reply is None or not reader.full:
        return None
    chat = reply.way is DeliveryWay.CHAT
    owner = SCAN if files.of(read, SCAN, reply.id) else "reply"
    if not reply.text and not (chat and files.of(read, owner, reply.id)):
        return None
    head = reader.say(N_("Reply of %(unit)s, %(number)s"), unit=reply.unit, number=reply.number)
    page = Page((Title(head), *((Quote(reply.text),) if reply.text else ())))
    return with_files(read, page, owner, reply.id, reader) if chat else page


def delivered(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Ask the proposer for his receipt; in light mode say where the reply is to be read."""
    reply = replies.view(read, letter.subject_id)
    if reply is None:
        return None
    facts = unpack(letter.facts)
    said = reader.say(
        N_("%(unit)s has replied to your case: %(number)s, %(way)s. Please press “Received” once you have the reply."),
        **facts,
    )
    where = () if reader.full else private(reply.text or " ", reader)
    return about(read, letter, reader, said, (*lines(reply, reader), *where))


def rehandle(read: Read, letter: Letter, reader: Reader) -> Page | None:
    """Tell a unit what is to be made up; the proposer's words come only where he has allowed it."""
    facts = unpack(letter.facts)
    said = reader.say(
        N_("To be handled anew, round %(round)d, until %(due)s. To be made up:"), round=facts["round"], due=facts["due"]
    )
    words = private(facts["points"], reader)
    if facts["words"] and reader.full:
        own = reader.say(N_("The proposer's words, which he allows you to hear:"))
        words = (*words, Text(own), Quote(facts["words"]))
    return about(read, letter, reader, said, words)
