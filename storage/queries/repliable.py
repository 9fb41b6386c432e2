"""What a message of the bot's is about, for whoever replies to it; and which cases somebody had in hand last."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import col, select

from storage import inbox
from storage.queries import alerts, cases, digests, standing
from storage.reading import Read
from storage.rules.facts import unpack
from storage.rules.refusals import Stale
from storage.rules.stages import Act, Stage
from storage.rules.takings import Thing
from storage.rules.words import CaseKind, Standing
from storage.tables import Card, Case, Item, Letter, Note, Slip, Update

CHOICES = 8
_LOOKED_AT = 100  # updates of a chat that are looked through for an edited message
_SLIPS = frozenset({"slip", "slip_answered", "slip_on_paper", "slip_draft", "slip_struck"})
_MESSAGES = frozenset({"proposer_message", "desk_answer"})
_ANSWERABLE = (Stage.ISSUED, Stage.SLIP_ACKNOWLEDGED)
# Lists, searches and the like name no case: it is asked which one is meant.
_ABOUT_NONE = frozenset({"found", "said", "totals"})


@dataclass(frozen=True)
class Meant:
    """What was replied to: a thing, its case, and the row of slip, alert or message."""

    thing: Thing
    case_id: int
    row_id: int = 0


@dataclass(frozen=True)
class Named:
    """A case by its name."""

    id: int
    kind: CaseKind
    number: str
    title: str


def meant(read: Read, person_id: int, chat_id: int, message_id: int, today: date) -> tuple[Meant, ...] | None:
    """Tell what a message is about: one thing, several (a digest), or nothing in particular; none: it is not ours."""
    letters = read.exec(
        select(Letter).where(Letter.chat_id == chat_id, Letter.message_id == message_id).order_by(col(Letter.id))
    )
    letter = letters.first()  # the first one sent the message, later ones edited it
    if letter is None:
        return _by_card(read, person_id, message_id)
    if letter.person_id is not None and letter.person_id != person_id:
        return ()
    if letter.kind == "prompt":
        raise Stale("This question has been answered already; please use the newest message")
    if letter.kind == "digest":
        return tuple(_of_digest(read, letter, person_id, today))
    return _of_letter(read, letter)


def _by_card(read: Read, person_id: int, message_id: int) -> tuple[Meant, ...] | None:
    """Find a card by the message that carries it."""
    mine = select(Card).where(Card.person_id == person_id, Card.message_id == message_id)
    found = read.exec(mine.order_by(col(Card.id))).first()
    return (Meant(Thing.CARD, found.case_id),) if found is not None else None


def _of_letter(read: Read, letter: Letter) -> tuple[Meant, ...]:
    """Tell what a letter is about."""
    if letter.kind in _SLIPS and letter.subject_id is not None:
        slip = read.get(Slip, letter.subject_id)
        if slip is not None:
            asks = slip.stage in _ANSWERABLE and letter.kind == "slip"
            return (Meant(Thing.SLIP if asks else Thing.CARD, slip.case_id, slip.id if asks else 0),)
    if letter.kind == "reply_taken" and letter.case_id is not None:
        return (_again(letter),)
    if letter.kind == "alert_handled" and letter.subject_id is not None and letter.case_id is not None:
        return (Meant(Thing.ALERT, letter.case_id, letter.subject_id),)
    if letter.kind in _MESSAGES and letter.subject_id is not None and letter.case_id is not None:
        return (Meant(Thing.MESSAGE, letter.case_id, letter.subject_id),)
    if letter.case_id is None or letter.kind in _ABOUT_NONE:
        return ()
    return (Meant(Thing.CARD, letter.case_id),)


def _again(letter: Letter) -> Meant:
    """Tell what a reply to the word on an earlier reply is about: the same, but for a slip that is answered now."""
    facts = unpack(letter.facts)
    assert letter.case_id is not None
    thing = Thing(facts["thing"])
    return Meant(Thing.CARD, letter.case_id) if thing is Thing.SLIP else Meant(thing, letter.case_id, facts["of"])


def _of_digest(read: Read, letter: Letter, person_id: int, today: date) -> list[Meant]:
    """List what a digest is about: a thing a case, an alert before a reminder."""
    items = list(read.exec(select(Item).where(Item.person_id == person_id, Item.letter_id == letter.id)))
    found: dict[int, Meant] = {}
    if any(item.kind == digests.ALERTS for item in items):
        for alert in alerts.of(read, person_id, today):
            found.setdefault(alert.case_id, Meant(Thing.ALERT, alert.case_id, alert.id))
    for item in sorted(items, key=lambda each: each.id):
        if item.case_id is not None:
            found.setdefault(item.case_id, Meant(Thing.CARD, item.case_id))
    return list(found.values())


def recent(read: Read, person_id: int) -> list[Named]:
    """List the cases whose card somebody was sent last, the newest first."""
    rows = read.exec(
        select(Case)
        .join(Card, col(Card.case_id) == col(Case.id))
        .where(Card.person_id == person_id, col(Card.message_id).is_not(None))
        .order_by(col(Card.letter_id).desc().nulls_last(), col(Card.id).desc())
        .limit(3 * CHOICES)
    )
    held = [row for row in rows if standing.held(read, person_id, row)]
    return [_named(row) for row in held[:CHOICES]]


def named(read: Read, case_id: int) -> Named | None:
    """Name a case."""
    row = read.get(Case, case_id)
    return _named(row) if row is not None else None


def _named(row: Case) -> Named:
    return Named(row.id, CaseKind(row.kind), row.number, row.title)


def standings(read: Read, case_id: int, person_id: int) -> frozenset[Standing]:
    """Give what somebody is on a case."""
    row = read.get(Case, case_id)
    return standing.held(read, person_id, row) if row is not None else frozenset()


def may_annex(read: Read, case_id: int, person_id: int) -> bool:
    """Tell whether somebody may attach forwarded words: all but those who put the case forward."""
    return bool(standings(read, case_id, person_id) - {Standing.PROPOSER, Standing.SECONDER})


def own_part(read: Read, case_id: int, person_id: int, today: date) -> int | None:
    """Give the unit's part on which somebody may report now; none where he may not on any."""
    seen = cases.dossier(read, case_id, person_id, today)
    offers = seen.offers if seen is not None else ()
    return next((offer.id for offer in offers if offer.act is Act.REPORT), None)


def note_of(read: Read, note_id: int) -> Note | None:
    """Give a note or message; none where it has been taken back."""
    row = read.get(Note, note_id)
    return row if row is not None and row.withdrawn_at is None else None


def mattered(read: Read, chat_id: int, message_id: int) -> bool:
    """Tell whether something came of a message that was edited later; of one long ago it is taken for granted."""
    rows = read.exec(select(Update).where(Update.chat_id == chat_id).order_by(col(Update.id).desc()).limit(_LOOKED_AT))
    for row in rows:
        if (row.body.get("message") or {}).get("message_id") == message_id:
            return row.outcome == inbox.DONE
    return True
