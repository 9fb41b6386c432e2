"""What a slip looks like: its number, its case, why it came, until when it is to be answered."""

from collections.abc import Iterator, Mapping

from handlers import cards, lists
from handlers.buttons import Button
from handlers.notices.kinds import Notice, details, private, with_files
from handlers.office import Reader
from handlers.pages import Block, Key, Page, Text, Title, arrange
from handlers.tongue import N_
from storage.queries import cases, slips
from storage.queries.slips import SlipView
from storage.reading import Read
from storage.rules.stages import Act, Stage
from storage.rules.urging import Why
from storage.tables import Letter

WHY: Mapping[Why, str] = {
    Why.UNSIGNED: N_("The case was not acknowledged in time."),
    Why.NO_CONTACT: N_("No contact with the proposer is on record, and its date has passed."),
    Why.NO_DRAFT: N_("The reply has not reached the office's review in time."),
    Why.NEAR: N_("It is due on %(day)s and not finished."),
    Why.OVERDUE: N_("It was due on %(day)s and is overdue."),
    Why.IN_VAIN: N_("The urge slip was not answered in time; due on %(day)s."),
}
SHOWN = 30  # drafts in a list; pages.fit keeps the rest of a longer one as a file


def number(slip: SlipView, reader: Reader) -> str:
    """Name a slip by its number, or as a draft."""
    if slip.serial is None:
        return reader.say(N_("%(kind)s, to be signed"), kind=slip.kind)
    return reader.say(N_("%(kind)s (%(year)d) No. %(serial)d"), kind=slip.kind, year=slip.year, serial=slip.serial)


def why(slip: SlipView, reader: Reader) -> str:
    """Say why a slip came; what was typed by hand stands below it in its own words."""
    return reader.say(WHY[slip.why], day=slip.part_due) if slip.why in WHY else ""


def page(read: Read, slip: SlipView, reader: Reader, headline: str = "") -> Page:
    """Make the page of a slip with what its reader may do about it."""
    blocks: list[Block] = [Text(headline)] if headline else []
    blocks.append(Title(number(slip, reader)))
    blocks += [Text(line) for line in _lines(slip, reader) if line]
    blocks += private(slip.reason, reader)
    if slip.answered_at is not None:
        blocks.append(Text(reader.say(N_("Answered by %(name)s, %(at)s:"), name=slip.answered_by, at=slip.answered_at)))
        blocks += private(slip.answer, reader)
    keys = [*_offers(read, slip, reader), details(slip.case_id, reader)]
    return Page(tuple(blocks), arrange(keys))


def _lines(slip: SlipView, reader: Reader) -> Iterator[str]:
    """Say what stands on a slip."""
    yield lists.short(reader, slip.case_kind, slip.number, slip.title)
    yield reader.say(N_("To: %(unit)s"), unit=slip.unit)
    yield why(slip, reader)
    if slip.due is not None and slip.stage in (Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED):
        yield reader.say(N_("Please answer by %(day)s, by the button or by a reply to this message."), day=slip.due)
    if slip.signed_at is not None and slip.signed_by:
        yield reader.say(N_("Issued by %(name)s, %(at)s"), name=slip.signed_by, at=slip.signed_at)
    if slip.acknowledged_at is not None:
        yield reader.say("acknowledged by %(name)s, %(at)s", name=slip.acknowledged_by, at=slip.acknowledged_at)
    if slip.stage in (Stage.STRUCK_OFF, Stage.DROPPED):
        yield reader.say("Stage: %(stage)s", stage=slip.stage)


def _offers(read: Read, slip: SlipView, reader: Reader) -> list[Key]:
    """Make the buttons of what the reader may do about this slip now."""
    if reader.person is None:
        return []
    dossier = cases.dossier(read, slip.case_id, reader.person.id, reader.today)
    offers = dossier.offers if dossier is not None else ()
    return [cards.key(offer, reader) for offer in offers if offer.subject == "s" and offer.id == slip.id]


def drafted(read: Read, reader: Reader) -> tuple[tuple[Block, ...], tuple[tuple[Key, ...], ...]]:
    """List the drafts that wait for a signature, with the one press that signs all of them; empty where none does.

    The press carries the last draft's id: what is drafted after it was shown is not signed with it.
    """
    found = slips.drafts(read)
    if not found:
        return (), ()
    head = Text(reader.say(N_("%(count)d slips wait for your signature:"), count=len(found)))
    keys = (
        Key(reader.tongue.term(Act.ISSUE), Button("slips.sign", found[-1].id), style="success"),
        Key(reader.say(N_("One by one")), Button("slips.list")),
    )
    return (head, *(Text(_short(slip, reader)) for slip in found)), (keys,)


def one_by_one(read: Read, reader: Reader) -> Page:
    """List the drafts each with a button of its own by which it is not issued, and the one that signs the rest."""
    found = slips.drafts(read)
    if not found:
        return Page((Text(reader.say(N_("No slip waits for a signature."))),))
    blocks = [Text(f"{place}. {_short(slip, reader)}") for place, slip in enumerate(found, 1)]
    drop = reader.tongue.term(Act.DROP)
    keys = [
        Key(f"{place} {drop}", Button("s.drop", slip.id, slip.version, "list"), style="danger")
        for place, slip in enumerate(found[:SHOWN], 1)
    ]
    sign = Key(reader.tongue.term(Act.ISSUE), Button("slips.sign", found[-1].id), style="success")
    return Page((Title(reader.say(N_("Slips to be signed"))), *blocks), (*arrange(keys), (sign,)))


def _short(slip: SlipView, reader: Reader) -> str:
    """Write a draft in one line."""
    name = lists.short(reader, slip.case_kind, slip.number, slip.title)
    reason = why(slip, reader) or (slip.reason if reader.full else "")
    return " · ".join(part for part in (reader.tongue.term(slip.kind), name, slip.unit, reason) if part)


def _letter(headline: str, *stages: Stage, answer: bool = False) -> Notice:
    """Make the notice of a slip; it is not sent where the slip has left these stages meanwhile."""

    def notice(read: Read, letter: Letter, reader: Reader) -> Page | None:
        slip = slips.view(read, letter.subject_id) if letter.subject_id is not None else None
        if slip is None or slip.stage not in stages:
            return None
        said = reader.say(headline, name=slip.drafted_by, unit=slip.unit) if headline else ""
        made = page(read, slip, reader, said)
        return with_files(read, made, "slip", slip.id, reader) if answer else made

    return notice


NOTICES: Mapping[str, Notice] = {
    "slip": _letter("", Stage.ISSUED),
    "slip_draft": _letter(N_("%(name)s has drafted a slip; it goes out when you sign it."), Stage.DRAFTED),
    "slip_on_paper": _letter(
        N_("Nobody of %(unit)s has joined: please hand this slip over on paper or by telephone."),
        Stage.ISSUED,
    ),
    "slip_answered": _letter(N_("%(unit)s has answered the slip."), Stage.SLIP_ANSWERED, answer=True),
    "slip_struck": _letter(N_("The office has struck this slip off."), Stage.STRUCK_OFF),
}
