"""People whom the bot cannot reach: a task for their keepers, their urgent letters to a colleague, and their return."""

from sqlalchemy import update
from sqlmodel import col, select

from storage import outbox, outcomes
from storage.book import Book
from storage.outbox import Posted, Shape
from storage.outcomes import Mark
from storage.queries import reaching, todo, undelivered
from storage.rules.facts import unpack
from storage.rules.refusals import N_, Refused, Stale
from storage.rules.truths import TRUTHS, Proof
from storage.tables import Absence, Letter, Person

_MISSED = 20  # letters that are brought anew to who is back


def unreachable(book: Book, mark: Mark) -> None:
    """Take a refused letter as word that its person cannot be reached; what is urgent goes to a colleague."""
    letter = mark.letter
    if not outcomes.settle(book.read, [mark], book.at) or letter.person_id is None:
        return
    person = book.read.get(Person, letter.person_id)
    if person is None or person.account not in (None, letter.chat_id):
        return  # it was for an account that he has left since
    _lose(book, person, mark.fault)
    if _asks(letter.kind):
        _reopen(book, person.id)
    _pass_on(book, letter, person)


def blocked(book: Book, person_id: int) -> None:
    """Mark a person who has stopped the bot as unreachable, before any letter fails."""
    _lose(book, book.get(Person, person_id), "blocked")


def _lose(book: Book, person: Person, why: str) -> None:
    """Mark a person unreachable, once, and give his keepers the task."""
    if person.unreachable_since is not None:
        return
    book.change(person, unreachable_since=book.at)
    book.record("unreachable", facts={"person": person.id, "why": why})
    _end(book, person.id)
    book.add(Absence(person_id=person.id, since=book.at, why=why))
    for keeper in undelivered.keepers(book.read, person.id):
        book.send("unreachable", keeper, key=f"unreachable:{person.id}:{book.at.timestamp()}:{keeper}",
                  subject_id=person.id, facts={"name": person.name})  # fmt: skip


def _asks(kind: str) -> bool:
    """Tell whether a kind of letter asks something of its reader."""
    truth = TRUTHS.get(kind)
    return truth is not None and (truth.proof in (Proof.TURN, Proof.FORM) or truth.passes_on)


def _reopen(book: Book, person_id: int) -> None:
    """Have the task come back: what was noted is not about what is asked now."""
    noted = update(Absence).where(
        col(Absence.person_id) == person_id,
        col(Absence.ended_at).is_(None),
        col(Absence.noted_at).is_not(None),
        col(Absence.noted_at) < book.at,
    )
    book.read.connection().execute(noted.values(noted_at=None, version=Absence.version + 1))


def _pass_on(book: Book, letter: Posted, person: Person) -> None:
    """Give a unit's second contact what waits for somebody who is away; never a proposer's, never of a survey."""
    truth = TRUTHS.get(letter.kind)
    if truth is None or not truth.passes_on or letter.case_id is None:
        return
    second = reaching.second(book.read, person.id, letter.case_id, book.today)
    if second is None or _has_it(book, letter, second):
        return
    book.send(letter.kind, second, key=f"second:{letter.id}:{second}", shape=Shape(letter.shape),
              case_id=letter.case_id, subject_id=letter.subject_id, facts=unpack(letter.facts))  # fmt: skip
    book.record("passed_on", letter.case_id, facts={"letter": letter.id, "from": person.id, "to": second})


def _has_it(book: Book, letter: Posted, person_id: int) -> bool:
    """Tell whether somebody was written the same."""
    same = select(Letter.id).where(
        Letter.person_id == person_id,
        Letter.kind == letter.kind,
        Letter.case_id == letter.case_id,
        col(Letter.subject_id).is_not_distinct_from(letter.subject_id),
        col(Letter.created_at) >= letter.created_at,
    )
    return book.read.exec(same).first() is not None


def reachable(book: Book, person_id: int) -> None:
    """Note that a person can be reached again, and bring him anew what waits for him."""
    person = book.get(Person, person_id)
    since = person.unreachable_since
    if since is None:
        return
    book.change(person, unreachable_since=None)
    book.record("reachable", facts={"person": person_id})
    missed = _missed(book, person_id)
    _end(book, person_id)
    seen: set[int | None] = set()
    for letter in missed:
        seen.add(letter.case_id)
        book.send(letter.kind, person_id, key=f"back:{letter.id}:{since.timestamp()}", shape=Shape(letter.shape),
                  case_id=letter.case_id, subject_id=letter.subject_id, facts=unpack(letter.facts))  # fmt: skip
    for row in todo.todo(book.read, person_id, book.today, 0, book.calendar()).rows:
        if row.case_id not in seen:
            seen.add(row.case_id)
            book.turn([person_id], row.case_id, "card")


def _missed(book: Book, person_id: int) -> list[Letter]:
    """List what was asked of somebody while he was away, the newest of each thing; told news are told no more."""
    asked = [kind for kind in TRUTHS if _asks(kind)]
    away = select(Letter).where(Letter.person_id == person_id, outbox.IS_UNREACHABLE, col(Letter.kind).in_(asked))
    newest: dict[tuple[str, int | None, int | None], Letter] = {}
    for letter in book.all(away.order_by(col(Letter.id).desc()).limit(5 * _MISSED)):
        what = ("card", letter.case_id, None) if letter.shape == Shape.CARD else (letter.kind, letter.case_id,
                letter.subject_id)  # fmt: skip
        newest.setdefault(what, letter)
    found = sorted(list(newest.values())[:_MISSED], key=lambda letter: letter.id)
    for letter in found:
        gone = update(Letter).where(col(Letter.id) == letter.id)
        book.read.connection().execute(gone.values(outcome=outbox.OVERTAKEN))
    return found


def _end(book: Book, person_id: int) -> None:
    """End the task that a person's absence is."""
    is_open = (col(Absence.person_id) == person_id, col(Absence.ended_at).is_(None))
    book.read.connection().execute(update(Absence).where(*is_open).values(ended_at=book.at))


# his keepers


def check_note(book: Book, absence_id: int) -> None:
    """Refuse whoever does not look after the person, and a task that is done."""
    _task(book, absence_id)


def note(book: Book, absence_id: int, words: str) -> None:
    """Note how a person was told another way: the task is done, and comes back when he is lost once more."""
    absence = _task(book, absence_id)
    book.change(absence, note=words, noted_at=book.at, noted_by_id=book.by.person_id)
    book.record("absence_noted", facts={"person": absence.person_id}, words={"note": words})


def _task(book: Book, absence_id: int) -> Absence:
    """Load the task that an absence is."""
    absence = book.read.get(Absence, absence_id)
    if absence is None or absence.ended_at is not None:
        raise Stale(N_("This person can be reached again; there is nothing left to note"))
    if absence.noted_at is not None:
        raise Stale(N_("What was done has been noted already; thank you"))
    if book.by.person_id not in undelivered.keepers(book.read, absence.person_id):
        raise Refused(N_("This is for those to decide who look after the recipient"))
    return absence
