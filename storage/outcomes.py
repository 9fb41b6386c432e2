"""What came of letters: many marked in one unit, each only by the replica that still has it in hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, func, insert, not_, or_, update
from sqlmodel import col, select

from storage import claims, jsons, outbox
from storage.outbox import OVERTAKEN, SENT, Post, Posted, Priority, Shape
from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Card, Draft, Entry, Item, Letter, Morning
from storage.tables.columns import among

DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Mark:
    """What came of a letter in `owner`'s hand.

    `seen` is the newest entry of the case when it was rendered; `anew` says that an edit found its message gone.
    """

    letter: Posted
    owner: str
    outcome: str
    message_id: int | None = None
    text: str | None = None
    seen: int | None = None
    anew: bool = False
    fault: str = ""


_OPEN = Prepared[tuple[int, str | None, int]](
    select(Letter.id, Letter.owner, Letter.fence)
    .where(among(col(Letter.id), bindparam("numbers", type_=String)), col(Letter.settled_at).is_(None))
    .with_for_update()
)
_NEWEST = Prepared[tuple[int | None, int]](
    select(Entry.case_id, func.max(Entry.id))
    .where(among(col(Entry.case_id), bindparam("numbers", type_=String)))
    .group_by(col(Entry.case_id))
)
_MARKED: Prepared[Any] = Prepared(
    update(Letter)
    .where(col(Letter.id) == bindparam("letter_id"))
    .values(
        {name: bindparam(f"new_{name}") for name in ("settled_at", "outcome", "chat_id", "message_id", "text", "fault")}
    )
)


def settle(read: Read, marks: Sequence[Mark], at: datetime) -> frozenset[int]:
    """Mark letters, and let cards and questions know their messages; give the ids of those that were still in hand.

    A letter that another replica has taken over is its to mark: owner and fence are compared.
    """
    kept = _in_hand(read, marks)
    if not kept:
        return frozenset()
    read.run_all(
        _MARKED,
        (
            {
                "letter_id": mark.letter.id,
                "new_outcome": mark.outcome,
                "new_chat_id": mark.letter.chat_id,
                "new_message_id": mark.message_id,
                "new_text": mark.text,
                "new_fault": mark.fault,
            }
            for mark in kept
        ),
        new_settled_at=at,
    )
    for mark in kept:
        _follow(read, mark, at)
    _bring_up_to_date(read, kept, at)
    return frozenset(mark.letter.id for mark in kept)


def _in_hand(read: Read, marks: Sequence[Mark]) -> list[Mark]:
    """Keep the marks of letters that are still in the hand that marks them."""
    rows = read.exec(_OPEN, numbers=jsons.kept([mark.letter.id for mark in marks]))
    held = {letter_id: (owner, fence) for letter_id, owner, fence in rows}
    return [mark for mark in marks if held.get(mark.letter.id) == (mark.owner, mark.letter.fence)]


def _follow(read: Read, mark: Mark, at: datetime) -> None:
    """Let a card or a question know its message; the lines of a digest that was overtaken go out in another."""
    letter = mark.letter
    if mark.outcome == OVERTAKEN and letter.kind == DIGEST:
        _give_lines_out(read, mark, at)
    if mark.outcome != SENT or mark.message_id is None:
        return
    if letter.shape == Shape.CARD and letter.person_id is not None and letter.case_id is not None:
        _move_card(read, letter, mark.message_id, at)
    if letter.shape == Shape.EDIT and letter.edits is None and mark.anew:
        mine = (col(Card.person_id) == letter.person_id, col(Card.case_id) == letter.case_id)
        read.connection().execute(update(Card).where(*mine).values(message_id=mark.message_id))
    if letter.shape == Shape.PROMPT and letter.subject_id is not None:
        asked = update(Draft).where(col(Draft.id) == letter.subject_id)
        read.connection().execute(asked.values(message_id=mark.message_id))


def _give_lines_out(read: Read, mark: Mark, at: datetime) -> None:
    """Have the lines of a digest that came too late go out with the next morning's.

    Where a morning has been held without them they go at once: with a digest of the same reader that has not left yet,
    else in one of their own, and those of its like in the same hand with them. Of a chat only one letter is on its way
    at a time, and that was this one.
    """
    letter = mark.letter
    held = select(func.max(Morning.begun_at)).where(col(Morning.begun_at) > letter.created_at)
    morning = read.exec(held).first()
    if morning is None:
        _move_lines(read, [letter.id], None)
        return
    open_ = (Letter.kind == DIGEST, Letter.person_id == letter.person_id, col(Letter.settled_at).is_(None))
    like = select(Letter.id).where(*open_, Letter.owner == mark.owner, col(Letter.created_at) < morning)
    alike = list(read.exec(like))
    gone = update(Letter).where(col(Letter.id).in_(alike)).values(settled_at=at, outcome=OVERTAKEN)
    read.connection().execute(gone)
    here = or_(col(Letter.owner) == mark.owner, not_(claims.in_hand(read)))
    waits = select(Letter.id).where(*open_, here, col(Letter.created_at) >= morning).limit(1).with_for_update()
    to = read.exec(waits).first()
    if to is None:
        post = Post(f"anew:{letter.id}", DIGEST, letter.person_id, case_id=letter.case_id)
        to = outbox.put(read, replace(post, priority=Priority.CLOCK), at)
    _move_lines(read, [letter.id, *alike], to)


def _move_lines(read: Read, letter_ids: Sequence[int], to: int | None) -> None:
    """Have the lines of digests that do not go out be another's; none: they wait for the next."""
    read.connection().execute(update(Item).where(col(Item.letter_id).in_(letter_ids)).values(letter_id=to))


