"""Who stands in for somebody whom the bot cannot reach."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import col, select

from storage.queries import cases, roster
from storage.reading import Read
from storage.rules.words import UNIT_ROLES, Role
from storage.tables import Person, Posting

# Who is asked first; a colleague of the same role before all.
_ORDER = (Role.LIAISON, Role.HANDLER, Role.UNIT_DEPUTY_HEAD, Role.UNIT_HEAD)


def second(read: Read, person_id: int, case_id: int, today: date) -> int | None:
    """Give the unit's second contact for a case: a colleague who may do one of the things that wait for this person."""
    wanted = _moves(read, case_id, person_id, today)
    if not wanted:
        return None
    return next((each for each in _colleagues(read, person_id) if wanted & _moves(read, case_id, each, today)), None)


def _moves(read: Read, case_id: int, person_id: int, today: date) -> frozenset[tuple[str, int]]:
    """Give what waits for somebody on a case."""
    dossier = cases.dossier(read, case_id, person_id, today)
    return frozenset((offer.verb, offer.id) for offer in dossier.offers if offer.move) if dossier else frozenset()


def _colleagues(read: Read, person_id: int) -> Iterator[int]:
    """Yield who of his units can be reached, those of his own role first."""
    for post in roster.posts(read, person_id):
        if post.role not in UNIT_ROLES or post.unit_id is None:
            continue
        for role in dict.fromkeys((post.role, *_ORDER)):
            found = (
                select(Person.id)
                .join(Posting, col(Posting.person_id) == col(Person.id))
                .where(
                    Posting.role == role,
                    Posting.unit_id == post.unit_id,
                    col(Posting.active),
                    col(Person.active),
                    col(Person.account).is_not(None),
                    col(Person.unreachable_since).is_(None),
                    col(Person.id) != person_id,
                )
                .order_by(col(Posting.id))
            )
            yield from read.exec(found)
