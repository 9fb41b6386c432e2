"""What the clock does: on each working morning, what has come due, one digest a person."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import structlog
from sqlalchemy import bindparam, update
from sqlalchemy import case as when
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select

from storage import claims, outcomes
from storage.acts import alerting, surveying, urging
from storage.book import Book
from storage.outbox import Priority
from storage.prepared import Prepared
from storage.queries import alerts, digests, roster, slips, totals, undelivered
from storage.rules.facts import unpack
from storage.rules.quiet import morning_due
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.urging import REMINDERS, Watch, waits
from storage.rules.words import DESK_ROLES, AlertCause, Role
from storage.tables import Case, Due, Item, Morning, Part, Promise, Reply

SLICE = 100
# A clock that once stood years ahead must not silence the office until then: only so near a morning counts as held.
_AHEAD = timedelta(days=3)
_ONE = timedelta(days=1)
_NEWEST = Prepared(
    select(Morning).where(col(Morning.day) <= bindparam("day")).order_by(col(Morning.day).desc()).limit(1)
)
_log = structlog.get_logger(__name__)

Doing = Callable[[Book, Due], None]


def tick(book: Book) -> bool:
    """Do one bounded slice of what is due; tell whether there may be more.

    Facts come first, then lights, then reminders, each in the order in which they fell due; alerts, digests and the
    groups' totals follow once nothing is due. Whatever breaks off, the next tick goes on where it ended.
    """
    morning = _morning(book)
    if morning is None:
        return False
    if _take_due(book):
        return True
    claims.ring_now(book.read, book.at)
    outcomes.supersede(book.read, morning.begun_at, book.at)
    alerting.close_by_facts(book)
    _bundle(book)
    if _send_digests(book):
        return True
    _send_totals(book)
    book.change(morning, done_at=book.at)
    book.record("morning", facts={"day": morning.day})
    return False


def due(book: Book) -> bool:
    """Tell whether a working morning is to be held now, or to be finished; reads only, and mostly one row."""
    local, terms = book.terms.local(book.at), book.terms
    if local.time() < terms.morning:
        return False
    last = _newest(book)
    if last is not None and last.day >= book.today and last.done_at is not None:
        return False
    done = None if last is None else last.day - _ONE if last.day == book.today else last.day
    held = (terms.morning, done, terms.quiet, book.calendar())
    return morning_due(local, *held, days_off=terms.quiet_days_off) is not None


def _morning(book: Book) -> Morning | None:
    """Give the working morning that is to be held now, or to be finished; none at any other time."""
    if not due(book):
        return None
    last = _newest(book)
    return last if last is not None and last.day == book.today else book.add(Morning(day=book.today, begun_at=book.at))


def _newest(book: Book) -> Morning | None:
    """Give the last morning that was begun."""
    return book.read.exec(_NEWEST, day=book.today + _AHEAD).first()


# what has come due


def _remind(book: Book, due: Due) -> None:
    """Put a reminder into the digests of whom it is for, if what it reminds of is still missing."""
    watch, facts = Watch(due.kind), unpack(due.facts)
    part = book.get(Part, _part_of(book, due))
    case = book.get(Case, part.case_id)
    if watch is not Watch.PROMISE and not _missing(book, watch, part, facts.get("due")):
        return
    for person_id in digests.hearers(book.read, REMINDERS[watch].hearers, case, part):
        # Two reminders of one thing that fell due while nothing ran are one line.
        key = f"{watch}:{due.subject_id}:{book.today}"
        book.item(person_id, key, watch, case.id, due.subject_id, due=facts.get("due"))


def _part_of(book: Book, due: Due) -> int:
    """Give the part that a reminder is about; a promise belongs to the part whose reply has made it."""
    if due.kind != Watch.PROMISE:
        return _subject(due)
    return book.get(Reply, book.get(Promise, _subject(due)).reply_id).part_id


def _missing(book: Book, watch: Watch, part: Part, due: date | None) -> bool:
    """Tell whether what a watch looks for is still missing, and for the date that it was set for."""
    now = {
        Watch.SIGN_RECEIPT: part.sign_due,
        Watch.FIRST_CONTACT: part.contact_due,
        Watch.CO_OPINION: part.due,
        Watch.DRAFT_REPLY: part.draft_due,
        Watch.REPLY_DUE: part.due,
    }.get(watch, due)
    contacted = watch is Watch.FIRST_CONTACT and slips.contacted(book.read, part.id)
    return now == due and waits(watch, Stage(part.stage), contacted=contacted)


def _subject(due: Due) -> int:
    """Give the row that something due is about."""
    if due.subject_id is None:
        msg = f"{due.key} names no subject"
        raise ValueError(msg)
    return due.subject_id


def _alarm_dispute(book: Book, due: Due) -> None:
    if unpack(due.facts).get("cause") == AlertCause.PAPER_UNVERIFIED:
        alerting.alarm_paper(book, _subject(due))
    else:
        alerting.alarm_dispute(book, _subject(due))


def _on_subject(act: Callable[[Book, int], object]) -> Doing:
    """Do an act on the row that something due is about."""

    def do(book: Book, due: Due) -> None:
        act(book, _subject(due))

    return do


FACTS: Mapping[str, Doing] = {
    "form_close": _on_subject(surveying.close_form),
    "form_open": _on_subject(surveying.open_form),
    "conclude": _on_subject(surveying.conclude),
    "alarm": _on_subject(alerting.alarm),
    "dispute_alert": _alarm_dispute,
}
DOINGS: Mapping[str, Doing] = {
    **FACTS,
    Watch.LIGHT: _on_subject(urging.look),
    "form_remind": _on_subject(surveying.remind),
    **dict.fromkeys(REMINDERS, _remind),
}
_RANKS = {**dict.fromkeys(FACTS, 0), Watch.LIGHT.value: 1}
# On one day: what closes goes before what opens, and what it gives rise to after both.
_PLACES = {"form_close": 0, "form_open": 1, "conclude": 2}


def _take_due(book: Book) -> bool:
    """Do a slice of what has come due; tell whether there was any."""
    rank = when(_RANKS, value=col(Due.kind), else_=2)
    place = when(_PLACES, value=col(Due.kind), else_=len(_PLACES))
    found = book.all(
        select(Due)
        .where(col(Due.done_at).is_(None), col(Due.due_on) <= book.today)
        .order_by(rank, col(Due.due_on), place, col(Due.id))
        .limit(SLICE)
    )
    for due in found:
        _take(book, due)
    return bool(found)


def _take(book: Book, due: Due) -> None:
    """Claim one thing and do it; what fails is undone alone, told of, and tried again the next day."""
    claim = update(Due).where(col(Due.id) == due.id, col(Due.done_at).is_(None))
    if book.read.connection().execute(claim.values(done_at=book.at)).rowcount != 1:
        return
    try:
        with book.read.savepoint():
            DOINGS[due.kind](book, due)
    except Refused as refusal:
        _log.info("nothing left to do", due=due.key, why=refusal.msgid)
    except Exception as fault:
        if isinstance(fault, DBAPIError) and not isinstance(fault, IntegrityError):
            raise  # the transaction itself may be gone: the whole slice is done again
        _log.exception("due failed, put off by a day", due=due.key)
        put_off = update(Due).where(col(Due.id) == due.id)
        book.read.connection().execute(put_off.values(done_at=None, due_on=book.today + _ONE))


# what goes out


def _bundle(book: Book) -> None:
    """Give each who has alerts or undelivered letters, or drafts to sign, before him a line of the digest."""
    staff = [person for role in sorted(DESK_ROLES) for person in roster.holders(book.read, role)]
    for person_id in dict.fromkeys([*staff, *roster.office(book.read)]):
        if alerts.any_of(book.read, person_id, book.today):
            book.item(person_id, f"{digests.ALERTS}:{book.today}", digests.ALERTS)
        if undelivered.absent(book.read, person_id) or undelivered.dead(book.read, person_id):
            book.item(person_id, f"{digests.UNDELIVERED}:{book.today}", digests.UNDELIVERED)
    if slips.drafts(book.read):
        for person_id in roster.holders(book.read, Role.OFFICE_HEAD):
            book.item(person_id, f"{digests.DRAFTS}:{book.today}", digests.DRAFTS)


def _send_digests(book: Book) -> bool:
    """Write the digests of a slice of people, one a person and morning; tell whether any was written."""
    written = 0
    for person_id in digests.waiting(book.read):
        letter_id = book.send(
            "digest",
            person_id,
            key=f"digest:{book.today}:{person_id}",
            case_id=_single_case(book, person_id),
            priority=Priority.CLOCK,
            silent=False,
        )
        if letter_id is None:
            continue  # he had one this morning; what has come since waits for the next
        lines = update(Item).where(col(Item.person_id) == person_id, col(Item.letter_id).is_(None))
        book.read.connection().execute(lines.values(letter_id=letter_id))
        written += 1
        if written == SLICE:
            break
    return written > 0


def _single_case(book: Book, person_id: int) -> int | None:
    """Give the one case that a digest is about, so that it stands beside its card and can be replied to."""
    found = select(Item.case_id).where(Item.person_id == person_id, col(Item.letter_id).is_(None)).distinct().limit(2)
    about = list(book.read.exec(found))
    return about[0] if len(about) == 1 else None


def _send_totals(book: Book) -> None:
    """Write the groups' totals: on the first working morning of a week, and whenever something presses."""
    for group in roster.groups(book.read):
        counted = totals.of(book.read, book.today, book.terms.new_year(book.today), totals.kind_of(group))
        if counted.assigned + counted.replied and (_opens_the_week(book) or counted.pressing):
            book.send(
                "totals",
                chat_id=group.chat_id,
                subject_id=group.id,
                key=f"totals:{book.today}:{group.id}",
                priority=Priority.CLOCK,
                silent=False,
            )


def _opens_the_week(book: Book) -> bool:
    """Tell whether this is the first working day of its week."""
    monday = book.today - book.today.weekday() * _ONE
    return book.calendar().first_working_from(monday) == book.today