def _bring_up_to_date(read: Read, marks: Sequence[Mark], at: datetime) -> None:
    """Have one more edit follow where something was recorded while a card was on its way.

    It found no card to bring up to date, or an edit that seemed to wait still.
    """
    cards = [
        mark for mark in marks
        if mark.outcome == SENT and mark.message_id is not None and mark.seen is not None
        and mark.letter.shape in (Shape.CARD, Shape.EDIT)
    ]  # fmt: skip
    if not cards:
        return
    stands = dict(read.exec(_NEWEST, numbers=jsons.kept(list({mark.letter.case_id for mark in cards}))))
    for mark in cards:
        letter = mark.letter
        if letter.case_id is None or letter.person_id is None or stands.get(letter.case_id, 0) <= (mark.seen or 0):
            continue
        if not outbox.edit_waiting(read, letter.person_id, letter.case_id):
            again = Post(f"again:{letter.id}", "card", letter.person_id, case_id=letter.case_id, shape=Shape.EDIT)
            outbox.put(read, replace(again, priority=Priority.EDIT, silent=True), at)


def _move_card(read: Read, letter: Posted, message_id: int, at: datetime) -> None:
    """Have the new message carry the card; what carried it before becomes a stub."""
    mine = (col(Card.person_id) == letter.person_id, col(Card.case_id) == letter.case_id)
    card = read.exec(select(Card.id, Card.letter_id, Card.message_id).where(*mine)).first()
    carried = {"message_id": message_id, "letter_id": letter.id}
    if card is None:
        read.connection().execute(insert(Card).values(person_id=letter.person_id, case_id=letter.case_id, **carried))
        return
    card_id, letter_id, former = card
    if letter_id is not None and letter.id < letter_id:
        return
    if former is not None and former != message_id:
        stub = Post(f"stub:{card_id}:{former}", "moved", letter.person_id, shape=Shape.STUB, case_id=letter.case_id)
        outbox.put(read, replace(stub, priority=Priority.EDIT, silent=True, edits=former), at)
    read.connection().execute(update(Card).where(col(Card.id) == card_id).values(carried))


def supersede(read: Read, before: datetime, at: datetime) -> None:
    """Drop the digests written before a moment that nobody has in hand: their lines go into those written now.

    One in a hand may have reached Telegram already: its hand says so, or gives its lines out anew (`_give_lines_out`).
    All are held until the commit: a hand that marks one meanwhile sees the morning that was held without it.
    """
    left = select(Letter.id, claims.in_hand(read)).where(
        Letter.kind == DIGEST, col(Letter.settled_at).is_(None), col(Letter.created_at) < before
    )
    for letter_id, in_hand in list(read.exec(left.with_for_update())):
        if not in_hand:
            gone = update(Letter).where(col(Letter.id) == letter_id)
            read.connection().execute(gone.values(settled_at=at, outcome=OVERTAKEN))
            _move_lines(read, [letter_id], None)
